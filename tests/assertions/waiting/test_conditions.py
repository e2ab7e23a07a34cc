"""A condition holds when it returns a true value, and one that returns None is told what may have been meant."""

import functools
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from aiounit.assertions.waiting.conditions import is_true, passes, remedy_of_none

OTHER_FORM = (
    ". assertEventually() waits for a true value: for a function made of assertions, use assertEventuallyPasses()"
)


class JudgeTests(unittest.TestCase):
    def test_a_true_value(self) -> None:
        self.assertIsNone(is_true("tea"))

    def test_a_false_value(self) -> None:
        self.assertEqual([is_true(value) for value in (None, "")], ["it returned None", "it returned ''"])

    def test_any_value(self) -> None:
        for value in (None, False, "tea"):
            passes(value)


class RemedyTests(unittest.TestCase):
    """What the code of the condition tells."""

    def remedy(self, function: Callable[..., Any], *, has_failed: bool = False) -> str:
        return remedy_of_none(function, "assertEventually", has_failed=has_failed)

    def test_one_that_has_failed(self) -> None:
        self.assertEqual(self.remedy(mock.Mock(), has_failed=True), OTHER_FORM)

    def test_one_that_calls_assertions(self) -> None:
        def check() -> None:
            self.assertEqual(1, 1)

        async def check_async() -> None:
            self.assertEqual(1, 1)

        def fail() -> None:
            self.fail("no")

        for function in (check, check_async, fail, lambda: self.assertEqual(1, 1), functools.partial(check)):
            self.assertEqual(self.remedy(function), OTHER_FORM)

    def test_one_with_the_statement(self) -> None:
        def check(paid: object = None) -> None:
            assert paid

        self.assertEqual(self.remedy(check), OTHER_FORM)

    def test_one_that_returns_a_value(self) -> None:
        class Shop:
            failures = None

        paid: dict[str, int] = {}
        functions: list[Any] = [
            paid.get,
            lambda: paid.get("tea"),
            lambda: Shop.failures,
            functools.partial(paid.get, ""),
        ]
        for function in functions:
            with self.subTest(function):
                self.assertEqual(self.remedy(function), "")

    def test_one_without_code(self) -> None:
        functions: list[Any] = [mock.Mock(), mock.AsyncMock(), print]
        for function in functions:
            self.assertEqual(self.remedy(function), "")
