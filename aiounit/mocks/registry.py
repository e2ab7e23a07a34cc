"""The mocks that a test has made. The test fails if one of their calls is never awaited."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from unittest.mock import NonCallableMock

from aiounit import _stdlib
from aiounit._real import functools
from aiounit._typing import Protocol
from aiounit.mocks.recording.recorder import await_effects, excuse, record, recorder_of
from aiounit.mocks.recording.records import WANTS_SPEC, CallRecord
from aiounit.mocks.specs.configuration import configure

__all__ = ["MockOwner", "MockRegistry", "describe_unawaited", "registry_of"]

__unittest = True  # results leave out the frames of this module

M = TypeVar("M")

# The registry of a test is in the test's __dict__, from its first mock until its last cleanup.
_REGISTRY: Final = "_aiounit_mocks"


class MockOwner(Protocol):
    """A test that has a registry."""

    def addCleanup(self, function: Callable[[], object], /) -> None:
        """Add a cleanup, as ``unittest.TestCase`` does."""
        ...

    def _aiounit_report_unawaited(self, calls: Sequence[tuple[str, CallRecord]]) -> None:
        """Report calls that were never awaited, each with the name of its mock."""
        ...


@dataclass(slots=True)
class MockRegistry:
    """The mocks and spies of one test.

    Attributes:
        mocks: All of them.
        strict: Those whose calls must be awaited.
        open: Calls without an await, each with the name of its mock, by the identity of the call.
    """

    mocks: list[NonCallableMock] = field(default_factory=list)
    strict: list[NonCallableMock] = field(default_factory=list)
    open: dict[int, tuple[str, CallRecord]] = field(default_factory=dict)

    def add(self, mock: M, values: Mapping[str, object], *, allow_unawaited: bool) -> M:
        """Configure a mock and add it.

        Args:
            mock: The mock, or the function that stands for it.
            values: Its configuration, as for `configure`.
            allow_unawaited: Whether its calls need not be awaited.

        Returns:
            The mock.
        """
        configure(mock, values)
        log = record(mock)
        await_effects(log)
        self.mocks.append(log.mock)
        if allow_unawaited:
            excuse(log)
        else:
            self.strict.append(log.mock)
        return mock

    def reset(self) -> None:
        """Reset the calls and awaits of all mocks, except that unawaited calls are remembered."""
        self.note_open()
        for mock in self.mocks:
            mock.reset_mock()

    def note_open(self) -> None:
        """Remember the calls that have not been awaited so far."""
        for mock in self.strict:
            for log in recorder_of(record(mock)).family():
                self.open |= {id(call): (log.name, call) for call in log.unawaited}

    def unawaited(self) -> list[tuple[str, CallRecord]]:
        """Return the calls that were never awaited, each with the name of its mock."""
        self.note_open()
        return [(name, call) for name, call in self.open.values() if call.awaited is None]


def registry_of(test: MockOwner) -> MockRegistry:
    """Return the registry of a test. The first call makes it, and adds a cleanup that reports unawaited calls."""
    registry: MockRegistry | None = vars(test).get(_REGISTRY)
    if registry is None:
        registry = vars(test)[_REGISTRY] = MockRegistry()
        # It runs after all other cleanups, because these may still await calls of the test.
        _stdlib.cases.add_last_cleanup(test, functools.partial(_report, test))
    return registry


def _report(test: MockOwner) -> None:
    registry: MockRegistry = vars(test).pop(_REGISTRY)
    calls = registry.unawaited()
    if calls:
        test._aiounit_report_unawaited(calls)  # noqa: SLF001 (our hook on the test)


def describe_unawaited(calls: Sequence[tuple[str, CallRecord]]) -> str:
    """Return the message for calls that were never awaited.

    Args:
        calls: The calls, each with the name of its mock.
    """
    count = "a call of a mock was" if len(calls) == 1 else f"{len(calls)} calls of mocks were"
    lines = [f"  {call.describe(name)}{f' in {call.place}' if call.place else ''}\n" for name, call in calls]
    remedy = f". {WANTS_SPEC}" if any(call.wants_spec for _, call in calls) else ""
    return (
        f"{count} never awaited:\n{''.join(lines)}"
        f"Await it where it is called, or make the mock with allow_unawaited=True{remedy}"
    )
