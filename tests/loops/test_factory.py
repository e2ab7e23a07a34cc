"""The loops that tests get, and the current loop of the thread."""

import asyncio
import threading
import unittest
from collections.abc import Callable
from typing import Any

from aiounit import AsyncTestCase
from tests.support import Events, outcome, run


class FactoryTest(unittest.TestCase):
    """The loops that tests get."""

    def loops_of(self, **members: Any) -> list[asyncio.AbstractEventLoop]:
        loops: list[asyncio.AbstractEventLoop] = []

        class Case(AsyncTestCase):
            def setUp(self) -> None:
                loops.append(asyncio.get_event_loop())

            async def test(self) -> None:
                loops.append(asyncio.get_running_loop())

            def tearDown(self) -> None:
                loops.append(asyncio.get_event_loop())

        kind = type("Case", (Case,), members)
        self.assertEqual(outcome(kind), ["addSuccess"])
        return loops

    def test_the_current_loop_of_synchronous_hooks_is_the_one_that_runs_the_test(self) -> None:
        self.assertEqual(len(set(self.loops_of())), 1)

    def test_so_it_is_with_a_factory(self) -> None:
        loops = self.loops_of(loop_factory=asyncio.SelectorEventLoop)
        self.assertEqual(len(set(loops)), 1)
        self.assertIsInstance(loops[0], asyncio.SelectorEventLoop)

    def test_each_run_has_a_loop_of_its_own_which_is_closed(self) -> None:
        first, second = self.loops_of()[0], self.loops_of()[0]
        self.assertIsNot(first, second)
        self.assertTrue(first.is_closed())

    def test_no_current_loop_is_left_where_there_was_none(self) -> None:
        asyncio.set_event_loop(None)
        self.loops_of()
        with self.assertRaisesRegex(RuntimeError, "no current event loop"):
            asyncio.get_event_loop()

    def test_debug_mode_is_what_the_class_says(self) -> None:
        for debug in (True, False):
            with self.subTest(debug=debug):
                loops: list[bool] = []

                class Case(AsyncTestCase):
                    loop_debug = debug

                    async def test(self, loops: list[bool] = loops) -> None:
                        loops.append(asyncio.get_running_loop().get_debug())

                self.assertEqual(outcome(Case), ["addSuccess"])
                self.assertEqual(loops, [debug])

    def complaint(self, factory: Callable[[], Any]) -> BaseException:
        class Case(AsyncTestCase):
            loop_factory = staticmethod(factory)

            async def test(self) -> None:
                raise AssertionError("must not run")

        (error,) = run(Case).raised
        return error

    def test_what_a_factory_raises_is_the_test_s_error(self) -> None:
        def factory() -> asyncio.AbstractEventLoop:
            raise ValueError("no loop")

        self.assertEqual(repr(self.complaint(factory)), "ValueError('no loop')")

    def test_a_factory_must_return_a_loop(self) -> None:
        error = self.complaint(int)
        self.assertEqual(
            repr(error), "LoopError(\"loop_factory <class 'int'> returned 0, which is not an event loop\")"
        )

    def test_a_factory_must_return_a_loop_that_is_not_closed(self) -> None:
        loop = asyncio.new_event_loop()
        loop.close()

        def factory() -> asyncio.AbstractEventLoop:
            return loop

        self.assertEqual(
            str(self.complaint(factory)),
            f"loop_factory {factory!r} returned {loop!r}, which is closed: make a new loop each time",
        )

    def test_a_test_inside_a_running_loop_is_an_error(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                raise AssertionError("must not run")

        async def main() -> Events:
            return run(Case)

        (error,) = asyncio.run(main()).raised
        self.assertEqual(
            repr(error),
            "LoopError(\"the test can't run inside a running event loop: a loop is already running in this thread. "
            'Run it from synchronous code, or in another thread")',
        )


class BeforeTest(unittest.TestCase):
    """The loop that was the current one before a test is it again afterwards."""

    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)
        self.addCleanup(asyncio.set_event_loop, None)
        asyncio.set_event_loop(self.loop)

    def check(self, kind: type[unittest.TestCase], *expected: str) -> None:
        result = Events()
        suite = unittest.TestSuite([kind("test"), kind("test")])
        suite.run(result)
        self.assertEqual([event for event in result.log if event[:5] not in {"start", "stopT"}], list(expected))
        self.assertIs(asyncio.get_event_loop(), self.loop)
        getattr(result, "stopTestRun")()  # noqa: B009 (it is wrapped)
        self.assertIs(asyncio.get_event_loop(), self.loop)

    def test_after_a_test(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

        self.check(Case, "addSuccess", "addSuccess")

    def test_after_a_synchronous_test_with_its_own_loop_running(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> None:
                asyncio.run(asyncio.sleep(0))

        self.check(Case, "addSuccess", "addSuccess")

    def test_after_a_failure(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.fail("no")

        self.check(Case, "addFailure AssertionError('no')", "addFailure AssertionError('no')")

    def test_after_a_test_that_has_closed_its_loop(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> None:
                asyncio.get_event_loop().close()

            def tearDown(self) -> None:
                asyncio.get_event_loop()

        result = Events()
        Case("test").run(result)
        self.assertIs(asyncio.get_event_loop(), self.loop)

    def test_after_a_test_that_left_another(self) -> None:
        other = asyncio.new_event_loop()
        self.addCleanup(other.close)

        class Case(AsyncTestCase):
            def test(self) -> None:
                asyncio.set_event_loop(other)

        Case("test").run(Events())
        self.assertIs(asyncio.get_event_loop(), self.loop)

    def test_after_a_loop_factory_that_fails(self) -> None:
        class Case(AsyncTestCase):
            loop_factory = int  # type: ignore[assignment] # wrong on purpose

            async def test(self) -> None:
                """Pass."""

        Case("test").run(Events())
        self.assertIs(asyncio.get_event_loop(), self.loop)

    def test_after_fixtures_of_the_class_and_the_end_of_the_run(self) -> None:
        class Case(AsyncTestCase):
            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.addAsyncClassCleanup(asyncio.sleep, 0)

            @classmethod
            async def asyncTearDownClass(cls) -> None:
                await asyncio.sleep(0)

            async def test(self) -> None:
                """Pass."""

        self.check(Case, "addSuccess", "addSuccess")

    def test_it_may_be_set_in_set_up_class(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        found: list[asyncio.AbstractEventLoop] = []

        class Case(AsyncTestCase):
            @classmethod
            def setUpClass(cls) -> None:
                asyncio.set_event_loop(loop)

            @classmethod
            def tearDownClass(cls) -> None:
                found.append(asyncio.get_event_loop())

            async def test(self) -> None:
                found.append(asyncio.get_running_loop())

        unittest.TestSuite([Case("test")]).run(Events())
        self.assertIsNot(found[0], loop)
        self.assertIs(found[1], loop)
        self.assertIs(asyncio.get_event_loop(), loop)

    def test_in_another_thread(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

        loops: list[asyncio.AbstractEventLoop] = []

        def work() -> None:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            Case("test").run(Events())
            loops.extend([loop, asyncio.get_event_loop()])
            loop.close()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        self.assertIs(loops[0], loops[1])


class CurrentTest(unittest.TestCase):
    """The current loop, which a test may replace only for a while."""

    def test_a_test_that_leaves_another_current_loop_behind(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)

        class Case(AsyncTestCase):
            def test(self) -> None:
                asyncio.set_event_loop(loop)

        (error,) = run(Case).raised
        self.assertEqual(
            repr(error),
            f"LoopError('the test replaced the current event loop and left {loop!r} in its place. Put the former loop "
            f"back with asyncio.set_event_loop(), or run the code with asyncio.run(), which leaves nothing behind')",
        )

    def test_a_test_may_put_the_loop_back(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> None:
                before = asyncio.get_event_loop()
                loop = asyncio.new_event_loop()
                asyncio.set_event_loop(loop)
                loop.close()
                asyncio.set_event_loop(before)

        self.assertEqual(outcome(Case), ["addSuccess"])
