"""The sampler: a thread that looks at loops while there are any, and to which they give way."""

import asyncio
import math
import os
import threading
import time
import unittest
from unittest import mock

from aiounit import _stdlib
from aiounit.limits.processor import Processor
from aiounit.loops import collector, sampler
from aiounit.loops.sampler import Sampler
from aiounit.loops.watches import Iterations, Watch


def watch_of(sampler: Sampler) -> Watch:
    """Return a watch of a loop of this thread."""
    return Watch(Iterations(sampler), 0.0, Processor(), [])


def iterating(iterations: Iterations) -> asyncio.AbstractEventLoop:
    """Return a loop that counts its iterations."""
    loop = asyncio.SelectorEventLoop()
    _stdlib.hooks.listen(loop, mock.Mock(), iterations)
    return loop


def iteration(loop: asyncio.AbstractEventLoop) -> None:
    """Have a loop iteration once."""
    loop.call_soon(loop.stop)
    loop.run_forever()


class GivingWayTests(unittest.TestCase):
    """A loop lets the thread look; the thread is not there."""

    def setUp(self) -> None:
        self.sampler = Sampler()
        self.has_looked = self.enterContext(mock.patch.object(self.sampler, "_has_looked"))
        self.iterations = Iterations(self.sampler)
        self.loop = iterating(self.iterations)
        self.addCleanup(self.loop.close)

    def test_when_it_is_due_once_and_for_a_moment(self) -> None:
        self.enterContext(mock.patch.object(sampler, "PERIOD", 1000))
        self.sampler.due = -math.inf
        iteration(self.loop)
        iteration(self.loop)
        self.assertEqual(self.has_looked.mock_calls, [mock.call.silence(), mock.call.wait(sampler._MOMENT)])
        self.assertEqual((self.iterations.count, self.iterations.is_iterating), (2, False))

    def test_not_while_it_is_not_due(self) -> None:
        iteration(self.loop)
        self.assertEqual(self.has_looked.mock_calls, [])

    def test_not_to_one_that_has_looked_just_now(self) -> None:
        self.sampler.give_way()
        self.has_looked.wait.assert_not_called()


class ThreadTests(unittest.TestCase):
    def setUp(self) -> None:
        self.sampler = Sampler()
        self.addCleanup(self.sampler.stop)
        self.looked = threading.Event()
        self.enterContext(mock.patch.object(Watch, "look", side_effect=lambda _now: self.looked.set()))

    def test_it_starts_when_it_is_wanted_and_ends(self) -> None:
        self.sampler.watch(0.1)
        self.assertTrue(self.looked.wait(10))
        thread = self.sampler._thread
        assert thread is not None
        self.assertFalse(thread.is_over)
        self.sampler.stop()
        self.assertTrue(thread.is_over)
        self.sampler.stop()

    def test_one_is_enough_for_several_threads(self) -> None:
        other = mock.Mock(is_over=False)
        starting = mock.MagicMock()  # in another thread, just before
        starting.__enter__.side_effect = lambda: setattr(self.sampler, "_thread", other)
        with mock.patch.object(self.sampler, "_starting", starting):
            self.sampler.watch(0.1)
        self.assertIs(self.sampler._thread, other)
        other.bell.ring.assert_called_once_with()

    def test_it_looks_as_often_as_a_watch_wants(self) -> None:
        class Hasty(Watch):
            @property
            def period(self) -> float:
                return 0.001

        with mock.patch.object(sampler, "PERIOD", 1000), mock.patch.object(sampler, "_PATIENCE", math.inf):
            self.sampler.watch(0.1)
            watch = Hasty(Iterations(self.sampler), 0.0, Processor(), [])
            self.sampler.add(watch)
            for _ in range(3):
                self.looked.clear()
                self.assertTrue(self.looked.wait(10))

    def test_an_exact_watch_keeps_it_from_ending_before_a_fork(self) -> None:
        class Exact(Watch):
            is_exact = True

        self.sampler.watch(0.1)
        thread = self.sampler._thread
        assert thread is not None
        watch = Exact(Iterations(self.sampler), 0.0, Processor(), [])
        self.sampler.add(watch)
        self.assertFalse(thread.ends_before_fork())
        watch.is_over = True
        self.assertTrue(thread.ends_before_fork())

    def test_it_has_collections_noted(self) -> None:
        with mock.patch.object(collector, "watch") as watch:
            self.sampler.watch(0.1)
        watch.assert_called_once_with()

    def test_it_rests_while_there_is_nothing_to_see(self) -> None:
        with mock.patch.object(sampler, "_PATIENCE", 0.0):
            watch = self.sampler.watch(0.1)
            self.assertTrue(self.looked.wait(10))
            watch.is_over = True
            deadline = time.monotonic() + 10
            while not self.sampler._rests and time.monotonic() < deadline:
                time.sleep(0.001)
            self.assertTrue(self.sampler._rests)
            self.looked.clear()
            self.sampler.watch(0.1)
            self.assertTrue(self.looked.wait(10))

    def test_one_that_comes_just_when_it_is_going_to_rest(self) -> None:
        watch = watch_of(self.sampler)

        class Racing(Sampler):
            def __setattr__(self, name: str, value: object) -> None:
                super().__setattr__(name, value)
                if name == "_rests" and value:
                    self._watched.add(watch)

        self.sampler = Racing()
        self.addCleanup(self.sampler.stop)
        with mock.patch.object(sampler, "_PATIENCE", 0.0):
            self.sampler._wake()
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
        watch = self.sampler.watch(0.1)
        thread = self.sampler._thread
        assert thread is not None
        self.assertTrue(thread.ends_before_fork())
        thread.end()
        self.looked.clear()
        loop = iterating(watch.iterations)
        self.addCleanup(loop.close)
        iteration(loop)
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
