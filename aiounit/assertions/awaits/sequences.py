"""Several awaits that are expected together: of one mock side by side or in any order, of several in one order."""

import unittest.mock
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from unittest import TestCase

from aiounit.assertions.awaits.calls import Arguments, Expectation
from aiounit.assertions.awaits.histories import nearest, numbered
from aiounit.assertions.awaits.subjects import (
    Seen,
    Subject,
    check_order,
    in_order,
    require_records,
    subject_of,
    subjects_of,
)
from aiounit.assertions.errors.pairing import pair
from aiounit.introspect.representation import brief
from aiounit.mocks.recording.records import AwaitRecord

__all__ = ["Expected", "expected_awaits", "expected_order", "find_adjacent", "find_in_any_order", "find_in_order"]

_Call: Final = type(unittest.mock.call)


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Awaits that are expected: of which mock, and with which arguments."""

    parts: list[tuple[Subject, Expectation]]
    subjects: list[Subject]

    @property
    def seen(self) -> list[Seen]:
        """All awaits of the mocks, in the order in which they began."""
        return in_order(self.subjects)

    @property
    def lines(self) -> list[str]:
        """What is expected, a line for each."""
        return numbered([self.text(place) for place in range(len(self.parts))])

    def text(self, place: int) -> str:
        """Return the call that is expected at a place as it would be written."""
        subject, expectation = self.parts[place]
        return expectation.arguments.text(subject.name)

    def fits(self, place: int, seen: Seen) -> bool:
        """Tell whether an await is what is expected at a place."""
        subject, expectation = self.parts[place]
        return self.is_of(place, seen) and expectation.matches(subject.arguments(seen.record))

    def is_of(self, place: int, seen: Seen) -> bool:
        """Tell whether an await is one of the mock that is expected at a place."""
        subject = self.parts[place][0]
        return subject.log is seen.subject.log and subject.is_about(seen.record)

    def complaint(self, place: int) -> list[str]:
        """Return lines that say what is nearest to what is expected at a place, and was not found at all."""
        subject, expectation = self.parts[place]
        candidates = {number: each for number, each in enumerate(self.seen, 1) if self.is_of(place, each)}
        return [f"Missing is {self.text(place)}.", *nearest(expectation, candidates, subject.name)]


# What is found, and lines that say what is not.
Findings = tuple[list[AwaitRecord], list[str]]


def expected_awaits(
    subject: Subject, calls: Sequence[Any], assertion: str, most: int | None = TestCase.maxDiff
) -> Expected:
    """Return awaits of one mock that are expected.

    Args:
        subject: The mock.
        calls: A list of ``call(...)``.
        assertion: The name of the assertion, for the message.
        most: How long a difference may be that a message shows.

    Raises:
        TypeError: It is something else.
        ValueError: It is empty.
    """
    _check_list(calls, assertion, "calls", "[call(1), call(2)]")
    parts = [(subject, Expectation(_arguments(each, assertion), subject.signature, most)) for each in calls]
    return Expected(parts, [subject])


def expected_order(
    awaits: Sequence[tuple[object, Any]], assertion: str, most: int | None = TestCase.maxDiff
) -> Expected:
    """Return awaits of several mocks that are expected.

    Args:
        awaits: A list of pairs of a mock and ``call(...)``.
        assertion: The name of the assertion, for the message.
        most: How long a difference may be that a message shows.

    Raises:
        TypeError: It is something else.
        ValueError: It is empty, or the order is not known because a mock was awaited before it was recorded.
    """
    _check_list(awaits, assertion, "awaits", "[(fetch, call(1)), (send, call(2))]")
    parts = []
    for each in awaits:
        if type(each) not in (list, tuple) or len(each) != 2:
            raise TypeError(
                f"{assertion}() takes pairs of a mock and a call, such as (fetch, call(1)), not {brief(each)}"
            )
        check_order(each[0], each[1], assertion, "its call, in each pair")
        subject = subject_of(each[0], assertion)
        parts.append((subject, Expectation(_arguments(each[1], assertion), subject.signature, most)))
    subjects = subjects_of([mock for mock, _ in awaits], assertion)
    if len(subjects) > 1:
        require_records(subjects, assertion)
    return Expected(parts, subjects)


def _check_list(value: object, assertion: str, what: str, example: str) -> None:
    if type(value) not in (list, tuple):  # a call is a tuple too
        raise TypeError(f"{assertion}() takes a list as its {what}, such as {example}, not {brief(value)}")
    if not value:
        raise ValueError(f"{assertion}() needs at least one await to look for: an empty list would always be found")


def _arguments(call: Any, assertion: str) -> Arguments:
    if not isinstance(call, _Call):
        raise TypeError(f"{assertion}() takes calls, such as unittest.mock.call(1), not {brief(call)}")
    if call is unittest.mock.call:
        raise TypeError(f"{assertion}() takes calls: write call(), not call, for one without arguments")
    if len(call) > 2 and call[0]:
        raise TypeError(f"{assertion}() takes calls without a name, not {brief(call)}: which mock it is was said apart")
    return Arguments(tuple(call.args), dict(call.kwargs))


def find_adjacent(expected: Expected) -> Findings:
    """Find awaits one right after the other."""
    seen, count = expected.seen, len(expected.parts)
    for first in range(len(seen) - count + 1):
        window = seen[first : first + count]
        if all(expected.fits(place, each) for place, each in enumerate(window)):
            return [each.record for each in window], []
    return [], _first_missing(expected) or ["All of them are there, but not one right after the other."]


def find_in_any_order(expected: Expected) -> Findings:
    """Find an await for each that is expected, each its own."""
    seen = expected.seen
    partners = pair(len(expected.parts), len(seen), lambda place, index: expected.fits(place, seen[index]))
    if None in partners:
        return [], _first_missing(expected) or [f"Too few are like {expected.text(partners.index(None))}."]
    return [seen[index].record for index in partners if index is not None], []


def find_in_order(expected: Expected) -> Findings:
    """Find awaits that began one after the other, with any others between them."""
    waiting = iter(enumerate(expected.seen, 1))
    found: list[tuple[int, Seen]] = []
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


def _out_of_order(expected: Expected, place: int, found: list[tuple[int, Seen]]) -> list[str]:
    number, last = found[-1]  # the first that is expected is there, or it would be missing
    return [f"No {expected.text(place)} began after await {number}, {last.text}."]
