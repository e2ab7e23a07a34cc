"""Find several expected awaits: those of one mock side by side or in any order, those of several mocks in one order."""

import unittest.mock
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from unittest import TestCase

from aiounit.assertions.awaits.awaited_mocks import (
    AwaitedMock,
    SeenAwait,
    check_order,
    find_mock,
    find_mocks,
    in_order,
    require_records,
)
from aiounit.assertions.awaits.calls import Arguments, Expectation
from aiounit.assertions.awaits.histories import nearest, numbered
from aiounit.assertions.errors.pairing import pair
from aiounit.introspect.representation import brief
from aiounit.mocks.recording.records import AwaitRecord

__all__ = ["Expected", "expected_awaits", "expected_order", "find_adjacent", "find_in_any_order", "find_in_order"]

_Call: Final = type(unittest.mock.call)


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """The awaits that an assertion expects: for each, the mock and the arguments."""

    parts: list[tuple[AwaitedMock, Expectation]]
    all_awaited: list[AwaitedMock]

    @property
    def seen(self) -> list[SeenAwait]:
        """All awaits of the mocks, in the order in which they began."""
        return in_order(self.all_awaited)

    @property
    def lines(self) -> list[str]:
        """The expected awaits, one a line."""
        return numbered([self.text(place) for place in range(len(self.parts))])

    def text(self, place: int) -> str:
        """Return the call that is expected at a position, as source code."""
        awaited, expectation = self.parts[place]
        return expectation.arguments.text(awaited.name)

    def fits(self, place: int, seen: SeenAwait) -> bool:
        """Return whether an await is the one that is expected at a position."""
        awaited, expectation = self.parts[place]
        return self.is_of(place, seen) and expectation.matches(awaited.arguments(seen.record))

    def is_of(self, place: int, seen: SeenAwait) -> bool:
        """Return whether an await belongs to the mock that is expected at a position."""
        awaited = self.parts[place][0]
        return awaited.log is seen.awaited.log and awaited.is_about(seen.record)

    def complaint(self, place: int) -> list[str]:
        """Return lines about an expected await that was not found: the call at a position, and the nearest await."""
        awaited, expectation = self.parts[place]
        candidates = {number: each for number, each in enumerate(self.seen, 1) if self.is_of(place, each)}
        return [f"{self.text(place)} is missing.", *nearest(expectation, candidates, awaited.name)]


# The awaits that were found, and lines about those that were not.
Findings = tuple[list[AwaitRecord], list[str]]


def expected_awaits(
    awaited: AwaitedMock, calls: Sequence[object], assertion: str, most: int | None = TestCase.maxDiff
) -> Expected:
    """Return the expected awaits of one mock.

    Args:
        awaited: The mock.
        calls: A list of ``call(...)``.
        assertion: The name of the assertion, for the message.
        most: The longest difference to show in a message, in characters. None is no limit.

    Raises:
        TypeError: ``calls`` is not a list of calls.
        ValueError: ``calls`` is empty.
    """
    _check_list(calls, assertion, "calls", "[call(1), call(2)]")
    parts = [(awaited, Expectation(_arguments(each, assertion), awaited.signature, most)) for each in calls]
    return Expected(parts, [awaited])


def expected_order(
    awaits: Sequence[tuple[object, object]], assertion: str, most: int | None = TestCase.maxDiff
) -> Expected:
    """Return the expected awaits of several mocks.

    Args:
        awaits: A list of pairs of a mock and ``call(...)``.
        assertion: The name of the assertion, for the message.
        most: The longest difference to show in a message, in characters. None is no limit.

    Raises:
        TypeError: ``awaits`` is not a list of such pairs.
        ValueError: ``awaits`` is empty, or the order is unknown because a mock was awaited before it was recorded.
    """
    _check_list(awaits, assertion, "awaits", "[(fetch, call(1)), (send, call(2))]")
    parts = []
    for each in awaits:
        if type(each) not in (list, tuple) or len(each) != 2:
            raise TypeError(
                f"{assertion}() takes pairs of a mock and a call, such as (fetch, call(1)), not {brief(each)}"
            )
        check_order(each[0], each[1], assertion, "its call, in each pair")
        awaited = find_mock(each[0], assertion)
        parts.append((awaited, Expectation(_arguments(each[1], assertion), awaited.signature, most)))
    all_awaited = find_mocks([mock for mock, _ in awaits], assertion)
    if len(all_awaited) > 1:
        require_records(all_awaited, assertion)
    return Expected(parts, all_awaited)


def _check_list(value: object, assertion: str, what: str, example: str) -> None:
    if type(value) not in (list, tuple):  # a call is a tuple too
        raise TypeError(f"{assertion}() takes a list as its {what}, such as {example}, not {brief(value)}")
    if not value:
        raise ValueError(f"{assertion}() needs at least one await to look for: an empty list would always be found")


def _arguments(call: object, assertion: str) -> Arguments:
    if not isinstance(call, _Call):
        raise TypeError(f"{assertion}() takes calls, such as unittest.mock.call(1), not {brief(call)}")
    if call is unittest.mock.call:
        raise TypeError(f"{assertion}() takes calls: write call(), not call, for one without arguments")
    if len(call) > 2 and call[0]:
        raise TypeError(f"{assertion}() takes calls without a name, not {brief(call)}: the mock is given separately")
    return Arguments(tuple(call.args), dict(call.kwargs))


def find_adjacent(expected: Expected) -> Findings:
    """Find the expected awaits one right after the other."""
    seen, count = expected.seen, len(expected.parts)
    for first in range(len(seen) - count + 1):
        window = seen[first : first + count]
        if all(expected.fits(place, each) for place, each in enumerate(window)):
            return [each.record for each in window], []
    return [], _first_missing(expected) or ["All of them are there, but not one right after the other."]


def find_in_any_order(expected: Expected) -> Findings:
    """Find a different await for each expected one, in any order."""
    seen = expected.seen
    partners = pair(len(expected.parts), len(seen), lambda place, index: expected.fits(place, seen[index]))
    if None in partners:
        return [], _first_missing(expected) or [f"There are too few awaits like {expected.text(partners.index(None))}."]
    return [seen[index].record for index in partners if index is not None], []


def find_in_order(expected: Expected) -> Findings:
    """Find the expected awaits in the order in which they began. Other awaits may come between them."""
    waiting = iter(enumerate(expected.seen, 1))
    found: list[tuple[int, SeenAwait]] = []
    for place in range(len(expected.parts)):
        next_one = next(((number, each) for number, each in waiting if expected.fits(place, each)), None)
        if next_one is None:
            return [], _first_missing(expected) or _out_of_order(expected, place, found)
        found.append(next_one)
    return [each.record for _, each in found], []


def _first_missing(expected: Expected) -> list[str]:
    seen = expected.seen
    for place in range(len(expected.parts)):
        if not any(expected.fits(place, each) for each in seen):
            return expected.complaint(place)
    return []


def _out_of_order(expected: Expected, place: int, found: list[tuple[int, SeenAwait]]) -> list[str]:
    number, last = found[-1]  # not empty: if the first expected await had not been found, it would be missing
    return [f"No {expected.text(place)} began after await {number}, {last.text}."]
