"""Lists and values become streams and context managers where a mock is iterated over or entered."""

import contextlib
import functools
import unittest
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from unittest import mock

from aiounit.mocks import async_context, async_stream
from aiounit.mocks.specs.conversions import context_of, convert, iterate
from tests.assertions.virtual import virtual


class Client:
    """Has methods that return context managers."""

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        yield

    def count(self) -> int:
        raise NotImplementedError


@functools.wraps(Client.transaction)
def wrapped() -> None: ...


def circular() -> None: ...


circular.__wrapped__ = circular  # type: ignore[attr-defined]  # what is tested


class ContextTests(unittest.TestCase):
    def method(self, function: Callable[..., object], origin: object = None) -> str | None:
        context = context_of(function, origin)
        return None if context is None else context.enter

    def test_what_is_decorated(self) -> None:
        for function in (Client.transaction, Client().transaction, wrapped):
            self.assertEqual(self.method(function), "__aenter__")
        self.assertEqual(self.method(Client.lock), "__enter__")

    def test_what_is_annotated(self) -> None:
        self.assertEqual(self.method(Client.count, AbstractAsyncContextManager), "__aenter__")
        self.assertEqual(self.method(Client.count, AbstractContextManager), "__enter__")

    def test_what_returns_something_else(self) -> None:
        for function in (Client.count, len, circular):
            self.assertIsNone(self.method(function))


class ConvertTests(unittest.TestCase):
    def setUp(self) -> None:
        self.mock = mock.MagicMock()
        convert(self.mock, "__aenter__", async_context)

    @virtual
    async def test_a_value(self) -> None:
        self.mock.return_value = "tea"
        async with self.mock() as value:
            self.assertEqual(value, "tea")

    @virtual
    async def test_what_is_one_already(self) -> None:
        self.mock.return_value = context = async_context("tea")
        self.assertIs(self.mock(1, a=2), context)


class IterateTests(unittest.TestCase):
    def setUp(self) -> None:
        self.feed = mock.MagicMock()
        iterate(self.feed)

    async def items(self) -> list[object]:
        return [item async for item in self.feed]

    @virtual
    async def test_nothing_at_first(self) -> None:
        self.assertEqual(await self.items(), [])

    @virtual
    async def test_a_list(self) -> None:
        self.feed.__aiter__.return_value = ["tea", "milk"]
        self.assertEqual([await self.items(), await self.items()], [["tea", "milk"]] * 2)

    @virtual
    async def test_an_iterator_is_there_more_than_once(self) -> None:
        self.feed.__aiter__.return_value = iter(["tea", "milk"])
        self.assertEqual([await self.items(), await self.items()], [["tea", "milk"]] * 2)

    @virtual
    async def test_exceptions_are_raised(self) -> None:
        self.feed.__aiter__.return_value = [OSError("no")]
        with self.assertRaisesRegex(OSError, "no"):
            await self.items()

    @virtual
    async def test_a_stream(self) -> None:
        self.feed.__aiter__.return_value = stream = async_stream(["tea"])
        self.assertEqual((await self.items(), stream.consumed), (["tea"], ["tea"]))

    @virtual
    async def test_item_by_item(self) -> None:
        self.feed.__aiter__.return_value = ["tea", "milk"]
        self.assertEqual([await anext(self.feed), await anext(self.feed)], ["tea", "milk"])
        with self.assertRaises(StopAsyncIteration):
            await anext(self.feed)

    @virtual
    async def test_what_is_no_iterator_itself(self) -> None:
        class Messages:
            def __aiter__(self) -> AsyncIterator[str]:
                raise NotImplementedError

        messages = mock.create_autospec(Messages, instance=True)
        iterate(messages)
        messages.__aiter__.return_value = ["tea"]
        self.assertEqual([item async for item in messages], ["tea"])
        self.assertFalse(hasattr(messages, "__anext__"))
