"""Times the start of two independent resources: ``python -m tests.benchmarks.concurrency`` prints the seconds as JSON.

Each takes 0.3 seconds to start. They start at the same time, so that a test has both after 0.3 seconds.
"""

import asyncio
import json
import time
import unittest

import aiounit

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


def measure() -> float:
    """Return the seconds that a test takes which uses both.

    Raises:
        AssertionError: The test failed.
    """
    result = unittest.TestResult()
    start = time.perf_counter()
    Both("test").run(result)
    seconds = time.perf_counter() - start
    if not result.wasSuccessful():
        raise AssertionError(result.errors + result.failures)
    return seconds


if __name__ == "__main__":
    print(json.dumps(measure()))
