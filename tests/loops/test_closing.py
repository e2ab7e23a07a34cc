"""Closing a loop: what is left on it is ended in bounded time, and what goes wrong is reported on the test."""

import asyncio
import inspect
import signal
import threading
import unittest
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, LoopCloseError, TimeoutFailure, _stdlib, settings
from aiounit.introspect import awaits, descriptions, places
from aiounit.limits import escalation
from aiounit.limits.alarms import Interrupt
from aiounit.loops import closing
from aiounit.loops.executor import DaemonExecutor
from tests.support import outcome, run

TIMEOUT = 0.02


class Lax(AsyncTestCase):
    """Leaves something on its loop, which is what the tests are about."""

    checks = {"all": "off"}


async def start(generator: AsyncGenerator[Any, None]) -> None:
    """Start a generator on the running loop, which then knows of it."""
    await anext(generator)


def line_of(function: Callable[..., object], text: str = "self.lock.acquire()") -> int:
    """Return the number of the line of a function that holds a text."""
    lines, first = inspect.getsourcelines(function)
    return next(first + index for index, line in enumerate(lines) if text in line)


class LeftoverTest(unittest.TestCase):
    """What a test leaves on its loop."""

    def test_leftover_tasks_are_cancelled(self) -> None:
        log: list[str] = []

        async def background() -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                log.append("cancelled")
                raise

        class Case(Lax):
            async def test(self) -> None:
                self.task = asyncio.create_task(background())
                await asyncio.sleep(0)

        run(Case, log)
        self.assertEqual(log, ["startTest", "cancelled", "addSuccess", "stopTest"])

    def test_tasks_that_await_each_other_are_cancelled(self) -> None:
        log: list[str] = []
        tasks: list[asyncio.Task[None]] = []

        async def work(other: int) -> None:
            await asyncio.sleep(0)
            try:
                await tasks[other]
            except asyncio.CancelledError:
                log.append(f"cancelled while waiting for {other}")
                raise

        class Case(Lax):
            async def test(self) -> None:
                tasks.extend(asyncio.create_task(work(other)) for other in (1, 0))
                await asyncio.sleep(0.001)

        run(Case, log)
        cancelled = ["cancelled while waiting for 0", "cancelled while waiting for 1"]
        self.assertEqual([log[0], *sorted(log[1:3]), *log[3:]], ["startTest", *cancelled, "addSuccess", "stopTest"])

    def test_all_leftover_tasks_are_waited_for(self) -> None:
        log: list[str] = []

        async def background(turns: int) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                for _ in range(turns):
                    await asyncio.sleep(0)
                log.append(f"ended after {turns}")

        class Case(Lax):
            async def test(self) -> None:
                self.tasks = [asyncio.create_task(background(turns)) for turns in (1, 9)]
                await asyncio.sleep(0)

        run(Case, log)
        self.assertEqual(log, ["startTest", "ended after 1", "ended after 9", "addSuccess", "stopTest"])

    def test_an_error_of_a_leftover_task_is_the_test_s(self) -> None:
        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                raise ValueError("background")

        class Case(Lax):
            async def test(self) -> None:
                self.task = asyncio.create_task(background(), name="heartbeat")
                await asyncio.sleep(0)

        result = run(Case)
        self.assertEqual(result.log[1:-1], ["addError ValueError('background')"])
        self.assertRegex(
            result.text(),
            r"ValueError: background\nraised by task 'heartbeat' when it was cancelled at the end of the test\n",
        )

    def test_a_system_exit_of_a_leftover_task_is_reported_once(self) -> None:
        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                raise SystemExit(3)

        class Case(Lax):
            async def test(self) -> None:
                self.task = asyncio.create_task(background())
                await asyncio.sleep(0)

        self.assertEqual(outcome(Case), ["addError SystemExit(3)"])

    def test_a_system_exit_of_a_callback_is_reported(self) -> None:
        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                asyncio.get_running_loop().call_soon(exit, 3)

        class Case(Lax):
            async def test(self) -> None:
                self.task = asyncio.create_task(background())
                await asyncio.sleep(0)

        self.assertEqual(outcome(Case), ["addError SystemExit(3)"])

    def test_a_leftover_task_that_stops_the_loop_is_waited_for(self) -> None:
        log: list[str] = []

        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                asyncio.get_running_loop().stop()
                await asyncio.sleep(0)
                log.append("ended")

        class Case(Lax):
            async def test(self) -> None:
                self.task = asyncio.create_task(background())
                await asyncio.sleep(0)

        run(Case, log)
        self.assertEqual(log, ["startTest", "ended", "addSuccess", "stopTest"])

    def test_what_the_test_scheduled_last_still_happens(self) -> None:
        log: list[str] = []

        class Case(Lax):
            async def test(self) -> None:
                asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, log.append, "called")

        run(Case, log)
        self.assertEqual(log, ["startTest", "called", "addSuccess", "stopTest"])

    def test_the_callbacks_of_the_test_s_own_task_run(self) -> None:
        log: list[str] = []

        class Case(Lax):
            async def test(self) -> None:
                task = asyncio.current_task()
                assert task is not None
                task.add_done_callback(lambda _: log.append("done"))

        run(Case, log)
        self.assertEqual(log, ["startTest", "done", "addSuccess", "stopTest"])

    def test_what_is_always_scheduled_again_does_not_go_on_for_ever(self) -> None:
        calls: list[None] = []

        def again(loop: asyncio.AbstractEventLoop) -> None:
            calls.append(None)
            loop.call_soon(again, loop)

        class Case(Lax):
            async def test(self) -> None:
                again(asyncio.get_running_loop())

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertLess(len(calls), 20)

    def test_a_callback_that_raises_system_exit_at_the_end_is_reported(self) -> None:
        class Case(Lax):
            async def test(self) -> None:
                asyncio.get_running_loop().call_soon(asyncio.get_running_loop().call_soon, exit, 3)

        self.assertEqual(outcome(Case), ["addError SystemExit(3)"])

    def test_asynchronous_generators_are_closed(self) -> None:
        log: list[str] = []

        async def numbers() -> AsyncGenerator[int, None]:
            try:
                yield 1
            finally:
                await asyncio.sleep(0)
                log.append("closed")

        class Case(Lax):
            async def test(self) -> None:
                self.numbers = numbers()
                await anext(self.numbers)

        run(Case, log)
        self.assertEqual(log, ["startTest", "closed", "addSuccess", "stopTest"])

    def test_an_error_on_closing_a_generator_is_the_test_s(self) -> None:
        async def numbers() -> AsyncGenerator[int, None]:
            try:
                yield 1
            finally:
                raise ValueError("numbers")

        class Case(Lax):
            async def test(self) -> None:
                self.numbers = numbers()
                await anext(self.numbers)

        result = run(Case)
        self.assertEqual(result.log[1:-1], ["addError ValueError('numbers')"])
        self.assertRegex(result.text(), r"raised by <async_generator .*> when it was closed at the end of the test")

    def test_the_executor_is_shut_down(self) -> None:
        threads: list[threading.Thread] = []

        class Case(Lax):
            async def test(self) -> None:
                threads.append(await asyncio.to_thread(threading.current_thread))

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertFalse(threads[0].is_alive())

    def test_an_error_spoils_the_expected_failure(self) -> None:
        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                raise ValueError("background")

        class Case(Lax):
            @unittest.expectedFailure
            async def test(self) -> None:
                self.task = asyncio.create_task(background())
                await asyncio.sleep(0)
                self.fail("expected")

        self.assertEqual(outcome(Case), ["addError ValueError('background')"])


