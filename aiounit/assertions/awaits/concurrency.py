"""Assertions about which awaits of mocks overlapped in time. A failure draws a timeline."""

from collections.abc import Iterable
from typing import Any, Final
from unittest import TestCase

from aiounit import _stdlib
from aiounit.arguments import check_count
from aiounit.assertions.awaits.histories import history, listed, never_awaited
from aiounit.assertions.awaits.subjects import Seen, Subject, check_order, in_order, require_records, subjects_of
from aiounit.assertions.awaits.timeline import busiest, moments, timeline
from aiounit.mocks.recording.records import AwaitRecord

__all__ = ["ConcurrencyAssertions"]

__unittest = True  # results leave out the frames of this module

# A shorter await has probably not suspended, in seconds.
_INSTANT: Final = 0.001
_HINT: Final = "They seem not to suspend, so no two can overlap: give the mock a behaviour such as delays() or gate()."


class ConcurrencyAssertions(TestCase):
    """Assertions about which awaits of mocks overlapped in time."""

    def assertOverlapped(self, *mocks: object, msg: object = None) -> None:
        """Fail unless awaits were in flight at the same time.

        Args:
            *mocks: With one mock, two of its awaits must overlap. With several, an await of each must. They must have
                been recorded before their first awaits.
            msg: Added to the failure message.

        Raises:
            TypeError: There are no mocks, or one of them is not a mock that can be awaited.
            ValueError: One of the mocks was awaited before it was recorded.
        """
        subjects, seen = _recorded(mocks, "assertOverlapped")
        if len(subjects) == 1:
            is_met = len(busiest(seen)) > 1
            expected = f"Expected two awaits of {subjects[0].name} to overlap."
        else:
            is_met = any(len({id(each.subject) for each in moment}) == len(subjects) for moment in moments(seen))
            expected = f"Expected awaits of {_names(subjects)} to overlap."
        if not is_met:
            raise _stdlib.cases.failure(self, msg, _drawn(expected, subjects, seen, []))

    def assertSerialized(self, *mocks: object, msg: object = None) -> None:
        """Fail if awaits were in flight at the same time, or if there are fewer than two awaits.

        Args:
            *mocks: One or more mocks, whose awaits are taken together. They must have been recorded before their first
                awaits.
            msg: Added to the failure message.

        Raises:
            TypeError: There are no mocks, or one of them is not a mock that can be awaited.
            ValueError: One of the mocks was awaited before it was recorded.
        """
        subjects, seen = _recorded(mocks, "assertSerialized")
        expected = f"Expected awaits of {_names(subjects)}, each of which begins after the one before has ended."
        if len(seen) < 2:
            raise _stdlib.cases.failure(self, msg, "\n".join([expected, "That takes two.", *history(subjects)]))
        marked = busiest(seen)
        if len(marked) > 1:
            raise _stdlib.cases.failure(self, msg, _drawn(expected, subjects, seen, marked))

    def assertMaxConcurrency(self, mocks: object, limit: int, *, msg: object = None) -> None:
        """Fail unless the most awaits that were in flight at the same time are exactly the limit.

        Fewer awaits are a failure as well, because they do not show that anything limits them.

        Args:
            mocks: A mock, or a list or tuple of mocks whose awaits are taken together. They must have been recorded
                before their first awaits.
            limit: The expected number of awaits.
            msg: Added to the failure message.

        Raises:
            TypeError: There are no mocks, one is not a mock that can be awaited, or ``limit`` is not an integer.
            ValueError: ``limit`` is less than 1, or one of the mocks was awaited before it was recorded.

        Example:
            ``self.assertMaxConcurrency(client.fetch, 3)``
        """
        things: Any = mocks if type(mocks) in (list, tuple) else [mocks]  # not isinstance: a mock may say it is one
        check_order(things[0] if things else None, limit, "assertMaxConcurrency", "how many")
        check_count("limit", limit)
        subjects, seen = _recorded(things, "assertMaxConcurrency")
        marked = busiest(seen)
        if len(marked) != limit:
            awaits = "one await" if limit == 1 else f"{limit} awaits"
            expected = f"Expected {awaits} of {_names(subjects)} at a time, and no more; the most was {len(marked)}."
            raise _stdlib.cases.failure(self, msg, _drawn(expected, subjects, seen, marked))


def _recorded(things: Iterable[object], assertion: str) -> tuple[list[Subject], list[Seen]]:
    subjects = subjects_of(things, assertion)
    require_records(subjects, assertion)
    return subjects, in_order(subjects)


def _names(subjects: list[Subject]) -> str:
    return listed([subject.name for subject in subjects])


def _drawn(expected: str, subjects: list[Subject], seen: list[Seen], marked: list[Seen]) -> str:
    if not seen:
        return "\n".join([expected, *history(subjects)])
    hint = [_HINT] if len(seen) > 1 and all(_is_instant(each.record) for each in seen) else []
    return "\n".join([expected, *timeline(seen, marked), *hint, *never_awaited(subjects)])


def _is_instant(record: AwaitRecord) -> bool:
    """Return whether an await took almost no time, and no other await of any mock began or ended meanwhile."""
    return record.ended == (record.number or 0) + 1 and (record.end or 0) - (record.start or 0) < _INSTANT
