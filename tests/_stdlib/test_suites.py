"""The private names of unittest's suites: each test fails on a version that changes one."""

import unittest
from typing import Any
from unittest import mock

from aiounit import _stdlib
from tests.resources.support import fake_module
from tests.support import Events

PRIVATE_NAMES = {
    "_ErrorHolder",
    "_handleModuleTearDown",
    "_testRunEntered",
}


def case_of(module: str) -> Any:
    """Return a test of a module."""
    return type("Case", (unittest.TestCase,), {"__module__": module, "test": lambda _self: None})("test")


class EndTests(unittest.TestCase):
    def setUp(self) -> None:
        self.enterContext(mock.patch("unittest.case._module_cleanups", []))
        self.result = unittest.TestResult()
        self.seen: list[bool] = []

    def look(self) -> None:
        self.seen.append(_stdlib.suites.is_at_end(self.result))

    def test_a_result_knows_that_it_is_in_a_suite(self) -> None:
        seen = []
        case = case_of("one")
        case.setUp = lambda: seen.append(_stdlib.suites.is_in_suite(self.result))
        unittest.TestSuite([case]).run(self.result)
        case.run(self.result)
        self.assertEqual(seen, [True, False])

    def test_the_last_module_is_followed_by_none(self) -> None:
        with fake_module("one", setUpModule=self.add), fake_module("two", setUpModule=self.add):
            unittest.TestSuite([case_of("one"), unittest.TestSuite([case_of("two")])]).run(self.result)
        self.assertEqual(self.seen, [False, True])

    def add(self) -> None:
        unittest.addModuleCleanup(self.look)

    def test_a_suite_of_another_result(self) -> None:
        with fake_module("one", setUpModule=self.add):
            unittest.TestSuite([case_of("one")]).run(unittest.TestResult())
        self.assertEqual(self.seen, [False])

    def test_cleanups_that_no_suite_runs(self) -> None:
        self.add()
        unittest.doModuleCleanups()
        self.assertEqual(self.seen, [False])

    def test_a_module_that_is_torn_down_by_itself(self) -> None:
        self.result._previousTestClass = type(case_of("one"))  # type: ignore[attr-defined] # private
        self.result._moduleSetUpFailed = False  # type: ignore[attr-defined] # private
        with fake_module("one"):
            self.add()
            unittest.TestSuite()._handleModuleTearDown(self.result)  # type: ignore[attr-defined] # private
        self.assertEqual(self.seen, [False])


class ReportTests(unittest.TestCase):
    def test_an_error_of_no_test(self) -> None:
        result = Events()
        _stdlib.suites.report_of_run(result, ValueError("no"))
        self.assertEqual(result.log, ["addError ValueError('no')"])
        self.assertEqual(result.errors[0][0].id(), "closing the resources of the run")
