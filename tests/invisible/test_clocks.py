"""A clock that a test freezes or breaks is the test's: limits ring in real time, and the run goes on."""

import asyncio
import importlib.util
import re
import threading
import time
import unittest
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.limits import ctrl_c
from aiounit.loops import factory
from tests.checks.support import QuietTestCase
from tests.support import Events

SHORT = 0.1


def frozen() -> AbstractContextManager[Any]:
    return mock.patch("time.monotonic", return_value=0.0)


def exhausted() -> AbstractContextManager[Any]:
    return mock.patch("time.monotonic", side_effect=[0.0])


def raising() -> AbstractContextManager[Any]:
    return mock.patch("time.monotonic", side_effect=ZeroDivisionError)


def no_number() -> AbstractContextManager[Any]:
    return mock.patch("time.monotonic")


def by_freezegun() -> AbstractContextManager[Any]:
    freezer: AbstractContextManager[Any] = importlib.import_module("freezegun").freeze_time("2030-01-01")
    return freezer


def by_time_machine() -> AbstractContextManager[Any]:
    travel: AbstractContextManager[Any] = importlib.import_module("time_machine").travel("2030-01-01", tick=False)
    return travel


def is_there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


class Suites:
    """Keeps them from the loader."""

    class Hangs(AsyncTestCase):
        timeout = SHORT

        async def test_1_waits(self) -> None:
            await asyncio.Event().wait()

        def test_2_blocks(self) -> None:
            threading.Event().wait()

    class Last(AsyncTestCase):
        async def test_last(self) -> None:
            await asyncio.sleep(0)


def run(*kinds: type[unittest.TestCase]) -> Events:
    """Run the tests of some classes as the runner does, class fixtures included."""
    result = Events()
    loader = unittest.defaultTestLoader
    unittest.TestSuite([*map(loader.loadTestsFromTestCase, kinds), loader.loadTestsFromTestCase(Suites.Last)]).run(
        result
    )
    return result


def outcomes(result: Events) -> list[str]:
    """Return the outcomes, each with the type of its error."""
    return [re.split("[:(]", event)[0] for event in result.log if event.startswith("add")]


class FrozenTests(unittest.TestCase):
    """Tests that hang while the clock stands still fail at their limits, and the next one runs."""

    def check(self, freeze: Callable[[], AbstractContextManager[Any]]) -> None:
        class InSetUp(Suites.Hangs):
            def setUp(self) -> None:
                self.enterContext(freeze())

        class InTest(Suites.Hangs):
            async def test_1_waits(self) -> None:
                with freeze():
                    await asyncio.Event().wait()

            def test_2_blocks(self) -> None:
                with freeze():
                    threading.Event().wait()

        class ForClass(Suites.Hangs):
            @classmethod
            def setUpClass(cls) -> None:
                cls.enterClassContext(freeze())

        for kind in (InSetUp, InTest, ForClass):
            with self.subTest(kind.__name__):
                result = run(kind)
                failed = ["addFailure TimeoutFailure"] * 2
                self.assertEqual(outcomes(result), [*failed, "addSuccess"])

    def test_by_a_mock(self) -> None:
        self.check(frozen)

    @unittest.skipUnless(is_there("freezegun"), "needs freezegun")
    def test_by_freezegun(self) -> None:
        self.check(by_freezegun)

    @unittest.skipUnless(is_there("time_machine"), "needs time-machine")
    def test_by_time_machine(self) -> None:
        self.check(by_time_machine)

    @unittest.skipUnless(is_there("freezegun"), "needs freezegun")
    def test_a_class_that_freezegun_decorates(self) -> None:
        decorated = importlib.import_module("freezegun").freeze_time("2030-01-01")(
            type("Decorated", (Suites.Hangs,), {})
        )
        self.assertEqual(outcomes(run(decorated)), [*["addFailure TimeoutFailure"] * 2, "addSuccess"])

    def test_a_sleep_waits_for_the_clock_of_the_loop(self) -> None:
        class Sleeps(AsyncTestCase):
            timeout = SHORT

            async def test(self) -> None:
                with frozen():
                    await asyncio.sleep(0.001)

        self.assertEqual(outcomes(run(Sleeps)), ["addFailure TimeoutFailure", "addSuccess"])

    def test_what_is_left_behind_is_waited_for_in_real_time(self) -> None:
        class Leaks(AsyncTestCase):
            @classmethod
            def setUpClass(cls) -> None:
                cls.enterClassContext(frozen())

            async def test(self) -> None:
                self.task = asyncio.create_task(asyncio.Event().wait())
                await asyncio.sleep(0)

        begin = time.monotonic()
        self.assertEqual(outcomes(run(Leaks)), ["addError FindingError", "addSuccess"])
        self.assertLess(time.monotonic() - begin, 30)


