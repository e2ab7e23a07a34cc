"""Checks of arguments that users pass: a wrong one raises at once, with its value and the remedy in the message."""

from collections.abc import AsyncIterable, Coroutine, Iterable
from types import CoroutineType
from typing import Final

from aiounit import _stdlib
from aiounit._real import asyncio, difflib, inspect, math, sys
from aiounit._typing import TypeIs
from aiounit.introspect.representation import brief

__all__ = [
    "MISSING",
    "Error",
    "check_awaitable",
    "check_count",
    "check_effect",
    "check_error",
    "check_function",
    "check_future",
    "check_interval",
    "check_kinds",
    "check_limit",
    "check_name",
    "check_not_called",
    "check_seconds",
    "check_source",
    "check_spec",
    "check_task",
    "close_names",
    "is_error",
    "question",
    "swapped",
]

Error = BaseException | type[BaseException]


class _Missing:
    """The class of `MISSING`, the default of arguments for which None is a value."""

    def __repr__(self) -> str:
        return "<missing>"


MISSING: Final = _Missing()


def is_error(value: object) -> TypeIs[Error]:
    """Return whether a value is an exception or a class of exceptions."""
    return isinstance(value, BaseException) or (inspect.isclass(value) and issubclass(value, BaseException))


def check_not_called(label: str, value: object) -> None:
    """Reject a coroutine in place of its function.

    Args:
        label: The argument in words, for the message.
        value: The argument. A coroutine is closed.

    Raises:
        TypeError: ``value`` is a coroutine.
    """
    if isinstance(value, CoroutineType):
        complaint = f"{label} is {brief(value)}, which can be awaited only once. Give the function without calling it"
        value.close()  # avoids a second complaint, that it was never awaited
        raise TypeError(complaint)


def check_error(label: str, value: object) -> None:
    """Reject a value that is not an exception or a class of exceptions.

    Args:
        label: The argument in words, for the message.
        value: The argument.

    Raises:
        TypeError: ``value`` can't be raised.
    """
    check_not_called(label, value)
    if not is_error(value):
        raise TypeError(f"{label} must be an exception or a class of exceptions, not {brief(value)}")


def check_effect(label: str, value: object) -> None:
    """Reject a value that can't be raised or called.

    Args:
        label: The argument in words, for the message.
        value: The argument.

    Raises:
        TypeError: ``value`` is not an exception, a function or a behaviour.
    """
    check_not_called(label, value)
    if not is_error(value) and not callable(value):
        raise TypeError(
            f"{label} must be an exception, a function or a behaviour such as delays(1), not {brief(value)}"
        )


def check_spec(value: object) -> None:
    """Reject a value that a mock can't imitate.

    Args:
        value: The argument of ``self.mock()``. A coroutine is closed.

    Raises:
        TypeError: ``value`` is missing, None, a string, a number or a coroutine.
    """
    remedy = ""
    kind = type(value)  # not isinstance: a mock may say that it is a string
    if value is None or value is MISSING:
        remedy = "For a mock that accepts any call, use self.stub() or self.asyncStub()"
    elif issubclass(kind, str):
        remedy = f"Give the object itself, not its name, or replace it with self.patch({brief(value)})"
    elif issubclass(kind, bytes | int | float | complex):
        remedy = "A plain value does not need a mock: use it as it is"
    elif issubclass(kind, CoroutineType):
        remedy = "Give the function without calling it"
    if not remedy:
        return
    given = "nothing" if value is MISSING else brief(value)
    if isinstance(value, CoroutineType):
        value.close()  # avoids a second complaint, that it was never awaited
    raise TypeError(f"mock() takes the class, function, module or object that the mock imitates, not {given}. {remedy}")


def check_name(caller: str, value: object) -> None:
    """Reject a value that is not the name of a mock.

    Args:
        caller: The name of the method that received it.
        value: The argument.

    Raises:
        TypeError: ``value`` is not a string.
    """
    if not isinstance(value, str):
        raise TypeError(
            f"{caller}() takes the name of the mock, not {brief(value)}. To imitate an object, use self.mock()"
        )


def check_count(label: str, value: object) -> None:
    """Reject a value that is not a count.

    Args:
        label: The argument in words, for the message.
        value: The argument.

    Raises:
        TypeError: ``value`` is not an integer.
        ValueError: ``value`` is less than 1.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{label} must be an integer, not {brief(value)}")
    if value < 1:
        raise ValueError(f"{label} must be at least 1, not {brief(value)}")


def check_seconds(label: str, value: object) -> None:
    """Reject a value that is not a duration.

    Args:
        label: The argument in words, for the message.
        value: The argument, in seconds.

    Raises:
        TypeError: ``value`` is not a number.
        ValueError: ``value`` is negative, infinite or NaN.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{label} must be a number of seconds, not {brief(value)}")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{label} must be a finite number of seconds, 0 or more, not {brief(value)}")


