"""Closing a loop: what is left on it is ended in bounded time, and what goes wrong is reported on the test."""

import asyncio
import signal
import threading
import unittest
from collections.abc import AsyncGenerator
from typing import Any

from aiounit import AsyncTestCase, CloseError, closing
from tests.support import outcome, run

TIMEOUT = 0.02


class Lax(AsyncTestCase):
    """Leaves something on its loop, which is what the tests are about."""

    checks = {"all": "off"}


async def start(generator: AsyncGenerator[Any, None]) -> None:
    """Start a generator on the running loop, which then knows of it."""
    await anext(generator)


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


class BoundTest(unittest.TestCase):
    """What does not end in time is given up and named."""

    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)
        before = len(closing._abandoned)
        self.addCleanup(closing._abandoned.__delitem__, slice(before, None))

    def close(self, coroutine: Any) -> list[BaseException]:
        """Start a coroutine on the loop as a task that is left behind, and close the loop."""
        self.task = self.loop.create_task(coroutine, name="stubborn")
        self.loop.run_until_complete(asyncio.sleep(0))
        return closing.close(self.loop, TIMEOUT)

    def test_a_task_that_swallows_its_cancellation(self) -> None:
        stubborn = True

        async def background() -> None:
            while stubborn:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    continue

        errors = self.close(background())
        self.assertEqual(
            [(type(error), str(error)) for error in errors],
            [
                (
                    CloseError,
                    f"task 'stubborn' is still running 0.02 s after the end of the test, and given up: "
                    f"{self.task.get_coro()!r}",
                )
            ],
        )
        stubborn = False  # or the coroutine would spin for ever when it is collected

    def test_the_loop_is_closed_all_the_same(self) -> None:
        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.Event().wait()

        self.close(background())
        self.assertTrue(self.loop.is_closed())

    def test_a_generator_that_does_not_close(self) -> None:
        async def numbers() -> AsyncGenerator[int, None]:
            try:
                yield 1
            finally:
                await asyncio.Event().wait()

        self.numbers = numbers()
        errors = self.close(start(self.numbers))
        self.assertRegex(str(errors[0]), "^asynchronous generators are still running 0.02 s after the end of the test")

    def test_a_job_of_the_executor_that_does_not_end(self) -> None:
        event = threading.Event()
        self.addCleanup(event.set)
        errors = self.close(asyncio.to_thread(event.wait))
        self.assertRegex(
            str(errors[0]), "^jobs of the default executor are still running 0.02 s after the end of the test"
        )

    def test_ctrl_c_is_not_swallowed(self) -> None:
        async def background() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                signal.raise_signal(signal.SIGINT)

        with self.assertRaises(KeyboardInterrupt):
            self.close(background())


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
        closing.close(loop, TIMEOUT)

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
