"""Assertions about which awaits of mocks overlapped in time. A failure draws a timeline."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from unittest import TestCase

from aiounit import _stdlib
from aiounit._later import Later
from aiounit.arguments import check_count

if TYPE_CHECKING:
    from aiounit.assertions.awaits import awaited_mocks, histories, timeline as timelines
    from aiounit.assertions.awaits.awaited_mocks import AwaitedMock, SeenAwait
    from aiounit.mocks.recording.records import AwaitRecord
else:
    awaited_mocks = Later("aiounit.assertions.awaits.awaited_mocks", globals())
    histories = Later("aiounit.assertions.awaits.histories", globals())
    timelines = Later("aiounit.assertions.awaits.timeline", globals())

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
        all_awaited, seen = _recorded(mocks, "assertOverlapped")
        if len(all_awaited) == 1:
            is_met = len(timelines.busiest(seen)) > 1
            expected = f"Expected two awaits of {all_awaited[0].name} to overlap."
        else:
            is_met = any(
                len({id(each.awaited) for each in moment}) == len(all_awaited) for moment in timelines.moments(seen)
            )
            expected = f"Expected awaits of {_names(all_awaited)} to overlap."
        if not is_met:
            raise _stdlib.cases.failure(self, msg, _drawn(expected, all_awaited, seen, []))

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
        all_awaited, seen = _recorded(mocks, "assertSerialized")
        expected = f"Expected awaits of {_names(all_awaited)} to follow each other without an overlap."
        if len(seen) < 2:
            lines = [expected, "There must be at least two awaits.", *histories.history(all_awaited)]
            raise _stdlib.cases.failure(self, msg, "\n".join(lines))
        marked = timelines.busiest(seen)
        if len(marked) > 1:
            raise _stdlib.cases.failure(self, msg, _drawn(expected, all_awaited, seen, marked))

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
        awaited_mocks.check_order(things[0] if things else None, limit, "assertMaxConcurrency", "how many")
        check_count("limit", limit)
        all_awaited, seen = _recorded(things, "assertMaxConcurrency")
        marked = timelines.busiest(seen)
        if len(marked) != limit:
            awaits = "one await" if limit == 1 else f"{limit} awaits"
            expected = (
                f"Expected {awaits} of {_names(all_awaited)} at a time, and no more; the maximum was {len(marked)}."
            )
            raise _stdlib.cases.failure(self, msg, _drawn(expected, all_awaited, seen, marked))


def _recorded(things: Iterable[object], assertion: str) -> "tuple[list[AwaitedMock], list[SeenAwait]]":
    all_awaited = awaited_mocks.find_mocks(things, assertion)
    awaited_mocks.require_records(all_awaited, assertion)
    return all_awaited, awaited_mocks.in_order(all_awaited)


def _names(all_awaited: "list[AwaitedMock]") -> str:
    return histories.listed([awaited.name for awaited in all_awaited])


def _drawn(expected: str, all_awaited: "list[AwaitedMock]", seen: "list[SeenAwait]", marked: "list[SeenAwait]") -> str:
    if not seen:
        return "\n".join([expected, *histories.history(all_awaited)])
    hint = [_HINT] if len(seen) > 1 and all(_is_instant(each.record) for each in seen) else []
    return "\n".join([expected, *timelines.timeline(seen, marked), *hint, *histories.never_awaited(all_awaited)])


def _is_instant(record: "AwaitRecord") -> bool:
    """Return whether an await took almost no time, and no other await of any mock began or ended meanwhile."""
    return record.ended == (record.number or 0) + 1 and (record.end or 0) - (record.start or 0) < _INSTANT
