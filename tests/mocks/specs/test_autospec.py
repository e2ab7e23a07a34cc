"""Mocks are like what they stand for, in all that asynchronous code does with it."""

import asyncio
import contextlib
import dataclasses
import functools
import unittest
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any, ClassVar, Generic, NewType, Protocol, Self, TypeVar
from unittest import mock

from aiounit.mocks import async_context, async_stream
from aiounit.mocks.specs.autospec import autospec, autospec_member, guard, is_function
from tests.assertions.virtual import virtual

T = TypeVar("T")


class Order:
    """What a client returns."""

    item: str

    async def pay(self, price: int) -> None: ...


class Client:
    """What mocks stand for here."""

    limit = 5
    retries = None
    orders: "list[Order]"

    class Settings:
        """A class in a class."""

        def __init__(self, path: str) -> None: ...

        async def load(self, name: str) -> None: ...

    def __init__(self, url: str) -> None:
        self.url = url

    async def fetch(self, item: str, *, count: int = 1) -> Order:
        raise NotImplementedError

    async def find(self, item: str) -> Order | None: ...

    async def fetch_all(self) -> list[Order]:
        raise NotImplementedError

    async def anything(self): ...  # type: ignore[no-untyped-def]  # what is tested

    async def close(self) -> None: ...

    def last_order(self) -> Order:
        raise NotImplementedError

    def count(self) -> int:
        raise NotImplementedError

    async def listen(self, channel: str) -> AsyncIterator[Order]:
        yield Order()

    def subscribe(self) -> AsyncGenerator[Order, None]:
        raise NotImplementedError

    @contextlib.asynccontextmanager
    async def transaction(self, name: str) -> AsyncIterator[Order]:
        yield Order()

    @contextlib.asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        yield

    def connection(self) -> AbstractAsyncContextManager[Order]:
        raise NotImplementedError

    @contextlib.contextmanager
    def lock(self) -> Iterator[Order]:
        yield Order()

    @classmethod
    async def connect(cls, url: str) -> Self:
        raise NotImplementedError

    @staticmethod
    async def ping(url: str) -> None: ...

    bulk = functools.partialmethod(fetch, count=10)

    @property
    def current(self) -> Order:
        return Order()

    @property
    def state(self): ...  # type: ignore[no-untyped-def]  # what is tested

    @functools.cached_property
    def first(self) -> Order:
        return Order()


async def fetch(item: str, *, count: int = 1) -> Order:
    raise NotImplementedError


def total(*prices: int) -> int:
    raise NotImplementedError


class MessageTestCase(unittest.TestCase):
    def assert_says(self, kind: type[Exception], message: str, call: Callable[..., object], *args: object) -> None:
        with self.assertRaises(kind) as caught:
            call(*args)
        self.assertEqual(str(caught.exception), message)


