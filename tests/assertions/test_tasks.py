"""Tasks are pending, done or cancelled as asyncio says; a block suspends, or does not; the loop is not blocked."""

import asyncio
import contextlib
import importlib.util
import itertools
import math
import os
import sys
import tempfile
import threading
import unittest
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path
from typing import Any
from unittest import mock

from aiounit import _stdlib
from aiounit.assertions.tasks import TaskAssertions
from aiounit.loops.sampler import sampler

from .stubborn import HANGING, hang
from .virtual import WAITING, AssertionTestCase, later, now, plain, virtual


async def fail() -> None:
    raise ValueError("no")


@contextlib.asynccontextmanager
async def running(coroutine: Coroutine[Any, Any, object], turns: int = 2) -> AsyncGenerator[asyncio.Task[Any], None]:
    """Run a task, some turns of the loop before the block, and cancel it after."""
    task = asyncio.create_task(coroutine, name="worker")
    for _ in range(turns):
        await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


class StateTests(AssertionTestCase):
    def assert_fails(self, message: str, assertion: Callable[..., object], *arguments: object) -> None:
        with self.assertRaises(AssertionError) as caught:
            assertion(*arguments)
        self.assertEqual(plain(caught.exception), message)

    @virtual
    async def test_pending(self) -> None:
        async with running(hang()) as task:
            self.case.assertPending(task)
            self.assert_fails(f"the task 'worker' is not done: it is {HANGING}", self.case.assertDone, task)
            self.assert_fails(f"the task 'worker' is not cancelled: it is {HANGING}", self.case.assertCancelled, task)

    @virtual
    async def test_returned(self) -> None:
        async with running(asyncio.sleep(0, "tea")) as task:
            self.case.assertDone(task)
            self.assert_fails("the task 'worker' is not pending: it returned 'tea'", self.case.assertPending, task)
            self.assert_fails("the task 'worker' is not cancelled: it returned 'tea'", self.case.assertCancelled, task)

    @virtual
    async def test_raised(self) -> None:
        async with running(fail()) as task:
            self.case.assertDone(task)
            raised = "it raised ValueError('no')"
            self.assert_fails(f"the task 'worker' is not pending: {raised}", self.case.assertPending, task)
            self.assert_fails(f"the task 'worker' is not cancelled: {raised}", self.case.assertCancelled, task)

    @virtual
    async def test_an_error_is_the_cause(self) -> None:
        async with running(fail()) as task:
            for assertion in (self.case.assertPending, self.case.assertCancelled):
                with self.subTest(assertion), self.assertRaises(AssertionError) as caught:
                    assertion(task)
                self.assertIs(caught.exception.__cause__, task.exception())

    @virtual
    async def test_cancelled(self) -> None:
        async with running(hang()) as task:
            task.cancel()
            await asyncio.wait([task])
            self.case.assertDone(task)
            self.case.assertCancelled(task)
            self.assert_fails("the task 'worker' is not pending: it was cancelled", self.case.assertPending, task)

    @virtual
    async def test_a_cancellation_that_has_not_arrived(self) -> None:
        async with running(hang()) as task:
            task.cancel()
            self.assert_fails(
                "the task 'worker' is not cancelled: it is still waiting for the next iteration of the loop\n"
                "  stubborn.py, line N, in hang: await asyncio.Event().wait()\n"
                "cancel() was called, and it has not ended since",
                self.case.assertCancelled,
                task,
            )

    @virtual
    async def test_a_future(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self.case.assertPending(future)
        self.assert_fails("the future is not done: it is still waiting", self.case.assertDone, future)
        future.cancel()
        self.case.assertCancelled(future)

    @virtual
    async def test_a_message(self) -> None:
        async with running(asyncio.sleep(0)) as task:
            for assertion in (self.case.assertPending, self.case.assertCancelled):
                with self.subTest(assertion), self.assertRaisesRegex(AssertionError, " : why$"):
                    assertion(task, "why")
        async with running(hang()) as task:
            with self.assertRaisesRegex(AssertionError, " : why$"):
                self.case.assertDone(task, msg="why")

    def test_what_is_no_future(self) -> None:
        case: Any = self.case
        for name in ("assertPending", "assertDone", "assertCancelled"):
            with self.subTest(name), self.assertRaises(TypeError) as caught:
                getattr(case, name)(3)
            self.assertEqual(str(caught.exception), f"{name}() takes a task or a future, not 3")

    def test_a_coroutine(self) -> None:
        case: Any = self.case
        with self.assertRaises(TypeError) as caught:
            case.assertPending(hang())
        self.assertEqual(
            plain(caught.exception),
            "assertPending() takes a task or a future, not <coroutine object hang at 0x>. "
            "Start it with asyncio.create_task()",
        )


class CancellableTests(AssertionTestCase):
    @virtual
    async def test_a_coroutine(self) -> None:
        await self.case.assertCancellable(hang())
        self.assertEqual(now(), 0)

    @virtual
    async def test_a_task_is_cancelled(self) -> None:
        task = asyncio.create_task(hang())
        await self.case.assertCancellable(task)
        self.assertTrue(task.cancelled())

    @virtual
    async def test_a_future(self) -> None:
        await self.case.assertCancellable(asyncio.get_running_loop().create_future())

    @virtual
    async def test_it_goes_on_to_where_it_waits(self) -> None:
        log = []

        async def work() -> None:
            for number in range(5):
                log.append(number)
                await asyncio.sleep(0)
            await hang()

        await self.case.assertCancellable(work())
        self.assertEqual(log, [0, 1, 2, 3, 4])

    @virtual
    async def test_clean_up_may_take_a_while(self) -> None:
        async def work() -> None:
            try:
                await hang()
            finally:
                await asyncio.sleep(0.5)

        await self.case.assertCancellable(work())
        self.assertEqual(now(), 0.5)

    @virtual
    async def test_what_ends_by_itself(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertCancellable(asyncio.sleep(0, "tea"), msg="why")),
            "sleep() can't be cancelled: it returned 'tea' before that : why",
        )

    @virtual
    async def test_what_fails_before(self) -> None:
        with self.assertRaises(AssertionError) as caught:
            await self.case.assertCancellable(fail())
        self.assertEqual(str(caught.exception), "fail() can't be cancelled: it raised ValueError('no') before that")
        self.assertEqual(repr(caught.exception.__cause__), "ValueError('no')")

    @virtual
    async def test_what_swallows_it(self) -> None:
        async def swallow() -> str:
            with contextlib.suppress(asyncio.CancelledError):
                await hang()
            return "tea"

        self.assertEqual(
            await self.failure(self.case.assertCancellable(swallow())),
            f"swallow() was cancelled while it was {WAITING}\n"
            "  test_tasks.py, line N, in CancellableTests.test_what_swallows_it.<locals>.swallow: await hang()\n"
            "  stubborn.py, line N, in hang: await asyncio.Event().wait()\n"
            "and did not end as cancelled: it returned 'tea'",
        )

    @virtual
    async def test_what_takes_too_long(self) -> None:
        async def work() -> None:
            try:
                await asyncio.sleep(9)
            finally:
                await hang()

        place = "  test_tasks.py, line N, in CancellableTests.test_what_takes_too_long.<locals>.work: await"
        self.assertEqual(
            await self.failure(self.case.assertCancellable(work())),
            f"work() was cancelled while it was still waiting for asyncio.sleep(9)\n{place} asyncio.sleep(9)\n"
            f"and did not end as cancelled: 1 second later, it was {WAITING}\n{place} hang()\n"
            f"  stubborn.py, line N, in hang: await asyncio.Event().wait()",
        )

    @virtual
    async def test_a_cancellation_of_the_test_goes_through_and_leaves_no_task(self) -> None:
        for turns in range(1, 5):
            async with running(self.cancellable(), turns) as task:
                task.cancel("enough")
                with self.subTest(turns=turns), self.assertRaisesRegex(asyncio.CancelledError, "^enough$"):
                    await task

    async def cancellable(self) -> None:
        async def work() -> None:
            for _ in itertools.count():
                await asyncio.sleep(0)

        await self.case.assertCancellable(work())

    def test_misuse(self) -> None:
        case: Any = self.case
        with self.assertRaisesRegex(TypeError, "^the awaitable must be a coroutine, a task or a future, not 3$"):
            case.assertCancellable(3)


