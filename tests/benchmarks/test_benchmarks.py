"""The benchmarks still run, and their table has its rows and columns: no time is asserted."""

import contextlib
import importlib.util
import io
import sys
import unittest
from typing import ClassVar
from unittest import mock

from . import children, concurrency, results, suites_unittest
from .__main__ import main
from .report import baselines, imports, markdown, plain_text, table
from .scenarios import SCENARIOS, Scenario

TESTS = 3
COLUMNS = ["microseconds", "empty test", "ten tasks", "4 hooks, 2 cleanups", "class resource", "synchronous test"]
ROWS = ["aiounit", "aiounit, checks off", "aiounit, uvloop", "stdlib", "stdlib, debug off"]


class Failing(Scenario):
    """A scenario that could not be trusted to have done its work."""

    title = "failing"

    async def body(self) -> None:
        raise ValueError("a scenario that fails")


class OursAlone(Scenario):
    """A scenario that stdlib has no counterpart of."""

    title = "ours alone"
    left_out: ClassVar[frozenset[str]] = frozenset({"stdlib", "stdlib, debug off"})

    async def body(self) -> None:
        pass


class UnittestSuites(unittest.TestCase):
    """The part that runs under unittest, in this process and with hardly any tests."""

    def test_the_table_has_every_row_and_column(self) -> None:
        """Each base class gets a line and each scenario a figure in it."""
        lines = table([suites_unittest.measure(TESTS)])
        rows = ROWS if importlib.util.find_spec("uvloop") else [row for row in ROWS if "uvloop" not in row]
        self.assertEqual(lines[0], COLUMNS)
        self.assertEqual([line[0] for line in lines[1:]], rows)
        for line in lines[1:]:
            self.assertEqual(len(line), len(COLUMNS))
            for figure in line[1:]:
                self.assertRegex(figure, r"^(-|-?\d+( \(-?\d+\.\dx\))?)$")

    def test_a_failing_scenario_is_an_error(self) -> None:
        """A time is no result if the tests did not pass."""
        suite = suites_unittest.make_suite(Failing, unittest.IsolatedAsyncioTestCase, TESTS)
        with self.assertRaisesRegex(AssertionError, "a scenario that fails"):
            suites_unittest.time_suite(suite)

    def test_a_row_may_leave_a_scenario_out(self) -> None:
        """What a peer has no counterpart of is a dash in its line."""
        scenarios = (*SCENARIOS, OursAlone)
        with (
            mock.patch.object(suites_unittest, "SCENARIOS", scenarios),
            mock.patch("tests.benchmarks.report.SCENARIOS", scenarios),
        ):
            lines = table([suites_unittest.measure(TESTS)])
        last = {line[0]: line[-1] for line in lines}
        self.assertEqual(last["stdlib"], "-")
        self.assertNotEqual(last["aiounit"], "-")


class PytestSuites(unittest.TestCase):
    """The part that runs under pytest, in a child as always."""

    @unittest.skipUnless(importlib.util.find_spec("pytest_asyncio"), "pytest-asyncio is not installed")
    def test_a_scenario_runs_in_a_child(self) -> None:
        """The generated module passes under the peer's plugin."""
        arguments = ("-m", "tests.benchmarks.suites_pytest", str(TESTS), "pytest-asyncio", "HooksAndCleanups")
        self.assertGreater(children.run_child(sys.executable, *arguments), 0)


class Concurrency(unittest.TestCase):
    """The start of two resources."""

    def test_it_is_measured(self) -> None:
        """The test that uses both passes."""
        with mock.patch.object(concurrency, "SECONDS", 0):
            self.assertGreater(concurrency.measure(), 0)


class CommandLine(unittest.TestCase):
    """The command as a whole, as far as it is quick."""

    def test_an_interpreter_that_cannot_be_measured(self) -> None:
        """It is named, with the reason, and the exit status says that something is missing."""
        output, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            status = main(["--python", "no-such-python", "--repeats", "1"])
        self.assertEqual(status, 1)
        self.assertIn("no-such-python was not measured", errors.getvalue())


class Figures(unittest.TestCase):
    """The arithmetic, on made-up times."""

    SAMPLES: ClassVar[list[results.Sample]] = [
        {
            results.UNITTEST: {"synchronous test": 10.0},
            results.PYTEST: {"synchronous test": 100.0},
            "aiounit": {"empty test": 10.0 + ours, "synchronous test": 10.0},
            "stdlib": {"empty test": 10.0 + 10 * ours, "synchronous test": 10.0 + ours},
            "anyio": {"empty test": 100.0 + 5 * ours, "synchronous test": 100.0},
        }
        for ours in (50.0, 60.0, 1000.0)
    ]

    def test_costs_are_above_the_runners_own_empty_test(self) -> None:
        """Each row loses its own runner's baseline, each ratio is within one repeat, and all are medians."""
        self.assertEqual(results.cell(self.SAMPLES, "aiounit", "empty test"), results.Cell(60.0, None))
        self.assertEqual(results.cell(self.SAMPLES, "stdlib", "empty test"), results.Cell(600.0, 10.0))
        self.assertEqual(results.cell(self.SAMPLES, "anyio", "empty test"), results.Cell(300.0, 5.0))

    def test_no_ratio_to_nothing(self) -> None:
        """A ratio to a cost of about nothing says nothing."""
        self.assertEqual(results.cell(self.SAMPLES, "stdlib", "synchronous test"), results.Cell(60.0, None))

    def test_the_report(self) -> None:
        """Both layouts, the baselines and the import time, in full."""
        lines = [["microseconds", "empty test"], ["aiounit", "60"], ["stdlib", "600 (10.0x)"]]
        self.assertEqual(
            plain_text(lines),
            "microseconds   empty test\naiounit                60\nstdlib        600 (10.0x)",
        )
        self.assertEqual(
            markdown(lines),
            "| microseconds | empty test |\n| --- | ---: |\n| aiounit | 60 |\n| stdlib | 600 (10.0x) |",
        )
        self.assertEqual(
            baselines(self.SAMPLES),
            "Subtracted, an empty synchronous test: 10 under plain unittest, 100 under plain pytest.",
        )
        self.assertEqual(
            imports(results.import_time([(0.01, 0.05, 0.06), (0.01, 0.05, 0.06)])),
            "Import: unittest and asyncio take 40.0 ms of processor time, aiounit adds 10.0 ms (25%).",
        )
