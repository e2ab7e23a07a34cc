"""Watching over the time that things may take, so that control returns whatever they do.

Each thread that runs tests has a watchdog, with an alarm that rings when the time of something is over, and a promise
to the sentinel, which ends the process if not even the alarm can be heard.
"""

from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from aiounit import _stdlib, settings
from aiounit._real import asyncio, contextlib, math, os, threading, time
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect import places, tracebacks
from aiounit.limits import budgets, ctrl_c, debugger, sentinel
from aiounit.limits.alarms import Alarm, Interrupt, KnockAlarm, SignalAlarm, ThreadAlarm
from aiounit.limits.budgets import Budget, Mark, Phase
from aiounit.limits.escalation import LAST, Overdue, Target, call, is_own
from aiounit.limits.headroom import Headroom
from aiounit.limits.standby import standby

__all__ = ["UNLIMITED", "Limit", "Watchdog", "bounded", "call_in_time", "current", "held", "split"]

UNLIMITED: Final = Budget(None, "")
"""For what is bounded by what it calls."""

# How long, in seconds, an alarm may be overdue before it counts as unheard, and how long to wait for who looks too.
_UNHEARD: Final = 0.5
_MOMENT: Final = 0.1
# How long, in seconds, before the process is ended it is looked whose code runs.
_LAST_WORD: Final = 1.0


class Limit:
    """The time that something may take, again and again.

    Args:
        target: What is bounded; None is synchronous code.
    """

    def __init__(self, target: Target | None) -> None:
        self.target = target
        self.deadline = math.inf
        """When it is to be looked at next."""
        self.budget: Budget | None = None
        """How long it may take, while it counts."""
        self.dog = current()
        self._overdue: Overdue | None = None

    def begin(self, budget: Budget, what: Callable[[], str], *, patience: float = 0.0) -> None:
        """Begin to count.

        Args:
            budget: How long it may take.
            what: Says what is bounded.
            patience: How much longer to wait, in seconds, because something else sees to the time as well.
        """
        self.budget = budget
        self._what = what
        if budget.seconds is not None:
            self.deadline = time.monotonic() + budget.seconds + patience
            self.dog.add(self)

    def end(self, *, is_lenient: bool = False) -> TimeoutFailure | None:
        """Stop counting, and return the failure if the time was over.

        Args:
            is_lenient: Whether there is none if nothing has been raised or cancelled.
        """
        while self.deadline < math.inf:
            try:
                self.dog.remove(self)
                self.deadline = math.inf
            except Interrupt:  # from another thread it may arrive as late as here
                continue
        self.budget = None
        overdue, self._overdue = self._overdue, None
        return None if overdue is None else overdue.end(is_lenient=is_lenient)

    @property
    def promise(self) -> float:
        """When something is going to be done about it; the past, if everything has been tried."""
        return self.deadline if self._overdue is None else self._overdue.promise

    @property
    def has_raised(self) -> bool:
        """Whether something was raised in place."""
        return self._overdue is not None and self._overdue.has_raised

    def tick(self, now: float, frame: FrameType | None) -> type[Interrupt] | None:
        """Do the next thing because the deadline is over; return what is to be raised in place.

        Args:
            now: The time.
            frame: Where the thread is.
        """
        if self._overdue is None:
            seconds, source, _mark = self.budget or UNLIMITED
            if debugger.is_active(frame):
                self.deadline = now + (seconds or 0)
                return None
            self._overdue = Overdue(self, f"{self._what()} timed out after {seconds:g} s ({source})", frame)
        elif debugger.is_active(frame):
            self._overdue.extend(now)
            return None
        return self._overdue.act(now, frame)


