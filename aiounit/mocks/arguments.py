"""Checks of what users give to behaviours, factories and the toolkit: what can't work is an error at once."""

from types import CoroutineType
from typing import Final

from typing_extensions import TypeIs

from aiounit._real import inspect, math
from aiounit.introspect.representation import brief

__all__ = [
    "MISSING",
    "check_count",
    "check_effect",
    "check_error",
    "check_name",
    "check_not_called",
    "check_seconds",
    "check_spec",
    "is_error",
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
