"""Find and draw the awaits that were in flight at the same time.

Starts and ends are compared by their order, not by the clock: two awaits that follow each other within one tick of the
clock do not overlap.
"""

from collections.abc import Iterator
from typing import Final

from aiounit.assertions.awaits.awaited_mocks import SeenAwait
from aiounit.assertions.awaits.histories import state
from aiounit.mocks.recording.records import AwaitRecord

__all__ = ["busiest", "moments", "timeline"]

# How many awaits to draw at most, and how many characters of each call.
_MOST: Final = 12
_LONGEST: Final = 50


def moments(seen: list[SeenAwait]) -> Iterator[list[SeenAwait]]:
    """Yield, at the start of each await, the awaits that were in flight.

    Args:
        seen: Recorded awaits, in the order in which they began.
    """
    in_flight: list[SeenAwait] = []
    for each in seen:
        begun = _start(each.record)
        in_flight = [other for other in in_flight if other.record.ended is None or other.record.ended > begun]
        in_flight.append(each)
        yield list(in_flight)


def busiest(seen: list[SeenAwait]) -> list[SeenAwait]:
    """Return the largest set of awaits that were in flight at the same time."""
    return max(moments(seen), key=len, default=[])


def timeline(seen: list[SeenAwait], marked: list[SeenAwait]) -> list[str]:
    """Draw awaits from left to right, one a line. Each start and each end is a column.

    Args:
        seen: The awaits, numbered as in their history.
        marked: Awaits that were in flight at the same time, to mark that moment. If there are many awaits, only these
            are drawn.
    """
    marks = [each.record for each in marked]
    drawn = list(enumerate(seen, 1))
    if len(drawn) > _MOST:
        drawn = [(number, each) for number, each in drawn if not marks or each.record in marks][:_MOST]
    records = [each.record for _, each in drawn]
    events = sorted({_start(record) for record in records} | {record.ended for record in records if record.ended})
    column = {event: 2 * index for index, event in enumerate(events)}
    labels = _aligned([f"  {number}. {_short(each.text)}" for number, each in drawn])
    bars = _aligned([_bar(record, column) for record in records])
    lines = [
        f"{label}{bar}{_times(record, records[0])}{state(record)}"
        for label, bar, record in zip(labels, bars, records, strict=True)
    ]
    if len(marks) > 1:
        mark = column[max(_start(record) for record in records if record in marks)]
        lines.append(f"{' ' * (len(labels[0]) + mark)}^ {len(marks)} at a time")
    if len(drawn) < len(seen):
        lines.append(f"  ... and {len(seen) - len(drawn)} more")
    return lines


def _start(record: AwaitRecord) -> int:
    return record.number or 0


def _aligned(texts: list[str]) -> list[str]:
    width = max(map(len, texts), default=0) + 2
    return [f"{text:<{width}}" for text in texts]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _bar(record: AwaitRecord, column: dict[int, int]) -> str:
    begin = column[_start(record)]
    end = 2 * len(column) - 1 if record.ended is None else column[record.ended]
    return f"{' ' * begin}[{'=' * (end - begin - 1)}{'>' if record.ended is None else ']'}"


def _times(record: AwaitRecord, first: AwaitRecord) -> str:
    """Return the time span of an await, counted from the start of the first await; empty without a loop's clock."""
    if record.start is None or first.start is None:
        return ""
    begin = f"{record.start - first.start:.3f} s"
    return f"from {begin}, " if record.end is None else f"{begin} to {record.end - first.start:.3f} s, "
