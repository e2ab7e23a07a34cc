"""A clock outside the loop rings in time, once, in either of its forms, and gives back what it has taken."""

import signal
import threading
import time
import unittest
from collections.abc import Callable
from types import FrameType
from unittest import mock

from aiounit import _stdlib
from aiounit.limits import alarms
from aiounit.limits.alarms import Interrupt, KnockAlarm, SignalAlarm, ThreadAlarm
from aiounit.limits.own_threads import Bell

# How long, in seconds, a test waits for what happens at once.
PATIENCE = 5.0


class Enough(Interrupt):
    """Is raised in place."""


def holds(condition: Callable[[], object]) -> bool:
    """Run Python code, in which signals and exceptions from outside arrive, until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        pass
    return bool(condition())


def names_in(frame: FrameType | None) -> set[str]:
    """Return the names of the functions of a stack."""
    names = set()
    while frame is not None:
        names.add(frame.f_code.co_name)
        frame = frame.f_back
    return names


def end(alarm: ThreadAlarm) -> None:
    """Have the thread of an alarm end now, instead of when it was to ring."""
    thread = alarm._thread
    alarm.stop()
    if thread is not None:
        thread.end()


class AlarmTestCase(unittest.TestCase):
    def setUp(self) -> None:
        self.frames: list[FrameType | None] = []
        self.raises: type[Interrupt] | None = None

    def ring(self, frame: FrameType | None) -> type[Interrupt] | None:
        self.frames.append(frame)
        return self.raises


class SignalTests(AlarmTestCase):
    """The alarm of the main thread."""

    number: signal.Signals = signal.SIGALRM

    def make(self) -> SignalAlarm | KnockAlarm:
        return SignalAlarm(self.ring)

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(alarms, "_IDLE", 0.001))
        self.addCleanup(signal.signal, self.number, signal.SIG_DFL)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        self.alarm = self.make()
        self.addCleanup(self.alarm.stop)

    def start(self) -> None:
        self.assertTrue(self.alarm.start())

    def test_in_another_thread_the_signal_can_t_be_had(self) -> None:
        started: list[bool] = []
        thread = threading.Thread(target=lambda: started.append(self.alarm.start()))
        thread.start()
        thread.join()
        self.assertEqual(started, [False])

    def test_where_there_are_no_such_signals(self) -> None:
        with mock.patch.object(alarms, "_HAS_SIGNALS", False):
            self.assertFalse(self.alarm.start())

    def test_one_that_rings_while_it_rings_is_not_lost(self) -> None:
        rings = 0

        def ring(_frame: FrameType | None) -> None:
            nonlocal rings
            rings += 1
            if rings == 1:
                self.alarm.set(time.monotonic())
                signal.raise_signal(self.number)

        with mock.patch.object(self, "ring", ring):
            alarm = self.alarm = self.make()
        self.addCleanup(alarm.stop)
        self.start()
        alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: rings > 1))

    def test_where_somebody_else_has_it(self) -> None:
        signal.signal(self.number, signal.SIG_IGN)
        self.assertFalse(self.alarm.start())

    def test_it_rings_in_the_code_that_runs(self) -> None:
        self.start()
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: self.frames))
        self.assertIn("test_it_rings_in_the_code_that_runs", names_in(self.frames[0]))

    def test_a_moment_in_the_past_is_now(self) -> None:
        self.start()
        self.alarm.set(0.0)
        self.assertTrue(holds(lambda: self.frames))

    def test_what_it_is_told_is_raised_in_what_waits_in_c(self) -> None:
        self.start()
        self.raises = Enough
        lock = threading.Lock()
        lock.acquire()
        with self.assertRaises(Enough):
            self.alarm.set(time.monotonic())
            lock.acquire(timeout=PATIENCE)

    def test_an_earlier_moment_takes_the_place_of_a_later_one(self) -> None:
        self.start()
        self.alarm.set(time.monotonic() + 3600)
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: self.frames))

    def test_once_it_has_rung_it_can_be_set_again(self) -> None:
        self.start()
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: len(self.frames) == 1))
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: len(self.frames) == 2))

    def test_it_can_be_set_where_it_rings(self) -> None:
        def ring(frame: FrameType | None) -> None:
            self.frames.append(frame)
            if len(self.frames) == 1:
                self.alarm.set(time.monotonic())

        with mock.patch.object(self, "ring", ring):
            self.alarm = self.make()
        self.start()
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: len(self.frames) == 2))

    def test_where_a_recursion_leaves_no_room_it_rings_again(self) -> None:
        def ring(_frame: FrameType | None) -> type[Interrupt] | None:
            rings.append(len(rings))
            if len(rings) == 1:
                raise RecursionError
            return None

        rings: list[int] = []
        setattr(self, "ring", ring)  # noqa: B010 (for mypy, a method stays what it is)
        self.alarm = self.make()
        self.start()
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: len(rings) > 1))

    def test_it_is_sound_as_long_as_nobody_takes_the_signal(self) -> None:
        self.start()
        self.assertTrue(self.alarm.is_sound)
        signal.signal(self.number, signal.SIG_IGN)
        self.assertFalse(self.alarm.is_sound)

    def test_what_it_has_taken_is_given_back(self) -> None:
        self.start()
        self.alarm.set(time.monotonic() + 3600)
        self.alarm.stop()
        self.assertEqual(
            (signal.getsignal(self.number), signal.getitimer(signal.ITIMER_REAL)), (signal.SIG_DFL, (0.0, 0.0))
        )

    def test_it_can_be_started_again(self) -> None:
        self.start()
        self.alarm.set(time.monotonic() + 3600)
        self.alarm.stop()
        self.start()
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: self.frames))

    def test_who_has_taken_the_signal_meanwhile_keeps_it(self) -> None:
        self.start()
        signal.signal(self.number, signal.SIG_IGN)
        self.alarm.stop()
        self.assertEqual(signal.getsignal(self.number), signal.SIG_IGN)


class TimerTests(AlarmTestCase):
    """The timer that sends SIGALRM."""

    def test_one_of_somebody_else_stays(self) -> None:
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 3600)
        self.assertFalse(SignalAlarm(self.ring).start())
        self.assertGreater(signal.getitimer(signal.ITIMER_REAL)[0], 0)

    def test_a_moment_that_it_does_not_reach(self) -> None:
        alarm = SignalAlarm(self.ring)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        alarm.set(1e300)
        self.assertGreater(signal.getitimer(signal.ITIMER_REAL)[0], 3600)

    def test_a_signal_that_is_lost_is_sent_again(self) -> None:
        # Just before the thread begins to wait in C nobody looks at it.
        alarm = SignalAlarm(self.ring)
        self.assertTrue(alarm.start())
        self.addCleanup(alarm.stop)
        alarm.set(time.monotonic() + 60)
        self.assertGreater(signal.getitimer(signal.ITIMER_REAL)[1], 0)

    def test_nothing_is_sent_again_where_nothing_is_due(self) -> None:
        alarm = SignalAlarm(self.ring)
        self.assertTrue(alarm.start())
        self.addCleanup(alarm.stop)
        alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: self.frames))
        self.assertEqual(signal.getitimer(signal.ITIMER_REAL), (0.0, 0.0))

    def test_it_is_stopped_where_a_test_has_taken_the_signal(self) -> None:
        # Or it would kill the process once the test has restored what the signal does by default.
        self.addCleanup(signal.signal, signal.SIGALRM, signal.SIG_DFL)
        alarm = SignalAlarm(self.ring)
        self.assertTrue(alarm.start())
        alarm.set(time.monotonic() + 60)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        alarm.stop()
        self.assertEqual(signal.getitimer(signal.ITIMER_REAL), (0.0, 0.0))

    def test_but_not_the_timer_of_the_test(self) -> None:
        self.addCleanup(signal.signal, signal.SIGALRM, signal.SIG_DFL)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        alarm = SignalAlarm(self.ring)
        self.assertTrue(alarm.start())
        alarm.set(time.monotonic() + 60)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 3600)
        alarm.stop()
        self.assertGreater(signal.getitimer(signal.ITIMER_REAL)[0], 0.0)

    def test_it_is_not_set_to_a_later_moment(self) -> None:
        alarm = SignalAlarm(self.ring)
        with mock.patch.object(_stdlib.signals, "set_timer") as set_timer:
            alarm.set(time.monotonic() + 60)
            alarm.set(time.monotonic() + 3600)
        set_timer.assert_called_once()


class KnockTests(SignalTests):
    """The alarm of the main thread where somebody else has SIGALRM."""

    number = signal.SIGVTALRM

    def make(self) -> SignalAlarm | KnockAlarm:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGALRM, signal.SIG_DFL)
        alarm = KnockAlarm(self.ring)
        self.addCleanup(end, alarm)
        return alarm


class ForkTests(AlarmTestCase):
    """Before a fork the thread of an alarm ends, if it can start again."""

    def setUp(self) -> None:
        super().setUp()
        self.interrupt_after_fork = self.enterContext(mock.patch.object(alarms, "interrupt_after_fork"))
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGALRM, signal.SIG_DFL)
        self.knock = KnockAlarm(self.ring)
        self.assertTrue(self.knock.start())
        self.addCleanup(end, self.knock)

    def ends(self, alarm: ThreadAlarm) -> bool:
        assert alarm._thread is not None
        return alarm._thread.ends_before_fork()

    def test_that_of_the_main_thread_is_set_again_after_it(self) -> None:
        self.knock.set(time.monotonic() + 3600)
        self.assertTrue(self.ends(self.knock))
        self.interrupt_after_fork.assert_called_once_with(signal.SIGVTALRM)

    def test_it_does_not_end_where_its_signal_is_lost(self) -> None:
        self.knock.set(time.monotonic() + 3600)
        signal.signal(signal.SIGVTALRM, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGVTALRM, signal.SIG_DFL)
        self.assertFalse(self.ends(self.knock))
        self.interrupt_after_fork.assert_not_called()

    def test_that_of_another_thread_ends_only_while_it_is_idle(self) -> None:
        alarm = ThreadAlarm(self.ring)
        alarm.set(time.monotonic() + 3600)
        self.addCleanup(end, alarm)
        self.assertFalse(self.ends(alarm))
        alarm.stop()
        self.assertTrue(self.ends(alarm))

    def test_one_that_has_ended_is_started_when_the_alarm_is_set(self) -> None:
        self.knock.set(time.monotonic() + 3600)
        assert self.knock._thread is not None
        self.knock._thread.end()
        self.knock.set(time.monotonic())
        self.assertTrue(holds(lambda: self.frames))


class ThreadTests(AlarmTestCase):
    """The alarm has a thread of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(alarms, "_IDLE", 0.001))
        self.rung = threading.Event()
        self.idents: list[int] = []
        self.is_its_own: list[bool] = []
        self.alarm = ThreadAlarm(self.ring)
        self.addCleanup(lambda: end(self.alarm))

    def ring(self, frame: FrameType | None) -> type[Interrupt] | None:
        thread = self.alarm._thread
        self.idents.append(threading.get_ident())
        self.is_its_own.append(thread is not None and thread.ident == threading.get_ident())
        result = super().ring(frame)
        self.rung.set()
        return result

    def test_it_rings_in_its_own_thread(self) -> None:
        self.alarm.set(time.monotonic())
        self.assertTrue(self.rung.wait(PATIENCE))
        self.assertEqual(self.is_its_own, [True])

    def test_it_is_told_where_the_watched_thread_is(self) -> None:
        self.alarm.set(time.monotonic())
        self.assertTrue(self.rung.wait(PATIENCE))
        self.assertIn("test_it_is_told_where_the_watched_thread_is", names_in(self.frames[0]))

    def test_an_earlier_moment_takes_the_place_of_a_later_one(self) -> None:
        self.alarm.set(time.monotonic() + 3600)
        self.alarm.set(time.monotonic())
        self.assertTrue(self.rung.wait(PATIENCE))

    def test_a_later_moment_does_not_take_the_place_of_an_earlier_one(self) -> None:
        with self.alarm.lock:
            self.alarm.set(time.monotonic())
            self.alarm.set(time.monotonic() + 3600)
        self.assertTrue(self.rung.wait(PATIENCE))

    def test_it_can_be_set_where_it_rings(self) -> None:
        def ring(frame: FrameType | None) -> None:
            if not self.frames:
                self.alarm.set(time.monotonic())
            self.ring(frame)

        self.alarm = ThreadAlarm(ring)
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: len(self.frames) == 2))
        self.assertEqual(*self.idents)

    def test_one_that_is_stopped_does_not_ring_and_its_thread_ends(self) -> None:
        with self.alarm.lock:
            self.alarm.set(time.monotonic())
            self.alarm.stop()
        self.assertTrue(holds(lambda: self.alarm._thread is None))
        self.assertEqual(self.frames, [])

    def test_it_can_be_set_again_when_its_thread_has_ended(self) -> None:
        self.alarm.set(time.monotonic())
        self.rung.wait(PATIENCE)
        self.assertTrue(holds(lambda: self.alarm._thread is None))
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: len(self.frames) == 2))

    def test_a_moment_that_no_timer_reaches(self) -> None:
        waits: list[float | None] = []
        wait = Bell.wait

        def wait_and_note(self: Bell, seconds: float | None = None) -> bool:
            waits.append(seconds)
            return wait(self, seconds)

        self.enterContext(mock.patch.object(Bell, "wait", wait_and_note))
        self.alarm.set(1e300)
        self.assertTrue(holds(lambda: waits))
        self.alarm.set(time.monotonic())
        self.assertTrue(holds(lambda: self.frames))

    def test_it_is_always_sound(self) -> None:
        self.assertTrue(self.alarm.is_sound)


