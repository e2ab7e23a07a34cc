"""The loop's own thread times its iterations while a block of code is watched. The clocks are the test's own."""

import asyncio
import unittest
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any
from unittest import mock

from aiounit import _stdlib
from aiounit.introspect import sites
from aiounit.introspect.places import inner_place
from aiounit.loops import collector, culprits, timed
from aiounit.loops.sampler import Sampler
from aiounit.loops.timed import LoopWatch
from aiounit.loops.watches import PERIOD, Iterations

LIMIT = 0.1
LISTENER = mock.Mock()


class TimedTestCase(unittest.TestCase):
    """Looks when a test wants it, in place of the sampler."""

    def setUp(self) -> None:
        self.now = self.ran = self.waited = 0.0
        self.is_ready = False
        self.watches: list[LoopWatch] = []
        self.sampler = Sampler()
        self.enterContext(mock.patch.object(self.sampler, "add", self.watches.append))
        self.enterContext(mock.patch.object(timed, "sampler", self.sampler))
        self.clocks = mock.Mock(monotonic=lambda: self.now, thread_time=lambda: self.ran)
        self.enterContext(mock.patch.object(timed, "time", self.clocks))
        processor = mock.Mock(
            ran=lambda: self.ran, waited=lambda: self.waited, is_ready=lambda: self.is_ready, thread=1
        )
        self.enterContext(mock.patch.object(timed, "Processor", return_value=processor))
        self.frame: FrameType | None = None
        self.enterContext(mock.patch.object(_stdlib.frames, "current_frames", self.frames))
        self.collected = self.enterContext(mock.patch.object(collector, "seconds_since", return_value=0.0))
        self.loop: Any = asyncio.SelectorEventLoop()
        self.addCleanup(self.loop.close)

    def frames(self) -> dict[int, FrameType | None]:
        return {1: self.frame}

    def run_watched(self, block: Callable[[], Awaitable[object]]) -> tuple[float, str] | None:
        """Run a block that is watched, and return the longest time that was noticed, and the function."""

        async def main() -> LoopWatch:
            watch = timed.watch_loop(LIMIT)
            try:
                await block()
            finally:
                watch.stop()
            return watch

        return self.result(self.loop.run_until_complete(main()))

    def result(self, watch: LoopWatch) -> tuple[float, str] | None:
        if watch.longest is None:
            return None
        place = inner_place(sites.places(watch.longest.site))
        return round(watch.longest.seconds, 3), "" if place is None else place.function.rpartition(".")[2]

    def look(self) -> None:
        self.frame = _stdlib.frames.frame(1)
        for watch in self.watches:
            watch.look(self.now)

    def sleep(self, seconds: float) -> None:
        """Let time pass, and look."""
        self.now += seconds
        self.look()

    def work(self, seconds: float) -> None:
        """Let time pass in which the thread runs."""
        self.now += seconds
        self.ran += seconds


