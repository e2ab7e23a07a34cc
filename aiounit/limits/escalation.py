"""What is done, step by step, about something whose time is over.

It is looked at, then its task is cancelled; a grace period later it is cancelled again, and after another it is given
up. A loop that does not answer and synchronous code are interrupted in place; where that is swallowed, each line
raises.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import CodeType, FrameType
from typing import Any, Final, Protocol, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, time
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect import tracebacks
from aiounit.introspect.machinery import HELPERS, is_ours, module_of, package_of
from aiounit.introspect.places import Place
from aiounit.limits import snapshots
from aiounit.limits.alarms import Interrupt
from aiounit.limits.ejection import Ejection

__all__ = ["LAST", "PATIENCE", "Overdue", "Target", "Watched", "call", "entry", "is_own"]

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

# All in seconds, and scaled as budgets are. How long the loop may take to answer before it counts as blocked.
PATIENCE: Final = 0.1
# How long what is cancelled or interrupted may take to end.
GRACE: Final = 1.0
# How long until somebody else ends the process, if nothing can be done from inside.
LAST: Final = 5.0
# How long all that may take, whatever the code does with it.
MOST: Final = 12.0
# When to try again, if this moment can't be used: an exception inside asyncio's own code would wreck the loop.
RETRY: Final = 0.005
# After how many of these a frame that has not moved is taken for one that waits for C code, and any other for one that
# no user's code is called from, but that does not end either.
STAYS: Final = 20
MOVES: Final = 200
# How often code may swallow what is raised in it before each of its lines raises, and how often that is tried.
SWALLOWS: Final = 3
EJECTIONS: Final = 1_000

_NOTHING: Final[Mapping[str, Any]] = {}
_entries: Final[set[CodeType]] = set()


class Target(Protocol):
    """What is bounded, as seen from outside the loop."""

    @property
    def running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop that it can be reached through now; None if synchronous code runs."""
        ...

    @property
    def task(self) -> asyncio.Task[Any] | None:
        """The task that is bounded."""
        ...

    def interrupt(self, error: TimeoutFailure) -> None:
        """Cancel the task because of ``error``, or cancel it again; called on the loop."""

    def abandon(self, error: TimeoutFailure) -> None:
        """Stop waiting for the task; called on the loop."""


class Dog(Protocol):
    """What watches."""

    ident: int
    scale: float
    lock: AbstractContextManager[Any, Any]

    @property
    def can_eject(self) -> bool:
        """Whether the lines of the thread can be made to raise."""
        ...

    def set(self, limit: Any) -> None:
        """Look at a limit when its deadline is over."""


class Watched(Protocol):
    """The time that is over."""

    deadline: float
    target: Target | None

    @property
    def dog(self) -> Dog:
        """Who watches over it."""
        ...


