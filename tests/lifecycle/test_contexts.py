"""Context managers that are entered for a test: what they do to it, what they are given, what is reported."""

import asyncio
import contextlib
import sys
import unittest
from collections.abc import AsyncGenerator, Generator, Iterator
from types import TracebackType
from typing import Any, Literal

from aiounit import AsyncTestCase
from tests.support import Events, outcome, run


class Manager:
    """An asynchronous context manager that writes down what it is given, and may answer in its own way."""

    def __init__(self, log: list[str], *, raises: BaseException | None = None, absorbs: bool = False) -> None:
        self.log = log
        self.raises = raises
        self.absorbs = absorbs

    async def __aenter__(self) -> str:
        return "value"

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self.log.append(f"exit {error!r}")
        if self.raises is not None:
            raise self.raises
        return self.absorbs


class GivenTest(unittest.TestCase):
    """What a context manager is given when it is left."""

    def exits(self, error: BaseException | None) -> list[str]:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(Manager(log))

            async def test(self) -> None:
                if error is not None:
                    raise error

        run(Case, log)
        return log[1:-1]

    def test_nothing_after_a_test_that_passes(self) -> None:
        self.assertEqual(self.exits(None), ["exit None", "addSuccess"])

    def test_the_failure_of_the_test_which_is_reported_once(self) -> None:
        self.assertEqual(
            self.exits(AssertionError("test")), ["addFailure AssertionError('test')", "exit AssertionError('test')"]
        )

    def test_the_skip(self) -> None:
        self.assertEqual(self.exits(unittest.SkipTest("why")), ["addSkip why", "exit SkipTest('why')"])

    def test_the_cancellation(self) -> None:
        error = asyncio.CancelledError("gone")
        self.assertEqual(self.exits(error), ["exit CancelledError('gone')", "addError CancelledError('gone')"])

    def test_the_first_of_several_errors(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(Manager(log))
                raise ValueError("first")

            def tearDown(self) -> None:
                raise ValueError("second")

        run(Case, log)
        self.assertIn("exit ValueError('first')", log)

    def test_a_synchronous_manager_is_given_it_too_inside_the_task(self) -> None:
        log: list[str] = []

        @contextlib.contextmanager
        def manager() -> Generator[str, None, None]:
            try:
                yield "value"
            except ValueError as error:
                log.append(f"{error!r} in {asyncio.current_task() is not None}")
                raise

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.assertEqual(await self.enter(manager()), "value")
                raise ValueError("test")

        run(Case, log)
        self.assertEqual(log, ["startTest", "addError ValueError('test')", "ValueError('test') in True", "stopTest"])

    def test_it_is_the_exception_being_handled(self) -> None:
        handled: list[BaseException | None] = []

        @contextlib.asynccontextmanager
        async def manager() -> AsyncGenerator[None, None]:
            try:
                yield
            finally:
                handled.append(sys.exception())

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(manager())
                raise ValueError("test")

        self.assertEqual(run(Case).raised, handled)

    def test_enter_async_context_does_the_same(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.assertEqual(await self.enterAsyncContext(Manager(log)), "value")
                raise ValueError("test")

        run(Case, log)
        self.assertIn("exit ValueError('test')", log)

    def test_managers_are_left_in_turn_with_the_cleanups(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addCleanup(log.append, "first")
                await self.enter(Manager(log))
                self.addCleanup(log.append, "second")

        run(Case, log)
        self.assertEqual(log, ["startTest", "second", "exit None", "first", "addSuccess", "stopTest"])

    def test_outside_a_run_nothing_is_given(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

        async def enter(case: Case) -> None:
            await case.enter(Manager(log))
            function, _, _ = case._cleanups.pop()  # type: ignore[attr-defined]
            await function()

        asyncio.run(enter(Case("test")))
        self.assertEqual(log, ["exit None"])


class AnsweredTest(unittest.TestCase):
    """What a context manager may make of a failure: it can replace it or add to it, never hide it."""

    def reported(self, error: BaseException | None, **answers: Any) -> Events:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(Manager([], **answers))
                if error is not None:
                    raise error

        return run(Case)

    def test_a_swallowed_failure_stays_a_failure(self) -> None:
        result = self.reported(AssertionError("test"), absorbs=True)
        self.assertEqual(result.log[1:-1], ["addFailure AssertionError('test')"])

    def test_a_swallowed_cancellation_stays_an_error(self) -> None:
        result = self.reported(asyncio.CancelledError("mine"), absorbs=True)
        self.assertEqual(result.log[1:-1], ["addError CancelledError('mine')"])

    def test_a_failure_that_is_raised_again_is_reported_once_and_as_it_was(self) -> None:
        failure = AssertionError("test")
        result = self.reported(failure, raises=failure)
        self.assertEqual(result.log[1:-1], ["addFailure AssertionError('test')"])
        self.assertEqual(getattr(failure, "__notes__", []), [])

    def test_an_error_on_leaving_a_test_that_passed_is_reported(self) -> None:
        result = self.reported(None, raises=ValueError("exit"))
        self.assertEqual(result.log[1:-1], ["addError ValueError('exit')"])

    def test_an_error_on_leaving_adds_to_the_failure(self) -> None:
        result = self.reported(AssertionError("test"), raises=ValueError("exit"))
        self.assertEqual(result.log[1:-1], ["addFailure AssertionError('test')", "addError ValueError('exit')"])

    def test_the_added_error_does_not_tell_of_the_failure_again(self) -> None:
        result = self.reported(AssertionError("test"), raises=ValueError("exit"))
        self.assertNotIn("AssertionError", result.errors[0][1])

    def test_an_error_raised_from_the_failure_does_not_tell_of_it_again(self) -> None:
        @contextlib.asynccontextmanager
        async def translating() -> AsyncGenerator[None, None]:
            try:
                yield
            except KeyError as error:
                raise LookupError("translated") from error

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(translating())
                raise KeyError("test")

        result = run(Case)
        self.assertEqual(result.log[1:-1], ["addError KeyError('test')", "addError LookupError('translated')"])
        self.assertNotIn("KeyError: 'test'", result.errors[1][1])

    def test_a_group_around_the_failure_alone_adds_nothing(self) -> None:
        failure = AssertionError("test")
        result = self.reported(failure, raises=BaseExceptionGroup("group", [failure]))
        self.assertEqual(result.log[1:-1], ["addFailure AssertionError('test')"])

    def test_a_group_around_the_failure_adds_the_other_members(self) -> None:
        failure = AssertionError("test")
        result = self.reported(failure, raises=ExceptionGroup("group", [failure, ValueError("other")]))
        self.assertEqual(
            result.log[1:-1],
            ["addFailure AssertionError('test')", "addError ExceptionGroup('group', [ValueError('other')])"],
        )

    def test_an_error_in_place_of_a_cancellation_replaces_it(self) -> None:
        result = self.reported(asyncio.CancelledError(), raises=ValueError("exit"))
        self.assertEqual(result.log[1:-1], ["addError ValueError('exit')"])

    def test_the_error_that_replaces_a_cancellation_tells_where_the_test_stood(self) -> None:
        result = self.reported(asyncio.CancelledError(), raises=ValueError("exit"))
        self.assertIn("raise error\nasyncio.exceptions.CancelledError", _without_carets(result.errors[0][1]))

    def test_the_error_says_which_manager_and_where_it_was_entered(self) -> None:
        result = self.reported(None, raises=ValueError("exit"))
        self.assertRegex(
            result.errors[0][1],
            rf"ValueError: exit\nraised by {__name__}\.Manager when it exited; "
            rf"it was entered in \S+Case\.test \({__file__}, line \d+\)",
        )

    def test_an_outer_manager_is_given_the_error_that_replaced_the_cancellation(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(Manager(log))
                await self.enter(Manager(log, raises=ValueError("exit")))
                raise asyncio.CancelledError

        run(Case, log)
        self.assertEqual(
            log,
            [
                "startTest",
                "exit CancelledError()",
                "addError ValueError('exit')",
                "exit ValueError('exit')",
                "stopTest",
            ],
        )

    def test_an_expected_failure_may_come_from_a_manager_that_cancelled_the_test(self) -> None:
        class Case(AsyncTestCase):
            @unittest.expectedFailure
            async def test(self) -> None:
                await self.enter(Manager([], raises=TimeoutError("late")))
                raise asyncio.CancelledError

        self.assertEqual(outcome(Case), ["addExpectedFailure TimeoutError('late')"])


class TimeoutTest(unittest.TestCase):
    """``asyncio.timeout``, entered for a test."""

    def test_it_ends_a_test_that_takes_too_long(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(asyncio.timeout(0.001))

            async def test(self) -> None:
                await asyncio.Event().wait()

        self.assertEqual(outcome(Case), ["addError TimeoutError()"])

    def test_the_report_shows_where_the_test_stood(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(asyncio.timeout(0.001))

            async def test(self) -> None:
                await asyncio.Event().wait()  # here

        self.assertIn("await asyncio.Event().wait()  # here", run(Case).errors[0][1])

    def test_tear_down_runs_undisturbed_after_it(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(asyncio.timeout(0.001))

            async def test(self) -> None:
                await asyncio.Event().wait()

            async def asyncTearDown(self) -> None:
                await asyncio.sleep(0)
                log.append("asyncTearDown")

            def tearDown(self) -> None:
                log.append("tearDown")

        run(Case, log)
        self.assertEqual(log, ["startTest", "asyncTearDown", "tearDown", "addError TimeoutError()", "stopTest"])

    def test_it_leaves_a_test_alone_that_is_quick(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(asyncio.timeout(60))

            async def test(self) -> None:
                """Pass."""

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_it_may_fire_between_two_phases(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.limit = await self.enter(asyncio.timeout(60))

            async def test(self) -> None:
                self.limit.reschedule(0)  # fires as soon as the loop turns, which is while tearDown is due

            def tearDown(self) -> None:
                log.append("tearDown")

        run(Case, log)
        self.assertEqual(log, ["startTest", "tearDown", "addError TimeoutError()", "stopTest"])

    def test_it_reaches_the_tear_down_that_waits_next(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.addAsyncCleanup(self.clean_up)
                self.limit = await self.enter(asyncio.timeout(60))
                self.addAsyncCleanup(self.wait)

            async def test(self) -> None:
                self.limit.reschedule(0)

            def tearDown(self) -> None:
                log.append("tearDown")

            async def wait(self) -> None:
                log.append("waits")
                await asyncio.Event().wait()

            async def clean_up(self) -> None:
                await asyncio.sleep(0)
                log.append("cleanup")

        run(Case, log)
        self.assertEqual(log, ["startTest", "tearDown", "waits", "addError TimeoutError()", "cleanup", "stopTest"])


class TaskGroupTest(unittest.TestCase):
    """``asyncio.TaskGroup``, entered for a test."""

    class Case(AsyncTestCase):
        group: asyncio.TaskGroup

        async def asyncSetUp(self) -> None:
            self.group = await self.enter(asyncio.TaskGroup())

        async def fail_in_child(self) -> None:
            raise ValueError("child")

    def test_a_child_that_dies_stops_the_test_and_is_what_is_reported(self) -> None:
        class Case(self.Case):  # type: ignore[name-defined, misc]
            async def test(self) -> None:
                self.group.create_task(self.fail_in_child())
                await asyncio.Event().wait()

        self.assertEqual(
            outcome(Case), ["addError ExceptionGroup('unhandled errors in a TaskGroup', [ValueError('child')])"]
        )

    def test_the_test_s_own_failure_is_a_failure_and_reported_once(self) -> None:
        class Case(self.Case):  # type: ignore[name-defined, misc]
            async def test(self) -> None:
                self.fail("test")

        self.assertEqual(outcome(Case), ["addFailure AssertionError('test')"])

    def test_a_child_that_dies_adds_to_the_test_s_own_failure(self) -> None:
        class Case(self.Case):  # type: ignore[name-defined, misc]
            async def test(self) -> None:
                self.group.create_task(self.fail_in_child())
                await asyncio.sleep(0)
                self.fail("test")

        self.assertEqual(
            outcome(Case),
            [
                "addFailure AssertionError('test')",
                "addError ExceptionGroup('unhandled errors in a TaskGroup', [ValueError('child')])",
            ],
        )

    def test_the_test_waits_for_the_children(self) -> None:
        log: list[str] = []

        class Case(self.Case):  # type: ignore[name-defined, misc]
            async def test(self) -> None:
                self.group.create_task(self.note())

            async def note(self) -> None:
                await asyncio.sleep(0)
                log.append("child")

        run(Case, log)
        self.assertEqual(log, ["startTest", "child", "addSuccess", "stopTest"])

    def test_a_child_that_dies_while_synchronous_tear_down_is_due(self) -> None:
        log: list[str] = []

        class Case(self.Case):  # type: ignore[name-defined, misc]
            async def test(self) -> None:
                self.group.create_task(self.fail_in_child())
                await asyncio.sleep(0)  # the child has died; the group will cancel the test at the next turn

            def tearDown(self) -> None:
                log.append("tearDown")

        run(Case, log)
        self.assertEqual(
            log,
            [
                "startTest",
                "tearDown",
                "addError ExceptionGroup('unhandled errors in a TaskGroup', [ValueError('child')])",
                "stopTest",
            ],
        )


class Scope:
    """Cancels the test's task from outside and swallows that on leaving, as a cancel scope does."""

    async def __aenter__(self) -> "Scope":
        task = asyncio.current_task()
        assert task is not None
        self.task = task
        return self

    def cancel(self) -> None:
        asyncio.get_running_loop().call_soon(self.task.cancel, "by the scope")

    async def __aexit__(self, *details: object) -> Literal[True]:
        self.task.uncancel()
        return True


class ScopeTest(unittest.TestCase):
    """A scope that is cancelled when the test is over, to end what runs in it."""

    def test_a_cancellation_that_interrupts_nobody_is_over_with_its_scope(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.scope = await self.enter(Scope())

            async def test(self) -> None:
                """Pass."""

            async def asyncTearDown(self) -> None:
                self.scope.cancel()

            def tearDown(self) -> None:
                """Leave the loop, so that the cancellation arrives."""

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_one_that_no_scope_wants_is_an_error(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(Manager(log))
                task = asyncio.current_task()
                assert task is not None
                task.cancel("by nobody")

        run(Case, log)
        self.assertEqual(
            log,
            ["startTest", "exit CancelledError('by nobody')", "addError CancelledError('by nobody')", "stopTest"],
        )

    def test_one_that_interrupts_the_test_is_an_error_although_the_scope_swallows_it(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                scope = await self.enter(Scope())
                scope.cancel()
                await asyncio.Event().wait()

        self.assertEqual(outcome(Case), ["addError CancelledError('by the scope')"])

    def test_a_cancellation_that_is_sent_again_in_tear_down_is_reported_once(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(Manager([], raises=TimeoutError("late")))

            async def test(self) -> None:
                raise asyncio.CancelledError("by scope 1")

            async def asyncTearDown(self) -> None:
                raise asyncio.CancelledError("by scope 1")

        self.assertEqual(outcome(Case), ["addError TimeoutError('late')"])

    def test_another_cancellation_in_tear_down_is_reported_too(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(Manager([], raises=TimeoutError("late")))

            async def test(self) -> None:
                raise asyncio.CancelledError("by scope 1")

            async def asyncTearDown(self) -> None:
                raise asyncio.CancelledError("another")

        self.assertEqual(outcome(Case), ["addError TimeoutError('late')", "addError CancelledError('another')"])


class MisuseTest(unittest.TestCase):
    """What is no context manager."""

    def complaint(self, thing: Any) -> str:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(thing)

        (error,) = run(Case).raised
        self.assertIsInstance(error, TypeError)
        return str(error)

    def test_any_object(self) -> None:
        self.assertEqual(
            self.complaint(5),
            "5 is not a context manager, neither an asynchronous nor a synchronous one. "
            "It needs __aenter__ and __aexit__, or __enter__ and __exit__",
        )

    def test_a_coroutine(self) -> None:
        coroutine = asyncio.sleep(0)
        self.assertRegex(self.complaint(coroutine), r"Did you forget to await it\?$")  # the only complaint

    def test_another_awaitable(self) -> None:
        class Opening:
            def __await__(self) -> Iterator[None]:
                yield

        self.assertRegex(self.complaint(Opening()), r"Did you forget to await it\?$")

    def test_a_function(self) -> None:
        self.assertRegex(self.complaint(open), r"Did you forget to call it\?$")

    def test_a_generator(self) -> None:
        self.assertRegex(
            self.complaint(iter_nothing()),
            r"Did you forget @contextlib\.asynccontextmanager or @contextlib\.contextmanager on its function\?$",
        )

    def test_enter_async_context_refuses_a_synchronous_one_in_the_words_of_stdlib(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enterAsyncContext(contextlib.redirect_stdout(None))  # type: ignore[arg-type]

        (error,) = run(Case).raised
        self.assertRegex(str(error), "^'contextlib.redirect_stdout' object does not support the asynchronous context")

    def test_an_error_on_entering_is_the_test_s_error_and_leaves_nothing(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(_FailsToEnter())

        self.assertEqual(outcome(Case), ["addError AttributeError('enter')"])


def iter_nothing() -> Generator[None, None, None]:
    yield


class _FailsToEnter:
    def __enter__(self) -> None:
        raise AttributeError("enter")

    def __exit__(self, *details: object) -> None:
        raise AssertionError("must not run")


def _without_carets(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.strip(" ^~|"))