class CountedTests(TimedTestCase):
    """The loop counts its iterations."""

    def setUp(self) -> None:
        super().setUp()
        self.iterations = Iterations(self.sampler)
        _stdlib.hooks.listen(self.loop, LISTENER, self.iterations)

    def test_a_loop_that_turns(self) -> None:
        async def block() -> None:
            for _ in range(10):
                self.sleep(LIMIT)
                await asyncio.sleep(0)

        self.assertIsNone(self.run_watched(block))

    def test_a_block(self) -> None:
        async def block() -> None:
            self.sleep(1)
            self.look()
            self.now += 2  # which is seen by the loop alone

        self.assertEqual(self.run_watched(block), (3, "sleep"))
        self.assertTrue(self.watches[0].noticed.is_set())

    def test_a_block_that_was_not_looked_at(self) -> None:
        async def block() -> None:
            self.now += 2

        self.assertEqual(self.run_watched(block), (2, ""))

    def test_the_iteration_before_the_block_of_code_does_not_count(self) -> None:
        async def main() -> LoopWatch:
            self.work(2)
            watch = timed.watch_loop(LIMIT)
            await asyncio.sleep(0)
            watch.stop()
            self.work(2)
            return watch

        self.assertIsNone(self.result(self.loop.run_until_complete(main())))

    def test_a_later_iteration_in_which_the_thread_slept(self) -> None:
        async def block() -> None:
            await asyncio.sleep(0)
            self.sleep(1)  # it may have waited for events
            self.sleep(1)  # after the look it may have begun to wait
            self.sleep(2)
            self.now += 3
            await asyncio.sleep(0)

        self.assertEqual(self.run_watched(block), (5, "sleep"))

    def test_or_ran(self) -> None:
        async def block() -> None:
            await asyncio.sleep(0)
            self.work(1)
            self.look()
            self.work(2)
            await asyncio.sleep(0)

        self.assertEqual(self.run_watched(block), (3, ""))

    def test_or_ran_and_was_not_looked_at(self) -> None:
        async def block() -> None:
            await asyncio.sleep(0)
            self.now += 10
            self.work(2)
            await asyncio.sleep(0)

        self.assertEqual(self.run_watched(block), (2, ""))

    def test_a_loop_that_waits(self) -> None:
        async def block() -> None:
            self.sleep(0)
            with mock.patch.object(_stdlib.frames, "is_waiting", return_value=True):
                self.sleep(2)
            self.now += 2

        self.assertIsNone(self.run_watched(block))

    def test_the_longest_of_several(self) -> None:
        async def block() -> None:
            for seconds in (2, 5, 3):
                await asyncio.sleep(0)
                self.work(seconds)

        self.assertEqual(self.run_watched(block), (5, ""))

    def test_the_time_in_which_it_waits_for_a_processor_does_not_count(self) -> None:
        async def block() -> None:
            self.waited += 1
            self.sleep(1.05)
            self.sleep(1)  # what is not known yet...
            self.waited += 1  # ...is taken back
            self.sleep(0)

        self.assertIsNone(self.run_watched(block))

    def test_a_wait_between_the_two_clocks_does_not_shorten_a_block(self) -> None:
        waits = [1.0]

        def now() -> float:
            now = self.now
            if waits:
                self.now += waits[-1]
                self.waited += waits.pop()
            return now

        async def block() -> None:
            self.sleep(2)
            self.now += 1
            self.clocks.monotonic = now

        self.assertEqual(self.run_watched(block), (3, "sleep"))

    def test_what_ran_when_it_still_waited_is_not_what_blocks(self) -> None:
        async def block() -> None:
            self.is_ready = True
            self.sleep(1)
            self.is_ready = False
            self.assertFalse(self.watches[0].noticed.is_set())
            self.waited += 1
            self.sleep(0)
            self.now += 1

        self.assertEqual(self.run_watched(block), (1, ""))

    def test_nor_that_of_a_garbage_collection(self) -> None:
        async def block() -> None:
            self.collected.return_value = 2
            self.sleep(2)
            await asyncio.sleep(0)
            self.work(2)

        self.assertIsNone(self.run_watched(block))

    def test_nor_that_of_which_no_test_is_to_blame(self) -> None:
        async def block() -> None:
            with mock.patch.object(culprits, "is_innocent", return_value=True):
                self.sleep(2)
                self.sleep(2)
            self.now += 2
            await asyncio.sleep(0)
            self.work(2)
            with mock.patch.object(culprits, "is_innocent", return_value=True):
                self.look()
            self.work(2)

        self.assertIsNone(self.run_watched(block))

    def test_an_iteration_that_ends_while_it_is_looked_at(self) -> None:
        site_of = culprits.site_of

        def end(frame: FrameType) -> sites.Site:
            self.iterations.is_iterating = False
            return site_of(frame)

        async def block() -> None:
            with mock.patch.object(culprits, "site_of", end):
                self.sleep(2)

        self.assertEqual(self.run_watched(block), (2, ""))

    def test_several_watches_of_one_loop_in_any_order(self) -> None:
        async def main() -> list[LoopWatch]:
            first = timed.watch_loop(LIMIT)
            self.now += 1
            second = timed.watch_loop(5)
            third = timed.watch_loop(LIMIT)
            self.now += 2
            await asyncio.sleep(0)
            self.work(4)
            first.stop()
            self.work(2)
            await asyncio.sleep(0)
            third.stop()
            second.stop()
            return [first, second, third]

        results = [self.result(each) for each in self.loop.run_until_complete(main())]
        self.assertEqual(results, [(4, ""), (6, ""), (6, "")])
        self.assertIs(type(self.iterations), Iterations)
        self.assertEqual(self.iterations.timed, ())

    def test_a_loop_that_counts_from_now_on(self) -> None:
        _stdlib.hooks.listen(self.loop, LISTENER, None)

        async def block() -> None:
            self.assertTrue(self.watches[0].iterations.is_iterating)
            self.now += 2
            await asyncio.sleep(0)

        self.assertEqual(self.run_watched(block), (2, ""))
        self.assertFalse(self.watches[0].iterations.is_iterating)

    def test_while_the_loop_does_not_run_it_is_not_blocked(self) -> None:
        async def start() -> LoopWatch:
            return timed.watch_loop(LIMIT)

        watch = self.loop.run_until_complete(start())
        self.work(2)
        self.sleep(2)
        watch.stop()
        self.assertIsNone(self.result(watch))

    def test_it_wants_to_look_so_often_that_a_tenth_is_known(self) -> None:
        self.assertEqual(
            [LoopWatch(self.iterations, limit).period for limit in (60, 0.1, 0.002)], [PERIOD, 0.005, 0.0001]
        )


