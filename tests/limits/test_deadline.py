"""Code that has a deadline: what is done when it passes, and what comes out of the block."""

import asyncio
import contextlib
import math
import signal
import sys
import threading
import traceback
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from aiounit.exceptions import TimeoutFailure
from aiounit.limits import deadline, debugger, escalation, snapshots, user_code, watchdog
from aiounit.limits.alarms import Interrupt, SignalAlarm
from aiounit.limits.budgets import Budget
from aiounit.limits.deadline import Deadline, bounded, split
from tests.limits.test_watchdog import LONG, NONE, SHORT, WatchdogTestCase


class RingTests(WatchdogTestCase):
    """What happens when the alarm rings."""

    def setUp(self) -> None:
        super().setUp()
        self.made = self.enterContext(mock.patch.object(deadline, "Expired"))
        self.expired = self.made.return_value
        self.expired.ring.return_value = None
        self.expired.escalation.due = 165.0
        self.expired.promise = 0.0
        self.is_active = self.enterContext(mock.patch.object(debugger, "is_active", return_value=False))

    def begin_named(self, name: str) -> Deadline:
        """Begin a deadline at 160 s."""
        deadline = Deadline(None)
        deadline.begin(Budget(60.0, "the test"), lambda: name)
        return deadline

    def ring(self, now: float) -> type[Interrupt] | None:
        self.now = now
        error: type[Interrupt] | None = self.alarm.ring(None)
        return error

    def complaints(self) -> list[str]:
        """Return the complaints about what has expired, in their order."""
        return [call.args[2] for call in self.made.call_args_list]

    def test_too_early_nothing_is_done(self) -> None:
        self.begin_named("it")
        self.assertIsNone(self.ring(159.0))
        self.made.assert_not_called()
        self.assertEqual(self.alarm.moments, [160.0])

    def test_something_is_done_about_one_that_has_passed(self) -> None:
        self.begin_named("it")
        self.ring(160.0)
        self.made.assert_called_once_with(None, self.dog, "it timed out after 60 s (the test)", None, mock.ANY)
        self.expired.ring.assert_called_once_with(160.0, None)

    def test_the_next_time_it_goes_on(self) -> None:
        self.begin_named("it")
        self.ring(160.0)
        self.ring(165.0)
        self.made.assert_called_once()
        self.assertEqual(self.expired.ring.mock_calls, [mock.call(160.0, None), mock.call(165.0, None)])

    def test_it_rings_again_for_the_next_thing(self) -> None:
        self.begin_named("it")
        self.ring(160.0)
        self.assertEqual(self.alarm.moments, [165.0])

    def test_it_rings_at_another_time_after_an_answer_of_the_loop(self) -> None:
        self.begin_named("it")
        self.ring(160.0)
        self.expired.escalation.due = 167.0
        self.made.call_args.args[4]()
        self.assertEqual(self.alarm.moments, [165.0, 167.0])

    def test_an_answer_that_comes_after_the_end_changes_nothing(self) -> None:
        deadline = self.begin_named("it")
        self.ring(160.0)
        deadline.end()
        self.made.call_args.args[4]()
        self.assertEqual(deadline.due, math.inf)

    def test_the_innermost_comes_first_and_only_one_is_raised_at_a_time(self) -> None:
        self.begin_named("outer")
        self.begin_named("inner")
        self.expired.ring.return_value = Interrupt
        self.assertIs(self.ring(160.0), Interrupt)
        self.assertEqual(self.complaints(), ["inner timed out after 60 s (the test)"])

    def test_one_that_raises_nothing_lets_the_outer_one_act_as_well(self) -> None:
        self.begin_named("outer")
        self.begin_named("inner")
        self.ring(160.0)
        self.assertEqual([text.partition(" ")[0] for text in self.complaints()], ["inner", "outer"])

    def test_under_a_debugger_the_time_begins_anew(self) -> None:
        deadline = self.begin_named("it")
        self.is_active.return_value = True
        self.assertIsNone(self.ring(160.0))
        self.made.assert_not_called()
        self.assertEqual(deadline.due, 220.0)

    def test_under_a_debugger_that_came_later_the_next_thing_waits(self) -> None:
        self.begin_named("it")
        self.ring(160.0)
        self.is_active.return_value = True
        self.assertIsNone(self.ring(165.0))
        self.expired.escalation.extend.assert_called_once_with(165.0)

    def test_the_end_returns_the_failure(self) -> None:
        deadline = self.begin_named("it")
        self.ring(160.0)
        self.assertIs(deadline.end(), self.expired.end.return_value)

    def test_and_forgets_it(self) -> None:
        deadline = self.begin_named("it")
        self.ring(160.0)
        deadline.end()
        deadline.begin(LONG, lambda: "it")
        self.assertIsNone(deadline.end())


