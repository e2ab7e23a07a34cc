"""The private names of the handles of loops are there, and mean what aiounit takes them for."""

import asyncio
import contextvars
import socket
from unittest import IsolatedAsyncioTestCase

from aiounit import _stdlib

# Each is shown below to behave as aiounit relies on. Whoever adds one to handles.py adds its test here.
PRIVATE_NAMES = {
    "_args",
    "_callback",
    "_context",
    "_scheduled",
    "_selector",
}


class HandleTests(IsolatedAsyncioTestCase):
    async def test_files_that_are_watched(self) -> None:
        loop = asyncio.get_running_loop()
        left, right = socket.socketpair()
        self.addCleanup(left.close)
        self.addCleanup(right.close)
        self.assertEqual([file for _, file, _ in _stdlib.handles.watched_files(loop) if file in {left, right}], [])
        loop.add_reader(left, print, 1)
        loop.add_writer(left, list)
        [(descriptor, handles)] = [
            (fd, found) for fd, file, found in _stdlib.handles.watched_files(loop) if file is left
        ]
        self.assertEqual(descriptor, left.fileno())
        self.assertEqual([_stdlib.handles.callback_of(handle) for handle in handles], [print, list])
        loop.remove_reader(left)
        loop.remove_writer(left)

    async def test_loops_that_do_not_say(self) -> None:
        self.assertEqual(_stdlib.handles.watched_files(object()), [])
        self.assertEqual(_stdlib.handles.timers_of(object()), [])

    async def test_timers(self) -> None:
        loop = asyncio.get_running_loop()
        timer, cancelled = loop.call_later(100, print), loop.call_later(100, print)
        cancelled.cancel()
        self.assertEqual(_stdlib.handles.timers_of(loop), [timer])
        timer.cancel()
        self.assertIsNone(_stdlib.handles.callback_of(timer))

    async def test_contexts_of_handles(self) -> None:
        context = contextvars.Context()
        handle = asyncio.get_running_loop().call_soon(print, context=context)
        handle.cancel()
        self.assertIs(_stdlib.handles.context_of_handle(handle), context)
        self.assertIsNone(_stdlib.handles.context_of_handle(None))
