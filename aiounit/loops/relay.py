"""Run the user's coroutine in the test's task in place of aiounit's own.

`asyncio.Task.get_stack`, `asyncio.capture_call_graph` and debuggers then show the frames of the test, and no frame of
aiounit.
"""

import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Final, TypeVar, final

from typing_extensions import override

from aiounit._real import asyncio, contextlib, contextvars, sys
from aiounit.limits import user_code

__all__ = ["Relay", "in_place", "make_task"]

T = TypeVar("T")
Step = Callable[[Any], Any]

# How many callers each coroutine remembers of the place where it was made. It costs less than 1 microsecond.
_ORIGINS: Final = 3


@final
class _Wanted:
    """A coroutine to run in place, and the error that it raised."""

    __slots__ = ("coroutine", "error", "send")

    def __init__(self, coroutine: "types.CoroutineType[Any, Any, Any]") -> None:
        self.coroutine = coroutine
        self.send: Step = coroutine.send
        self.error: BaseException | None = None


@types.coroutine
def in_place(awaitable: Awaitable[T]) -> Generator[Any, Any, T]:
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
    wanted = _Wanted(awaitable)
    try:
        value = yield wanted
        if wanted.error is not None:  # not thrown: a GeneratorExit would close what awaits this
            raise wanted.error
        return value
    finally:
        del wanted  # or the error holds the frame that holds the error


async def _await(awaitable: Awaitable[T]) -> T:
    return await awaitable


def _of_now(name: str) -> property:
    return property(lambda relay: getattr(relay.now, name), doc=f"The ``{name}`` of the coroutine that runs now.")


class Relay(Coroutine[Any, Any, None]):
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

    def __init__(self, own: Coroutine[Any, Any, None]) -> None:
        self._own = own
        self._wanted: _Wanted | None = None

    @property
    def now(self) -> Any:
        """The coroutine that runs now."""
        return self._own if self._wanted is None else self._wanted.coroutine

    def send(self, value: Any, /) -> Any:
        """Resume the current coroutine, and return the future that it waits for."""
        wanted = self._wanted
        return self._go_on(self._own.send if wanted is None else wanted.send, value)

    def throw(self, error: Any, /, *_: Any) -> Any:
        """Raise an error in the current coroutine. asyncio passes the exception only, no type and traceback."""
        try:
            return self._go_on(self.now.throw, error)
        finally:
            del error  # as in `_go_on`

    def _go_on(self, step: Step, value: Any) -> Any:
        wanted = self._wanted
        try:
            while True:
                if wanted is None:
                    awaited = step(value)
                    if type(awaited) is not _Wanted:
                        return awaited
                    self._wanted = wanted = awaited
                    step, value = wanted.send, None
                try:
                    return _resume(step, value)
                except StopIteration as stop:
                    step, value = self._own.send, stop.value
                    wanted = self._wanted = None
                except BaseException as error:
                    if wanted.coroutine.cr_frame is not None:  # the error comes from `_resume`
                        step, value = wanted.coroutine.throw, error
                    else:
                        wanted.error = error
                        step, value = self._own.send, None
                        wanted = self._wanted = None
        finally:
            del wanted, step, value  # or an error holds the frame that holds the error
            awaited = None

    def close(self) -> None:
        """Close the user's coroutine, then aiounit's, which first receives any error raised by the user's."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            try:
                wanted.coroutine.close()
            except BaseException as error:
                wanted.error = error
            if wanted.error is not None:
                with contextlib.suppress(StopIteration):
                    self._go_on(self._own.send, None)
        self._own.close()

    def leave(self) -> BaseException | None:
        """Throw GeneratorExit into the user's coroutine because its loop is broken, so that ``with`` blocks are exited.

        Returns:
            The error raised instead, or None. A coroutine that awaits again stays suspended.
        """
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            try:
                _resume(wanted.coroutine.throw, GeneratorExit())
            except (GeneratorExit, StopIteration):
                pass
            except BaseException as error:
                return error
        return None

    def __await__(self) -> Generator[Any, Any, Any]:
        raise RuntimeError("the task of the test awaits it already")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)  # its names, which a class can't have as properties

    def __repr__(self) -> str:
        return repr(self.now)


class Task(asyncio.Task[None]):
    """The task of a test, whose coroutine is the one that its `Relay` runs now.

    It has no ``__init__``, which the checks would take for one of the user's.
    """

    __slots__ = ("relay",)

    relay: Relay

    @override
    def get_coro(self) -> Any:
        """Return the coroutine that runs now."""
        return self.relay.now


def make_task(
    function: Callable[[T], Coroutine[Any, Any, None]],
    argument: T,
    *,
    loop: asyncio.AbstractEventLoop,
    context: contextvars.Context,
    name: str,
) -> Task:
    """Make the task of a test, whatever task factory its loop has: an eager first step would run in another context.

    From then on, coroutines remember some callers of the place where they are made; who calls this sees to the end of
    that.

    Args:
        function: The coroutine function of ours that it runs.
        argument: What the function is given.
        loop: The loop.
        context: The context of the task.
        name: Its name.
    """
    depth = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(0)  # to look up the callers of ours would take longer than all else here
    relay = Relay(function(argument))
    sys.set_coroutine_origin_tracking_depth(max(depth, _ORIGINS))
    task = Task(relay, loop=loop, context=context, name=name)
    task.relay = relay
    return task


@user_code.entry
def _resume(step: Step, value: Any) -> Any:
    try:
        return step(value)
    finally:
        del step, value  # as in `Relay._go_on`: one that the user's code has caught
