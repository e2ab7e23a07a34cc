"""Turn findings into errors of the test, warnings, and a summary at the end of the run."""

import collections
import unittest
from collections.abc import Iterable, Iterator, Mapping
from types import FrameType
from typing import Any, Final

from aiounit._real import atexit, sys, warnings
from aiounit.checks.findings import Reported, make_error, merge
from aiounit.checks.ledger import Late, Ledger
from aiounit.checks.policy import ALLOWED, Allowance, Policy
from aiounit.exceptions import FindingWarning, UnusedAllowanceWarning
from aiounit.levels import Level
from aiounit.loops import collector

__all__ = ["end_run", "note_run", "print_summary", "print_summary_at_exit", "report"]

# How many places the summary names.
_PLACES: Final = 10


def report(ledger: Ledger, whose: str, policy: Policy, found: Iterable[Reported], *, note: str = "") -> list[Exception]:
    """Warn of findings, and return the errors that others are.

    Args:
        ledger: Belongs to the run.
        whose: Whose they are: the id of a test, for example.
        policy: The levels.
        found: The findings; equal ones are reported once.
        note: Is added to the first line of each error, in parentheses.
    """
    errors: list[Exception] = []
    failures = []
    for each in merge(found):
        level = policy.levels[each.check]
        if level is Level.FAIL:
            failures.append(each)
            continue
        try:
            _warn(whose, each)
        except FindingWarning as error:  # where warnings are errors
            errors.append(error)
        else:
            place = each.finding.place
            ledger.warned[each.check, "" if place is None else str(place)] += each.count
    if failures:
        errors.insert(0, make_error(whose, failures, note=note))
    return errors


def _warn(whose: str, found: Reported) -> None:
    place = found.finding.place
    file, line = ("unknown", 0) if place is None else (place.file, place.line)
    warnings.warn_explicit(f"{whose}: {found.check}: {found.text()}", FindingWarning, file, line)


def note_run(ledger: Ledger, kind: type, name: str, policy: Policy) -> None:
    """Note that a test has passed, so that its allowances have had the chance to be used.

    Args:
        ledger: Belongs to the run.
        kind: Its class.
        name: The name of its method.
        policy: Has its allowances.
    """
    for allowance in policy.allowances:
        ledger.tried.setdefault(allowance, set()).add((kind, name))


def end_run(ledger: Ledger) -> list[BaseException]:
    """Report findings that came too late for their test, warn of unused allowances, and make the summary.

    Args:
        ledger: Belongs to the run; it is empty afterwards.

    Returns:
        The errors to be reported with the run.
    """
    collector.collect()  # coroutines that were never awaited and are held by a cycle
    errors: list[BaseException] = []
    latecomers: dict[str, list[Late]] = {}
    for each in ledger.take_late():
        latecomers.setdefault(each.name, []).append(each)
    for name, group in latecomers.items():
        policy = group[0].policy
        found = [Reported(each.check, each.describe()) for each in group]
        left = [each for each in found if not policy.allows(each.check, each.finding)]
        note = f"found after {name} had ended" if name else "it is not known which test made it"
        errors += report(ledger, name or "a test", policy, left, note=note)
    errors += _warn_of_allowances(ledger.tried)
    ledger.summary = _summary(ledger.warned)
    ledger.warned.clear()
    ledger.tried.clear()
    return errors


def print_summary(ledger: Ledger, result: Any, caller: FrameType | None) -> None:
    """Print the summary of a run that has ended, after its failures.

    Args:
        ledger: Belongs to the run.
        result: The result of the run, or None.
        caller: The runner, which may print the failures only now; None if that is not known.
    """
    text = ledger.take_summary()
    if not text:
        return
    if caller is None or "printErrors" not in caller.f_code.co_names:
        _print(text)
        return
    print_errors = result.printErrors

    def print_both() -> None:
        result.printErrors = print_errors
        print_errors()
        print(text, file=getattr(result, "stream", sys.stderr), flush=True)

    result.printErrors = print_both


def print_summary_at_exit(ledger: Ledger) -> None:
    """Print the summary of a run that has ended when the process ends: its runner has not printed the failures yet."""
    text = ledger.take_summary()
    if text:
        atexit.register(_print, text)


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _warn_of_allowances(allowances: Mapping[Allowance, set[tuple[type, str]]]) -> list[Exception]:
    errors: list[Exception] = []
    for allowance, tried in allowances.items():
        if not allowance.is_used and tried.issuperset(_tests_with(allowance, *next(iter(tried)))):
            try:
                text = f"{allowance} has allowed nothing: take it away (it says: {allowance.reason})"
                warnings.warn_explicit(text, UnusedAllowanceWarning, allowance.place.file, allowance.place.line)
            except UnusedAllowanceWarning as error:
                errors.append(error)
    return errors


def _tests_with(allowance: Allowance, kind: type, name: str) -> Iterator[tuple[type, str]]:
    """Return all tests for which an allowance is, given one of them: those of subclasses may need it."""
    owners = [each for each in kind.__mro__ if allowance in vars(each).get(ALLOWED, ())]
    for each in _with_subclasses(*owners or [each for each in kind.__mro__ if name in vars(each)]):
        # Not by the default loader, which knows only the names that were asked for with -k.
        for test in unittest.TestLoader().getTestCaseNames(each) if issubclass(each, unittest.TestCase) else ():
            if owners or allowance in getattr(getattr(each, test), ALLOWED, ()):
                yield each, test


def _with_subclasses(*kinds: type) -> Iterator[type]:
    for kind in kinds:
        yield kind
        yield from _with_subclasses(*type.__subclasses__(kind))


def _summary(warned: Mapping[tuple[str, str], int]) -> str:
    if not warned:
        return ""
    kinds: collections.Counter[str] = collections.Counter()
    places: collections.Counter[str] = collections.Counter()
    for (check, place), count in warned.items():
        kinds[check] += count
        places[place or "no known place"] += count
    count = sum(kinds.values())
    lines = [f"aiounit: the checks have warned of {count} thing{'' if count == 1 else 's'}", "  by kind:"]
    lines += [f"    {count:5} {check}" for check, count in kinds.most_common()]
    lines.append("  by place:")
    lines += [f"    {count:5} {place}" for place, count in places.most_common(_PLACES)]
    if len(places) > _PLACES:
        lines.append(f"          and {len(places) - _PLACES} more places")
    return "\n" + "\n".join(lines)
