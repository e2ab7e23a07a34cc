"""The time of something is watched from outside, in any thread, and all is given back when nothing is watched."""

import asyncio
import contextlib
import math
import signal
import sys
import threading
import traceback
import unittest
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, _real, _stdlib, settings
from aiounit.exceptions import TimeoutFailure
from aiounit.limits import debugger, escalation, sentinel, snapshots, watchdog
from aiounit.limits.alarms import Interrupt, SignalAlarm
from aiounit.limits.budgets import Budget, Mark, Phase
from aiounit.limits.escalation import LAST
from aiounit.limits.watchdog import Limit, Watchdog, bounded, held, split

SHORT = Budget(0.01, "the test")
LONG = Budget(3600.0, "the test")
NONE = Budget(None, "the test")


class FakeAlarm:
    """Writes down what is done to it, and rings when the test says so."""

    can_start = True

    def __init__(self, ring: Callable[[FrameType | None], type[Interrupt] | None]) -> None:
        self.lock: AbstractContextManager[Any, Any] = contextlib.nullcontext()
        self.ring = ring
        self.is_sound = True
        self.log: list[str] = []
        self.moments: list[float] = []

    def start(self) -> bool:
        self.log.append("start")
        return self.can_start

    def set(self, moment: float) -> None:
        self.moments.append(moment)

    def stop(self) -> None:
        self.log.append("stop")

    def take_back(self) -> None:
        self.log.append("take back")


class FakeSignalAlarm(FakeAlarm):
    """Stands for that of the main thread."""


class FakeKnockAlarm(FakeAlarm):
    """Stands for that of the main thread where somebody else has the signal."""

    def give_back(self) -> None:
        self.log.append("give back")


class FakeThreadAlarm(FakeAlarm):
    """Stands for that of other threads."""


class Spoken(AsyncTestCase):
    setup_timeout = 2


class WatchdogTestCase(unittest.TestCase):
    """Has a watchdog of its own, with alarms and a sentinel that do nothing."""

    def setUp(self) -> None:
        for kind in (FakeSignalAlarm, FakeKnockAlarm, FakeThreadAlarm):
            self.enterContext(mock.patch.object(kind, "can_start", True))
            self.enterContext(mock.patch.object(watchdog, kind.__name__.removeprefix("Fake"), kind))
        self.start = self.enterContext(mock.patch.object(sentinel, "start"))
        self.standby = self.enterContext(mock.patch.object(watchdog, "standby"))
        self.slot = self.enterContext(mock.patch.object(sentinel, "Slot")).return_value
        self.now = 100.0
        self.enterContext(mock.patch.object(_real.time, "monotonic", side_effect=lambda: self.now))
        self.dog = Watchdog()
        self.enterContext(mock.patch.object(watchdog, "current", return_value=self.dog))
        self.addCleanup(self.let_go)

    def let_go(self) -> None:
        while self.dog.is_held:
            self.dog.release()

    def begin(self, budget: Budget = LONG) -> Limit:
        limit = Limit(None)
        limit.begin(budget, lambda: "it")
        return limit

    @property
    def alarm(self) -> Any:
        return self.dog._alarm


class ForkTests(WatchdogTestCase):
    """A process that was forked has no limits, and nothing of an alarm."""

    def test_nothing_is_watched_there(self) -> None:
        limit = self.begin()
        self.dog.forget()
        self.assertEqual((self.dog._limits, self.alarm), ([], None))
        self.assertIsNone(limit.end())

    def test_the_only_thread_begins_anew(self) -> None:
        limit = self.begin()
        with mock.patch.object(watchdog, "_current", mock.Mock(watchdog=self.dog)):
            watchdog._forget()
        self.assertNotIn(limit, self.dog._limits)

    def test_the_signals_are_given_back(self) -> None:
        self.begin()
        alarm = self.alarm
        self.dog.forget()
        self.assertEqual(alarm.log, ["start", "stop"])

    def test_the_other_one_too_without_its_lock(self) -> None:
        FakeSignalAlarm.can_start = False
        self.begin()
        alarm = self.alarm
        self.dog.forget()
        self.assertEqual(alarm.log, ["start", "give back"])

    def test_an_alarm_that_has_a_thread_is_forgotten(self) -> None:
        FakeSignalAlarm.can_start = FakeKnockAlarm.can_start = False
        self.begin()
        alarm = self.alarm
        self.dog.forget()
        self.assertEqual((alarm.log, self.dog._thread_alarm), ([], None))

    def test_what_runs_there_can_be_watched_again(self) -> None:
        self.begin()
        self.dog.forget()
        self.begin()
        self.assertEqual(self.alarm.moments, [3700.0, 3700.0])


