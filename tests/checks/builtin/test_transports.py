"""The check of transports: each sort in words, what is ended with the test, and what files the loop watches."""

import asyncio
import contextlib
import functools
import os
import socket
import subprocess
import sys
from typing import Any

from aiounit import AsyncTestCase
from aiounit.checks.builtin import openings, transports
from aiounit.introspect import sites
from tests.checks.support import QuietTestCase, case_of, findings, first_lines, kinds
from tests.resources.support import run_suite


async def listen(case: Any) -> asyncio.Server:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        case.kept = [*getattr(case, "kept", ()), writer]

    return await asyncio.start_server(talk, "127.0.0.1", 0)


def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Leave a connection alone."""


class WordTests(QuietTestCase):
    def words(self, body: Any) -> list[str]:
        return first_lines(case_of(body))

    def test_a_server(self) -> None:
        async def body(case: Any) -> None:
            server = await listen(case)
            seen.append(f"transports: a server still listens on {server.sockets[0].getsockname()}")

        seen: list[str] = []
        self.assertEqual(self.words(body), seen)

    def test_a_server_of_several_addresses_once(self) -> None:
        async def body(case: Any) -> None:
            first, second = socket.socket(), socket.socket()
            for each in (first, second):
                each.bind(("127.0.0.1", 0))
            server = await asyncio.start_server(print, sock=first)
            asyncio.get_running_loop()._start_serving(asyncio.Protocol, second, server=server)  # type: ignore[attr-defined] # as several addresses do
            case.addCleanup(second.close)
            case.addCleanup(asyncio.get_running_loop().remove_reader, second.fileno())

        self.assertEqual(len(self.words(body)), 1)

    def test_a_server_whose_socket_was_closed_without_it(self) -> None:
        async def body(case: Any) -> None:
            listening = socket.create_server(("127.0.0.1", 0))
            case.server = await asyncio.start_server(print, sock=listening)
            listening.close()

        self.assertEqual(
            self.words(body), ["transports: a server still listens on a socket that was closed without the server"]
        )

    def test_connections(self) -> None:
        async def body(case: Any) -> None:
            server = await listen(case)
            case.streams = await asyncio.open_connection(*server.sockets[0].getsockname())
            await asyncio.sleep(0.001)
            own, peer = case.streams[1].get_extra_info("sockname"), case.streams[1].get_extra_info("peername")
            seen.append(f"transports: a connection to {peer} is still open")
            seen.append(f"transports: a connection that the server made here has accepted from {own} is still open")
            server.close()

        seen: list[str] = []
        self.assertEqual(sorted(self.words(body)), sorted(seen))

    def test_a_connection_that_was_dropped(self) -> None:
        async def body(case: Any) -> None:
            left, right = socket.socketpair()
            case.addCleanup(left.close)
            await asyncio.open_connection(sock=right)

        [line] = self.words(body)
        self.assertRegex(line, "^transports: a connection to .* (was dropped and never closed|is still open)$")

    def test_a_pipe_and_a_datagram_endpoint(self) -> None:
        async def body(case: Any) -> None:
            loop = asyncio.get_running_loop()
            reading, writing = os.pipe()
            for make, end, mode in ((loop.connect_read_pipe, reading, "r"), (loop.connect_write_pipe, writing, "w")):
                await make(asyncio.Protocol, os.fdopen(end, mode))
            transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
            seen.append(f"transports: a datagram endpoint on {transport.get_extra_info('sockname')} is still open")

        seen: list[str] = []
        pipes, *others = self.words(body)
        self.assertRegex(pipes, r"^transports: a pipe on file descriptor \d+.* is still open \(2 times\)$")
        self.assertEqual(others, seen)

    def test_a_subprocess_without_its_pipes(self) -> None:
        async def body(case: Any) -> None:
            case.process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "input()", stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            seen.append(f"transports: subprocess {case.process.pid} ({sys.executable} -c 'input()') is still running")

        seen: list[str] = []
        self.assertEqual(self.words(body), seen)

    def test_a_tls_connection(self) -> None:
        class Transport(asyncio.Transport):
            """One that can be referred to weakly, as those of loops can."""

        transport = Transport({"ssl_object": object(), "peername": ("127.0.0.1", 443)})
        made = transports._Made(transport, sites.Site(), is_accepted=False)
        self.assertEqual(made._connection(), "a TLS connection to ('127.0.0.1', 443)")


class PlaceTests(QuietTestCase):
    def found(self, body: Any) -> list[str]:
        return [str(error) for error in findings(case_of(body))]

    def test_what_a_task_of_its_own_makes_comes_from_where_that_was_made(self) -> None:
        async def body(case: Any) -> None:
            loop = asyncio.get_running_loop()
            case.server = await loop.create_task(loop.create_server(asyncio.Protocol, "127.0.0.1"))
            connecting = asyncio.open_connection(*case.server.sockets[0].getsockname())
            case.streams = await asyncio.gather(connecting)

        lines = [body.__code__.co_firstlineno + offset for offset in (2, 3)]
        found = self.found(body)
        for words, line in zip(("a server still", "a connection to"), lines, strict=True):
            [text] = [each for each in found if words in each]
            self.assertIn(f"tests/checks/builtin/test_transports.py, line {line}, in {body.__qualname__}: ", text)

    def test_a_descriptor_comes_from_where_the_loop_was_told_to_watch_it(self) -> None:
        async def body(case: Any) -> None:
            reading, writing = os.pipe()
            case.addCleanup(os.close, reading)
            case.addCleanup(os.close, writing)
            asyncio.get_running_loop().add_reader(reading, print)

        for base in (AsyncTestCase, type("Shared", (AsyncTestCase,), {"shared_loop": True})):
            [error] = findings(case_of(body, base=base))
            self.assertRegex(str(error), r"^transports: the loop still watches file descriptor \d+")
            line = body.__code__.co_firstlineno + 4
            self.assertIn(f"tests/checks/builtin/test_transports.py, line {line}, in {body.__qualname__}: ", str(error))

    def test_a_subprocess_whose_pipe_a_process_of_its_own_holds(self) -> None:
        reading, writing = os.pipe()
        self.addCleanup(os.close, writing)
        self.addCleanup(os.close, reading)

        async def body(case: Any) -> None:
            held = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import sys; sys.stdin.read()'])"
            transport, _ = await asyncio.get_running_loop().subprocess_exec(
                asyncio.SubprocessProtocol, sys.executable, "-c", held, stdin=reading, stderr=None
            )
            case.transport = transport
            while transport.get_returncode() is None:
                await asyncio.sleep(0.01)

        [text] = self.found(body)
        line = body.__code__.co_firstlineno + 2
        self.assertRegex(text, r"^transports: subprocess \d+ \(.*\) has ended, and its stdout is still open: ")
        self.assertIn(f"tests/checks/builtin/test_transports.py, line {line}, in {body.__qualname__}: ", text)


class InnocentTests(QuietTestCase):
    def test_what_is_closing(self) -> None:
        async def body(case: Any) -> None:
            server = await listen(case)
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await asyncio.sleep(0.001)
            writer.write(b"x" * 10_000_000)  # more than goes out at once
            writer.close()
            for each in case.kept:
                each.transport.pause_reading()
                each.close()
            server.close()

        self.assertEqual(findings(case_of(body)), [])

    def test_what_closes_in_a_moment(self) -> None:
        async def body(case: Any) -> None:
            async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.read()
                writer.close()

            server = await asyncio.start_server(talk, "127.0.0.1", 0)
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.close()
            server.close()

        self.assertEqual(findings(case_of(body)), [])

    def test_a_subprocess_that_has_ended(self) -> None:
        async def body(case: Any) -> None:
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", "", stdout=subprocess.PIPE)
            await process.communicate()

        self.assertEqual(findings(case_of(body)), [])


class Thing(asyncio.BaseTransport):
    """Can be referred to weakly, as the transports of loops can."""


class GiveTests(QuietTestCase):
    def test_one_that_nobody_takes(self) -> None:
        transports.Transports().give(transports._Made(Thing(), sites.Site(), is_accepted=False), None)

    def test_one_that_can_not_be_referred_to_is_left_alone(self) -> None:
        check = transports.Transports()
        check.on_transport(asyncio.Transport(), None)
        self.assertEqual(check._made, {})


class EndTests(QuietTestCase):
    def test_what_is_left_on_the_shared_loop_is_ended_with_the_test(self) -> None:
        kept: list[Any] = []

        class Case(AsyncTestCase):
            shared_loop = True

            async def test_1(self) -> None:
                kept.append(await asyncio.start_server(ignore, "127.0.0.1", 0))
                kept.extend(await asyncio.open_connection(*kept[0].sockets[0].getsockname()))
                left, right = socket.socketpair()
                kept.append(left)
                asyncio.get_running_loop().add_reader(right, print)
                kept.append(right)

            async def test_2(self) -> None:
                self.assertEqual((kept[0].sockets, kept[2].is_closing()), ((), True))
                self.assertFalse(asyncio.get_running_loop().remove_reader(kept[4]))

        result = run_suite(Case)
        self.assertEqual(
            kinds(result.log),
            [
                "start test_1",
                "addError FindingsError",
                "start test_2",
                "addSuccess",
            ],
        )
        for each in kept[3:]:
            each.close()


class WatchedFileTests(QuietTestCase):
    def test_readers_and_writers(self) -> None:
        left, right = socket.socketpair()
        self.addCleanup(left.close)
        self.addCleanup(right.close)

        def ready() -> None:
            """Do nothing."""

        async def body(case: Any) -> None:
            loop = asyncio.get_running_loop()
            loop.add_reader(left, ready)
            loop.add_writer(right.fileno(), ready)
            seen.append(f"transports: the loop still watches {left!r} and calls {ready.__qualname__}()")
            file = openings.file(right.fileno())
            seen.append(f"transports: the loop still watches {file} and calls {ready.__qualname__}()")

        seen: list[str] = []
        self.assertEqual(sorted(self.watched(body)), sorted(seen))

    def test_the_completion_queue_of_grpc_is_the_processs(self) -> None:
        def handle() -> None:
            """Do nothing."""

        handle.__module__ = "grpc._cython.cygrpc"
        left, right = socket.socketpair()
        self.addCleanup(left.close)
        self.addCleanup(right.close)

        async def body(case: Any) -> None:
            asyncio.get_running_loop().add_reader(left, functools.partial(handle))

        self.assertEqual(self.watched(body), [])

    def watched(self, body: Any) -> list[str]:
        return first_lines(case_of(body))

    def test_those_of_another_test_are_nobodys_here(self) -> None:
        left, right = socket.socketpair()
        with contextlib.closing(left), contextlib.closing(right):

            class Case(AsyncTestCase):
                checks = {"transports": "off"}
                shared_loop = True

                async def test(self) -> None:
                    asyncio.get_running_loop().add_reader(left, print)

            class Other(Case):
                checks = {"transports": "fail"}

                async def test(self) -> None:
                    asyncio.get_running_loop().add_reader(right, print)
                    asyncio.get_running_loop().remove_reader(right)

            self.assertEqual(run_suite(Case, Other).log, ["start test", "addSuccess", "start test", "addSuccess"])
