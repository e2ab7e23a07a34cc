"""The tests that aiosqlite installs with itself: asyncio beside threads, in a suite that needs no network."""

import unittest
from importlib.util import find_spec

from tests.thirdparty.comparison import Suite, assert_same


class AiosqliteTest(unittest.TestCase):
    def test_its_tests_have_the_same_outcomes(self) -> None:
        if find_spec("aiosqlite") is None:
            self.skipTest("aiosqlite isn't installed")
        suite = Suite(("aiosqlite.tests",), subtests_end_in_any_order=True)  # in one test, each has a thread
        assert_same(self, suite, at_least=30)
