"""What a test does that can't work is told at that line, with what to write instead."""

import functools
import traceback
import unittest
from collections.abc import AsyncIterator, Iterator
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, Resource, resource
from tests.support import outcome, run


async def close(*_: object) -> None:
    """Stand in for a cleanup."""


@resource
async def orders() -> AsyncIterator[list[str]]:
    yield ["tea"]


class CleanupTests(unittest.TestCase):
    """What is added as a cleanup can be called, or is refused at once."""

    def message(self, method: str, function: object) -> str:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                getattr(self, method)(function)

        (event,) = outcome(Case)
        return event

    def test_a_coroutine_in_place_of_its_function(self) -> None:
        self.assertEqual(
            self.message("addAsyncCleanup", close()),
            "addError TypeError(\"addAsyncCleanup() takes a function, not the coroutine of close(), which can't be "
            'called later. Pass the function and its arguments: addAsyncCleanup(close, ...)")',
        )

    def test_the_methods_for_plain_functions_name_those_for_coroutine_functions(self) -> None:
        for method, instead in {
            "addCleanup": "addAsyncCleanup(close, ...)",
            "addClassCleanup": "addAsyncClassCleanup(close, ...)",
            "addAsyncClassCleanup": "addAsyncClassCleanup(close, ...)",
        }.items():
            with self.subTest(method=method):
                message = self.message(method, close())
                self.assertIn(f"{method}() takes a function, not the coroutine of close()", message)
                self.assertIn(instead, message)

    def test_what_calling_a_function_has_returned(self) -> None:
        self.assertEqual(
            self.message("addCleanup", None),
            "addError TypeError(\"addCleanup() takes a function, not None, which can't be called. Pass the "
            'function and its arguments, without calling it")',
        )

    def test_the_line_of_the_test_is_in_the_traceback(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> None:
                self.addAsyncCleanup(close())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]

        self.assertIn("self.addAsyncCleanup(close())", run(Case).text())

    def test_functions_are_called_with_their_arguments(self) -> None:
        log: list[object] = []

        class Case(AsyncTestCase):
            async def note(self, value: object, *, key: object) -> None:
                log.append((value, key))

            async def test(self) -> None:
                self.addCleanup(log.append, "sync")
                self.addAsyncCleanup(self.note, 1, key=2)

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, [(1, 2), "sync"])


class OwnTestTests(unittest.TestCase):
    """An ``async def`` test is run by aiounit, or refused: never by what has replaced it on the instance."""

    def run_with(self, value: object) -> list[str]:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

        def make(name: str) -> AsyncTestCase:
            case = Case(name)
            setattr(case, name, value if value is not None else getattr(case, name))
            return case

        return outcome(make)

    def test_something_synchronous_in_its_place(self) -> None:
        called = mock.Mock()
        (event,) = self.run_with(called)
        self.assertEqual(called.call_count, 0)
        self.assertIn("DeclarationError", event)
        self.assertIn(
            f"test is async def, but something has set the attribute 'test' of the instance to {called!r}", event
        )
        self.assertIn("Remove the code that sets the attribute, or have it set an async def function", event)

    def test_the_method_itself_as_pytest_sets_it(self) -> None:
        self.assertEqual(self.run_with(None), ["addSuccess"])

    def test_another_coroutine_function(self) -> None:
        self.assertEqual(self.run_with(functools.partial(close, 1)), ["addSuccess"])

    def test_a_synchronous_test_may_be_replaced(self) -> None:
        called = mock.Mock(return_value=None)

        class Case(AsyncTestCase):
            def __init__(self, name: str) -> None:
                super().__init__(name)
                vars(self)["test"] = called

            def test(self) -> None:
                raise AssertionError

        self.assertEqual(outcome(Case), ["addSuccess"])
        called.assert_called_once_with()

    def test_a_test_that_only_the_instance_has(self) -> None:
        class Case(AsyncTestCase):
            def __init__(self, name: str) -> None:
                self.test = lambda: None
                super().__init__(name)

        self.assertEqual(outcome(Case), ["addSuccess"])


class ReturnedTests(unittest.TestCase):
    """A test that returns something to be awaited."""

    def message(self, method: Any) -> str:
        kind = type("Case", (AsyncTestCase,), {"test": method, "__module__": "m"})
        (error,) = run(kind).raised
        return str(error)

    def test_an_async_test_that_returns_a_coroutine(self) -> None:
        async def test(_case: AsyncTestCase) -> Any:
            return close()

        self.assertRegex(
            self.message(test),
            r"^m\.Case\.test returned <coroutine object close at 0x\w+>, which is never awaited, so its code has not "
            r"run\. Await it in the test: write await instead of return$",
        )

    def test_an_async_test_that_returns_a_generator(self) -> None:
        async def test(_case: AsyncTestCase) -> Iterator[str]:
            return (each for each in "")

        self.assertRegex(
            self.message(test),
            r"which is never iterated over, so its code has not run\. Iterate over it in the test instead of returning "
            r"it$",
        )


class ArgumentTests(unittest.TestCase):
    """A test or hook that asks for a resource as an argument, as fixtures are asked for under pytest."""

    def notes(self, function: Any, name: str = "test", **attributes: Any) -> list[str]:
        body = {"test": close, **attributes, name: function}
        (error,) = run(type("Case", (AsyncTestCase,), body)).raised
        return list(getattr(error, "__notes__", ()))

    def test_a_resource_of_the_module(self) -> None:
        async def test(_case: AsyncTestCase, orders: list[str]) -> None:
            raise AssertionError(orders)

        self.assertEqual(
            self.notes(test),
            [
                "'orders' is a resource, and unittest passes no arguments to test(). Write orders = orders in the body "
                "of the class. Remove the parameter, and use self.orders"
            ],
        )

    def test_a_resource_of_the_class_in_a_hook(self) -> None:
        def setUp(_case: AsyncTestCase, orders: list[str]) -> None:
            raise AssertionError(orders)

        self.assertEqual(
            self.notes(setUp, "setUp", orders=orders),
            [
                "'orders' is a resource, and unittest passes no arguments to setUp(). Remove the parameter, and use "
                "self.orders"
            ],
        )

    def test_another_parameter(self) -> None:
        async def test(_case: AsyncTestCase, tmp_path: str) -> None:
            raise AssertionError(tmp_path)

        self.assertEqual(
            self.notes(test),
            [
                "unittest passes no arguments to test(), and pytest neither fixtures nor parameters. "
                "Remove the parameter 'tmp_path', or give it a default"
            ],
        )

    def test_the_line_is_that_of_what_could_not_be_called(self) -> None:
        async def test(_case: AsyncTestCase, *, price: int) -> None:
            raise AssertionError(price)

        (error,) = run(type("Case", (AsyncTestCase,), {"test": test})).raised
        self.assertEqual(
            [frame.name for frame in traceback.extract_tb(error.__traceback__) if frame.filename == __file__], ["test"]
        )

    def test_parameters_of_a_decorated_test_are_left_to_python(self) -> None:
        @mock.patch.object(AsyncTestCase, "loop_debug", False)
        async def test(_case: AsyncTestCase, price: int) -> None:
            raise AssertionError(price)

        self.assertEqual(self.notes(test), [])

    def test_an_error_of_the_test_itself_is_left_alone(self) -> None:
        async def test(_case: AsyncTestCase, orders: object = None) -> None:
            raise TypeError(f"argument {orders}")

        self.assertEqual(self.notes(test), [])

    def test_the_names_are_those_of_resources(self) -> None:
        self.assertIsInstance(orders, Resource)
