"""The API in process, where a request is a function call, and over a socket, where it is what a customer sends."""

import asyncio
import signal

import httpx
from starlette.types import Receive, Scope, Send

from aiounit import AsyncTestCase
from orders.api import create_app, serve
from orders.store import open_store

ADA = {"customer": "Ada", "cents": 1250}


class TestApi(AsyncTestCase):
    async def asyncSetUp(self) -> None:
        self.store = await self.enter(open_store(":memory:"))
        self.queue = asyncio.Queue[int](maxsize=2)
        transport = httpx.ASGITransport(create_app(self.store, self.queue))
        self.http = await self.enter(httpx.AsyncClient(transport=transport, base_url="http://orders"))

    async def test_creating_an_order_says_where_it_is(self) -> None:
        response = await self.http.post("/orders", json=ADA)

        self.assertEqual((response.status_code, response.headers["location"]), (201, "/orders/1"))

    async def test_a_wrong_order_is_refused_and_each_mistake_named(self) -> None:
        customer, cents = "must be a text that is not empty", "must be a whole number from 1 to 100000000"
        wrong: list[tuple[object, dict[str, str]]] = [
            ({"customer": " ", "cents": 1250}, {"customer": customer}),
            ({"customer": "Ada", "cents": 0}, {"cents": cents}),
            ({"customer": "Ada", "cents": 10**20}, {"cents": cents}),
            ({"customer": "Ada", "cents": True}, {"cents": cents}),
            ({}, {"customer": customer, "cents": cents}),
            ([], {"body": "must be an object"}),
        ]
        for order, mistakes in wrong:
            with self.subTest(order=order):
                response = await self.http.post("/orders", json=order)
                self.assertEqual((response.status_code, response.json()["fields"]), (422, mistakes))

    async def test_a_body_that_is_not_json_is_a_bad_request(self) -> None:
        for body in (b"", b"{", b"\xff"):
            with self.subTest(body=body):
                response = await self.http.post("/orders", content=body)
                self.assertEqual(response.status_code, 400)

    async def test_an_unknown_status_is_refused(self) -> None:
        response = await self.http.get("/orders", params={"status": "lost"})

        self.assertEqual(response.json()["fields"], {"status": "must be one of pending, paid, shipped, failed"})

    async def test_an_order_that_does_not_fit_into_the_queue_is_not_kept(self) -> None:
        responses = [await self.http.post("/orders", json=ADA) for _ in range(3)]

        self.assertEqual([response.status_code for response in responses], [201, 201, 503])
        self.assertEqual(len(await self.store.find()), 2)


class TestServer(AsyncTestCase):
    async def asyncSetUp(self) -> None:
        # The first to be entered is the last to be closed: this limits the test and all that it has entered.
        await self.enter(asyncio.timeout(5))
        store = await self.enter(open_store(":memory:"))
        self.app = create_app(store, asyncio.Queue[int]())

    async def test_concurrent_requests_create_one_order_each(self) -> None:
        url = await self.enter(serve(self.app))
        http = await self.enter(httpx.AsyncClient(base_url=url, trust_env=False))
        responses = await asyncio.gather(*(http.post("/orders", json=ADA) for _ in range(10)))

        self.assertEqual({response.json()["id"] for response in responses}, set(range(1, 11)))

    async def test_nobody_answers_when_the_server_is_closed(self) -> None:
        async with serve(self.app) as url:
            http = await self.enter(httpx.AsyncClient(base_url=url, trust_env=False))
            await http.get("/health")

        with self.assertRaises(httpx.ConnectError):
            await http.get("/health")

    async def test_signal_handlers_are_left_alone(self) -> None:
        handler = signal.getsignal(signal.SIGINT)
        await self.enter(serve(self.app))

        self.assertIs(signal.getsignal(signal.SIGINT), handler)

    async def test_a_request_that_does_not_end_is_cancelled_with_the_server(self) -> None:
        begun = asyncio.Event()
        ended = asyncio.Event()

        async def endless(_scope: Scope, _receive: Receive, _send: Send) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        http = await self.enter(httpx.AsyncClient(trust_env=False))
        with self.assertLogs("uvicorn.error"):
            async with serve(endless, grace=0) as url:
                request = asyncio.create_task(http.get(url))
                await begun.wait()

        self.assertTrue(ended.is_set())
        self.assertEqual((await request).status_code, 500)
