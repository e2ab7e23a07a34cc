"""What is open to the outside has a name, and a remedy that fits it."""

import asyncio
import contextlib
import socket
import unittest
from typing import Any
from unittest import mock

from aiounit.checks.builtin import openings


class NameTests(unittest.TestCase):
    def transport(self, **extra: Any) -> Any:
        return asyncio.Transport(extra)

    def test_unnamed_sockets_have_a_number(self) -> None:
        left, right = socket.socketpair()
        with contextlib.closing(left), contextlib.closing(right):
            transport = self.transport(socket=right, sockname="", peername="")
            name = openings.connection(transport, is_accepted=False)
            self.assertRegex(name, rf"^a connection to an unnamed socket on file descriptor {right.fileno()}\b")

    def test_one_that_was_accepted_at_a_path(self) -> None:
        transport = self.transport(sockname="/tmp/server", peername="")
        self.assertEqual(
            openings.connection(transport, is_accepted=True),
            "a connection that the server made here has accepted on /tmp/server",
        )

    def test_one_without_a_socket(self) -> None:
        self.assertEqual(
            openings.connection(self.transport(), is_accepted=False),
            "a connection to an unnamed socket on file descriptor -1",
        )

    def test_the_remedy_is_that_of_what_uses_it(self) -> None:
        class Transport(asyncio.Transport):
            def __init__(self, protocol: asyncio.BaseProtocol | None) -> None:
                super().__init__()
                self.protocol = protocol

            def get_protocol(self) -> Any:
                return self.protocol

        class Datagrams(Transport):
            def sendto(self) -> None:
                """Be there."""

        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        stream = asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), loop=loop)
        self.assertEqual(
            [openings.remedy(each) for each in (Transport(stream), Datagrams(None), Transport(None))],
            [
                "Close its StreamWriter: close(), then await wait_closed()",
                "Close it: transport.close()",
                "Close it, and wait until it is closed",
            ],
        )
        self.assertEqual(
            openings.remedy(Transport(asyncio.Protocol())),
            "Close it, and wait until it is closed; its protocol is asyncio.protocols.Protocol",
        )

    def test_commands(self) -> None:
        class Transport(asyncio.SubprocessTransport):
            def get_pid(self) -> int:
                return 7

        def name(*process: Any) -> str:
            return openings.subprocess(Transport(dict(zip(["subprocess"], process, strict=False))))

        made = [mock.Mock(args=args) for args in (["sh", "-c", "exit 0"], b"exit 0", ["x" * 100])]
        self.assertEqual(
            [name(each) for each in made] + [name()],
            [
                "subprocess 7 (sh -c 'exit 0')",
                "subprocess 7 (exit 0)",
                f"subprocess 7 ({'x' * 80}...)",
                "subprocess 7",
            ],
        )

    def test_what_is_closed(self) -> None:
        sock = socket.socket()
        sock.close()
        self.assertEqual([openings.file(-1), openings.file(sock)], ["file descriptor -1", repr(sock)])
