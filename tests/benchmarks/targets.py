"""The figures that aiounit is to reach, and whether it does. They are printed, and nothing fails if one is missed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from . import figures, rows
from .data import Data, Measured
from .figures import Rows
from .groups import leaks, pieces, startup
from .groups.growth import CLASSES, RESOURCES, RESOURCES_OF_ONE_CLASS, TESTS
from .groups.memory import PEAK
from .groups.scenarios import EmptyTest, HooksAndCleanups, SynchronousTest, TenTasks

NOT_MEASURED = "-"
MET = "met"
MISSED = "missed"
MICROSECONDS = "\N{MICRO SIGN}s"

# How much noise may add where nothing at all is to be added.
NOISE = 1.2
A_LITTLE_NOISE = 1.05

UNITS = {"x": "{:.3g}x", MICROSECONDS: "{:.0f} " + MICROSECONDS, "ms": "{:.0f} ms", "KiB": "{:.0f} KiB", "": "{:.0f}"}


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to reach.

    Attributes:
        title: What it is.
        group: The group that measures it.
        scenario: The scenario.
        figure: Computes it from the samples of the scenario. It fails if something wasn't measured.
        limit: The worst value.
        unit: One of `UNITS`.
        is_least: Whether the figure must be at least the limit, not at most.
        limits: Other limits, by versions of Python.
        peer: The row whose cost must be so many times that of aiounit, if that is the target.
    """

    title: str
    group: str
    scenario: str
    figure: Callable[[Rows], float]
    limit: float
    unit: str = "x"
    is_least: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)
    peer: str | None = None

    def value(self, measured: Measured) -> float | None:
        """Return the figure, or None if it wasn't measured."""
        try:
            return self.figure(measured.samples(self.group, self.scenario))
        except (LookupError, ValueError):  # no row, or too few
            return None

    def limit_for(self, version: str) -> float:
        """Return the limit for a version of Python such as "3.13"."""
        return self.limits.get(version, self.limit)

    def verdict(self, measured: Measured) -> str:
        """Say whether the target is met."""
        value, limit = self.value(measured), self.limit_for(measured.short_version)
        if value is None:
            return NOT_MEASURED
        return MET if (value >= limit if self.is_least else value <= limit) else MISSED

    def show(self, measured: Measured) -> str:
        """Write the figure and the verdict."""
        value = self.value(measured)
        return NOT_MEASURED if value is None else f"{UNITS[self.unit].format(value)}, {self.verdict(measured)}"

    def show_limit(self) -> str:
        """Write the limit."""
        words = "at least" if self.is_least else "at most"
        others = "".join(f"; {UNITS[self.unit].format(limit)} on {version}" for version, limit in self.limits.items())
        return f"{words} {UNITS[self.unit].format(self.limit)}{others}"


def cheaper(title: str, scenario: str, row: str, limit: float) -> Target:
    """Say how many times a peer's cost, above a plain TestCase's, must be that of aiounit."""
    figure = partial(figures.ratio_of_costs, row=row, other=rows.OURS)
    return Target(title, "unittest", scenario, figure, limit, is_least=True, peer=row)


def growth(samples: Rows) -> float:
    """Return how many times the cost in the smallest run that in the largest is."""
    sizes = list(samples)
    return figures.ratio(samples, sizes[-1], sizes[0])


def memory_growth(samples: Rows) -> float:
    """Return by how much memory has grown in the last part of the run."""
    *_, before, last = samples
    return figures.difference(samples, last, before)


