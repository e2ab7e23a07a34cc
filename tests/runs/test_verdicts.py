"""What an exception group means for a test: a skip, a failure or an error."""

import asyncio
import pickle
import traceback
import unittest
from collections.abc import Callable
from unittest import SkipTest

from aiounit import AsyncTestCase, resource
from aiounit.runs.verdicts import verdict
from tests.support import Events, outcome, run


def group(*errors: BaseException) -> BaseExceptionGroup[BaseException]:
    return BaseExceptionGroup("errors", errors)


class VerdictTest(unittest.TestCase):
    """What a group is taken for."""

    def test_what_is_no_group_stays(self) -> None:
        error = AssertionError("no")
        self.assertIs(verdict(error), error)

    def test_a_skip_in_any_depth_is_a_skip(self) -> None:
        skip = SkipTest("no server")
        self.assertIs(verdict(group(group(skip))), skip)

    def test_the_reasons_of_several_skips_are_each_said_once(self) -> None:
        skip = verdict(group(SkipTest("no server"), group(SkipTest("no disk"), SkipTest("no server"))))
        self.assertEqual(repr(skip), "SkipTest('no server; no disk')")

    def test_cancellations_beside_it_count_for_nothing(self) -> None:
        skip = SkipTest("no server")
        self.assertIs(verdict(group(asyncio.CancelledError(), skip)), skip)

    def test_a_single_failure_is_itself(self) -> None:
        failure = AssertionError("no")
        self.assertIs(verdict(group(asyncio.CancelledError(), group(failure))), failure)

    def test_several_failures_are_a_group_that_is_a_failure(self) -> None:
        errors = AssertionError("first"), AssertionError("second")
        found = verdict(group(errors[0], asyncio.CancelledError(), errors[1]))
        assert isinstance(found, ExceptionGroup)
        self.assertIsInstance(found, AssertionError)
        self.assertEqual(found.exceptions, errors)
        self.assertEqual(traceback.format_exception_only(found)[0], "ExceptionGroup: errors (2 sub-exceptions)\n")

    def test_it_can_be_pickled(self) -> None:
        found = verdict(group(AssertionError("first"), AssertionError("second")))
        self.assertEqual(repr(pickle.loads(pickle.dumps(found))), repr(found))

    def test_its_type_can_be_pickled(self) -> None:
        """As Django's parallel runner does."""
        kind = type(verdict(ExceptionGroup("two", [AssertionError("a"), AssertionError("b")])))
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            self.assertIs(pickle.loads(pickle.dumps(kind, protocol)), kind)

    def test_a_skip_beside_a_failure_is_shown_with_it(self) -> None:
        found = verdict(group(SkipTest("no server"), AssertionError("no")))
        self.assertIsInstance(found, AssertionError)
        self.assertEqual(repr(found), "ExceptionGroup('errors', [SkipTest('no server'), AssertionError('no')])")

    def test_any_other_error_makes_it_an_error(self) -> None:
        for others in ([SkipTest("no server")], [AssertionError("no")], [KeyboardInterrupt()], []):
            with self.subTest(others=others):
                error = group(ValueError("no"), *others)
                self.assertIs(verdict(error), error)

    def test_nothing_but_cancellations_is_an_error(self) -> None:
        error = group(asyncio.CancelledError())
        self.assertIs(verdict(error), error)

    def test_what_assertions_raise_may_be_something_else(self) -> None:
        error = group(ValueError("first"), ValueError("second"))
        self.assertIs(verdict(error, ValueError), error)
        self.assertIs(verdict(group(error.exceptions[0]), ValueError), error.exceptions[0])

    def test_a_group_that_has_a_cause_stays_with_it(self) -> None:
        error = group(group(AssertionError("no")))
        error.exceptions[0].__cause__ = cause = ValueError("why")
        error.__cause__ = error.__context__ = cause
        found = verdict(error)
        self.assertIsInstance(found, AssertionError)
        self.assertIs(found.__cause__, cause)
        self.assertIsInstance(found, ExceptionGroup)

    def test_notes_are_kept(self) -> None:
        for errors in ([AssertionError("no")], [AssertionError("no"), AssertionError("again")]):
            error = group(*errors)
            error.add_note("a note")
            self.assertEqual(getattr(verdict(error), "__notes__", None), ["a note"])


async def skip() -> None:
    raise SkipTest("no server")


async def fail() -> None:
    raise AssertionError("no")


async def break_down() -> None:
    raise ValueError("broken")


