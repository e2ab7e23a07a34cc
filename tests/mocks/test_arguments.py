"""What can't work is refused, with its name and its value."""

import unittest
from collections.abc import Callable

from aiounit.mocks.arguments import check_count, check_effect, check_error, check_seconds, is_error


class ArgumentTestCase(unittest.TestCase):
    def assert_refused(
        self, check: Callable[[str, object], None], value: object, kind: type[Exception], message: str
    ) -> None:
        with self.assertRaises(kind) as caught:
            check("it", value)
        self.assertEqual(str(caught.exception), message)


class IsErrorTests(unittest.TestCase):
    def test_exceptions_and_their_classes_are(self) -> None:
        self.assertEqual([is_error(each) for each in (OSError(), OSError, KeyboardInterrupt)], [True] * 3)

    def test_nothing_else_is(self) -> None:
        self.assertEqual([is_error(each) for each in ("OSError", int, None, [OSError])], [False] * 4)


class ErrorTests(ArgumentTestCase):
    def test_exceptions_and_their_classes_are_taken(self) -> None:
        for value in (OSError, OSError("no")):
            check_error("it", value)

    def test_a_string(self) -> None:
        self.assert_refused(check_error, "no", TypeError, "it must be an exception or a class of exceptions, not 'no'")


class EffectTests(ArgumentTestCase):
    def test_exceptions_and_functions_are_taken(self) -> None:
        for value in (OSError, OSError("no"), print):
            check_effect("it", value)

    def test_a_value(self) -> None:
        message = "it must be an exception, a function or a behaviour such as delays(1), not 5"
        self.assert_refused(check_effect, 5, TypeError, message)


class CountTests(ArgumentTestCase):
    def test_positive_integers_are_taken(self) -> None:
        for value in (1, 1000):
            check_count("it", value)

    def test_no_integer(self) -> None:
        for value in ("1", 1.0, True, None):
            self.assert_refused(check_count, value, TypeError, f"it must be an integer, not {value!r}")

    def test_too_small(self) -> None:
        for value in (0, -1):
            self.assert_refused(check_count, value, ValueError, f"it must be at least 1, not {value}")


class SecondsTests(ArgumentTestCase):
    def test_numbers_are_taken(self) -> None:
        for value in (0, 1, 0.5):
            check_seconds("it", value)

    def test_no_number(self) -> None:
        for value in ("1", None, True):
            self.assert_refused(check_seconds, value, TypeError, f"it must be a number of seconds, not {value!r}")

    def test_no_length_of_time(self) -> None:
        for value in (-1, -0.5, float("inf"), float("nan")):
            message = f"it must be a finite number of seconds that is not negative, not {value!r}"
            self.assert_refused(check_seconds, value, ValueError, message)