class UnheardTests(WatchdogTestCase):
    """What a second thread does for an alarm that was not heard."""

    def setUp(self) -> None:
        super().setUp()
        self.raised = self.enterContext(mock.patch.object(_stdlib.interpreter, "raise_in_thread"))
        self.taken_back = self.enterContext(mock.patch.object(_stdlib.interpreter, "take_back"))
        self.blamed = self.enterContext(mock.patch.object(sentinel, "note_defect"))

    def overdue(self, now: float) -> list[object]:
        """Return what has ticked at a time when the second thread looks."""
        limit = self.begin(SHORT)
        self.now = now
        with mock.patch.object(limit, "tick", return_value=Interrupt) as tick:
            self.dog.ring_from_afar()
        limit.end()
        return [each.args[0] for each in tick.call_args_list]

    def test_it_watches_while_something_is_held(self) -> None:
        with held("outer", None), held("inner", None):
            self.standby.watch.assert_called_once_with(self.dog)
            self.standby.unwatch.assert_not_called()
        self.standby.unwatch.assert_called_once_with(self.dog)

    def test_an_alarm_has_a_moment_to_be_heard(self) -> None:
        self.assertEqual(self.overdue(100.4), [])
        self.raised.assert_not_called()

    def test_then_it_rings(self) -> None:
        self.assertEqual(self.overdue(101.0), [101.0])
        self.raised.assert_called_once_with(self.dog.ident, Interrupt)
        self.taken_back.assert_called_once_with()

    def test_what_is_to_be_raised_may_be_nothing(self) -> None:
        limit = self.begin(SHORT)
        self.now = 101.0
        with mock.patch.object(limit, "tick", return_value=None):
            self.dog.ring_from_afar()
        limit.end()
        self.raised.assert_not_called()
        self.taken_back.assert_not_called()

    def test_the_interrupt_may_arrive_while_it_is_taken_back(self) -> None:
        self.taken_back.side_effect = Interrupt
        self.assertEqual(self.overdue(101.0), [101.0])

    def test_aiounit_is_blamed_if_it_is_what_does_not_come_back(self) -> None:
        self.begin(SHORT)
        names: dict[str, Any] = {"__name__": "aiounit.elsewhere", "sys": sys}
        exec("def frame(): return sys._getframe()", names)
        for frame, blamed in ((sys._getframe(), 0), (names["frame"](), 1), (names["frame"](), 1)):
            self.now = 104.5
            with (
                mock.patch.object(_stdlib.frames, "current_frames", return_value={self.dog.ident: frame}),
                mock.patch.object(self.dog, "_ring", return_value=None),
            ):
                self.dog.ring_from_afar()
            self.assertEqual(self.blamed.call_count, blamed)

    def test_it_waits_no_longer_than_a_moment_for_the_thread_itself(self) -> None:
        self.begin(SHORT)
        self.now = 101.0
        with self.dog.lock:
            thread = threading.Thread(target=self.dog.ring_from_afar)
            thread.start()
            thread.join()
        self.raised.assert_not_called()

    def test_an_alarm_that_somebody_else_has_taken_is_not_set_again_from_there(self) -> None:
        limit = self.begin()
        self.alarm.is_sound = False
        before = list(self.alarm.moments)
        thread = threading.Thread(target=self.dog.set, args=(limit,))
        thread.start()
        thread.join()
        self.assertEqual(self.alarm.moments, before)


class OnceTests(WatchdogTestCase):
    """A ring that takes long is not disturbed by the next."""

    def test_it_does_not_ring_while_it_rings(self) -> None:
        rings: list[float] = []

        def tick(now: float, _frame: FrameType | None) -> None:
            rings.append(now)
            self.alarm.ring(None)

        limit = self.begin(SHORT)
        self.now = 200.0
        with mock.patch.object(limit, "tick", tick):
            self.alarm.ring(None)
            self.alarm.ring(None)
        self.assertEqual(rings, [200.0, 200.0])

    def test_the_limit_of_recursion_is_lowered_when_a_limit_ends_if_that_could_not_be_done_before(self) -> None:
        limit = self.begin()
        before = sys.getrecursionlimit()
        self.dog._headroom.take()
        limit.end()
        self.assertEqual(sys.getrecursionlimit(), before)


