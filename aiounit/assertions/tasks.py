"""Assertions about tasks, and about what a block of code does to the loop: whether it suspends, whether it blocks."""

from collections.abc import Awaitable, Coroutine
from contextlib import AbstractContextManager
from types import CodeType, TracebackType
from typing import Any
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.arguments import check_awaitable, check_future, check_interval, check_task
from aiounit.assertions.blocking import LoopWatch
from aiounit.assertions.obligations import must_await, must_enter
from aiounit.assertions.waiting.deadlines import end, end_as_cancelled, settle
from aiounit.assertions.words import end_of, error_of, in_seconds, name_of, where

__all__ = ["TaskAssertions"]

__unittest = True  # results leave out the frames of this module

AnyFuture = asyncio.Future[Any]


class TaskAssertions(TestCase):
    """Assertions about tasks, and about what a block of code does to the loop."""

    def assertPending(self, task: AnyFuture, msg: object = None) -> None:
        """Assert that a task or a future has not ended.

        Args:
            task: The task or the future.
            msg: What to say if it fails.

        Raises:
            TypeError: ``task`` is neither.
        """
        check_future("assertPending", task)
        if task.done():
            raise _stdlib.cases.failure(self, msg, f"{name_of(task)} is not pending: it {end_of(task)}") from error_of(
                task
            )

    def assertDone(self, task: AnyFuture, msg: object = None) -> None:
        """Assert that a task or a future has ended: it has returned, has raised or was cancelled, as its ``done()``.

        Args:
            task: The task or the future.
            msg: What to say if it fails.

        Raises:
            TypeError: ``task`` is neither.
        """
        check_future("assertDone", task)
        if not task.done():
            raise _stdlib.cases.failure(self, msg, f"{name_of(task)} is not done: it is {_state_of(task)}")

    def assertCancelled(self, task: AnyFuture, msg: object = None) -> None:
        """Assert that a task or a future has ended by a cancellation.

        Args:
            task: The task or the future.
            msg: What to say if it fails.

        Raises:
            TypeError: ``task`` is neither.
        """
        check_future("assertCancelled", task)
        if not task.cancelled():
            state = f"it {end_of(task)}" if task.done() else f"it is {_state_of(task)}"
            raise _stdlib.cases.failure(self, msg, f"{name_of(task)} is not cancelled: {state}") from error_of(task)

    @must_await
    def assertCancellable(self, awaitable: Awaitable[object], *, msg: object = None) -> Coroutine[Any, Any, None]:
        """Assert that something ends as cancelled when it is cancelled where it waits.

        A coroutine is started in a task of its own, and goes on until it waits for something that does not happen by
        itself. It is cancelled there, and has a second of the loop's clock to end.

        Args:
            awaitable: A coroutine, a task, a future or another awaitable.
            msg: What to say if it fails.

        Raises:
            TypeError: ``awaitable`` can't be awaited.

        Example:
            ``await self.assertCancellable(worker.run())``
        """
        check_awaitable(awaitable)
        return _cancel(self, awaitable, msg)

    def assertSuspends(self, msg: object = None) -> AbstractContextManager[None]:
        """Assert that a block of code lets other tasks run: it awaits something that is not there yet.

        Args:
            msg: What to say if it fails.

        Returns:
            The context manager around the block.

        Raises:
            RuntimeError: It is not entered in a task.

        Example:
            A loop that would starve all others::

                with self.assertSuspends():
                    await worker.handle_next()
        """
        return _Suspension(self, msg, is_expected=True)

    def assertDoesNotSuspend(self, msg: object = None) -> AbstractContextManager[None]:
        """Assert that a block of code lets no other task run: what it awaits, if anything, is there.

        Args:
            msg: What to say if it fails.

        Returns:
            The context manager around the block.

        Raises:
            RuntimeError: It is not entered in a task.

        Example:
            A value that is taken from a cache::

                with self.assertDoesNotSuspend():
                    await client.price("tea")
        """
        return _Suspension(self, msg, is_expected=False)

    def assertNotBlocked(self, limit: float = 0.1, msg: object = None) -> AbstractContextManager[LoopWatch]:
        """Assert that the loop is not blocked for long while a block of code runs, by any task or callback.

        A thread looks at the loop ten times in ``limit``, so a block that exceeds it by less than a tenth may be
        overlooked. Time in which the loop's thread waits for a processor does not count, as far as that is known.

        Args:
            limit: How long the loop may be blocked at most, in seconds of real time.
            msg: What to say if it fails.

        Returns:
            The context manager around the block.

        Raises:
            TypeError: ``limit`` is no number.
            ValueError: ``limit`` is negative, not finite or 0.
            RuntimeError: It is not entered while a loop runs.

        Example:
            A handler that must not parse in the thread of the loop::

                with self.assertNotBlocked(limit=0.05):
                    await upload(large_file)
        """
        check_interval("limit", limit)
        return _Unblocked(self, msg, limit)


async def _cancel(case: TestCase, awaitable: Awaitable[object], msg: object) -> None:
    name = name_of(awaitable)
    task = asyncio.ensure_future(awaitable)
    try:
        await settle()
    except asyncio.CancelledError:
        await end(task)
        raise
    if task.done():
        what = f"{name} can't be cancelled: it {end_of(task)} before that"
        raise _stdlib.cases.failure(case, msg, what) from error_of(task)
    place = f"still waiting{where(task)}"
    complaint = await end_as_cancelled(task)
    if complaint is not None:
        what = f"{name} was cancelled while it was {place}\nand did not end as cancelled: {complaint}"
        raise _stdlib.cases.failure(case, msg, what) from error_of(task)


class _Suspension:
    """The context manager of `assertSuspends` and `assertDoesNotSuspend`.

    The loop calls what was scheduled in turn. So a callback that is scheduled at the beginning of the block has been
    called at its end if the block was suspended, and else it has not.
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

    def _note(self, task: asyncio.Task[Any], code: CodeType) -> None:
        self._place = where(task, code)

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

    def __enter__(self) -> LoopWatch:
        self._obligation.is_met = True
        check_task("assertNotBlocked")
        self._watch = LoopWatch(self._limit)
        self._watch.start()
        return self._watch

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._watch.stop()
        block = self._watch.longest
        if error is not None or block is None:
            return
        place = "" if block.place is None else f"\n  {block.place}"
        what = f"the loop was blocked for {in_seconds(block.length)}, more than {in_seconds(self._limit)}{place}"
        raise _stdlib.cases.failure(self._case, self._msg, what)


def _state_of(task: AnyFuture) -> str:
    asked = task.cancelling() if isinstance(task, asyncio.Task) else 0
    return f"still waiting{where(task)}" + ("\ncancel() was called, and it has not ended since" if asked else "")
