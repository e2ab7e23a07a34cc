"""Measure blocks of work in processor time, the rows of a scenario side by side, round after round.

A machine changes its speed while it measures. So a round measures every row once, each round begins with another row,
and only blocks of one round are compared.
"""

import gc
import json
import time
from collections.abc import Callable, Mapping

# The figure of each block, by scenario and row.
Samples = dict[str, dict[str, list[float]]]

# Measures once.
Block = Callable[[], float]


def interleave(cells: Mapping[str, Mapping[str, Block]], rounds: int) -> Samples:
    """Measure every block once a round.

    Args:
        cells: The blocks, by scenario and row.
        rounds: How often.

    Returns:
        The figures.
    """
    samples: Samples = {scenario: {row: [] for row in blocks} for scenario, blocks in cells.items()}
    for number in range(rounds):
        for scenario, blocks in cells.items():
            rows = list(blocks)
            first = number % len(rows)
            for row in rows[first:] + rows[:first]:
                samples[scenario][row].append(blocks[row]())
    return samples


def interleave_warm(cells: Mapping[str, Mapping[str, Block]], rounds: int) -> Samples:
    """Measure every block once a round, as `interleave` does, after a round that does not count."""
    interleave(cells, 1)
    gc.collect()
    gc.freeze()  # so that the collection before each block is quick
    return interleave(cells, rounds)


def processor_time() -> float:
    """Return the processor time of this process in microseconds, user and system, of all threads."""
    return time.process_time_ns() / 1000


class Stopwatch:
    """Measures calls.

    Attributes:
        clock: Returns the microseconds so far. The count of instructions replaces it, and sees when it is asked.
    """

    def __init__(self) -> None:
        self.clock: Callable[[], float] = processor_time

    def measure(self, function: Callable[[], object]) -> float:
        """Return the microseconds of a call; garbage is collected before it."""
        gc.collect()
        start = self.clock()
        function()
        return self.clock() - start


stopwatch = Stopwatch()


def print_samples(samples: Samples) -> None:
    """Print samples for the process that started this one, on a line of their own."""
    print("\n" + json.dumps(samples))