class Watchdog:
    """Watches over the limits of one thread."""

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        """The thread."""
        self.scale = 1.0
        """What graces are multiplied by."""
        self.lock: Any = threading.RLock()
        """Is held while a limit is looked at from another thread."""
        self._limits: list[Limit] = []
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
        self._limits.clear()

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
        return bool(self._held) and not self._limits

    def is_bound_by(self, mark: Mark) -> bool:
        """Tell whether what a decorator says is what bounds the code that runs now."""
        return any(limit.budget is not None and limit.budget.mark is mark for limit in self._limits)

    def hold(self, name: str, kind: type | None) -> None:
        """Keep the alarm from one limit to the next, until `release`.

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

    def add(self, limit: Limit) -> None:
        """Watch over a limit."""
        if self._alarm is None or not self._alarm.is_sound:
            if self._alarm is not None:
                self._alarm.stop()
            self._alarm = self._take_alarm()
            if isinstance(self._alarm, ThreadAlarm) and not isinstance(self._alarm, KnockAlarm):
                self.lock = self._alarm.lock
        with self.lock:
            self._limits.append(limit)
        self._alarm.set(limit.deadline)
        self._promise()

    def set(self, limit: Limit) -> None:
        """Look at a limit when its deadline is over."""
        if self._alarm is not None and (threading.get_ident() == self.ident or self._alarm.is_sound):
            self._alarm.set(limit.deadline)
        self._promise()

    def remove(self, limit: Limit) -> None:
        """Watch over a limit no more."""
        with self.lock:
            if limit in self._limits:
                self._limits.remove(limit)
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
        if self._alarm is not None and not self._held and not self._limits:
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
        for limit in self._limits:
            moment = min(moment, limit.promise)
        self._slot.expect(moment + LAST * self.scale)

    def ring_from_afar(self) -> None:
        """Do what the alarm should have done some time ago, if it was not heard; called by another thread."""
        if not self.lock.acquire(timeout=_MOMENT):
            return
        try:
            self._blame()
            late = time.monotonic() - _UNHEARD * max(self.scale, 1.0)
            if any(limit.deadline < late for limit in self._limits):
                error = self._ring(_stdlib.frames.current_frames().get(self.ident))
                if error is not None:
                    self._has_raised = True
                    _stdlib.interpreter.raise_in_thread(self.ident, error)
        finally:
            self.lock.release()

    def _blame(self) -> None:
        """Tell the sentinel if it is aiounit's own code that does not come back; what it can't tell is not known."""
        is_lost = any(limit.promise + (LAST - _LAST_WORD) * self.scale < time.monotonic() for limit in self._limits)
        frame = _stdlib.frames.current_frames().get(self.ident) if is_lost and not self._has_blamed else None
        if frame is not None and is_own(frame):
            self._has_blamed = True
            sentinel.note_defect(str(places.stack_of(frame)[-1]))

    def _ring(self, frame: FrameType | None) -> type[Interrupt] | None:
        """Look at the limits whose deadline is over, unless that is being done: an alarm may ring while it rings."""
        if not self._ringing.acquire(blocking=False):
            return None
        error = None
        try:
            self._headroom.take()
            now = time.monotonic()
            for limit in reversed(self._limits):
                if limit.deadline <= now and (error := limit.tick(now, frame)) is not None:
                    break  # only one exception can be raised at a time; the other limits are next
        finally:
            for limit in self._limits:
                self.set(limit)
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


def split(error: BaseException) -> tuple[TimeoutFailure | None, BaseException | None]:
    """Return the failure that an error stands for, and what else there is in it.

    Args:
        error: What the user's code has raised.
    """
    if isinstance(error, Interrupt):
        assert error.failure is not None
        context = error.__context__
        while isinstance(context, Interrupt):  # one that was swallowed
            context = context.__context__
        error.failure.__context__ = context
        tracebacks.take_over(error.failure, error)
        return error.failure, None
    if not isinstance(error, BaseExceptionGroup):
        return None, error
    interrupts, rest = error.split(Interrupt)
    first: BaseException | None = interrupts
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return (None, error) if first is None else (split(first)[0], rest)


class bounded:  # noqa: N801 (it is used like a function; a generator would leave frames of contextlib in tracebacks)
    """Bounds what runs in a block.

    The failure takes the place of the cancellation or the interrupt that comes of it; any other error of the block is
    its context.

    Args:
        limit: Counts.
        budget: How long it may take.
        what: What it is, in words.
    """

    def __init__(self, limit: Limit, budget: Budget, what: str) -> None:
        self._limit = limit
        self._budget = budget
        self._what = what

    def __enter__(self) -> None:
        self._limit.begin(self._budget, lambda: self._what)

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Stop counting.

        Raises:
            TimeoutFailure: It timed out.
        """
        failure = self._limit.end()
        if failure is None or failure is error:
            return
        if error is None:
            raise failure
        rest = None if isinstance(error, asyncio.CancelledError) else split(error)[1]
        tracebacks.take_over(failure, error)
        raise failure from rest


def call_in_time(what: str, function: Callable[..., Any], argument: object) -> Any:
    """Call what calls the user's code, such as a representation, and bound it as a tear-down if nothing else does."""
    dog = current()
    if not dog.is_idle:
        return function(argument)
    with bounded(Limit(None), dog.budget(Phase.TEAR_DOWN), what):
        return call(function, (argument,))


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
