"""Checks of the arguments that users give: one that can't work is an error at once, with its value and the remedy."""

from collections.abc import AsyncIterable, Coroutine, Iterable
from types import CoroutineType
from typing import Any, Final

from typing_extensions import TypeIs

from aiounit import _stdlib
from aiounit._real import asyncio, difflib, inspect, math, sys
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
    """What stands for the absence of a value."""

    def __repr__(self) -> str:
        return "<missing>"


MISSING: Final = _Missing()


def is_error(value: object) -> TypeIs[Error]:
    """Tell whether a value is an exception, or the class of one."""
    return isinstance(value, BaseException) or (inspect.isclass(value) and issubclass(value, BaseException))


def check_not_called(what: str, value: object) -> None:
    """Refuse a coroutine where its function belongs.

    Args:
        what: The name of the argument, for the message.
        value: What was given; a coroutine is closed.

    Raises:
        TypeError: It is a coroutine.
    """
    if isinstance(value, CoroutineType):
        complaint = f"{what} is {brief(value)}, which can be awaited only once. Give the function without calling it"
        value.close()  # that it was never awaited would be a second complaint
        raise TypeError(complaint)


def check_error(what: str, value: object) -> None:
    """Refuse what is neither an exception nor the class of one.

    Args:
        what: The name of the argument, for the message.
        value: What was given.

    Raises:
        TypeError: It can't be raised.
    """
    check_not_called(what, value)
    if not is_error(value):
        raise TypeError(f"{what} must be an exception or a class of exceptions, not {brief(value)}")


def check_effect(what: str, value: object) -> None:
    """Refuse what can neither be raised nor be called.

    Args:
        what: The name of the argument, for the message.
        value: What was given.

    Raises:
        TypeError: It is no exception, no function and no behaviour.
    """
    check_not_called(what, value)
    if not is_error(value) and not callable(value):
        raise TypeError(f"{what} must be an exception, a function or a behaviour such as delays(1), not {brief(value)}")


def check_spec(value: object) -> None:
    """Refuse what no mock can be like.

    Args:
        value: What ``self.mock()`` was given; a coroutine is closed.

    Raises:
        TypeError: It is None, a string, a number, a coroutine, or one of several classes.
    """
    remedy = ""
    kind = type(value)  # not isinstance: a mock may say that it is a string
    if value is None or value is MISSING:
        remedy = "For something that takes any call, use self.stub() or self.asyncStub()"
    elif issubclass(kind, str):
        remedy = f"Give the thing itself, not its name, or put a mock in its place with self.patch({brief(value)})"
    elif issubclass(kind, bytes | int | float | complex):
        remedy = "A value needs no mock: use it as it is"
    elif issubclass(kind, CoroutineType):
        remedy = "Give the function without calling it"
    if not remedy:
        return
    given = "nothing" if value is MISSING else brief(value)
    if isinstance(value, CoroutineType):
        value.close()  # that it was never awaited would be a second complaint
    raise TypeError(
        f"mock() takes the class, function, module or object that the mock is to be like, not {given}. {remedy}"
    )


def check_name(caller: str, value: object) -> None:
    """Refuse what is no name of a mock.

    Args:
        caller: The method that it was given to.
        value: What was given.

    Raises:
        TypeError: It is no string.
    """
    if not isinstance(value, str):
        raise TypeError(
            f"{caller}() takes the name of the mock, not {brief(value)}. One that is like something is self.mock()"
        )


def check_count(what: str, value: object) -> None:
    """Refuse what is no number of times.

    Args:
        what: The name of the argument, for the message.
        value: What was given.

    Raises:
        TypeError: It is no integer.
        ValueError: It is less than 1.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} must be an integer, not {brief(value)}")
    if value < 1:
        raise ValueError(f"{what} must be at least 1, not {brief(value)}")


def check_seconds(what: str, value: object) -> None:
    """Refuse what is no length of time.

    Args:
        what: The name of the argument, for the message.
        value: What was given.

    Raises:
        TypeError: It is no number.
        ValueError: It is negative, infinite or not a number.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{what} must be a number of seconds, not {brief(value)}")
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{what} must be a finite number of seconds that is not negative, not {brief(value)}")


def check_limit(what: str, value: object) -> None:
    """Refuse a value that is neither a time limit nor None.

    Args:
        what: The name of the argument, for the message.
        value: The limit in seconds; None is without a limit.

    Raises:
        TypeError: It is neither a number nor None.
        ValueError: It is not above zero, or infinite.
    """
    if value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{what} must be a number of seconds or None for no limit, and is {value!r}")
    if not 0 < value <= sys.float_info.max:
        raise ValueError(f"{what} must be a number of seconds above zero, or None for no limit, and is {value!r}")


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
    task = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
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


def close_names(name: str, names: Iterable[str], most: int = 1) -> list[str]:
    """Return the names that a misspelt one was probably meant to be, the closest first.

    Args:
        name: The misspelt name.
        names: The names that exist.
        most: How many to return at most.
    """
    return difflib.get_close_matches(name, [*names], n=most)


def question(names: Iterable[str]) -> str:
    """Return the question whether one of these names was meant, to follow the end of a sentence; or nothing."""
    choices = " or ".join(map(repr, names))
    return f" Did you mean {choices}?" if choices else ""
