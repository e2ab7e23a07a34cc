"""What is missing is named, with what it was meant to be."""

import asyncio
import traceback
import unittest
from unittest import mock

from aiounit.mocks.specs import suggestions


class Client:
    async def fetch(self) -> None: ...


async def fetch() -> None: ...


class ClosestTests(unittest.TestCase):
    def test_one(self) -> None:
        self.assertEqual(suggestions.closest("fecth", ["fetch", "close"]), ". Did you mean 'fetch'?")

    def test_several(self) -> None:
        self.assertEqual(suggestions.closest("fetc", ["fetch", "fetcha"]), ". Did you mean 'fetch' or 'fetcha'?")

    def test_none(self) -> None:
        self.assertEqual(suggestions.closest("fetch", ["close"]), "")

    def test_private_ones_only_for_private_ones(self) -> None:
        self.assertEqual(suggestions.closest("fetch", ["_fetch"]), "")
        self.assertEqual(suggestions.closest("_fecth", ["_fetch"]), ". Did you mean '_fetch'?")


class NameTests(unittest.TestCase):
    def test_of_a_class(self) -> None:
        self.assertEqual(suggestions.name_of(Client), "Client")

    def test_of_a_local_class(self) -> None:
        class Local:
            pass

        self.assertEqual(suggestions.name_of(Local), "Local")

    def test_of_a_method(self) -> None:
        self.assertEqual(suggestions.name_of(Client.fetch), "Client.fetch")

    def test_of_a_module(self) -> None:
        self.assertEqual(suggestions.name_of(asyncio), "asyncio")
        self.assertEqual(suggestions.in_words(asyncio), "the module asyncio")

    def test_of_another_object(self) -> None:
        self.assertEqual(suggestions.name_of(Client()), "Client")
        self.assertEqual(suggestions.in_words(Client()), "Client")


class TypoTests(unittest.TestCase):
    def test_what_is_taken_for_an_assertion(self) -> None:
        typos = [
            "any_await",
            "any_awaits",
            "asert_awaited",
            "assert_awaited_once_wiht",
            "assert_awaitedonce",
            "awaited",
            "awaited_once",
            "awaited_once_with",
            "awaited_with",
            "called_once_with",
            "has_await",
            "has_awaits",
            "mock_awaits",
            "not_awaited",
            "not_called",
        ]
        self.assertEqual([each for each in typos if not suggestions.is_assertion_typo(each)], [])

    def test_what_is_not(self) -> None:
        names = ["fetch", "await_count", "await_args", "reset_mock", "awaiting"]
        self.assertEqual([each for each in names if suggestions.is_assertion_typo(each)], [])


class MissingTests(unittest.TestCase):
    def message(self, missing: str, of: mock.NonCallableMock, spec: object = None) -> str:
        return str(suggestions.missing_attribute(of, missing, spec, ["fetch", "close"]))

    def test_an_attribute_of_a_spec(self) -> None:
        expected = "Client has no attribute 'fecth'. Did you mean 'fetch'?"
        self.assertEqual(self.message("fecth", mock.Mock(), Client), expected)

    def test_an_attribute_of_a_mock_without_a_spec(self) -> None:
        self.assertEqual(self.message("x", mock.Mock(name="client")), "the mock 'client' has no attribute 'x'")

    def test_python_adds_no_suggestion(self) -> None:
        class Owner:
            def __getattr__(self, name: str) -> None:
                raise suggestions.missing_attribute(mock.Mock(), name, Client, ["fetch"])

            fetch = 5

        for name in ("fecth", "called_once"):
            with self.assertRaises(AttributeError) as caught:
                getattr(Owner(), name)
            (line,) = traceback.format_exception_only(caught.exception)
            self.assertEqual(line, f"AttributeError: {caught.exception}\n")

    def test_assertions(self) -> None:
        right = {
            "any_await": "assert_any_await",
            "any_awaits": "assert_any_await",
            "assertAwaitedOnce": "assert_awaited_once",
            "assert_awaited_once_wiht": "assert_awaited_once_with",
            "awaited": "assert_awaited",
            "awaited_once_with": "assert_awaited_once_with",
            "called_once": "assert_called_once",
            "has_awaits": "assert_has_awaits",
            "mock_awaits": "await_args_list",
            "not_awaited": "assert_not_awaited",
        }
        for wrong, name in right.items():
            expected = f"{wrong!r} is not an assertion of the mock 'fetch'. Did you mean {name!r}?"
            self.assertEqual(self.message(wrong, mock.AsyncMock(name="fetch"), fetch), expected)

    def test_assertions_about_awaits_of_what_is_not_awaited(self) -> None:
        right = {
            "assert_awaited_once": "assert_called_once",
            "has_awaits": "assert_has_calls",
            "mock_awaits": "call_args_list",
            "not_awaited": "assert_not_called",
        }
        for wrong, name in right.items():
            expected = (
                f"{wrong!r} is not an assertion of the mock 'close', which is called and not awaited: "
                f"the function that it imitates is not async def. Did you mean {name!r}?"
            )
            self.assertEqual(self.message(wrong, mock.Mock(name="close")), expected)