class FunctionTests(MessageTestCase):
    """Mocks of functions."""

    @virtual
    async def test_a_coroutine_function(self) -> None:
        function = autospec(fetch)
        self.assertIsInstance(function, mock.AsyncMock)
        function.return_value = "tea"
        self.assertEqual(await function("tea"), "tea")
        function.assert_awaited_once_with("tea")

    def test_a_function(self) -> None:
        function = autospec(total)
        function.return_value = 5
        self.assertEqual(function(1, 2), 5)
        function.assert_called_once_with(1, 2)

    def test_a_built_in_function(self) -> None:
        function = autospec(len)
        function.return_value = 5
        self.assertEqual(function([]), 5)
        self.assert_says(TypeError, "too many positional arguments", lambda: function([], 1))

    def test_the_signature_is_checked_when_it_is_called(self) -> None:
        function = autospec(fetch)
        self.assert_says(TypeError, "missing a required argument: 'item'", function)
        self.assert_says(TypeError, "got an unexpected keyword argument 'size'", lambda: function("tea", size=1))
        self.assertEqual(function.call_count, 0)

    @virtual
    async def test_a_call_is_recorded_before_it_is_awaited(self) -> None:
        function = autospec(fetch)
        coroutine = function("tea")
        self.assertEqual((function.call_args_list, function.await_count), ([mock.call("tea")], 0))
        await coroutine

    @virtual
    async def test_keywords_and_positions_are_the_same(self) -> None:
        function = autospec(fetch)
        await function(item="tea")
        function.assert_awaited_once_with("tea")

    def test_a_built_in_function_whose_signature_is_not_known(self) -> None:
        function = autospec(max)
        function(1, 2)
        function.assert_called_once_with(1, 2)

    def test_a_bound_method(self) -> None:
        function = autospec(Client("").fetch)
        self.assert_says(TypeError, "missing a required argument: 'item'", function)

    @virtual
    async def test_a_partial_coroutine_function(self) -> None:
        function = autospec(functools.partial(fetch, "tea"))
        self.assertIsInstance(await function(count=2), Order)
        self.assert_says(TypeError, "too many positional arguments", lambda: function("tea"))

    def test_a_partial_function(self) -> None:
        function = autospec(functools.partial(total, 1))
        function(2)
        function.assert_called_once_with(2)

    def test_its_name(self) -> None:
        names = [repr(each).partition(" id=")[0] for each in (autospec(fetch), autospec(fetch, "other"))]
        self.assertEqual(names, ["<AsyncMock name='fetch' spec='function'", "<AsyncMock name='other' spec='function'"])


