"""The life of one test, watched from outside: small suites are run and every event is compared with a literal list."""

import asyncio
import contextlib
import contextvars
import gc
import itertools
import threading
import unittest
import warnings
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, LoopError, TimeoutFailure
from aiounit.checks import Check, CheckContext, Finding, register_check, registry
from aiounit.limits import escalation
from aiounit.limits.alarms import Interrupt
from aiounit.limits.deadline import Deadline
from tests.support import outcome, run

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


class LoopThatClosesItselfTest(unittest.TestCase):
    def test_it_ends_the_test_that_waits(self) -> None:
        class Loop(asyncio.SelectorEventLoop):
            is_to_end = False

            def run_forever(self) -> None:
                super().run_forever()
                if self.is_to_end:
                    self.close()

        class Case(AsyncTestCase):
            loop_factory = Loop

            async def test(self) -> None:
                loop = asyncio.get_running_loop()
                assert isinstance(loop, Loop)
                loop.is_to_end = True
                loop.stop()
                await asyncio.Event().wait()

        result = run(Case)
        self.assertEqual([type(error) for error in result.raised], [LoopError])


class LoopThatIsNotUsedTest(unittest.TestCase):
    """A test that makes no use of a loop has none."""

    def case(self, *, factory: Any = None, **members: Any) -> type[AsyncTestCase]:
        self.loops: list[asyncio.AbstractEventLoop] = []

        def make() -> asyncio.AbstractEventLoop:
            self.loops.append(asyncio.SelectorEventLoop())
            return self.loops[-1]

        def test(_case: AsyncTestCase) -> None:
            """Pass."""

        return type("Case", (AsyncTestCase,), {"loop_factory": staticmethod(factory or make), "test": test, **members})

    def setUp(self) -> None:
        asyncio.set_event_loop(None)

    def test_a_synchronous_test_needs_none(self) -> None:
        def note(case: AsyncTestCase) -> None:
            case.addCleanup(bool)

        self.assertEqual(outcome(self.case(setUp=note, tearDown=note)), ["addSuccess"])
        self.assertEqual(self.loops, [])

    def test_whatever_uses_it_has_it_made(self) -> None:
        async def hook(_case: AsyncTestCase) -> None:
            """Pass."""

        def run_on(case: Any) -> None:
            case._asyncioRunner.get_loop()

        def ask(case: AsyncTestCase) -> None:
            loop = asyncio.get_event_loop()
            case.assertEqual([loop, asyncio.get_event_loop()], self.loops * 2)

        def add(case: AsyncTestCase) -> None:
            case.addAsyncCleanup(hook, case)

        for members in ({"asyncSetUp": hook}, {"asyncTearDown": hook}, {"test": run_on}, {"test": ask}, {"test": add}):
            with self.subTest(members):
                self.assertEqual(outcome(self.case(**members)), ["addSuccess"])
                self.assertEqual([loop.is_closed() for loop in self.loops], [True])

    def test_the_checks_look_at_a_loop_that_was_asked_for(self) -> None:
        async def wait() -> None:
            await asyncio.Event().wait()

        tasks: list[object] = []

        def leave(_case: AsyncTestCase) -> None:
            tasks.append(asyncio.get_event_loop().create_task(wait(), name="left"))

        result = run(self.case(test=leave))
        self.assertRegex(str(result.raised[0]), "^tasks: task 'left' of .* was still pending")

    def test_they_look_at_a_test_without_one(self) -> None:
        async def never() -> None:
            """Pass."""

        def forget(_case: AsyncTestCase) -> None:
            _lost = never()

        result = run(self.case(test=forget))
        self.assertRegex(str(result.raised[0]), r"^coroutines: coroutine .*never\(\) was never awaited")
        self.assertEqual(self.loops, [])

    def test_a_check_of_the_users_has_it_from_the_beginning(self) -> None:
        class Looks(Check):
            name = "looks"

            def begin(self, test: CheckContext) -> None:
                loops.append(test.loop)

            def end(self, test: CheckContext) -> list[Finding]:
                return []

        loops: list[Any] = []
        with mock.patch.dict(registry.ALL_CHECKS):
            register_check(Looks)
            self.assertEqual(outcome(self.case()), ["addSuccess"])
        self.assertEqual(loops, self.loops)

    def test_a_factory_that_fails_fails_what_has_asked(self) -> None:
        def ask(_case: AsyncTestCase) -> None:
            asyncio.get_event_loop()

        fail = mock.Mock(side_effect=OSError("no"))
        self.assertEqual(outcome(self.case(factory=fail, test=ask)), ["addError OSError('no')"])
        self.assertEqual(outcome(self.case(factory=fail)), ["addSuccess"])

    def test_it_runs_in_no_other_loop(self) -> None:
        async def nested() -> list[str]:
            return outcome(self.case())

        [event] = asyncio.run(nested())
        self.assertRegex(event, "^addError LoopError.*can't run inside a running event loop")


