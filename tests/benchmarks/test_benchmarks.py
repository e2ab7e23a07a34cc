"""The benchmarks still run, and their table has its rows and columns: no time is asserted."""

import contextlib
import importlib.util
import io
import sys
import unittest
from typing import ClassVar
from unittest import mock

from . import children, concurrency, hangs, hangs_results, results, suites_unittest
from .__main__ import main
from .hangs_kinds import KINDS, Kind, Phase, lines_that_hang
from .report import baselines, imports, markdown, plain_text, table
from .scenarios import SCENARIOS, Scenario

TESTS = 3
COLUMNS = [
    "microseconds",
    "empty test",
    "no limits",
    "ten tasks",
    "4 hooks, 2 cleanups",
    "class resource",
    "synchronous test",
]
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


class Hangs(unittest.TestCase):
    """What is lost when a test hangs: the runs, what is made of them, and the command line."""

    ALL = hangs_results.Outcome(ended=True, reported=True, next=True, cleanups=True, results=True, line=True)
    NONE = hangs_results.Outcome(ended=False, reported=False, next=False, cleanups=False, results=False, line=False)
    NOTES = frozenset({"next", "cleanup of test_2_hangs"})

    def judge(
        self, status: int | None, notes: frozenset[str], output: str, phase: Phase = Phase.TEST
    ) -> hangs_results.Outcome:
        """Judge a run whose line 7 hung."""
        kind = Kind("a kind", lambda: None, phase)
        return hangs_results.judge(kind, hangs_results.Trace(status, notes, output), "kinds.py", [7])

    def test_a_run_of_unittest_that_lost_nothing(self) -> None:
        """Its report is unittest's."""
        output = 'FAIL: test_2_hangs (a.B.test_2_hangs)\n  File "/kinds.py", line 7, in f\nRan 3 tests in 1.0s\n'
        self.assertEqual(self.judge(1, self.NOTES, output), self.ALL)

    def test_a_run_of_pytest_that_lost_nothing(self) -> None:
        """Its report is pytest's."""
        output = "kinds.py:7: in f\nFAILED a.py::B::test_2_hangs - Failed\n=== 1 failed, 2 passed in 1.0s ===\n"
        self.assertEqual(self.judge(1, self.NOTES, output), self.ALL)

    def test_a_run_that_lost_everything(self) -> None:
        """It was killed, and had named another line and another test."""
        output = 'kinds.py:70: in f\nkinds.py", line 8\nFAIL: test_1_passes (a.B.test_1_passes)\nRan 1 te'
        self.assertEqual(self.judge(None, frozenset({"cleanup of test_1_passes"}), output), self.NONE)

    def test_a_run_that_did_not_end_after_its_report(self) -> None:
        """That it did not end is set off from the rest."""
        output = "kinds.py:7: in f\nRan 3 tests in 1.0s\n"
        outcome = self.judge(None, self.NOTES, output)
        self.assertEqual(hangs_results.describe(outcome), "**ended**, reported")

    def test_a_process_that_was_ended_from_outside(self) -> None:
        """What ended it reports, and nothing runs any more."""
        output = 'aiounit: a.B.test_2_hangs hangs, and\nFinished before: 1 success.\n  File "kinds.py", line 7 in f\n'
        outcome = self.judge(-6, frozenset(), output)
        self.assertEqual(hangs_results.describe(outcome), "next, cleanups")

    def test_the_set_up_of_a_class(self) -> None:
        """What counts is the cleanup of the class and the next class."""
        output = "ERROR: setUpClass (a.B)\nkinds.py:7: in f\nRan 1 test in 1.0s\n"
        notes = frozenset({"class cleanup", "next class"})
        self.assertEqual(self.judge(1, notes, output, Phase.ASYNC_CLASS), self.ALL)

    def test_the_worst_of_several_runs(self) -> None:
        """Only what was kept in all of them is kept."""
        some = hangs_results.Outcome(ended=True, reported=False, next=True, cleanups=True, results=True, line=True)
        self.assertEqual(hangs_results.worst([self.ALL, some]), some)

    def test_the_tables(self) -> None:
        """Both, in full."""
        kinds = [Kind("sleeps", lambda: None), Kind("spins", lambda: None)]
        outcomes = {"one": [self.ALL, self.ALL], "other": [self.NONE, self.ALL]}
        self.assertEqual(
            hangs_results.table_of_kinds(kinds, outcomes),
            "| how it hangs | one | other |\n| --- | --- | --- |\n"
            "| sleeps | nothing | **everything** |\n| spins | nothing | nothing |",
        )
        self.assertEqual(
            hangs_results.table_of_sums(outcomes).splitlines()[:3],
            ["| in how many runs | one | other |", "| --- | ---: | ---: |", "| the process ends (*ended*) | 2 | 1 |"],
        )

    def test_the_lines_that_hang(self) -> None:
        """Each kind has one at least, so that there is something to be named."""
        self.assertGreaterEqual(len(lines_that_hang()), len({kind.function for kind in KINDS}) - 4)

    def test_a_process_that_does_not_end_is_killed(self) -> None:
        """It has come to the test that hangs by then."""
        command = ("unittest", "tests.benchmarks.hangs_unittest.WithStandardLibrary")
        [kind] = [kind for kind in KINDS if kind.title == "`time.sleep`"]
        trace = hangs.run(kind, command, limit=3)
        self.assertEqual((trace.status, trace.notes), (None, {"cleanup of test_1_passes"}))

    def test_the_command_line(self) -> None:
        """One kind under the peers that are always there."""
        output = io.StringIO()
        arguments = ["--kind", "awaits for ever", "--repeats", "1", "--peer", "asyncio.timeout", "--peer", "aiounit"]
        with contextlib.redirect_stdout(output):
            self.assertEqual(hangs.main(arguments), 0)
        self.assertIn("| awaits for ever | nothing | nothing |", output.getvalue())

    def test_peers_that_are_not_installed(self) -> None:
        """They are left out, and it is said which."""
        output = io.StringIO()
        with (
            mock.patch.object(hangs, "missing", return_value=["pytest-timeout"]),
            mock.patch.object(hangs, "run", return_value=hangs_results.Trace(None, frozenset(), "")),
            contextlib.redirect_stdout(output),
        ):
            hangs.main(["--kind", "awaits for ever", "--verbose"])
        self.assertIn("so pytest is left out: pytest-timeout.", output.getvalue())
        self.assertIn("| how it hangs | asyncio.timeout | aiounit |", output.getvalue())