class AlarmTests(WatchdogTestCase):
    """Which alarm is taken, and until when."""

    def test_none_as_long_as_nothing_is_watched(self) -> None:
        self.assertIsNone(self.alarm)

    def test_that_of_the_main_thread_if_it_can_be_had(self) -> None:
        self.begin()
        self.assertEqual((type(self.alarm), self.alarm.moments), (FakeSignalAlarm, [3700.0]))

    def test_that_for_where_somebody_else_has_the_signal(self) -> None:
        FakeSignalAlarm.can_start = False
        self.begin()
        self.assertEqual((type(self.alarm), self.alarm.moments), (FakeKnockAlarm, [3700.0]))

    def test_that_of_any_thread(self) -> None:
        FakeSignalAlarm.can_start = FakeKnockAlarm.can_start = False
        self.begin()
        self.assertEqual((type(self.alarm), self.alarm.moments), (FakeThreadAlarm, [3700.0]))

    def test_each_is_made_once(self) -> None:
        FakeSignalAlarm.can_start = FakeKnockAlarm.can_start = False
        self.begin().end()
        first = self.dog._thread_alarm, self.dog._knock_alarm
        self.begin()
        self.assertEqual((self.dog._thread_alarm, self.dog._knock_alarm), first)

    def test_it_is_given_back_when_nothing_is_watched_any_more(self) -> None:
        limit, other = self.begin(), self.begin()
        alarm = self.alarm
        limit.end()
        self.assertEqual(alarm.log, ["start", "take back"])
        other.end()
        self.assertEqual((alarm.log, self.alarm), (["start", "take back", "take back", "stop"], None))

    def test_it_is_kept_as_long_as_it_is_held(self) -> None:
        self.dog.hold("test", None)
        self.begin().end()
        alarm = self.alarm
        self.begin().end()
        self.assertEqual(alarm.log, ["start", "take back", "take back"])
        self.dog.release()
        self.assertEqual((alarm.log[3:], self.alarm), (["stop"], None))

    def test_one_that_somebody_has_taken_is_replaced(self) -> None:
        self.dog.hold("test", None)
        self.begin().end()
        alarm = self.alarm
        alarm.is_sound = False
        FakeSignalAlarm.can_start = False
        self.begin()
        self.assertEqual((alarm.log[2:], type(self.alarm)), (["stop", "start"], FakeKnockAlarm))

    def test_its_lock_is_held_while_what_is_watched_changes(self) -> None:
        FakeSignalAlarm.can_start = FakeKnockAlarm.can_start = False
        limit = self.begin()
        lock = mock.MagicMock()
        self.dog.lock = lock
        limit.end()
        self.assertEqual(len(lock.__enter__.mock_calls), 1)

    def test_lines_can_be_made_to_raise_where_a_signal_comes(self) -> None:
        self.begin()
        self.assertTrue(self.dog.can_eject)

    def test_lines_cannot_be_made_to_raise_from_another_thread(self) -> None:
        FakeSignalAlarm.can_start = FakeKnockAlarm.can_start = False
        self.begin()
        self.assertFalse(self.dog.can_eject)


class HoldTests(WatchdogTestCase):
    def test_the_sentinel_is_started_and_told_what_runs(self) -> None:
        self.dog.hold("outer", None)
        self.dog.hold("inner", None)
        self.dog.release()
        self.start.assert_called_once_with(LAST)
        self.assertEqual(self.slot.name.mock_calls, [mock.call("outer"), mock.call("inner"), mock.call("outer")])

    def test_whether_it_is_held(self) -> None:
        self.assertFalse(self.dog.is_held)
        with held("test", None):
            self.assertTrue(self.dog.is_held)
        self.assertFalse(self.dog.is_held)

    def test_graces_are_scaled_as_settings_say(self) -> None:
        with mock.patch.object(settings, "current", return_value=settings.Settings(timeout_scale=2.5)):
            self.dog.hold("test", None)
        self.assertEqual(self.dog.scale, 2.5)

    def test_the_budget_of_what_a_class_uses(self) -> None:
        with held("outer", None), held("test", Spoken):
            self.assertEqual(self.dog.budget(Phase.SET_UP), Budget(2, "setup_timeout of Spoken"))

    def test_the_budget_of_what_belongs_to_no_class(self) -> None:
        expected = Budget(60.0, "the default")
        with mock.patch.object(settings, "current", return_value=settings.Settings()):
            with held("test", None):
                self.assertEqual(self.dog.budget(Phase.SET_UP), expected)
            self.assertEqual(self.dog.budget(Phase.SET_UP), expected)

    def test_what_is_bound_by_a_mark(self) -> None:
        mark = Mark(3600.0)
        self.begin(NONE)
        self.begin()
        self.assertFalse(self.dog.is_bound_by(mark))
        limit = self.begin(Budget(3600.0, "@async_timeout", mark))
        self.assertEqual((self.dog.is_bound_by(mark), self.dog.is_bound_by(Mark(3600.0))), (True, False))
        limit.end()
        self.assertFalse(self.dog.is_bound_by(mark))