class GarbageTest(unittest.TestCase):
    """A test leaves no reference cycle: the garbage collector would take longer than all of aiounit."""

    def test_nothing_is_left_to_the_garbage_collector(self) -> None:
        async def body(_case: AsyncTestCase) -> None:
            await asyncio.gather(*(asyncio.sleep(0) for _ in range(3)))

        def plain(case: AsyncTestCase) -> None:
            case.addAsyncCleanup(asyncio.sleep, 0)

        for members in ({"test": body}, {"test": plain}, {"test": body, "setUp": plain, "asyncSetUp": body}):
            kind = type("Case", (AsyncTestCase,), members)
            result = unittest.TestResult()
            kind("test").run(result)  # makes what is made once
            gc.collect()
            with self.subTest(members):
                gc.disable()
                try:
                    kind("test").run(result)
                    self.assertEqual(gc.collect(), 0)
                finally:
                    gc.enable()
                self.assertTrue(result.wasSuccessful())


class LoopThatCannotBeClosedTest(unittest.TestCase):
    def test_the_error_of_a_patched_method_is_reported_once(self) -> None:
        loops: list[asyncio.AbstractEventLoop] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                loops.append(asyncio.get_running_loop())
                loops[0].close = mock.Mock(side_effect=ValueError("no"))  # type: ignore[method-assign]

        self.addCleanup(lambda: asyncio.SelectorEventLoop.close(loops[0]))  # type: ignore[arg-type] # it is one
        self.assertEqual(outcome(Case), ["addError ValueError('no')"])

    def test_a_second_attempt_closes_the_loop(self) -> None:
        loops: list[asyncio.AbstractEventLoop] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                loops.append(loop := asyncio.get_running_loop())
                close = mock.Mock(side_effect=[ValueError("no"), mock.DEFAULT], wraps=loop.close)
                loop.close = close  # type: ignore[method-assign]

        self.assertEqual(outcome(Case), ["addError ValueError('no')"])
        self.assertTrue(loops[0].is_closed())


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

        self.assertEqual([type(error) for error in run(Case).raised], [asyncio.CancelledError])

    def test_a_cancellation_that_the_test_did_not_wait_for_is_its_error_and_leaves_tear_down_alone(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                task.cancel("for later")

            async def asyncTearDown(self) -> None:
                await asyncio.sleep(0)
                log.append("asyncTearDown")

        run(Case, log)
        self.assertEqual(log, ["startTest", "addError CancelledError('for later')", "asyncTearDown", "stopTest"])

    def test_a_cancellation_before_a_failure_loses_neither_the_failure_nor_the_clean_up(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                task.cancel("for later")
                self.fail("test")

            def tearDown(self) -> None:
                log.append("tearDown")

        run(Case, log)
        self.assertEqual(
            log,
            [
                "startTest",
                "addFailure AssertionError('test')",
                "tearDown",
                "stopTest",
            ],
        )

    def test_a_test_that_cancels_itself_again_while_it_is_cancelled(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                task.cancel("first")
                try:
                    await asyncio.sleep(0)
                finally:
                    task.cancel("second")

        self.assertEqual(outcome(Case), ["addError CancelledError('first')"])

    def test_a_cancellation_that_nothing_waits_for_is_reported(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                task.cancel("for nobody")

        self.assertEqual(outcome(Case), ["addError CancelledError('for nobody')"])


class ReturnedValueTest(unittest.TestCase):
    """Tests that return something."""

    def test_a_task_that_is_done_is_a_value_like_others(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> object:
                task = asyncio.create_task(asyncio.sleep(0))
                await task
                return task

        with self.assertWarnsRegex(DeprecationWarning, "returned 'Task'"):
            self.assertEqual(outcome(Case), ["addSuccess"])

    def test_one_that_is_pending_is_what_nothing_waits_for(self) -> None:
        class Case(AsyncTestCase):
            checks = {"tasks": "off"}

            async def test(self) -> object:
                return asyncio.create_task(asyncio.sleep(60))

        [error] = run(Case).raised
        self.assertRegex(
            str(error),
            r"returned <Task pending .*>, which is still pending and was never awaited\. Await it in the test",
        )

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
            f"{Case('test').id()} returned <Future pending>, which is still pending and was never awaited. Make "
            f"the test async def and await it there; if a decorator hides that the test is async def, make the "
            f"decorator's wrapper async def too",
        )

    def test_no_expected_failure_is_satisfied_by_a_coroutine_that_nobody_awaited(self) -> None:
        class Case(AsyncTestCase):
            @unittest.expectedFailure
            def test(self) -> Awaitable[None]:
                return asyncio.sleep(0)

        self.assertEqual([type(error).__name__ for error in run(Case).raised], ["NotAwaitedError"])

    def test_the_value_of_a_test_that_was_cancelled_does_not_matter(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> int:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
                return 1

        self.assertEqual([type(error) for error in run(Case).raised], [asyncio.CancelledError])

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
                    f"({Case('test').id()} returned 'int')",
                    __file__,
                    Case.test.__code__.co_firstlineno,
                )
            ],
        )

    def test_the_deprecation_as_an_error_is_the_test_s_and_loses_no_clean_up(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> int:
                return 1

            async def asyncTearDown(self) -> None:
                log.append("asyncTearDown")

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = run(Case, log)
        self.assertEqual([type(error) for error in result.raised], [DeprecationWarning])
        self.assertIn("asyncTearDown", log)


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


def lose(case: AsyncTestCase) -> None:
    """Have a callback end the loop, and the task given up."""
    case._aiounit_lifecycle()._driver.abandon(TimeoutFailure("given up"))
    raise SystemExit


class TimeTest(unittest.TestCase):
    """The time of a step is over: the test fails, and what is left of it runs."""

    TEST = "TimeoutFailure the test timed out after 0.02 s (timeout of"

    def setUp(self) -> None:
        for name in ("GRACE", "PATIENCE"):
            self.enterContext(mock.patch.object(escalation, name, 0.02))
        self.lock = threading.Lock()
        self.lock.acquire()
        self.log: list[str] = []

    def run_with(self, body: Callable[..., Any], **names: object) -> list[str]:
        """Run a test with a small budget, and hooks that write down that they run; return what is reported."""

        class Base(AsyncTestCase):
            timeout = 0.02

            async def asyncSetUp(case) -> None:  # noqa: N805 (self is the test outside)
                case.addCleanup(self.log.append, "cleanup")
                case.addAsyncCleanup(asyncio.sleep, 0)

            async def asyncTearDown(case) -> None:  # noqa: N805
                await asyncio.sleep(0)
                self.log.append("asyncTearDown")

        result = run(type("Case", (Base,), {"test": body, **names}))
        self.assertEqual(result.log[0], "startTest")
        self.notes = getattr(result.raised[-1], "__notes__", []) if result.raised else []
        return [f"{type(error).__name__} {str(error).partition(' Case)')[0]}" for error in result.raised]

    def assert_cleaned_up(self) -> None:
        self.assertEqual(self.log, ["asyncTearDown", "cleanup"])

    def test_an_asynchronous_test_is_cancelled(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            await asyncio.Event().wait()

        self.assertEqual(self.run_with(test), [self.TEST])
        self.assertEqual(self.notes, [])
        self.assert_cleaned_up()

    def test_a_synchronous_test_is_interrupted(self) -> None:
        def test(_: AsyncTestCase) -> None:
            self.lock.acquire()

        self.assertEqual(self.run_with(test), [self.TEST])
        self.assert_cleaned_up()

    def test_a_test_that_blocks_the_loop_is_interrupted(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            self.lock.acquire()

        self.assertEqual(self.run_with(test), [self.TEST])
        self.assert_cleaned_up()

    def test_one_that_hangs_again_is_cancelled_again(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.Event().wait()

        self.assertEqual(self.run_with(test), [self.TEST])
        self.assertEqual(len(self.notes), 1)
        self.assert_cleaned_up()

    def test_one_that_refuses_to_end_is_given_up(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            while True:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()

        self.assertEqual(self.run_with(test), [self.TEST])
        self.assert_cleaned_up()

    def test_one_that_ends_although_it_was_given_up(self) -> None:
        gone, ended = asyncio.Event(), asyncio.Event()

        async def test(_: AsyncTestCase) -> None:
            while not gone.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await gone.wait()
            ended.set()

        async def tear_down(_: AsyncTestCase) -> None:
            gone.set()
            await ended.wait()
            self.log.append("asyncTearDown")

        self.assertEqual(self.run_with(test, asyncTearDown=tear_down), [self.TEST])
        self.assert_cleaned_up()

    def test_a_cancellation_that_is_swallowed_is_a_failure_all_the_same(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

        self.assertEqual(self.run_with(test), [self.TEST])
        self.assert_cleaned_up()

    def test_an_interrupt_that_is_swallowed_is_a_failure_all_the_same(self) -> None:
        def test(_: AsyncTestCase) -> None:
            with contextlib.suppress(BaseException):
                self.lock.acquire()

        self.assertEqual(self.run_with(test), [self.TEST])
        self.assert_cleaned_up()

    def test_another_error_that_comes_of_it_is_reported_too(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                raise ValueError("clean-up")

        self.assertEqual(sorted(self.run_with(test)), [self.TEST, "ValueError clean-up"])
        self.assert_cleaned_up()

    def test_no_expected_failure_is_satisfied_by_a_test_that_hangs(self) -> None:
        async def asynchronous(_: AsyncTestCase) -> None:
            await asyncio.Event().wait()

        def synchronous(_: AsyncTestCase) -> None:
            self.lock.acquire()

        for body in (asynchronous, synchronous):
            with self.subTest(body.__name__):
                kind = type("Case", (AsyncTestCase,), {"test": unittest.expectedFailure(body), "timeout": 0.02})
                self.assertEqual([event.partition(" ")[0] for event in outcome(kind)], ["addFailure"])

    def test_a_test_that_a_private_hook_waits_for_is_given_up(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            while True:
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()

        def call(case: Any, method: Any) -> None:
            case._callMaybeAsync(method)

        self.assertEqual(self.run_with(test, _callTestMethod=call), [self.TEST])
        self.assert_cleaned_up()

    def test_a_loop_factory_that_hangs(self) -> None:
        def make() -> asyncio.AbstractEventLoop:
            self.lock.acquire()
            raise AssertionError("not reached")

        async def test(_: AsyncTestCase) -> None:
            """Is not reached."""

        self.assertEqual(
            self.run_with(test, loop_factory=staticmethod(make), setup_timeout=0.02),
            ["TimeoutFailure loop_factory timed out after 0.02 s (setup_timeout of"],
        )

    def test_each_step_has_its_own_time(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            await asyncio.Event().wait()

        async def asyncTearDown(_: AsyncTestCase) -> None:
            await asyncio.Event().wait()

        self.assertEqual(
            self.run_with(test, asyncTearDown=asyncTearDown, teardown_timeout=0.02),
            [self.TEST, "TimeoutFailure asyncTearDown timed out after 0.02 s (teardown_timeout of"],
        )
        self.assertEqual(self.log, ["cleanup"])

    def interrupt_when_the_clock_stops(self, *, after: int) -> None:
        """Have an interrupt arrive when the clock of a step is stopped, after some stops more."""
        late = type("Interrupt", (Interrupt,), {"failure": TimeoutFailure("late")})
        end, stops = Deadline.end, itertools.count()

        def interrupted(deadline: Deadline) -> TimeoutFailure | None:
            failure = end(deadline)
            if next(stops) == after:
                raise late
            return failure

        self.enterContext(mock.patch.object(Deadline, "end", interrupted))

    def test_an_interrupt_that_arrives_just_after_the_test(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            self.interrupt_when_the_clock_stops(after=0)

        self.assertEqual(self.run_with(test), ["TimeoutFailure late"])
        self.assert_cleaned_up()

    def test_an_interrupt_that_arrives_after_what_the_test_has_made_ready(self) -> None:
        async def test(_: AsyncTestCase) -> None:
            self.interrupt_when_the_clock_stops(after=1)
            asyncio.get_running_loop().call_soon(bool)

        self.assertEqual(self.run_with(test), ["TimeoutFailure late"])
        self.assert_cleaned_up()

    def test_one_that_is_given_up_for_what_it_has_made_ready(self) -> None:
        async def test(case: AsyncTestCase) -> None:
            asyncio.get_running_loop().call_soon(lose, case)

        self.assertEqual(self.run_with(test), ["SystemExit "])
        self.assert_cleaned_up()

    def test_one_that_is_given_up_before_it_begins_is_not_run(self) -> None:
        async def set_up(case: AsyncTestCase) -> None:
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, lose, case)

        async def test(_: AsyncTestCase) -> None:
            self.log.append("test")

        # One callback runs with the set-up, and the next one before the test.
        self.assertEqual(self.run_with(test, asyncSetUp=set_up), ["SystemExit "])
        self.assertEqual(self.log, ["asyncTearDown"])
