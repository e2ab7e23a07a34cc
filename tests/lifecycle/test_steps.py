"""What there is to do in a test: the order of the steps, where each runs, and what private hooks change."""

import asyncio
import contextlib
import contextvars
import functools
import sys
import time
import unittest
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from aiounit import AsyncTestCase, LoopError, RunnerWarning
from aiounit.lifecycle.contexts import EnteredContext
from aiounit.lifecycle.steps import Step, Where
from aiounit.limits.budgets import Phase
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

    def test_async_set_up_runs_after_a_subtest_of_set_up_that_failed(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            def setUp(self) -> None:
                with self.subTest("part"):
                    self.fail()

            async def asyncSetUp(self) -> None:
                log.append("asyncSetUp")

            async def test(self) -> None:
                log.append("test")

        run(Case, log)
        self.assertEqual(log, ["startTest", "addSubTest [part] AssertionError(None)", "asyncSetUp", "stopTest"])

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


class IterationsTest(unittest.TestCase):
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
        runs = self.count(
            asyncSetUp=IterationsTest.nothing, test=IterationsTest.nothing, asyncTearDown=IterationsTest.nothing
        )
        self.assertEqual(runs, 1)

    def test_a_synchronous_set_up_takes_no_run_of_its_own(self) -> None:
        self.assertEqual(self.count(setUp=IterationsTest.nothing_synchronous, test=IterationsTest.nothing), 1)

    def test_a_synchronous_test_takes_no_run_at_all(self) -> None:
        hooks = dict.fromkeys(("setUp", "test", "tearDown"), IterationsTest.nothing_synchronous)
        self.assertEqual(self.count(**hooks), 0)

    def test_consecutive_synchronous_steps_share_one_pause_of_the_loop(self) -> None:
        async def test(case: AsyncTestCase) -> None:
            for _ in range(3):
                case.addCleanup(case.tearDown)

        self.assertEqual(self.count(test=test, tearDown=IterationsTest.nothing_synchronous), 2)


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

    def test_every_base_exception_comes_out_of_an_overridden_hook(self) -> None:
        for error in (GeneratorExit(), SystemExit(3), asyncio.CancelledError("gone")):
            with self.subTest(error=error):

                class Case(AsyncTestCase):
                    def _callTestMethod(self, method: Callable[[], object]) -> None:
                        super()._callTestMethod(method)  # type: ignore[misc]

                    async def test(self, error: BaseException = error) -> None:
                        raise error

                self.assertEqual(outcome(Case), [f"addError {error!r}"])

    def test_a_hook_that_closes_the_loop_and_then_needs_it(self) -> None:
        class Case(AsyncTestCase):
            def _callSetUp(self) -> None:
                asyncio.get_event_loop().close()
                self._callAsync(self.asyncSetUp)  # type: ignore[attr-defined]

            async def asyncSetUp(self) -> None:
                raise AssertionError("must not run")

            async def test(self) -> None:
                raise AssertionError("must not run")

        self.assertEqual([type(error) for error in run(Case).raised], [LoopError])

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

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RunnerWarning)

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


class DescriptionTest(unittest.TestCase):
    """What a step is called in reports."""

    def described(self, function: Callable[..., Any], *arguments: Any, phase: Phase = Phase.TEAR_DOWN) -> str:
        return Step(Where.OUTSIDE, function, arguments, phase=phase).describe()

    def test_the_test_itself(self) -> None:
        self.assertEqual(self.described(AsyncTestCase("run").run, phase=Phase.TEST), "the test")

    def test_hooks_have_their_names(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                """Be the user's."""

            async def asyncTearDown(self) -> None:
                """Be the user's."""

        case = Case("run")
        hooks = [case.setUp, case.asyncSetUp, case.asyncTearDown, case.tearDown]
        self.assertEqual([self.described(hook) for hook in hooks], ["setUp", "asyncSetUp", "asyncTearDown", "tearDown"])

    def test_an_empty_hook_of_the_standard_library_is_the_turn_of_the_loop_that_it_is_called_for(self) -> None:
        case = AsyncTestCase("run")
        words = [self.described(hook) for hook in (case.asyncSetUp, case.asyncTearDown)]
        self.assertEqual(
            words, ["the iteration of the loop before the test", "the iteration of the loop after the test"]
        )

    def test_private_hooks_have_the_names_of_what_they_stand_for(self) -> None:
        case: Any = AsyncTestCase("run")
        self.assertEqual([self.described(case._callSetUp), self.described(case._callTearDown)], ["setUp", "tearDown"])

    def test_a_cleanup(self) -> None:
        self.assertEqual(self.described(is_loop_running), "cleanup is_loop_running")

    def test_a_cleanup_that_is_called_by_a_private_hook(self) -> None:
        case: Any = AsyncTestCase("run")
        self.assertEqual(self.described(case._callCleanup, is_loop_running), "cleanup is_loop_running")

    def test_a_cleanup_of_a_module_in_c(self) -> None:
        self.assertEqual(self.described(time.sleep), "cleanup time.sleep")

    def test_a_cleanup_without_a_name(self) -> None:
        function = functools.partial(int)
        self.assertEqual(self.described(function), "cleanup int")

    def test_a_context_manager_that_is_left(self) -> None:
        context = EnteredContext(contextlib.nullcontext(), None)
        self.assertEqual(self.described(context.exit), "the exit of contextlib.nullcontext")


class StartTests(unittest.TestCase):
    """The coroutine of a step records no callers, but those that other code makes do."""

    def setUp(self) -> None:
        depth = sys.get_coroutine_origin_tracking_depth()
        self.addCleanup(sys.set_coroutine_origin_tracking_depth, depth)
        sys.set_coroutine_origin_tracking_depth(2)

    async def work(self) -> None:
        """Do nothing."""

    def test_that_of_a_coroutine_function(self) -> None:
        coroutine = Step(Where.INSIDE, self.work).start()
        coroutine.close()
        self.assertIsNone(coroutine.cr_origin)
        self.assertEqual(sys.get_coroutine_origin_tracking_depth(), 2)

    def test_that_of_a_function_that_runs(self) -> None:
        coroutine = Step(Where.INSIDE, functools.partial(self.work)).start()
        coroutine.close()
        self.assertEqual(len(coroutine.cr_origin), 2)
