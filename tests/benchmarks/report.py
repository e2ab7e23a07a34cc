"""Prints the figures of a run: what was measured, all tables of an interpreter, the targets that are missed."""

from dataclasses import replace

from . import figures, rows, tables
from .data import Data, Measured
from .groups.scenarios import EmptyTest
from .targets import MISSED, NOT_MEASURED, TARGETS, missed


def describe(data: Data, measured: Measured) -> str:
    """Say in one line what is compared, and on what."""
    peers = ", ".join(f"{name} {version}" for name, version in measured.peers.items()) or "no peers"
    kind = ", a quick run, whose figures are unsteady" if data.is_quick else ""
    return f"CPython {measured.version}, {data.system}, {data.cores} cores, {data.date}{kind}; {peers}"


def subtracted(measured: Measured) -> str:
    """Say what the costs of tests are above."""
    shown = []
    for group, row in (("unittest", rows.UNITTEST), ("pytest", rows.PYTEST)):
        samples = measured.samples(group, EmptyTest.title)
        if row in samples:
            shown.append(f"{tables.number(figures.value(samples, row))} under {row}")
    return f"Subtracted, an empty synchronous test: {', '.join(shown)}."


def report(data: Data, measured: Measured) -> str:
    """Write all that was measured on an interpreter."""
    alone = replace(data, pythons=[measured])
    sections = {
        "A test, above the runner's own cost": tables.costs(measured),
        "A whole test": tables.whole("pytest", "microseconds", measured),
        "Instructions of a whole test": tables.instructions(measured),
        "Other figures": tables.others(alone),
        "Runs of several sizes": tables.sizes(alone),
        "Targets": tables.targets(alone),
    }
    parts = [describe(data, measured)]
    parts += [f"{title}\n{tables.pad(lines)}" for title, lines in sections.items() if len(lines) > 1]
    if "unittest" in measured.groups:
        parts.insert(2, subtracted(measured))
    return "\n\n".join([*parts, verdicts(alone)]) + "\n"


def count_verdicts(data: Data) -> str:
    """Say how many targets are missed."""
    found = [target.verdict(each) for target in TARGETS for each in data.pythons]
    measured = len(found) - found.count(NOT_MEASURED)
    return f"{found.count(MISSED)} of {measured} figures miss their target."


def verdicts(data: Data) -> str:
    """Say which targets are missed."""
    count = sum(target.value(each) is not None for target in TARGETS for each in data.pythons)
    names = missed(data)
    if not names:
        return f"All {count} targets that were measured are met."
    return "\n".join([f"Targets that are missed, of {count} that were measured:", *(f"- {name}" for name in names)])
