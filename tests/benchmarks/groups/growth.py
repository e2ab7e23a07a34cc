"""Measure whether costs grow with the size of a run: ``python -m tests.benchmarks.groups.growth ROUNDS SIZE...``.

A figure is the microseconds of one test, class or resource. A row is the number of them.
"""

import sys
import unittest
from collections.abc import Callable
from functools import partial
from statistics import mean

from aiounit import AsyncTestCase

from .blocks import Block, Samples, interleave, print_samples, stopwatch
from .pieces import make_resource
from .scenarios import EmptyTest
from .suites_unittest import Result, check, make_suite, measure_suite

TESTS = "test"
CLASSES = "class, with its test"
RESOURCES = "class with a resource, and its test"
RESOURCES_OF_ONE_CLASS = "resource of one class"

# More resources than a class has.
MOST_OF_ONE_CLASS = 1000


async def empty_test(self: object) -> None:
    """Be a test."""


def measure_tests(tests: int) -> float:
    """Measure a run of tests, in classes of twenty."""
    return measure_suite(make_suite(EmptyTest, AsyncTestCase, tests)) / tests


def make_class(resources: int) -> type[unittest.TestCase]:
    """Make a class with a test and resources."""
    body: dict[str, object] = {f"server_{number}": make_resource() for number in range(resources)}
    return type("Test", (AsyncTestCase,), body | {"test": empty_test})


def measure_classes(resources: int, classes: int) -> float:
    """Measure a run of classes with a test and resources each, and the making of the classes."""
    result = Result()

    def run() -> None:
        unittest.TestSuite([make_class(resources)("test") for _ in range(classes)]).run(result)

    taken = stopwatch.measure(run)
    result.stopTestRun()
    check(result, classes)
    return taken / classes


def measure_resources(resources: int) -> float:
    """Measure a test that starts and closes the resources of its class, and the making of the class."""
    result = Result()
    taken = stopwatch.measure(lambda: unittest.TestSuite([make_class(resources)("test")]).run(result))
    result.stopTestRun()
    check(result, 1)
    return taken / resources


def repeated(measure: Callable[[int], float], size: int, at_least: int) -> Block:
    """Return a block whose figure is the mean of runs that have so many tests together.

    A single small run is shorter than the moments in which a machine is slow.
    """
    return lambda: mean(measure(size) for _ in range(max(1, at_least // size)))


def make_cells(sizes: list[int]) -> dict[str, dict[str, Block]]:
    """Return the blocks."""
    at_least = sizes[-1] // 10
    measures: dict[str, Callable[[int], float]] = {
        TESTS: measure_tests,
        CLASSES: partial(measure_classes, 0),
        RESOURCES: partial(measure_classes, 1),
    }
    cells = {
        title: {f"{size:,}": repeated(measure, size, at_least) for size in sizes} for title, measure in measures.items()
    }
    of_one_class = [size for size in sizes if size <= MOST_OF_ONE_CLASS]
    cells[RESOURCES_OF_ONE_CLASS] = {f"{size:,}": repeated(measure_resources, size, at_least) for size in of_one_class}
    return cells


def measure(rounds: int, sizes: list[int]) -> Samples:
    """Measure all of them."""
    interleave(make_cells(sizes[:1]), 1)
    return interleave(make_cells(sizes), rounds)


if __name__ == "__main__":
    print_samples(measure(int(sys.argv[1]), [int(size) for size in sys.argv[2:]]))
