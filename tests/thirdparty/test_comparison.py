"""The comparison itself: a difference that it does not notice would make every suite here worthless."""

import textwrap
import unittest
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.thirdparty._runner import Event
from tests.thirdparty.comparison import (
    ORDER,
    Difference,
    ExpectedDifference,
    Report,
    RunError,
    Suite,
    assert_same,
    describe,
    differences,
    run_both,
    unexplained,
)

# One test of each outcome, on whatever base class there is.
SUITE: Final = """
    import unittest

    class Test(unittest.IsolatedAsyncioTestCase):
        async def test_1_success(self):
            pass

        async def test_2_failure(self):
            self.fail("two")

        async def test_3_error(self):
            raise OSError("three")

        async def test_4_skip(self):
            self.skipTest("four")

        @unittest.expectedFailure
        async def test_5_expected_failure(self):
            self.fail("five")

        @unittest.expectedFailure
        async def test_6_unexpected_success(self):
            pass

        async def test_7_subtests(self):
            for number in range(2):
                with self.subTest(number=number):
                    self.assertEqual(number, 0, "seven")

    class Broken(unittest.IsolatedAsyncioTestCase):
        @classmethod
        def setUpClass(cls):
            raise KeyError("all")

        async def test(self):
            pass
"""

# Base classes with a fault.
BASES: Final = """
    import unittest
    from pathlib import Path

    class Swallows(unittest.IsolatedAsyncioTestCase):
        def _callTestMethod(self, method):
            try:
                super()._callTestMethod(method)
            except AssertionError:
                pass

    class FailsOnce(unittest.IsolatedAsyncioTestCase):
        def setUp(self):
            mark = Path(__file__).with_suffix(".mark")
            if not mark.exists():
                mark.touch()
                self.fail("the first time")
"""


def report(**tests: str) -> Report:
    """Return a report in which each test has one event: a kind and, after a space, a detail."""
    return {test: (Event(*event.split(" ")),) for test, event in tests.items()}


class RunTest(unittest.TestCase):
    def setUp(self) -> None:
        self.directory = Path(self.enterContext(TemporaryDirectory()))
        self.write("bases", BASES)
        self.write("suite", SUITE)

    def write(self, name: str, text: str) -> Suite:
        """Write a module, and return the suite that is made of it."""
        self.directory.joinpath(name).with_suffix(".py").write_text(textwrap.dedent(text), encoding="utf-8")
        return Suite((name,), path=(self.directory,))

    def test_everything_that_is_reported_is_written_down(self) -> None:
        stdlib, ours = run_both(self.write("suite", SUITE), ["suite"])
        expected = {
            "setUpClass (suite.Broken)": "addError KeyError",
            "suite.Test.test_1_success": "startTest, addSuccess, stopTest",
            "suite.Test.test_2_failure": "startTest, addFailure AssertionError, stopTest",
            "suite.Test.test_3_error": "startTest, addError OSError, stopTest",
            "suite.Test.test_4_skip": "startTest, addSkip four, stopTest",
            "suite.Test.test_5_expected_failure": "startTest, addExpectedFailure AssertionError, stopTest",
            "suite.Test.test_6_unexpected_success": "startTest, addUnexpectedSuccess, stopTest",
            "suite.Test.test_7_subtests": (
                "startTest, addSubTest (number=0), addSubTest (number=1) AssertionError, stopTest"
            ),
        }
        for events in (stdlib, ours):
            self.assertEqual(list(expected), list(events))
            self.assertEqual(expected, {test: describe(of_test) for test, of_test in events.items()})
        self.assertEqual("three", ours["suite.Test.test_3_error"][1].message)
        self.assertIn('raise OSError("three")', ours["suite.Test.test_3_error"][1].traceback)

    def test_the_suite_finds_the_other_base_class_wherever_it_looks(self) -> None:
        suite = self.write(
            "bases_seen",
            """
            import unittest
            from unittest import IsolatedAsyncioTestCase
            from unittest.async_case import IsolatedAsyncioTestCase as Other

            class Test(unittest.TestCase):
                def test(self):
                    bases = {unittest.IsolatedAsyncioTestCase, IsolatedAsyncioTestCase, Other}
                    self.skipTest(" ".join(base.__name__ for base in bases))
            """,
        )
        stdlib, ours = run_both(suite, suite.names)
        self.assertEqual(
            ["startTest, addSkip IsolatedAsyncioTestCase, stopTest", "startTest, addSkip AsyncTestCase, stopTest"],
            [describe(each["bases_seen.Test.test"]) for each in (stdlib, ours)],
        )

    def test_a_class_that_hides_failures_is_found_out(self) -> None:
        with self.assertRaises(AssertionError) as raised:
            assert_same(self, self.write("suite", SUITE), at_least=8, base="bases:Swallows")
        message = str(raised.exception)
        self.assertIn("of 8 tests, 2 are not as expected", message)
        self.assertIn("suite.Test.test_2_failure\n  stdlib:  startTest, addFailure AssertionError, ", message)
        self.assertIn("suite.Test.test_5_expected_failure\n", message)
        self.assertIn('self.fail("two")', message)

    def test_a_suite_without_tests_is_not_the_same(self) -> None:
        suite = self.write("nothing", "")
        with self.assertRaisesRegex(AssertionError, "ran fewer tests than there should be"):
            assert_same(self, suite, at_least=1)

    def test_a_suite_that_cannot_be_imported_is_an_error(self) -> None:
        suite = self.write("wrong", "import missing_module")
        with self.assertRaisesRegex(RunError, "(?s)the run on unittest:.* ended with status 1.*missing_module"):
            run_both(suite, suite.names)

    def test_a_run_that_ends_early_is_an_error(self) -> None:
        suite = self.write("dies", "import os, unittest\nclass Test(unittest.TestCase):\n  def test(self): os._exit(0)")
        with self.assertRaisesRegex(RunError, "ended with status 0"):
            run_both(suite, suite.names)

    def test_a_run_that_hangs_is_an_error_that_says_where(self) -> None:
        self.write("hangs", "import threading\nthreading.Event().wait()")
        suite = Suite(("hangs",), path=(self.directory,), limit=0.5)
        with self.assertRaisesRegex(RunError, "(?s)Timeout.*wait"):
            run_both(suite, suite.names)

    def test_what_differs_only_once_does_not_count_if_the_suite_may_run_again(self) -> None:
        self.write("flaky", "import unittest\nclass Test(unittest.IsolatedAsyncioTestCase):\n  def test(self): pass")
        steady = Suite(("flaky",), path=(self.directory,))
        with self.assertRaisesRegex(AssertionError, "flaky.Test.test"):
            assert_same(self, steady, at_least=1, base="bases:FailsOnce")
        self.directory.joinpath("bases.mark").unlink()
        assert_same(self, replace(steady, again={}), at_least=1, base="bases:FailsOnce")

    def test_a_run_that_fails_only_once_does_not_count_if_the_suite_may_run_again(self) -> None:
        suite = self.write(
            "impatient",
            """
            import os, unittest

            class Test(unittest.IsolatedAsyncioTestCase):
                async def test(self):
                    if "PATIENT" not in os.environ:
                        os._exit(1)
            """,
        )
        assert_same(self, replace(suite, again={"PATIENT": "yes"}), at_least=1)

    def test_what_differs_again_counts_even_if_the_suite_may_run_again(self) -> None:
        suite = Suite(("suite",), path=(self.directory,), again={})
        with self.assertRaisesRegex(AssertionError, "2 are not as expected"):
            assert_same(self, suite, at_least=1, base="bases:Swallows")


