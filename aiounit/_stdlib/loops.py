"""Use the private names by which event loops are asked for their state and changed."""

from collections.abc import Callable, Collection
from concurrent.futures import Executor, ThreadPoolExecutor
from types import AsyncGeneratorType, EllipsisType
from typing import Any, Final, TypeAlias

from aiounit._real import asyncio

__all__ = [
    "asyncgens_of",
    "executor_of",
    "has_asyncgens",
    "has_ready",
    "is_closed",
    "is_idle",
    "is_loop_running",
    "max_workers",
    "ready_calls",
    "running_loop",
    "set_default_executor",
    "stop",
]

AsyncGenerator: TypeAlias = "AsyncGeneratorType[Any, Any]"

# The stubs know no private names, so these are untyped here.
_events: Any = asyncio.events
_base_loop: Any = asyncio.BaseEventLoop
_is_closed: Final[Callable[[asyncio.AbstractEventLoop], bool]] = _base_loop.is_closed
_stop: Final[Callable[[asyncio.AbstractEventLoop], None]] = _base_loop.stop


def has_asyncgens(loop: object) -> bool:
    """Return whether a loop has asynchronous generators to close; true if it does not tell (uvloop)."""
    return bool(getattr(loop, "_asyncgens", True))


def asyncgens_of(loop: object) -> list[AsyncGenerator]:
    """Return the asynchronous generators that a loop has to close; none if it does not tell (uvloop)."""
    return list(getattr(loop, "_asyncgens", ()))


# Stands for the calls of a loop that does not show them.
_UNKNOWN: Final[Collection[object]] = ("unknown",)


def has_ready(loop: object) -> bool:
    """Return whether a loop has something to call at its next iteration; true if it does not tell (uvloop)."""
    return bool(getattr(loop, "_ready", True))


def is_idle(loop: object, executor: object) -> bool:
    """Return whether a loop has nothing to call, no asynchronous generators, and the executor that it was given.

    Args:
        loop: The loop; one that does not tell (uvloop) is not idle.
        executor: The executor.
    """
    is_empty = not getattr(loop, "_ready", True) and not getattr(loop, "_asyncgens", True)
    return is_empty and getattr(loop, "_default_executor", ...) is executor


def ready_calls(loop: object) -> Collection[object]:
    """Return the calls of the next iteration of a loop, which change; one call if it does not tell (uvloop)."""
    calls: Collection[object] = getattr(loop, "_ready", _UNKNOWN)
    return calls


def executor_of(loop: object) -> Executor | EllipsisType | None:
    """Return the default executor of a loop, or None; ``...`` if the loop does not tell (uvloop)."""
    return getattr(loop, "_default_executor", ...)


def max_workers(executor: ThreadPoolExecutor) -> int:
    """Return how many threads an executor may have."""
    return executor._max_workers


running_loop: Final[Callable[[], asyncio.AbstractEventLoop | None]] = _events._get_running_loop
"""Returns the loop that runs in this thread, or None."""


def is_loop_running() -> bool:
    """Return whether a loop runs in this thread."""
    return running_loop() is not None


def _is_asyncios(kind: type, name: str) -> bool:
    """Return whether a class of loops has a method from asyncio's base class, even if a test has replaced it there."""
    having = [each for each in kind.__mro__ if name in each.__dict__]
    return having[0] is _base_loop


def is_closed(loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether a loop is closed, even if a test has replaced asyncio's own method."""
    if type(loop).is_closed is _is_closed or _is_asyncios(type(loop), "is_closed"):
        return _is_closed(loop)
    return loop.is_closed()


def stop(loop: asyncio.AbstractEventLoop) -> None:
    """Stop a loop at the end of its iteration, even if a test has replaced asyncio's own method.

    It does nothing to a closed loop: asyncio's method only sets a flag.
    """
    if type(loop).stop is _stop or _is_asyncios(type(loop), "stop"):
        _stop(loop)
    elif not loop.is_closed():
        loop.stop()


def set_default_executor(loop: asyncio.AbstractEventLoop, executor: ThreadPoolExecutor) -> None:
    """Set the default executor of a loop. asyncio's own method checks for a class that tests patch."""
    if type(loop).set_default_executor is _base_loop.set_default_executor:
        private: Any = loop
        private._default_executor = executor
    else:
        loop.set_default_executor(executor)