class InstanceTests(MessageTestCase):
    """Mocks of instances of classes, and of other objects."""

    def test_it_says_that_it_is_one(self) -> None:
        self.assertIsInstance(autospec(Client), Client)

    def test_its_name(self) -> None:
        self.assertRegex(repr(autospec(Client)), "^<NonCallableMagicMock name='Client' spec='Client' id='.*'>$")
        self.assertRegex(repr(autospec(Client).fetch), "^<AsyncMock name='Client.fetch' spec='function' id='.*'>$")

    def test_methods_check_signatures_when_they_are_called(self) -> None:
        client = autospec(Client)
        for method in (client.fetch, client.listen, client.transaction, client.connect, client.ping):
            with self.assertRaisesRegex(TypeError, "^missing a required argument: '"):
                method()

    def test_methods_stay_the_same(self) -> None:
        client = autospec(Client)
        self.assertIs(client.fetch, client.fetch)

    def test_attributes_of_the_class(self) -> None:
        self.assertIsInstance(autospec(Client).limit, int)

    def test_attributes_of_the_class_that_are_none(self) -> None:
        retries = autospec(Client).retries
        self.assertIsInstance(retries, mock.NonCallableMagicMock)
        message = "'not_awaited' is not an assertion of the mock 'Client.retries', which is called and not awaited: "
        with self.assertRaisesRegex(AttributeError, f"^{message}"):
            retries.not_awaited()

    def test_attributes_that_are_annotated(self) -> None:
        self.assertIsInstance(autospec(Client).orders, mock.MagicMock)

    def test_attributes_that_init_sets(self) -> None:
        client = autospec(Client)
        self.assertIs(client.url, client.url)
        self.assertRegex(repr(client.url), "^<MagicMock name='Client.url' id='.*'>$")

    def test_attributes_whose_class_is_known(self) -> None:
        class Shop:
            client: Client

        shop = autospec(Shop)
        self.assertIsInstance(shop.client, Client)
        self.assertRegex(repr(shop.client.fetch), "^<AsyncMock name='Shop.client.fetch' spec='function' id='.*'>$")

    def test_properties(self) -> None:
        client = autospec(Client)
        self.assertIsInstance(client.current, Order)
        self.assertIsInstance(client.first, Order)
        self.assertIs(client.current, client.current)
        self.assertIsInstance(client.state, mock.MagicMock)

    @virtual
    async def test_a_class_in_the_class(self) -> None:
        settings = autospec(Client).Settings("path")
        self.assertIsNone(await settings.load("tea"))
        self.assert_says(TypeError, "missing a required argument: 'name'", settings.load)

    @virtual
    async def test_another_object(self) -> None:
        client = autospec(Client("http://shop"))
        self.assertIsInstance(client.url, str)
        self.assertIsInstance(await client.fetch("tea"), Order)

    def test_properties_of_another_object(self) -> None:
        class Shop:
            @property
            def name(self):  # type: ignore[no-untyped-def]  # what is tested
                return "tea"

        self.assertIsInstance(autospec(Shop()).name, str)

    def test_another_object_that_can_not_be_looked_at(self) -> None:
        class Shop:
            @property
            def client(self) -> Client:
                raise OSError("no client")

        with self.assertRaisesRegex(OSError, "^no client$") as caught:
            autospec(Shop())
        note = (
            "raised by an attribute of Shop, all of which are read to make a mock that imitates it. "
            "Give its class, or in a patch spec=False"
        )
        self.assertEqual(caught.exception.__notes__, [note])
        self.assertIsInstance(autospec(Shop).client, Client)

    @virtual
    async def test_a_module(self) -> None:
        module = autospec(asyncio)
        await module.sleep(1)
        module.sleep.assert_awaited_once_with(1)
        self.assertEqual(repr(module).partition(" id=")[0], "<NonCallableMagicMock name='asyncio' spec='module'")

    def test_a_generic_class(self) -> None:
        class Box(Generic[T]):
            def get(self) -> T:
                raise NotImplementedError

        self.assertIsInstance(autospec(Box[Order]), Box)
        self.assertIsInstance(autospec(Box[Order]).get(), Order)
        self.assertIsInstance(autospec(Box).get(), mock.MagicMock)

    @virtual
    async def test_a_protocol(self) -> None:
        class Store(Protocol):
            async def load(self, name: str) -> Order: ...

        self.assertIsInstance(await autospec(Store).load("tea"), Order)

    def test_a_mock(self) -> None:
        for given in (mock.Mock(name="client"), mock.create_autospec(fetch)):
            message = f"{given!r} is already a mock. Give the class, function or object that it imitates"
            self.assert_says(TypeError, message, autospec, given)

    def test_a_class_with_a_mock_in_it(self) -> None:
        class Shop:
            fetch = autospec(fetch)

        with self.assertRaises(TypeError) as caught:
            autospec(Shop)
        message = (
            f"Shop has an attribute that is already a mock, so a mock can't imitate it: "
            f"Cannot spec a Mock object. [object={Shop.fetch!r}]. Make this mock before you patch that attribute"
        )
        self.assertEqual(str(caught.exception), message)


class ValueTests(unittest.TestCase):
    """What methods return when nobody has said it."""

    def setUp(self) -> None:
        self.client = autospec(Client)

    @virtual
    async def test_what_their_annotation_says(self) -> None:
        order = await self.client.fetch("tea")
        self.assertIsInstance(order, Order)
        self.assertIsNone(await order.pay(5))
        with self.assertRaises(TypeError):
            order.pay()

    @virtual
    async def test_the_same_each_time(self) -> None:
        self.assertIs(await self.client.fetch("tea"), await self.client.fetch("milk"))
        self.assertIs(self.client.fetch.return_value, await self.client.fetch("tea"))

    @virtual
    async def test_a_name_that_says_where_it_is_from(self) -> None:
        order = await self.client.fetch("tea")
        self.assertRegex(repr(order.pay), r"^<AsyncMock name='Client.fetch\(\).pay' spec='function' id='.*'>$")

    @virtual
    async def test_none(self) -> None:
        self.assertIsNone(await self.client.close())

    @virtual
    async def test_not_none_where_something_else_is_possible(self) -> None:
        self.assertIsInstance(await self.client.find("tea"), Order)

    @virtual
    async def test_self(self) -> None:
        self.assertIsInstance(await self.client.connect("url"), Client)

    def test_of_what_is_not_async_def(self) -> None:
        self.assertIsInstance(self.client.last_order(), Order)

    def test_of_a_built_in_class(self) -> None:
        self.assertIsInstance(self.client.count(), mock.MagicMock)

    @virtual
    async def test_without_annotation_nothing_that_must_be_awaited(self) -> None:
        for value in (await self.client.anything(), await self.client.fetch_all()):
            self.assertIsInstance(value.json(), mock.MagicMock)
            with self.assertRaises(AttributeError):
                value.called_once()

    @virtual
    async def test_what_somebody_has_said(self) -> None:
        self.client.fetch.return_value = "tea"
        self.client.find.side_effect = [None, OSError("no")]
        self.assertEqual([await self.client.fetch("tea"), await self.client.find("tea")], ["tea", None])
        with self.assertRaisesRegex(OSError, "no"):
            await self.client.find("tea")


