"""Assertions about tasks, and about how a block of code affects the loop: whether it suspends, whether it blocks."""

from collections.abc import Awaitable
from contextlib import AbstractContextManager
from types import CodeType, TracebackType
from typing import TYPE_CHECKING
from unittest import TestCase

from aiounit import _stdlib
from aiounit._later import Later
from aiounit._real import asyncio
from aiounit.arguments import check_awaitable, check_future, check_interval, check_task
from aiounit.assertions.obligations import Assertion, must_await, must_enter

if TYPE_CHECKING:
    from aiounit.assertions import messages
    from aiounit.assertions.messages import AnyFuture
    from aiounit.assertions.waiting import deadlines
    from aiounit.introspect import places, sites
    from aiounit.loops import timed
    from aiounit.loops.timed import LoopWatch
else:
    messages = Later("aiounit.assertions.messages", globals())
    deadlines = Later("aiounit.assertions.waiting.deadlines", globals())
    places = Later("aiounit.introspect.places", globals())
    sites = Later("aiounit.introspect.sites", globals())
    timed = Later("aiounit.loops.timed", globals())

__all__ = ["TaskAssertions"]

__unittest = True  # results leave out the frames of this module


class TaskAssertions(TestCase):
    """Assertions about tasks, and about the effect of a block of code on the loop."""

    def assertPending(self, task: "AnyFuture", msg: object = None) -> None:
        """Assert that a task or a future is pending: it has not returned, raised or been cancelled.

        Args:
            task: The task or the future.
            msg: Added to the failure message.

        Raises:
            TypeError: ``task`` is neither a task nor a future.
        """
        check_future("assertPending", task)
        if task.done():
            what = f"{messages.name_of(task)} is not pending: it {messages.end_of(task)}"
            raise _stdlib.cases.failure(self, msg, what) from messages.error_of(task)

    def assertDone(self, task: "AnyFuture", msg: object = None) -> None:
        """Assert that a task or a future is done: it has returned, raised or been cancelled.

        Args:
            task: The task or the future.
            msg: Added to the failure message.

        Raises:
            TypeError: ``task`` is neither a task nor a future.
        """
        check_future("assertDone", task)
        if not task.done():
            raise _stdlib.cases.failure(self, msg, f"{messages.name_of(task)} is not done: it is {_state_of(task)}")

    def assertCancelled(self, task: "AnyFuture", msg: object = None) -> None:
        """Assert that a task or a future was cancelled, and ended because of that.

        Args:
            task: The task or the future.
            msg: Added to the failure message.

        Raises:
            TypeError: ``task`` is neither a task nor a future.
        """
        check_future("assertCancelled", task)
        if not task.cancelled():
            state = f"it {messages.end_of(task)}" if task.done() else f"it is {_state_of(task)}"
            raise _stdlib.cases.failure(
                self, msg, f"{messages.name_of(task)} is not cancelled: {state}"
            ) from messages.error_of(task)

    @must_await
    def assertCancellable(self, awaitable: Awaitable[object], *, msg: object = None) -> Assertion[None]:
        """Assert that an awaitable ends as cancelled if it is cancelled where it waits.

        A coroutine runs in a task of its own until it waits for an event from outside. There it is cancelled, and it
        must end within one second of the loop's clock.

        Args:
            awaitable: A coroutine, a task, a future or another awaitable.
            msg: Added to the failure message.

        Raises:
            TypeError: ``awaitable`` is not awaitable.

        Example:
            ``await self.assertCancellable(worker.run())``
        """
        check_awaitable(awaitable)
        return _cancel(self, awaitable, msg)

    def assertSuspends(self, msg: object = None) -> AbstractContextManager[None]:
        """Assert that a block of code lets other tasks run, because it awaits something that is not ready yet.

        Args:
            msg: Added to the failure message.

        Returns:
            The context manager for the block.

        Raises:
            RuntimeError: The block does not run in a task.

        Example:
            A worker that must not starve other tasks::

                with self.assertSuspends():
                    await worker.handle_next()
        """
        return _Suspension(self, msg, is_expected=True)

    def assertDoesNotSuspend(self, msg: object = None) -> AbstractContextManager[None]:
        """Assert that a block of code lets no other task run, because everything it awaits is ready.

        Args:
            msg: Added to the failure message.

        Returns:
            The context manager for the block.

        Raises:
            RuntimeError: The block does not run in a task.

        Example:
            A value from a cache::

                with self.assertDoesNotSuspend():
                    await client.price("tea")
        """
        return _Suspension(self, msg, is_expected=False)

    def assertNotBlocked(self, limit: float = 0.1, msg: object = None) -> "AbstractContextManager[LoopWatch]":
        """Assert that no task or callback blocks the loop for long while a block of code runs.

        A thread samples the loop, so it can miss a blocked time that exceeds ``limit`` by less than a tenth. Time that
        the loop's thread spends waiting for a processor does not count, if the platform tells, nor do garbage
        collections, imports, and aiounit's own work.

        Args:
            limit: How long the loop may be blocked, in seconds of real time.
            msg: Added to the failure message.

        Returns:
            The context manager for the block.

        Raises:
            TypeError: ``limit`` is not a number.
            ValueError: ``limit`` is negative, not finite or 0.
            RuntimeError: No loop is running.

        Example:
            A handler that must not parse a file in the loop's thread::

                with self.assertNotBlocked(limit=0.05):
                    await upload(large_file)
        """
        check_interval("limit", limit)
        return _Unblocked(self, msg, limit)


