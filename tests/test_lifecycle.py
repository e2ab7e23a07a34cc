"""The life of one test, watched from outside: small suites are run and every event is compared with a literal list."""

import asyncio
import contextvars
import functools
import unittest
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from aiounit import AsyncTestCase
from tests.support import outcome, run

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def is_loop_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class OrderTest(unittest.TestCase):
    """What runs, in which order, inside or outside the loop."""

    def test_all_hooks_and_cleanups_run_in_the_order_of_stdlib(self) -> None:
        log: list[str] = []

        def note(event: str) -> None:
            log.append(f"{event} {'inside' if is_loop_running() else 'outside'}")

        class Case(AsyncTestCase):
            def setUp(self) -> None:
                note("setUp")
                self.addCleanup(note, "cleanup of setUp")

            async def asyncSetUp(self) -> None:
                note("asyncSetUp")
                self.addAsyncCleanup(self.clean_up, "async cleanup of asyncSetUp")

            async def test(self) -> None:
                note("test")
                self.addCleanup(note, "cleanup of test")

            async def asyncTearDown(self) -> None:
                note("asyncTearDown")
                self.addAsyncCleanup(self.clean_up, "async cleanup of asyncTearDown")

            def tearDown(self) -> None:
                note("tearDown")

            async def clean_up(self, event: str) -> None:
                note(event)

        run(Case, log)
        self.assertEqual(
            log,
            [
                "startTest",
                "setUp outside",
                "asyncSetUp inside",
                "test inside",
                "asyncTearDown inside",
                "tearDown outside",
                "async cleanup of asyncTearDown inside",
                "cleanup of test outside",
                "async cleanup of asyncSetUp inside",
                "cleanup of setUp outside",
                "addSuccess",
                "stopTest",
            ],
        )

    def test_a_synchronous_test_may_call_asyncio_run(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> None:
                asyncio.run(asyncio.sleep(0))

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_everything_asynchronous_runs_in_one_task(self) -> None:
        tasks: list[asyncio.Task[Any] | None] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.addAsyncCleanup(self.note)
                await self.note()

            def setUp(self) -> None:
                """Be a synchronous hook, so that the loop is left and entered again."""

            tearDown = setUp

            async def note(self) -> None:
                tasks.append(asyncio.current_task())

            test = asyncTearDown = note

        run(Case)
        self.assertEqual((len(tasks), len(set(tasks))), (4, 1))

    def test_the_task_is_named_after_the_test(self) -> None:
        names: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                names.append(task.get_name())

        run(Case)
        self.assertEqual(names, [Case("test").id()])

    def test_a_coroutine_function_of_an_ancestor_runs_too(self) -> None:
        log: list[str] = []

        class Base(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                log.append("base")

        class Case(Base):
            async def test(self) -> None:
                log.append("test")

        run(Case, log)
        self.assertEqual(log, ["startTest", "base", "test", "addSuccess", "stopTest"])

    def test_the_coroutine_that_a_cleanup_returns_is_awaited(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addAsyncCleanup(lambda: self.clean_up())  # noqa: PLW0108 (the point)

            async def clean_up(self) -> None:
                log.append("cleanup")

        run(Case, log)
        self.assertEqual(log, ["startTest", "cleanup", "addSuccess", "stopTest"])

    def test_a_cleanup_may_add_cleanups(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            def test(self) -> None:
                self.addAsyncCleanup(self.clean_up)

            async def clean_up(self) -> None:
                self.addCleanup(log.append, "second")
                log.append("first")

        run(Case, log)
        self.assertEqual(log, ["startTest", "first", "second", "addSuccess", "stopTest"])


class TurnsTest(unittest.TestCase):
    """How often the loop runs: each run costs."""

    def count(self, **members: Callable[[Any], object]) -> int:
        runs: list[None] = []

        class Loop(asyncio.SelectorEventLoop):
            def run_forever(self) -> None:
                runs.append(None)
                super().run_forever()

        kind = type("Case", (AsyncTestCase,), {"loop_factory": Loop, **members})
        self.assertEqual(outcome(kind), ["addSuccess"])
        return len(runs)

    async def nothing(self) -> None:
        """Be a coroutine function."""

    def nothing_synchronous(self) -> None:
        """Be a function."""

    def test_a_test_without_synchronous_hooks_takes_one_run(self) -> None:
        runs = self.count(asyncSetUp=TurnsTest.nothing, test=TurnsTest.nothing, asyncTearDown=TurnsTest.nothing)
        self.assertEqual(runs, 1)

    def test_a_synchronous_set_up_takes_no_run_of_its_own(self) -> None:
        self.assertEqual(self.count(setUp=TurnsTest.nothing_synchronous, test=TurnsTest.nothing), 1)

    def test_a_synchronous_test_takes_no_run_at_all(self) -> None:
        hooks = dict.fromkeys(("setUp", "test", "tearDown"), TurnsTest.nothing_synchronous)
        self.assertEqual(self.count(**hooks), 0)

    def test_consecutive_synchronous_steps_share_one_pause_of_the_loop(self) -> None:
        async def test(case: AsyncTestCase) -> None:
            for _ in range(3):
                case.addCleanup(case.tearDown)

        self.assertEqual(self.count(test=test, tearDown=TurnsTest.nothing_synchronous), 2)


class OutcomeTest(unittest.TestCase):
    """What is reported when phases fail."""

    def test_a_failing_set_up_keeps_the_test_from_running_but_not_the_cleanups(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.addCleanup(log.append, "cleanup")
                raise ValueError("set-up")

            async def test(self) -> None:
                log.append("test")

            def tearDown(self) -> None:
                log.append("tearDown")

        run(Case, log)
        self.assertEqual(log, ["startTest", "addError ValueError('set-up')", "cleanup", "stopTest"])

    def test_async_set_up_does_not_run_after_a_failing_set_up(self) -> None:
        class Case(AsyncTestCase):
            def setUp(self) -> None:
                self.fail("set-up")

            async def asyncSetUp(self) -> None:
                raise AssertionError("must not run")

            async def test(self) -> None:
                raise AssertionError("must not run")

        self.assertEqual(outcome(Case), ["addFailure AssertionError('set-up')"])

    def test_tear_down_runs_although_async_tear_down_failed(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

            async def asyncTearDown(self) -> None:
                raise ValueError("first")

            def tearDown(self) -> None:
                raise ValueError("second")

        self.assertEqual(outcome(Case), ["addError ValueError('first')", "addError ValueError('second')"])

    def test_errors_of_all_phases_are_reported_in_order(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addAsyncCleanup(self.clean_up)
                self.fail("test")

            async def asyncTearDown(self) -> None:
                raise ValueError("tear-down")

            async def clean_up(self) -> None:
                raise ValueError("cleanup")

        self.assertEqual(
            outcome(Case),
            [
                "addFailure AssertionError('test')",
                "addError ValueError('tear-down')",
                "addError ValueError('cleanup')",
            ],
        )

    def test_a_skip_in_any_phase_is_a_skip(self) -> None:
        async def skip(case: AsyncTestCase) -> None:
            case.skipTest("no reason")

        async def nothing(case: AsyncTestCase) -> None:
            """Pass."""

        for name in ("asyncSetUp", "test", "asyncTearDown"):
            with self.subTest(name):
                kind = type("Case", (AsyncTestCase,), {"test": nothing, name: skip})
                self.assertEqual(outcome(kind), ["addSkip no reason"])

    def test_an_expected_failure(self) -> None:
        class Case(AsyncTestCase):
            @unittest.expectedFailure
            async def test(self) -> None:
                self.fail("expected")

        self.assertEqual(outcome(Case), ["addExpectedFailure AssertionError('expected')"])

    def test_an_unexpected_success(self) -> None:
        class Case(AsyncTestCase):
            @unittest.expectedFailure
            async def test(self) -> None:
                """Pass, unexpectedly."""

        self.assertEqual(outcome(Case), ["addUnexpectedSuccess"])

    def test_a_failing_cleanup_does_not_pass_as_the_expected_failure(self) -> None:
        class Case(AsyncTestCase):
            @unittest.expectedFailure
            async def test(self) -> None:
                self.addCleanup(self.fail, "cleanup")
                self.fail("expected")

        self.assertEqual(outcome(Case), ["addFailure AssertionError('cleanup')"])

    def test_base_exceptions_of_the_test_lose_neither_clean_up_nor_loop(self) -> None:
        class Odd(BaseException):
            """An exception that is no Exception."""

        for error in (SystemExit(3), GeneratorExit(), Odd("odd"), asyncio.CancelledError()):
            with self.subTest(error=error):
                log: list[str] = []

                class Case(AsyncTestCase):
                    async def test(self, error: BaseException = error) -> None:
                        self.addAsyncCleanup(asyncio.sleep, 0)
                        raise error

                    def tearDown(self, log: list[str] = log) -> None:
                        log.append("tearDown")

                run(Case, log)
                self.assertEqual(log, ["startTest", f"addError {error!r}", "tearDown", "stopTest"])

    def test_a_system_exit_in_a_callback_is_the_test_s_error(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                asyncio.get_running_loop().call_soon(exit, 3)
                await asyncio.Event().wait()

            async def asyncTearDown(self) -> None:
                await asyncio.sleep(0)
                log.append("asyncTearDown")

        run(Case, log)
        self.assertEqual(log, ["startTest", "addError SystemExit(3)", "asyncTearDown", "stopTest"])

    def test_two_system_exits_in_callbacks_are_two_errors(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                asyncio.get_running_loop().call_soon(exit, 3)
                asyncio.get_running_loop().call_soon(exit, 4)
                await asyncio.Event().wait()

        self.assertEqual(outcome(Case), ["addError SystemExit(3)", "addError SystemExit(4)"])

    def test_a_system_exit_in_another_task_is_reported_though_the_test_swallows_its_cancellation(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                async def leave() -> None:
                    raise SystemExit(3)

                task = asyncio.create_task(leave())
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    task.exception()

        self.assertEqual(outcome(Case), ["addError SystemExit(3)"])

    def test_a_test_that_raises_in_place_of_its_cancellation_has_both_reported(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                asyncio.get_running_loop().call_soon(exit, 3)
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    raise ValueError("instead") from None

        self.assertEqual(outcome(Case), ["addError ValueError('instead')", "addError SystemExit(3)"])

    def test_a_test_that_cancels_itself_is_an_error_and_its_tear_down_is_not_cancelled(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
                await asyncio.sleep(0)

            async def asyncTearDown(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                self.assertEqual(task.cancelling(), 0)
                await asyncio.sleep(0)

        self.assertEqual(outcome(Case), ["addError CancelledError()"])

    def test_a_cancellation_that_the_test_did_not_wait_for_reaches_the_next_code_that_waits(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                task.cancel("for later")

            async def asyncTearDown(self) -> None:
                await asyncio.sleep(0)

        self.assertEqual(outcome(Case), ["addError CancelledError('for later')"])

    def test_a_cancellation_that_nothing_waits_for_is_reported(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                task.cancel("for nobody")

        self.assertEqual(outcome(Case), ["addError CancelledError('for nobody')"])


class ReturnedValueTest(unittest.TestCase):
    """Tests that return something."""

    def test_a_plain_test_that_returns_a_coroutine_fails(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> Awaitable[None]:
                return asyncio.sleep(0)

        self.assertEqual([type(error).__name__ for error in run(Case).raised], ["NotAwaitedError"])

    def test_the_message_says_what_to_do(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> Awaitable[None]:
                future: asyncio.Future[None] = asyncio.get_event_loop().create_future()
                return future

        (error,) = run(Case).raised
        self.assertEqual(
            str(error),
            f"test {Case.test.__qualname__} returned <Future pending>, which nobody awaits or iterates over, so its "
            f"code has not run. Make the test async def and await it there; if a decorator hides that the test is "
            f"async def, make the decorator's wrapper async def too",
        )

    def test_no_expected_failure_is_satisfied_by_a_coroutine_that_nobody_awaited(self) -> None:
        class Case(AsyncTestCase):
            @unittest.expectedFailure
            def test(self) -> Awaitable[None]:
                return asyncio.sleep(0)

        self.assertEqual([type(error).__name__ for error in run(Case).raised], ["NotAwaitedError"])

    def test_another_value_is_deprecated_at_the_place_of_the_test(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> int:
                return 1

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(
            [(each.category, str(each.message), each.filename, each.lineno) for each in caught],
            [
                (
                    DeprecationWarning,
                    f"It is deprecated to return a value that is not None from a test case "
                    f"(test {Case.test.__qualname__} returned 'int')",
                    __file__,
                    Case.test.__code__.co_firstlineno,
                )
            ],
        )


class ContextVariablesTest(unittest.TestCase):
    """Who sees which context variable."""

    def test_every_phase_sees_what_the_phases_before_it_have_set(self) -> None:
        seen: list[str] = []

        def note(name: str) -> None:
            seen.append(f"{name}: {VARIABLE.get()}")
            VARIABLE.set(name)

        class Case(AsyncTestCase):
            def setUp(self) -> None:
                note("setUp")

            async def asyncSetUp(self) -> None:
                self.addCleanup(note, "cleanup")
                note("asyncSetUp")

            async def test(self) -> None:
                note("test")

            async def asyncTearDown(self) -> None:
                note("asyncTearDown")

            def tearDown(self) -> None:
                note("tearDown")

        run(Case)
        self.assertEqual(
            seen,
            [
                "setUp: unset",
                "asyncSetUp: setUp",
                "test: asyncSetUp",
                "asyncTearDown: test",
                "tearDown: asyncTearDown",
                "cleanup: tearDown",
            ],
        )

    def test_a_token_of_set_up_can_be_used_in_tear_down(self) -> None:
        class Case(AsyncTestCase):
            def setUp(self) -> None:
                self.token = VARIABLE.set("set")

            async def test(self) -> None:
                self.assertEqual(VARIABLE.get(), "set")

            async def asyncTearDown(self) -> None:
                VARIABLE.reset(self.token)

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_nothing_leaks_out_of_a_test(self) -> None:
        class Case(AsyncTestCase):
            def setUp(self) -> None:
                VARIABLE.set("leaked")

            async def test(self) -> None:
                VARIABLE.set("leaked")

        run(Case)
        self.assertEqual(VARIABLE.get(), "unset")

    def test_a_test_sees_what_is_set_after_it_was_made(self) -> None:
        seen: list[str] = []

        class Case(AsyncTestCase):
            @classmethod
            def setUpClass(cls) -> None:
                VARIABLE.set("setUpClass")

            async def test(self) -> None:
                seen.append(VARIABLE.get())

        suite = unittest.TestSuite([Case("test")])
        contextvars.copy_context().run(suite.run, unittest.TestResult())
        self.assertEqual(seen, ["setUpClass"])


class PrivateHooksTest(unittest.TestCase):
    """Overridden private hooks of stdlib's go on working, and in the one task."""

    def test_each_overridden_call_hook_is_called(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            def _callSetUp(self) -> None:
                log.append("_callSetUp")
                super()._callSetUp()  # type: ignore[misc]

            def _callTestMethod(self, method: Callable[[], object]) -> None:
                log.append("_callTestMethod")
                super()._callTestMethod(method)  # type: ignore[misc]

            def _callTearDown(self) -> None:
                log.append("_callTearDown")
                super()._callTearDown()  # type: ignore[misc]

            def _callCleanup(self, function: Callable[..., object], *args: object, **kwargs: object) -> None:
                log.append("_callCleanup")
                super()._callCleanup(function, *args, **kwargs)  # type: ignore[misc]

            def setUp(self) -> None:
                log.append("setUp")

            async def asyncSetUp(self) -> None:
                log.append("asyncSetUp")
                self.addAsyncCleanup(self.clean_up)

            async def test(self) -> None:
                log.append("test")

            async def asyncTearDown(self) -> None:
                log.append("asyncTearDown")

            def tearDown(self) -> None:
                log.append("tearDown")

            async def clean_up(self) -> None:
                log.append("cleanup")

        run(Case, log)
        self.assertEqual(
            log,
            [
                "startTest",
                "_callSetUp",
                "setUp",
                "asyncSetUp",
                "_callTestMethod",
                "test",
                "_callTearDown",
                "asyncTearDown",
                "tearDown",
                "_callCleanup",
                "cleanup",
                "addSuccess",
                "stopTest",
            ],
        )

    def test_what_an_overridden_hook_runs_is_in_the_one_task(self) -> None:
        tasks: list[asyncio.Task[Any] | None] = []

        class Case(AsyncTestCase):
            def _callMaybeAsync(self, function: Callable[..., Any], /, *args: object, **kwargs: object) -> Any:
                return super()._callMaybeAsync(function, *args, **kwargs)  # type: ignore[misc]

            async def note(self) -> None:
                tasks.append(asyncio.current_task())

            test = asyncSetUp = asyncTearDown = note

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual((len(tasks), len(set(tasks))), (3, 1))

    def test_an_error_comes_out_of_an_overridden_hook(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            def _callTestMethod(self, method: Callable[[], object]) -> None:
                try:
                    super()._callTestMethod(method)  # type: ignore[misc]
                except ValueError as error:
                    log.append(repr(error))
                    raise

            async def test(self) -> None:
                raise ValueError("test")

        run(Case, log)
        self.assertEqual(log, ["startTest", "ValueError('test')", "addError ValueError('test')", "stopTest"])

    def test_a_hook_finds_the_loop_and_may_run_coroutines_on_it(self) -> None:
        log: list[object] = []

        class Case(AsyncTestCase):
            def _callSetUp(self) -> None:
                runner = self._asyncioRunner  # type: ignore[attr-defined]
                log.append(runner.get_loop() is asyncio.get_event_loop())
                log.append(runner.run(asyncio.sleep(0, "value")))
                log.append(self._asyncioTestContext.run(lambda: 1))  # type: ignore[attr-defined]

            async def test(self) -> None:
                log.append("test")

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, [True, "value", 1, "test"])

    def test_an_async_set_up_is_fine_where_the_hook_is_overridden(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            def _callSetUp(self) -> None:
                self._callAsync(self.setUp)  # type: ignore[attr-defined]

            async def setUp(self) -> None:  # type: ignore[override]
                log.append("setUp")

            async def test(self) -> None:
                log.append("test")

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, ["setUp", "test"])

    def test_an_overridden_do_cleanups_is_called(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addAsyncCleanup(self.clean_up)

            async def clean_up(self) -> None:
                log.append("cleanup")

            def doCleanups(self) -> None:
                log.append("doCleanups")
                super().doCleanups()

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, ["doCleanups", "cleanup"])

    def test_a_class_that_replaces_the_runner_has_the_lifecycle_of_stdlib(self) -> None:
        loops: list[bool] = []

        class Case(AsyncTestCase):
            def _setupAsyncioRunner(self) -> None:
                self._asyncioRunner = asyncio.Runner()

            async def test(self) -> None:
                loops.append(self._asyncioRunner.get_loop() is asyncio.get_running_loop())

        self.assertEqual(outcome(Case), ["addSuccess"])
        Case("test").debug()
        self.assertEqual(loops, [True, True])

    def test_set_up_may_run_a_coroutine_of_its_own(self) -> None:
        log: list[object] = []

        class Case(AsyncTestCase):
            def setUp(self) -> None:
                log.append(self._asyncioRunner.run(asyncio.sleep(0, "value")))  # type: ignore[attr-defined]

            async def test(self) -> None:
                with self.assertRaisesRegex(RuntimeError, "cannot be called from a running event loop"):
                    self._asyncioRunner.run(None)  # type: ignore[attr-defined]

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, ["value"])

    def test_cleanups_can_be_done_by_hand_in_every_synchronous_phase(self) -> None:
        for phase in ("setUp", "test", "tearDown"):
            with self.subTest(phase):
                log: list[str] = []

                async def clean_up(log: list[str] = log) -> None:
                    await asyncio.sleep(0)
                    log.append("cleanup")

                def hook(case: AsyncTestCase, clean_up: Callable[[], Awaitable[None]] = clean_up) -> None:
                    case.addAsyncCleanup(clean_up)
                    case.doCleanups()

                async def test(_case: AsyncTestCase, log: list[str] = log) -> None:
                    log.append("test")

                self.assertEqual(outcome(type("Case", (AsyncTestCase,), {"test": test, phase: hook})), ["addSuccess"])
                self.assertIn("cleanup", log)


class InnerTest:
    """Stands in for what Hypothesis puts on a test: the wrapper is synchronous, the inner test is not."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.inner_test = function


def with_two_examples(function: Callable[..., Any]) -> Callable[..., None]:
    def wrapper(case: AsyncTestCase) -> None:
        for example in (1, 2):
            case.execute_example(functools.partial(function, case, example))

    wrapper.hypothesis = InnerTest(function)  # type: ignore[attr-defined]
    return wrapper


class ExamplesTest(unittest.TestCase):
    """Examples of property tests."""

    def test_each_example_runs_in_the_task_and_the_context_of_the_test(self) -> None:
        seen: list[tuple[int, str, bool]] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.task = asyncio.current_task()
                VARIABLE.set("asyncSetUp")

            @with_two_examples
            async def test(self, example: int) -> None:
                seen.append((example, VARIABLE.get(), asyncio.current_task() is self.task))

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(seen, [(1, "asyncSetUp", True), (2, "asyncSetUp", True)])

    def test_a_failing_example_fails_the_test(self) -> None:
        class Case(AsyncTestCase):
            @with_two_examples
            async def test(self, example: int) -> None:
                self.assertEqual(example, 1)

        self.assertEqual(outcome(Case), ["addFailure AssertionError('2 != 1')"])

    def test_a_synchronous_example_is_called(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> None:
                self.assertEqual(self.execute_example(lambda: 5), 5)

        self.assertEqual(outcome(Case), ["addSuccess"])