def check_limit(label: str, value: object) -> None:
    """Reject a value that is not a time limit or None.

    Args:
        label: The argument in words, for the message.
        value: The limit in seconds; None means no limit.

    Raises:
        TypeError: ``value`` is not a number or None.
        ValueError: ``value`` is 0, negative, infinite or NaN.
    """
    if value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{label} must be a number of seconds or None for no limit, and is {value!r}")
    if not 0 < value <= sys.float_info.max:
        raise ValueError(f"{label} must be a number of seconds above zero, or None for no limit, and is {value!r}")


def check_function(label: str, value: object) -> None:
    """Reject a value that can't be called many times.

    Args:
        label: The argument in words, for the message.
        value: The argument. A coroutine is closed.

    Raises:
        TypeError: ``value`` can't be called.
    """
    if callable(value):
        return
    if not inspect.isawaitable(value):
        raise TypeError(f"{label} must be a function, which is called many times, not {brief(value)}. Did you call it?")
    complaint = (
        f"{label} must be a function, not {brief(value)}, which can be awaited only once. Give it without calling it"
    )
    _close(value)
    raise TypeError(complaint)


def check_interval(label: str, value: object) -> None:
    """Reject a value that is not a positive duration.

    Args:
        label: The argument in words, for the message.
        value: The argument, in seconds.

    Raises:
        TypeError: ``value`` is not a number.
        ValueError: ``value`` is 0, negative, infinite or NaN.
    """
    check_seconds(label, value)
    if not value:
        raise ValueError(f"{label} must be more than 0 seconds, not {brief(value)}")


def check_awaitable(value: object, timeout: object = 0, assertion: str = "") -> None:
    """Reject a value that can't be awaited, or a timeout that is not a duration.

    Args:
        value: The awaitable. A coroutine that is rejected is closed.
        timeout: The timeout, in seconds.
        assertion: The name of the assertion, for the message.

    Raises:
        TypeError: ``value`` is not awaitable, or ``timeout`` is not a number.
        ValueError: ``timeout`` is negative, infinite or NaN.
    """
    if not inspect.isawaitable(value):
        if isinstance(value, int | float) and (inspect.isawaitable(timeout) or callable(timeout)):
            _close(timeout)
            raise swapped(assertion, "the awaitable", "the timeout")
        hint = ". Did you forget to call it?" if callable(value) else ""
        raise TypeError(f"the awaitable must be a coroutine, a task or a future, not {brief(value)}{hint}")
    try:
        check_seconds("timeout", timeout)
    except (TypeError, ValueError):
        _close(value)
        raise


def swapped(name: str, first: str, second: str) -> TypeError:
    """Return the error for two arguments in the wrong order.

    Args:
        name: The name of the assertion.
        first: The argument that should come first, in words.
        second: The other argument, in words.
    """
    return TypeError(f"{name}() takes {first} first, and then {second}: swap them")


def _close(value: object) -> None:
    """Close a rejected coroutine, to avoid a second complaint that it was never awaited."""
    if isinstance(value, Coroutine):
        value.close()


def check_future(name: str, value: object) -> None:
    """Reject a value that is not a task or a future.

    Args:
        name: The name of the assertion, for the message.
        value: The argument. A coroutine is closed.

    Raises:
        TypeError: ``value`` is not a task or a future.
    """
    if asyncio.isfuture(value):
        return
    hint = ". Start it with asyncio.create_task()" if isinstance(value, Coroutine) else ""
    _close(value)
    raise TypeError(f"{name}() takes a task or a future, not {brief(value)}{hint}")


def check_task(name: str) -> asyncio.Task[object]:
    """Return the current task.

    Args:
        name: The name of the assertion, for the message.

    Raises:
        RuntimeError: No task is running.
    """
    task = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
    if task is None:
        raise RuntimeError(f"{name}() can be entered only in an async def test, or in another task of a running loop")
    return task


def check_source(value: object) -> None:
    """Reject a value that is not an asynchronous iterable or a queue.

    Args:
        value: The argument. A coroutine is closed.

    Raises:
        TypeError: ``value`` is not an asynchronous iterable or a queue.
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
    raise TypeError(f"the source must be an asynchronous iterable or an asyncio.Queue, not {brief(value)}{hint}")


def check_kinds(label: str, value: object) -> None:
    """Reject a value that is not one or more classes of exceptions.

    Args:
        label: The argument in words, for the message.
        value: The argument.

    Raises:
        TypeError: ``value`` is not a class of exceptions or a tuple of them.
    """
    kinds = value if isinstance(value, tuple) else (value,)
    if not kinds or not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
        raise TypeError(f"{label} must be a class of exceptions or a tuple of them, not {brief(value)}")


def close_names(name: str, names: Iterable[str], most: int = 1) -> list[str]:
    """Return the names that are most similar to a misspelt one, the closest first.

    Args:
        name: The misspelt name.
        names: The names that exist.
        most: The largest number of names to return.
    """
    return difflib.get_close_matches(name, [*names], n=most)


def question(names: Iterable[str]) -> str:
    """Return a question that suggests names, to append to a sentence; "" if there are none."""
    choices = " or ".join(map(repr, names))
    return f" Did you mean {choices}?" if choices else ""