class CloseTestCase(unittest.TestCase):
    """Closes a loop with a small budget."""

    seconds: float | None = TIMEOUT

    def setUp(self) -> None:
        wanted = settings.Settings(teardown_timeout=self.seconds)
        self.enterContext(mock.patch.object(settings, "current", return_value=wanted))
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)
        self.executor = DaemonExecutor()
        self.loop.set_default_executor(self.executor)
        before = len(closing._abandoned)
        self.addCleanup(closing._abandoned.__delitem__, slice(before, None))

    def leave(self, coroutine: Any) -> None:
        """Start a coroutine on the loop as a task that is left behind."""
        self.task = self.loop.create_task(coroutine, name="stubborn")
        self.loop.run_until_complete(asyncio.sleep(0))

    def close(self, coroutine: Any) -> list[BaseException]:
        """Start a coroutine on the loop as a task that is left behind, and close the loop."""
        self.leave(coroutine)
        return closing.close(self.loop, self.executor)

    def assert_abandoned(self, errors: list[BaseException], what: str, details: str) -> None:
        """Assert that these are the errors of one thing that did not end."""
        self.assertEqual(
            [(type(error), str(error)) for error in errors],
            [(LoopCloseError, f"{what} still running 0.02 s after the end of the test, and abandoned:{details}")],
        )