class RaiseTests(AlarmTestCase):
    """What is raised in the watched thread, which is another than this one."""

    def watch(self, body: Callable[[ThreadAlarm], None]) -> list[str]:
        """Run something in a thread that is watched, and return what it raises."""
        raised: list[str] = []

        def run() -> None:
            try:
                body(ThreadAlarm(self.ring))
            except BaseException as error:
                raised.append(type(error).__name__)

        self.enterContext(mock.patch.object(alarms, "_IDLE", 0.001))
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return raised

    def test_what_it_is_told_is_raised_in_the_code_that_runs(self) -> None:
        def body(alarm: ThreadAlarm) -> None:
            alarm.set(time.monotonic())
            holds(lambda: False)

        self.raises = Enough
        self.assertEqual(self.watch(body), ["Enough"])

    def test_what_has_not_arrived_is_taken_back(self) -> None:
        def body(alarm: ThreadAlarm) -> None:
            alarm.set(time.monotonic())
            holds(lambda: raise_in_thread.called)
            alarm.take_back()
            alarm.take_back()

        self.raises = Enough
        raise_in_thread = self.enterContext(mock.patch.object(_stdlib.interpreter, "raise_in_thread"))
        with mock.patch.object(_stdlib.interpreter, "take_back") as take_back:
            self.watch(body)
        self.assertEqual(([call.args[1] for call in raise_in_thread.mock_calls], take_back.call_count), ([Enough], 1))

    def test_what_arrives_while_it_is_taken_back(self) -> None:
        def body(alarm: ThreadAlarm) -> None:
            alarm.set(time.monotonic())
            holds(lambda: raise_in_thread.called)
            alarm.take_back()

        self.raises = Enough
        raise_in_thread = self.enterContext(mock.patch.object(_stdlib.interpreter, "raise_in_thread"))
        with mock.patch.object(_stdlib.interpreter, "take_back", side_effect=Enough):
            self.assertEqual(self.watch(body), [])


class InterruptTests(unittest.TestCase):
    def test_only_what_catches_everything_catches_it(self) -> None:
        self.assertEqual(Interrupt.__bases__, (BaseException,))

    def test_it_stands_for_nothing_by_itself(self) -> None:
        self.assertIsNone(Interrupt.failure)
