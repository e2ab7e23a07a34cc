"""The private names of `unittest.TestCase` are there, and mean what aiounit takes them for."""

import ast
import functools
import importlib
import importlib.util
import inspect
import logging
import re
import sys
import types
import unittest
from pathlib import Path
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, TestResult, mock

from aiounit import _stdlib
from tests.support import Events, run

# Each is shown below to behave as aiounit relies on. Whoever adds one to cases.py adds its test here.
PRIVATE_NAMES = {
    "_CapturingHandler",
    "_OrderedChainMap",
    "_Outcome",
    "_ShouldStop",
    "_SubTest",
    "__unittest",
    "__unittest_expecting_failure__",
    "__unittest_skip__",
    "__unittest_skip_why__",
    "_addDuration",
    "_addExpectedFailure",
    "_addSkip",
    "_addUnexpectedSuccess",
    "_class_cleanups",
    "_cleanups",
    "_formatMessage",
    "_module_cleanups",
    "_outcome",
    "_subtest_msg_sentinel",
    "_testMethodName",
}


case_module: Any = unittest.case


class Plain(TestCase):
    def test(self) -> None:
        """Pass."""


class Isolated(IsolatedAsyncioTestCase):
    async def test(self) -> None:
        """Pass."""


def private_names(source: str) -> set[str]:
    """Return the private names that are attributes, strings, or special names of unittest's."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name) | ast.Constant(value=str(name)) | ast.Name(id=name):
                is_special = name.startswith("__") and not name.startswith("__unittest")
                is_ours = (isinstance(node, ast.Name) and not name.startswith("__")) or name.startswith("_aiounit_")
                if name.startswith("_") and not is_special and not is_ours:
                    found.add(name)
    return found


class ListTests(TestCase):
    def test_each_private_name_has_its_test_in_the_file_of_its_module(self) -> None:
        modules = sorted(Path(_stdlib.cases.__file__).parent.glob("[!_]*.py"))
        self.assertIn("mocks.py", [path.name for path in modules])
        for path in modules:
            with self.subTest(path.name):
                tested: set[str] = importlib.import_module(f".test_{path.stem}", __package__).PRIVATE_NAMES
                self.assertEqual(private_names(path.read_text(encoding="utf-8")) - tested, set())


class OutcomeTests(TestCase):
    """What `testPartExecutor` makes of each way to end."""

    def setUp(self) -> None:
        self.result = Events()
        self.outcome = _stdlib.cases.make_outcome(self.result)

    def part(self, error: BaseException | None, *, subtest: bool = False) -> list[str]:
        """End a part with ``error``; return what was reported and whether the test can still succeed."""
        case = case_module._SubTest(Plain("test"), "part", {}) if subtest else Plain("test")
        with self.outcome.testPartExecutor(case, subTest=subtest):
            if error is not None:
                raise error
        return [*self.result.log, "ok" if self.outcome.success else "spoilt"]

    def test_a_new_outcome(self) -> None:
        self.assertEqual(
            vars(self.outcome),
            {
                "expecting_failure": False,
                "result": self.result,
                "result_supports_subtests": True,
                "success": True,
                "expectedFailure": None,
            },
        )

    def test_a_result_without_subtests(self) -> None:
        self.assertFalse(case_module._Outcome(object()).result_supports_subtests)

    def test_nothing_raised(self) -> None:
        self.assertEqual(self.part(None), ["ok"])

    def test_failure(self) -> None:
        self.assertEqual(self.part(AssertionError("no")), ["addFailure AssertionError('no')", "spoilt"])

    def test_error(self) -> None:
        self.assertEqual(self.part(ValueError("no")), ["addError ValueError('no')", "spoilt"])

    def test_an_error_that_is_no_exception(self) -> None:
        self.assertEqual(self.part(SystemExit(3)), ["addError SystemExit(3)", "spoilt"])

    def test_skip(self) -> None:
        self.assertEqual(self.part(unittest.SkipTest("why")), ["addSkip why", "spoilt"])

    def test_should_stop_is_swallowed(self) -> None:
        self.assertEqual(self.part(_stdlib.cases.ShouldStop()), ["ok"])

    def test_keyboard_interrupt_passes_through(self) -> None:
        with self.assertRaises(KeyboardInterrupt):
            self.part(KeyboardInterrupt())

    def test_an_earlier_failure_is_not_forgotten(self) -> None:
        self.part(ValueError("no"))
        self.assertEqual(self.part(None), ["addError ValueError('no')", "spoilt"])

    def test_an_expected_failure_is_kept_and_not_reported(self) -> None:
        error = ValueError("no")
        self.outcome.expecting_failure = True
        self.assertEqual(self.part(error), ["ok"])
        self.assertEqual(self.outcome.expectedFailure, (ValueError, error, error.__traceback__))

    def test_a_skip_where_a_failure_is_expected(self) -> None:
        self.outcome.expecting_failure = True
        self.assertEqual(self.part(unittest.SkipTest("why")), ["addSkip why", "spoilt"])

    def test_a_subtest_that_passes(self) -> None:
        self.assertEqual(self.part(None, subtest=True), ["addSubTest [part]", "ok"])

    def test_a_subtest_that_fails(self) -> None:
        self.assertEqual(self.part(ValueError("no"), subtest=True), ["addSubTest [part] ValueError('no')", "spoilt"])

    def test_report(self) -> None:
        _stdlib.cases.report(self.outcome, Plain("test"), ValueError("no"))
        self.assertEqual((self.result.log, self.outcome.success), (["addError ValueError('no')"], False))


class FailureTests(TestCase):
    """The failure of an assertion, as the methods of unittest make it."""

    def message(self, message: object) -> str:
        return str(_stdlib.cases.failure(self, message, "1 != 2"))

    def test_without_a_message(self) -> None:
        self.assertEqual(self.message(None), "1 != 2")

    def test_with_a_message(self) -> None:
        self.assertEqual(self.message("why"), "1 != 2 : why")

    def test_without_long_messages(self) -> None:
        self.longMessage = False
        self.assertEqual((self.message("why"), self.message(None)), ("why", "1 != 2"))

    def test_its_class_is_that_of_the_test(self) -> None:
        class Case(TestCase):
            failureException = ValueError

        self.assertIs(type(_stdlib.cases.failure(Case(), None, "")), ValueError)


class ReportTests(TestCase):
    """What is reported without an exception."""

    def setUp(self) -> None:
        self.result = Events()
        self.case = Plain("test")

    def test_skip(self) -> None:
        _stdlib.cases.add_skip(self.case, self.result, "why")
        self.assertEqual(self.result.log, ["addSkip why"])

    def test_skip_where_the_result_knows_none(self) -> None:
        result: Any = mock.Mock(spec_set=["addSuccess"])
        with self.assertWarns(RuntimeWarning) as caught:
            _stdlib.cases.add_skip(self.case, result, "why")
        self.assertEqual(str(caught.warning), "TestResult has no addSkip method, skips not reported")
        self.assertEqual(result.mock_calls, [mock.call.addSuccess(self.case)])

    def test_expected_failure(self) -> None:
        outcome = _stdlib.cases.make_outcome(self.result)
        outcome.expectedFailure = (ValueError, ValueError("no"), None)
        _stdlib.cases.add_expected_failure(self.case, self.result, outcome)
        self.assertEqual(self.result.log, ["addExpectedFailure ValueError('no')"])

    def test_unexpected_success(self) -> None:
        _stdlib.cases.add_expected_failure(self.case, self.result, _stdlib.cases.make_outcome(self.result))
        self.assertEqual(self.result.log, ["addUnexpectedSuccess"])

    def test_expected_failure_where_the_result_knows_none(self) -> None:
        result: Any = mock.Mock(spec_set=["addSuccess"])
        outcome = _stdlib.cases.make_outcome(result)
        outcome.expectedFailure = (ValueError, ValueError("no"), None)
        with self.assertWarns(RuntimeWarning):
            _stdlib.cases.add_expected_failure(self.case, result, outcome)
        self.assertEqual(result.mock_calls, [mock.call.addSuccess(self.case)])

    def test_unexpected_success_where_the_result_knows_none(self) -> None:
        result: Any = mock.Mock(spec_set=["addFailure"])
        with self.assertWarns(RuntimeWarning):
            _stdlib.cases.add_expected_failure(self.case, result, _stdlib.cases.make_outcome(result))
        self.assertEqual(result.mock_calls, [mock.call.addFailure(self.case, mock.ANY)])

    def test_durations_are_there_since_3_12(self) -> None:
        self.assertEqual(hasattr(TestCase, "_addDuration"), sys.version_info >= (3, 12))

    @unittest.skipIf(sys.version_info < (3, 12), "3.11 has no durations")
    def test_duration(self) -> None:
        result = mock.Mock(spec_set=TestResult)
        _stdlib.cases.add_duration(self.case, result, 0.5)
        self.assertEqual(result.mock_calls, [mock.call.addDuration(self.case, 0.5)])

    def test_duration_by_the_hook_of_the_test(self) -> None:
        case = mock.Mock(spec_set=["_addDuration"])
        _stdlib.cases.add_duration(case, self.result, 0.5)
        self.assertEqual(case.mock_calls, [mock.call._addDuration(self.result, 0.5)])

    def test_no_duration_where_there_is_no_hook(self) -> None:
        case = mock.Mock(spec_set=[])
        _stdlib.cases.add_duration(case, self.result, 0.5)
        self.assertEqual(case.mock_calls, [])


class SubTestTests(TestCase):
    def setUp(self) -> None:
        self.case = Plain("test")
        self.name = f"{__name__}.Plain.test"

    def test_the_id_has_message_and_parameters(self) -> None:
        subtest = _stdlib.cases.make_subtest(self.case, None, "message", {"a": 1, "b": 2})
        self.assertEqual(subtest.id(), f"{self.name} [message] (a=1, b=2)")

    def test_no_message_is_not_shown(self) -> None:
        subtest = _stdlib.cases.make_subtest(self.case, None, _stdlib.cases.NO_MESSAGE, {"a": 1})
        self.assertEqual(subtest.id(), f"{self.name} (a=1)")

    def test_no_message_is_the_default_of_sub_test(self) -> None:
        self.assertIs(inspect.signature(TestCase.subTest).parameters["msg"].default, _stdlib.cases.NO_MESSAGE)

    def test_parameters_add_to_those_around(self) -> None:
        outer = _stdlib.cases.make_subtest(self.case, None, "outer", {"a": 1, "b": 2})
        inner = _stdlib.cases.make_subtest(self.case, outer, "inner", {"b": 3, "c": 4})
        self.assertEqual(inner.id(), f"{self.name} [inner] (b=3, c=4, a=1)")
        self.assertEqual(outer.id(), f"{self.name} [outer] (a=1, b=2)")

    def test_it_knows_its_test(self) -> None:
        self.assertIs(_stdlib.cases.make_subtest(self.case, None, "message", {}).test_case, self.case)

    def test_it_fails_as_its_test_does(self) -> None:
        self.case.failureException = ZeroDivisionError
        self.assertIs(_stdlib.cases.make_subtest(self.case, None, "message", {}).failureException, ZeroDivisionError)


class AttributeTests(TestCase):
    """What unittest keeps in a test."""

    def setUp(self) -> None:
        self.case: Any = Isolated("test")

    def test_method_name(self) -> None:
        self.assertEqual(_stdlib.cases.test_method_name(self.case), "test")

    def test_there_is_no_outcome_before_a_run(self) -> None:
        self.assertIsNone(_stdlib.cases.outcome_of(self.case))

    def test_there_is_an_outcome_in_a_run(self) -> None:
        seen: list[_stdlib.cases.Outcome | None] = []

        class Case(TestCase):
            def test(self) -> None:
                seen.append(_stdlib.cases.outcome_of(self))

        result = run(Case)
        assert seen[0] is not None
        self.assertIs(seen[0].result, result)

    def test_an_outcome_that_is_set_is_found(self) -> None:
        outcome = _stdlib.cases.begin_outcome(self.case, TestResult())
        self.assertIs(_stdlib.cases.outcome_of(self.case), outcome)

    def test_the_outcome_of_a_test_takes_its_subtests(self) -> None:
        result = Events()
        _stdlib.cases.begin_outcome(self.case, result)
        with self.case.subTest("part"):
            pass
        self.assertEqual(result.log, ["addSubTest [part]"])

    def test_cleanups_are_taken_from_the_last_to_the_first(self) -> None:
        self.case.addCleanup(print, 1, 2, sep="")
        self.case.addAsyncCleanup(repr, 3)
        self.assertEqual(_stdlib.cases.next_cleanup(self.case), (repr, (3,), {}))
        self.assertEqual(_stdlib.cases.next_cleanup(self.case), (print, (1, 2), {"sep": ""}))
        self.assertIsNone(_stdlib.cases.next_cleanup(self.case))


class MarkTests(TestCase):
    """What unittest's decorators write on tests and classes."""

    def test_skip(self) -> None:
        class Case(TestCase):
            """Has attributes."""

        for marked in (unittest.skip("why")(Case), unittest.skip("why")(lambda: None)):
            marks = {name: value for name, value in vars(marked).items() if name.startswith("__unittest")}
            self.assertEqual(marks, {"__unittest_skip__": True, "__unittest_skip_why__": "why"})

    def test_expected_failure(self) -> None:
        self.assertEqual(vars(unittest.expectedFailure(lambda: None)), {"__unittest_expecting_failure__": True})