class PromiseTests(WatchdogTestCase):
    """What the sentinel is told."""

    def promises(self) -> list[float]:
        return [call.args[0] for call in self.slot.expect.mock_calls]

    def test_there_is_a_sign_of_life_when_the_first_time_is_over(self) -> None:
        limit = self.begin(Budget(60.0, "the test"))
        other = self.begin(Budget(20.0, "the test"))
        other.end()
        limit.end()
        self.assertEqual(self.promises(), [160.0 + LAST, 120.0 + LAST, 160.0 + LAST, math.inf])

    def test_it_takes_longer_on_a_slow_machine(self) -> None:
        self.dog.scale = 3.0
        self.begin(Budget(60.0, "the test"))
        self.assertEqual(self.promises(), [160.0 + 3.0 * LAST])

    def test_when_all_has_been_tried_it_is_not_promised_any_more(self) -> None:
        limit = self.begin(Budget(60.0, "the test"))
        limit._overdue = mock.Mock(promise=42.0)
        self.dog.set(limit)
        self.assertEqual(self.promises()[-1], 42.0 + LAST)


class RingTests(WatchdogTestCase):
    """What happens when the alarm rings."""

    def setUp(self) -> None:
        super().setUp()
        self.overdue = self.enterContext(mock.patch.object(watchdog, "Overdue"))
        self.overdue.return_value.act.return_value = None
        self.overdue.return_value.promise = 0.0
        self.is_active = self.enterContext(mock.patch.object(debugger, "is_active", return_value=False))

    def ring(self, now: float) -> type[Interrupt] | None:
        self.now = now
        error: type[Interrupt] | None = self.alarm.ring(None)
        return error

    def test_too_early_nothing_is_done(self) -> None:
        self.begin(Budget(60.0, "the test"))
        self.assertIsNone(self.ring(159.0))
        self.overdue.assert_not_called()
        self.assertEqual(self.alarm.moments, [160.0, 160.0])

    def test_something_is_done_about_what_is_over(self) -> None:
        limit = self.begin(Budget(60.0, "the test"))
        self.ring(160.0)
        self.overdue.assert_called_once_with(limit, "it timed out after 60 s (the test)", None)
        self.overdue.return_value.act.assert_called_once_with(160.0, None)

    def test_the_next_time_it_goes_on(self) -> None:
        self.begin(Budget(60.0, "the test"))
        self.ring(160.0)
        self.ring(161.0)
        self.overdue.assert_called_once()
        self.assertEqual(self.overdue.return_value.act.mock_calls, [mock.call(160.0, None), mock.call(161.0, None)])

    def test_it_rings_again_for_what_is_next(self) -> None:
        limit = self.begin(Budget(60.0, "the test"))

        def act(now: float, _frame: object) -> None:
            limit.deadline = now + 7.0

        self.overdue.return_value.act.side_effect = act
        self.ring(160.0)
        self.assertEqual(self.alarm.moments, [160.0, 167.0])

    def test_the_innermost_comes_first_and_only_one_is_raised_at_a_time(self) -> None:
        self.begin(Budget(60.0, "the test"))
        inner = self.begin(Budget(60.0, "the test"))
        self.overdue.return_value.act.return_value = Interrupt
        self.assertIs(self.ring(160.0), Interrupt)
        self.overdue.assert_called_once_with(inner, mock.ANY, None)

    def test_what_raises_nothing_lets_the_outer_one_act_as_well(self) -> None:
        limits = [self.begin(Budget(60.0, "the test")) for _ in range(2)]
        self.ring(160.0)
        self.assertEqual([call.args[0] for call in self.overdue.mock_calls if len(call.args) == 3], limits[::-1])

    def test_under_a_debugger_the_time_begins_anew(self) -> None:
        limit = self.begin(Budget(60.0, "the test"))
        self.is_active.return_value = True
        self.assertIsNone(self.ring(160.0))
        self.overdue.assert_not_called()
        self.assertEqual(limit.deadline, 220.0)

    def test_under_a_debugger_that_came_later_the_next_step_waits(self) -> None:
        self.begin(Budget(60.0, "the test"))
        self.ring(160.0)
        self.is_active.return_value = True
        self.assertIsNone(self.ring(161.0))
        self.overdue.return_value.extend.assert_called_once_with(161.0)

    def test_the_end_returns_what_was_done(self) -> None:
        limit = self.begin(Budget(60.0, "the test"))
        self.ring(160.0)
        self.assertIs(limit.end(), self.overdue.return_value.end.return_value)

    def test_and_forgets_it(self) -> None:
        limit = self.begin(Budget(60.0, "the test"))
        self.ring(160.0)
        limit.end()
        limit.begin(LONG, lambda: "it")
        self.assertIsNone(limit.end())


