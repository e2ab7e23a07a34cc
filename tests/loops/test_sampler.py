"""The sampler: when a turn of a loop took too long, told from times that are given to it."""

import asyncio
import math
import os
import threading
import time
import unittest
from types import FrameType
from unittest import mock

from aiounit import _stdlib
from aiounit.introspect import sites
from aiounit.limits.processor import Processor
from aiounit.loops import collector, culprits, sampler
from aiounit.loops.sampler import Sampler, Turns


def busy_frame() -> FrameType:
    return _stdlib.frames.frame(0)


def turns_of(sampler: Sampler, threshold: float = 0.0) -> Turns:
    """Return the turns of a loop of this thread."""
    return Turns(threshold, sampler, threading.get_ident(), Processor())


def turning(turns: Turns) -> asyncio.AbstractEventLoop:
    """Return a loop that counts its turns."""
    loop = asyncio.SelectorEventLoop()
    _stdlib.hooks.listen(loop, mock.Mock(), turns)
    return loop


def turn(loop: asyncio.AbstractEventLoop) -> None:
    """Have a loop turn once."""
    loop.call_soon(loop.stop)
    loop.run_forever()


class TurnsTests(unittest.TestCase):
    def setUp(self) -> None:
        self.turns = turns_of(Sampler(), 0.0995)
        self.turns.is_turning = True
        self.ran = self.waited = 0.0
        self.is_ready = False
        self.turns._processor = mock.Mock(
            ran=lambda: self.ran, waited=lambda: self.waited, is_ready=lambda: self.is_ready
        )
        self.frame: FrameType | None = busy_frame()
        self.enterContext(mock.patch.object(_stdlib.frames, "current_frames", self.frames))
        self.collected = self.enterContext(mock.patch.object(collector, "seconds_since", return_value=0.0))

    def frames(self) -> dict[int, FrameType]:
        return {} if self.frame is None else {threading.get_ident(): self.frame}

    def look(self, *milliseconds: int) -> list[float]:
        for each in milliseconds:
            self.turns.look(each / 1000)
        return [round(block.seconds, 3) for block in self.turns.blocks]

    def run_for(self, *milliseconds: int) -> list[float]:
        """Look after each of some times that the thread has run for."""
        for each in milliseconds:
            self.now += each
            self.ran += each / 1000
            self.look(self.now)
        return self.look()

    now = 0

    def test_one_that_runs_too_long(self) -> None:
        self.assertEqual(self.run_for(0, 60, 50), [0.11])

    def test_or_sleeps(self) -> None:
        self.assertEqual(self.look(0, 10, 40, 70, 100, 110), [0.1])

    def test_how_long_it_sleeps_before_it_is_first_seen_is_not_known(self) -> None:
        self.assertEqual(self.look(0, 500), [])

    def test_it_is_one_block_while_it_lasts(self) -> None:
        self.assertEqual(self.run_for(0, 60, 50, 40), [0.15])

    def test_a_turn_that_does_not(self) -> None:
        self.assertEqual(self.run_for(0, 50, 49), [])

    def test_turns_in_between(self) -> None:
        for _ in range(10):
            self.run_for(90)
            self.turns.count += 1
        self.assertEqual(self.turns.blocks, [])

    def test_two_blocks(self) -> None:
        self.run_for(0, 100)
        self.turns.count += 1
        self.assertEqual(self.run_for(0, 150), [0.1, 0.15])

    def test_a_loop_that_waits_or_does_not_run(self) -> None:
        self.turns.is_turning = False
        self.assertEqual(self.run_for(0, 100), [])
        self.turns.is_turning = True
        with mock.patch.object(_stdlib.frames, "is_waiting", return_value=True):
            self.assertEqual(self.run_for(0, 100), [])

    def test_the_time_in_which_it_waits_for_a_processor_does_not_count(self) -> None:
        self.look(0, 10)
        for now in range(40, 1000, 30):
            self.waited += 0.03
            self.assertEqual(self.look(now), [])

    def test_nor_that_in_which_it_still_does(self) -> None:
        self.is_ready = True
        self.assertEqual(self.look(0, 10, 40, 70, 100, 110, 140), [])

    def test_of_the_time_in_which_the_machine_stands_still_little_counts(self) -> None:
        self.assertEqual(self.look(0, 10, 1000), [])

    def test_unless_the_thread_was_busy(self) -> None:
        self.assertEqual(self.run_for(0, 500), [0.5])

    def test_the_time_of_a_garbage_collection_does_not_count(self) -> None:
        self.run_for(0, 75)
        self.collected.return_value = 0.05
        self.assertEqual(self.run_for(74), [])
        self.collected.assert_called_with(0.075)
        self.collected.return_value = 0.0
        self.assertEqual(self.run_for(1), [0.1])

    def test_nor_that_of_which_no_test_is_to_blame(self) -> None:
        with mock.patch.object(culprits, "is_innocent", return_value=True):
            self.assertEqual(self.run_for(0, 500), [])
        self.assertEqual(self.run_for(100), [0.1])

    def test_a_turn_that_ends_while_it_is_looked_at(self) -> None:
        def site_of(_frame: FrameType) -> sites.Site:
            self.turns.count += 1
            return sites.Site()

        with mock.patch.object(culprits, "site_of", site_of):
            self.assertEqual(self.run_for(0, 500), [])

    def test_a_thread_that_has_ended(self) -> None:
        self.frame = None
        self.assertEqual(self.run_for(0, 500), [])


