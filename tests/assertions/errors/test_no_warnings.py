"""Unwanted warnings fail the test, with the source line of each."""

import asyncio
import sys
import warnings
from typing import Any, Literal

from tests.assertions.virtual import AssertionTestCase, plain, virtual


class WarningTests(AssertionTestCase):
    def test_no_warning(self) -> None:
        with self.case.assertNoWarnings() as nothing:
            pass
        self.assertIsNone(nothing)

    def test_warnings(self) -> None:
        with self.assertRaises(AssertionError) as caught, self.case.assertNoWarnings(msg="why"):
            warnings.warn("old", DeprecationWarning, stacklevel=1)
            warnings.warn("slow", RuntimeWarning, stacklevel=1)
        self.assertEqual(
            plain(caught.exception),
            "expected no warnings, got:\n"
            "  DeprecationWarning: old (test_no_warnings.py, line N)\n"
            "  RuntimeWarning: slow (test_no_warnings.py, line N) : why",
        )

    def test_filters_do_not_matter(self) -> None:
        actions: tuple[Literal["ignore", "error", "once"], ...] = ("ignore", "error", "once")
        for action in actions:
            with self.subTest(action), warnings.catch_warnings():
                warnings.simplefilter(action)
                for _ in range(2):
                    with self.assertRaises(AssertionError), self.case.assertNoWarnings():
                        warnings.warn("old", DeprecationWarning, stacklevel=1)

    def test_others_go_their_way(self) -> None:
        nothing = self.case.assertNoWarnings((DeprecationWarning, ResourceWarning))
        with self.assertWarnsRegex(RuntimeWarning, "^slow$") as caught, nothing:
            warnings.warn("slow", RuntimeWarning, stacklevel=1)
        self.assertEqual(caught.filename, __file__)

    def test_an_error_in_the_block_goes_through(self) -> None:
        with self.assertWarns(DeprecationWarning), self.assertRaises(KeyError), self.case.assertNoWarnings():
            warnings.warn("old", DeprecationWarning, stacklevel=1)
            raise KeyError("tea")

    @virtual
    async def test_a_coroutine_that_is_never_awaited(self) -> None:
        with self.assertRaises(AssertionError) as caught, self.case.assertNoWarnings(RuntimeWarning):
            asyncio.sleep(0)  # type: ignore[unused-coroutine]
        self.assertRegex(str(caught.exception), "coroutine 'sleep' was never awaited")

    def test_a_coroutine_whose_origin_is_known(self) -> None:
        self.addCleanup(sys.set_coroutine_origin_tracking_depth, sys.get_coroutine_origin_tracking_depth())
        sys.set_coroutine_origin_tracking_depth(20)
        line = sys._getframe().f_lineno + 2
        with self.assertRaises(AssertionError) as caught, self.case.assertNoWarnings(RuntimeWarning):
            coroutine = asyncio.sleep(0)
            del coroutine
        self.assertEqual(
            str(caught.exception),
            f"expected no warnings, got:\n"
            f"  RuntimeWarning: coroutine 'sleep' was never awaited ({__file__}, line {line})",
        )

    @virtual
    async def test_a_warning_of_another_task(self) -> None:
        async def warn() -> None:
            warnings.warn("old", DeprecationWarning, stacklevel=1)

        with self.assertRaises(AssertionError), self.case.assertNoWarnings():
            await asyncio.create_task(warn())

    def test_what_is_no_class_of_warnings(self) -> None:
        case: Any = self.case
        for category in (3, KeyError, (), (RuntimeWarning, 3)):
            with self.subTest(category=category), self.assertRaises(TypeError) as caught:
                case.assertNoWarnings(category)
            self.assertEqual(
                str(caught.exception), f"category must be a class of warnings or a tuple of some, not {category!r}"
            )
