"""Decorated ``async def`` tests: what `unittest.mock` and `functools` make of them is awaited like any other test."""

import functools
import json
import os
import unittest
from unittest import mock

from aiounit import AsyncTestCase
from tests.thirdparty.recording import outcomes


class MockPatchTest(unittest.TestCase):
    def test_patch_holds_while_the_test_runs_and_no_longer(self) -> None:
        class Case(AsyncTestCase):
            @mock.patch("json.dumps", return_value="patched")
            async def test_failure(self, dumps: mock.Mock) -> None:
                self.assertEqual("patched", json.dumps(1))
                dumps.assert_called_once_with(2)

            @mock.patch("json.loads")
            @mock.patch("json.dumps", return_value="patched")
            async def test_success(self, dumps: mock.Mock, loads: mock.Mock) -> None:
                self.assertEqual("patched", json.dumps(1))
                dumps.assert_called_once_with(1)
                loads.assert_not_called()

            async def test_without(self) -> None:
                self.assertEqual("1", json.dumps(1))

        expected = {
            "test_failure": "addFailure AssertionError",
            "test_success": "addSuccess",
            "test_without": "addSuccess",
        }
        self.assertEqual(expected, outcomes(Case))

    def test_patch_object_and_patch_dict(self) -> None:
        class Case(AsyncTestCase):
            async def wait(self) -> int:
                return 0

            @mock.patch.dict(os.environ, {"PATCHED": "yes"})
            async def test_environment(self) -> None:
                self.assertEqual("yes", os.environ["PATCHED"])

            async def test_object(self) -> None:
                with mock.patch.object(self, "wait", return_value=1) as wait:
                    self.assertEqual(1, await self.wait())
                wait.assert_awaited_once_with()

        self.assertEqual({"test_environment": "addSuccess", "test_object": "addSuccess"}, outcomes(Case))
        self.assertNotIn("PATCHED", os.environ)

    def test_patch_of_a_class_decorates_its_tests(self) -> None:
        @mock.patch("json.dumps", return_value="patched")
        class Case(AsyncTestCase):
            async def test_failure(self, dumps: mock.Mock) -> None:
                dumps.assert_called_once_with()

            async def test_success(self, dumps: mock.Mock) -> None:
                self.assertIs(json.dumps, dumps)

        self.assertEqual({"test_failure": "addFailure AssertionError", "test_success": "addSuccess"}, outcomes(Case))


class FunctoolsTest(unittest.TestCase):
    def test_partialmethod_of_an_async_def(self) -> None:
        class Case(AsyncTestCase):
            async def check_even(self, number: int) -> None:
                self.assertEqual(0, number % 2)

            test_one = functools.partialmethod(check_even, 1)
            test_two = functools.partialmethod(check_even, number=2)

        self.assertEqual({"test_one": "addFailure AssertionError", "test_two": "addSuccess"}, outcomes(Case))

    def test_partialmethod_of_a_plain_function(self) -> None:
        class Case(AsyncTestCase):
            def check_even(self, number: int) -> None:
                self.assertEqual(0, number % 2)

            test_one = functools.partialmethod(check_even, 1)
            test_two = functools.partialmethod(check_even, number=2)

        self.assertEqual({"test_one": "addFailure AssertionError", "test_two": "addSuccess"}, outcomes(Case))
