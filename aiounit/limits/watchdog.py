"""Watch the deadlines of a thread, so that control returns whatever its code does.

Each thread that runs tests has a watchdog. Its alarm rings when a deadline has passed. It also promises the sentinel a
sign of life by some moment, and the sentinel ends the process if even the alarm has no effect.
"""

from types import FrameType
from typing import Any, Final

from aiounit import _stdlib, settings
from aiounit._real import contextlib, math, os, threading, time
from aiounit._typing import Protocol
from aiounit.introspect import places
from aiounit.limits import budgets, ctrl_c, sentinel, user_code
from aiounit.limits.alarms import Alarm, Interrupt, KnockAlarm, SignalAlarm, ThreadAlarm
from aiounit.limits.budgets import Budget, Mark, Phase
from aiounit.limits.escalation import LAST
from aiounit.limits.headroom import Headroom
from aiounit.limits.standby import standby

__all__ = ["Watchdog", "current", "held"]

# How long, in seconds, an alarm may be overdue before it counts as unheard.
_UNHEARD: Final = 0.5
# A deadline that is no farther away, in seconds, gets its alarm at once. The thread of `standby` looks more often.
_NEAR: Final = 1.0
# How long, in seconds, to wait for another thread that looks at the deadlines.
_MOMENT: Final = 0.1
# How long, in seconds, before the end of the process to check whether aiounit's own code is stuck.
_LAST_WORD: Final = 1.0


class Watched(Protocol):
    """A deadline, as its watchdog sees it."""

    @property
    def due(self) -> float:
        """When to call `ring` next."""
        ...

    @property
    def budget(self) -> Budget | None:
        """The time limit of the code, while it counts."""
        ...

    @property
    def promise(self) -> float:
        """When the next action is due; the time of the last action if everything has been tried."""
        ...

    def ring(self, now: float, frame: FrameType | None) -> type[Interrupt] | None:
        """Take the next action because the deadline has passed; return the exception to raise in the frame."""
        ...


