"""Names are told without a call of the user's code."""

import functools
import unittest
from pathlib import Path

from aiounit.introspect.names import location, name_of_callable, qualified
from tests.introspect.support import waits


class NameTests(unittest.TestCase):
    """What a callable is called without asking the user's code."""

    def test_a_function_and_one_with_arguments(self) -> None:
        self.assertEqual(name_of_callable(waits), "waits")
        self.assertEqual(name_of_callable(functools.partial(functools.partial(max, 1), 2)), "max")

    def test_something_without_a_name(self) -> None:
        class Odd:
            def __repr__(self) -> str:
                raise AssertionError("it is asked for its representation")

        self.assertEqual(name_of_callable(Odd()), "of type NameTests.test_something_without_a_name.<locals>.Odd")

    def test_a_class(self) -> None:
        self.assertEqual(qualified(Path), f"{Path.__module__}.Path")

    def test_a_source_line(self) -> None:
        self.assertEqual(location("shop.py", 3), "(shop.py, line 3)")
