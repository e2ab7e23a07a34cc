"""What a test remembers of the mocks that it has made: calls of them that nobody awaits fail it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest import TestCase

from aiounit import _stdlib
from aiounit.mocks.recording.recorder import await_effects, excuse, record, recorder_of
from aiounit.mocks.recording.records import WANTS_SPEC, CallRecord
from aiounit.mocks.specs.configuration import configure

__all__ = ["MockKeeper"]

__unittest = True  # results leave out the frames of this module


@dataclass(slots=True)
class _Made:
    """The mocks that a test has made, and those of them whose calls must be awaited."""

    mocks: list[Any] = field(default_factory=list)
    strict: list[Any] = field(default_factory=list)
    open: dict[int, tuple[str, CallRecord]] = field(default_factory=dict)

    def note(self) -> None:
        """Write down the calls that were not awaited yet, with the names of their mocks."""
        for mock in self.strict:
            for log in recorder_of(record(mock)).family():
                self.open |= {id(call): (log.name, call) for call in log.unawaited}


class MockKeeper(TestCase):
    """Remembers mocks for the length of a test."""

    def resetMocks(self) -> None:
        """Forget the calls and awaits of all mocks and spies of the test; what they do stays.

        A call that is never awaited fails the test all the same.
        """
        made = self._aiounit_mocks()
        made.note()
        for mock in made.mocks:
            mock.reset_mock()

    def _aiounit_keep(self, mock: Any, values: dict[str, Any], *, allow_unawaited: bool) -> Any:
        """Configure a mock, and remember it until the end of the test."""
        configure(mock, values)
        log = record(mock)
        await_effects(log)
        made = self._aiounit_mocks()
        made.mocks.append(mock)
        if allow_unawaited:
            excuse(log)
        else:
            made.strict.append(mock)
        return mock

    def _aiounit_mocks(self) -> _Made:
        made: _Made | None = vars(self).get("_aiounit_made")
        if made is None:
            made = self._aiounit_made = _Made()
            # After all other cleanups, which may still await what the test has called.
            _stdlib.cases.add_last_cleanup(self, self._aiounit_check_mocks)
        return made

    def _aiounit_check_mocks(self) -> None:
        made = self._aiounit_made
        del self._aiounit_made
        made.note()
        calls = [(name, call) for name, call in made.open.values() if call.awaited is None]
        if calls:
            self._aiounit_report_unawaited(calls)

    def _aiounit_report_unawaited(self, calls: Sequence[tuple[str, CallRecord]]) -> None:
        """Fail because of calls that were never awaited, each with the name of its mock."""
        what = "a call of a mock was" if len(calls) == 1 else f"{len(calls)} calls of mocks were"
        lines = [f"  {call.describe(name)}{f' in {call.place}' if call.place else ''}\n" for name, call in calls]
        remedy = f". {WANTS_SPEC}" if any(call.wants_spec for _, call in calls) else ""
        raise self.failureException(
            f"{what} never awaited:\n{''.join(lines)}"
            f"Await it where it is called, or make the mock with allow_unawaited=True{remedy}"
        )
