"""One class has all the assertions, and goes with every test case."""

import asyncio
import unittest

from aiounit import AsyncTestCase
from aiounit.assertions.asynchronous import AsyncAssertions

from ..support import outcome
from .virtual import plain

NAMES = {
    "assertCancellable",
    "assertCancelled",
    "assertCompletesWithin",
    "assertConsistently",
    "assertConsistentlyPasses",
    "assertDoesNotSuspend",
    "assertDone",
    "assertEventually",
    "assertEventuallyEqual",
    "assertEventuallyPasses",
    "assertLoopError",
    "assertNoWarnings",
    "assertNotBlocked",
    "assertPending",
    "assertRaisesGroup",
    "assertSuspends",
    "assertTimesOut",
    "assertYields",
    "stream",
}


class AsyncAssertionsTests(unittest.TestCase):
    def test_what_it_has(self) -> None:
        names = {name for name in dir(AsyncAssertions) if not name.startswith("_")}
        self.assertEqual(names - set(dir(unittest.TestCase)), NAMES)

    def test_it_takes_no_private_names_from_its_users(self) -> None:
        names = {name for name in dir(AsyncAssertions) if name.startswith("_") and not name.startswith("_aiounit_")}
        self.assertEqual(names - set(dir(NotEnteredTests)), set())

    def test_it_goes_with_every_test_case(self) -> None:
        async def test(case: AsyncAssertions) -> None:
            await case.assertEventually(lambda: True)
            await case.assertCompletesWithin(asyncio.sleep(0), 60)
            source: asyncio.Queue[str] = asyncio.Queue()
            async with case.stream(source) as stream:
                await stream.expect_nothing()

        for bases in (
            (AsyncAssertions, unittest.IsolatedAsyncioTestCase),
            (unittest.IsolatedAsyncioTestCase, AsyncAssertions),
            (AsyncTestCase, AsyncAssertions),
        ):
            with self.subTest(bases=bases):
                self.assertEqual(outcome(type("Case", bases, {"test": test})), ["addSuccess"])

    def test_it_goes_with_synchronous_tests(self) -> None:
        class Case(AsyncAssertions, unittest.TestCase):
            def test(self) -> None:
                with self.assertNoWarnings(), self.assertRaisesGroup(KeyError):
                    raise ExceptionGroup("one", [KeyError("tea")])

            def test_that_runs_a_loop(self) -> None:
                asyncio.run(self.wait())

            async def wait(self) -> None:
                await self.assertEventually(lambda: True)

        self.assertEqual([outcome(Case), outcome(Case, "test_that_runs_a_loop")], [["addSuccess"]] * 2)


class NotEnteredTests(unittest.TestCase):
    """A context manager that nobody enters asserts nothing, and fails the test."""

    def complaint(self, name: str, *arguments: object) -> list[str]:
        async def test(case: AsyncAssertions) -> None:
            getattr(case, name)(*arguments)

        kind = type("Case", (AsyncAssertions, unittest.IsolatedAsyncioTestCase), {"test": test})
        return [plain(Exception(event)) for event in outcome(kind)]

    def test_each_of_them(self) -> None:
        for name, keyword, arguments in (
            ("assertDoesNotSuspend", "with", ()),
            ("assertLoopError", "async with", (KeyError,)),
            ("assertNoWarnings", "with", ()),
            ("assertNotBlocked", "with", ()),
            ("assertRaisesGroup", "with", (KeyError,)),
            ("assertSuspends", "with", ()),
            ("stream", "async with", (asyncio.Queue(),)),
        ):
            with self.subTest(name):
                self.assertEqual(
                    self.complaint(name, *arguments),
                    [
                        f"addFailure AssertionError('{name}() in NotEnteredTests.complaint.<locals>.test "
                        f"(test_asynchronous.py, line N) was never entered, so it has asserted nothing. "
                        f'Put "{keyword}" before it\')'
                    ],
                )
