"""Watch over the deadlines of a thread, so that control returns whatever its code does.

Each thread that runs tests has a watchdog, with an alarm that rings when a deadline has passed, and a promise to the
sentinel, which ends the process if not even the alarm can be heard.
"""

from types import FrameType
from typing import Any, Final, Protocol

from aiounit import _stdlib, settings
from aiounit._real import contextlib, math, os, threading, time
from aiounit.introspect import places
from aiounit.limits import budgets, ctrl_c, sentinel, user_code
from aiounit.limits.alarms import Alarm, Interrupt, KnockAlarm, SignalAlarm, ThreadAlarm
from aiounit.limits.budgets import Budget, Mark, Phase
from aiounit.limits.escalation import LAST
from aiounit.limits.headroom import Headroom
from aiounit.limits.standby import standby

__all__ = ["Watchdog", "current", "held"]

# How long, in seconds, an alarm may be overdue before it counts as unheard, and how long to wait for who looks too.
_UNHEARD: Final = 0.5
_MOMENT: Final = 0.1
# How long, in seconds, before the process is ended it is looked whose code runs.
_LAST_WORD: Final = 1.0


class Watched(Protocol):
    """A deadline, as its watchdog sees it."""

    @property
    def due(self) -> float:
        """When it is to be looked at next."""
        ...

    @property
    def budget(self) -> Budget | None:
        """How long the code may take, while that counts."""
        ...

    @property
    def promise(self) -> float:
        """When something is going to be done about it; the past, if everything has been tried."""
        ...

    def ring(self, now: float, frame: FrameType | None) -> type[Interrupt] | None:
        """Do the next thing because the deadline has passed; return the exception to be raised in place."""
        ...


