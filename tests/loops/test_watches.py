"""A watch: when an iteration of a loop took too long, told from times that are given to it."""

import threading
import unittest
from types import FrameType
from unittest import mock

from aiounit import _stdlib
from aiounit.introspect import sites
from aiounit.loops import collector, culprits
from aiounit.loops.sampler import Sampler
from aiounit.loops.watches import Iterations, Watch


def busy_frame() -> FrameType:
    return _stdlib.frames.frame(0)


class WatchTests(unittest.TestCase):
    def setUp(self) -> None:
        self.iterations = Iterations(Sampler(), is_iterating=True)
        self.ran = self.waited = 0.0
        self.is_ready = False
        processor = mock.Mock(
            thread=threading.get_ident(),
            ran=lambda: self.ran,
            waited=lambda: self.waited,
            is_ready=lambda: self.is_ready,
        )
        self.watch = Watch(self.iterations, 0.0995, processor, [])
        self.frame: FrameType | None = busy_frame()
        self.enterContext(mock.patch.object(_stdlib.frames, "current_frames", self.frames))
        self.collected = self.enterContext(mock.patch.object(collector, "seconds_since", return_value=0.0))

    def frames(self) -> dict[int, FrameType]:
        return {} if self.frame is None else {threading.get_ident(): self.frame}

    def look(self, *milliseconds: int) -> list[float]:
        for each in milliseconds:
            self.watch.look(each / 1000)
        return [round(block.seconds, 3) for block in self.watch.blocks]

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

    def test_iterations_in_between(self) -> None:
        for _ in range(10):
            self.run_for(90)
            self.iterations.count += 1
        self.assertEqual(self.watch.blocks, [])

    def test_two_blocks(self) -> None:
        self.run_for(0, 100)
        self.iterations.count += 1
        self.assertEqual(self.run_for(0, 150), [0.1, 0.15])

    def test_a_loop_that_waits_or_does_not_run(self) -> None:
        self.iterations.is_iterating = False
        self.assertEqual(self.run_for(0, 100), [])
        self.iterations.is_iterating = True
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
            self.iterations.count += 1
            return sites.Site()

        with mock.patch.object(culprits, "site_of", site_of):
            self.assertEqual(self.run_for(0, 500), [])

    def test_a_thread_that_has_ended(self) -> None:
        self.frame = None
        self.assertEqual(self.run_for(0, 500), [])