class SuspensionTests(AssertionTestCase):
    @virtual
    async def test_what_suspends(self) -> None:
        with self.case.assertSuspends():
            await asyncio.sleep(0)
        with self.case.assertSuspends():
            await asyncio.wait([asyncio.create_task(asyncio.sleep(1))])

    @virtual
    async def test_what_does_not(self) -> None:
        async def nothing() -> None:
            """Return."""

        queue: asyncio.Queue[str] = asyncio.Queue()
        with self.case.assertDoesNotSuspend():
            await nothing()
            await queue.put("tea")
            await queue.get()

    @virtual
    async def test_what_was_to_suspend(self) -> None:
        with self.assertRaises(AssertionError) as caught, self.case.assertSuspends("why"):
            await asyncio.Lock().acquire()
        self.assertEqual(str(caught.exception), "the block did not suspend, so no other task could run meanwhile : why")

    @virtual
    async def test_what_was_not_to_suspend(self) -> None:
        with self.assertRaises(AssertionError) as caught, self.case.assertDoesNotSuspend("why"):
            await asyncio.sleep(0)
        self.assertEqual(
            plain(caught.exception),
            "the block suspended, waiting for the next iteration of the loop\n"
            "  test_tasks.py, line N, in SuspensionTests.test_what_was_not_to_suspend: await asyncio.sleep(0) : why",
        )

    @virtual
    async def test_what_has_suspended_before_does_not_count(self) -> None:
        await asyncio.sleep(0)
        with self.case.assertDoesNotSuspend():
            pass
        await asyncio.sleep(0)

    @virtual
    async def test_a_future_that_is_done(self) -> None:
        future = asyncio.get_running_loop().create_future()
        future.set_result("tea")
        with self.case.assertDoesNotSuspend():
            await future

    @virtual
    async def test_an_error_in_the_block_goes_through(self) -> None:
        with self.assertRaisesRegex(ValueError, "^no$"), self.case.assertSuspends():
            await fail()
        with self.assertRaisesRegex(ValueError, "^no$"), self.case.assertDoesNotSuspend():
            await asyncio.sleep(0)
            await fail()

    def test_without_a_loop(self) -> None:
        for name in ("assertSuspends", "assertDoesNotSuspend", "assertNotBlocked"):
            with self.subTest(name), self.assertRaises(RuntimeError) as caught, getattr(self.case, name)():
                pass
            self.assertEqual(
                str(caught.exception),
                f"{name}() can be entered only in an async def test, or in another task of a running loop",
            )

    def test_in_a_callback(self) -> None:
        caught: list[BaseException] = []

        def call() -> None:
            try:
                self.case.assertSuspends().__enter__()
            except RuntimeError as error:
                caught.append(error)

        async def main() -> None:
            later(0, call)
            await asyncio.sleep(0.001)

        asyncio.run(main())
        self.assertEqual(len(caught), 1)


