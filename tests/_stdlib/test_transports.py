"""Transports that are closed only by a destructor."""

import asyncio
import socket
import threading
from unittest import IsolatedAsyncioTestCase

from aiounit import _stdlib

# The test of a destructor shows that it behaves as aiounit relies on.
PRIVATE_NAMES = {"_getframe"}


class DropTests(IsolatedAsyncioTestCase):
    async def open(self, noted: list[str]) -> asyncio.StreamWriter:
        left, right = socket.socketpair()
        self.addCleanup(left.close)
        _, writer = await asyncio.open_connection(sock=right)
        _stdlib.transports.on_drop(writer.transport, lambda: noted.append("dropped"))
        return writer

    async def test_a_session_that_is_destroyed(self) -> None:
        class Session:
            def __init__(self, writer: asyncio.StreamWriter) -> None:
                self.writer = writer

            def __del__(self) -> None:
                self.writer.close()

        noted: list[str] = []
        Session(await self.open(noted))
        await asyncio.sleep(0)
        self.assertEqual(noted, ["dropped"])

    async def test_deep_down_nobody_is_a_destructor(self) -> None:
        def deep(depth: int) -> None:
            if depth:
                deep(depth - 1)
            else:
                writer.close()

        noted: list[str] = []
        writer = await self.open(noted)
        deep(20)
        await asyncio.sleep(0)
        self.assertEqual(noted, [])

    async def test_where_there_is_no_caller_left(self) -> None:
        noted: list[str] = []
        writer = await self.open(noted)
        asyncio.get_running_loop().set_debug(False)  # which lets nobody close it from another thread
        thread = threading.Thread(target=writer.transport.close)
        thread.start()
        thread.join()
        self.assertEqual((noted, writer.is_closing()), ([], True))

    async def test_one_that_is_closed(self) -> None:
        noted: list[str] = []
        writer = await self.open(noted)
        writer.close()
        await asyncio.sleep(0)
        self.assertEqual((noted, writer.is_closing()), ([], True))

    async def test_a_transport_without_attributes(self) -> None:
        _stdlib.transports.on_drop(asyncio.Transport(), print)
