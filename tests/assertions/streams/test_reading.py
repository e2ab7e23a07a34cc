"""A source is read ahead, but not without end, and is closed."""

import asyncio
import unittest
from collections.abc import AsyncGenerator
from unittest import mock

from aiounit.assertions.streams import reading
from aiounit.assertions.streams.reading import MOST_AHEAD, Reader
from aiounit.mocks.doubles.streams import async_stream
from tests.assertions.virtual import later, now, plain, virtual


async def ticks(log: list[str]) -> AsyncGenerator[int, None]:
    try:
        for number in range(1, 4):
            yield number
            await asyncio.sleep(1)
    finally:
        log.append("closed")


class ReaderTests(unittest.TestCase):
    @virtual
    async def test_items_wait_for_whoever_takes_them(self) -> None:
        log: list[str] = []
        reader = Reader(ticks(log))
        await asyncio.sleep(1.5)
        self.assertEqual((list(reader.items), reader.is_over, log), ([1, 2], False, []))
        await asyncio.sleep(2)
        self.assertEqual((reader.take(), list(reader.items), reader.is_over, log), (1, [2, 3], True, ["closed"]))

    @virtual
    async def test_it_waits_for_what_comes(self) -> None:
        queue: asyncio.Queue[str] = asyncio.Queue()
        reader = Reader(queue)
        later(0.5, queue.put_nowait, "tea")
        self.assertTrue(await reader.is_ready(1001))
        self.assertEqual((now(), reader.take()), (0.5, "tea"))
        self.assertFalse(await reader.is_ready(1001))
        self.assertEqual(now(), 1)
        await reader.close()

    @virtual
    async def test_it_does_not_read_ahead_without_end(self) -> None:
        source = async_stream(iter(int, 1))
        reader = Reader(source)
        await asyncio.sleep(1)
        self.assertEqual((len(source.consumed), len(reader.items)), (MOST_AHEAD, MOST_AHEAD))
        reader.take()
        await asyncio.sleep(1)
        self.assertEqual(len(source.consumed), MOST_AHEAD + 1)
        self.assertEqual(await reader.close(), ("", None))
        self.assertTrue(source.closed)

    @virtual
    async def test_where_it_is(self) -> None:
        reader = Reader(ticks([]))
        await asyncio.sleep(0.5)
        self.assertEqual(
            plain(Exception(reader.place)),
            " for asyncio.sleep(1)\n  test_reading.py, line N, in ticks: await asyncio.sleep(1)",
        )
        await reader.close()

    @virtual
    async def test_it_is_closed_before_it_has_begun(self) -> None:
        log: list[str] = []
        await Reader(ticks(log)).close()
        self.assertEqual(log, [])

    @virtual
    async def test_it_is_closed_after_it_has_ended(self) -> None:
        reader = Reader(async_stream([1]))
        await asyncio.sleep(1)
        self.assertEqual(await reader.close(), ("", None))
        self.assertEqual((list(reader.items), reader.error), ([1], None))

    @virtual
    async def test_an_iterator_without_a_close(self) -> None:
        class Source:
            def __aiter__(self) -> "Source":
                return self

            async def __anext__(self) -> int:
                raise StopAsyncIteration

        reader = Reader(Source())
        self.assertTrue(await reader.is_ready(1001))
        self.assertEqual((list(reader.items), reader.is_over), ([], True))

    @virtual
    async def test_a_queue_that_is_shut_down(self) -> None:
        class ShutDownError(Exception):
            """As asyncio.QueueShutDown of 3.13."""

        class Queue(asyncio.Queue[str]):
            async def get(self) -> str:
                raise ShutDownError

        with mock.patch.object(reading, "_SHUT_DOWN", ShutDownError):
            reader = Reader(Queue())
            self.assertTrue(await reader.is_ready(1001))
        self.assertEqual((list(reader.items), reader.is_over, reader.error), ([], True, None))
