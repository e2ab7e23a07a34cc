"""Give code a deadline, and return the failure if it has passed."""

from collections.abc import Callable
from types import FrameType
from typing import Final, TypeVar

from aiounit._real import asyncio, math, time
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect import tracebacks
from aiounit.limits import debugger, user_code, watchdog
from aiounit.limits.alarms import Interrupt
from aiounit.limits.budgets import Budget, Phase
from aiounit.limits.expired import Expired, Target
from aiounit.limits.watchdog import Watchdog

__all__ = ["UNLIMITED", "Deadline", "bounded", "call_in_time", "split"]

A = TypeVar("A")
T = TypeVar("T")

UNLIMITED: Final = Budget(None, "")
"""The budget of code that only calls code with deadlines of its own."""


class Deadline:
    """The time by which code has to end. It can begin and end again and again, as for the steps of a test.

    Args:
        target: The code; None for synchronous code.
        dog: The watchdog of this thread, if the caller has it.
    """

    __slots__ = ("_describe", "_dog", "_expired", "_target", "budget", "due")

    def __init__(self, target: Target | None, dog: Watchdog | None = None) -> None:
        self._target = target
        self.due = math.inf
        """When to ring next."""
        self.budget: Budget | None = None
        """The time limit of the code, while it counts."""
        self._dog = watchdog.current() if dog is None else dog
        self._describe: Callable[[], str] | None = None
        self._expired: Expired | None = None

    def begin(self, budget: Budget, describe: Callable[[], str], *, patience: float = 0.0) -> None:
        """Begin to count.

        Args:
            budget: The time limit.
            describe: Returns the name of the bounded code, for the failure.
            patience: How much longer to wait, in seconds, because a timer of the loop has the same limit.
        """
        self.budget = budget
        self._describe = describe
        if budget.seconds is not None:
            self.due = time.monotonic() + budget.seconds + patience
            self._dog.add(self)

    def end(self, *, is_lenient: bool = False) -> TimeoutFailure | None:
        """Stop counting, and return the failure if the deadline has passed. The target has been given it before.

        Args:
            is_lenient: Whether to return None if nothing was raised or cancelled.
        """
        while self.due < math.inf:
            try:
                self._dog.remove(self)
                self.due = math.inf
            except Interrupt:  # raised by another thread, it may arrive as late as here
                continue
        self.budget = self._describe = None  # it may be a method of an object that holds this one
        expired = self._expired
        if expired is None:
            return None
        self._expired = None
        return expired.end(is_lenient=is_lenient)

    @property
    def promise(self) -> float:
        """When the next action is due; the time of the last action if everything has been tried."""
        return self.due if self._expired is None else self._expired.promise

    @property
    def has_raised(self) -> bool:
        """Whether an interrupt was raised in the code."""
        return self._expired is not None and self._expired.escalation.raised > 0

    def ring(self, now: float, frame: FrameType | None) -> type[Interrupt] | None:
        """Take the next action because the deadline has passed; return the exception to raise in the frame.

        Args:
            now: The time.
            frame: The innermost frame of the thread.
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
            assert self._describe is not None
            complaint = f"{self._describe()} timed out after {seconds:g} s ({source})"
            expired = self._expired = Expired(self._target, self._dog, complaint, frame, self._rearm)
        kind = expired.ring(now, frame)
        self.due = expired.escalation.due
        return kind

    def _rearm(self) -> None:
        if self._expired is not None:
            self.due = self._expired.escalation.due
            self._dog.rearm(self)


def split(error: BaseException) -> tuple[TimeoutFailure | None, BaseException | None]:
    """Split an error into the failure of the interrupt in it, and the rest of a group.

    Args:
        error: The error that the user's code has raised.

    Returns:
        The failure, or None if there is no interrupt; and the error without its interrupts, or None if nothing is left.
    """
    if isinstance(error, Interrupt):
        assert error.failure is not None
        context = error.__context__
        while isinstance(context, Interrupt):  # one that the code has suppressed
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
    """Bounds the code of a block.

    The failure replaces the cancellation or interrupt that it has caused; any other error of the block is its cause.

    Args:
        deadline: The deadline.
        budget: The time limit.
        name: The name of the block, for the failure.
    """

    def __init__(self, deadline: Deadline, budget: Budget, name: str) -> None:
        self._deadline = deadline
        self._budget = budget
        self._name = name

    def __enter__(self) -> None:
        self._deadline.begin(self._budget, lambda: self._name)

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Stop counting.

        Raises:
            TimeoutFailure: The block timed out.
        """
        failure = self._deadline.end()
        if failure is None or failure is error:
            return
        if error is None:
            raise failure
        rest = None if isinstance(error, asyncio.CancelledError) else split(error)[1]
        tracebacks.take_over(failure, error)
        raise failure from rest


def call_in_time(name: str, function: Callable[[A], T], argument: A) -> T:
    """Call a function that calls user code, such as a ``__repr__``, within the teardown timeout.

    A deadline that is already counting applies instead.

    Args:
        name: The name of the call, for the failure.
        function: The function.
        argument: Its argument.

    Raises:
        TimeoutFailure: The call timed out.
    """
    dog = watchdog.current()
    if not dog.is_idle:
        return function(argument)
    with bounded(Deadline(None), dog.budget(Phase.TEAR_DOWN), name):
        return user_code.call(function, (argument,))
