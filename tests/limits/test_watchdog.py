"""The time of something is watched from outside, in any thread, and all is given back when nothing is watched."""

import contextlib
import math
import sys
import threading
import unittest
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, _real, _stdlib, settings
from aiounit.limits import sentinel, watchdog
from aiounit.limits.alarms import Interrupt
from aiounit.limits.budgets import Budget, Mark, Phase
from aiounit.limits.deadline import Deadline
from aiounit.limits.escalation import LAST
from aiounit.limits.watchdog import Watchdog, held

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


class FakeSignalAlarm(FakeAlarm):
    """Stands for that of the main thread."""


class FakeThreadAlarm(FakeAlarm):
    """Stands for that of other threads."""

    def take_back(self) -> None:
        self.log.append("take back")


class FakeKnockAlarm(FakeThreadAlarm):
    """Stands for that of the main thread where somebody else has the signal."""

    def give_back(self) -> None:
        self.log.append("give back")


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

    def begin(self, budget: Budget = LONG) -> Deadline:
        deadline = Deadline(None)
        deadline.begin(budget, lambda: "it")
        return deadline

    @property
    def alarm(self) -> Any:
        return self.dog._alarm


class ForkTests(WatchdogTestCase):
    """A process that was forked has no deadlines, and nothing of an alarm."""

    def test_nothing_is_watched_there(self) -> None:
        deadline = self.begin()
        self.dog.forget()
        self.assertEqual((self.dog._deadlines, self.alarm), ([], None))
        self.assertIsNone(deadline.end())

    def test_the_only_thread_begins_anew(self) -> None:
        deadline = self.begin()
        with mock.patch.object(watchdog, "_current", mock.Mock(watchdog=self.dog)):
            watchdog._forget()
        self.assertNotIn(deadline, self.dog._deadlines)

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
        self.begin(SHORT)
        self.dog.forget()
        self.begin(SHORT)
        self.assertEqual(self.alarm.moments, [100.01, 100.01])


class UnheardTests(WatchdogTestCase):
    """What a second thread does for an alarm that was not heard."""

    def setUp(self) -> None:
        super().setUp()
        self.raised = self.enterContext(mock.patch.object(_stdlib.interpreter, "raise_in_thread"))
        self.taken_back = self.enterContext(mock.patch.object(_stdlib.interpreter, "take_back"))
        self.blamed = self.enterContext(mock.patch.object(sentinel, "note_defect"))

    def overdue(self, now: float) -> list[object]:
        """Return what has ticked at a time when the second thread looks."""
        deadline = self.begin(SHORT)
        self.now = now
        with mock.patch.object(Deadline, "ring", return_value=Interrupt) as tick:
            self.dog.ring_from_afar()
        deadline.end()
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
        deadline = self.begin(SHORT)
        self.now = 101.0
        with mock.patch.object(Deadline, "ring", return_value=None):
            self.dog.ring_from_afar()
        deadline.end()
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
        deadline = self.begin()
        self.alarm.is_sound = False
        before = list(self.alarm.moments)
        thread = threading.Thread(target=self.dog.rearm, args=(deadline,))
        thread.start()
        thread.join()
        self.assertEqual(self.alarm.moments, before)


class OnceTests(WatchdogTestCase):
    """A ring that takes long is not disturbed by the next."""

    def test_it_does_not_ring_while_it_rings(self) -> None:
        rings: list[float] = []

        def look(_deadline: object, now: float, _frame: FrameType | None) -> None:
            rings.append(now)
            self.alarm.ring(None)

        self.begin(SHORT)
        self.now = 200.0
        with mock.patch.object(Deadline, "ring", look):
            self.alarm.ring(None)
            self.alarm.ring(None)
        self.assertEqual(rings, [200.0, 200.0])

    def test_the_limit_of_recursion_is_lowered_when_a_deadline_ends_if_that_could_not_be_done_before(self) -> None:
        deadline = self.begin()
        before = sys.getrecursionlimit()
        self.dog._headroom.take()
        deadline.end()
        self.assertEqual(sys.getrecursionlimit(), before)


