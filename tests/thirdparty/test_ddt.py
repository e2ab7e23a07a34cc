"""Tests that ddt makes of one ``async def``: each is a test of its own, and is awaited."""

import unittest

from aiounit import AsyncTestCase
from tests.thirdparty.recording import outcomes

try:
    from ddt import data, ddt, unpack  # type: ignore[import-untyped]  # it has no annotations
except ImportError:
    raise unittest.SkipTest("ddt isn't installed") from None


class DdtTest(unittest.TestCase):
    def test_data(self) -> None:
        @ddt
        class Case(AsyncTestCase):
            @data(1, 2)  # type: ignore[untyped-decorator]  # the same
            async def test_even(self, number: int) -> None:
                self.assertEqual(0, number % 2)

        self.assertEqual({"test_even_1_1": "addFailure AssertionError", "test_even_2_2": "addSuccess"}, outcomes(Case))

    def test_unpacked_data(self) -> None:
        @ddt
        class Case(AsyncTestCase):
            @data((1, 2), (2, 4))  # type: ignore[untyped-decorator]  # the same
            @unpack  # type: ignore[untyped-decorator]  # the same
            async def test_half(self, half: int, number: int) -> None:
                self.assertEqual(number, half * half)

        expected = {"test_half_1__1__2_": "addFailure AssertionError", "test_half_2__2__4_": "addSuccess"}
        self.assertEqual(expected, outcomes(Case))
