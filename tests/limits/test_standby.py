"""A thread of aiounit's own looks now and then for alarms that were not heard."""

import threading
import unittest
from unittest import mock

from aiounit.limits import own_threads, standby
from aiounit.limits.standby import Standby


class Dog:
    """Notes that it was looked at."""

    def __init__(self) -> None:
        self.was_seen = threading.Event()

    def ring_from_afar(self) -> None:
        self.was_seen.set()


class StandbyTests(unittest.TestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch.object(standby, "_PERIOD", 0.001))
        self.enterContext(mock.patch.object(standby, "_IDLE", 0.01))
        self.standby = Standby()
        self.dog = Dog()

    def end(self) -> None:
        """Wait until the thread has ended by itself."""
        thread = self.standby._thread
        assert thread is not None
        while not thread.is_over:
            pass

    def test_what_it_watches_is_looked_at(self) -> None:
        self.standby.watch(self.dog)
        self.assertTrue(self.dog.was_seen.wait(60))
        self.standby.unwatch(self.dog)
        self.end()

    def test_what_it_watches_no_longer_is_not(self) -> None:
        self.standby.watch(self.dog)
        self.standby.unwatch(self.dog)
        self.end()
        self.dog.was_seen.clear()
        other = Dog()
        self.standby.watch(other)
        self.assertTrue(other.was_seen.wait(60))
        self.assertFalse(self.dog.was_seen.is_set())
        self.standby.unwatch(other)
        self.end()

    def test_one_thread_is_enough(self) -> None:
        self.standby.watch(self.dog)
        before = self.standby._thread
        self.standby.watch(Dog())
        self.assertIs(self.standby._thread, before)
        assert before is not None
        before.end()

    def test_it_ends_before_a_fork_and_is_there_again(self) -> None:
        self.standby.watch(self.dog)
        thread = self.standby._thread
        assert thread is not None
        self.assertTrue(self.dog.was_seen.wait(60))
        self.assertTrue(thread.ends_before_fork())
        thread.end()
        self.assertNotIn(thread, own_threads._alive)
        self.dog.was_seen.clear()
        self.standby.watch(self.dog)
        self.assertTrue(self.dog.was_seen.wait(60))
        self.standby.unwatch(self.dog)
        self.end()