class DifferencesTest(unittest.TestCase):
    def names(self, stdlib: Report, ours: Report, *, any_order: bool = False) -> list[str]:
        return [difference.test for difference in differences(stdlib, ours, any_order=any_order)]

    def test_equal_reports_do_not_differ(self) -> None:
        self.assertEqual([], self.names(report(a="addSkip 1"), report(a="addSkip 1")))

    def test_messages_and_tracebacks_may_differ(self) -> None:
        self.assertEqual([], self.names({"a": (Event("addError", "E", "1"),)}, {"a": (Event("addError", "E", "2"),)}))

    def test_an_outcome_an_exception_or_a_reason_may_not_differ(self) -> None:
        stdlib = report(a="addFailure E", b="addError E", c="addSkip 1")
        ours = report(a="addError E", b="addError F", c="addSkip 2")
        self.assertEqual(["a", "b", "c"], self.names(stdlib, ours))

    def test_a_test_that_only_one_side_has_differs(self) -> None:
        self.assertEqual(["a", "b"], self.names(report(a="addSuccess"), report(b="addSuccess")))

    def test_a_test_that_is_reported_twice_differs(self) -> None:
        once = (Event("addSuccess"),)
        self.assertEqual(["a"], self.names({"a": once}, {"a": once * 2}))

    def test_the_order_of_the_tests_may_not_differ(self) -> None:
        stdlib, ours = report(a="addSuccess", b="addSuccess"), report(b="addSuccess", a="addSuccess")
        self.assertEqual([ORDER], self.names(stdlib, ours))

    def test_the_order_of_subtests_may_differ_only_if_the_suite_says_so(self) -> None:
        events = (Event("startTest"), Event("addSubTest", "1"), Event("addSubTest", "2"))
        stdlib, ours = {"a": events}, {"a": (events[0], events[2], events[1])}
        self.assertEqual(["a"], self.names(stdlib, ours))
        self.assertEqual([], self.names(stdlib, ours, any_order=True))
        self.assertEqual(["a"], self.names(stdlib, {"a": events[:2]}, any_order=True))


class UnexplainedTest(unittest.TestCase):
    difference = Difference("module.Test.test", (Event("addSuccess"),), (Event("addError", "E", "it is so"),))

    def unexplained(self, entry: ExpectedDifference) -> list[str]:
        return [problem.partition("\n")[0] for problem in unexplained([self.difference], [entry])]

    def test_an_entry_explains_what_matches_it_in_every_respect(self) -> None:
        entry = ExpectedDifference("module.*", "addSuccess", "addError E", "why", message="is so")
        self.assertEqual([], self.unexplained(entry))

    def test_an_entry_explains_no_other_difference_and_is_an_error_itself(self) -> None:
        for entry in (
            ExpectedDifference("other.*", "addSuccess", "addError E", "why"),
            ExpectedDifference("module.*", "addFailure E", "addError E", "why"),
            ExpectedDifference("module.*", "addSuccess", "addError F", "why"),
            ExpectedDifference("module.*", "addSuccess", "addError E", "why", message="is not so"),
        ):
            with self.subTest(entry=entry):
                expected = ["module.Test.test", f"expected, but there is no such difference: {entry}"]
                self.assertEqual(expected, self.unexplained(entry))

    def test_an_entry_holds_from_one_version_to_before_another(self) -> None:
        entry = ExpectedDifference("*", "*", "*", "why", since=(3, 12, 1), before=(3, 12, 2))
        versions = [(3, 11, 9), (3, 12, 0), (3, 12, 1), (3, 12, 2), (3, 13, 0)]
        self.assertEqual([(3, 12, 1)], [version for version in versions if entry.holds_on(version)])
