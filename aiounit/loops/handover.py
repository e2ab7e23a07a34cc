"""Pass a function from a task to its driver, to call it outside the loop, and a coroutine back, to run it inside."""

import types
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.limits import user_code
from aiounit.loops.relay import CoroutineOf, in_place

__all__ = ["Call", "LoopLost", "Request", "TaskLost", "pause"]

T_co = TypeVar("T_co", covariant=True)


class LoopLost(Exception):  # noqa: N818 (caught by the lifecycle, which reports a `LoopError`)
    """The loop was closed while the task ran on it; `LoopOwner.open` makes a new one."""


class TaskLost(Exception):  # noqa: N818 (caught by the lifecycle, which goes on with another task)
    """The task timed out and did not end when it was cancelled, so it was abandoned."""


class Call:
    """A function that the task hands over to be called outside the loop, and the function's request to the task."""

    __slots__ = ("answered", "function", "future", "request")

    def __init__(self, function: Callable[[], None]) -> None:
        self.function = function
        self.request: Request[object] | None = None
        self.future: asyncio.Future[None] | None = None
        self.answered = False


class Request(Generic[T_co]):
    """A coroutine to run inside the task, and its outcome.

    The same lines run whatever the outcome is: Hypothesis shows its users the lines that only failing examples run.
    """

    __slots__ = ("_coroutine", "_error", "_loop", "_value")

    def __init__(self, coroutine: CoroutineOf[T_co], loop: asyncio.AbstractEventLoop) -> None:
        self._coroutine = coroutine
        self._loop = loop
        self._value: T_co | None = None
        self._error: BaseException | None = None

    @user_code.entry
    async def serve(self) -> None:
        """Run the coroutine and keep its outcome."""
        task = asyncio.current_task()
        assert task is not None
        with self:
            self._value = await in_place(self._coroutine)
            # Deliver a cancellation that the coroutine never awaited, and run the callbacks that it has made ready.
            if task.cancelling() or _stdlib.loops.has_ready(self._loop):
                await pause()

    def __enter__(self) -> None:
        """Begin to keep the error of the block."""

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        self._error = error
        # A GeneratorExit after the loop was closed comes from closing the task itself, which must go on.
        return not (isinstance(error, GeneratorExit) and _stdlib.loops.is_closed(self._loop))

    def result(self) -> T_co:
        """Return the result of the coroutine, or raise its error."""
        # A future does either without a branch.
        future: asyncio.Future[Any] = asyncio.Future(loop=self._loop)
        outcome: Any = self._value if self._error is None else self._error
        settle = future.set_result if self._error is None else future.set_exception
        settle(outcome)
        value: T_co = future.result()
        return value


@types.coroutine
def pause() -> Generator[None, None, None]:
    """Let the loop run one iteration."""
    yield