class LimitTests(WatchdogTestCase):
    def test_in_time_nothing_is_done(self) -> None:
        limit = self.begin()
        self.assertEqual((limit.deadline, limit.promise, limit.budget), (3700.0, 3700.0, LONG))
        self.assertIsNone(limit.end())
        self.assertEqual((limit.deadline, limit.budget), (math.inf, None))

    def test_without_a_limit_nothing_is_watched(self) -> None:
        limit = self.begin(NONE)
        self.assertEqual((self.alarm, limit.budget), (None, NONE))
        self.assertIsNone(limit.end())

    def test_where_something_else_sees_to_the_time_as_well(self) -> None:
        limit = Limit(None)
        limit.begin(LONG, lambda: "it", patience=2.0)
        self.assertEqual(limit.deadline, 3702.0)


class LateTests(WatchdogTestCase):
    """What comes when all is over."""

    def test_something_that_is_not_watched_is_not_looked_at(self) -> None:
        limit = self.begin()
        limit.end()
        self.dog.set(limit)
        self.assertIsNone(self.alarm)

    def test_something_can_be_removed_twice(self) -> None:
        limit = self.begin()
        self.dog.remove(limit)
        limit.end()
        self.assertIsNone(self.alarm)


class CurrentTests(unittest.TestCase):
    def test_each_thread_has_its_own(self) -> None:
        found: list[Watchdog] = []
        thread = threading.Thread(target=lambda: found.append(watchdog.current()))
        thread.start()
        thread.join()
        self.assertIs(watchdog.current(), watchdog.current())
        self.assertIsNot(watchdog.current(), found[0])


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
        self.limit = mock.Mock(spec_set=["begin", "end"])
        self.failure = TimeoutFailure("late")
        self.limit.end.return_value = self.failure

    def raised(self, error: BaseException | None) -> BaseException:
        """Return what comes out of a block that raises an error."""
        with self.assertRaises(BaseException) as caught, bounded(self.limit, LONG, "it"):
            if error is not None:
                raise error
        self.limit.end.assert_called_once_with()
        return caught.exception

    def test_it_counts(self) -> None:
        self.limit.end.return_value = None
        with bounded(self.limit, LONG, "it"):
            self.limit.begin.assert_called_once_with(LONG, mock.ANY)
            self.assertEqual(self.limit.begin.call_args.args[1](), "it")
            self.limit.end.assert_not_called()
        self.limit.end.assert_called_once_with()

    def test_an_error_in_time_passes_through(self) -> None:
        self.limit.end.return_value = None
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
            with bounded(self.limit, LONG, "it"):
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
            with bounded(Limit(None), SHORT, "it"):
                escalation.call(body)
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
        with bounded(Limit(None), LONG, "it"):
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
            limit = Limit(None)
            limit.begin(SHORT, lambda: "it")
            body()
            ended.set()
            return limit.end()

        with mock.patch.object(snapshots, "of_thread", look):
            self.assert_timed_out(self.in_thread(run))
