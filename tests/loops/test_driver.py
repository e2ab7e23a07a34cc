"""Driving a test: what a test may do to its loop, and what Ctrl-C does."""

import asyncio
import contextlib
import contextvars
import signal
import threading
import unittest
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, LoopError, TimeoutFailure
from aiounit.limits import escalation
from aiounit.limits.alarms import Interrupt
from aiounit.loops.driver import Driver
from aiounit.loops.owner import LoopOwner
from tests.resources.support import run_suite
from tests.support import Events, outcome, run


def make_driver(case: unittest.TestCase) -> Driver:
    """Return a driver with an open loop, which is closed with the test."""
    owner = LoopOwner(None)
    owner.open()
    case.addCleanup(owner.drop)
    return Driver(owner, contextvars.copy_context())


class MisuseTest(unittest.TestCase):
    """What a test does to its loop is an error of its own and nobody else's."""

    STOPPED = (
        "the event loop was stopped while the test ran on it. Something called loop.stop(), or patched run_forever(): "
        "wait for an asyncio.Event or a future instead, and leave the loop to aiounit"
    )
    CLOSED = (
        "the event loop of the test was closed before the test had ended. Something called loop.close(): leave the "
        "loop to aiounit, which closes it after the last cleanup"
    )

    def test_a_test_that_stops_the_loop_is_cancelled_and_its_clean_up_runs(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                asyncio.get_running_loop().stop()
                await asyncio.Event().wait()

            async def asyncTearDown(self) -> None:
                await asyncio.sleep(0)
                log.append("asyncTearDown")

        run(Case, log)
        self.assertEqual(log, ["startTest", f"addError {LoopError(self.STOPPED)!r}", "asyncTearDown", "stopTest"])

    def test_a_set_up_that_stops_the_loop_before_it_runs(self) -> None:
        class Case(AsyncTestCase):
            def setUp(self) -> None:
                asyncio.get_event_loop().stop()

            async def test(self) -> None:
                await asyncio.Event().wait()

        self.assertEqual(outcome(Case), [f"addError {LoopError(self.STOPPED)!r}"])

    def closed_in(self, name: str) -> list[str]:
        log: list[str] = []

        class Base(AsyncTestCase):
            async def test(self) -> None:
                log.append("test")

            async def asyncTearDown(self) -> None:
                await asyncio.sleep(0)
                log.append("asyncTearDown")

        def close(case: AsyncTestCase) -> None:
            case.addAsyncCleanup(asyncio.sleep, 0)
            case.addCleanup(log.append, "cleanup")
            asyncio.get_event_loop().close()

        run(type("Case", (Base,), {name: close}), log)
        return log

    def test_a_set_up_that_closes_the_loop(self) -> None:
        self.assertEqual(
            self.closed_in("setUp"), ["startTest", f"addError {LoopError(self.CLOSED)!r}", "cleanup", "stopTest"]
        )

    def test_a_synchronous_test_that_closes_the_loop(self) -> None:
        self.assertEqual(
            self.closed_in("test"),
            ["startTest", f"addError {LoopError(self.CLOSED)!r}", "asyncTearDown", "cleanup", "stopTest"],
        )

    def test_a_tear_down_that_closes_the_loop(self) -> None:
        self.assertEqual(
            self.closed_in("tearDown"),
            ["startTest", "test", "asyncTearDown", f"addError {LoopError(self.CLOSED)!r}", "cleanup", "stopTest"],
        )

    def test_a_last_cleanup_that_closes_the_loop(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addCleanup(asyncio.get_running_loop().close)

        self.assertEqual(outcome(Case), [f"addError {LoopError(self.CLOSED)!r}"])

    def test_a_failure_is_not_lost_with_the_loop(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> None:
                asyncio.get_event_loop().close()
                self.fail("test")

        self.assertEqual(outcome(Case), ["addFailure AssertionError('test')", f"addError {LoopError(self.CLOSED)!r}"])

    def test_a_context_manager_is_left_although_its_loop_is_gone(self) -> None:
        log: list[str] = []

        class Manager:
            async def __aenter__(self) -> None:
                """Enter."""

            async def __aexit__(self, *details: object) -> None:
                log.append("exit")

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(Manager())

            def test(self) -> None:
                asyncio.get_event_loop().close()

        run(Case, log)
        self.assertEqual(log, ["startTest", f"addError {LoopError(self.CLOSED)!r}", "exit", "stopTest"])

    def test_the_next_test_is_none_the_worse(self) -> None:
        class Case(AsyncTestCase):
            def test_close(self) -> None:
                asyncio.get_event_loop().close()

            async def test_next(self) -> None:
                await asyncio.sleep(0)

            async def test_stop(self) -> None:
                asyncio.get_running_loop().stop()
                await asyncio.sleep(0)

        suite = unittest.defaultTestLoader.loadTestsFromTestCase(Case)
        result = Events()
        suite.run(result)
        self.assertEqual(
            [event.partition("(")[0] for event in result.log if event.startswith("add")],
            ["addError LoopError", "addSuccess", "addError LoopError"],
        )

    def test_a_loop_that_raises_ends_the_test_and_not_the_run(self) -> None:
        class Loop(asyncio.SelectorEventLoop):
            """A loop that cannot run."""

            def run_forever(self) -> None:
                raise OSError("no loop today")

        class Case(AsyncTestCase):
            loop_factory = Loop

            async def test(self) -> None:
                """Be asynchronous."""

        result = run(Case)
        self.assertEqual(result.log[1:-1], ["addError OSError('no loop today')"])

    def test_an_interrupt_that_comes_out_of_the_loop_is_the_failure_that_it_stands_for(self) -> None:
        late = TimeoutFailure("late")

        class Loop(asyncio.SelectorEventLoop):
            raises = True

            def run_forever(self) -> None:
                if self.raises:
                    self.raises = False
                    self.call_soon(self.stop)
                    super().run_forever()  # so that the test has begun
                    raise type("Interrupt", (Interrupt,), {"failure": late})
                super().run_forever()

        class Case(AsyncTestCase):
            loop_factory = Loop

            async def test(self) -> None:
                await asyncio.Event().wait()

        self.assertEqual(outcome(Case), ["addFailure TimeoutFailure('late')"])


class InterruptTest(unittest.TestCase):
    """Ctrl-C: the first cancels the test and lets it clean up, the second ends everything at once."""

    def setUp(self) -> None:
        self.log: list[str] = []
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def tearDown(self) -> None:
        self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def interrupted(self, **members: Any) -> list[str]:
        """Run a test that is interrupted, and return its log."""
        log = self.log

        class Base(AsyncTestCase):
            async def asyncTearDown(self) -> None:
                await asyncio.sleep(0)
                log.append("asyncTearDown")

            def tearDown(self) -> None:
                log.append("tearDown")

            async def clean_up(self) -> None:
                await asyncio.sleep(0)
                log.append("cleanup")

        kind = type("Case", (Base,), members)
        with self.assertRaises(KeyboardInterrupt):
            run(kind, log)
        return log

    CLEAN = ("startTest", "asyncTearDown", "tearDown", "cleanup", "stopTest")

    def test_an_async_test_is_cancelled_and_cleaned_up(self) -> None:
        async def test(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            await asyncio.Event().wait()

        self.assertEqual(self.interrupted(test=test), [*self.CLEAN])

    def test_a_loop_that_waits_is_woken(self) -> None:
        async def test(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            timer = threading.Timer(0.001, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
            case.addCleanup(timer.join)
            timer.start()
            await asyncio.Event().wait()

        self.assertEqual(self.interrupted(test=test), [*self.CLEAN])

    def test_it_may_come_before_the_first_turn_of_the_loop(self) -> None:
        hung: list[str] = []

        class Loop(asyncio.SelectorEventLoop):
            has_begun = False

            def run_forever(self) -> None:
                if not self.has_begun:
                    self.has_begun = True
                    self.call_later(5, self.give_up)
                    signal.raise_signal(signal.SIGINT)
                super().run_forever()

            def give_up(self) -> None:
                hung.append("the loop goes on although the test has ended")
                self.stop()

        class Case(AsyncTestCase):
            loop_factory = Loop

            async def test(self) -> None:
                """Be cancelled."""

        with self.assertRaises(KeyboardInterrupt):
            run(Case)
        self.assertEqual(hung, [])

    def test_a_synchronous_test_is_interrupted_in_place(self) -> None:
        def test(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            signal.raise_signal(signal.SIGINT)
            self.log.append("not reached")

        self.assertEqual(self.interrupted(test=test), [*self.CLEAN])

    def test_a_synchronous_test_after_asynchronous_hooks_is_interrupted_in_place(self) -> None:
        async def set_up(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)

        def test(_case: Any) -> None:
            signal.raise_signal(signal.SIGINT)
            self.log.append("not reached")

        self.assertEqual(self.interrupted(asyncSetUp=set_up, test=test), [*self.CLEAN])

    def test_a_test_that_raises_it_is_cleaned_up(self) -> None:
        async def test(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            raise KeyboardInterrupt

        self.assertEqual(self.interrupted(test=test), [*self.CLEAN])

    def test_a_background_task_that_raises_it_interrupts_the_test(self) -> None:
        async def test(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            asyncio.get_running_loop().call_soon(_interrupt)
            await asyncio.Event().wait()

        self.assertEqual(self.interrupted(test=test), [*self.CLEAN])

    def test_what_asyncio_run_runs_in_a_synchronous_phase_is_cancelled(self) -> None:
        log = self.log

        async def main() -> None:
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                log.append("cancelled")
                raise

        async def set_up(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)

        def test(_case: Any) -> None:
            asyncio.run(main())

        self.assertEqual(self.interrupted(asyncSetUp=set_up, test=test), ["startTest", "cancelled", *self.CLEAN[1:]])

    def test_an_interrupted_set_up_is_not_followed_by_the_test(self) -> None:
        async def set_up(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            raise KeyboardInterrupt

        async def test(_case: Any) -> None:
            self.log.append("test")

        self.assertEqual(self.interrupted(asyncSetUp=set_up, test=test), ["startTest", "cleanup", "stopTest"])

    def test_a_test_that_swallows_the_cancellation_is_interrupted_all_the_same(self) -> None:
        async def test(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.log.append("swallowed")

        self.assertEqual(self.interrupted(test=test), ["startTest", "swallowed", *self.CLEAN[1:]])

    def test_a_test_that_ends_before_the_cancellation_arrives_is_interrupted(self) -> None:
        async def test(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            signal.raise_signal(signal.SIGINT)

        self.assertEqual(self.interrupted(test=test), [*self.CLEAN])

    def test_the_second_ends_the_clean_up_at_once(self) -> None:
        async def test(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            await asyncio.Event().wait()

        async def tear_down(_case: Any) -> None:
            self.log.append("tear-down")
            signal.raise_signal(signal.SIGINT)
            self.log.append("not reached")

        self.assertEqual(self.interrupted(test=test, asyncTearDown=tear_down), ["startTest", "tear-down", "stopTest"])

    def test_the_second_ends_synchronous_clean_up_at_once(self) -> None:
        async def test(case: Any) -> None:
            case.addAsyncCleanup(case.clean_up)
            raise KeyboardInterrupt

        def tear_down(_case: Any) -> None:
            signal.raise_signal(signal.SIGINT)

        self.assertEqual(self.interrupted(test=test, tearDown=tear_down), ["startTest", "asyncTearDown", "stopTest"])

    def test_the_second_ends_what_a_private_hook_runs_at_once(self) -> None:
        async def test(_case: Any) -> None:
            raise KeyboardInterrupt

        async def tear_down(_case: Any) -> None:
            signal.raise_signal(signal.SIGINT)
            self.log.append("not reached")

        def hook(case: Any) -> None:
            case._callAsync(case.asyncTearDown)

        self.assertEqual(
            self.interrupted(test=test, asyncTearDown=tear_down, _callTearDown=hook), ["startTest", "stopTest"]
        )

    def test_the_second_ends_a_callback_at_once(self) -> None:
        async def test(_case: Any) -> None:
            asyncio.get_running_loop().call_soon(_interrupt)
            asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, _interrupt)
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.Event().wait()

        self.assertEqual(self.interrupted(test=test), ["startTest", "stopTest"])

    def test_a_handler_that_is_not_python_s_own_is_kept(self) -> None:
        seen: list[int] = []

        def handler(number: int, _frame: object) -> None:
            seen.append(number)

        class Case(AsyncTestCase):
            async def test(self) -> None:
                signal.raise_signal(signal.SIGINT)

        before = signal.signal(signal.SIGINT, handler)
        try:
            self.assertEqual(outcome(Case), ["addSuccess"])
            self.assertIs(signal.getsignal(signal.SIGINT), handler)
        finally:
            signal.signal(signal.SIGINT, before)
        self.assertEqual(seen, [signal.SIGINT])

    def test_a_handler_that_the_test_leaves_is_kept(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                signal.signal(signal.SIGINT, signal.SIG_IGN)

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertIs(signal.signal(signal.SIGINT, signal.default_int_handler), signal.SIG_IGN)

    def test_debug_is_interrupted_after_its_clean_up(self) -> None:
        log = self.log

        class Case(AsyncTestCase):
            async def test(self) -> None:
                raise KeyboardInterrupt

            async def asyncTearDown(self) -> None:
                log.append("asyncTearDown")

        with self.assertRaises(KeyboardInterrupt):
            Case("test").debug()
        self.assertEqual(log, ["asyncTearDown"])


class DriverTest(unittest.TestCase):
    """The driver by itself."""

    def test_tests_run_off_the_main_thread(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await asyncio.sleep(0)

            def tearDown(self) -> None:
                """Leave the loop, and find it again."""

        outcomes: list[str] = []
        thread = threading.Thread(target=lambda: outcomes.extend(outcome(Case)))
        thread.start()
        thread.join()
        self.assertEqual(outcomes, ["addSuccess"])

    def test_a_coroutine_that_is_cancelled_as_it_ends_has_ended(self) -> None:
        log: list[str] = []

        async def main() -> None:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            log.append("ended")

        driver = make_driver(self)
        driver.drive(main(), name="main")
        self.assertEqual(log, ["ended"])

    def test_an_interrupt_is_raised_and_not_the_failure_that_it_was_posted_for(self) -> None:
        failure = TimeoutFailure("late")
        late = type("Interrupt", (Interrupt,), {"failure": failure})
        driver = make_driver(self)

        async def main() -> None:
            driver.post(failure)
            raise late

        with self.assertRaises(Interrupt) as caught:
            driver.call(main(), name="main")
        self.assertIs(caught.exception.failure, failure)

    def test_run_uses_a_task_of_its_own_for_another_context(self) -> None:
        context = contextvars.copy_context()
        variable = contextvars.ContextVar[int]("variable")
        context.run(variable.set, 5)

        async def read() -> int:
            return variable.get()

        driver = make_driver(self)
        self.assertEqual(driver.run(read(), context=context), 5)


def _interrupt() -> None:
    raise KeyboardInterrupt


class PatchedTest(unittest.TestCase):
    """Methods of the loop that a test replaces."""

    def outcomes(self, name: str) -> list[str]:
        class Case(AsyncTestCase):
            def setUp(self) -> None:
                patch: Any = mock.patch(f"asyncio.BaseEventLoop.{name}", return_value=True)
                patch.start()
                self.addCleanup(patch.stop)

            async def test(self) -> None:
                """Do nothing."""

        return [event.partition("(")[0] for event in outcome(Case)]

    def test_a_loop_that_never_runs_is_an_error(self) -> None:
        self.assertEqual(set(self.outcomes("run_forever")), {"addError LoopError"})  # one for each step

    def test_the_rest_is_the_tests(self) -> None:
        for name in ("stop", "is_closed", "create_future"):
            with self.subTest(name):
                self.assertEqual(self.outcomes(name), ["addSuccess"])

    def test_of_one_loop(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                loop: Any = asyncio.get_running_loop()
                loop.stop = loop.is_closed = loop.create_future = mock.Mock()

        self.assertEqual(outcome(Case), ["addSuccess"])


class GiveUpTest(unittest.TestCase):
    """A coroutine of a class or a module that refuses to end is abandoned, and what comes after it runs."""

    def setUp(self) -> None:
        for name in ("GRACE", "PATIENCE"):
            self.enterContext(mock.patch.object(escalation, name, 0.02))

    def test_a_class_fixture(self) -> None:
        class Case(AsyncTestCase):
            setup_timeout = 0.02

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                while True:
                    with contextlib.suppress(asyncio.CancelledError):
                        await asyncio.Event().wait()

            async def test(self) -> None:
                """Is not reached."""

        class Next(AsyncTestCase):
            shared_loop = True

            async def test(self) -> None:
                await asyncio.sleep(0)

        result = run_suite(Case, Next)
        self.assertEqual(
            [event.partition("(")[0] for event in result.log], ["setUpClass TimeoutFailure", "start test", "addSuccess"]
        )
        name = f"{__name__}.{Case.__qualname__}"
        self.assertEqual(
            str(result.raised[0]).partition(" at ")[0],
            f"asyncSetUpClass of {name} timed out after 0.02 s (setup_timeout of {Case.__qualname__})",
        )

    def test_one_that_is_driven_no_more_cannot_be_abandoned(self) -> None:
        driver = make_driver(self)
        driver.abandon(TimeoutFailure("late"))
        driver.call(asyncio.sleep(0), name="next")

    def test_what_the_watchdog_sees_of_it(self) -> None:
        driver = make_driver(self)
        self.assertEqual((driver.running_loop, driver.task), (None, None))

        async def look() -> tuple[object, object]:
            return driver.running_loop, driver.task

        running, driven = driver.call(look(), name="look")
        self.assertIs(running, driver.owner.loop)
        assert isinstance(driven, asyncio.Task)
        self.assertEqual((driven.get_name(), driver.running_loop, driver.task), ("look", None, None))