class DeadlineTests(WatchdogTestCase):
    def test_in_time_nothing_is_done(self) -> None:
        limit = self.begin()
        self.assertEqual((limit.due, limit.promise, limit.budget), (3700.0, 3700.0, LONG))
        self.assertIsNone(limit.end())
        self.assertEqual((limit.due, limit.budget), (math.inf, None))

    def test_without_a_limit_nothing_is_watched(self) -> None:
        limit = self.begin(NONE)
        self.assertEqual((self.alarm, limit.budget), (None, NONE))
        self.assertIsNone(limit.end())

    def test_where_something_else_sees_to_the_time_as_well(self) -> None:
        limit = Deadline(None)
        limit.begin(LONG, lambda: "it", patience=2.0)
        self.assertEqual(limit.due, 3702.0)


def interrupt(failure: TimeoutFailure | None = None) -> Interrupt:
    """Return what is raised for a failure."""
    kind = type("Interrupt", (Interrupt,), {"failure": failure or TimeoutFailure("no")})
    error: Interrupt = kind()
    return error


class SplitTests(unittest.TestCase):
    """What an error stands for."""

    def setUp(self) -> None:
        self.failure = TimeoutFailure("no")
        self.interrupt = interrupt(self.failure)

    def test_any_other_error(self) -> None:
        error = ValueError("no")
        self.assertEqual(split(error), (None, error))

    def test_an_interrupt(self) -> None:
        self.assertEqual(split(self.interrupt), (self.failure, None))

    def test_it_has_the_traceback_of_the_interrupt(self) -> None:
        try:
            raise self.interrupt
        except Interrupt as error:
            split(error)
            self.assertIsNotNone(error.__traceback__)
            self.assertIs(self.failure.__traceback__, error.__traceback__)

    def test_what_was_being_handled_is_its_context(self) -> None:
        self.interrupt.__context__ = error = ValueError("no")
        split(self.interrupt)
        self.assertIs(self.failure.__context__, error)

    def test_one_that_was_swallowed_is_not(self) -> None:
        self.interrupt.__context__ = interrupt()
        self.interrupt.__context__.__context__ = error = ValueError("no")
        split(self.interrupt)
        self.assertIs(self.failure.__context__, error)

    def test_a_group_without_one(self) -> None:
        group = ExceptionGroup("group", [ValueError("no")])
        self.assertEqual(split(group), (None, group))

    def test_a_group_of_nothing_else(self) -> None:
        group = BaseExceptionGroup("outer", [BaseExceptionGroup("inner", [self.interrupt])])
        self.assertEqual(split(group), (self.failure, None))

    def test_a_group_with_other_errors(self) -> None:
        error = ValueError("no")
        failure, rest = split(BaseExceptionGroup("group", [error, self.interrupt]))
        assert isinstance(rest, ExceptionGroup)
        self.assertEqual((failure, rest.exceptions), (self.failure, (error,)))


class BoundedTests(unittest.TestCase):
    """What a block raises whose time is over, or not."""

    def setUp(self) -> None:
        self.deadline = mock.Mock(spec_set=["begin", "end"])
        self.failure = TimeoutFailure("late")
        self.deadline.end.return_value = self.failure

    def raised(self, error: BaseException | None) -> BaseException:
        """Return what comes out of a block that raises an error."""
        with self.assertRaises(BaseException) as caught, bounded(self.deadline, LONG, "it"):
            if error is not None:
                raise error
        self.deadline.end.assert_called_once_with()
        return caught.exception

    def test_it_counts(self) -> None:
        self.deadline.end.return_value = None
        with bounded(self.deadline, LONG, "it"):
            self.deadline.begin.assert_called_once_with(LONG, mock.ANY)
            self.assertEqual(self.deadline.begin.call_args.args[1](), "it")
            self.deadline.end.assert_not_called()
        self.deadline.end.assert_called_once_with()

    def test_an_error_in_time_passes_through(self) -> None:
        self.deadline.end.return_value = None
        error = ValueError("no")
        self.assertIs(self.raised(error), error)

    def test_a_block_that_swallows_everything_fails_all_the_same(self) -> None:
        self.assertIs(self.raised(None), self.failure)

    def test_the_failure_itself_passes_through(self) -> None:
        self.assertIs(self.raised(self.failure), self.failure)

    def test_a_cancellation_becomes_the_failure(self) -> None:
        error = self.raised(asyncio.CancelledError())
        self.assertIs(error, self.failure)
        self.assertEqual((error.__cause__, error.__suppress_context__), (None, True))

    def test_an_interrupt_becomes_the_failure(self) -> None:
        error = self.raised(interrupt(self.failure))
        self.assertIs(error, self.failure)
        self.assertIsNone(error.__cause__)

    def test_it_has_the_traceback_of_what_was_raised(self) -> None:
        def cancelled() -> None:
            raise asyncio.CancelledError

        frames: list[str] = []
        try:
            with bounded(self.deadline, LONG, "it"):
                cancelled()
        except TimeoutFailure as error:
            frames = [frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)]
        self.assertEqual(frames[-1:], ["cancelled"])

    def test_any_other_error_is_its_cause(self) -> None:
        error = ValueError("no")
        raised = self.raised(error)
        self.assertEqual((raised, raised.__cause__), (self.failure, error))

    def test_of_a_group_it_is_what_is_left(self) -> None:
        group = BaseExceptionGroup("group", [ValueError("no"), interrupt(self.failure)])
        cause = self.raised(group).__cause__
        assert isinstance(cause, ExceptionGroup)
        self.assertEqual(repr(cause.exceptions), "(ValueError('no'),)")