async def together(*functions: Callable[[], object]) -> None:
    """Run coroutine functions in a group in a group."""
    async with asyncio.TaskGroup(), asyncio.TaskGroup() as inner:
        for function in functions:
            inner.create_task(function())  # type: ignore[arg-type] # any kind of coroutine


class GroupTest(unittest.TestCase):
    """A test whose tasks are in a group."""

    def test_in_the_test(self) -> None:
        for functions, expected in [
            ((skip,), "addSkip no server"),
            ((skip, skip), "addSkip no server"),
            ((fail,), "addFailure AssertionError('no')"),
            ((fail, skip), "addFailure ExceptionGroup("),
            ((fail, break_down), "addError ExceptionGroup("),
            ((skip, break_down), "addError ExceptionGroup("),
        ]:
            with self.subTest(expected=expected):

                class Case(AsyncTestCase):
                    async def test(self, functions: tuple[Callable[[], object], ...] = functions) -> None:
                        await together(*functions)

                (event,) = outcome(Case)
                self.assertTrue(event.startswith(expected), event)

    def test_in_a_subtest_it_comes_without_its_group(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                with self.subTest():
                    await together(fail)

        [error] = run(Case).raised
        self.assertEqual((repr(error), error.__context__), ("AssertionError('no')", None))

    def test_in_hooks(self) -> None:
        for hook in ("asyncSetUp", "asyncTearDown"):
            with self.subTest(hook=hook):

                async def run_hook(_case: object) -> None:
                    await together(fail)

                class Case(AsyncTestCase):
                    async def test(self) -> None:
                        """Pass."""

                setattr(Case, hook, run_hook)
                self.assertEqual(outcome(Case), ["addFailure AssertionError('no')"])

    def test_in_a_cleanup(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addAsyncCleanup(together, fail)

        self.assertEqual(outcome(Case), ["addFailure AssertionError('no')"])

    def test_in_set_up_a_skip_skips(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await together(skip)

            async def test(self) -> None:
                raise AssertionError("must not run")

        self.assertEqual(outcome(Case), ["addSkip no server"])

    def test_in_a_subtest(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                with self.subTest("skips"):
                    await together(skip)
                with self.subTest("fails"):
                    await together(fail)
                with self.subTest("breaks"):
                    await together(break_down)

        events = [event.partition("ExceptionGroup")[0] for event in outcome(Case)]
        self.assertEqual(
            events, ["addSkip no server", "addSubTest [fails] AssertionError('no')", "addSubTest [breaks] "]
        )

    def test_that_was_entered_for_the_test(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                tasks = await self.enter(asyncio.TaskGroup())
                tasks.create_task(fail())

        result = run(Case)
        self.assertEqual(result.log[1:-1], ["addFailure AssertionError('no')"])
        self.assertIn("raised by asyncio.taskgroups.TaskGroup when it exited", result.text())

    def test_that_is_expected_to_fail(self) -> None:
        class Case(AsyncTestCase):
            @unittest.expectedFailure
            async def test(self) -> None:
                await together(fail)

        self.assertEqual(outcome(Case), ["addExpectedFailure AssertionError('no')"])

    def test_in_debug(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await together(skip)

        with self.assertRaisesRegex(SkipTest, "no server"):
            Case("test").debug()

    def test_in_a_resource(self) -> None:
        @resource
        async def server() -> None:
            await together(skip)

        class Case(AsyncTestCase):
            its_server = server

            async def test(self) -> None:
                raise AssertionError("must not run")

        self.assertEqual(outcome(Case), ["addSkip no server"])

    def test_in_the_fixture_of_a_class(self) -> None:
        class Case(AsyncTestCase):
            @classmethod
            async def asyncSetUpClass(cls) -> None:
                await together(skip)

            async def test(self) -> None:
                raise AssertionError("must not run")

        result = Events()
        unittest.TestSuite([Case("test")]).run(result)
        self.assertEqual(result.log, ["addSkip no server"])

    def test_the_lines_of_the_test_lead_to_those_of_the_task(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await together(fail)

        text = run(Case).text()
        places = [line.rpartition(", in ")[2] for line in text.splitlines() if line.startswith("  File")]
        self.assertEqual(places, ["test", "together", "fail"])

    def test_a_failure_in_the_body_of_a_group_has_its_lines_once(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                async with asyncio.TaskGroup():
                    await fail()

        text = run(Case).text()
        places = [line.rpartition(", in ")[2] for line in text.splitlines() if line.startswith("  File")]
        self.assertEqual(places, ["test", "fail"])
