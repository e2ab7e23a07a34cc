"""What a mock is told by keywords."""

import asyncio
import unittest
from typing import Any
from unittest import mock

from aiounit.mocks import fails
from aiounit.mocks.specs.autospec import autospec
from aiounit.mocks.specs.configuration import configure
from tests.assertions.virtual import virtual


class Order:
    """Has something to pay."""

    async def pay(self, price: int) -> str:
        raise NotImplementedError


class Client:
    """What is configured."""

    name = "shop"

    async def fetch(self, item: str) -> Order:
        raise NotImplementedError

    def count(self) -> int:
        raise NotImplementedError


class ConfigureTests(unittest.TestCase):
    def client(self, **values: Any) -> Any:
        client = autospec(Client)
        configure(client, values)
        return client

    @virtual
    async def test_what_a_method_returns(self) -> None:
        client = self.client(fetch="tea", count=5)
        self.assertEqual((await client.fetch("tea"), client.count()), ("tea", 5))

    @virtual
    async def test_a_mock_is_returned_too(self) -> None:
        order = mock.Mock()
        self.assertIs(await self.client(fetch=order).fetch("tea"), order)

    @virtual
    async def test_what_a_method_raises(self) -> None:
        for error in (OSError, OSError("no")):
            with self.assertRaises(OSError):
                await self.client(fetch=error).fetch("tea")
            with self.assertRaises(OSError):
                self.client(count=error).count()

    @virtual
    async def test_what_a_method_does(self) -> None:
        client = self.client(fetch=lambda item: item.upper(), count=lambda: 5)
        self.assertEqual((await client.fetch("tea"), client.count()), ("TEA", 5))

    @virtual
    async def test_a_behaviour(self) -> None:
        client = self.client(fetch=fails(OSError, then="tea"))
        with self.assertRaises(OSError):
            await client.fetch("tea")
        self.assertEqual(await client.fetch("tea"), "tea")

    @virtual
    async def test_a_lambda_that_returns_a_coroutine(self) -> None:
        async def look_up(item: str) -> str:
            return item.upper()

        client = self.client(fetch=lambda item: look_up(item))  # noqa: PLW0108 (what is tested)
        self.assertEqual(await client.fetch("tea"), "TEA")

    @virtual
    async def test_the_names_of_unittest(self) -> None:
        client = self.client(**{"fetch.return_value": "tea", "count.side_effect": [1, 2]})
        self.assertEqual((await client.fetch("tea"), client.count(), client.count()), ("tea", 1, 2))

    @virtual
    async def test_what_is_inside_what_a_method_returns(self) -> None:
        client = self.client(**{"fetch.return_value.pay": "paid"})
        self.assertEqual(await (await client.fetch("tea")).pay(5), "paid")

    @virtual
    async def test_special_methods(self) -> None:
        class Shelf:
            def __len__(self) -> int:
                raise NotImplementedError

            def __aiter__(self) -> Any:
                raise NotImplementedError

        shelf = autospec(Shelf)
        configure(shelf, {"__len__": 2, "__aiter__": ["tea", "milk"]})
        self.assertEqual((len(shelf), [item async for item in shelf]), (2, ["tea", "milk"]))

    def test_attributes(self) -> None:
        self.assertEqual(self.client(name="other").name, "other")

    @virtual
    async def test_a_function(self) -> None:
        function = autospec(Client.fetch)
        configure(function, {"return_value": "tea"})
        self.assertEqual(await function(None, "tea"), "tea")

    def assert_missing(self, message: str, **values: Any) -> None:
        with self.assertRaises(AttributeError) as caught:
            self.client(**values)
        self.assertEqual(str(caught.exception), message)

    def test_what_is_not_there(self) -> None:
        self.assert_missing("Client has no attribute 'fecth'. Did you mean 'fetch'?", fecth=5)
        self.assert_missing("Client has no attribute 'fecth'. Did you mean 'fetch'?", **{"fecth.return_value": 5})
        self.assert_missing("Order has no attribute 'apy'. Did you mean 'pay'?", **{"fetch.return_value.apy": 5})

    def test_a_coroutine_in_place_of_its_function_is_refused_and_closed(self) -> None:
        for name in ("fetch", "fetch.return_value", "fetch.side_effect", "count.side_effect"):
            coroutine: Any = Order().pay(5)
            with self.assertRaisesRegex(TypeError, f"^{name} is <coroutine.*Give the function without calling it$"):
                self.client(**{name: coroutine})
            self.assertIsNone(coroutine.cr_frame)

    @virtual
    async def test_a_plain_function_may_return_one(self) -> None:
        client = self.client(count=asyncio.sleep(0, 5))
        self.assertEqual(await client.count(), 5)

    def test_what_is_only_there_of_what_can_be_called(self) -> None:
        for name in ("return_value", "side_effect"):
            self.assert_missing(f"the mock 'Client' can't be called, so it has no {name}", **{name: 5})