class RealTestCase(unittest.TestCase):
    """The watchdog of a thread, with everything that belongs to it, in little time."""

    def setUp(self) -> None:
        for name in ("GRACE", "PATIENCE"):
            self.enterContext(mock.patch.object(escalation, name, 0.01))
        self.lock = threading.Lock()
        self.lock.acquire()

    def bounded(self, body: Callable[[], object]) -> BaseException | None:
        """Run something whose time is soon over, and return what it raises."""
        try:
            with bounded(Deadline(None), SHORT, "it"):
                user_code.call(body)
        except BaseException as error:
            return error
        return None

    def assert_timed_out(self, error: BaseException | None) -> None:
        assert error is not None
        self.assertEqual(
            (type(error), str(error).partition(" at ")[0]),
            (TimeoutFailure, "it timed out after 0.01 s (the test)"),
        )

    def swallow(self, wait: Callable[[], object]) -> None:
        """Swallow whatever is raised, for ever."""
        while True:
            try:
                while True:
                    wait()
            except BaseException:
                pass


class MainThreadTests(RealTestCase):
    def tearDown(self) -> None:
        self.assertEqual(
            (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)), (signal.SIG_DFL, (0.0, 0.0))
        )

    def test_code_that_waits_in_c(self) -> None:
        self.assert_timed_out(self.bounded(self.lock.acquire))

    def test_code_that_spins(self) -> None:
        def spin() -> None:
            while True:
                pass

        self.assert_timed_out(self.bounded(spin))

    def test_code_that_swallows_what_is_raised(self) -> None:
        trace = sys.gettrace()
        self.assert_timed_out(self.bounded(lambda: self.swallow(self.lock.acquire)))
        self.assertIs(sys.gettrace(), trace)

    def test_the_signal_of_somebody_else_is_left_alone(self) -> None:
        self.addCleanup(signal.signal, signal.SIGVTALRM, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        try:
            self.assert_timed_out(self.bounded(self.lock.acquire))
            self.assertEqual(signal.getsignal(signal.SIGALRM), signal.SIG_IGN)
        finally:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)

    def test_what_ends_in_time(self) -> None:
        with bounded(Deadline(None), LONG, "it"):
            self.assertIsInstance(watchdog.current()._alarm, SignalAlarm)
        self.assertIsNone(watchdog.current()._alarm)


@unittest.skipIf(sys.version_info < (3, 12) and sys.gettrace() is not None, "3.11 spins if it traces")
class OtherThreadTests(RealTestCase):
    def in_thread(self, function: Callable[[], BaseException | None]) -> BaseException | None:
        """Call a function in a thread, and return what it returns or raises."""
        found: list[BaseException | None] = []

        def run() -> None:
            try:
                found.append(function())
            except BaseException as error:
                found.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return found[0]

    def test_code_that_spins(self) -> None:
        def spin() -> None:
            while True:
                pass

        self.assert_timed_out(self.in_thread(lambda: self.bounded(spin)))

    def test_code_that_swallows_what_is_raised_once(self) -> None:
        def spin() -> None:
            with contextlib.suppress(BaseException):
                while True:
                    pass
            while True:
                pass

        self.assert_timed_out(self.in_thread(lambda: self.bounded(spin)))

    def test_code_that_ends_just_when_it_is_looked_at(self) -> None:
        ended, looked = threading.Event(), threading.Event()
        of_thread = snapshots.of_thread

        def look(*args: Any) -> snapshots.Report:
            looked.set()
            ended.wait(5)
            return of_thread(*args)

        def body() -> None:
            while not looked.is_set():
                pass

        def run() -> BaseException | None:
            limit = Deadline(None)
            limit.begin(SHORT, lambda: "it")
            body()
            ended.set()
            return limit.end()

        with mock.patch.object(snapshots, "of_thread", look):
            self.assert_timed_out(self.in_thread(run))
