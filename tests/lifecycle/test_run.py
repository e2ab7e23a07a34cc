"""Running one test case: what is put together for it, and what it reports to which kind of result."""

import asyncio
import gc
import importlib.util
import unittest
import weakref

from aiounit import AsyncTestCase, ResourceError, resource
from tests.resources.support import fake_module, logged, run_suite
from tests.support import Events, outcome


class ProtocolTest(unittest.TestCase):
    """The protocol that a test keeps with its result."""

    def test_a_skipped_test_is_reported_and_not_run(self) -> None:
        class Case(AsyncTestCase):
            @unittest.skip("why")
            async def test(self) -> None:
                """Don't run."""

        self.assertEqual(outcome(Case), ["addSkip why"])
        with self.assertRaisesRegex(unittest.SkipTest, "^why$"):
            Case("test").debug()

    def test_a_failure_that_is_expected(self) -> None:
        class Case(AsyncTestCase):
            it = logged([], scope="class")

            @unittest.expectedFailure
            async def test_fails(self) -> None:
                self.fail("expected")

            @unittest.expectedFailure
            async def test_passes(self) -> None:
                """Pass."""

        self.assertEqual(
            run_suite(Case).log,
            [
                "start test_fails",
                "addExpectedFailure AssertionError('expected')",
                "start test_passes",
                "addUnexpectedSuccess",
            ],
        )

    def test_a_resource_that_fails_is_no_expected_failure(self) -> None:
        class Case(AsyncTestCase):
            it = logged([], opens=ValueError("start"))

            @unittest.expectedFailure
            async def test(self) -> None:
                """Don't run."""

        self.assertEqual(outcome(Case), ["addError ValueError('start')"])

    def test_the_error_of_a_failing_test_is_let_go_of(self) -> None:
        class OddError(Exception):
            pass

        references: list[weakref.ref[OddError]] = []

        def fail() -> None:
            error = OddError()
            references.append(weakref.ref(error))
            try:
                raise error
            finally:
                del error

        class Case(AsyncTestCase):
            def test_1(self) -> None:
                fail()

            async def test_2(self) -> None:
                fail()

        gc.disable()
        self.addCleanup(gc.enable)
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(unittest.TestResult())
        self.assertEqual([reference() for reference in references], [None, None])

    def test_ctrl_c_goes_on_to_the_runner(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                raise KeyboardInterrupt

        for run in (Case("test").run, lambda _: Case("test").debug()):
            with self.assertRaises(KeyboardInterrupt):
                run(Events())


class LoopTest(unittest.TestCase):
    """Which loop a test runs on."""

    def test_tests_share_one_where_their_module_has_asynchronous_fixtures(self) -> None:
        loops: list[asyncio.AbstractEventLoop] = []

        async def set_up() -> None:
            loops.append(asyncio.get_running_loop())

        class Case(AsyncTestCase):
            __module__ = "one"

            async def test(self) -> None:
                loops.append(asyncio.get_running_loop())

        with fake_module("one", asyncSetUpModule=set_up):

            class Again(Case):
                __module__ = "one"

            run_suite(Again)
        self.assertEqual((len(loops), len(set(loops))), (2, 1))

    def test_resources_are_of_no_use_to_a_test_that_is_over(self) -> None:
        class Case(AsyncTestCase):
            it = logged([])

            async def test(self) -> None:
                """Pass."""

        case = Case("test")
        case.run(Events())
        with self.assertRaises(ResourceError):
            _ = case.it


@unittest.skipUnless(importlib.util.find_spec("hypothesis"), "needs hypothesis")
class HypothesisTest(unittest.TestCase):
    def test_examples_have_the_resources_of_the_test(self) -> None:
        from hypothesis import (  # noqa: PLC0415
            given,
            settings,
            strategies as st,
        )

        log: list[str] = []

        @resource
        async def loop() -> asyncio.AbstractEventLoop:
            return asyncio.get_running_loop()

        class Case(AsyncTestCase):
            it = logged(log, scope="class")
            loop_of_resource = loop

            @settings(max_examples=3, database=None)
            @given(st.integers())
            async def test(self, _number: int) -> None:
                self.assertIs(asyncio.get_running_loop(), self.loop_of_resource)
                self.assertEqual(self.it, "it")

        run_suite(Case, log=log)
        self.assertEqual(log, ["start test", "open it", "addSuccess", "close it"])