class NotBlockedTests(AssertionTestCase):
    """On a loop of real time; a block lasts until it is noticed."""

    def new_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()

    def run_async(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        with asyncio.Runner(loop_factory=self.new_loop) as runner:
            runner.run(main())

    def block(self, watch: Any) -> None:
        self.assertTrue(watch.noticed.wait(60))

    def test_a_loop_that_turns(self) -> None:
        async def main() -> None:
            with self.case.assertNotBlocked(limit=60):
                await asyncio.sleep(0)

        self.run_async(main)

    def message(self, main: Callable[[], Coroutine[Any, Any, None]]) -> str:
        with self.assertRaises(AssertionError) as caught:
            self.run_async(main)
        return plain(caught.exception)

    def test_a_block_in_the_test(self) -> None:
        async def main() -> None:
            with self.case.assertNotBlocked(limit=0.05, msg="why") as watch:
                self.block(watch)

        self.assertRegex(
            self.message(main),
            r"^the loop was blocked for [\d.]+ seconds, more than 0\.05 seconds\n"
            r"  test_tasks.py, line N, in NotBlockedTests.block: "
            r"self.assertTrue\(watch.noticed.wait\(60\)\) : why$",
        )

    def test_a_block_in_a_callback_of_less_than_the_samplers_period(self) -> None:
        async def main() -> None:
            with self.case.assertNotBlocked(limit=0.005) as watch:
                await asyncio.sleep(0.001)
                asyncio.get_running_loop().call_soon(self.block, watch)
                await asyncio.sleep(0.001)

        self.assertRegex(self.message(main), r"^the loop was blocked for .*, more than 0\.005 seconds")

    def test_an_import_is_no_block(self) -> None:
        folder = self.enterContext(tempfile.TemporaryDirectory())
        name = f"slow_{os.getpid()}"
        Path(folder, f"{name}.py").write_text("import time\ntime.sleep(0.1)\n")
        self.enterContext(mock.patch.object(sys, "path", [*sys.path, folder]))
        self.addCleanup(sys.modules.pop, name, None)

        async def main() -> None:
            with self.case.assertNotBlocked(limit=0.05):
                importlib.import_module(name)

        self.run_async(main)

    def test_two_blocks_of_code_of_which_one_is_in_the_other(self) -> None:
        async def main() -> None:
            with self.case.assertNotBlocked(limit=60), self.case.assertNotBlocked(limit=0.05) as watch:
                self.block(watch)

        self.assertRegex(self.message(main), r"^the loop was blocked for .*, more than 0\.05 seconds\n")

    def test_loops_of_two_threads(self) -> None:
        messages: list[str] = []

        async def main() -> None:
            with self.case.assertNotBlocked(limit=0.05) as watch:
                self.block(watch)

        def run() -> None:
            messages.append(self.message(main))

        thread = threading.Thread(target=run)
        thread.start()
        run()
        thread.join()
        self.assertEqual([message[:24] for message in messages], ["the loop was blocked for"] * 2)

    def test_an_error_in_the_block_goes_through(self) -> None:
        async def main() -> None:
            with self.case.assertNotBlocked(limit=0.05) as watch:
                self.block(watch)
                raise ValueError("no")

        with self.assertRaisesRegex(ValueError, "^no$"):
            self.run_async(main)

    def test_misuse(self) -> None:
        case: Any = self.case
        for limit, kind, message in (
            ("1", TypeError, "limit must be a number of seconds, not '1'"),
            (0, ValueError, "limit must be more than 0 seconds, not 0"),
            (math.nan, ValueError, "limit must be a finite number of seconds, 0 or more, not nan"),
        ):
            with self.subTest(limit=limit), self.assertRaises(kind) as caught:
                case.assertNotBlocked(limit=limit)
            self.assertEqual(str(caught.exception), message)


class NotBlockedOfAiounitTests(NotBlockedTests):
    """The loop counts its iterations."""

    def new_loop(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        _stdlib.hooks.listen(loop, mock.Mock(), sampler.watch(60).iterations)
        return loop


@unittest.skipUnless(importlib.util.find_spec("uvloop"), "uvloop is not installed")
class NotBlockedOfUvloopTests(NotBlockedTests):
    def new_loop(self) -> asyncio.AbstractEventLoop:
        loop: asyncio.AbstractEventLoop = importlib.import_module("uvloop").new_event_loop()
        return loop


class PlainTestCaseTests(unittest.TestCase):
    def test_in_a_plain_test(self) -> None:
        class Case(TaskAssertions, unittest.IsolatedAsyncioTestCase):
            async def test(self) -> None:
                with self.assertSuspends():
                    await asyncio.sleep(0)

        result = unittest.TestResult()
        Case("test").run(result)
        self.assertTrue(result.wasSuccessful())
