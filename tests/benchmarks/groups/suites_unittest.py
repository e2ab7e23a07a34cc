"""Measure the scenarios under unittest: ``python -m tests.benchmarks.groups.suites_unittest ROUNDS TESTS``.

A figure is the microseconds of a test. Blocks of all base classes run in this process.
"""

import sys
import types
import unittest
from collections.abc import Mapping
from typing import cast

from .. import rows
from .bases import all_bases
from .blocks import Block, Samples, interleave_warm, print_samples, stopwatch
from .scenarios import SCENARIOS, Scenario, SynchronousTest

# Real classes hold a few dozen tests at most, so a figure contains the cost that a class has once.
TESTS_PER_CLASS = 20


class Result(unittest.TestResult):
    """A plain result that keeps nothing of tests that passed."""

    def addDuration(self, test: unittest.TestCase, elapsed: float) -> None:
        """Do not keep it: stdlib's list grows with each test."""


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


def measure_suite(suite: unittest.TestSuite) -> float:
    """Run the suite and return the microseconds of all its tests, without the work at the end of a run.

    Raises:
        AssertionError: A test failed or was not run, so the time would mean nothing.
    """
    tests = suite.countTestCases()
    result = Result()
    taken = stopwatch.measure(lambda: suite.run(result))
    result.stopTestRun()  # which a run does once, however many tests it has
    check(result, tests)
    return taken


def check(result: unittest.TestResult, tests: int) -> None:
    """Check that all tests ran and passed.

    Raises:
        AssertionError: One did not.
    """
    if not result.wasSuccessful() or result.testsRun != tests or result.skipped:
        problems = [text for _, text in result.errors + result.failures] + [reason for _, reason in result.skipped]
        first = f", {len(problems)} of them with a problem; the first:\n{problems[0]}" if problems else ""
        raise AssertionError(f"{result.testsRun} of {tests} tests were run{first}")


def block(scenario: type[Scenario], base: type[unittest.TestCase], tests: int) -> Block:
    """Return a block that measures a test of the scenario, in new classes each time."""
    return lambda: measure_suite(make_suite(scenario, base, tests)) / tests


def make_cells(bases: Mapping[str, type[unittest.TestCase]], tests: int) -> dict[str, dict[str, Block]]:
    """Return the blocks of all scenarios, each with a plain TestCase's cost beside it."""
    plain = {rows.UNITTEST: block(SynchronousTest, unittest.TestCase, tests)}
    return {
        scenario.title: plain
        | {row: block(scenario, base, tests) for row, base in bases.items() if row not in scenario.left_out}
        for scenario in SCENARIOS
    }


def measure(rounds: int, tests: int) -> Samples:
    """Measure every scenario under every base class."""
    return interleave_warm(make_cells(all_bases(), tests), rounds)


if __name__ == "__main__":
    print_samples(measure(int(sys.argv[1]), int(sys.argv[2])))