class Overdue:
    """What is done about something whose time is over.

    Args:
        limit: The time.
        complaint: Says what timed out.
        frame: Where the thread is.
    """

    def __init__(self, limit: Watched, complaint: str, frame: FrameType | None) -> None:
        self._limit = limit
        self._target = limit.target
        self._complaint = complaint
        self._report = self._look(frame)
        self._failure: TimeoutFailure | None = None
        self._is_over = False
        self._is_asked = False
        self._rounds = 0
        self._raised = 0
        self._place: tuple[FrameType, int] | None = None
        self._stays = 0
        self._moves = 0
        self._lost_at = 0.0
        self._began = time.monotonic()
        self._ejection: Ejection | None = None
        self._hit: set[asyncio.Task[Any]] = set()

    def end(self, *, is_lenient: bool = False) -> TimeoutFailure | None:
        """Do no more, and return the failure.

        Args:
            is_lenient: Whether there is none if nothing has been raised or cancelled. The alarm itself disturbs code
                that waits in C, such as ``signal.pause()``: what ends by that has not ended by itself.
        """
        if self._failure is None and not is_lenient:
            self._fail(f" {self._report.place}", self._report.line)
        self._is_over = True
        self._place = None
        if self._ejection is not None:
            self._ejection.end()
        for task in self._hit:
            _stdlib.tasks.silence(task)
            if not task.done():
                # Of a loop that has ended: the coroutine may refuse to be closed.
                _stdlib.interpreter.keep_for_ever(task)
            elif not task.cancelled():
                task.exception()  # so that asyncio does not complain that nobody has looked at it
        return self._failure

    @property
    def promise(self) -> float:
        """When the next thing is done; when all had been tried, if it has."""
        most = SWALLOWS + (EJECTIONS if self._ejection is not None or self._limit.dog.can_eject else 0)
        planned = self._lost_at if self._raised > most else self._limit.deadline
        return min(planned, self._began + MOST * self._limit.dog.scale)  # whatever seems to be going on

    @property
    def has_raised(self) -> bool:
        """Whether something was raised in place."""
        return self._raised > 0

    def extend(self, now: float) -> None:
        """Wait: a debugger follows the thread."""
        self._began = now
        self._wait(now, GRACE)

    def act(self, now: float, frame: FrameType | None) -> type[Interrupt] | None:
        """Do the next thing; return what is to be raised in place."""
        self._wait(now, GRACE)
        loop = None if self._target is None else self._target.running_loop
        if loop is None or self._is_asked:
            return self._interrupt(now, frame)
        if self._failure is not None:
            place, details, _line = self._look(frame)
            when = f"{GRACE * self._limit.dog.scale:g} s after it was cancelled"
            self._failure.add_note(f"\n{when}, it was {place}\n\n{details}".rstrip())
        self._is_asked = True
        self._limit.deadline = now + PATIENCE * max(self._limit.dog.scale, 1.0)  # no scale makes a machine quicker
        with contextlib.suppress(RuntimeError):  # it was closed by what runs on it
            loop.call_soon_threadsafe(self._answer)
        return None

    def _wait(self, now: float, seconds: float) -> None:
        self._limit.deadline = now + seconds * self._limit.dog.scale

    def _look(self, frame: FrameType | None) -> snapshots.Report:
        loop = None if self._target is None else self._target.running_loop
        if self._target is None or loop is None:
            return snapshots.of_thread(frame, self._limit.dog.ident)
        return snapshots.of_loop(loop, self._target.task, frame, self._limit.dog.ident)

    def _fail(self, where: str, line: Place | None) -> TimeoutFailure:
        failure = self._failure = TimeoutFailure(f"{self._complaint}{where}\n\n{self._report.details}".rstrip())
        tracebacks.point_at(failure, line)
        return failure

    def _answer(self) -> None:
        """Cancel the task, or give it up: the loop has turned."""
        try:
            self._go_on()
        except Interrupt:  # of the alarm's thread, which had waited too long for this
            asyncio.get_running_loop().call_soon(self._answer)

    def _go_on(self) -> None:
        with self._limit.dog.lock:
            if self._is_over or self._target is None:
                return
            self._is_asked = False
            self._rounds += 1
            self._wait(time.monotonic(), GRACE)
            self._limit.dog.set(self._limit)
            failure = self._failure or self._fail(f" {self._report.place}", self._report.line)
            if self._rounds <= 2:
                self._target.interrupt(failure)
            else:
                self._target.abandon(failure)

    def _interrupt(self, now: float, frame: FrameType | None) -> type[Interrupt] | None:
        is_in_our_loop = self._target is not None and self._target.running_loop is not None
        if not _is_safe(frame, is_in_our_loop=is_in_our_loop) and not self._is_stuck_in(frame):
            self._limit.deadline = now + RETRY
            return None
        self._stays = self._moves = 0
        if self._failure is None and self._is_asked:
            report = snapshots.of_thread(frame, self._limit.dog.ident)
            self._fail(f": the event loop was blocked {report.place}", report.line)
        elif self._failure is None:
            self._fail(f" {self._report.place}", self._report.line)
        self._raised += 1
        self._note_tasks()
        kind = type("Interrupt", (Interrupt,), {"failure": self._failure})
        if self._raised <= SWALLOWS:
            self._lost_at = now
        elif self._limit.dog.can_eject:
            self._ejection = self._ejection or Ejection(kind)
            self._ejection.arm(snapshots.frames_of_user(frame))
            self._limit.deadline = now + RETRY
        return kind

    def _note_tasks(self) -> None:
        """Take note of the tasks that what is raised may end in a way that nobody looks at."""
        outer = None if self._target is None else self._target.running_loop
        inner = _stdlib.loops.running_loop()
        if outer is not None:
            self._hit.update(filter(None, [asyncio.current_task(outer)]))
        elif inner is not None:  # of asyncio.run() in synchronous code
            self._hit.update(asyncio.all_tasks(inner))

    def _is_stuck_in(self, frame: FrameType | None) -> bool:
        """Tell whether code of asyncio's or ours has not come to anything better for a while."""
        place = None if frame is None else (frame, frame.f_lasti)
        self._stays = self._stays + 1 if place == self._place else 0
        self._moves += 1
        self._place = place
        return self._stays >= STAYS or self._moves >= MOVES


def entry(function: F) -> F:
    """Mark a function of ours that calls the user's code, and no other: inside it an interrupt may be raised."""
    code: CodeType = getattr(function, "__code__")  # noqa: B009 (no type of a callable has it)
    _entries.add(code)
    return function


def is_entry(code: CodeType) -> bool:
    """Tell whether a function of ours is marked as one that only calls the user's code."""
    return code in _entries


@entry
def call(function: Callable[..., T], arguments: Sequence[Any] = (), keywords: Mapping[str, Any] = _NOTHING) -> T:
    """Call synchronous code of the user's, which may be no Python."""
    return function(*arguments, **keywords)


def _is_safe(frame: FrameType | None, *, is_in_our_loop: bool) -> bool:
    """Tell whether an exception that is raised in a frame hits the user's code, and wrecks neither asyncio nor us.

    What ends a callback is not enough to end a loop that synchronous code runs; what comes out of its waiting for input
    is. Our own loop must not end, and is told by a callback what to cancel.
    """
    if frame is None:
        return False
    if package_of(frame) == "asyncio" and not (is_in_our_loop and _stdlib.frames.is_callback_frame(frame)):
        return False
    each: FrameType | None = frame
    in_callback = not is_in_our_loop
    while each is not None and (not is_ours(each) or _is_the_users(each) or _stdlib.hooks.is_turn_frame(each)):
        in_callback = in_callback or _stdlib.frames.is_callback_frame(each)
        if (_stdlib.frames.is_turn_frame(each) or _stdlib.hooks.is_turn_frame(each)) and not in_callback:
            return False  # the loop waits for input, or is about to
        each = each.f_back
    return each is None or each.f_code in _entries  # no frame of ours, if greenlets run the user's code


def is_own(frame: FrameType) -> bool:
    """Tell whether a frame is of aiounit's own code, and neither calls the user's nor does what that could."""
    return is_ours(frame) and not _is_the_users(frame) and frame.f_code not in _entries


def _is_the_users(frame: FrameType) -> bool:
    """Tell whether a frame of ours does what the user could have written: an assertion, a mock."""
    return module_of(frame).startswith(HELPERS)