class EndTest(CloseTestCase):
    """What ends, however slow the machine is."""

    seconds = 60.0

    def test_an_executor_of_the_users_that_ends(self) -> None:
        self.loop.set_default_executor(ThreadPoolExecutor(1))
        self.assertEqual(self.close(asyncio.to_thread(int)), [])

    def test_ctrl_c_while_jobs_are_waited_for_abandons_them(self) -> None:
        async def shut_down() -> None:
            self.loop.call_soon(signal.raise_signal, signal.SIGINT)

        self.executor.submit(int).result()
        self.loop.shutdown_default_executor = shut_down  # type: ignore[method-assign]
        with mock.patch.object(DaemonExecutor, "abandon") as abandon:
            with self.assertRaises(KeyboardInterrupt):
                closing.close(self.loop, self.executor)
            self.assertEqual(abandon.call_count, 1)
            self.loop.set_default_executor(ThreadPoolExecutor(1))
            with self.assertRaises(KeyboardInterrupt):
                closing.close(self.loop, self.executor)
            self.assertEqual(abandon.call_count, 1)  # one of the user's can't be


async def wait_for_ever_at_last() -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.Event().wait()


async def one(close: Callable[[], Awaitable[object]]) -> AsyncGenerator[int, None]:
    """Yield once, and wait for what ``close`` returns when it is closed."""
    try:
        yield 1
    finally:
        await close()


class BoundTest(CloseTestCase):
    """What does not end in time is abandoned and named."""

    def test_a_task_that_swallows_its_cancellation(self) -> None:
        stubborn = True

        async def background() -> None:
            while stubborn:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    continue

        errors = self.close(background())
        self.assert_abandoned(errors, "task 'stubborn' is", f"\n{descriptions.describe_task(self.task)}")
        stubborn = False  # or the coroutine would spin for ever when it is collected

    def test_the_loop_is_closed_all_the_same(self) -> None:
        self.close(wait_for_ever_at_last())
        self.assertTrue(self.loop.is_closed())

    def test_a_task_that_was_abandoned_before_is_not_waited_for_again(self) -> None:
        self.leave(wait_for_ever_at_last())
        closing.end(self.loop, {self.task})
        self.assertEqual(closing.close(self.loop, self.executor), [])

    def test_a_timer_that_is_called_just_before_its_time(self) -> None:
        self.leave(wait_for_ever_at_last())
        self.loop.call_at(self.loop.time() + 1, self.loop.stop)  # if it is waited for again
        with (
            mock.patch.object(self.loop, "call_later", lambda _seconds, function: self.loop.call_soon(function)),
            mock.patch.object(self.loop, "run_forever", wraps=self.loop.run_forever) as runs,
        ):
            closing.end(self.loop, {self.task})
        self.assertEqual(runs.call_count, 1)

    def test_a_clock_that_stands_still(self) -> None:
        self.enterContext(mock.patch.object(self.loop, "time", return_value=self.loop.time()))
        errors = self.close(wait_for_ever_at_last())
        self.assert_abandoned(errors, "task 'stubborn' is", f"\n{descriptions.describe_task(self.task)}")

    def test_a_generator_that_does_not_close(self) -> None:
        self.numbers = one(asyncio.Event().wait)
        errors = self.close(start(self.numbers))
        text = places.format_places(awaits.await_chain(self.numbers))
        self.assertIn("    await close()\n", text)
        self.assert_abandoned(errors, "asynchronous generators are", f"\n{text}")

    def test_a_generator_of_an_abandoned_task_is_no_error_of_its_own(self) -> None:
        async def iterate() -> None:
            async for _ in generate():
                pass

        async def generate() -> AsyncGenerator[None, None]:
            await wait_for_ever_at_last()
            yield

        errors = self.close(iterate())
        self.assert_abandoned(errors, "task 'stubborn' is", f"\n{descriptions.describe_task(self.task)}")

    def test_a_job_of_the_executor_that_does_not_end(self) -> None:
        event = threading.Event()
        self.addCleanup(event.set)

        def job() -> None:
            event.wait()

        errors = self.close(asyncio.to_thread(job))
        line = job.__code__.co_firstlineno + 1
        name = f"{__name__}.{job.__qualname__}"
        place = places.Place(__file__, line, job.__qualname__, __name__)
        self.assert_abandoned(
            errors, "jobs of the default executor are", f"\n  {name} in thread 'asyncio_0', at {place}"
        )

    def test_a_job_of_an_executor_of_the_users(self) -> None:
        event = threading.Event()
        self.addCleanup(event.set)
        self.loop.set_default_executor(ThreadPoolExecutor(1))
        errors = self.close(asyncio.to_thread(event.wait))
        shutdown = closing._abandoned[-1]
        self.assert_abandoned(errors, "jobs of the default executor are", f" {shutdown.get_coro()!r}")

    def test_ctrl_c_is_not_swallowed(self) -> None:
        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                signal.raise_signal(signal.SIGINT)

        with self.assertRaises(KeyboardInterrupt):
            self.close(background())


