"""Run the user's coroutine in the test's task in place of aiounit's own.

`asyncio.Task.get_stack`, `asyncio.capture_call_graph` and debuggers then show the frames of the test, and no frame of
aiounit.
"""

import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Final, TypeAlias, TypeVar, final

from aiounit._real import asyncio, contextlib, contextvars, sys
from aiounit._typing import override
from aiounit.limits import user_code

__all__ = ["CoroutineOf", "Relay", "in_place", "make_task"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
# The values that a coroutine yields and receives are a matter between it and the loop.
CoroutineOf: TypeAlias = Coroutine[Any, Any, T_co]
# `send` or `throw` of a coroutine.
Step: TypeAlias = Callable[[Any], object]

# How many calling frames each coroutine records where it is made. This costs less than 1 microsecond.
_ORIGINS: Final = 3


@final
class _Raised:
    """Stands for the result of a coroutine that has run in place and has raised an error."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


@types.coroutine
def in_place(awaitable: Awaitable[T]) -> Generator[object, Any, T]:
    """Await the user's awaitable in a task that runs a `Relay`.

    Args:
        awaitable: The awaitable. While a coroutine runs, the task shows it instead of its caller.

    Returns:
        The result.
    """
    value: T
    if type(awaitable) is not types.CoroutineType:
        value = yield from _await(awaitable)
        return value
    result: Any = yield awaitable  # nothing else yields a coroutine, so the relay knows that it is to run it
    if type(result) is not _Raised:
        value = result
        return value
    try:
        raise result.error  # not thrown by the relay: a GeneratorExit would close the awaiting coroutine
    finally:
        del result  # or the error refers to this frame, and this frame to the error


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable


def _of_now(name: str) -> property:
    return property(lambda relay: getattr(relay.now, name), doc=f"The ``{name}`` of the coroutine that runs now.")


class Relay(Coroutine[object, object, None]):
    """Runs aiounit's coroutine and, in its place, each coroutine that it passes to `in_place`.

    Its attributes are those of the coroutine that currently runs.

    Args:
        own: aiounit's coroutine.
    """

    __slots__ = ("__weakref__", "_own", "_wanted")

    cr_await = _of_now("cr_await")
    cr_code = _of_now("cr_code")
    cr_frame = _of_now("cr_frame")
    cr_origin = _of_now("cr_origin")
    cr_running = _of_now("cr_running")
    cr_suspended = _of_now("cr_suspended")

    def __init__(self, own: CoroutineOf[None]) -> None:
        self._own = own
        self._wanted: types.CoroutineType[Any, Any, Any] | None = None

    @property
    def now(self) -> CoroutineOf[Any]:
        """The coroutine that runs now."""
        return self._own if self._wanted is None else self._wanted

    def send(self, value: object, /) -> object:
        """Resume the current coroutine, and return the future that it waits for."""
        wanted = self._wanted
        return self._go_on(self._own.send if wanted is None else wanted.send, value)

    def throw(self, error: type[BaseException] | BaseException, /, *_: object) -> object:
        """Raise an error in the current coroutine. asyncio passes only the exception, without type and traceback."""
        try:
            return self._go_on(self.now.throw, error)
        finally:
            del error  # as in `_go_on`

    def _go_on(self, step: Step, value: Any) -> object:
        """Run the current coroutine until it awaits a future, and switch coroutines where one starts or ends."""
        wanted = self._wanted
        try:
            while True:
                if wanted is None:
                    awaited = step(value)
                    if type(awaited) is not types.CoroutineType:
                        return awaited
                    self._wanted = wanted = awaited
                    step, value = wanted.send, None
                try:
                    return _resume(step, value)
                except StopIteration as stop:
                    step, value = self._own.send, stop.value
                    wanted = self._wanted = None
                except BaseException as error:
                    if wanted.cr_frame is not None:  # an interrupt in `_resume` itself: the coroutine lives
                        step, value = wanted.throw, error
                    else:
                        step, value = self._own.send, _Raised(error)
                        wanted = self._wanted = None
        finally:
            del wanted, step, value  # or an error refers to this frame, and this frame to the error
            awaited = None

    def close(self) -> None:
        """Close the user's coroutine, then aiounit's, which first receives any error raised by the user's."""
        wanted, self._wanted = self._wanted, None
        raised: _Raised | None = None
        if wanted is not None:
            try:
                wanted.close()
            except BaseException as error:
                raised = _Raised(error)
        if raised is not None:
            with contextlib.suppress(StopIteration):
                self._go_on(self._own.send, raised)
        raised = None
        self._own.close()

    def leave(self) -> BaseException | None:
        """Raise GeneratorExit in the user's coroutine, so that its ``with`` blocks exit. Called if the loop is broken.

        Returns:
            Another error that the coroutine has raised, or None. If it awaits again, it stays suspended.
        """
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            try:
                _resume(wanted.throw, GeneratorExit())
            except (GeneratorExit, StopIteration):
                pass
            except BaseException as error:
                return error
        return None

    def __await__(self) -> Generator[object, object, None]:
        raise RuntimeError("the task of the test awaits it already")

    def __getattr__(self, name: str) -> object:
        return getattr(self.now, name)  # such as __name__, which a class can't have as a property

    def __repr__(self) -> str:
        return repr(self.now)


class Task(asyncio.Task[None]):
    """The task of a test, whose coroutine is the one that its `Relay` runs now.

    It has no ``__init__``, because the checks would take that for a task class of the user's.
    """

    __slots__ = ("relay",)

    relay: Relay

    @override
    def get_coro(self) -> CoroutineOf[Any]:
        """Return the coroutine that runs now."""
        return self.relay.now


def make_task(
    function: Callable[[T], CoroutineOf[None]],
    argument: T,
    *,
    loop: asyncio.AbstractEventLoop,
    context: contextvars.Context,
    name: str,
) -> Task:
    """Make the task of a test. The loop's task factory is not used: an eager first step would run in another context.

    This also turns origin tracking on, so that each coroutine records the frames where it is made. The caller restores
    the former depth.

    Args:
        function: aiounit's coroutine function that the task runs.
        argument: The argument of the function.
        loop: The loop.
        context: The context of the task.
        name: The name of the task.
    """
    depth = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(0)  # recording the origin of ours would take longer than the rest of this
    relay = Relay(function(argument))
    sys.set_coroutine_origin_tracking_depth(max(depth, _ORIGINS))
    task = Task(relay, loop=loop, context=context, name=name)
    task.relay = relay
    return task


@user_code.entry
def _resume(step: Step, value: object) -> object:
    try:
        return step(value)
    finally:
        del step, value  # as in `Relay._go_on`, for an error that the user's code has caught