class CallableTests(unittest.IsolatedAsyncioTestCase):
    """An object that can be called gives what its ``__call__`` is annotated with."""

    class Handler:
        async def __call__(self, item: str) -> Order:
            return Order()

    class Maker:
        def __call__(self, item: str) -> Order:
            return Order()

    class Namer:
        def __call__(self, item: str) -> str:
            return item

    class Shop:
        on_order: Callable[[str], Awaitable[Order]]
        on_close: Callable[[], Coroutine[Any, Any, None]]
        make: Callable[[], Order]
        name: Callable[[], str]

    async def test_a_coroutine_function_is_awaited(self) -> None:
        handler = autospec(self.Handler)
        self.assertIsInstance(await handler("tea"), Order)
        handler.assert_awaited_once_with("tea")
        handler.return_value = 5
        self.assertEqual(await handler("milk"), 5)

    async def test_its_signature_is_that_of_a_call(self) -> None:
        for handler in (autospec(self.Handler), autospec(self.Handler())):
            with self.assertRaisesRegex(TypeError, "missing a required argument: 'item'"):
                handler()
            await handler(item="tea")
            handler.assert_awaited_once_with("tea")

    def test_a_plain_function(self) -> None:
        self.assertIsInstance(autospec(self.Maker)("tea"), Order)
        self.assertIsInstance(autospec(self.Namer)("tea"), mock.MagicMock)

    async def test_an_attribute_that_is_annotated_as_one(self) -> None:
        shop = autospec(self.Shop)
        self.assertIsInstance(await shop.on_order("tea"), Order)
        self.assertIsNone(await shop.on_close())
        self.assertIsInstance(shop.make(), Order)
        self.assertIsInstance(shop.name(), mock.MagicMock)


class StreamTests(unittest.TestCase):
    """Asynchronous generators."""

    def setUp(self) -> None:
        self.client = autospec(Client)

    @virtual
    async def test_they_are_empty_at_first(self) -> None:
        for stream in (self.client.listen("tea"), self.client.subscribe()):
            self.assertEqual([item async for item in stream], [])

    @virtual
    async def test_a_list(self) -> None:
        self.client.listen.return_value = ["tea", "milk"]
        for _ in range(2):
            self.assertEqual([item async for item in self.client.listen("tea")], ["tea", "milk"])
        self.client.listen.assert_called_with("tea")

    @virtual
    async def test_one_that_is_annotated_only(self) -> None:
        self.client.subscribe.return_value = ["tea"]
        self.assertEqual([item async for item in self.client.subscribe()], ["tea"])

    @virtual
    async def test_exceptions_are_raised(self) -> None:
        self.client.listen.return_value = [OSError("no")]
        with self.assertRaisesRegex(OSError, "no"):
            await anext(self.client.listen("tea"))

    @virtual
    async def test_a_stream(self) -> None:
        self.client.listen.return_value = stream = async_stream(["tea"])
        self.assertIs(self.client.listen("tea"), stream)

    @virtual
    async def test_the_idiom_of_unittest(self) -> None:
        self.client.listen.return_value.__aiter__.return_value = ["tea"]
        self.assertEqual([item async for item in self.client.listen("tea")], ["tea"])

    @virtual
    async def test_they_can_be_closed(self) -> None:
        async with contextlib.aclosing(self.client.listen("tea")) as stream:
            self.assertEqual([item async for item in stream], [])
        self.client.listen.return_value.aclose.assert_awaited_once_with()

    def test_what_is_no_stream(self) -> None:
        self.client.listen.return_value = 5
        with self.assertRaises(TypeError) as caught:
            self.client.listen("tea")
        self.assertEqual(str(caught.exception), "items of async_stream() must be a list or another iterable, not 5")