class Watchdog:
    """Watches the deadlines of one thread."""

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        """The identifier of the thread."""
        self.scale = 1.0
        """The factor for all graces."""
        self.lock: Any = threading.RLock()
        """Held while another thread looks at a deadline."""
        self._deadlines: list[Watched] = []
        self._held: list[tuple[str, type | None]] = []
        self._alarm: Alarm | None = None
        self._signal_alarm = SignalAlarm(self._ring)
        self._knock_alarm: KnockAlarm | None = None
        self._thread_alarm: ThreadAlarm | None = None
        self._slot = sentinel.Slot()
        self._guarded: float | None = None  # the scale for which the sentinel was started
        self._promised = math.inf
        self._ringing = threading.Lock()
        self._headroom = Headroom()
        self._has_raised = False
        self._has_blamed = False

    def forget(self) -> None:
        """Start over in a forked process, whose tests are not reported: nothing is watched there."""
        if isinstance(self._alarm, SignalAlarm):
            self._alarm.stop()
        elif isinstance(self._alarm, KnockAlarm):
            self._alarm.give_back()
        self._alarm = self._knock_alarm = self._thread_alarm = None
        self.lock = threading.RLock()
        self._ringing = threading.Lock()
        self._deadlines.clear()
        self._guarded = None
        self._promised = math.inf

    @property
    def can_eject(self) -> bool:
        """Whether each line of the thread can be made to raise. Only a signal handler in that thread can do it."""
        return threading.get_ident() == self.ident and isinstance(self._alarm, SignalAlarm | KnockAlarm)

    @property
    def is_held(self) -> bool:
        """Whether `hold` was called more often than `release`."""
        return bool(self._held)

    @property
    def is_idle(self) -> bool:
        """Whether this thread is watched, but has no deadline now."""
        return bool(self._held) and not self._deadlines

    def is_bound_by(self, mark: Mark) -> bool:
        """Return whether the limit of this decorator bounds the current code."""
        return any(deadline.budget is not None and deadline.budget.mark is mark for deadline in self._deadlines)

    def hold(self, name: str, kind: type | None, target: ctrl_c.Target | None = None) -> None:
        """Keep the alarm between deadlines, until `release`.

        Args:
            name: The name of the test or fixture, which the sentinel reports if it has to end the process.
            kind: The test class whose time limits apply to its resources.
            target: The run that the first Ctrl-C interrupts; see `ctrl_c.take`.
        """
        if not self._held:
            self.scale = settings.current().timeout_scale
            if self._guarded != self.scale:
                self._guarded = self.scale
                sentinel.start(LAST * self.scale)
            standby.watch(self)
        ctrl_c.take(target)
        self._held.append((name, kind))
        self._slot.name(name)

    def release(self) -> None:
        """Undo a `hold`, and give the alarm back after the last."""
        ctrl_c.release()
        self._held.pop()
        if self._held:
            self._slot.name(self._held[-1][0])
        else:
            standby.unwatch(self)
        if self._alarm is not None:
            self._rest()

    def budget(self, phase: Phase) -> Budget:
        """Return the time limit for starting or closing the resources of the test class."""
        kind = self._held[-1][1] if self._held else None
        return budgets.of_settings(phase) if kind is None else budgets.of_class(kind, phase)

    def add(self, deadline: Watched) -> None:
        """Watch a deadline."""
        alarm = self._alarm
        if alarm is None or not alarm.is_sound:
            if alarm is not None:
                alarm.stop()
            alarm = self._alarm = self._signal_alarm if self._signal_alarm.start() else self._take_other_alarm()
        self._deadlines.append(deadline)
        due = deadline.due
        if alarm is not self._signal_alarm or due - time.monotonic() < _NEAR:
            with self.lock:
                alarm.set(due)
        if due < self._promised:
            self._promised = due
            self._slot.expect(due + LAST * self.scale)

    def rearm(self, deadline: Watched) -> None:
        """Set the alarm for a deadline whose ``due`` has changed."""
        if self._alarm is not None and (threading.get_ident() == self.ident or self._alarm.is_sound):
            self._alarm.set(deadline.due)
        self._promise()

    def remove(self, deadline: Watched) -> None:
        """Stop watching a deadline."""
        with self.lock:
            if deadline in self._deadlines:
                self._deadlines.remove(deadline)
        if self._has_raised or self._headroom.is_taken or self._alarm is not self._signal_alarm:
            self._take_back()
        if self._deadlines:
            self._promise()
        else:
            self._promised = math.inf
            self._slot.expect(math.inf)
        if not self._held and self._alarm is not None:
            self._rest()

    def _take_back(self) -> None:
        """Take back what was done because a deadline had passed."""
        if isinstance(self._alarm, ThreadAlarm):
            self._alarm.take_back()
        while self._has_raised:
            with contextlib.suppress(Interrupt):  # raised by another thread, it may arrive right here
                self._has_raised = False
                _stdlib.interpreter.take_back()
        if self._headroom.is_taken:
            self._headroom.give_back()

    def _rest(self) -> None:
        """Give the alarm back if nothing is watched any more."""
        if self._alarm is not None and not self._held and not self._deadlines:
            self._alarm.stop()
            if self._alarm is not self._signal_alarm:
                self._signal_alarm.stop()  # a test that had replaced our handler may have restored it
            self._alarm = None

    def _take_other_alarm(self) -> Alarm:
        if self._knock_alarm is None:
            self._knock_alarm = KnockAlarm(self._ring)
        if self._knock_alarm.start():
            return self._knock_alarm
        if self._thread_alarm is None:
            self._thread_alarm = ThreadAlarm(self._ring)
        self.lock = self._thread_alarm.lock
        return self._thread_alarm

    def _promise(self) -> None:
        """Tell the sentinel by when to expect the next sign of life."""
        moment = math.inf
        for deadline in self._deadlines:
            moment = min(moment, deadline.promise)
        self._promised = moment
        self._slot.expect(moment + LAST * self.scale)

    def ring_from_afar(self) -> None:
        """Set the alarm if a deadline has come near, and ring in its place if it is overdue.

        The thread of `standby` calls this. Most code ends long before its deadline, and then no alarm is set.
        """
        if not self.lock.acquire(timeout=_MOMENT):
            return
        try:
            self._set_if_near()
            self._blame()
            late = time.monotonic() - _UNHEARD * max(self.scale, 1.0)
            if any(deadline.due < late for deadline in self._deadlines):
                error = self._ring(_stdlib.frames.current_frames().get(self.ident))
                if error is not None:
                    self._has_raised = True
                    _stdlib.interpreter.raise_in_thread(self.ident, error)
        finally:
            self.lock.release()

    def _set_if_near(self) -> None:
        alarm = self._alarm
        due = min((deadline.due for deadline in self._deadlines), default=math.inf)
        is_near = alarm is self._signal_alarm and due - time.monotonic() < _NEAR
        if is_near and not self._ringing.locked() and self._signal_alarm.is_sound:
            self._signal_alarm.set(due)

    def _blame(self) -> None:
        """Tell the sentinel if aiounit's own code is stuck, so that its report says so."""
        is_lost = any(
            deadline.promise + (LAST - _LAST_WORD) * self.scale < time.monotonic() for deadline in self._deadlines
        )
        frame = _stdlib.frames.current_frames().get(self.ident) if is_lost and not self._has_blamed else None
        if frame is not None and user_code.is_own(frame):
            self._has_blamed = True
            sentinel.note_defect(str(places.stack_of(frame)[-1]))

    def _ring(self, frame: FrameType | None) -> type[Interrupt] | None:
        """Act on the deadlines that are due, and return the exception to raise in the frame.

        This runs in a signal handler as a rule, so it must not wait for a lock that the interrupted code may hold. If
        it already runs, here or in another thread, it returns at once: the alarm is set again at its end.
        """
        if not self._ringing.acquire(blocking=False):
            return None
        error = None
        try:
            self._headroom.take()
            now = time.monotonic()
            for deadline in reversed(self._deadlines):
                if deadline.due <= now and (error := deadline.ring(now, frame)) is not None:
                    break  # only one exception can be raised at a time; the other deadlines ring again
        finally:
            for deadline in self._deadlines:
                self.rearm(deadline)
            self._headroom.give_back()
            self._ringing.release()
        return error


class _Current(threading.local):
    def __init__(self) -> None:
        self.watchdog = Watchdog()


_current: Final = _Current()


def _forget() -> None:
    """Start over in the only thread of a forked process."""
    _current.watchdog.forget()


if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has none)
    os.register_at_fork(after_in_child=_forget)


def current() -> Watchdog:
    """Return the watchdog of this thread."""
    return _current.watchdog


class held:  # noqa: N801 (it is used like a function)
    """Holds the watchdog of this thread in a block; see `Watchdog.hold`.

    Args:
        name: The name of the test or fixture.
        kind: The test class whose time limits apply to its resources.
    """

    def __init__(self, name: str, kind: type | None) -> None:
        self._dog = current()
        self._arguments = (name, kind)

    def __enter__(self) -> None:
        self._dog.hold(*self._arguments)

    def __exit__(self, *_details: object) -> None:
        self._dog.release()
