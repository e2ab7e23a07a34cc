"""Calls of asynchronous mocks that were never awaited.

Such a call makes a coroutine, which is noticed like any other when it is destroyed. What keeps a record of mocks knows
of those as well that somebody still holds: it is asked, too.
"""

from collections.abc import Callable, Iterable
from typing import ClassVar, Final

from typing_extensions import override

from aiounit import _hooks, introspect
from aiounit.checks import sites
from aiounit.checks.check import Subject
from aiounit.checks.unawaited import Unawaited, UnawaitedCheck, route
from aiounit.findings import Finding

__all__ = ["Mocks", "Source", "add_source"]

Source = Callable[[Subject], Iterable[Finding]]

_REMEDY: Final = "Await the call where it is made: as it is, what the mock stands for would never have run"

_sources: Final[list[Source]] = []


def add_source(source: Source) -> None:
    """Ask a record of mocks at the end of each test.

    Args:
        source: Is given the test, and returns a finding for each call that was not awaited, with the name of the mock
            and where it was called. A call that is found in both ways is reported once.
    """
    _sources.append(source)


class Mocks(UnawaitedCheck):
    """Finds calls that were never awaited."""

    name: ClassVar[str] = "mocks"

    @override
    def end(self, test: Subject) -> Iterable[Finding]:
        """Return the calls that were never awaited."""
        found = [finding for source in _sources for finding in source(test)]
        known = {_call(finding) for finding in found}
        return found + [each for each in super().end(test) if _call(each) not in known]

    @override
    @staticmethod
    def read(coroutine: Unawaited) -> Callable[[], Finding]:
        """Read off the coroutine of a call what is to be known of it, and return what describes it."""
        name, call = _hooks.mock_call(coroutine)
        made = [place for place in introspect.creation_of(coroutine) if place.module != "unittest.mock"]
        what = f"mock call {call} was never awaited"
        return lambda: Finding(what, _REMEDY, name=name, stack=sites.creation(made))


def _call(finding: Finding) -> tuple[object, ...]:
    """Return what tells one call from another."""
    place = finding.place
    return (finding.name, None) if place is None else (finding.name, place.file, place.line)


route(Mocks, _hooks.MOCK_CALL)
