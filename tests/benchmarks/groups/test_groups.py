"""The parts of the groups: the order of blocks, suites that fail, the count of instructions. No time is asserted."""

import contextlib
import importlib.util
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from aiounit import AsyncTestCase

from .. import rows
from . import instructions, leaks, suites_unittest
from .blocks import Stopwatch, interleave, stopwatch
from .scenarios import EmptyTest, Scenario


class Failing(Scenario):
    """A scenario that could not be trusted to have done its work."""

    title = "failing"
    pytest_body = "def test_{number}():\n    raise ValueError('a scenario that fails')\n"

    async def body(self) -> None:
        raise ValueError("a scenario that fails")


class BlockTests(unittest.TestCase):
    def test_each_round_begins_with_another_row(self) -> None:
        order: list[str] = []

        def block(row: str) -> float:
            order.append(row)
            return len(order)

        samples = interleave({"one": {"a": lambda: block("a"), "b": lambda: block("b"), "c": lambda: block("c")}}, 2)
        self.assertEqual("".join(order), "abcbca")
        self.assertEqual(samples, {"one": {"a": [1, 6], "b": [2, 4], "c": [3, 5]}})

    def test_a_stopwatch(self) -> None:
        watch = Stopwatch()
        watch.clock = iter([3.0, 10.0]).__next__
        self.assertEqual(watch.measure(lambda: None), 7.0)


class SuiteTests(unittest.TestCase):
    def test_a_failing_scenario_is_an_error(self) -> None:
        """A time is no result if the tests did not pass."""
        suite = suites_unittest.make_suite(Failing, unittest.IsolatedAsyncioTestCase, 3)
        with self.assertRaisesRegex(
            AssertionError, "3 of 3 tests were run, 3 of them .*\n(.*\n)+.*a scenario that fails"
        ):
            suites_unittest.measure_suite(suite)

    @unittest.skipUnless(importlib.util.find_spec("pytest"), "pytest is not installed")
    def test_a_failing_scenario_is_an_error_under_pytest(self) -> None:
        from . import suites_pytest  # noqa: PLC0415 (imports pytest)

        expected = r"0 of 2 tests passed under plain pytest, .*\n(.*\n)+.*a scenario that fails"
        with (
            mock.patch.dict(os.environ, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
            self.assertRaisesRegex(AssertionError, expected),
        ):
            suites_pytest.measure_suite(Failing, rows.PYTEST, 2)

    def test_classes_have_twenty_tests(self) -> None:
        suite = suites_unittest.make_suite(EmptyTest, AsyncTestCase, 41)
        self.assertEqual([type(test) for test in suite].count(type(next(iter(suite)))), 20)
        self.assertEqual(suite.countTestCases(), 41)

    def test_a_leak_that_is_not_reported_is_an_error(self) -> None:
        class Silent(AsyncTestCase):
            checks = {"all": "off"}

        with self.assertRaisesRegex(AssertionError, "3 tasks were left"):
            leaks.measure_leak(Silent, 3)


class InstructionTests(unittest.TestCase):
    """All but valgrind."""

    def test_the_periods_that_are_set_exist(self) -> None:
        with contextlib.ExitStack() as stack:
            for module, name in instructions.PERIODS:
                stack.enter_context(mock.patch.object(module, name, 0.0))
            instructions.keep_threads_asleep()
            self.assertEqual({getattr(*each) for each in instructions.PERIODS}, {instructions.NEVER})

    def test_the_files_of_blocks(self) -> None:
        """The first file ends where the first block begins, so the second is the first block's."""
        with mock.patch.object(stopwatch, "clock"):
            files = instructions.run(1, "making a mock")
        # Such a block is inside another: it has the third of four files.
        self.assertEqual(
            files,
            {
                "making a mock": {
                    "AsyncMock()": (3, instructions.MOCKS),
                    "self.mock(Spec)": (7, instructions.MOCKS),
                    "self.asyncStub()": (11, instructions.MOCKS),
                }
            },
        )

    def test_the_files_of_all_scenarios(self) -> None:
        with mock.patch.object(stopwatch, "clock"):
            files = instructions.run(1)
        plain = [samples[rows.UNITTEST] for samples in files.values() if rows.UNITTEST in samples]
        self.assertEqual(plain[0], (2, 1))
        self.assertIn(rows.WITHOUT_CHECKS, files["empty test"])
        self.assertNotIn(rows.WITHOUT_CHECKS, files["ten tasks"])

    def test_a_file_is_read(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, f"{instructions.FILE}.2").write_text(
                "events: Ir\n\nfn=f\n1 7\n\ntotals: 1200\n", encoding="utf-8"
            )
            samples = instructions.read({"empty test": {"aiounit": (2, 4)}}, Path(folder))
        self.assertEqual(samples, {"empty test": {"aiounit": [300.0]}})
