"""Checks of what users give to assertions: what can't work is an error at once, and names the remedy."""

from collections.abc import AsyncIterable, Coroutine
from typing import Any

from aiounit import _stdlib
from aiounit._real import asyncio, inspect
from aiounit.introspect.representation import brief
from aiounit.mocks.arguments import check_seconds

__all__ = [
    "check_awaitable",
    "check_function",
    "check_future",
    "check_interval",
    "check_kinds",
    "check_source",
    "check_task",
    "swapped",
]


def check_function(what: str, value: object) -> None:
    """Refuse what can't be called again and again.

    Args:
        what: The name of the argument, for the message.
        value: What was given.

    Raises:
        TypeError: It can't be called.
    """
    if callable(value):
        return
    if not inspect.isawaitable(value):
        raise TypeError(
            f"{what} must be a function, which is called again and again, not {brief(value)}. Did you call it?"
        )
    complaint = (
        f"{what} must be a function, not {brief(value)}, which can be awaited only once. Give it without calling it"
    )
    _close(value)
    raise TypeError(complaint)


def check_interval(what: str, value: object) -> None:
    """Refuse what is no length of time that something can go on in.

    Args:
        what: The name of the argument, for the message.
        value: What was given.

    Raises:
        TypeError: It is no number.
        ValueError: It is 0, negative, infinite or not a number.
    """
    check_seconds(what, value)
    if not value:
        raise ValueError(f"{what} must be more than 0 seconds, and is {brief(value)}")


def check_awaitable(value: object, timeout: object = 0, assertion: str = "") -> None:
    """Refuse what can't be awaited for so long.

    Args:
        value: What was given to be awaited; a coroutine that is refused is closed.
        timeout: For how long, in seconds.
        assertion: The name of the assertion, for the message.

    Raises:
        TypeError: It can't be awaited, or ``timeout`` is no number.
        ValueError: ``timeout`` is negative, infinite or not a number.
    """
    if not inspect.isawaitable(value):
        if isinstance(value, int | float) and (inspect.isawaitable(timeout) or callable(timeout)):
            _close(timeout)
            raise swapped(assertion, "what is awaited", "the timeout")
        hint = ". Did you forget to call it?" if callable(value) else ""
        raise TypeError(f"what is awaited must be a coroutine, a task or a future, not {brief(value)}{hint}")
    try:
        check_seconds("timeout", timeout)
    except (TypeError, ValueError):
        _close(value)
        raise


def swapped(name: str, first: str, second: str) -> TypeError:
    """Return the error that says that two arguments stand in the wrong order.

    Args:
        name: The name of the assertion.
        first: The argument that comes first.
        second: The other one.
    """
    return TypeError(f"{name}() takes {first} first, and then {second}: swap them")


def _close(value: object) -> None:
    """Close a coroutine that is refused: that it was never awaited would be a second complaint."""
    if isinstance(value, Coroutine):
        value.close()


def check_future(name: str, value: object) -> None:
    """Refuse what is neither a task nor a future.

    Args:
        name: The name of the assertion, for the message.
        value: What was given; a coroutine is closed.

    Raises:
        TypeError: It is something else.
    """
    if asyncio.isfuture(value):
        return
    hint = ". Start it with asyncio.create_task()" if isinstance(value, Coroutine) else ""
    _close(value)
    raise TypeError(f"{name}() takes a task or a future, not {brief(value)}{hint}")


def check_task(name: str) -> asyncio.Task[Any]:
    """Return the current task.

    Args:
        name: The name of the assertion, for the message.

    Raises:
        RuntimeError: There is none.
    """
    task = asyncio.current_task() if _stdlib.cases.is_loop_running() else None
    if task is None:
        raise RuntimeError(f"{name}() can be entered only in an async def test, or in another task of a running loop")
    return task


def check_source(value: object) -> None:
    """Refuse what is neither an asynchronous iterable nor a queue.

    Args:
        value: What was given; a coroutine is closed.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(value, AsyncIterable | asyncio.Queue):
        return
    if isinstance(value, Coroutine):
        hint = ". Did you forget to await it?"
    elif callable(value):
        hint = ". Did you forget to call it?"
    else:
        hint = ""
    _close(value)
    raise TypeError(f"what is read must be an asynchronous iterable or an asyncio.Queue, not {brief(value)}{hint}")


def check_kinds(what: str, value: object) -> None:
    """Refuse what is no class of exceptions and no tuple of some.

    Args:
        what: The name of the argument, for the message.
        value: What was given.

    Raises:
        TypeError: It is something else.
    """
    kinds = value if isinstance(value, tuple) else (value,)
    if not kinds or not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
        raise TypeError(f"{what} must be a class of exceptions or a tuple of some, not {brief(value)}")