class BrokenTests(QuietTestCase):
    """A loop that can't run because its clock raises errors is an error of the test, whose clean-up runs."""

    def run_broken(self, break_clock: Callable[[], AbstractContextManager[Any]]) -> tuple[list[str], list[str]]:
        """Return the outcomes of a test that breaks its clock in setUp, and what of its clean-up has run."""
        log: list[str] = []

        class Breaks(AsyncTestCase):
            timeout = SHORT

            def setUp(self) -> None:
                self.addCleanup(log.append, "cleanup")
                self.enterContext(break_clock())

            async def test(self) -> None:
                await asyncio.sleep(0.001)

            def tearDown(self) -> None:
                log.append("tearDown")

        return outcomes(run(Breaks)), log

    def test_the_clean_up_runs_and_the_run_goes_on(self) -> None:
        for break_clock in (exhausted, raising, no_number):
            with self.subTest(break_clock.__name__):
                result, log = self.run_broken(break_clock)
                self.assertIn(result[0].partition(" ")[0], {"addError", "addFailure"})
                self.assertEqual((result[-1], log), ("addSuccess", ["tearDown", "cleanup"]))

    def test_each_step_that_can_not_run_is_one_error(self) -> None:
        class Breaks(AsyncTestCase):
            def setUp(self) -> None:
                self.enterContext(raising())

            async def test(self) -> None:
                """Never begins."""

            async def asyncTearDown(self) -> None:
                """Never begins either."""

        self.assertEqual(outcomes(run(Breaks)), [*["addError ZeroDivisionError"] * 2, "addSuccess"])

    def test_a_clock_that_is_broken_for_the_class(self) -> None:
        class Breaks(AsyncTestCase):
            @classmethod
            def setUpClass(cls) -> None:
                cls.enterClassContext(raising())

            async def test_1(self) -> None:
                """Never begins."""

            def test_2(self) -> None:
                """Needs no loop."""

        self.assertEqual(outcomes(run(Breaks)), ["addError ZeroDivisionError", "addSuccess", "addSuccess"])

    def test_a_block_of_the_test_puts_its_clock_back(self) -> None:
        for break_clock in (exhausted, raising):
            with self.subTest(break_clock.__name__):

                class Breaks(AsyncTestCase):
                    async def test(self, break_clock: Callable[[], AbstractContextManager[Any]] = break_clock) -> None:
                        with break_clock():
                            for _ in range(5):
                                await asyncio.sleep(0)

                first, last = outcomes(run(Breaks))
                self.assertIn(first.partition(" ")[0], {"addError", "addFailure"})
                self.assertEqual(last, "addSuccess")

    def test_what_such_a_block_raises_is_reported(self) -> None:
        class Breaks(AsyncTestCase):
            async def test(self) -> None:
                try:
                    with raising():
                        await asyncio.sleep(0)
                finally:
                    raise ValueError("no")

        self.assertEqual(outcomes(run(Breaks)), ["addError ZeroDivisionError", "addError ValueError", "addSuccess"])

    def test_such_a_block_may_close_the_loop(self) -> None:
        class Breaks(AsyncTestCase):
            async def test(self) -> None:
                try:
                    with raising():
                        await asyncio.sleep(0)
                finally:
                    asyncio.get_event_loop_policy().get_event_loop().close()
                    raise ValueError("no")

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.assertIn("addError ValueError", outcomes(run(Breaks)))
        self.assertEqual(ctrl_c._state.targets, [])

    def test_the_error_says_whose_it_is(self) -> None:
        class Breaks(AsyncTestCase):
            async def test(self) -> None:
                with raising():
                    await asyncio.sleep(0)

        [error] = run(Breaks).raised
        self.assertRegex(error.__notes__[0], "^The event loop itself raised this")

    def test_tasks_are_left_to_a_loop_that_does_not_run_again(self) -> None:
        class Breaks(AsyncTestCase):
            checks: ClassVar = {"tasks": "off"}
            clock: ClassVar[Any]

            @classmethod
            def setUpClass(cls) -> None:
                cls.clock = cls.enterClassContext(mock.patch("time.monotonic", side_effect=time.monotonic))

            async def test(self) -> None:
                self.task = asyncio.create_task(asyncio.Event().wait())
                await asyncio.sleep(0)

            def tearDown(self) -> None:
                self.clock.side_effect = ZeroDivisionError

        self.assertEqual(outcomes(run(Breaks)), ["addError ZeroDivisionError", "addSuccess"])

    def test_a_class_fixture(self) -> None:
        class Breaks(AsyncTestCase):
            @classmethod
            def setUpClass(cls) -> None:
                cls.enterClassContext(raising())

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                """Never begins."""

            def test(self) -> None:
                """Is not run."""

        self.assertEqual(outcomes(run(Breaks)), ["addError ZeroDivisionError", "addSuccess"])

    def test_a_private_hook_that_runs_a_coroutine(self) -> None:
        class Breaks(AsyncTestCase):
            def _callTestMethod(self, method: Callable[[], Any]) -> None:
                with raising():
                    super()._callTestMethod(method)  # type: ignore[misc] # private

            async def test(self) -> None:
                await asyncio.sleep(0)

        self.assertEqual(outcomes(run(Breaks)), ["addError ZeroDivisionError", "addSuccess"])


class SleepTests(unittest.TestCase):
    """The package's own sleep takes some time, and no more, whatever the clock does."""

    def test_by_the_clock_of_the_loop(self) -> None:
        class Jumping(asyncio.SelectorEventLoop):
            """Is a day ahead each time that it is asked."""

            def time(self) -> float:
                days.append(None)
                return super().time() + 86400.0 * len(days)

        days: list[None] = []
        loop = Jumping()
        self.addCleanup(loop.close)
        loop.run_until_complete(factory.sleep(3600))

    def test_in_real_time_where_that_stands_still(self) -> None:
        loop = asyncio.SelectorEventLoop()
        self.addCleanup(loop.close)
        with frozen():
            loop.run_until_complete(factory.sleep(0.002))
