"""Runs a suite once on stdlib's `IsolatedAsyncioTestCase` and once on ours, and says where the two reports differ.

The runs are child processes, because the base class must be replaced before anything of the suite is imported. What
differs is a bug of ours or an `ExpectedDifference` that says why ours is right.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, TypeAlias
from unittest import TestCase

import aiounit
from tests.thirdparty import _runner
from tests.thirdparty._runner import Event

Report: TypeAlias = Mapping[str, tuple[Event, ...]]

STDLIB: Final = "unittest:IsolatedAsyncioTestCase"
OURS: Final = "aiounit:AsyncTestCase"

ORDER: Final = "the order of the tests"


class RunError(Exception):
    """A suite could not be run at all."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What to run, and what it needs.

    Attributes:
        names: Modules, classes or tests, by their dotted names.
        path: Where they are imported from, before anything else.
        environment: Variables that the suite reads.
        again: For a suite with tests that depend on the machine's speed: variables that make it slow and patient. The
            tests that differ are run a second time on their own with these, and count only if they differ again. If
            a run hangs, both are done again with these.
    """

    names: tuple[str, ...]
    path: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    again: Mapping[str, str] | None = None
    subtests_end_in_any_order: bool = False
    limit: float = 300.0


@dataclass(frozen=True, slots=True)
class ExpectedDifference:
    """A difference in which ours is right.

    Attributes:
        test: A pattern of test ids, as in `fnmatch`; here and below, of as few as possible.
        stdlib: A pattern of what stdlib's class reports, as `describe` gives it.
        ours: The same for our class.
        message: A part of the message of what was raised on our class, so that no other failure of the test passes.
        reason: Why ours is right.
        since: The first version that has the difference, as in ``sys.version_info``.
        before: The first later version that does not have it.
    """

    test: str
    stdlib: str
    ours: str
    reason: str
    message: str = ""
    since: tuple[int, ...] = (3, 11)
    before: tuple[int, ...] = (4,)

    def holds_on(self, version: tuple[int, ...]) -> bool:
        """Tell whether the difference must be there on a version of Python."""
        return self.since <= version < self.before

    def explains(self, difference: "Difference") -> bool:
        """Tell whether a difference is the one that is meant."""
        return (
            fnmatchcase(difference.test, self.test)
            and fnmatchcase(describe(difference.stdlib), self.stdlib)
            and fnmatchcase(describe(difference.ours), self.ours)
            and any(self.message in event.message for event in difference.ours)
        )


SKIP_WITHOUT_START: Final = ExpectedDifference(
    "*",
    stdlib="addSkip *, stopTest",
    ours="startTest, addSkip *, stopTest",
    reason="only 3.12.1 calls no startTest for a skipped class or method; results rely on the pair with stopTest",
    since=(3, 12, 1),
    before=(3, 12, 2),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A test and what either class reports of it: nothing, where it does not know the test."""

    test: str
    stdlib: tuple[Event, ...]
    ours: tuple[Event, ...]

    def __str__(self) -> str:
        lines = [self.test, f"  stdlib:  {_sequence(self.stdlib)}", f"  aiounit: {_sequence(self.ours)}"]
        lines += [event.traceback for event in (*self.stdlib, *self.ours) if event.traceback]
        return "\n".join(lines)


def assert_same(
    case: TestCase, suite: Suite, expected: Sequence[ExpectedDifference] = (), *, at_least: int, base: str = OURS
) -> None:
    """Fail unless both classes report the same, except for the expected differences.

    Args:
        case: The test that asks.
        suite: What to run.
        expected: Differences that are explained. Each must be there, or the list would rot.
        at_least: How many tests there must be: a suite of which nothing is found has no differences either.
        base: The class to compare with stdlib's.
    """
    patient = replace(suite, environment={**suite.environment, **(suite.again or {})})
    try:
        stdlib, ours = run_both(suite, suite.names, base)
    except RunError:
        if suite.again is None:
            raise
        stdlib, ours = run_both(patient, suite.names, base)
    case.assertGreaterEqual(len(stdlib), at_least, "stdlib's class ran fewer tests than there should be")
    entries = [entry for entry in expected if entry.holds_on(sys.version_info[:3])]
    found = list(differences(stdlib, ours, any_order=suite.subtests_end_in_any_order))
    if suite.again is not None:
        found = _again(patient, found, entries, base)
    problems = list(unexplained(found, entries))
    if problems:
        case.fail("\n\n".join([f"of {len(stdlib)} tests, {len(problems)} are not as expected", *problems]))