class AlarmTests(WatchdogTestCase):
    """Which alarm is taken, and until when."""

    def test_none_as_long_as_nothing_is_watched(self) -> None:
        self.assertIsNone(self.alarm)

    def test_that_of_the_main_thread_if_it_can_be_had(self) -> None:
        self.begin(SHORT)
        self.assertEqual((type(self.alarm), self.alarm.moments), (FakeSignalAlarm, [100.01]))

    def test_it_is_set_when_the_deadline_comes_near(self) -> None:
        self.begin()
        seen = [list(self.alarm.moments)]
        for self.now in (3698.0, 3699.5, 3699.6):
            self.dog.ring_from_afar()
            seen.append(list(self.alarm.moments))
        self.assertEqual(seen, [[], [], [3700.0], [3700.0, 3700.0]])

    def test_it_is_not_set_if_a_test_has_taken_it(self) -> None:
        self.begin()
        self.alarm.is_sound = False
        self.now = 3699.5
        self.dog.ring_from_afar()
        self.assertEqual(self.alarm.moments, [])

    def test_it_is_not_set_while_it_rings(self) -> None:
        self.begin()
        self.now = 3699.5
        with self.dog._ringing:
            self.dog.ring_from_afar()
        self.assertEqual(self.alarm.moments, [])

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
        deadline, other = self.begin(), self.begin()
        alarm = self.alarm
        deadline.end()
        self.assertEqual(alarm.log, ["start"])
        other.end()
        self.assertEqual((alarm.log, self.alarm), (["start", "stop"], None))

    def test_it_is_kept_as_long_as_it_is_held(self) -> None:
        self.dog.hold("test", None)
        self.begin().end()
        alarm = self.alarm
        self.begin().end()
        self.assertEqual(alarm.log, ["start"])
        self.dog.release()
        self.assertEqual((alarm.log[1:], self.alarm), (["stop"], None))

    def test_one_whose_exceptions_arrive_later_takes_them_back(self) -> None:
        FakeSignalAlarm.can_start = False
        first, _second = self.begin(), self.begin()
        first.end()
        self.assertEqual(self.alarm.log, ["start", "take back"])

    def test_one_that_somebody_has_taken_is_replaced(self) -> None:
        self.dog.hold("test", None)
        self.begin().end()
        alarm = self.alarm
        alarm.is_sound = False
        FakeSignalAlarm.can_start = False
        self.begin()
        self.assertEqual((alarm.log[1:], type(self.alarm)), (["stop", "start"], FakeKnockAlarm))

    def test_its_lock_is_held_while_what_is_watched_changes(self) -> None:
        FakeSignalAlarm.can_start = FakeKnockAlarm.can_start = False
        deadline = self.begin()
        lock = mock.MagicMock()
        self.dog.lock = lock
        deadline.end()
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
        deadline = self.begin(Budget(3600.0, "@async_timeout", mark))
        self.assertEqual((self.dog.is_bound_by(mark), self.dog.is_bound_by(Mark(3600.0))), (True, False))
        deadline.end()
        self.assertFalse(self.dog.is_bound_by(mark))


class PromiseTests(WatchdogTestCase):
    """What the sentinel is told."""

    def promises(self) -> list[float]:
        return [call.args[0] for call in self.slot.expect.mock_calls]

    def test_there_is_a_sign_of_life_when_the_first_time_is_over(self) -> None:
        deadline = self.begin(Budget(60.0, "the test"))
        other = self.begin(Budget(20.0, "the test"))
        other.end()
        deadline.end()
        self.assertEqual(self.promises(), [160.0 + LAST, 120.0 + LAST, 160.0 + LAST, math.inf])

    def test_it_takes_longer_on_a_slow_machine(self) -> None:
        self.dog.scale = 3.0
        self.begin(Budget(60.0, "the test"))
        self.assertEqual(self.promises(), [160.0 + 3.0 * LAST])

    def test_when_all_has_been_tried_it_is_not_promised_any_more(self) -> None:
        deadline = self.begin(Budget(60.0, "the test"))
        deadline._expired = mock.Mock(promise=42.0)
        self.dog.rearm(deadline)
        self.assertEqual(self.promises()[-1], 42.0 + LAST)


class LateTests(WatchdogTestCase):
    """What comes when all is over."""

    def test_something_that_is_not_watched_is_not_looked_at(self) -> None:
        deadline = self.begin()
        deadline.end()
        self.dog.rearm(deadline)
        self.assertIsNone(self.alarm)

    def test_something_can_be_removed_twice(self) -> None:
        deadline = self.begin()
        self.dog.remove(deadline)
        deadline.end()
        self.assertIsNone(self.alarm)


class CurrentTests(unittest.TestCase):
    def test_each_thread_has_its_own(self) -> None:
        found: list[Watchdog] = []
        thread = threading.Thread(target=lambda: found.append(watchdog.current()))
        thread.start()
        thread.join()
        self.assertIs(watchdog.current(), watchdog.current())
        self.assertIsNot(watchdog.current(), found[0])