class AskedTests(TimedTestCase):
    """The loop does not count its iterations."""

    def setUp(self) -> None:
        super().setUp()
        self.questions = 0
        ask = self.loop.call_soon_threadsafe

        def count(callback: Callable[[], object]) -> None:
            self.questions += 1
            ask(callback)

        self.enterContext(mock.patch.object(self.loop, "call_soon_threadsafe", count))

    def test_a_loop_that_answers(self) -> None:
        async def block() -> None:
            for _ in range(10):
                await asyncio.sleep(0)
                self.sleep(LIMIT)

        self.assertIsNone(self.run_watched(block))
        self.assertGreater(self.questions, 3)

    def test_a_block(self) -> None:
        async def block() -> None:
            self.sleep(2)
            self.now += 1  # which is seen by the loop alone
            await asyncio.sleep(0)

        self.assertEqual(self.run_watched(block), (3, "sleep"))

    def test_a_later_block(self) -> None:
        async def block() -> None:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            self.sleep(1)
            self.sleep(2)

        self.assertEqual(self.run_watched(block), (2, "sleep"))

    def test_it_is_asked_no_more_often_than_must_be(self) -> None:
        async def block() -> None:
            for _ in range(6):
                await asyncio.sleep(0)
                self.sleep(LIMIT / 20)

        self.run_watched(block)
        self.assertEqual(self.questions, 4)

    def test_a_loop_that_is_idle_or_whose_thread_has_ended_is_not_asked(self) -> None:
        async def block() -> None:
            await asyncio.sleep(0)
            with mock.patch.object(_stdlib.frames, "is_waiting", return_value=True):
                self.sleep(2)
            for watch in self.watches:
                self.frame = None
                watch.look(self.now)

        self.assertIsNone(self.run_watched(block))
        self.assertEqual(self.questions, 1)

    def test_what_it_answers_after_the_end_does_not_count(self) -> None:
        async def main() -> LoopWatch:
            watch = timed.watch_loop(LIMIT)
            watch.stop()
            self.now += 2
            await asyncio.sleep(0)
            return watch

        self.assertIsNone(self.result(self.loop.run_until_complete(main())))

    def test_while_the_loop_does_not_run_it_is_not_blocked(self) -> None:
        async def start() -> LoopWatch:
            return timed.watch_loop(LIMIT)

        watch = self.loop.run_until_complete(start())
        self.sleep(2)
        self.sleep(2)
        self.loop.run_until_complete(asyncio.sleep(0))
        other = self.loop.run_until_complete(start())
        self.now += 2
        watch.stop()
        other.stop()
        self.assertEqual([self.result(watch), self.result(other)], [None, None])

    def test_a_loop_that_is_closed_while_it_is_asked(self) -> None:
        async def block() -> None:
            await asyncio.sleep(0)
            with mock.patch.object(self.loop, "call_soon_threadsafe", side_effect=RuntimeError("closed")):
                self.sleep(LIMIT)

        self.assertIsNone(self.run_watched(block))