class IterationTests(unittest.TestCase):
    """Objects that are iterated over."""

    @virtual
    async def test_items(self) -> None:
        class Feed:
            def __aiter__(self) -> Self:
                raise NotImplementedError

            async def __anext__(self) -> str:
                raise NotImplementedError

        feed = autospec(Feed)
        self.assertEqual([item async for item in feed], [])
        feed.__aiter__.return_value = ["tea", "milk"]
        for _ in range(2):
            self.assertEqual([item async for item in feed], ["tea", "milk"])
        self.assertEqual(await anext(feed), "tea")


class AwaitedTests(unittest.TestCase):
    """Objects that are awaited, and what they give."""

    class Connection:
        """Both awaitable and a context manager, as ``aiosqlite.connect()`` returns one."""

        def __await__(self) -> Generator[Any, None, Self]:
            raise NotImplementedError

        async def __aenter__(self) -> Self:
            raise NotImplementedError

        async def __aexit__(self, *details: object) -> None: ...

    class Request(Generic[T]):
        """Gives a response, as ``aiohttp.ClientSession.get()`` returns one."""

        def __await__(self) -> Generator[Any, None, T]:
            raise NotImplementedError

        async def __aenter__(self) -> T:
            raise NotImplementedError

        async def __aexit__(self, *details: object) -> None: ...

    class Job:
        """Is awaited only."""

        def __await__(self) -> Generator[Any, None, Order]:
            raise NotImplementedError

    class Session:
        """Makes all of them."""

        def connect(self) -> "AwaitedTests.Connection":
            raise NotImplementedError

        def get(self, url: str) -> "AwaitedTests.Request[Order]":
            raise NotImplementedError

        def start(self) -> "AwaitedTests.Job":
            raise NotImplementedError

    def setUp(self) -> None:
        self.session = autospec(self.Session)

    @virtual
    async def test_one_that_gives_itself(self) -> None:
        connection = self.session.connect()
        self.assertIs(await connection, connection)
        async with connection as entered:
            self.assertIs(entered, connection)

    @virtual
    async def test_one_that_gives_something_else(self) -> None:
        request = self.session.get("url")
        order = await request
        self.assertIsInstance(order, Order)
        async with request as entered:
            self.assertIs(entered, order)

    @virtual
    async def test_one_that_is_no_context_manager(self) -> None:
        self.assertIsInstance(await self.session.start(), Order)

    @virtual
    async def test_one_that_says_nothing(self) -> None:
        class Job:
            def __await__(self):  # type: ignore[no-untyped-def]  # what is tested
                raise NotImplementedError

        job = autospec(Job)
        self.assertIs(await job, job)

    @virtual
    async def test_what_somebody_has_said_that_it_gives(self) -> None:
        self.session.get.return_value = "tea"
        self.assertEqual(await self.session.get("url"), "tea")
        async with self.session.get("url") as entered:
            self.assertEqual(entered, "tea")

    @virtual
    async def test_the_idiom_of_unittest(self) -> None:
        self.session.get.return_value.__aenter__.return_value = "tea"
        async with self.session.get("url") as entered:
            self.assertEqual(entered, "tea")

    def test_one_that_gives_itself_is_what_is_returned(self) -> None:
        self.session.connect.return_value = "tea"
        self.assertEqual(self.session.connect(), "tea")


