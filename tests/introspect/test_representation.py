"""Messages show values on one line where that is needed, and never at any length."""

import unittest
from unittest.mock import AsyncMock

from aiounit.introspect.representation import brief, call_text, shortened, shown


class Broken:
    def __repr__(self) -> str:
        raise ValueError("no")


class ShownTests(unittest.TestCase):
    def test_a_short_value(self) -> None:
        self.assertEqual(shown({"a": 1}), "{'a': 1}")

    def test_a_long_value(self) -> None:
        text = "'" + "a" * 79 + "[202 characters]" + "a" * 19 + "'"
        self.assertEqual(shown("a" * 200), text)

    def test_a_value_of_many_lines(self) -> None:
        class Table:
            def __repr__(self) -> str:
                return "a\nb"

        self.assertEqual(shown(Table()), "a b")

    def test_a_value_that_can_not_be_shown(self) -> None:
        self.assertRegex(shown(Broken()), "^<.*Broken object at 0x.*>$")

    def test_a_mock(self) -> None:
        self.assertEqual(shown(AsyncMock(name="client").fetch), "<mock client.fetch>")


class BriefTests(unittest.TestCase):
    def test_a_value(self) -> None:
        self.assertEqual(brief([1, "a\nb"]), r"[1, 'a\nb']")

    def test_a_long_value(self) -> None:
        self.assertEqual(brief("a" * 100_000), f"'{'a' * 299}[100002 characters]{'a' * 99}'")

    def test_a_text(self) -> None:
        self.assertEqual(shortened("a" * 500), "a" * 500)
        self.assertEqual(shortened("a" * 501), "a" * 300 + "[501 characters]" + "a" * 100)

    def test_a_value_that_can_not_be_shown(self) -> None:
        self.assertRegex(brief(Broken()), "^<.*Broken object at 0x.*>$")


class CallTextTests(unittest.TestCase):
    def test_a_call(self) -> None:
        self.assertEqual(call_text("fetch", (1, "tea"), {"size": 2}), "fetch(1, 'tea', size=2)")

    def test_a_long_argument(self) -> None:
        self.assertEqual(call_text("fetch", (), {"body": "a" * 200}), f"fetch(body={shown('a' * 200)})")

    def test_many_arguments(self) -> None:
        numbers = [str(number) for number in range(100)]
        words = [*numbers[:10], "[80 more arguments]", *numbers[-10:]]
        self.assertEqual(call_text("fetch", tuple(range(100)), {}), f"fetch({', '.join(words)})")
