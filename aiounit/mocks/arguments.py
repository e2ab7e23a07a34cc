"""Checks of what users give to behaviours, factories and the toolkit: what can't work is an error at once."""

from typing_extensions import TypeIs

from aiounit._real import inspect, math
from aiounit.representation import brief

__all__ = ["check_count", "check_effect", "check_error", "check_seconds", "is_error"]

Error = BaseException | type[BaseException]


def is_error(value: object) -> TypeIs[Error]:
    """Tell whether a value is an exception, or the class of one."""
    return isinstance(value, BaseException) or (inspect.isclass(value) and issubclass(value, BaseException))


def check_error(what: str, value: object) -> None:
    """Refuse what is neither an exception nor the class of one.

    Args:
        what: The name of the argument, for the message.
        value: What was given.

    Raises:
        TypeError: It can't be raised.
    """
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
    if not is_error(value) and not callable(value):
        raise TypeError(f"{what} must be an exception, a function or a behaviour such as delays(1), not {brief(value)}")


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
