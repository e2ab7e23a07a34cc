"""Suites override the private ``_callTestMethod``, as `later.unittest.TestCase` does: the override is called."""

import asyncio
import importlib.util
import unittest
from collections.abc import Callable
from typing import Any, ClassVar

from aiounit import AsyncTestCase
from tests.thirdparty.comparison import describe
from tests.thirdparty.recording import outcomes, record

# Only one of the tests needs it, and aiounit's own tests do without it elsewhere: so nothing is known of its types.
later: Any = importlib.import_module("later.unittest") if importlib.util.find_spec("later") else None


class Wrapping(unittest.IsolatedAsyncioTestCase):
    """Overrides the hook in later's way: around stdlib's, with the loop of the runner and a task factory."""

    log: ClassVar[list[str]] = []

    def _callTestMethod(self, method: Callable[..., Any]) -> None:
        hooks: Any = super()  # the stubs know no private names
        runner: asyncio.Runner = vars(self)["_asyncioRunner"]
        runner.get_loop().set_task_factory(self.make_task)
        self.log.append(f"before {method.__name__}")
        try:
            hooks._callTestMethod(method)
        finally:
            self.log.append(f"after {method.__name__}")

    def make_task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        self.log.append("task")
        return asyncio.Task(coroutine, loop=loop, **options)


class Tests(Wrapping):
    """Tests for the two orders of bases; of no base class of ours, so not found as tests here."""

    async def asyncSetUp(self) -> None:
        self.log.append("asyncSetUp")

    async def check_asynchronous(self) -> None:
        await asyncio.create_task(asyncio.sleep(0))

    def check_synchronous(self) -> None:
        asyncio.run(asyncio.sleep(0))  # works only if no loop is running


class OverriddenHookTest(unittest.TestCase):
    def test_it_is_called_around_the_test_in_either_order_of_bases(self) -> None:
        class First(AsyncTestCase, Tests):
            test_asynchronous = Tests.check_asynchronous
            test_synchronous = Tests.check_synchronous

        class Last(Tests, AsyncTestCase):
            test_asynchronous = Tests.check_asynchronous
            test_synchronous = Tests.check_synchronous

        expected = ["asyncSetUp", "before check_asynchronous", "task", "after check_asynchronous"]
        expected += ["asyncSetUp", "before check_synchronous", "after check_synchronous"]
        for kind in (First, Last):
            with self.subTest(kind=kind):
                Wrapping.log.clear()
                self.assertEqual({"test_asynchronous": "addSuccess", "test_synchronous": "addSuccess"}, outcomes(kind))
                self.assertEqual(expected, Wrapping.log)

    def test_an_exception_of_the_test_passes_through_it(self) -> None:
        class Case(AsyncTestCase, Wrapping):
            async def test(self) -> None:
                self.fail("on purpose")

        Wrapping.log.clear()
        self.assertEqual({"test": "addFailure AssertionError"}, outcomes(Case))
        self.assertEqual(["before test", "after test"], Wrapping.log)


@unittest.skipIf(later is None, "later isn't installed")
class LaterTest(unittest.TestCase):
    def test_it_finds_the_tasks_that_nobody_awaited(self) -> None:
        class First(AsyncTestCase, later.TestCase):  # type: ignore[misc]  # as said above
            async def test_leak(self) -> None:
                self.task = asyncio.create_task(asyncio.sleep(0))

            async def test_success(self) -> None:
                await asyncio.create_task(asyncio.sleep(0))

        class Last(later.TestCase, AsyncTestCase):  # type: ignore[misc]  # as said above
            async def test_leak(self) -> None:
                self.task = asyncio.create_task(asyncio.sleep(0))

            async def test_success(self) -> None:
                await asyncio.create_task(asyncio.sleep(0))

        for kind in (First, Last):
            with self.subTest(kind=kind):
                events = record(kind)
                self.assertEqual("startTest, addFailure AssertionError, stopTest", describe(events["test_leak"]))
                self.assertIn("left over un-awaited tasks", events["test_leak"][1].message)
                self.assertEqual("startTest, addSuccess, stopTest", describe(events["test_success"]))