class ContextTests(unittest.TestCase):
    """Context managers: what a method returns, and what an object is."""

    def setUp(self) -> None:
        self.client = autospec(Client)

    @virtual
    async def test_a_decorated_method_gives_what_its_annotation_says(self) -> None:
        async with self.client.transaction("tea") as order:
            self.assertIsInstance(order, Order)

    @virtual
    async def test_a_decorated_method_that_gives_nothing(self) -> None:
        async with self.client.pause() as nothing:
            self.assertIsNone(nothing)

    @virtual
    async def test_an_annotated_method_gives_what_its_annotation_says(self) -> None:
        async with self.client.connection() as order:
            self.assertIsInstance(order, Order)

    def test_one_that_is_not_asynchronous(self) -> None:
        with self.client.lock() as order:
            self.assertIsInstance(order, Order)

    @virtual
    async def test_a_value(self) -> None:
        self.client.transaction.return_value = "tea"
        async with self.client.transaction("name") as value:
            self.assertEqual(value, "tea")
        self.client.lock.return_value = "milk"
        with self.client.lock() as value:
            self.assertEqual(value, "milk")

    @virtual
    async def test_a_context_manager(self) -> None:
        self.client.transaction.return_value = context = async_context("tea")
        async with self.client.transaction("name") as value:
            self.assertEqual((value, context.entered), ("tea", 1))

    @virtual
    async def test_the_idiom_of_unittest(self) -> None:
        self.client.transaction.return_value.__aenter__.return_value = "tea"
        async with self.client.transaction("name") as value:
            self.assertEqual(value, "tea")

    @virtual
    async def test_a_method_that_is_decorated_once_more(self) -> None:
        class Shop:
            @functools.wraps(Client.transaction)
            def transaction(self, name: str) -> Any: ...

        async with autospec(Shop).transaction("tea") as order:
            self.assertIsInstance(order, Order)

    @virtual
    async def test_an_object_gives_itself(self) -> None:
        class Shop:
            async def __aenter__(self):  # type: ignore[no-untyped-def]  # what is tested
                return self

            async def __aexit__(self, *details: object) -> None: ...

        shop = autospec(Shop)
        async with shop as given:
            self.assertIs(given, shop)
        with self.assertRaises(OSError):
            async with shop:
                raise OSError

    @virtual
    async def test_an_object_that_says_that_it_gives_itself(self) -> None:
        class Shop:
            async def __aenter__(self) -> Self:
                return self

            async def __aexit__(self, *details: object) -> None: ...

        shop = autospec(Shop)
        async with shop as given:
            self.assertIs(given, shop)

    @virtual
    async def test_an_object_that_gives_another(self) -> None:
        class Shop:
            async def __aenter__(self) -> Order:
                raise NotImplementedError

            async def __aexit__(self, *details: object) -> None: ...

        async with autospec(Shop) as given:
            self.assertIsInstance(given, Order)

    def test_an_object_that_gives_nothing(self) -> None:
        class Shop:
            def __enter__(self) -> None: ...

            def __exit__(self, *details: object) -> None: ...

        with autospec(Shop) as given:
            self.assertIsNone(given)