def run_both(suite: Suite, names: Sequence[str], base: str = OURS) -> tuple[Report, Report]:
    """Run the named parts of a suite on both classes at the same time.

    Raises:
        RunError: One of them ended early, hung, or could not import the suite.
    """
    with tempfile.TemporaryDirectory() as directory:
        stdlib = _Child(Path(directory, "stdlib"), suite, names, STDLIB)
        try:
            ours = _Child(Path(directory, "ours"), suite, names, base)
            try:
                return stdlib.report(), ours.report()
            finally:
                ours.end()
        finally:
            stdlib.end()


def differences(stdlib: Report, ours: Report, *, any_order: bool = False) -> Iterator[Difference]:
    """Yield the tests of which two reports say different things, then the order if that is what differs.

    Args:
        stdlib: What stdlib's class reports.
        ours: What ours reports.
        any_order: Whether the subtests of a test may end in any order.
    """
    for test in {**stdlib, **ours}:
        here, there = stdlib.get(test, ()), ours.get(test, ())
        if _essence(here, any_order=any_order) != _essence(there, any_order=any_order):
            yield Difference(test, here, there)
    both = stdlib.keys() & ours.keys()
    for first, second in zip(filter(both.__contains__, stdlib), filter(both.__contains__, ours), strict=True):
        if first != second:
            yield Difference(ORDER, (Event(first),), (Event(second),))
            return


def unexplained(found: Sequence[Difference], entries: Sequence[ExpectedDifference]) -> Iterator[str]:
    """Yield, in words, the differences that no entry explains and the entries that explain nothing."""
    for difference in found:
        if not any(entry.explains(difference) for entry in entries):
            yield str(difference)
    for entry in entries:
        if not any(entry.explains(difference) for difference in found):
            yield f"expected, but there is no such difference: {entry}"


def describe(events: Sequence[Event]) -> str:
    """Return what was reported of a test, without durations, which not all versions have."""
    return _sequence([event for event in events if event.kind != "addDuration"])


def _sequence(events: Sequence[Event]) -> str:
    return ", ".join(str(event) for event in events) or "nothing"


def _essence(events: Sequence[Event], *, any_order: bool) -> list[tuple[str, str]]:
    """Return what must be the same on both classes."""
    essence = [(event.kind, event.detail) for event in events]
    if not any_order:
        return essence
    subtests = [event for event in essence if event[0] == "addSubTest"]
    return [event for event in essence if event[0] != "addSubTest"] + sorted(subtests)


def _again(
    suite: Suite, found: Sequence[Difference], entries: Sequence[ExpectedDifference], base: str
) -> list[Difference]:
    """Run the tests that differ without an explanation on their own, and return what differs then."""
    names = [
        difference.test
        for difference in found
        if not any(entry.explains(difference) for entry in entries)
        if " " not in difference.test  # such as "setUpClass (module.Class)", which can't be run on its own
    ]
    if not names:
        return list(found)
    rest = [difference for difference in found if difference.test not in names]
    reports = run_both(suite, names, base)
    return rest + list(differences(*reports, any_order=suite.subtests_end_in_any_order))


def environment(suite: Suite) -> dict[str, str]:
    """Return ours for a child: other people's suites are not free of warnings, so those are as Python has them."""
    # PYTHONPATH and the like of whoever runs us may be what makes aiounit and the suite's needs importable.
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONWARNINGS", "PYTHONSAFEPATH"}}
    package = Path(aiounit.__file__).parent.parent
    entries = [*map(str, suite.path), str(package), inherited.get("PYTHONPATH", "")]
    ours = {"AIOUNIT_CHECKS": "all=off"}  # what such suites leave behind is another matter
    return {**inherited, **ours, "PYTHONPATH": os.pathsep.join(filter(None, entries)), **suite.environment}


class _Child:
    """A process that runs a suite on one base class."""

    def __init__(self, directory: Path, suite: Suite, names: Sequence[str], base: str) -> None:
        directory.mkdir()
        self._base = base
        self._events = directory / "events.json"
        self._log = directory / "log"
        # -P: the runner's own directory holds test modules, which must not be found in place of the suite's.
        options = ["--base", base, "--output", str(self._events), "--limit", str(suite.limit)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_runner.__file__), *options, *names],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=environment(suite),
            )

    def report(self) -> Report:
        status = self._process.wait()
        if status != 0 or not self._events.exists():
            text = self._log.read_text(errors="replace")
            raise RunError(f"the run on {self._base} ended with status {status}:\n{text[-10_000:]}")
        events: dict[str, list[list[Any]]] = json.loads(self._events.read_text())
        return {test: tuple(Event(*event) for event in of_test) for test, of_test in events.items()}

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
