"""Measure the memory of a run as it grows: ``python -m tests.benchmarks.groups.memory TESTS...``.

A row is a number of tests in one run. There is one round.
"""

import gc
import resource
import sys
import unittest

from aiounit import AsyncTestCase

from .blocks import Samples, print_samples
from .scenarios import EmptyTest
from .suites_unittest import TESTS_PER_CLASS, Result, check

PEAK = "peak, KiB"
BLOCKS = "blocks of memory"


class Test(EmptyTest, AsyncTestCase):
    """A test that runs again and again: new ones would take memory themselves."""

    test = EmptyTest.body


def peak() -> float:
    """Return the most memory that the process has had, in KiB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 1024 if sys.platform == "darwin" else size


class Run(unittest.TestSuite):
    """A run that looks at the memory after some of its tests."""

    def __init__(self, counts: list[int]) -> None:
        super().__init__()
        self.counts = counts
        self.samples: Samples = {PEAK: {}, BLOCKS: {}}

    def run(self, result: unittest.TestResult, debug: bool = False) -> unittest.TestResult:
        done = 0
        for count in self.counts:
            while done < count:
                unittest.TestSuite(Test("test") for _ in range(TESTS_PER_CLASS)).run(result)
                done += TESTS_PER_CLASS
            gc.collect()
            self.samples[BLOCKS][f"{count:,}"] = [sys.getallocatedblocks()]
            self.samples[PEAK][f"{count:,}"] = [peak()]
        return result


def measure(counts: list[int]) -> Samples:
    """Run the tests."""
    result = Result()
    run = Run(counts)
    run.run(result)
    result.stopTestRun()
    check(result, counts[-1])
    return run.samples


if __name__ == "__main__":
    print_samples(measure([int(count) for count in sys.argv[1:]]))
