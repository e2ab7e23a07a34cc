"""Calls of asynchronous mocks that were never awaited.

Such a call makes a coroutine, which is noticed like any other when it is destroyed. Of its own mocks, the test tells
also those calls whose coroutine is still held.
"""

from collections.abc import Iterable
from types import CodeType
from typing import TYPE_CHECKING, ClassVar, Final

from aiounit import _stdlib
from aiounit._later import Later
from aiounit._real import functools, sys
from aiounit._typing import override
from aiounit.checks.api import CheckContext, current_context
from aiounit.checks.builtin.unawaited import Describe, Origin, Unawaited, UnawaitedCheck, route
from aiounit.checks.findings import Finding
from aiounit.introspect import sites
from aiounit.introspect.places import Place

if TYPE_CHECKING:
    from aiounit.mocks.recording import recorder, records
    from aiounit.mocks.recording.records import CallRecord
else:
    recorder = Later("aiounit.mocks.recording.recorder", globals())
    records = Later("aiounit.mocks.recording.records", globals())

__all__ = ["Mocks", "note_calls"]

_REMEDY: Final = "Await the call where it is made; if the mock stands for something that is not awaited, give it a spec"
_ALLOWED: Final = ". Or make the mock with allow_unawaited=True"


class Mocks(UnawaitedCheck):
    """Finds calls that were never awaited."""

    name: ClassVar[str] = "mocks"

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[int, tuple[str, CallRecord]] = {}

    @override
    def note(self, coroutine: Unawaited) -> None:
        """Take the coroutine of a call of the test."""
        if coroutine.cr_code is _code_of_recorder():
            self.note_calls([recorder.call_in(coroutine)])
        else:
            super().note(coroutine)

    def note_calls(self, calls: Iterable[tuple[str, "CallRecord"]]) -> None:
        """Take calls that were not awaited yet, each with the name of its mock."""
        for name, call in calls:
            call.is_excused = True
            self._calls[id(call)] = name, call

    @override
    def left(self, test: CheckContext) -> list[Describe]:
        """Return the calls that were never awaited, each as a function that describes it."""
        recorded = [functools.partial(_describe, *each) for each in self._calls.values() if each[1].awaited is None]
        return [*recorded, *super().left(test)]

    @override
    @staticmethod
    def is_settled(coroutine: Unawaited) -> bool:
        """Return whether the call may go without an await, or is reported."""
        return coroutine.cr_code is _code_of_recorder() and recorder.call_in(coroutine)[1].is_excused

    @override
    @staticmethod
    def origin(coroutine: Unawaited) -> Origin:
        """Return the line that has called the mock."""
        if coroutine.cr_code is not _code_of_recorder():
            return UnawaitedCheck.origin(coroutine)
        place = recorder.call_in(coroutine)[1].place
        return () if place is None else (place,)

    @override
    @staticmethod
    def read(coroutine: Unawaited) -> Describe:
        """Read everything off the coroutine of a call that a finding needs."""
        if coroutine.cr_code is _code_of_recorder():
            recorded = recorder.call_in(coroutine)
            return lambda: _describe(*recorded)
        name, call = _stdlib.mocks.mock_call(coroutine)
        made = [place for place in sites.creation_of(coroutine) if place.module != "unittest.mock"]
        what = f"mock call {call} was never awaited"
        wants_spec = _stdlib.mocks.is_async_by_parent(_stdlib.mocks.mock_in(coroutine))
        return lambda: Finding(what, _remedy("", wants_spec=wants_spec), name=name, stack=sites.creation(made))


def note_calls(calls: Iterable[tuple[str, "CallRecord"]]) -> None:
    """Take calls of the test that runs, unless the check is off.

    Args:
        calls: The calls, each with the name of its mock.
    """
    subject = current_context.get()
    check = None if subject is None else subject.check(Mocks.name)
    if isinstance(check, Mocks):
        check.note_calls(calls)


def _describe(name: str, call: "CallRecord") -> Finding:
    stack = () if call.place is None else (Place(*call.place, ""),)
    remedy = _remedy(_ALLOWED, wants_spec=call.wants_spec)
    return Finding(f"mock call {call.describe(name)} was never awaited", remedy, name=name, stack=stack)


def _remedy(more: str, *, wants_spec: bool) -> str:
    return _REMEDY + more + (f". {records.WANTS_SPEC}" if wants_spec else "")


# A coroutine is destroyed in the middle of other code, which is no place to import a module.


def _code_of_mock() -> CodeType | None:
    return _stdlib.mocks.MOCK_CALL if "unittest.mock" in sys.modules else None


def _code_of_recorder() -> CodeType | None:
    return recorder.CALL if "aiounit.mocks.recording.recorder" in sys.modules else None


route(Mocks, _code_of_mock)
route(Mocks, _code_of_recorder)
