"""Know the default ``doCleanups()``, and see that a test class overrides it."""

from collections.abc import Callable
from typing import Final, TypeVar
from unittest import TestCase

__all__ = ["are_cleanups_overridden", "standard"]

F = TypeVar("F", bound=Callable[..., object])

_STANDARD: Final[set[Callable[..., object]]] = {TestCase.doCleanups}


def standard(function: F) -> F:
    """Mark a method as the default ``doCleanups``: a class with any other one overrides it."""
    _STANDARD.add(function)
    return function


def are_cleanups_overridden(kind: type[TestCase]) -> bool:
    """Return whether a class overrides ``doCleanups``."""
    return kind.doCleanups not in _STANDARD
