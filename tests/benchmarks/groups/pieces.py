"""Measure what is not a whole test: ``python -m tests.benchmarks.groups.pieces ROUNDS``.

A figure is the microseconds of one of them: of a class, a mock, a subtest, a test that has class resources.
"""

import sys
import time
import unittest
from collections.abc import AsyncGenerator, Callable
from functools import partial
from unittest.mock import AsyncMock, create_autospec

import aiounit
from aiounit import AsyncTestCase

from .. import rows
from .bases import StdlibWithoutDebug
from .blocks import Block, Samples, interleave_warm, print_samples, stopwatch
from .scenarios import HooksAndCleanups
from .suites_unittest import TESTS_PER_CLASS, measure_suite

CLASS = "making a class"
MOCK = "making a mock"
SUBTEST = "subtest"
RESOURCES = "test with class resources"

ASYNC_MOCK = "AsyncMock()"
AUTOSPEC = "create_autospec(Spec)"
MOCK_OF_SPEC = "self.mock(Spec)"
ASYNC_STUB = "self.asyncStub()"
ONE, HUNDRED = "1 resource", "100 resources"

CLASSES = 20
MOCKS = 20
SUBTESTS = 10_000
# A class first starts its resources, so its first tests are left out.
TESTS_BEFORE, TESTS = 20, 100


def measure_classes(base: type[unittest.TestCase], classes: int) -> float:
    """Measure the making of classes that have 20 tests and all hooks."""
    bodies = [{f"test_{number}": HooksAndCleanups.body for number in range(TESTS_PER_CLASS)} for _ in range(classes)]

    def make() -> None:
        for body in bodies:
            type("Made", (HooksAndCleanups, base), dict(body))

    return stopwatch.measure(make) / classes


class Client:
    """The spec of a mock."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def fetch(self, name: str, *, limit: int = 10) -> list[str]:
        """Be called."""
        return [self.url, name] * limit

    async def close(self) -> None:
        """Be called."""

    def describe(self) -> str:
        """Be called."""
        return self.url


def measure_mocks(make: Callable[[AsyncTestCase], object], mocks: int) -> float:
    """Measure the making of mocks in a test, which has made one before."""
    taken: list[float] = []

    def make_all(test: AsyncTestCase) -> None:
        for _ in range(mocks):
            make(test)

    class Test(AsyncTestCase):
        checks = {"blocking": "off"}

        async def test(self) -> None:
            make(self)
            taken.append(stopwatch.measure(partial(make_all, self)))

    measure_suite(unittest.TestSuite([Test("test")]))
    return taken[0] / mocks


def measure_subtests(base: type[unittest.TestCase], subtests: int) -> float:
    """Measure a test that has subtests."""

    class Test(base):  # type: ignore[valid-type, misc]
        def test(self) -> None:
            for number in range(subtests):
                with self.subTest(number=number):
                    pass

    return measure_suite(unittest.TestSuite([Test("test")])) / subtests


def make_resource() -> object:
    """Make a resource of a class."""

    @aiounit.resource(scope="class")
    async def server() -> AsyncGenerator[str]:
        yield "server"

    return server


def measure_resources(resources: int) -> float:
    """Measure a test whose class names resources that are there already."""
    moments: list[int] = []

    async def test(_: object) -> None:
        moments.append(time.process_time_ns())

    body: dict[str, object] = {f"server_{number}": make_resource() for number in range(resources)}
    names = [f"test_{number}" for number in range(TESTS_BEFORE + TESTS)]
    made = type("Test", (AsyncTestCase,), body | dict.fromkeys(names, test))
    measure_suite(unittest.TestSuite(map(made, names)))
    return (moments[-1] - moments[TESTS_BEFORE - 1]) / TESTS / 1000


def make_cells(classes: int = CLASSES, mocks: int = MOCKS) -> dict[str, dict[str, Block]]:
    """Return the blocks, with so many classes and mocks in one."""
    bases = {
        rows.STDLIB: unittest.IsolatedAsyncioTestCase,
        rows.STDLIB_WITHOUT_DEBUG: StdlibWithoutDebug,
        rows.OURS: AsyncTestCase,
    }
    makers: dict[str, Callable[[AsyncTestCase], object]] = {
        ASYNC_MOCK: lambda _: AsyncMock(),
        AUTOSPEC: lambda _: create_autospec(Client, instance=True),
        MOCK_OF_SPEC: lambda test: test.mock(Client),
        ASYNC_STUB: lambda test: test.asyncStub(),
    }
    return {
        CLASS: {row: partial(measure_classes, bases[row], classes) for row in (rows.STDLIB, rows.OURS)},
        MOCK: {row: partial(measure_mocks, make, mocks) for row, make in makers.items()},
        SUBTEST: {
            rows.UNITTEST: partial(measure_subtests, unittest.TestCase, SUBTESTS),
            **{row: partial(measure_subtests, base, SUBTESTS) for row, base in bases.items()},
        },
        RESOURCES: {ONE: partial(measure_resources, 1), HUNDRED: partial(measure_resources, 100)},
    }


def measure(rounds: int) -> Samples:
    """Measure all of them."""
    cells = make_cells()
    return interleave_warm(cells, rounds)


if __name__ == "__main__":
    print_samples(measure(int(sys.argv[1])))
