"""Ask objects of the user's that may be odd: an error in one is no error of what looks at it."""

from collections.abc import Callable
from typing import TypeVar

__all__ = ["attempt"]

T = TypeVar("T")


def attempt(default: T, function: Callable[..., T], *arguments: object) -> T:
    """Return what a function returns, or the default where what it looks at is odd."""
    try:
        return function(*arguments)
    except Exception:
        return default
