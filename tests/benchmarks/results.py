"""What the measured times come to: costs above an empty synchronous test, ratios to aiounit, medians of both."""

from dataclasses import dataclass
from statistics import median

from .scenarios import SynchronousTest

# The rows that are not compared but subtracted: an empty synchronous test in the runner and nothing else.
UNITTEST = "plain unittest"
PYTEST = "plain pytest"
PYTEST_PEERS = ("pytest-asyncio", "anyio")
OURS = "aiounit"
# A ratio to less than this is a ratio to noise.
LEAST_MICROSECONDS = 1.0

# Microseconds per test, by row and by the title of the scenario: one repeat.
Sample = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one scenario costs in one row.

    Attributes:
        cost: Microseconds above an empty synchronous test in the same runner, the median of the repeats.
        ratio: How many times aiounit's cost that is, the median of each repeat's own ratio; None if that means nothing.
    """

    cost: float
    ratio: float | None


@dataclass(frozen=True, slots=True)
class ImportTime:
    """Milliseconds of processor time, medians: what the imports cost, above the start of a bare interpreter."""

    standard_library: float
    aiounit: float
    share: float


def baseline_of(row: str) -> str:
    """Name the row whose empty synchronous test is subtracted from this one."""
    return PYTEST if row in PYTEST_PEERS else UNITTEST


def cost(sample: Sample, row: str, scenario: str) -> float:
    """Return the microseconds above an empty synchronous test in one repeat."""
    return sample[row][scenario] - sample[baseline_of(row)][SynchronousTest.title]


def baseline_cost(samples: list[Sample], row: str) -> float:
    """Return the microseconds that an empty synchronous test takes under a baseline, the median of the repeats."""
    return median(sample[row][SynchronousTest.title] for sample in samples)


def cell(samples: list[Sample], row: str, scenario: str) -> Cell | None:
    """Sum up a row's repeats of a scenario, or return None if it has none."""
    if any(scenario not in sample.get(row, {}) for sample in samples):
        return None
    costs = [cost(sample, row, scenario) for sample in samples]
    ours = [cost(sample, OURS, scenario) for sample in samples]
    # Each repeat is divided by its own neighbour, so that a machine that slows down meanwhile does not enter the ratio.
    meaningless = row == OURS or min(ours) < LEAST_MICROSECONDS
    ratio = None if meaningless else median(theirs / own for theirs, own in zip(costs, ours, strict=True))
    return Cell(median(costs), ratio)


def import_time(samples: list[tuple[float, float, float]]) -> ImportTime:
    """Sum up repeats of the seconds of a bare process, of one with stdlib's imports, and of one with ours as well."""
    standard_library = median(stdlib - bare for bare, stdlib, _ in samples)
    added = median(ours - stdlib for _, stdlib, ours in samples)
    return ImportTime(standard_library * 1000, added * 1000, added / standard_library)