class MissingTests(MessageTestCase):
    """What is misspelt is refused, and what is right is named."""

    def setUp(self) -> None:
        self.client = autospec(Client)

    def test_attributes(self) -> None:
        says = functools.partial(self.assert_says, AttributeError)
        says("Client has no attribute 'fecth'. Did you mean 'fetch'?", lambda: self.client.fecth)
        says("Client has no attribute 'ulr'. Did you mean 'url'?", lambda: self.client.ulr)
        says("Client has no attribute 'xyz'", lambda: self.client.xyz)
        says(
            "Client.fetch has no attribute 'return_valeu'. Did you mean 'return_value'?",
            lambda: self.client.fetch.return_valeu,
        )

    def test_attributes_of_what_methods_return(self) -> None:
        message = "Order has no attribute 'apy'. Did you mean 'pay'?"
        self.assert_says(AttributeError, message, lambda: self.client.last_order().apy)

    def test_attributes_of_a_module(self) -> None:
        message = "the module asyncio has no attribute 'slep'. Did you mean 'sleep'?"
        self.assert_says(AttributeError, message, lambda: autospec(asyncio).slep)

    def test_private_attributes_are_left_to_unittest(self) -> None:
        self.assert_says(AttributeError, "Mock object has no attribute '_nothing'", lambda: self.client._nothing)

    def test_assertions(self) -> None:
        right = {
            "any_await": "assert_any_await",
            "assert_awaited_once_wiht": "assert_awaited_once_with",
            "awaited_once_with": "assert_awaited_once_with",
            "has_awaits": "assert_has_awaits",
            "mock_awaits": "await_args_list",
            "not_awaited": "assert_not_awaited",
        }
        for wrong, name in right.items():
            message = f"{wrong!r} is not an assertion of the mock 'Client.fetch'. Did you mean {name!r}?"
            self.assert_says(AttributeError, message, getattr, self.client.fetch, wrong)

    def test_an_attribute_that_is_called_like_an_assertion(self) -> None:
        class Shop:
            def awaited_once(self) -> str:
                raise NotImplementedError

        self.assertIsInstance(autospec(Shop).awaited_once(), mock.MagicMock)


class GuardTests(MessageTestCase):
    """Mocks without a spec refuse what reads like an assertion."""

    def setUp(self) -> None:
        self.mock = mock.AsyncMock(name="fetch")
        self.assertIs(guard(self.mock), self.mock)

    def test_assertions(self) -> None:
        message = (
            "'awaited_once_with' is not an assertion of the mock 'fetch'. Did you mean 'assert_awaited_once_with'?"
        )
        self.assert_says(AttributeError, message, lambda: self.mock.awaited_once_with)

    def test_assertions_of_attributes(self) -> None:
        message = "'has_awaits' is not an assertion of the mock 'fetch.json'. Did you mean 'assert_has_awaits'?"
        self.assert_says(AttributeError, message, lambda: self.mock.json.has_awaits)

    def test_other_attributes_are_there(self) -> None:
        self.assertIsInstance(self.mock.json, mock.AsyncMock)

    def test_attributes_that_are_no_mocks(self) -> None:
        self.mock.wraps = 5
        self.assertEqual(self.mock.wraps, 5)

    def test_attributes_that_were_deleted(self) -> None:
        del self.mock.json
        self.assert_says(AttributeError, "the mock 'fetch' has no attribute 'json'", lambda: self.mock.json)


class MemberTests(MessageTestCase):
    """Mocks that take the place of attributes."""

    def member(self, name: str, owner: Any = Client) -> Any:
        original = vars(owner)[name] if name in vars(owner) else getattr(owner, name)
        return autospec_member(owner, name, original)

    @virtual
    async def test_methods_of_a_class_are_called_without_self(self) -> None:
        for name, arguments in {"fetch": ["tea"], "connect": ["url"], "ping": ["url"], "bulk": ["tea"]}.items():
            with self.subTest(name):
                method = self.member(name)
                await method(*arguments)
                method.assert_awaited_once_with(*arguments)
                self.assert_says(TypeError, "too many positional arguments", method, 1, 2, 3)

    @virtual
    async def test_methods_of_an_object(self) -> None:
        method = self.member("fetch", Client("url"))
        await method("tea")
        method.assert_awaited_once_with("tea")

    def test_properties(self) -> None:
        for name in ("current", "first"):
            member = self.member(name)
            self.assertIsInstance(member, mock.PropertyMock)
            with self.assertRaises(AttributeError):
                member.called_once()

    def test_values(self) -> None:
        self.assertIsInstance(self.member("limit"), int)
        self.assertIsInstance(self.member("url", Client("url")), str)

    @virtual
    async def test_a_class(self) -> None:
        kind = self.member("Settings")
        self.assertIsNone(await kind("path").load("tea"))
        self.assert_says(TypeError, "missing a required argument: 'path'", kind)
        message = "Client.Settings has no attribute 'laod'. Did you mean 'load'?"
        self.assert_says(AttributeError, message, lambda: kind.laod)
        self.assert_says(AttributeError, message, lambda: kind("path").laod)

    def test_which_mocks_stand_for_functions(self) -> None:
        client = autospec(Client)
        found = [is_function(each) for each in (client.fetch, client.listen, client, client.url)]
        self.assertEqual(found, [True, True, False, False])