class OwnExecutorTest(CloseTestCase):
    """A loop that makes its executor at its first job."""

    def setUp(self) -> None:
        super().setUp()
        self.loop = _stdlib.recycled.new_loop()
        self.addCleanup(self.loop.close)

    def test_without_a_job(self) -> None:
        self.assertEqual(closing.close(self.loop, None), [])

    def test_with_a_job_that_has_ended(self) -> None:
        self.leave(asyncio.to_thread(int))
        self.assertEqual(closing.close(self.loop, None), [])
        self.assertTrue(self.loop.is_closed())

    def test_with_a_job_that_does_not_end(self) -> None:
        event = threading.Event()
        self.addCleanup(event.set)
        self.leave(asyncio.to_thread(event.wait))
        errors = closing.close(self.loop, None)
        self.assertRegex(str(errors[-1]), r"^jobs of the default executor are .* abandoned:\n  threading.Event.wait in")

    def test_which_has_none_yet_and_something_else_is_left(self) -> None:
        self.leave(asyncio.sleep(60))
        self.assertEqual(closing.close(self.loop, None), [])


class UnlimitedTest(CloseTestCase):
    """Where there is no limit, everything is waited for."""

    seconds = None

    def test_a_task_that_takes_long(self) -> None:
        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                for _ in range(99):
                    await asyncio.sleep(0)

        errors = self.close(background())
        self.assertEqual((errors, self.task.done()), ([], True))


class BlockedTest(CloseTestCase):
    """What blocks the loop while it is closed is interrupted."""

    def setUp(self) -> None:
        super().setUp()
        self.lock = threading.Lock()
        self.lock.acquire()
        for name in ("GRACE", "PATIENCE"):
            self.enterContext(mock.patch.object(escalation, name, TIMEOUT))

    def assert_blocked(self, errors: list[BaseException], function: Any) -> None:
        """Assert that these are the errors of one function whose line after the first blocked."""
        place = places.Place(__file__, line_of(function), function.__qualname__, __name__)
        self.assertEqual(
            [(type(error), str(error).partition("\n")[0]) for error in errors],
            [
                (
                    TimeoutFailure,
                    "closing the loop timed out after 0.02 s (the setting teardown_timeout): the event loop was "
                    f"blocked at {place}",
                )
            ],
        )

    def test_a_task(self) -> None:
        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                self.lock.acquire()

        self.assert_blocked(self.close(background()), background)

    def test_a_callback(self) -> None:
        def callback() -> None:
            self.lock.acquire()

        self.loop.call_soon(callback)
        with self.assertLogs("asyncio"):
            errors = closing.close(self.loop, self.executor)
        self.assert_blocked(errors, callback)

    def test_an_interrupt_that_comes_out_of_the_loop_is_no_error_of_its_own(self) -> None:
        self.loop.call_soon(print)
        with mock.patch.object(self.loop, "run_forever", side_effect=Interrupt):
            self.assertEqual(closing.close(self.loop, self.executor), [])


class HandlerTest(unittest.TestCase):
    """The loop's exception handler, while generators are closed."""

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        async def numbers() -> AsyncGenerator[int, None]:
            try:
                yield 1
            finally:
                asyncio.get_running_loop().call_exception_handler({"message": "other"})

        self.numbers = numbers()
        loop.run_until_complete(start(self.numbers))
        closing.close(loop, DaemonExecutor())

    def test_the_user_s_own_goes_on_getting_the_rest(self) -> None:
        contexts: list[dict[str, Any]] = []
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(lambda _, context: contexts.append(context))
        self.close(loop)
        self.assertEqual(contexts, [{"message": "other"}])

    def test_the_default_one_goes_on_getting_the_rest(self) -> None:
        with self.assertLogs("asyncio") as logs:
            self.close(asyncio.new_event_loop())
        self.assertEqual(logs.output, ["ERROR:asyncio:other"])