class Watchdog:
    """Watches over the deadlines of one thread."""

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        """The thread."""
        self.scale = 1.0
        """What graces are multiplied by."""
        self.lock: Any = threading.RLock()
        """Is held while a deadline is looked at from another thread."""
        self._deadlines: list[Watched] = []
        self._held: list[tuple[str, type | None]] = []
        self._alarm: Alarm | None = None
        self._signal_alarm = SignalAlarm(self._ring)
        self._knock_alarm: KnockAlarm | None = None
        self._thread_alarm: ThreadAlarm | None = None
        self._slot = sentinel.Slot()
        self._ringing = threading.Lock()
        self._headroom = Headroom()
        self._has_raised = False
        self._has_blamed = False

    def forget(self) -> None:
        """Begin anew in a process that was forked, where no test is to be reported: nothing is watched."""
        if isinstance(self._alarm, SignalAlarm):
            self._alarm.stop()
        elif isinstance(self._alarm, KnockAlarm):
            self._alarm.give_back()
        self._alarm = self._knock_alarm = self._thread_alarm = None
        self.lock = threading.RLock()
        self._ringing = threading.Lock()
        self._deadlines.clear()

    @property
    def can_eject(self) -> bool:
        """Whether the lines of the thread can be made to raise: only its own handler of a signal can do that."""
        return threading.get_ident() == self.ident and isinstance(self._alarm, SignalAlarm | KnockAlarm)

    @property
    def is_held(self) -> bool:
        """Whether anything is watched in this thread."""
        return bool(self._held)

    @property
    def is_idle(self) -> bool:
        """Whether this thread is watched, and no time counts."""
        return bool(self._held) and not self._deadlines

    def is_bound_by(self, mark: Mark) -> bool:
        """Tell whether what a decorator says is what bounds the code that runs now."""
        return any(deadline.budget is not None and deadline.budget.mark is mark for deadline in self._deadlines)

    def hold(self, name: str, kind: type | None) -> None:
        """Keep the alarm from one deadline to the next, until `release`.

        Args:
            name: What is watched, if the process has to be ended.
            kind: The test class whose budgets what it uses has.
        """
        if not self._held:
            self.scale = settings.current().timeout_scale
            sentinel.start(LAST * self.scale)
            standby.watch(self)
        ctrl_c.take()
        self._held.append((name, kind))
        self._slot.name(name)

    def release(self) -> None:
        """Give the alarm back if nobody else holds it."""
        ctrl_c.release()
        self._held.pop()
        if self._held:
            self._slot.name(self._held[-1][0])
        else:
            standby.unwatch(self)
        self._rest()

    def budget(self, phase: Phase) -> Budget:
        """Return how long what the test class uses may take to start or to close."""
        kind = self._held[-1][1] if self._held else None
        return budgets.of_settings(phase) if kind is None else budgets.of_class(kind, phase)

    def add(self, deadline: Watched) -> None:
        """Watch over a deadline."""
        if self._alarm is None or not self._alarm.is_sound:
            if self._alarm is not None:
                self._alarm.stop()
            self._alarm = self._take_alarm()
            if isinstance(self._alarm, ThreadAlarm) and not isinstance(self._alarm, KnockAlarm):
                self.lock = self._alarm.lock
        with self.lock:
            self._deadlines.append(deadline)
        self._alarm.set(deadline.due)
        self._promise()

    def rearm(self, deadline: Watched) -> None:
        """Look at a deadline when it is due, which has changed."""
        if self._alarm is not None and (threading.get_ident() == self.ident or self._alarm.is_sound):
            self._alarm.set(deadline.due)
        self._promise()

    def remove(self, deadline: Watched) -> None:
        """Watch over a deadline no more."""
        with self.lock:
            if deadline in self._deadlines:
                self._deadlines.remove(deadline)
        if self._alarm is not None:
            self._alarm.take_back()
        while self._has_raised:
            with contextlib.suppress(Interrupt):  # it may arrive right here
                self._has_raised = False
                _stdlib.interpreter.take_back()
        if self._headroom.is_taken:
            self._headroom.give_back()
        self._promise()
        self._rest()

    def _rest(self) -> None:
        """Give the alarm back if there is nothing more to watch."""
        if self._alarm is not None and not self._held and not self._deadlines:
            self._alarm.stop()
            if self._alarm is not self._signal_alarm:
                self._signal_alarm.stop()  # a test that had taken the signal may have put our handler back
            self._alarm = None

    def _take_alarm(self) -> Alarm:
        if self._signal_alarm.start():
            return self._signal_alarm
        if self._knock_alarm is None:
            self._knock_alarm = KnockAlarm(self._ring)
        if self._knock_alarm.start():
            return self._knock_alarm
        if self._thread_alarm is None:
            self._thread_alarm = ThreadAlarm(self._ring)
        return self._thread_alarm

    def _promise(self) -> None:
        """Tell the sentinel until when there will be a sign of life."""
        moment = math.inf
        for deadline in self._deadlines:
            moment = min(moment, deadline.promise)
        self._slot.expect(moment + LAST * self.scale)

    def ring_from_afar(self) -> None:
        """Do what the alarm should have done some time ago, if it was not heard; called by another thread."""
        if not self.lock.acquire(timeout=_MOMENT):
            return
        try:
            self._blame()
            late = time.monotonic() - _UNHEARD * max(self.scale, 1.0)
            if any(deadline.due < late for deadline in self._deadlines):
                error = self._ring(_stdlib.frames.current_frames().get(self.ident))
                if error is not None:
                    self._has_raised = True
                    _stdlib.interpreter.raise_in_thread(self.ident, error)
        finally:
            self.lock.release()

    def _blame(self) -> None:
        """Tell the sentinel if it is aiounit's own code that does not come back; what it can't tell is not known."""
        is_lost = any(
            deadline.promise + (LAST - _LAST_WORD) * self.scale < time.monotonic() for deadline in self._deadlines
        )
        frame = _stdlib.frames.current_frames().get(self.ident) if is_lost and not self._has_blamed else None
        if frame is not None and user_code.is_own(frame):
            self._has_blamed = True
            sentinel.note_defect(str(places.stack_of(frame)[-1]))

    def _ring(self, frame: FrameType | None) -> type[Interrupt] | None:
        """Look at the deadlines that are due, unless that is being done: an alarm may ring while it rings."""
        if not self._ringing.acquire(blocking=False):
            return None
        error = None
        try:
            self._headroom.take()
            now = time.monotonic()
            for deadline in reversed(self._deadlines):
                if deadline.due <= now and (error := deadline.ring(now, frame)) is not None:
                    break  # only one exception can be raised at a time; the others are next
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
    """Have the only thread of a process that was forked begin anew."""
    _current.watchdog.forget()


if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has none)
    os.register_at_fork(after_in_child=_forget)


def current() -> Watchdog:
    """Return the watchdog of this thread."""
    return _current.watchdog


class held:  # noqa: N801 (as above)
    """Holds the watchdog of this thread in a block; see `Watchdog.hold`.

    Args:
        name: What is watched, if the process has to be ended.
        kind: The test class whose budgets what it uses has.
    """

    def __init__(self, name: str, kind: type | None) -> None:
        self._dog = current()
        self._arguments = (name, kind)

    def __enter__(self) -> None:
        self._dog.hold(*self._arguments)

    def __exit__(self, *_details: object) -> None:
        self._dog.release()
