"""A test that calls ``doCleanups()`` itself, to test what its cleanups do."""

import asyncio
import contextvars
import unittest
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar
from unittest import mock

from aiounit import AsyncTestCase, LoopError
from tests.support import outcome, run

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class SynchronousTest(unittest.TestCase):
    """In a synchronous test or hook, all run at once."""

    def test_the_last_first_whether_asynchronous_or_not(self) -> None:
        for phase in ("setUp", "test", "tearDown"):
            for has_loop in (False, True):
                with self.subTest(phase, has_loop=has_loop):
                    log: list[object] = []

                    async def clean_up(log: list[object]) -> None:
                        await asyncio.sleep(0)
                        log.append("asynchronous")

                    def step(
                        case: AsyncTestCase,
                        log: list[object] = log,
                        clean_up: Callable[[list[object]], Coroutine[Any, Any, None]] = clean_up,
                    ) -> None:
                        case.addCleanup(log.append, "first")
                        case.addAsyncCleanup(clean_up, log)
                        case.addCleanup(lambda: clean_up(log))
                        case.addCleanup(log.append, "last")
                        log.append(case.doCleanups())
                        log.append("end")

                    async def nothing(_case: AsyncTestCase) -> None:
                        """Do nothing."""

                    hooks = {"asyncSetUp": nothing, "asyncTearDown": nothing} if has_loop else {}
                    body: dict[str, Any] = {"test": nothing, **hooks, phase: step}
                    self.assertEqual(outcome(type("Case", (AsyncTestCase,), body)), ["addSuccess"])
                    self.assertEqual(log, ["last", "asynchronous", "asynchronous", "first", True, "end"])

    def test_they_see_the_context_variables_of_the_test(self) -> None:
        log: list[str] = []

        async def clean_up() -> None:
            log.append(variable.get())

        class Case(AsyncTestCase):
            def test(self) -> None:
                variable.set("test")
                self.addAsyncCleanup(clean_up)
                self.addCleanup(lambda: log.append(variable.get()))
                self.doCleanups()

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, ["test", "test"])

    def test_an_error_is_reported_once_and_the_others_run(self) -> None:
        log: list[str] = []

        async def fail() -> None:
            raise ValueError("asynchronous")

        class Case(AsyncTestCase):
            def test(self) -> None:
                self.addCleanup(log.append, "cleanup")
                self.addAsyncCleanup(fail)
                self.addCleanup(mock.Mock(side_effect=ValueError("synchronous")))
                log.append(str(self.doCleanups()))

        self.assertEqual(outcome(Case), ["addError ValueError('synchronous')", "addError ValueError('asynchronous')"])
        self.assertEqual(log, ["cleanup", "False"])

    def test_it_may_be_the_failure_that_is_expected(self) -> None:
        class Case(AsyncTestCase):
            @unittest.expectedFailure
            def test(self) -> None:
                self.addCleanup(self.fail, "cleanup")
                self.doCleanups()

        self.assertEqual(outcome(Case), ["addExpectedFailure AssertionError('cleanup')"])

    def test_debug_raises_it(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> None:
                self.addCleanup(self.fail, "cleanup")
                self.doCleanups()

        with self.assertRaisesRegex(AssertionError, "^cleanup$"):
            Case("test").debug()

    def test_what_ends_the_step_is_no_error_of_a_cleanup(self) -> None:
        class Case(AsyncTestCase):
            timeout = 0.05
            checks: ClassVar = {"all": "off"}

            def test(self) -> None:
                self.addAsyncCleanup(asyncio.sleep, 3600)
                self.doCleanups()

        (error,) = run(Case).raised
        self.assertIn("the test timed out", str(error))

    def test_neither_is_a_loop_that_one_has_closed(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            def test(self) -> None:
                self.addCleanup(log.append, "cleanup")
                self.addAsyncCleanup(asyncio.sleep, 0)
                self.addCleanup(lambda: asyncio.get_event_loop().close())
                self.doCleanups()

        self.assertEqual([type(error) for error in run(Case).raised], [LoopError])
        self.assertEqual(log, ["cleanup"])


class AsynchronousTest(unittest.TestCase):
    """In an async test, only synchronous cleanups can run."""

    def test_those_run_at_once(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                variable.set("test")
                self.addCleanup(log.append, "first")
                self.addCleanup(lambda: log.append(variable.get()))
                self.doCleanups()
                log.append("end")

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, ["test", "first", "end"])

    def test_an_asynchronous_one_is_refused_and_runs_at_the_end(self) -> None:
        log: list[str] = []

        async def clean_up(what: str) -> None:
            log.append(what)

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addCleanup(log.append, "first")
                self.addAsyncCleanup(clean_up, "asynchronous")
                self.addCleanup(log.append, "last")
                with self.assertRaises(LoopError) as caught:
                    self.doCleanups()
                log.append(str(caught.exception))

        self.assertEqual(outcome(Case), ["addSuccess"])
        name = f"{self.id().removeprefix(f'{__name__}.')}.<locals>.clean_up"
        self.assertEqual(
            log,
            [
                "last",
                f"doCleanups() can't run cleanup {name} while the loop of the test is running: in an async test, "
                f"doCleanups() can run only synchronous cleanups. Await it yourself, or let aiounit run the cleanups "
                f"after the test",
                "asynchronous",
                "first",
            ],
        )

    def test_so_is_a_plain_function_around_one_that_has_been_called(self) -> None:
        log: list[str] = []

        async def clean_up(what: str) -> None:
            log.append(what)

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addCleanup(lambda: clean_up("asynchronous"))
                self.doCleanups()

        (error,) = run(Case).raised
        self.assertTrue(str(error).startswith("doCleanups() can't run cleanup "), error)
        self.assertEqual(log, ["asynchronous"])

    def test_so_is_the_exit_of_a_context_manager(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(asyncio.timeout(3600))
                self.doCleanups()

        (error,) = run(Case).raised
        self.assertTrue(
            str(error).startswith("doCleanups() can't run the exit of asyncio.timeouts.Timeout while the loop"), error
        )


class HookTest(unittest.TestCase):
    """Classes that run their cleanups in ways of their own."""

    def test_the_private_hook_is_called_in_each_phase(self) -> None:
        for phase in ("setUp", "test"):
            with self.subTest(phase):
                log: list[object] = []

                async def clean_up(log: list[object] = log) -> None:
                    log.append(variable.get())

                def step(
                    case: AsyncTestCase,
                    log: list[object] = log,
                    clean_up: Callable[[], Coroutine[Any, Any, None]] = clean_up,
                ) -> None:
                    variable.set("test")
                    case.addAsyncCleanup(clean_up)
                    case.addCleanup(lambda: log.append(variable.get()))
                    case.doCleanups()

                async def nothing(_case: AsyncTestCase) -> None:
                    """Do nothing."""

                class Case(AsyncTestCase):
                    def _callCleanup(self, function: Any, *args: Any, _log: list[object] = log, **kwargs: Any) -> None:
                        _log.append("hook")
                        super()._callCleanup(function, *args, **kwargs)  # type: ignore[misc]

                kind = type("Derived", (Case,), {"test": nothing, phase: step})
                self.assertEqual(outcome(kind), ["addSuccess"])
                self.assertEqual(log, ["hook", "test", "hook", "test"])

    def test_an_override_of_do_cleanups_runs_them_after_the_tear_down(self) -> None:
        log: list[object] = []

        async def clean_up() -> None:
            log.append("asynchronous")

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addAsyncCleanup(clean_up)
                self.addCleanup(log.append, "synchronous")

            def doCleanups(self) -> None:
                log.append("begin")
                super().doCleanups()
                log.append("end")

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, ["begin", "synchronous", "asynchronous", "end"])

    def test_so_does_one_with_the_private_hook(self) -> None:
        log: list[object] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addCleanup(log.append, "cleanup")

            def doCleanups(self) -> None:
                super().doCleanups()
                log.append("end")

            def _callCleanup(self, function: Any, *args: Any, **kwargs: Any) -> None:
                log.append("hook")
                super()._callCleanup(function, *args, **kwargs)  # type: ignore[misc]

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, ["hook", "cleanup", "end"])

    def test_a_test_that_is_not_running_has_those_of_stdlib(self) -> None:
        self.assertTrue(AsyncTestCase("run").doCleanups())
