"""An argument that can't work is refused, with its name and its value; a coroutine that is refused is closed."""

import asyncio
import decimal
import math
import unittest
from typing import Any

from aiounit import arguments
from tests.assertions.virtual import plain, virtual


async def fetch() -> None:
    """Return."""


class ArgumentTestCase(unittest.TestCase):
    def assert_refused(self, kind: type[Exception], message: str, check: Any, *given: Any, **options: Any) -> None:
        with self.assertRaises(kind) as caught:
            check(*given, **options)
        self.assertEqual(plain(caught.exception), message)


class FunctionTests(ArgumentTestCase):
    def test_a_function(self) -> None:
        arguments.check_function("check", fetch)

    def test_what_was_called(self) -> None:
        message = "check must be a function, which is called many times, not 3. Did you call it?"
        self.assert_refused(TypeError, message, arguments.check_function, "check", 3)

    def test_a_coroutine(self) -> None:
        message = (
            "check must be a function, not <coroutine object fetch at 0x>, which can be awaited only once. "
            "Give it without calling it"
        )
        self.assert_refused(TypeError, message, arguments.check_function, "check", fetch())


class IntervalTests(ArgumentTestCase):
    def test_an_interval(self) -> None:
        arguments.check_interval("interval", 0.01)

    def test_none_at_all(self) -> None:
        self.assert_refused(
            ValueError, "limit must be more than 0 seconds, not 0", arguments.check_interval, "limit", 0
        )


class AwaitableTests(ArgumentTestCase):
    def test_a_coroutine(self) -> None:
        coroutine = fetch()
        arguments.check_awaitable(coroutine, 1)
        coroutine.close()

    def test_a_coroutine_with_a_time_that_can_not_be(self) -> None:
        message = "timeout must be a number of seconds, not '1'"
        self.assert_refused(TypeError, message, arguments.check_awaitable, fetch(), "1")

    @virtual
    async def test_a_future_with_a_time_that_can_not_be(self) -> None:
        future = asyncio.get_running_loop().create_future()
        message = "timeout must be a finite number of seconds, 0 or more, not -1"
        self.assert_refused(ValueError, message, arguments.check_awaitable, future, -1)
        self.assertFalse(future.done())


class FutureTests(ArgumentTestCase):
    @virtual
    async def test_a_future(self) -> None:
        arguments.check_future("assertDone", asyncio.get_running_loop().create_future())

    def test_something_else(self) -> None:
        message = "assertDone() takes a task or a future, not 3"
        self.assert_refused(TypeError, message, arguments.check_future, "assertDone", 3)


class TaskTests(ArgumentTestCase):
    @virtual
    async def test_in_a_task(self) -> None:
        self.assertIs(arguments.check_task("stream"), asyncio.current_task())

    def test_without_a_loop(self) -> None:
        message = "stream() can be entered only in an async def test, or in another task of a running loop"
        self.assert_refused(RuntimeError, message, arguments.check_task, "stream")


class SourceTests(ArgumentTestCase):
    def test_a_queue(self) -> None:
        arguments.check_source(asyncio.Queue())

    def test_something_else(self) -> None:
        what = "the source must be an asynchronous iterable or an asyncio.Queue, not"
        self.assert_refused(TypeError, f"{what} 3", arguments.check_source, 3)
        self.assert_refused(
            TypeError,
            f"{what} <coroutine object fetch at 0x>. Did you forget to await it?",
            arguments.check_source,
            fetch(),
        )


class KindTests(ArgumentTestCase):
    def test_classes(self) -> None:
        for kind in (KeyError, KeyboardInterrupt, (KeyError, OSError)):
            arguments.check_kinds("kind", kind)

    def test_something_else(self) -> None:
        for kind in (3, int, KeyError("tea"), (), (KeyError, 3), [KeyError]):
            message = f"kind must be a class of exceptions or a tuple of them, not {kind!r}"
            self.assert_refused(TypeError, message, arguments.check_kinds, "kind", kind)