class FrameTests(TestCase):
    def test_results_leave_out_frames_of_modules_that_ask_for_it(self) -> None:
        module = types.ModuleType("hidden")
        exec("__unittest = True\ndef hidden(function):\n    function()", vars(module))

        class Case(TestCase):
            def test(self) -> None:
                module.hidden(self.fail)

        self.assertEqual(re.findall(r", in (\w+)\n", run(Case).text()), ["test"])

    def test_ours_asks_for_it(self) -> None:
        self.assertIs(vars(_stdlib.cases)["__unittest"], True)


class CleanupTests(unittest.TestCase):
    def test_a_class_cleanup_after_all_others(self) -> None:
        log: list[str] = []

        class Case(unittest.TestCase):
            @classmethod
            def setUpClass(cls) -> None:
                cls.addClassCleanup(log.append, "before")
                _stdlib.cases.add_last_class_cleanup(cls, log.append, "last")
                cls.addClassCleanup(log.append, "after")

            def test(self) -> None:
                self.assertIn(_stdlib.cases.CLASS_CLEANUPS, vars(type(self)))

        unittest.TestSuite([Case("test")]).run(result := Events())
        self.assertEqual((log, result.raised), (["after", "before", "last"], []))

    def test_a_module_cleanup_after_all_others(self) -> None:
        log: list[str] = []
        with mock.patch("unittest.case._module_cleanups", []):
            unittest.addModuleCleanup(log.append, "before")
            _stdlib.cases.add_last_module_cleanup(log.append, "last")
            unittest.doModuleCleanups()
        self.assertEqual(log, ["before", "last"])


class CapturingTests(TestCase):
    def test_captured_logs(self) -> None:
        self.assertFalse(_stdlib.cases.is_capturing(logging.StreamHandler()))
        with self.assertLogs() as _:
            self.assertTrue(_stdlib.cases.is_capturing(logging.getLogger().handlers[0]))
            logging.getLogger().error("there must be one")


class LastCleanupTests(TestCase):
    def test_the_last_cleanup(self) -> None:
        for kind in (Plain, Isolated):
            case = kind("test")
            log: list[str] = []
            case.addCleanup(log.append, "first")
            _stdlib.cases.add_last_cleanup(case, functools.partial(log.append, "last"))
            case.addCleanup(log.append, "second")
            case.run()
            self.assertEqual(log, ["second", "first", "last"])
