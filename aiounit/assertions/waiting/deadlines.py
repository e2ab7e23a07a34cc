"""Waiting that ends: at a time of the loop's clock, when a task has ended, or when the loop has nothing left to do."""

from collections.abc import Awaitable
from types import TracebackType
from typing import Any, Final, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit._stdlib.cancel import cancel
from aiounit.assertions.words import end_of, in_seconds, where
from aiounit.introspect.representation import brief

__all__ = ["GRACE", "LateError", "end", "end_as_cancelled", "reach", "run_until", "settle", "sleep_until"]

T = TypeVar("T")

# How long something that was cancelled has to end, in seconds of the loop's clock.
GRACE: Final = 1

# What ends at the very deadline is in time. Its own timer may be called after ours, and from there to the end of a wait
# it takes some turns of the loop: one for each future or task in between.
_TURNS_AT_DEADLINE: Final = 8

# A test's world that has not come to rest after so many turns of the loop never will.
_MOST_TURNS: Final = 100


class LateError(Exception):
    """What was to end by a certain time did not: its text says where it waited. It never leaves the assertions.

    Args:
        where: Where it was suspended, as a message goes on.
        ending: How it took its cancellation, as the rest of a sentence; empty if it was just cancelled.
        error: What it has raised instead.
    """

    def __init__(self, where: str, ending: str = "", error: BaseException | None = None) -> None:
        super().__init__(f"still waiting{where}" + (f"\nWhen it was cancelled, it {ending}" if ending else ""))
        self.error = error


class _Cut:
    """Around an ``await``: cancels it at a time of the loop's clock, and insists.

    Attributes:
        where: Where the task was suspended when it was cancelled, as a message goes on.
        is_made: Whether the task was cancelled.
    """

    def __init__(self, task: asyncio.Task[Any], when: float, awaitable: object) -> None:
        self.where = ""
        self.is_made = False
        self._when = when
        self._awaitable = awaitable
        self._task = task
        self._loop = task.get_loop()
        self._before = task.cancelling()
        self._cancellations = 0

    def __enter__(self) -> None:
        self._handle: asyncio.Handle = self._loop.call_at(self._when, self._approach, _TURNS_AT_DEADLINE)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._handle.cancel()
        for _ in range(self._cancellations):
            self._task.uncancel()  # and others take back their own
        # A cancellation that somebody else has asked for as well is not taken for ours.
        return isinstance(error, asyncio.CancelledError) and self.is_made and self._task.cancelling() <= self._before

    def _approach(self, turns: int) -> None:
        if turns:
            self._handle = self._loop.call_soon(self._approach, turns - 1)
            return
        # In the callback that cancels it, so that it can't go on in between, in whatever order timers are called.
        self.where = where(self._awaitable)
        self.is_made = True
        self._insist()

    def _insist(self) -> None:
        # One cancellation does not end a clean-up that waits for ever.
        self._cancellations += 1
        self._task.cancel()
        self._handle = self._loop.call_later(GRACE, self._insist)


async def run_until(when: float, awaitable: Awaitable[T]) -> T:
    """Await something in this task, and cancel it at a time of the loop's clock.

    Args:
        when: The time.
        awaitable: What to await.

    Returns:
        What it returns.

    Raises:
        LateError: It was cancelled, whatever it made of that.
    """
    task = asyncio.current_task()
    assert task is not None
    cut = _Cut(task, when, awaitable)
    ending = ""
    try:
        with cut:
            value = await awaitable
            if not cut.is_made:
                return value
            ending = f"returned {brief(value)}"
    except Exception as error:
        if not cut.is_made:
            raise
        raise LateError(cut.where, f"raised {brief(error)}", error) from error
    raise LateError(cut.where, ending) from None


async def reach(when: float) -> None:
    """Sleep until a deadline, and let all that is due at the same time happen, in whatever order timers are called.

    Args:
        when: The time.
    """
    await sleep_until(when)
    for _ in range(_TURNS_AT_DEADLINE):
        await asyncio.sleep(0)


async def sleep_until(when: float) -> None:
    """Sleep until a time of the loop's clock: to the point, where ``asyncio.sleep`` would add and subtract.

    Args:
        when: The time.
    """
    loop = asyncio.get_running_loop()
    reached = asyncio.Event()
    timer = loop.call_at(when, _set, reached)  # ours, and not a timer of the test
    try:
        await reached.wait()
    finally:
        timer.cancel()


async def end(task: asyncio.Future[Any]) -> str | None:
    """Cancel a task and wait until it has ended, for a limited time, even if the caller is cancelled meanwhile.

    Args:
        task: The task. One that has not ended when the time is over is cancelled once more, and left then.

    Returns:
        None if it has ended, else a sentence that says where it was when the time was over.
    """
    await _cancel(task)
    if task.done():
        return None
    complaint = f"{in_seconds(GRACE)} later, it was still waiting{where(task)}"
    await _cancel(task)
    return complaint


async def end_as_cancelled(task: asyncio.Future[Any]) -> str | None:
    """Cancel a task, as `end` does, and say what it has done instead of ending as cancelled; None if it has done so."""
    complaint = await end(task)
    return f"it {end_of(task)}" if complaint is None and not task.cancelled() else complaint


async def _cancel(task: asyncio.Future[Any]) -> None:
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
    """Let the loop turn until it has nothing left to call at once."""
    loop = asyncio.get_running_loop()
    for _ in range(_MOST_TURNS):
        await asyncio.sleep(0)
        if not _stdlib.loops.has_ready(loop):
            return


def _set(event: asyncio.Event) -> None:
    event.set()
