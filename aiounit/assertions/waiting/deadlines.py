"""Wait for a limited time: until a deadline of the loop's clock, a task's end, or a loop with nothing left to call."""

from collections.abc import Awaitable
from types import TracebackType
from typing import Final, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit._stdlib.cancel import cancel
from aiounit.assertions.messages import AnyFuture, end_of, in_seconds, where
from aiounit.introspect.representation import brief

__all__ = ["GRACE", "LateError", "end", "end_as_cancelled", "reach", "run_until", "settle", "sleep_until"]

T = TypeVar("T")

# How long a cancelled task has to end, in seconds of the loop's clock.
GRACE: Final = 1

# An awaitable that completes exactly at the deadline is in time. Its own timer may fire after ours, and then it takes
# some iterations of the loop until the wait ends: one for each future or task in between.
_ITERATIONS_AT_DEADLINE: Final = 8

# A loop that still has callbacks ready after so many iterations will never run out of them.
_MOST_ITERATIONS: Final = 100


class LateError(Exception):
    """An awaitable missed its deadline. The text says where it waited. This error never leaves the assertions.

    Args:
        where: Where the awaitable was suspended, to follow "waiting".
        ending: How it reacted to its cancellation, as the rest of a sentence; empty if it ended as cancelled.
        error: The exception that it raised instead.
    """

    def __init__(self, where: str, ending: str = "", error: BaseException | None = None) -> None:
        super().__init__(f"still waiting{where}" + (f"\nWhen it was cancelled, it {ending}" if ending else ""))
        self.error = error


class _Deadline:
    """Cancels the task at a time of the loop's clock if its ``await`` is not over, and repeats that until it is.

    Attributes:
        where: Where the task was suspended when it was cancelled, to follow "waiting".
        has_cancelled: Whether the task was cancelled.
    """

    def __init__(self, task: asyncio.Task[object], when: float, awaitable: object) -> None:
        self.where = ""
        self.has_cancelled = False
        self._when = when
        self._awaitable = awaitable
        self._task = task
        self._loop = task.get_loop()
        self._before = task.cancelling()
        self._cancellations = 0

    def __enter__(self) -> None:
        self._handle: asyncio.Handle = self._loop.call_at(self._when, self._approach, _ITERATIONS_AT_DEADLINE)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._handle.cancel()
        for _ in range(self._cancellations):
            self._task.uncancel()  # other callers of cancel() take back their own
        # If other code has cancelled the task as well, the cancellation belongs to it and must not be swallowed.
        return (
            isinstance(error, asyncio.CancelledError) and self.has_cancelled and self._task.cancelling() <= self._before
        )

    def _approach(self, iterations: int) -> None:
        if iterations:
            self._handle = self._loop.call_soon(self._approach, iterations - 1)
            return
        # Look in the same callback that cancels: the task can't move in between, whatever the order of timers.
        self.where = where(self._awaitable)
        self.has_cancelled = True
        self._insist()

    def _insist(self) -> None:
        # A clean-up that waits for ever needs another cancellation.
        self._cancellations += 1
        self._task.cancel()
        self._handle = self._loop.call_later(GRACE, self._insist)


async def run_until(when: float, awaitable: Awaitable[T]) -> T:
    """Await something in the current task, and cancel it at a deadline.

    Args:
        when: The deadline, as a time of the loop's clock, in seconds.
        awaitable: The awaitable.

    Returns:
        The result of the awaitable.

    Raises:
        LateError: The deadline passed, and the awaitable was cancelled, however it reacted to that.
    """
    task = asyncio.current_task()
    assert task is not None
    deadline = _Deadline(task, when, awaitable)
    ending = ""
    try:
        with deadline:
            value = await awaitable
            if not deadline.has_cancelled:
                return value
            ending = f"returned {brief(value)}"
    except Exception as error:
        if not deadline.has_cancelled:
            raise
        raise LateError(deadline.where, f"raised {brief(error)}", error) from error
    raise LateError(deadline.where, ending) from None


async def reach(when: float) -> None:
    """Sleep until a deadline, and let every callback that is due at the same time run, whatever the order of timers.

    Args:
        when: The deadline, as a time of the loop's clock, in seconds.
    """
    await sleep_until(when)
    for _ in range(_ITERATIONS_AT_DEADLINE):
        await asyncio.sleep(0)


async def sleep_until(when: float) -> None:
    """Sleep until an exact time of the loop's clock; ``asyncio.sleep`` would round when it adds and subtracts.

    Args:
        when: The time, in seconds.
    """
    loop = asyncio.get_running_loop()
    reached = asyncio.Event()
    timer = loop.call_at(when, _set, reached)  # our own callback, so it is not taken for a timer of the test
    try:
        await reached.wait()
    finally:
        timer.cancel()


async def end(task: AnyFuture) -> str | None:
    """Cancel a task and wait a limited time for its end, even if the caller is cancelled meanwhile.

    Args:
        task: The task. If it has not ended within `GRACE`, it is cancelled once more, and abandoned if that fails too.

    Returns:
        None if the task ended within `GRACE`, else a sentence that says where it was suspended then.
    """
    await _cancel(task)
    if task.done():
        return None
    complaint = f"{in_seconds(GRACE)} later, it was still waiting{where(task)}"
    await _cancel(task)
    return complaint


async def end_as_cancelled(task: AnyFuture) -> str | None:
    """Cancel a task as `end` does. Return None if it ended as cancelled, else a sentence that says how it behaved."""
    complaint = await end(task)
    return f"it {end_of(task)}" if complaint is None and not task.cancelled() else complaint


async def _cancel(task: AnyFuture) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GRACE
    cancellation: asyncio.CancelledError | None = None
    cancel(task)
    while not task.done() and (left := deadline - loop.time()) > 0:
        try:
            await asyncio.wait([task], timeout=left)
        except asyncio.CancelledError as error:
            cancellation = error
    if cancellation is not None:
        raise cancellation


async def settle() -> None:
    """Let the loop iterate until it has no callback left that is ready."""
    loop = asyncio.get_running_loop()
    for _ in range(_MOST_ITERATIONS):
        await asyncio.sleep(0)
        if not _stdlib.loops.has_ready(loop):
            return


def _set(event: asyncio.Event) -> None:
    event.set()
