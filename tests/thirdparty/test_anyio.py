"""anyio's scopes and task groups, entered in ``asyncSetUp``: they act on the test as they would around its body."""

import asyncio
import unittest

from aiounit import AsyncTestCase
from tests.thirdparty.comparison import describe
from tests.thirdparty.recording import outcomes, record

try:
    import anyio.lowlevel
except ImportError:
    raise unittest.SkipTest("anyio isn't installed") from None

SOON = 0.01  # a real wait, in seconds: how long a scope lets a test that never ends run


class ScopesTest(unittest.TestCase):
    def test_fail_after_ends_the_test_with_its_timeout_error(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(anyio.fail_after(SOON))
                self.addAsyncCleanup(self.clean_up)

            async def clean_up(self) -> None:
                log.append("cleanup")

            async def test(self) -> None:
                try:
                    await anyio.sleep_forever()
                except asyncio.CancelledError:
                    log.append("cancelled")
                    raise

            async def asyncTearDown(self) -> None:
                log.append("asyncTearDown")

        self.assertEqual({"test": "addError TimeoutError"}, outcomes(Case))
        self.assertEqual(["cancelled", "asyncTearDown", "cleanup"], log)

    def test_fail_after_leaves_a_test_that_ends_in_time_alone(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(anyio.fail_after(60))

            async def test(self) -> None:
                await anyio.lowlevel.checkpoint()

        self.assertEqual({"test": "addSuccess"}, outcomes(Case))

    def test_move_on_after_can_end_the_test_but_not_make_it_pass(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.scope = await self.enter(anyio.move_on_after(SOON))

            async def test(self) -> None:
                await anyio.sleep_forever()

            def tearDown(self) -> None:
                log.append(f"tearDown, cancelled: {self.scope.cancel_called}")

        self.assertEqual({"test": "addError asyncio.exceptions.CancelledError"}, outcomes(Case))
        self.assertEqual(["tearDown, cancelled: True"], log)

    def test_move_on_after_inside_a_test(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                with anyio.move_on_after(SOON) as scope:
                    await anyio.sleep_forever()
                self.assertTrue(scope.cancelled_caught)

        self.assertEqual({"test": "addSuccess"}, outcomes(Case))


class TaskGroupTest(unittest.TestCase):
    def test_children_run_beside_the_test_until_they_are_cancelled(self) -> None:
        log: list[str] = []

        async def serve(send: anyio.Event, answer: anyio.Event) -> None:
            await send.wait()
            answer.set()
            try:
                await anyio.sleep_forever()
            finally:
                log.append("child cancelled")

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.send, self.answer = anyio.Event(), anyio.Event()
                self.tasks = await self.enter(anyio.create_task_group())
                self.tasks.start_soon(serve, self.send, self.answer)

            async def test(self) -> None:
                self.send.set()
                await self.answer.wait()

            async def asyncTearDown(self) -> None:
                self.tasks.cancel_scope.cancel()

        self.assertEqual({"test": "addSuccess"}, outcomes(Case))
        self.assertEqual(["child cancelled"], log)

    def test_a_child_that_fails_ends_the_test(self) -> None:
        async def fail() -> None:
            raise OSError("child")

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.tasks = await self.enter(anyio.create_task_group())

            async def test(self) -> None:
                self.tasks.start_soon(fail)
                await anyio.sleep_forever()

        events = record(Case)["test"]
        self.assertEqual("startTest, addError ExceptionGroup, stopTest", describe(events))
        self.assertIn("OSError: child", events[1].traceback)

    def test_a_failure_of_the_test_cancels_the_children(self) -> None:
        log: list[str] = []

        async def child() -> None:
            try:
                await anyio.sleep_forever()
            finally:
                log.append("child cancelled")

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.tasks = await self.enter(anyio.create_task_group())
                self.tasks.start_soon(child)

            async def test(self) -> None:
                await anyio.lowlevel.checkpoint()
                self.fail("on purpose")

        self.assertEqual({"test": "addFailure AssertionError"}, outcomes(Case))
        self.assertEqual(["child cancelled"], log)
