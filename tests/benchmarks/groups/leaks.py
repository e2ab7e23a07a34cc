"""Measure a test that leaves tasks behind: ``python -m tests.benchmarks.groups.leaks ROUNDS``.

A figure is the milliseconds of the test, with its report.
"""

import asyncio
import sys
import unittest
from functools import partial

from aiounit import AsyncTestCase

from .. import rows
from .blocks import Block, Samples, interleave, print_samples, stopwatch

TASKS = (100, 300, 1000)
# The number of tests whose report names `blocking` as well, in place of milliseconds.
BLOCKING = "reports of blocking"


def title(tasks: int) -> str:
    """Return the name of a scenario."""
    return f"{tasks:,} leaked tasks"


def run(base: type[unittest.TestCase], tasks: int) -> tuple[float, unittest.TestResult]:
    """Run a test that leaves tasks behind; return its milliseconds and the result."""
    left: list[asyncio.Task[None]] = []

    class Test(base):  # type: ignore[valid-type, misc]
        async def test(self) -> None:
            left.extend(asyncio.create_task(asyncio.sleep(3600)) for _ in range(tasks))
            await asyncio.sleep(0)

    result = unittest.TestResult()
    taken = stopwatch.measure(lambda: Test("test").run(result)) / 1000
    result.stopTestRun()
    return taken, result


def measure_leak(base: type[unittest.TestCase], tasks: int) -> float:
    """Measure such a test.

    Raises:
        AssertionError: aiounit has not reported the tasks, or stdlib's test failed.
    """
    taken, result = run(base, tasks)
    reported = [text for _, text in result.errors]
    is_ours = issubclass(base, AsyncTestCase)
    if len(reported) != is_ours or (is_ours and "was still pending" not in reported[0]):
        raise AssertionError(f"{tasks} tasks were left, and the report is {reported}")
    return taken


def count_blocking(tasks: int) -> float:
    """Return 1 if the report of leaked tasks says that the loop was blocked, too, and 0 if not."""
    _, result = run(AsyncTestCase, tasks)
    return float(any("blocking: " in text for _, text in result.errors))


def measure(rounds: int) -> Samples:
    """Measure all of them."""
    run(AsyncTestCase, TASKS[0])  # imports what only a report needs
    bases = {rows.STDLIB: unittest.IsolatedAsyncioTestCase, rows.OURS: AsyncTestCase}
    cells: dict[str, dict[str, Block]] = {
        title(tasks): {row: partial(measure_leak, base, tasks) for row, base in bases.items()} for tasks in TASKS
    }
    cells[BLOCKING] = {rows.OURS: partial(count_blocking, TASKS[-1])}
    return interleave(cells, rounds)


if __name__ == "__main__":
    print_samples(measure(int(sys.argv[1])))
