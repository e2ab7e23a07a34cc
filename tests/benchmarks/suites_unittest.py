"""Times the scenarios under unittest: under a plain TestCase, stdlib's asynchronous one, and aiounit's.

Runs in a child interpreter of its own (``python -m tests.benchmarks.suites_unittest TESTS``) and prints JSON.
"""

import asyncio
import gc
import importlib.util
import json
import sys
import time
import types
import unittest
from typing import cast

import aiounit

from .results import UNITTEST, Sample
from .scenarios import SCENARIOS, Scenario, SynchronousTest

# Real classes hold a few dozen tests at most, so that what a class costs once belongs into the figures.
TESTS_PER_CLASS = 20
WARM_UP_TESTS = 40


class StdlibWithoutDebug(unittest.IsolatedAsyncioTestCase):
    """Stdlib's class without the loop's debug mode, which it hard-wires: how much of the gain is owed to that alone."""

    def _setupAsyncioRunner(self) -> None:
        self._asyncioRunner = asyncio.Runner(debug=False)


class WithoutChecks(aiounit.AsyncTestCase):
    """Ours without its checks: what those cost is the difference to the row above."""

    checks = {"all": "off"}


def rows() -> dict[str, type[unittest.TestCase]]:
    """The base classes to compare, by the title of their row; those that belong together are neighbours in time."""
    bases: dict[str, type[unittest.TestCase]] = {
        "stdlib": unittest.IsolatedAsyncioTestCase,
        "aiounit": aiounit.AsyncTestCase,
        "aiounit, checks off": WithoutChecks,
        "stdlib, debug off": StdlibWithoutDebug,
    }
    if importlib.util.find_spec("uvloop"):
        import uvloop  # noqa: PLC0415 (optional: it need not be installed)

        class OnUvloop(aiounit.AsyncTestCase):
            loop_factory = uvloop.new_event_loop

        bases["aiounit, uvloop"] = OnUvloop
    return bases


def make_suite(scenario: type[Scenario], base: type[unittest.TestCase], tests: int) -> unittest.TestSuite:
    """Build a suite of that many tests, in classes of ``TESTS_PER_CLASS``; each test is a function of its own."""
    suite = unittest.TestSuite()
    body = cast("types.FunctionType", scenario.body)
    for start in range(0, tests, TESTS_PER_CLASS):
        names = [f"test_{number}" for number in range(start, min(start + TESTS_PER_CLASS, tests))]
        functions = {name: types.FunctionType(body.__code__, body.__globals__, name) for name in names}
        test_class = cast("type[unittest.TestCase]", type(scenario.__name__, (scenario, base), dict(functions)))
        suite.addTests(test_class(name) for name in names)
    return suite


def time_suite(suite: unittest.TestSuite) -> float:
    """Run the suite and return the microseconds that one test took.

    Raises:
        AssertionError: A test failed or was not run, so that the time would mean nothing.
    """
    tests = suite.countTestCases()
    result = unittest.TestResult()
    gc.collect()
    start = time.perf_counter()
    suite.run(result)
    seconds = time.perf_counter() - start
    result.stopTestRun()  # which a run does once, however many tests it has
    if not result.wasSuccessful() or result.testsRun != tests or result.skipped:
        problems = [text for _, text in result.errors + result.failures] + [reason for _, reason in result.skipped]
        first = f", {len(problems)} of them with a problem; the first:\n{problems[0]}" if problems else ""
        raise AssertionError(f"{result.testsRun} of {tests} tests were run{first}")
    return seconds / tests * 1e6


def measure(tests: int) -> Sample:
    """Time every scenario once under every base class: microseconds per test, by row and scenario."""
    bases = rows()
    costs: Sample = {row: {} for row in (UNITTEST, *bases)}
    cells: list[tuple[str, type[Scenario], type[unittest.TestCase]]] = [(UNITTEST, SynchronousTest, unittest.TestCase)]
    cells += [(row, scenario, bases[row]) for scenario in SCENARIOS for row in bases if row not in scenario.left_out]
    for _, scenario, base in cells:
        time_suite(make_suite(scenario, base, min(tests, WARM_UP_TESTS)))
    for row, scenario, base in cells:
        costs[row][scenario.title] = time_suite(make_suite(scenario, base, tests))
    return costs


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