class IsErrorTests(unittest.TestCase):
    def test_exceptions_and_their_classes_are(self) -> None:
        self.assertEqual([arguments.is_error(each) for each in (OSError(), OSError, KeyboardInterrupt)], [True] * 3)

    def test_nothing_else_is(self) -> None:
        self.assertEqual([arguments.is_error(each) for each in ("OSError", int, None, [OSError])], [False] * 4)


class ErrorTests(ArgumentTestCase):
    def test_exceptions_and_their_classes_are_taken(self) -> None:
        for value in (OSError, OSError("no")):
            arguments.check_error("it", value)

    def test_a_string(self) -> None:
        self.assert_refused(
            TypeError, "it must be an exception or a class of exceptions, not 'no'", arguments.check_error, "it", "no"
        )


class EffectTests(ArgumentTestCase):
    def test_exceptions_and_functions_are_taken(self) -> None:
        for value in (OSError, OSError("no"), print):
            arguments.check_effect("it", value)

    def test_a_value(self) -> None:
        message = "it must be an exception, a function or a behaviour such as delays(1), not 5"
        self.assert_refused(TypeError, message, arguments.check_effect, "it", 5)


class CountTests(ArgumentTestCase):
    def test_positive_integers_are_taken(self) -> None:
        for value in (1, 1000):
            arguments.check_count("it", value)

    def test_no_integer(self) -> None:
        for value in ("1", 1.0, True, None):
            self.assert_refused(TypeError, f"it must be an integer, not {value!r}", arguments.check_count, "it", value)

    def test_too_small(self) -> None:
        for value in (0, -1):
            self.assert_refused(ValueError, f"it must be at least 1, not {value}", arguments.check_count, "it", value)


class SecondsTests(ArgumentTestCase):
    def test_numbers_are_taken(self) -> None:
        for value in (0, 1, 0.5):
            arguments.check_seconds("it", value)

    def test_no_number(self) -> None:
        for value in ("1", None, True):
            self.assert_refused(
                TypeError, f"it must be a number of seconds, not {value!r}", arguments.check_seconds, "it", value
            )

    def test_no_length_of_time(self) -> None:
        for value in (-1, -0.5, float("inf"), float("nan")):
            message = f"it must be a finite number of seconds, 0 or more, not {value!r}"
            self.assert_refused(ValueError, message, arguments.check_seconds, "it", value)


class LimitTests(ArgumentTestCase):
    def test_numbers_and_none_are_taken(self) -> None:
        for value in (None, 1, 0.001, 1e9):
            with self.subTest(value=value):
                arguments.check_limit("timeout", value)

    def test_no_number(self) -> None:
        for value in ("1", True, decimal.Decimal(1), [1]):
            message = f"timeout of Case must be a number of seconds or None for no limit, and is {value!r}"
            self.assert_refused(TypeError, message, arguments.check_limit, "timeout of Case", value)

    def test_not_above_zero_or_without_an_end(self) -> None:
        for value in (0, -1, -0.5, math.nan, math.inf):
            message = f"timeout of Case must be a number of seconds above zero, or None for no limit, and is {value!r}"
            self.assert_refused(ValueError, message, arguments.check_limit, "timeout of Case", value)


class NameTests(unittest.TestCase):
    def test_the_closest_come_first(self) -> None:
        names = {"close": 1, "fetcha": 2, "fetch": 3}
        self.assertEqual(arguments.close_names("fetc", names), ["fetch"])
        self.assertEqual(arguments.close_names("fetc", names, most=2), ["fetch", "fetcha"])
        self.assertEqual(arguments.close_names("xyz", names), [])

    def test_the_question(self) -> None:
        self.assertEqual(arguments.question([]), "")
        self.assertEqual(arguments.question(["tea"]), " Did you mean 'tea'?")
        self.assertEqual(arguments.question(["tea", "milk"]), " Did you mean 'tea' or 'milk'?")
