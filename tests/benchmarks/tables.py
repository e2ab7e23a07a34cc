"""Lays the figures out: tables as lists of lines, and both ways to print them."""

from collections.abc import Callable

from . import figures, rows
from .data import Data, Measured
from .groups import concurrency, growth, leaks, memory, pieces, startup
from .groups.scenarios import SCENARIOS
from .targets import MICROSECONDS, NOT_MEASURED, TARGETS

Lines = list[list[str]]

TITLES = [scenario.title for scenario in SCENARIOS]
UNITTEST_ROWS = (
    rows.OURS,
    rows.WITHOUT_LIMITS,
    rows.WITHOUT_CHECKS,
    rows.SHARED_LOOP,
    rows.UVLOOP,
    rows.SHARED_UVLOOP,
    rows.STDLIB,
    rows.STDLIB_WITHOUT_DEBUG,
)

# The figures beside those of whole tests: the group, the scenario and the unit.
OTHERS = (
    ("pieces", pieces.CLASS, MICROSECONDS),
    ("pieces", pieces.MOCK, MICROSECONDS),
    ("pieces", pieces.SUBTEST, MICROSECONDS),
    ("pieces", pieces.RESOURCES, MICROSECONDS),
    *(("leaks", leaks.title(tasks), "ms") for tasks in leaks.TASKS),
    ("startup", startup.IMPORT, "ms"),
    ("startup", startup.RUN, "ms"),
    ("concurrency", concurrency.TITLE, "ms"),
)
# What is shown of runs of several sizes.
SIZES = (
    *(("growth", title, MICROSECONDS) for title in (growth.TESTS, growth.CLASSES, growth.RESOURCES)),
    ("growth", growth.RESOURCES_OF_ONE_CLASS, MICROSECONDS),
    ("memory", memory.PEAK, ""),
    ("memory", memory.BLOCKS, ""),
)


def number(value: float) -> str:
    """Write a number, with a digit behind the point if it is small."""
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"


def pad(lines: Lines) -> str:
    """Align the columns, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.rjust(width) if index else text.ljust(width) for index, (text, width) in enumerate(cells))
        for cells in (list(zip(line, widths, strict=True)) for line in lines)
    )


def markdown(lines: Lines) -> str:
    """Write a Markdown table with the figures to the right."""
    rule = ["---", *["---:"] * (len(lines[0]) - 1)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])


def show(measure: Callable[[], tuple[float, float]], row: str) -> str:
    """Write a figure, and in brackets how many times aiounit's it is."""
    try:
        value, ratio = measure()
    except LookupError:
        return NOT_MEASURED
    return number(value) if row == rows.OURS else f"{number(value)} ({ratio:.1f}x)"


def without_empty(lines: Lines) -> Lines:
    """Leave out the lines that have no figure."""
    return [lines[0], *(line for line in lines[1:] if set(line[1:]) != {NOT_MEASURED})]


def costs(measured: Measured) -> Lines:
    """Lay out the microseconds of a test above the cost of the runner: a line for each row, aiounit's first."""

    def cell(row: str, title: str) -> str:
        samples = measured.samples("pytest" if row in rows.PYTEST_PEERS else "unittest", title)
        return show(
            lambda: (figures.cost(samples, row), figures.ratio_of_costs(samples, row, rows.OURS)),
            row,
        )

    shown = (*UNITTEST_ROWS, *rows.PYTEST_PEERS)
    return without_empty(
        [["microseconds", *TITLES], *([row, *(cell(row, title) for title in TITLES)] for row in shown)]
    )


def whole(group: str, head: str, measured: Measured, per: float = 1) -> Lines:
    """Lay out the figures of a group as they are: a line for each row.

    Args:
        group: The group.
        head: The unit.
        measured: The samples.
        per: What a figure is divided by.

    Returns:
        The lines.
    """
    scenarios = measured.groups.get(group, {})

    def cell(row: str, title: str) -> str:
        samples = scenarios[title]
        try:
            value = figures.value(samples, row) / per
            return show(lambda: (value, figures.ratio(samples, row, rows.OURS)), row)
        except LookupError:
            return NOT_MEASURED

    shown = list(dict.fromkeys(row for samples in scenarios.values() for row in samples))
    return [[head, *scenarios], *([row, *(cell(row, title) for title in scenarios)] for row in shown)]


def instructions(measured: Measured) -> Lines:
    """Lay out the thousands of instructions of a test."""
    tests = {title: samples for title, samples in measured.groups.get("instructions", {}).items() if title in TITLES}
    only_tests = Measured(measured.version, measured.peers, {"instructions": tests})
    return whole("instructions", "thousand instructions", only_tests, per=1000)


def targets(data: Data) -> Lines:
    """Lay out the targets, a column for each Python, with the verdicts."""
    lines = [["target", "limit", *(each.short_version for each in data.pythons)]]
    for target in TARGETS:
        shown = [target.show(each) for each in data.pythons]
        if set(shown) != {NOT_MEASURED}:
            lines.append([target.title, target.show_limit(), *shown])
    return lines


def others(data: Data) -> Lines:
    """Lay out the figures that are not of whole tests, a column for each Python."""
    lines = [["", *(each.short_version for each in data.pythons)]]
    for group, title, unit in OTHERS:
        samples = [each.samples(group, title) for each in data.pythons]
        for row in dict.fromkeys(row for each in samples for row in each):
            shown = [number(figures.value(each, row)) if row in each else NOT_MEASURED for each in samples]
            lines.append([f"{title}, {unit}: {row}", *shown])
    return lines


def sizes(data: Data) -> Lines:
    """Lay out the figures of runs of several sizes, a column for each Python."""
    lines = [["", *(each.short_version for each in data.pythons)]]
    for group, title, unit in SIZES:
        samples = [each.samples(group, title) for each in data.pythons]
        counts = next((list(each) for each in samples if each), [])
        if counts:
            head = f"{title}, {unit}".removesuffix(", ")
            shown = [
                " / ".join(number(figures.value(each, row)) for row in counts) if each else NOT_MEASURED
                for each in samples
            ]
            lines.append([f"{head}: {' / '.join(counts)}", *shown])
    return lines
