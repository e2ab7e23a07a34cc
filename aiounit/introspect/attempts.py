"""Inspect objects of the user's that may behave oddly: their errors must not reach the code that inspects them."""

from collections.abc import Callable
from typing import TypeVar

__all__ = ["attempt"]

T = TypeVar("T")


def attempt(default: T, function: Callable[..., T], *arguments: object) -> T:
    """Return the result of a function, or the default if it raises an exception."""
    try:
        return function(*arguments)
    except Exception:
        return default
