"""Threads of the package's own: nothing of the standard library knows them, and a fork finds none."""

import os
import signal
import subprocess
import sys
import threading
import time
import unittest
import warnings
from collections.abc import Callable
from unittest import mock

from aiounit import _real
from aiounit.limits import own_threads
from aiounit.limits.own_threads import Bell, OwnThread

# How long, in seconds, a test waits for what happens at once.
PATIENCE = 5.0


def rests(thread: OwnThread) -> None:
    while not thread.is_ending:
        thread.bell.wait()


def is_main() -> bool:
    return threading.get_ident() == own_threads.MAIN[0]


class BellTests(unittest.TestCase):
    def setUp(self) -> None:
        self.bell = Bell()

    def test_it_is_heard_once(self) -> None:
        self.bell.ring()
        self.assertEqual([self.bell.wait(0), self.bell.wait(0)], [True, False])

    def test_rung_twice_too(self) -> None:
        self.bell.ring()
        self.bell.ring()
        self.assertEqual([self.bell.wait(), self.bell.wait(0.001)], [True, False])

    def test_what_was_not_heard_can_be_forgotten(self) -> None:
        self.bell.ring()
        self.bell.silence()
        self.assertFalse(self.bell.wait(-1.0))


class OwnThreadTests(unittest.TestCase):
    def start(self, body: Callable[[OwnThread], None] = rests, *, ends: bool = True) -> OwnThread:
        thread = OwnThread(body, lambda: ends)
        thread.start()
        self.addCleanup(thread.end)
        return thread

    def begin(self, *, ends: bool = True) -> OwnThread:
        """Start a thread, and return when it has begun."""
        begun = Bell()

        def body(thread: OwnThread) -> None:
            begun.ring()
            rests(thread)

        thread = self.start(body, ends=ends)
        self.assertTrue(begun.wait(PATIENCE))
        return thread

    def test_threading_does_not_know_it(self) -> None:
        before = threading.enumerate()
        thread = self.begin()
        self.assertEqual(threading.enumerate(), before)
        self.assertNotIn(thread.ident, {each.ident for each in before})

    def test_aiounit_does_as_long_as_it_runs(self) -> None:
        thread = self.begin()
        self.assertIn(thread.ident, own_threads.idents())
        thread.end()
        self.assertNotIn(thread.ident, own_threads.idents())

    def test_nothing_that_tests_patch_is_called_in_it(self) -> None:
        names = ["Thread", "Event", "Condition", "Lock", "current_thread", "get_ident", "get_native_id"]
        mocks = [self.enterContext(mock.patch.object(threading, name)) for name in names]
        mocks.append(self.enterContext(mock.patch("time.sleep")))
        mocks.append(self.enterContext(mock.patch("time.monotonic")))
        mocks.append(self.enterContext(mock.patch("_thread.start_new_thread")))
        mocks.append(self.enterContext(mock.patch("_thread.allocate_lock")))
        self.begin().end()
        self.assertEqual([each for each in mocks if each.called], [])

    def test_it_ends_for_the_system_too(self) -> None:
        thread = self.begin()
        thread.end()
        self.assertTrue(thread.is_over)
        self.assertFalse(own_threads._has_thread(thread._native))

    def test_it_can_be_ended_twice_and_before_it_has_begun(self) -> None:
        thread = self.start()
        thread.end()
        thread.end()
        self.assertTrue(thread.is_over)

    def test_one_that_does_not_end_is_not_waited_for(self) -> None:
        going_on = Bell()

        def body(_thread: OwnThread) -> None:
            going_on.wait()

        thread = self.start(body)
        with mock.patch.object(own_threads, "_PATIENCE", 0.001):
            thread.end()
        self.assertFalse(thread.is_over)
        going_on.ring()

    def test_nor_the_system(self) -> None:
        thread = self.begin()
        with (
            mock.patch.object(own_threads, "_has_thread", return_value=True) as has_thread,
            mock.patch.object(own_threads, "_PATIENCE", 0.05),
        ):
            thread.end()
        self.assertGreater(has_thread.call_count, 1)

    def test_before_a_fork_it_ends_if_it_may(self) -> None:
        ending, staying = self.begin(), self.begin(ends=False)
        with mock.patch.object(_real.threading, "active_count", return_value=1):
            own_threads._before_fork()
        self.assertEqual((ending.is_over, staying.is_over), (True, False))

    def test_unless_there_are_threads_to_warn_about_anyway(self) -> None:
        thread = self.begin()
        with mock.patch.object(_real.threading, "active_count", return_value=2):
            own_threads._before_fork()
        self.assertFalse(thread.is_over)

    def test_which_is_the_main_thread(self) -> None:
        found: list[bool] = []
        thread = threading.Thread(target=lambda: found.append(is_main()))
        thread.start()
        thread.join()
        self.assertEqual((is_main(), found), (True, [False]))

    def test_the_thread_that_forks_is_the_main_one_of_the_new_process(self) -> None:
        found: list[bool] = []

        def begin() -> None:
            own_threads._begin_after_fork()
            found.append(is_main())

        with (
            mock.patch.object(own_threads, "MAIN", list(own_threads.MAIN)),
            mock.patch.object(own_threads, "_alive", set()),
        ):
            thread = threading.Thread(target=begin)
            thread.start()
            thread.join()
            self.assertEqual((is_main(), found), (False, [True]))


PROGRAM = """
import os, signal, sys, time, warnings
from aiounit import _real
from aiounit.limits import own_threads
from aiounit.limits.own_threads import OwnThread

started = []

def rests(thread):
    while not thread.is_ending:
        thread.bell.wait()

def start(*_):
    begins = lambda: own_threads.interrupt_after_fork(signal.SIGVTALRM) or True
    started.append(OwnThread(rests, begins))
    started[-1].start()

signal.signal(signal.SIGVTALRM, start)
start()
for _ in range(10):
    pid = os.fork()
    if pid == 0:
        os._exit(len(own_threads.idents()) + (own_threads._alive != set()))
    assert os.waitpid(pid, 0)[1] == 0
    while not started[-1].ident:
        time.sleep(0.001)
print(len(started), [each.is_over for each in started].count(False))
"""


@unittest.skipUnless(hasattr(os, "register_at_fork"), "there is no fork on this system")
class ForkTests(unittest.TestCase):
    def test_python_warns_of_nothing_and_the_thread_goes_on_after_it(self) -> None:
        # With -W error, some versions lose the warning.
        ended = subprocess.run(
            [sys.executable, "-W", "always", "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=60
        )
        self.assertEqual((ended.stdout, ended.stderr), ("11 1\n", ""))

    def test_no_handler_is_called_unless_it_was_asked_for(self) -> None:
        calls: list[int] = []
        before = signal.signal(signal.SIGVTALRM, lambda number, _frame: calls.append(number))
        self.addCleanup(signal.signal, signal.SIGVTALRM, before)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads that other tests have left
            pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        time.sleep(0)
        self.assertEqual(calls, [])
