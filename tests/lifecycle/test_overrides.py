"""Which test classes override ``doCleanups()``."""

import functools
import unittest

from aiounit import AsyncTestCase
from aiounit.lifecycle.overrides import are_cleanups_overridden


class OverrideTests(unittest.TestCase):
    def test_the_defaults(self) -> None:
        for kind in (unittest.TestCase, unittest.IsolatedAsyncioTestCase, AsyncTestCase):
            self.assertFalse(are_cleanups_overridden(kind))

    def test_a_method_of_a_subclass(self) -> None:
        class Case(AsyncTestCase):
            doCleanups = functools.wraps(AsyncTestCase.doCleanups)(lambda _: True)  # type: ignore[assignment]

        self.assertTrue(are_cleanups_overridden(Case))
