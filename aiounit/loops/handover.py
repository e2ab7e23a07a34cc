"""What a task and its driver hand to each other: a function to call outside the loop, a coroutine to run inside."""

import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.limits import user_code
from aiounit.loops.relay import in_place

__all__ = ["Call", "LoopLost", "Request", "TaskLost", "pause"]


class LoopLost(Exception):  # noqa: N818 (caught by the lifecycle, which reports a `LoopError`)
    """The loop was closed under the task that it ran; `LoopOwner.open` makes a new one."""


class TaskLost(Exception):  # noqa: N818 (caught by the lifecycle, which goes on with another task)
    """The task timed out and did not end when it was cancelled, so it was abandoned."""


class Call:
    """A function that the task wants called outside the loop, and what the function wants of the task meanwhile."""

    __slots__ = ("answered", "function", "future", "request")

    def __init__(self, function: Callable[[], None]) -> None:
        self.function = function
        self.request: Request | None = None
        self.future: asyncio.Future[None] | None = None
        self.answered = False


class Request:
    """A coroutine to run inside the task, and how it ended.

    The same lines run however it ends: Hypothesis tells its users which lines run in failing examples only.
    """

    __slots__ = ("_coroutine", "_error", "_loop", "_value")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> None:
        self._coroutine = coroutine
        self._loop = loop
        self._value: Any = None
        self._error: BaseException | None = None

    @user_code.entry
    async def serve(self) -> None:
        """Run the coroutine and keep what comes of it."""
        task = asyncio.current_task()
        assert task is not None
        with self:
            self._value = await in_place(self._coroutine)
            # For a cancellation that the coroutine has not waited for, and for what it has made ready.
            if task.cancelling() or _stdlib.loops.has_ready(self._loop):
                await pause()

    def __enter__(self) -> None:
        """Keep what is raised in the block."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        self._error = error
        # With the loop gone, it says that the task itself is being closed.
        return not (isinstance(error, GeneratorExit) and _stdlib.loops.is_closed(self._loop))

    def result(self) -> Any:
        """Return what the coroutine returned, or raise what it raised."""
        future: asyncio.Future[Any] = asyncio.Future(loop=self._loop)
        settle = future.set_result if self._error is None else future.set_exception
        settle(self._value if self._error is None else self._error)
        return future.result()


@types.coroutine
def pause() -> Generator[None, None, None]:
    """Let the loop turn once."""
    yield
