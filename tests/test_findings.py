"""What is said of a finding, and the error that reports several."""

import unittest

from aiounit import Finding
from aiounit.findings import Reported, make_error
from aiounit.introspect import Place

OWN = Place("no-such/own.py", 3, "Own.make", "own")
LIBRARY = Place("/lib/site-packages/pool.py", 7, "connect", "pool")


class PlaceTests(unittest.TestCase):
    def test_the_innermost_of_the_users_own(self) -> None:
        self.assertEqual(Finding("what", stack=(OWN, LIBRARY)).place, OWN)

    def test_the_innermost_if_none_is(self) -> None:
        self.assertEqual(Finding("what", stack=(LIBRARY,)).place, LIBRARY)

    def test_another_if_it_is_not_known_where_it_was_made(self) -> None:
        self.assertEqual(Finding("what", where=OWN).place, OWN)
        self.assertIsNone(Finding("what").place)


class TextTests(unittest.TestCase):
    def test_the_whole(self) -> None:
        finding = Finding("what", "remedy", stack=(OWN, LIBRARY), details=("more", "and more"))
        self.assertEqual(
            Reported("tasks", finding).text().splitlines(),
            [
                "what",
                "made here, most recent call last:",
                "  no-such/own.py, line 3, in Own.make",
                "  /lib/site-packages/pool.py, line 7, in connect",
                "more",
                "and more",
                "remedy",
            ],
        )

    def test_the_least(self) -> None:
        self.assertEqual(Reported("tasks", Finding("what")).text(), "what")


class ErrorTests(unittest.TestCase):
    def test_one(self) -> None:
        error = make_error("test_x", [Reported("tasks", Finding("what"))])
        self.assertEqual(repr(error), "LeakError('test_x left something behind', [CheckError('tasks', 'what')])")

    def test_several(self) -> None:
        error = make_error("test_x", [Reported("tasks", Finding("what")), Reported("errors", Finding("else"))])
        self.assertEqual(str(error), "test_x left 2 things behind (2 sub-exceptions)")

    def test_the_error_that_one_is_about_is_its_cause(self) -> None:
        cause = ValueError("no")
        error = make_error("test_x", [Reported("errors", Finding("what", error=cause))])
        self.assertIs(error.exceptions[0].__cause__, cause)
