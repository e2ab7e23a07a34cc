"""The private names by which event loops are asked for their state and changed.

By the rule of `_stdlib`, each has a test, in tests/_stdlib/test_loops.py, and stands nowhere else.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

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

_events: Any = asyncio.events


_base_loop: Any = asyncio.BaseEventLoop


_is_closed: Final[Callable[[Any], bool]] = _base_loop.is_closed


_stop: Final[Callable[[Any], None]] = _base_loop.stop


def has_asyncgens(loop: Any) -> bool:
    """Tell whether the loop has asynchronous generators to close; true where it can't be told (uvloop)."""
    return bool(getattr(loop, "_asyncgens", True))


def asyncgens_of(loop: Any) -> list[Any]:
    """Return the asynchronous generators that the loop has to close; none where it can't be told (uvloop)."""
    return list(getattr(loop, "_asyncgens", ()))


# Stands for the calls of a loop that does not show them.
_UNKNOWN: Final[Collection[object]] = ("unknown",)


def has_ready(loop: Any) -> bool:
    """Tell whether the loop has something to call at its next turn; true where it can't be told (uvloop)."""
    return bool(getattr(loop, "_ready", True))


def is_idle(loop: Any, executor: object) -> bool:
    """Tell whether the loop has nothing to call, no asynchronous generators, and the executor that it was given.

    Args:
        loop: The loop; where it can't be told (uvloop), it is not idle.
        executor: The executor.
    """
    is_empty = not getattr(loop, "_ready", True) and not getattr(loop, "_asyncgens", True)
    return is_empty and getattr(loop, "_default_executor", ...) is executor


def ready_calls(loop: Any) -> Collection[object]:
    """Return the calls of the loop's next iteration, as they change; one where they can't be told (uvloop)."""
    calls: Collection[object] = getattr(loop, "_ready", _UNKNOWN)
    return calls


def executor_of(loop: Any) -> Any:
    """Return the default executor of the loop, or None; ``...`` where it can't be told (uvloop)."""
    return getattr(loop, "_default_executor", ...)


def max_workers(executor: Any) -> int:
    """Return how many threads an executor may have."""
    most: int = executor._max_workers
    return most


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs in this thread, or None."""
    loop: asyncio.AbstractEventLoop | None = _events._get_running_loop()
    return loop


def is_loop_running() -> bool:
    """Tell whether a loop runs in this thread."""
    return _events._get_running_loop() is not None


def _is_asyncios(kind: Any, name: str) -> bool:
    """Tell whether a class of loops has a method from asyncio's base class, whatever stands in its place by now."""
    having = [each for each in kind.__mro__ if name in each.__dict__]
    return having[0] is _base_loop


def is_closed(loop: Any) -> bool:
    """Tell whether a loop is closed. A test may have put something in the place of asyncio's own method."""
    if type(loop).is_closed is _is_closed or _is_asyncios(type(loop), "is_closed"):
        return _is_closed(loop)
    found: bool = loop.is_closed()
    return found


def stop(loop: Any) -> None:
    """Stop a loop at the end of its turn. A test may have put something in the place of asyncio's own method."""
    if type(loop).stop is _stop or _is_asyncios(type(loop), "stop"):
        _stop(loop)
    else:
        loop.stop()


def set_default_executor(loop: Any, executor: Any) -> None:
    """Set the executor of a loop. asyncio's own method asks for the class of executors, which tests patch."""
    if type(loop).set_default_executor is _base_loop.set_default_executor:
        loop._default_executor = executor
    else:
        loop.set_default_executor(executor)
