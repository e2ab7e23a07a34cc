"""Give code a deadline, again and again, and get the failure if it has passed."""

from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from aiounit._real import asyncio, math, time
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect import tracebacks
from aiounit.limits import debugger, user_code, watchdog
from aiounit.limits.alarms import Interrupt
from aiounit.limits.budgets import Budget, Phase
from aiounit.limits.expired import Expired, Target

__all__ = ["UNLIMITED", "Deadline", "bounded", "call_in_time", "split"]

UNLIMITED: Final = Budget(None, "")
"""For what is bounded by what it calls."""


class Deadline:
    """The time until which something has to end, again and again.

    Args:
        target: The code that has it; None is synchronous code.
    """

    def __init__(self, target: Target | None) -> None:
        self._target = target
        self.due = math.inf
        """When it is to be looked at next."""
        self.budget: Budget | None = None
        """How long the code may take, while that counts."""
        self._dog = watchdog.current()
        self._expired: Expired | None = None

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
            self.due = time.monotonic() + budget.seconds + patience
            self._dog.add(self)

    def end(self, *, is_lenient: bool = False) -> TimeoutFailure | None:
        """Stop counting, and return the failure if the deadline has passed; the target was given it before.

        Args:
            is_lenient: Whether there is none if nothing has been raised or cancelled.
        """
        while self.due < math.inf:
            try:
                self._dog.remove(self)
                self.due = math.inf
            except Interrupt:  # from another thread it may arrive as late as here
                continue
        self.budget = None
        expired, self._expired = self._expired, None
        return None if expired is None else expired.end(is_lenient=is_lenient)

    @property
    def promise(self) -> float:
        """When something is going to be done about it; the past, if everything has been tried."""
        return self.due if self._expired is None else self._expired.promise

    @property
    def has_raised(self) -> bool:
        """Whether an interrupt was raised in place."""
        return self._expired is not None and self._expired.escalation.raised > 0

    def ring(self, now: float, frame: FrameType | None) -> type[Interrupt] | None:
        """Do the next thing because the deadline has passed; return the exception to be raised in place.

        Args:
            now: The time.
            frame: Where the thread is.
        """
        expired = self._expired
        if debugger.is_active(frame):
            if expired is None:
                self.due = now + ((self.budget and self.budget.seconds) or 0.0)
            else:
                expired.escalation.extend(now)
                self.due = expired.escalation.due
            return None
        if expired is None:
            seconds, source, _mark = self.budget or UNLIMITED
            complaint = f"{self._what()} timed out after {seconds:g} s ({source})"
            expired = self._expired = Expired(self._target, self._dog, complaint, frame, self._rearm)
        kind = expired.ring(now, frame)
        self.due = expired.escalation.due
        return kind

    def _rearm(self) -> None:
        if self._expired is not None:
            self.due = self._expired.escalation.due
            self._dog.rearm(self)


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
        deadline: Counts.
        budget: How long it may take.
        what: What it is, in words.
    """

    def __init__(self, deadline: Deadline, budget: Budget, what: str) -> None:
        self._deadline = deadline
        self._budget = budget
        self._what = what

    def __enter__(self) -> None:
        self._deadline.begin(self._budget, lambda: self._what)

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Stop counting.

        Raises:
            TimeoutFailure: It timed out.
        """
        failure = self._deadline.end()
        if failure is None or failure is error:
            return
        if error is None:
            raise failure
        rest = None if isinstance(error, asyncio.CancelledError) else split(error)[1]
        tracebacks.take_over(failure, error)
        raise failure from rest


def call_in_time(what: str, function: Callable[..., Any], argument: object) -> Any:
    """Call what calls the user's code, such as a representation, and bound it as a tear-down if nothing else does."""
    dog = watchdog.current()
    if not dog.is_idle:
        return function(argument)
    with bounded(Deadline(None), dog.budget(Phase.TEAR_DOWN), what):
        return user_code.call(function, (argument,))
