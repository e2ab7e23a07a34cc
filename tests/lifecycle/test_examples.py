"""Hypothesis measures how long an example of an ``async def`` test runs, not the call that makes its coroutine."""

import asyncio
import unittest
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.lifecycle import examples
from tests.support import outcome, run

try:
    from hypothesis import example, given, settings, strategies as st
    from hypothesis.errors import DeadlineExceeded
except ImportError as error:
    raise unittest.SkipTest("Hypothesis is not installed") from error


class DeadlineTests(unittest.TestCase):
    def test_the_run_of_the_coroutine_is_measured(self) -> None:
        seconds = 0.0

        class Case(AsyncTestCase):
            @settings(max_examples=2, deadline=100, database=None)
            @given(st.integers())
            async def test(self, _number: int) -> None:
                nonlocal seconds
                await asyncio.sleep(0)
                seconds += 1  # by the clock of Hypothesis, which is patched

        with mock.patch("hypothesis.core.time.perf_counter", side_effect=lambda: seconds):
            (error,) = run(Case).raised
        self.assertIsInstance(error, DeadlineExceeded)

    def test_an_explicit_example_is_measured_too(self) -> None:
        seconds = 0.0

        class Case(AsyncTestCase):
            @settings(max_examples=1, deadline=100, database=None)
            @given(st.integers())
            @example(1)
            async def test(self, _number: int) -> None:
                nonlocal seconds
                await asyncio.sleep(0)
                seconds += 1

        with mock.patch("hypothesis.core.time.perf_counter", side_effect=lambda: seconds):
            (error,) = run(Case).raised
        self.assertIsInstance(error, DeadlineExceeded)


class RunTests(unittest.TestCase):
    def test_the_test_is_what_it_was_when_it_has_run(self) -> None:
        class Case(AsyncTestCase):
            @settings(max_examples=1, database=None)
            @given(st.integers())
            async def test(self, _number: int) -> None:
                await asyncio.sleep(0)

        handle = Case.test.hypothesis  # type: ignore[attr-defined]
        inner = handle.inner_test
        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertIs(handle.inner_test, inner)
        self.assertTrue(examples.are_asynchronous(Case("test").test))

    def test_the_examples_of_a_plain_test_are_none_of_ours(self) -> None:
        class Case(AsyncTestCase):
            @given(st.integers())
            def test(self, _number: int) -> None:
                """Pass."""

        self.assertFalse(examples.are_asynchronous(Case("test").test))
