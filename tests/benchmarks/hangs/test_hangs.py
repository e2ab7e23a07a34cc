"""What is lost when a test hangs: the runs, what is made of them, and the command line."""

import contextlib
import io
import unittest
from unittest import mock

from . import __main__, results
from .__main__ import main, run
from .kinds import KINDS, Kind, Phase, lines_that_hang


class Hangs(unittest.TestCase):
    """What is lost when a test hangs: the runs, what is made of them, and the command line."""

    ALL = results.Outcome(ended=True, reported=True, next=True, cleanups=True, results=True, line=True)
    NONE = results.Outcome(ended=False, reported=False, next=False, cleanups=False, results=False, line=False)
    NOTES = frozenset({"next", "cleanup of test_2_hangs"})

    def judge(
        self, status: int | None, notes: frozenset[str], output: str, phase: Phase = Phase.TEST
    ) -> results.Outcome:
        """Judge a run whose line 7 hung."""
        kind = Kind("a kind", lambda: None, phase)
        return results.judge(kind, results.Trace(status, notes, output), "kinds.py", [7])

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
        self.assertEqual(results.describe(outcome), "**ended**, reported")

    def test_a_process_that_was_ended_from_outside(self) -> None:
        """What ended it reports, and nothing runs any more."""
        output = 'aiounit: a.B.test_2_hangs hangs, and\nFinished before: 1 success.\n  File "kinds.py", line 7 in f\n'
        outcome = self.judge(-6, frozenset(), output)
        self.assertEqual(results.describe(outcome), "next, cleanups")

    def test_the_set_up_of_a_class(self) -> None:
        """What counts is the cleanup of the class and the next class."""
        output = "ERROR: setUpClass (a.B)\nkinds.py:7: in f\nRan 1 test in 1.0s\n"
        notes = frozenset({"class cleanup", "next class"})
        self.assertEqual(self.judge(1, notes, output, Phase.ASYNC_CLASS), self.ALL)

    def test_the_worst_of_several_runs(self) -> None:
        """Only what was kept in all of them is kept."""
        some = results.Outcome(ended=True, reported=False, next=True, cleanups=True, results=True, line=True)
        self.assertEqual(results.worst([self.ALL, some]), some)

    def test_the_tables(self) -> None:
        """Both, in full."""
        kinds = [Kind("sleeps", lambda: None), Kind("spins", lambda: None)]
        outcomes = {"one": [self.ALL, self.ALL], "other": [self.NONE, self.ALL]}
        self.assertEqual(
            results.table_of_kinds(kinds, outcomes),
            "| how it hangs | one | other |\n| --- | --- | --- |\n"
            "| sleeps | nothing | **everything** |\n| spins | nothing | nothing |",
        )
        self.assertEqual(
            results.table_of_sums(outcomes).splitlines()[:3],
            ["| in how many runs | one | other |", "| --- | ---: | ---: |", "| the process ends (*ended*) | 2 | 1 |"],
        )

    def test_the_lines_that_hang(self) -> None:
        """Each kind has one at least, so that there is something to be named."""
        self.assertGreaterEqual(len(lines_that_hang()), len({kind.function for kind in KINDS}) - 4)

    def test_a_process_that_does_not_end_is_killed(self) -> None:
        """It has come to the test that hangs by then."""
        command = ("unittest", "tests.benchmarks.hangs.suite_unittest.WithStandardLibrary")
        [kind] = [kind for kind in KINDS if kind.title == "`time.sleep`"]
        trace = run(kind, command, limit=3)
        self.assertEqual((trace.status, trace.notes), (None, {"cleanup of test_1_passes"}))

    def test_the_command_line(self) -> None:
        """One kind under the peers that are always there."""
        output = io.StringIO()
        arguments = ["--kind", "awaits for ever", "--repeats", "1", "--peer", "asyncio.timeout", "--peer", "aiounit"]
        with contextlib.redirect_stdout(output):
            self.assertEqual(main(arguments), 0)
        self.assertIn("| awaits for ever | nothing | nothing |", output.getvalue())

    def test_peers_that_are_not_installed(self) -> None:
        """They are left out, and it is said which."""
        output = io.StringIO()
        with (
            mock.patch.object(__main__, "missing", return_value=["pytest-timeout"]),
            mock.patch.object(__main__, "run", return_value=results.Trace(None, frozenset(), "")),
            contextlib.redirect_stdout(output),
        ):
            main(["--kind", "awaits for ever", "--verbose"])
        self.assertIn("so pytest is left out: pytest-timeout.", output.getvalue())
        self.assertIn("| how it hangs | asyncio.timeout | aiounit |", output.getvalue())