TARGETS = (
    cheaper("empty test: stdlib / aiounit", EmptyTest.title, rows.STDLIB, 10),
    cheaper("empty test: stdlib, debug off / aiounit", EmptyTest.title, rows.STDLIB_WITHOUT_DEBUG, 1.5),
    cheaper("ten tasks: stdlib / aiounit", TenTasks.title, rows.STDLIB, 13),
    cheaper("4 hooks, 2 cleanups: stdlib, debug off / aiounit", HooksAndCleanups.title, rows.STDLIB_WITHOUT_DEBUG, 1),
    Target(
        "synchronous test, whole: aiounit / plain TestCase",
        "unittest",
        SynchronousTest.title,
        partial(figures.ratio, row=rows.OURS, other=rows.UNITTEST),
        4,
    ),
    Target(
        "empty test, whole: pytest-asyncio / aiounit",
        "pytest",
        EmptyTest.title,
        partial(figures.ratio, row=rows.PYTEST_ASYNCIO, other=rows.OURS),
        12,
        is_least=True,
        peer=rows.PYTEST_ASYNCIO,
    ),
    *(
        Target(
            f"empty test: {row} / aiounit",
            "unittest",
            EmptyTest.title,
            partial(figures.ratio_of_costs, row=row, other=rows.OURS),
            A_LITTLE_NOISE,
        )
        for row in (rows.WITHOUT_LIMITS, rows.WITHOUT_CHECKS)
    ),
    Target(
        "making a class: aiounit above stdlib",
        "pieces",
        pieces.CLASS,
        partial(figures.difference, row=rows.OURS, other=rows.STDLIB),
        60,
        MICROSECONDS,
    ),
    *(
        Target(
            f"{row}, not the first: times {pieces.ASYNC_MOCK}",
            "pieces",
            pieces.MOCK,
            partial(figures.ratio, row=row, other=pieces.ASYNC_MOCK),
            2,
        )
        for row in (pieces.MOCK_OF_SPEC, pieces.ASYNC_STUB)
    ),
    Target(
        "10,000 subtests: aiounit / stdlib",
        "pieces",
        pieces.SUBTEST,
        partial(figures.ratio, row=rows.OURS, other=rows.STDLIB),
        1,
    ),
    Target(
        "test whose class has 100 resources / 1 resource",
        "pieces",
        pieces.RESOURCES,
        partial(figures.ratio, row=pieces.HUNDRED, other=pieces.ONE),
        NOISE,
    ),
    Target(
        "1,000 leaked tasks, reported",
        "leaks",
        leaks.title(1000),
        partial(figures.value, row=rows.OURS),
        100,
        "ms",
    ),
    Target(
        "1,000 leaked tasks, reports of `blocking`",
        "leaks",
        leaks.BLOCKING,
        partial(figures.value, row=rows.OURS),
        0,
        "",
    ),
    Target(
        "import: aiounit above unittest and asyncio",
        "startup",
        startup.IMPORT,
        partial(figures.difference, row=startup.ALL_IMPORTS, other=startup.STDLIB_IMPORTS),
        22,
        "ms",
        limits={"3.15": 10},
    ),
    Target(
        "run of one test: aiounit above stdlib",
        "startup",
        startup.RUN,
        partial(figures.difference, row=rows.OURS, other=rows.STDLIB),
        30,
        "ms",
    ),
    *(
        Target(f"{title}: in the largest run / in the smallest", "growth", title, growth, NOISE)
        for title in (TESTS, CLASSES, RESOURCES, RESOURCES_OF_ONE_CLASS)
    ),
    Target("memory: growth in the second half of the run", "memory", PEAK, memory_growth, 256, "KiB"),
)


def whole_test(measured: Measured, scenario: str, row: str) -> float:
    """Return the microseconds of a whole test.

    One under pytest is that of aiounit times the ratio of both, as they were measured in rounds of their own.

    Raises:
        KeyError: It wasn't measured.
    """
    samples = measured.samples("unittest", scenario)
    if row not in rows.PYTEST_PEERS:
        return figures.value(samples, row)
    return figures.value(samples, rows.OURS) * figures.ratio(measured.samples("pytest", scenario), row, rows.OURS)


def limit_of_test(measured: Measured, scenario: str) -> float | None:
    """Return the most microseconds that a whole test may take to meet its targets, or None if it has none."""
    limits = []
    for target in TARGETS:
        if target.peer is None or target.scenario != scenario or target.value(measured) is None:
            continue
        if target.group == "pytest":
            limits.append(whole_test(measured, scenario, target.peer) / target.limit)
        else:
            samples = measured.samples(target.group, scenario)
            limits.append(figures.value(samples, rows.UNITTEST) + figures.cost(samples, target.peer) / target.limit)
    return min(limits, default=None)


def missed(data: Data) -> list[str]:
    """Name the targets that were missed, each with its versions of Python."""
    found = []
    for target in TARGETS:
        versions = [each.short_version for each in data.pythons if target.verdict(each) == MISSED]
        if versions:
            found.append(f"{target.title} ({', '.join(versions)})")
    return found
