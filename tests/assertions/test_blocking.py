"""A thread notices that a loop is blocked, and says where. The clock is the test's own."""

import asyncio
import threading
import unittest
from collections.abc import Awaitable, Callable

from aiounit.assertions.blocking import LoopWatch
from aiounit.limits.own_threads import Bell

LIMIT = 0.01


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Looks(Bell):
    """What ends the thread, between two looks of which it waits for it. It counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.more = threading.Semaphore(0)

    def wait(self, seconds: float | None = None) -> bool:
        self.more.release()
        return super().wait(seconds)


class LoopWatchTests(unittest.TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.watch = LoopWatch(LIMIT, self.clock)
        self.watch._thread.bell = self.looks = Looks()

    def run_watched(self, block: Callable[[], Awaitable[None]]) -> tuple[float, str] | None:
        """Run a block that is watched, and return the longest time that was noticed, and the function."""

        async def main() -> None:
            self.watch.start()
            try:
                await block()
            finally:
                self.watch.stop()

        asyncio.run(main())
        if self.watch.longest is None:
            return None
        length, place = self.watch.longest
        return length, "" if place is None else place.function.rpartition(".")[2]

    def block(self, seconds: float) -> None:
        """Let time pass until the thread has noticed it."""
        self.look()
        self.clock.now += seconds
        self.assertTrue(self.watch.noticed.wait(60))
        self.watch.noticed.clear()

    def look(self) -> None:
        """Wait until the thread has looked several times."""
        while self.looks.more.acquire(blocking=False):
            pass
        for _ in range(10):
            self.assertTrue(self.looks.more.acquire(timeout=60))

    def test_a_loop_that_turns(self) -> None:
        async def block() -> None:
            await asyncio.sleep(0)

        self.assertIsNone(self.run_watched(block))

    def test_a_loop_that_is_idle_is_not_asked(self) -> None:
        async def block() -> None:
            await asyncio.to_thread(self.look)

        self.assertIsNone(self.run_watched(block))

    def test_a_block_up_to_the_limit(self) -> None:
        async def block() -> None:
            self.clock.now += LIMIT

        self.assertIsNone(self.run_watched(block))

    def test_a_block(self) -> None:
        async def block() -> None:
            self.block(2)

        self.assertEqual(self.run_watched(block), (2, "block"))

    def test_a_block_in_a_callback(self) -> None:
        async def block() -> None:
            asyncio.get_running_loop().call_soon(self.block, 2)
            await asyncio.sleep(0)

        self.assertEqual(self.run_watched(block), (2, "block"))

    def test_a_block_that_the_thread_has_not_seen(self) -> None:
        self.watch = LoopWatch(600, self.clock)  # the thread looks after a minute for the first time

        async def block() -> None:
            self.clock.now += 601

        self.assertEqual(self.run_watched(block), (601, ""))

    def test_the_longest_of_several(self) -> None:
        async def block() -> None:
            for seconds in (2, 5, 3):
                self.block(seconds)
                await asyncio.sleep(0)
                await asyncio.sleep(0)

        self.assertEqual(self.run_watched(block), (5, "block"))
