"""What becomes of findings: errors, warnings, and the end of the run."""

import asyncio
import contextlib
import gc
import io
import sys
import threading
import types
import unittest
import warnings
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, FindingError, FindingWarning, UnusedAllowanceWarning, allow
from aiounit.checks import Finding, Level, reporting
from aiounit.checks.findings import Reported
from aiounit.checks.ledger import Late
from aiounit.checks.policy import Policy
from aiounit.introspect.places import Place
from aiounit.runs.run import current_run
from tests.checks.support import end_run
from tests.documents import run_python
from tests.support import run

HERE = Place("no-such/test_x.py", 3, "test_x", "test_x")
MADE = Reported("tasks", Finding("a task", "stop it", name="t", stack=(HERE,)))
ALONE = Reported("errors", Finding("an error"))


class Base(unittest.TestCase):
    def setUp(self) -> None:
        end_run()
        self.addCleanup(end_run)
        self.ledger = current_run().ledger

    def policy(self, **levels: str) -> Policy:
        return Policy({"tasks": Level.FAIL, "errors": Level.FAIL} | {n: Level(v) for n, v in levels.items()}, ())

    def end(self) -> tuple[list[BaseException], str]:
        return reporting.end_run(self.ledger), self.ledger.take_summary()


class ReportTests(Base):
    def test_one_failure_is_an_error_of_its_own(self) -> None:
        [error] = reporting.report(self.ledger, "test_x", self.policy(), [MADE])
        self.assertEqual(str(error), f"tasks: {MADE.text()}")

    def test_different_failures_are_one_error(self) -> None:
        [error] = reporting.report(self.ledger, "test_x", self.policy(), [MADE, ALONE])
        self.assertEqual(str(error), "test_x: 2 findings (2 sub-exceptions)")

    def test_warnings(self) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            errors = reporting.report(self.ledger, "test_x", self.policy(tasks="warn", errors="warn"), [MADE, ALONE])
        self.assertEqual(errors, [])
        self.assertEqual(
            [(each.category, each.filename, each.lineno, str(each.message)) for each in caught],
            [
                (
                    FindingWarning,
                    "no-such/test_x.py",
                    3,
                    "test_x: tasks: a task\nmade here, most recent call last:\n  no-such/test_x.py, line 3, in test_x\n"
                    "stop it",
                ),
                (FindingWarning, "unknown", 0, "test_x: errors: an error"),
            ],
        )

    def test_where_warnings_are_errors_they_come_after_the_failures(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            errors = reporting.report(self.ledger, "test_x", self.policy(tasks="warn"), [MADE, ALONE])
        self.assertEqual([type(error) for error in errors], [FindingError, FindingWarning])


class SummaryTests(Base):
    def test_nothing_to_say(self) -> None:
        self.assertEqual(self.end(), ([], ""))

    def warn(self, *found: Reported) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.assertEqual(
                reporting.report(self.ledger, "test_x", self.policy(tasks="warn", errors="warn"), found), []
            )

    def test_warnings_by_kind_and_by_place(self) -> None:
        self.warn(MADE, ALONE, MADE)
        self.warn(MADE)
        errors, output = self.end()
        self.assertEqual(errors, [])
        self.assertEqual(
            output,
            "\naiounit: the checks have warned of 4 things\n  by kind:\n        3 tasks\n        1 errors\n"
            "  by place:\n        3 no-such/test_x.py, line 3, in test_x\n        1 no known place",
        )
        self.assertEqual(self.end(), ([], ""))

    def test_no_failure_is_repeated(self) -> None:
        reporting.report(self.ledger, "test_x", self.policy(), [MADE, ALONE])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reporting.report(self.ledger, "test_x", self.policy(tasks="warn"), [MADE])
        self.assertEqual(self.end(), ([], ""))

    def test_of_many_places_the_first(self) -> None:
        self.warn(*(Reported("tasks", Finding("a task", where=HERE._replace(line=line))) for line in range(13)))
        self.assertRegex(self.end()[1], "and 3 more places$")


class PrintTests(Base):
    def setUp(self) -> None:
        super().setUp()
        self.ledger.summary = "the summary"

    def printed(self, result: object, caller: types.FrameType | None) -> str:
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            reporting.print_summary(self.ledger, result, caller)
        return output.getvalue()

    def test_at_once_if_nothing_else_is_to_come(self) -> None:
        self.assertEqual(self.printed(None, None), "the summary\n")
        self.assertEqual(self.printed(None, None), "")

    def test_at_once_if_the_runner_has_printed_the_failures(self) -> None:
        result = unittest.TestResult()
        self.assertEqual(self.printed(result, sys._getframe()), "the summary\n")
        self.assertNotIn("printErrors", vars(result))

    def test_after_the_failures_that_the_runner_is_going_to_print(self) -> None:
        output = io.StringIO()
        result = mock.Mock(stream=output)
        result.printErrors.side_effect = lambda: output.write("the failures\n")
        for _ in range(2):
            print_errors = result.printErrors
            self.assertEqual(self.printed(result, sys._getframe()), "")
            result.printErrors()
            self.assertIs(result.printErrors, print_errors)
        self.assertEqual(output.getvalue(), "the failures\nthe summary\nthe failures\n")

    def test_at_the_end_of_the_process_if_the_failures_are_still_to_come(self) -> None:
        code = (
            "from aiounit.checks import ledger, reporting\n"
            "one = ledger.Ledger(); one.summary = 'the summary'; reporting.print_summary_at_exit(one)\n"
            "reporting.print_summary_at_exit(one)\n"
            "import sys; print('the failures', file=sys.stderr)"
        )
        self.assertEqual(run_python("-c", code).stderr, "the failures\nthe summary\n")


class LateTests(Base):
    def test_what_came_too_late_is_reported_by_test(self) -> None:
        for name in ("test_x", "test_y", "test_x"):
            self.ledger.note_late(Late(name, self.policy(), "tasks", lambda: MADE.finding))
        errors, _ = self.end()
        self.assertEqual(
            [str(error).partition("\n")[0] for error in errors],
            [
                "tasks: a task (2 times, found after test_x had ended)",
                "tasks: a task (found after test_y had ended)",
            ],
        )

    def test_what_is_held_by_a_cycle_is_found_now(self) -> None:
        async def nothing() -> None:
            pass

        async def body(case: Any) -> None:
            circle: list[object] = [nothing()]
            circle.append(circle)

        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        kind = type("Case", (AsyncTestCase,), {"test": body})
        self.assertEqual(run(kind).log[1:-1], ["addSuccess"])
        errors, _ = self.end()
        self.assertRegex(repr(errors), r"coroutine .*nothing\(\) was never awaited")


class AllowanceTests(Base):
    def warned(self, *runs: tuple[Any, str]) -> list[str]:
        for kind, name in runs:
            run(kind, name=name)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.assertEqual(self.end()[0], [])
        return [str(each.message) for each in caught if each.category is UnusedAllowanceWarning]

    def kind(self) -> Any:
        @allow("tasks", reason="of the class")
        class Case(AsyncTestCase):
            @allow("errors", name="a*", reason="of the test")
            async def test(self) -> None:
                """Pass."""

            async def test_2(self) -> None:
                """Pass."""

            async def test_3(self) -> None:
                self.fail("no")

        return Case

    def test_one_of_a_test(self) -> None:
        [text] = self.warned((self.kind(), "test"))
        self.assertRegex(
            text,
            r"^@allow\('errors', name='a\*'\) at .*test_reporting.py, line \d+ has allowed nothing: take it away "
            r"\(it says: of the test\)$",
        )

    def test_one_of_a_class_only_if_all_of_its_tests_have_passed(self) -> None:
        kind = self.kind()
        self.assertEqual(self.warned((kind, "test_2"), (kind, "test_3")), [])
        del kind.test_3
        texts = self.warned((kind, "test"), (kind, "test_2"))
        self.assertEqual(
            [text.partition(" at ")[0] for text in texts], ["@allow('errors', name='a*')", "@allow('tasks')"]
        )

    def test_one_of_a_class_of_which_few_tests_were_asked_for(self) -> None:
        with mock.patch.object(unittest.defaultTestLoader, "testNamePatterns", ["*test_2"]):
            self.assertEqual(self.warned((self.kind(), "test_2")), [])

    def test_one_that_is_inherited_only_if_all_subclasses_had_their_chance(self) -> None:
        @allow("tasks", reason="of the mixin")
        class Mixin:
            @allow("errors", reason="of its test")
            async def test(self) -> None:
                """Pass."""

        kinds: list[Any] = [type(name, (Mixin, AsyncTestCase), {}) for name in ("One", "Two")]
        self.assertEqual(self.warned((kinds[0], "test")), [])
        texts = self.warned((kinds[0], "test"), (kinds[1], "test"))
        self.assertEqual([text.partition(" at ")[0] for text in texts], ["@allow('errors')", "@allow('tasks')"])

    def test_one_of_a_test_that_a_subclass_has_replaced(self) -> None:
        kind = self.kind()
        other = type("Other", (kind,), {"test": lambda _self: None})
        [text] = self.warned((kind, "test"))
        self.assertEqual(text.partition(" at ")[0], "@allow('errors', name='a*')")
        del other

    def test_one_of_use(self) -> None:
        class Case(AsyncTestCase):
            @allow("tasks", reason="never stops")
            async def test(self) -> None:
                asyncio.create_task(asyncio.sleep(100))

        self.assertEqual(self.warned((Case, "test")), [])

    def test_where_warnings_are_errors(self) -> None:
        run(self.kind())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            errors, _ = self.end()
        self.assertEqual([type(error) for error in errors], [UnusedAllowanceWarning])


class RunTests(Base):
    def leaving(self, name: str) -> type[AsyncTestCase]:
        async def test(_case: object) -> None:
            asyncio.create_task(asyncio.sleep(100), name=name)

        return type(name, (AsyncTestCase,), {"test": test, "checks": {"tasks": "warn"}})

    def run_by_runner(self, *kinds: type[AsyncTestCase], stream: io.StringIO) -> unittest.TestResult:
        suite = unittest.TestSuite(kind("test") for kind in kinds)
        return unittest.TextTestRunner(stream, warnings="ignore").run(suite)

    def test_the_summary_comes_between_the_failures_and_the_verdict(self) -> None:
        class Fails(AsyncTestCase):
            def test(self) -> None:
                self.fail("on purpose")

        stream = io.StringIO()
        self.run_by_runner(self.leaving("left"), Fails, stream=stream)
        lines = stream.getvalue().splitlines()
        marks = ("AssertionError: on purpose", "aiounit: the checks have warned of 1 thing", "Ran ")
        self.assertEqual([mark for line in lines for mark in marks if line.startswith(mark)], list(marks))

    def test_runs_in_two_threads_keep_their_findings_apart(self) -> None:
        both = threading.Barrier(2)
        summaries = []

        def run_to_its_end(name: str) -> None:
            self.leaving(name)("test").run(unittest.TestResult())
            both.wait(60)
            reporting.end_run(current_run().ledger)
            summaries.append(current_run().ledger.take_summary().partition("  by kind")[0])

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            threads = [threading.Thread(target=run_to_its_end, args=(name,)) for name in ("one", "two")]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(summaries, ["\naiounit: the checks have warned of 1 thing\n"] * 2)
        self.assertEqual(self.end(), ([], ""))

    def test_a_run_inside_a_test_reports_its_own(self) -> None:
        inner, outer = io.StringIO(), io.StringIO()
        leaving = self.leaving("left")
        run_by_runner = self.run_by_runner

        class Outer(AsyncTestCase):
            def test(self) -> None:
                run_by_runner(leaving, stream=inner)

        self.assertTrue(run_by_runner(Outer, stream=outer).wasSuccessful())
        self.assertIn("the checks have warned of 1 thing\n", inner.getvalue())
        self.assertNotIn("aiounit", outer.getvalue())

    def test_one_whose_end_is_not_said_leaves_its_findings_to_the_run_around_it(self) -> None:
        stream = io.StringIO()
        leaving = self.leaving("left")

        class Outer(AsyncTestCase):
            def test(self) -> None:
                leaving("test").run(unittest.TestResult())

        self.run_by_runner(Outer, Outer, stream=stream)
        self.assertIn("the checks have warned of 2 things\n", stream.getvalue())
