"""Tests that parameterized makes of one ``async def``: each is a test of its own, and is awaited."""

import unittest

from aiounit import AsyncTestCase
from tests.thirdparty.recording import outcomes

try:
    from parameterized import parameterized  # type: ignore[import-untyped]  # it has no annotations
except ImportError:
    raise unittest.SkipTest("parameterized isn't installed") from None


class ParameterizedTest(unittest.TestCase):
    def test_expanded_method(self) -> None:
        class Case(AsyncTestCase):
            @parameterized.expand([("one", 1), ("two", 2)])  # type: ignore[untyped-decorator]  # the same
            async def test_even(self, name: str, number: int) -> None:
                self.assertEqual(0, number % 2, name)

        expected = {"test_even_0_one": "addFailure AssertionError", "test_even_1_two": "addSuccess"}
        self.assertEqual(expected, outcomes(Case))
