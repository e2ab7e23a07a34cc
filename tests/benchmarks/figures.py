"""What samples come to: medians, and ratios and differences of blocks that were measured in the same round.

Samples are those of one scenario, by row. A function raises KeyError for a row that wasn't measured.
"""

from collections.abc import Mapping
from statistics import median

from .rows import baseline_of

Rows = Mapping[str, list[float]]


def value(samples: Rows, row: str) -> float:
    """Return the median of a row."""
    return median(samples[row])


def above(samples: Rows, row: str) -> list[float]:
    """Return a row's samples above the runner's own cost, round by round."""
    return [own - plain for own, plain in zip(samples[row], samples[baseline_of(row)], strict=True)]


def cost(samples: Rows, row: str) -> float:
    """Return the median of a row above the runner's own cost."""
    return median(above(samples, row))


def difference(samples: Rows, row: str, other: str) -> float:
    """Return by how much a row is above another: the median of the rounds."""
    return median(one - two for one, two in zip(samples[row], samples[other], strict=True))


def ratio(samples: Rows, row: str, other: str) -> float:
    """Return how many times another row a row is: the median of the rounds."""
    return median(one / two for one, two in zip(samples[row], samples[other], strict=True))


def ratio_of_costs(samples: Rows, row: str, other: str) -> float:
    """Return the same of both rows above their runner's own cost."""
    pairs = zip(above(samples, row), above(samples, other), strict=True)
    return median(one / two if two > 0 else float("inf") for one, two in pairs)