class GivingWayTests(unittest.TestCase):
    """A loop lets the thread look; the thread is not there."""

    def setUp(self) -> None:
        self.sampler = Sampler()
        self.has_looked = self.enterContext(mock.patch.object(self.sampler, "_has_looked"))
        self.turns = turns_of(self.sampler)
        self.loop = turning(self.turns)
        self.addCleanup(self.loop.close)

    def test_when_it_is_due_once_and_for_a_moment(self) -> None:
        self.enterContext(mock.patch.object(sampler, "_PERIOD", 1000))
        self.sampler.due = -math.inf
        turn(self.loop)
        turn(self.loop)
        self.assertEqual(self.has_looked.mock_calls, [mock.call.silence(), mock.call.wait(sampler._MOMENT)])
        self.assertEqual((self.turns.count, self.turns.is_turning), (2, False))

    def test_not_while_it_is_not_due(self) -> None:
        turn(self.loop)
        self.assertEqual(self.has_looked.mock_calls, [])

    def test_not_to_one_that_has_looked_just_now(self) -> None:
        self.sampler.give_way()
        self.has_looked.wait.assert_not_called()


class ThreadTests(unittest.TestCase):
    def setUp(self) -> None:
        self.sampler = Sampler()
        self.addCleanup(self.sampler.stop)
        self.looked = threading.Event()
        self.enterContext(mock.patch.object(Turns, "look", side_effect=lambda _now: self.looked.set()))

    def test_it_starts_when_it_is_wanted_and_ends(self) -> None:
        self.sampler.watch(0.1)
        self.assertTrue(self.looked.wait(10))
        thread = self.sampler._thread
        assert thread is not None
        self.assertFalse(thread.is_over)
        self.sampler.stop()
        self.assertTrue(thread.is_over)
        self.sampler.stop()

    def test_it_has_collections_noted(self) -> None:
        with mock.patch.object(collector, "watch") as watch:
            self.sampler.watch(0.1)
        watch.assert_called_once_with()

    def test_it_rests_while_there_is_nothing_to_see(self) -> None:
        with mock.patch.object(sampler, "_PATIENCE", 0.0):
            turns = self.sampler.watch(0.1)
            self.assertTrue(self.looked.wait(10))
            turns.is_over = True
            deadline = time.monotonic() + 10
            while not self.sampler._rests and time.monotonic() < deadline:
                time.sleep(0.001)
            self.assertTrue(self.sampler._rests)
            self.looked.clear()
            self.sampler.watch(0.1)
            self.assertTrue(self.looked.wait(10))

    def test_one_that_comes_just_when_it_is_going_to_rest(self) -> None:
        turns = turns_of(self.sampler)

        class Racing(Sampler):
            def __setattr__(self, name: str, value: object) -> None:
                super().__setattr__(name, value)
                if name == "_rests" and value:
                    self._watched.add(turns)

        self.sampler = Racing()
        self.addCleanup(self.sampler.stop)
        with mock.patch.object(sampler, "_PATIENCE", 0.0):
            self.sampler._start()
            self.assertTrue(self.looked.wait(10))

    def test_it_says_when_it_is_due_and_that_it_has_looked(self) -> None:
        self.assertEqual(self.sampler.due, math.inf)
        self.sampler.watch(0.1)
        self.assertTrue(self.looked.wait(10))
        self.assertLess(self.sampler.due, math.inf)
        self.sampler.stop()
        self.assertEqual(self.sampler.due, math.inf)

    def test_it_begins_anew_in_a_process_that_was_forked(self) -> None:
        self.sampler.watch(0.1)
        thread = self.sampler._thread
        assert thread is not None
        self.addCleanup(thread.end)
        watched = self.sampler._watched
        self.addCleanup(watched.clear)
        self.sampler.forget()
        self.assertIsNone(self.sampler._thread)
        self.assertEqual(self.sampler._watched, set())

    def test_after_a_fork_has_ended_it_it_starts_with_the_next_turn(self) -> None:
        turns = self.sampler.watch(0.1)
        thread = self.sampler._thread
        assert thread is not None
        self.assertTrue(thread.ends_before_fork())
        thread.end()
        self.looked.clear()
        loop = turning(turns)
        self.addCleanup(loop.close)
        turn(loop)
        self.assertTrue(self.looked.wait(10))

    def test_or_with_the_next_test(self) -> None:
        self.sampler.watch(0.1)
        thread = self.sampler._thread
        assert thread is not None
        thread.end()
        self.looked.clear()
        self.sampler.watch(0.1)
        self.assertTrue(self.looked.wait(10))

    @unittest.skipUnless(hasattr(os, "register_at_fork"), "there is no fork on this system")
    def test_the_one_of_the_process_is_told_of_forks(self) -> None:
        self.assertIsInstance(sampler.sampler, Sampler)
