"""What becomes of findings: errors, warnings, and the end of the run."""

import asyncio
import contextlib
import gc
import io
import unittest
import warnings
from typing import Any
from unittest import mock

from aiounit import AllowanceWarning, AsyncTestCase, CheckError, Finding, LeakWarning, Level, allow
from aiounit.checks import late, reporting
from aiounit.checks.policy import Policy
from aiounit.findings import Reported
from aiounit.introspect import Place
from tests.support import run

HERE = Place("no-such/test_x.py", 3, "test_x", "test_x")
MADE = Reported("tasks", Finding("a task", "stop it", name="t", stack=(HERE,)))
ALONE = Reported("errors", Finding("an error"))


class Base(unittest.TestCase):
    def setUp(self) -> None:
        reporting.forget()
        self.addCleanup(reporting.forget)
        self.addCleanup(late.take)

    def policy(self, **levels: str) -> Policy:
        return Policy({"tasks": Level.FAIL, "errors": Level.FAIL} | {n: Level(v) for n, v in levels.items()}, ())

    def end(self) -> tuple[list[BaseException], str]:
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            errors = reporting.end_run()
        return errors, output.getvalue()


class ReportTests(Base):
    def test_one_failure_is_an_error_of_its_own(self) -> None:
        [error] = reporting.report("test_x", self.policy(), [MADE])
        self.assertEqual(str(error), f"tasks: {MADE.text()}")

    def test_different_failures_are_one_error(self) -> None:
        [error] = reporting.report("test_x", self.policy(), [MADE, ALONE])
        self.assertEqual(str(error), "test_x left 2 things behind (2 sub-exceptions)")

    def test_warnings(self) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            errors = reporting.report("test_x", self.policy(tasks="warn", errors="warn"), [MADE, ALONE])
        self.assertEqual(errors, [])
        self.assertEqual(
            [(each.category, each.filename, each.lineno, str(each.message)) for each in caught],
            [
                (
                    LeakWarning,
                    "no-such/test_x.py",
                    3,
                    "test_x: tasks: a task\nmade here, most recent call last:\n  no-such/test_x.py, line 3, in test_x\n"
                    "stop it",
                ),
                (LeakWarning, "unknown", 0, "test_x: errors: an error"),
            ],
        )

    def test_where_warnings_are_errors_they_come_after_the_failures(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            errors = reporting.report("test_x", self.policy(tasks="warn"), [MADE, ALONE])
        self.assertEqual([type(error) for error in errors], [CheckError, LeakWarning])


class SummaryTests(Base):
    def test_nothing_to_say(self) -> None:
        self.assertEqual(self.end(), ([], ""))

    def warn(self, *found: Reported) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.assertEqual(reporting.report("test_x", self.policy(tasks="warn", errors="warn"), found), [])

    def test_warnings_by_kind_and_by_place(self) -> None:
        self.warn(MADE, ALONE, MADE)
        self.warn(MADE)
        errors, output = self.end()
        self.assertEqual(errors, [])
        self.assertEqual(
            output,
            "\naiounit: the checks have warned of 4 things\n  by kind:\n        3 tasks\n        1 errors\n"
            "  by place:\n        3 no-such/test_x.py, line 3, in test_x\n        1 no known place\n",
        )
        self.assertEqual(self.end(), ([], ""))

    def test_no_failure_is_repeated(self) -> None:
        reporting.report("test_x", self.policy(), [MADE, ALONE])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reporting.report("test_x", self.policy(tasks="warn"), [MADE])
        self.assertEqual(self.end(), ([], ""))

    def test_printed_later_where_nobody_would_see_it_now(self) -> None:
        printers: list[Any] = []
        reporting.print_by(printers.append)
        self.warn(MADE)
        self.assertEqual(self.end(), ([], ""))
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            printers[0]()
        self.assertRegex(output.getvalue(), "^\naiounit: the checks have warned of 1 thing\n")

    def test_of_many_places_the_first(self) -> None:
        self.warn(*(Reported("tasks", Finding("a task", where=HERE._replace(line=line))) for line in range(13)))
        self.assertRegex(self.end()[1], "and 3 more places\n$")


class LateTests(Base):
    def test_what_came_too_late_is_reported_by_test(self) -> None:
        for name in ("test_x", "test_y", "test_x"):
            late.note(name, self.policy(), "tasks", lambda: MADE.finding)
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
        return [str(each.message) for each in caught if each.category is AllowanceWarning]

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
        self.assertEqual([type(error) for error in errors], [AllowanceWarning])
