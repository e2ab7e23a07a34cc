"""An assertion that nobody awaits fails its test, and the message says where it was made."""

import asyncio
import gc
import inspect
import unittest
import warnings
from collections.abc import Coroutine
from typing import Any

from aiounit import AsyncTestCase
from aiounit.assertions.obligations import Obligation, PendingAssertion, must_await

from ..support import outcome, run
from .virtual import plain

COMPLAINT = (
    "assertTrueLater() in {place} (test_obligations.py, line N) was never awaited, so it has asserted nothing. "
    'Put "await" before it'
)


class Mixin(unittest.TestCase):
    @must_await
    async def assertTrueLater(self, value: object) -> str:
        """Assert something."""
        await asyncio.sleep(0)
        self.assertTrue(value)
        return "tea"


class Helper:
    def __init__(self, case: unittest.TestCase) -> None:
        self.case = case

    @must_await
    async def assertTrueLater(self) -> None:
        """Assert nothing."""


def plain_outcome(kind: type[unittest.TestCase]) -> list[str]:
    return [plain(Exception(event)) for event in outcome(kind)]


class InTests(unittest.TestCase):
    """In a test that runs, of each kind."""

    def assert_fails(self, test: Any, *bases: type[unittest.TestCase]) -> None:
        for base in bases:
            with self.subTest(base=base.__name__):
                kind = type("Case", (Mixin, base), {"test": test})
                complaint = COMPLAINT.format(place=test.__qualname__)
                self.assertEqual(plain_outcome(kind), [f"addFailure AssertionError('{complaint}')"])

    def test_the_report_leaves_out_the_frames_of_aiounit(self) -> None:
        async def test(case: Mixin) -> None:
            case.assertTrueLater(False)  # type: ignore[unused-coroutine] # noqa: RUF100

        for base in (unittest.IsolatedAsyncioTestCase, AsyncTestCase):
            with self.subTest(base=base.__name__):
                self.assertNotIn("aiounit/", run(type("Case", (Mixin, base), {"test": test})).text())

    def test_not_awaited(self) -> None:
        async def test(case: Mixin) -> None:
            case.assertTrueLater(False)  # type: ignore[unused-coroutine] # noqa: RUF100

        self.assert_fails(test, unittest.IsolatedAsyncioTestCase, AsyncTestCase)

    def test_in_a_synchronous_test(self) -> None:
        def test(case: Mixin) -> None:
            case.assertTrueLater(False)  # type: ignore[unused-coroutine]

        self.assert_fails(test, unittest.TestCase, unittest.IsolatedAsyncioTestCase, AsyncTestCase)

    def test_kept_in_a_variable_to_the_end_of_the_test(self) -> None:
        async def test(case: Mixin) -> None:
            later = case.assertTrueLater(False)
            del case, later

        self.assert_fails(test, unittest.IsolatedAsyncioTestCase, AsyncTestCase)

    def test_awaited(self) -> None:
        async def test(case: Mixin) -> None:
            case.assertEqual(await case.assertTrueLater(True), "tea")
            case.assertEqual(await asyncio.create_task(case.assertTrueLater(True)), "tea")
            case.assertEqual(await asyncio.gather(case.assertTrueLater(True), case.assertTrueLater(True)), ["tea"] * 2)

        kind = type("Case", (Mixin, AsyncTestCase), {"test": test})
        self.assertEqual(outcome(kind), ["addSuccess"])

    def test_awaited_and_failed(self) -> None:
        async def test(case: Mixin) -> None:
            await case.assertTrueLater(False)

        kind = type("Case", (Mixin, AsyncTestCase), {"test": test})
        self.assertEqual(outcome(kind), ["addFailure AssertionError('False is not true')"])

    def test_a_method_of_a_helper(self) -> None:
        async def test(case: unittest.TestCase) -> None:
            Helper(case).assertTrueLater()  # type: ignore[unused-coroutine]

        self.assert_fails(test, AsyncTestCase)

    def test_a_task_that_was_cancelled_before_it_began(self) -> None:
        async def test(case: Mixin) -> None:
            task = asyncio.create_task(case.assertTrueLater(False))
            task.cancel()
            await asyncio.wait([task])

        kind = type("Case", (Mixin, AsyncTestCase), {"test": test})
        self.assertEqual(outcome(kind), ["addSuccess"])


class OutsideTests(unittest.TestCase):
    """Where no test runs that could fail, there is a warning."""

    def test_a_warning(self) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            Mixin().assertTrueLater(False)  # type: ignore[unused-coroutine]
            gc.collect()
        (warning,) = caught
        self.assertEqual((warning.category, warning.filename), (RuntimeWarning, __file__))
        place = "OutsideTests.test_a_warning"
        self.assertEqual(plain(Exception(warning.message)), COMPLAINT.format(place=place))


class CoroutineTests(unittest.TestCase):
    """It is a coroutine to everybody who looks."""

    def pending(self) -> Coroutine[Any, Any, str]:
        return Mixin().assertTrueLater(True)

    def test_asyncio(self) -> None:
        self.assertTrue(asyncio.iscoroutine(self.pending_and_closed()))

    def test_inspect(self) -> None:
        self.assertTrue(inspect.isawaitable(self.pending_and_closed()))

    def pending_and_closed(self) -> Coroutine[Any, Any, str]:
        pending = self.pending()
        pending.close()
        return pending

    def test_it_runs(self) -> None:
        self.assertEqual(asyncio.run(self.pending()), "tea")

    def test_its_attributes_are_those_of_the_coroutine(self) -> None:
        pending: Any = self.pending_and_closed()
        self.assertEqual((pending.__name__, pending.cr_running), ("assertTrueLater", False))
        with self.assertRaises(AttributeError):
            _ = pending.cr_nothing

    def test_it_has_the_name_of_the_method(self) -> None:
        async def main() -> str:
            return repr(asyncio.create_task(self.pending()))

        self.assertIn(" coro=<assertTrueLater() ", asyncio.run(main()))

    def test_an_error_is_thrown_into_it(self) -> None:
        pending = self.pending()
        with self.assertRaisesRegex(KeyError, "tea"):
            pending.throw(KeyError("tea"))

    def test_the_method_keeps_its_name_and_signature(self) -> None:
        self.assertEqual(Mixin.assertTrueLater.__doc__, "Assert something.")
        self.assertEqual(str(inspect.signature(Mixin().assertTrueLater)), "(value: object) -> str")


class ObligationTests(unittest.TestCase):
    def test_one_that_is_met_says_nothing(self) -> None:
        obligation = Obligation(self, "tea()", "was never made", depth=0)
        obligation.is_met = True

    def test_the_depth(self) -> None:
        def make() -> Obligation:
            return Obligation(Mixin(), "tea()", "was never made", depth=1)

        with self.assertWarns(RuntimeWarning) as caught:
            make()
        self.assertEqual(
            plain(Exception(caught.warning)),
            "tea() in ObligationTests.test_the_depth (test_obligations.py, line N) was never made",
        )

    def test_the_class_of_what_is_pending(self) -> None:
        pending = Mixin().assertTrueLater(True)
        pending.close()
        self.assertIsInstance(pending, PendingAssertion)
