"""Clients of libraries that grow in one test are used in the next, at every level of the checks and in every scope."""

import asyncio
import contextlib
import importlib
import importlib.util
import io
import tempfile
import unittest
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import aiosqlite
import httpx
import redis.asyncio
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from aiounit import AsyncTestCase, resource
from aiounit.resources.scopes import ScopeName
from tests.checks.support import QuietTestCase
from tests.checks.test_ownership import in_words, plain
from tests.resources.support import fake_module, run_suite
from tests.thirdparty import servers

Opened = Callable[[bool], AbstractAsyncContextManager[Any]]

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntea"
LEVELS = {"all": "fail", "blocking": "off"}
PASSED = [entry for number in (1, 2, 1) for entry in (f"start test_{number}", "addSuccess")]


@asynccontextmanager
async def http_server() -> AsyncIterator[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(ANSWER)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield "http://{}:{}/".format(*server.sockets[0].getsockname())


class OwnershipTests(QuietTestCase):
    def run_with(
        self,
        scope: ScopeName,
        opened: Callable[[], AbstractAsyncContextManager[Any]],
        use: Callable[[Any], Awaitable[object]],
        levels: dict[str, str],
    ) -> list[str]:
        """Use a client in two tests of a class and in one of another; in another module if the scope is the run."""
        client_of_the_scope = resource(scope=scope)(opened)

        class First(AsyncTestCase):
            __module__ = "first_suite_of_clients"
            client = client_of_the_scope

            async def test_1(self) -> None:
                await use(self.client)

            async def test_2(self) -> None:
                await use(self.client)

        class Second(First):
            __module__ = "first_suite_of_clients" if scope == "module" else "second_suite_of_clients"
            test_2 = None  # type: ignore[assignment] # there is none

        with (
            fake_module("first_suite_of_clients"),
            fake_module("second_suite_of_clients"),
            in_words(levels),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            return run_suite(First, Second).log

    def check(self, opened: Callable[[], Any], use: Callable[[Any], Awaitable[object]]) -> None:
        for scope in ("class", "module", "run"):
            for level in ("fail", "warn", "off"):
                with self.subTest(scope=scope, level=level):
                    levels = LEVELS if level == "fail" else {"all": level, "blocking": "off"}
                    self.assertEqual(self.run_with(scope, opened, use, levels), PASSED)

    def check_unclosed(self, opened: Callable[[], Any], use: Callable[[Any], Awaitable[object]], what: str) -> None:
        log = self.run_with("run", opened, use, LEVELS)
        self.assertEqual(log[: len(PASSED)], PASSED)
        found = [plain(entry) for entry in log[len(PASSED) :]]
        self.assertEqual(len(found), 1, log)
        self.assertRegex(found[0], f"^closing the resources of the run .*{what}.* belongs to resource ")

    def test_httpx(self) -> None:
        @asynccontextmanager
        async def opened() -> AsyncIterator[httpx.AsyncClient]:
            async with http_server() as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
                yield client

        async def use(client: httpx.AsyncClient) -> None:
            answers = await asyncio.gather(client.get("/"), client.get("/"))
            self.assertEqual([answer.text for answer in answers], ["tea", "tea"])

        self.check(opened, use)

    def test_aiohttp(self) -> None:
        @asynccontextmanager
        async def opened() -> AsyncIterator[aiohttp.ClientSession]:
            async with http_server() as url, aiohttp.ClientSession(url) as session:
                yield session

        async def use(session: aiohttp.ClientSession) -> None:
            async with session.get("/") as first, session.get("/") as second:
                self.assertEqual([await first.text(), await second.text()], ["tea", "tea"])

        self.check(opened, use)

    def test_aiosqlite(self) -> None:
        @asynccontextmanager
        async def opened() -> AsyncIterator[list[aiosqlite.Connection]]:
            connections: list[aiosqlite.Connection] = []
            yield connections
            for connection in connections:
                await connection.close()

        async def use(connections: list[aiosqlite.Connection]) -> None:
            if not connections:
                connections.append(await aiosqlite.connect(":memory:"))
            await connections[0].execute("SELECT 1")

        self.check(opened, use)

    def test_sqlalchemy(self) -> None:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Any]:
            with tempfile.TemporaryDirectory() as directory:
                engine = create_async_engine(f"sqlite+aiosqlite:///{directory}/orders")
                yield engine
                await engine.dispose()

        async def use(engine: Any) -> None:
            async with engine.connect() as first, engine.connect() as second:
                self.assertEqual([await each.scalar(sqlalchemy.text("SELECT 1")) for each in (first, second)], [1, 1])

        self.check(opened, use)

    def test_websockets(self) -> None:
        async def echo(connection: Any) -> None:
            async for message in connection:
                await connection.send(message)

        @asynccontextmanager
        async def opened() -> AsyncIterator[dict[str, Any]]:
            async with serve(echo, "127.0.0.1", 0) as server:
                kept: dict[str, Any] = {"port": server.sockets[0].getsockname()[1]}
                yield kept
                await kept["connection"].close()

        async def use(kept: dict[str, Any]) -> None:
            if "connection" not in kept:
                kept["connection"] = await connect(f"ws://127.0.0.1:{kept['port']}", proxy=None)
            await kept["connection"].send("tea")
            self.assertEqual(await kept["connection"].recv(), "tea")

        self.check(opened, use)

    @unittest.skipUnless(servers.has("redis-server"), "redis-server is not installed")
    def test_redis(self) -> None:
        def opened(*, closes: bool = True) -> AbstractAsyncContextManager[Any]:
            @asynccontextmanager
            async def client() -> AsyncIterator[redis.asyncio.Redis]:
                client = redis.asyncio.Redis(port=port)
                yield client
                if closes:
                    await client.aclose()

            return client()

        async def use(client: redis.asyncio.Redis) -> None:
            self.assertEqual(await asyncio.gather(client.ping(), client.ping()), [True, True])

        with servers.redis() as port:
            self.check(lambda: opened(), use)  # noqa: PLW0108 (its default is no dependency)
            self.check_unclosed(lambda: opened(closes=False), use, f"127.0.0.1, {port}")

    @unittest.skipUnless(servers.has("postgres", "initdb"), "postgres is not installed")
    @unittest.skipUnless(importlib.util.find_spec("asyncpg"), "asyncpg is not installed")
    def test_asyncpg(self) -> None:
        asyncpg: Any = importlib.import_module("asyncpg")

        def opened(*, closes: bool = True) -> AbstractAsyncContextManager[Any]:
            @asynccontextmanager
            async def pool() -> AsyncIterator[Any]:
                pool = await asyncpg.create_pool(
                    host="127.0.0.1", port=port, user="tester", database="postgres", min_size=1, max_size=3
                )
                yield pool
                if closes:
                    await pool.close()

            return pool()

        async def use(pool: Any) -> None:
            async with pool.acquire() as first, pool.acquire() as second:
                self.assertEqual([await each.fetchval("SELECT 1") for each in (first, second)], [1, 1])

        with servers.postgres() as port:
            self.check(lambda: opened(), use)  # noqa: PLW0108 (its default is no dependency)
            self.check_unclosed(lambda: opened(closes=False), use, f"127.0.0.1, {port}")