async def _cancel(case: TestCase, awaitable: Awaitable[object], msg: object) -> None:
    name = messages.name_of(awaitable)
    task = asyncio.ensure_future(awaitable)
    try:
        await deadlines.settle()
    except asyncio.CancelledError:
        await deadlines.end(task)
        raise
    if task.done():
        what = f"{name} can't be cancelled: it {messages.end_of(task)} before that"
        raise _stdlib.cases.failure(case, msg, what) from messages.error_of(task)
    place = f"still waiting{messages.where(task)}"
    complaint = await deadlines.end_as_cancelled(task)
    if complaint is not None:
        what = f"{name} was cancelled while it was {place}\nand did not end as cancelled: {complaint}"
        raise _stdlib.cases.failure(case, msg, what) from messages.error_of(task)


class _Suspension:
    """The context manager of `assertSuspends` and `assertDoesNotSuspend`.

    The loop runs scheduled callbacks in order. So a callback that is scheduled at the start of the block has run by its
    end if, and only if, the block was suspended.
    """

    def __init__(self, case: TestCase, msg: object, *, is_expected: bool) -> None:
        self._case = case
        self._msg = msg
        self._is_expected = is_expected
        self._place: str | None = None
        self._name = "assertSuspends" if is_expected else "assertDoesNotSuspend"
        self._obligation = must_enter(case, self._name)

    def __enter__(self) -> None:
        self._obligation.is_met = True
        task = check_task(self._name)
        self._handle = task.get_loop().call_soon(self._note, task, _stdlib.frames.frame(1).f_code)

    def _note(self, task: "AnyFuture", code: CodeType) -> None:
        self._place = messages.where(task, code)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._handle.cancel()
        if error is not None or (self._place is not None) == self._is_expected:
            return
        what = (
            "the block did not suspend, so no other task could run meanwhile"
            if self._is_expected
            else f"the block suspended, waiting{self._place}"
        )
        raise _stdlib.cases.failure(self._case, self._msg, what)


class _Unblocked:
    """The context manager of `assertNotBlocked`."""

    def __init__(self, case: TestCase, msg: object, limit: float) -> None:
        self._case = case
        self._msg = msg
        self._limit = limit
        self._obligation = must_enter(case, "assertNotBlocked")

    def __enter__(self) -> "LoopWatch":
        self._obligation.is_met = True
        check_task("assertNotBlocked")
        self._watch = timed.watch_loop(self._limit)
        return self._watch

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._watch.stop()
        block = self._watch.longest
        if error is not None or block is None:
            return
        place = places.inner_place(sites.places(block.site))
        line = "" if place is None else f"\n  {place}"
        seconds, limit = messages.in_seconds(block.seconds), messages.in_seconds(self._limit)
        what = f"the loop was blocked for {seconds}, more than {limit}{line}"
        raise _stdlib.cases.failure(self._case, self._msg, what)


def _state_of(task: "AnyFuture") -> str:
    asked = task.cancelling() if isinstance(task, asyncio.Task) else 0
    return f"still waiting{messages.where(task)}" + (
        "\ncancel() was called, and it has not ended since" if asked else ""
    )
