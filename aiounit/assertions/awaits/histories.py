"""Describe the history of mocks in messages: each await and its state, un-awaited calls, the nearest await."""

from typing import Final

from aiounit.assertions.awaits.awaited_mocks import AwaitedMock, SeenAwait, in_order
from aiounit.assertions.awaits.calls import Expectation, in_words
from aiounit.assertions.messages import in_tries
from aiounit.introspect.representation import shown
from aiounit.mocks.recording.recorder import recorder_of
from aiounit.mocks.recording.records import AwaitRecord, AwaitState, CallRecord

__all__ = ["history", "listed", "nearest", "never_awaited", "numbered", "state"]

# How many lines a list has at most; the middle of a longer one is left out.
_MOST: Final = 20

_HIDDEN: Final = "On Python 3.13 and later, a call of an autospecced function is known only once it is awaited."


def state(record: AwaitRecord) -> str:
    """Return the state of an await, or how it ended."""
    match record.state:
        case AwaitState.RETURNED:
            return f"returned {shown(record.value)}"
        case AwaitState.RAISED:
            return f"raised {shown(record.error)}"
        case AwaitState.CANCELLED if isinstance(record.error, GeneratorExit):
            return "was closed before its end"
        case AwaitState.CANCELLED:
            return "was cancelled"
        case AwaitState.RUNNING:
            return "is still running"
    return "began before the mock was recorded"


def history(all_awaited: list[AwaitedMock]) -> list[str]:
    """Return lines that list the awaits of mocks, and their calls that were never awaited.

    Args:
        all_awaited: The mocks.
    """
    awaits = in_order(all_awaited)
    if not awaits:
        return never_awaited(all_awaited) or _nothing(all_awaited)
    texts = [f"{each.text}: {state(each.record)}" for each in awaits]
    return [
        f"{_they_were(all_awaited)} awaited {in_tries(len(awaits))}:",
        *numbered(texts),
        *never_awaited(all_awaited),
    ]


def never_awaited(all_awaited: list[AwaitedMock]) -> list[str]:
    """Return lines that list the calls that were never awaited, with their source lines; empty if there are none.

    Args:
        all_awaited: The mocks.
    """
    left = [(awaited, call) for awaited in all_awaited for call in awaited.unawaited]
    closed = [(awaited, call) for awaited in all_awaited for call in awaited.closed]
    before = sum(recorder_of(awaited.log).count_unknown() for awaited in all_awaited)
    lines = []
    if count := len(left) + before:
        some_were = closed or in_order(all_awaited)
        called = _count(count) if some_were else f"{_they_were(all_awaited)} called but"
        lines = [f"{called} never awaited:", *_shortened([_call(*each) for each in left])]
    if before:
        lines.append(f"  {in_tries(before)} before the mock was recorded, so it is not known where")
    if closed:
        lines.append(f"{_count(len(closed))} closed or cancelled before any await began:")
        lines += _shortened([_call(*each) for each in closed])
    return lines


def _count(calls: int) -> str:
    return "1 call was" if calls == 1 else f"{calls} calls were"


def _call(awaited: AwaitedMock, call: CallRecord) -> str:
    return f"  {awaited.text(call)}{f' in {call.place}' if call.place else ''}"


def _nothing(all_awaited: list[AwaitedMock]) -> list[str]:
    if any(awaited.hides_calls for awaited in all_awaited):
        return [f"{_they_were(all_awaited)} not awaited.", _HIDDEN]
    return [f"{_they_were(all_awaited)} neither called nor awaited."]


def _they_were(all_awaited: list[AwaitedMock]) -> str:
    return "It was" if len(all_awaited) == 1 else "They were"


def numbered(texts: list[str]) -> list[str]:
    """Return lines with numbers in front. The middle of many lines is left out."""
    return _shortened([f"  {number}. {text}" for number, text in enumerate(texts, 1)])


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= _MOST:
        return lines
    half = _MOST // 2
    return [*lines[:half], f"  ... {len(lines) - 2 * half} lines more ...", *lines[-half:]]


def nearest(expectation: Expectation, awaits: dict[int, SeenAwait], name: str) -> list[str]:
    """Return lines that describe how the nearest await differs from the expected one.

    Args:
        expectation: The expected arguments.
        awaits: The awaits, by their numbers in `history`.
        name: The name of the mock in messages.
    """
    if expectation.problem is not None:
        return [f"{expectation.arguments.text(name)} {expectation.problem}."]
    if not awaits:
        return []
    index, differences = expectation.nearest([each.arguments for each in awaits.values()])
    number = list(awaits)[index]
    if not differences:
        return [f"Await {number} has these arguments."]
    which = f"Await {number}" if len(awaits) == 1 else f"The nearest, await {number},"
    lines = [f"{which} differs in:", *(f"  {line}" for line in in_words(differences, expectation.most))]
    changes = awaits[number].changes
    return [*lines, *(f"  {name} was changed since: {changes[name]}" for name in differences if name in changes)]


def listed(names: list[str]) -> str:
    """Return names as part of a sentence: ``a, b and c``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
