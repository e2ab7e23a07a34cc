"""Time the start of two independent resources: ``python -m tests.benchmarks.groups.concurrency``.

Each takes 0.3 seconds to start. They start at the same time, so a test has both after 0.3 seconds. The figure is the
milliseconds of the test, by the clock on the wall.
"""

import asyncio
import time
import unittest

import aiounit

from .. import rows
from .blocks import Samples, print_samples

TITLE = "two resources of 300 ms, on the wall clock"
SECONDS = 0.3


@aiounit.resource
async def first() -> None:
    """Take some time."""
    await asyncio.sleep(SECONDS)


@aiounit.resource
async def second() -> None:
    """Take as much."""
    await asyncio.sleep(SECONDS)


class Both(aiounit.AsyncTestCase):
    """Uses both."""

    first = first
    second = second

    def test(self) -> None:
        """Have them."""
        self.assertIsNone(self.first)
        self.assertIsNone(self.second)


def measure() -> Samples:
    """Measure a test that uses both.

    Raises:
        AssertionError: The test failed.
    """
    result = unittest.TestResult()
    start = time.perf_counter()
    Both("test").run(result)
    taken = time.perf_counter() - start
    if not result.wasSuccessful():
        raise AssertionError(result.errors + result.failures)
    return {TITLE: {rows.OURS: [taken * 1000]}}


if __name__ == "__main__":
    print_samples(measure())