class Sender:
    async def send(self, text: str) -> None: ...


class Slot:
    """A descriptor of its own kind."""

    def __init__(self, function: Any) -> None:
        self.func = function

    def __get__(self, instance: object, owner: object) -> Any:
        return self if instance is None else self.func(instance)


class Parent:
    inherited: "Sender"

    def __init__(self, sender: Sender) -> None:
        self.parents: Sender = sender


@dataclasses.dataclass
class Message(Parent):
    field: Sender
    default: Sender | None = None
    made: "Sender" = dataclasses.field(default_factory=Sender)
    shared: ClassVar[Sender | None] = None
    noted: Annotated[Sender | None, "why"] = None


class Interaction(Parent):
    client: Sender

    def __init__(self, sender: Sender, other: "Sender | None" = None) -> None:
        super().__init__(sender)
        self.sender: Sender = Sender()
        self.quoted: Sender | None = None
        self.given = sender
        self.other = other or Sender()
        self.client = sender
        self.unknown = object()

    @Slot
    def response(self) -> Sender:
        raise NotImplementedError

    @Slot
    def anything(self):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    @Slot
    def reply(self, text: str) -> Sender:
        raise NotImplementedError


class AnnotatedAttributeTests(unittest.TestCase):
    """Attributes that annotations tell of are mocks of what these say, wherever the annotations are."""

    @virtual
    async def test_each_is_a_mock_of_its_class(self) -> None:
        interaction, message = autospec(Interaction), autospec(Message)
        names = ["client", "sender", "quoted", "given", "other", "response", "inherited", "parents"]
        mocks = [getattr(interaction, name) for name in names]
        mocks += [getattr(message, name) for name in ("field", "default", "made", "shared", "noted", "inherited")]
        for mocked in mocks:
            with self.subTest(mocked):
                self.assertIsInstance(mocked, Sender)
                await mocked.send("tea")
                mocked.send.assert_awaited_once_with("tea")
                with self.assertRaisesRegex(AttributeError, "Sender has no attribute 'sent'"):
                    mocked.sent("tea")

    def test_what_is_not_annotated_takes_anything(self) -> None:
        interaction = autospec(Interaction)
        interaction.unknown.anything("tea")
        interaction.anything.anything("tea")

    def test_a_descriptor_of_a_method(self) -> None:
        interaction = autospec(Interaction)
        self.assertIsInstance(interaction.reply("tea"), Sender)
        with self.assertRaises(TypeError):
            interaction.reply()

    def test_it_can_be_said(self) -> None:
        self.assertEqual(configured(Interaction, response="tea").response, "tea")

    def test_an_instance_as_the_spec(self) -> None:
        class Owner:
            @Slot
            def size(self):  # type: ignore[no-untyped-def]
                return "tea"

            @Slot
            def sender(self) -> Sender:
                return Sender()

        mocked = autospec(Owner())
        self.assertIsInstance(mocked.size, str, "it is like the value that the object has there")
        self.assertIsInstance(mocked.sender, Sender)

    def test_a_hint_as_the_spec(self) -> None:
        hints: list[Any] = [Sender | None, Annotated[Sender, "why"], NewType("Sent", Sender)]
        for hint in hints:
            self.assertIsInstance(autospec(hint), Sender)


def configured(spec: Any, **values: Any) -> Any:
    mocked = autospec(spec)
    for name, value in values.items():
        setattr(mocked, name, value)
    return mocked
