"""Checks of objects that a test leaves: first only whether there are any, then, for the report, a description of each.

The first question is asked after each pause in which something may end, so it has to be cheap.
"""

import abc
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from aiounit._real import weakref
from aiounit._typing import override
from aiounit.checks.api import Check, CheckContext
from aiounit.checks.findings import Finding
from aiounit.introspect import sites

__all__ = ["Leftover", "Leftovers", "Noted", "NotedLeftovers"]

T = TypeVar("T")


class Leftover:
    """Stands for something that a test may leave, if its owner does not hold that itself.

    Attributes:
        key: The object that stands for it.
        anchors: The objects that its owner holds: a scope that holds one of them owns it.
    """

    @property
    def key(self) -> object:
        """The object that stands for it."""
        return self

    @property
    def anchors(self) -> Sequence[object]:
        """The objects that its owner holds."""
        raise NotImplementedError

    @property
    def is_gone(self) -> bool:
        """Whether its object was destroyed, so that there is nothing to report."""
        return False


class Leftovers(Check, abc.ABC, Generic[T]):
    """Finds objects that a test has left, which may belong to something that lives longer.

    Derive from it, in place of `Check`, to write `left` and `describe` in place of `end`.
    """

    @abc.abstractmethod
    def left(self, test: CheckContext) -> Sequence[T]:
        """Return the objects that are left; may be called many times, so it has to be cheap and change nothing.

        Args:
            test: The test or scope that is checked.
        """

    @abc.abstractmethod
    def describe(self, thing: T, test: CheckContext) -> Finding:
        """Describe one of the objects for a report.

        Args:
            thing: One of `left`.
            test: The test or scope that is checked.
        """

    @override
    def end(self, test: CheckContext) -> list[Finding]:
        """Return a finding for each object that is left."""
        return [self.describe(thing, test) for thing in self.left(test)]

    def give(self, thing: T, other: Check | None) -> None:
        """Forget an object, because it belongs to something that lives longer.

        Args:
            thing: One of `left`.
            other: The check of the same class for its owner, or None if there is none.
        """


class Noted(Leftover):
    """An object, held weakly, and where it was made."""

    def __init__(self, thing: object, site: sites.Site) -> None:
        self.reference = weakref.ref(thing)
        self.site = site

    @property
    @override
    def key(self) -> Any:
        """The object, or None if it is gone."""
        return self.reference()

    @property
    @override
    def anchors(self) -> Sequence[object]:
        """The object, if it is there."""
        thing = self.reference()
        return () if thing is None else (thing,)

    @property
    @override
    def is_gone(self) -> bool:
        """Whether the object was destroyed."""
        return self.reference() is None


N = TypeVar("N", bound=Noted)


class NotedLeftovers(Leftovers[N]):
    """Finds objects that it was told of when they were made."""

    def __init__(self) -> None:
        self._noted: dict[N, None] = {}  # a set that keeps the order

    @override
    def give(self, thing: N, other: Check | None) -> None:
        """Leave an object to another check."""
        self._noted.pop(thing, None)
        if isinstance(other, type(self)):
            other.take(thing)

    def take(self, noted: N) -> None:
        """Take an object."""
        self._noted[noted] = None
