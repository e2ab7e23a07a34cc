"""A spy does what the original does, and writes down what came of each call."""

import asyncio
import contextlib
import functools
import types
import unittest
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Self
from unittest import mock

from aiounit.mocks import AwaitState, Spy, record
from aiounit.mocks.recording.recorder import mock_of
from aiounit.mocks.replacements import replace_attribute
from aiounit.mocks.spies import make_spy
from tests.assertions.virtual import now, virtual
from tests.mocks.support import drop

RETURNED, RAISED, CANCELLED, RUNNING = AwaitState.RETURNED, AwaitState.RAISED, AwaitState.CANCELLED, AwaitState.RUNNING


def passes_on(function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Decorate a coroutine function with a function that is none."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
        return function(*args, **kwargs)

    return wrapper


class Client:
    """What is spied on."""

    limit = 5

    def __init__(self) -> None:
        self.log: list[str] = []

    async def fetch(self, item: str) -> str:
        await asyncio.sleep(60)
        if item == "coffee":
            raise OSError("no coffee")
        return item.upper()

    fetch_tea = functools.partialmethod(fetch, "tea")

    def count(self, *items: str) -> int:
        if not items:
            raise ValueError("no items")
        return len(items)

    @passes_on
    async def decorated(self, item: str) -> str:
        if item == "coffee":
            raise OSError("no coffee")
        return item.upper()

    async def listen(self, *items: Any) -> AsyncGenerator[Any, str]:
        try:
            for item in items:
                if isinstance(item, Exception):
                    raise item
                self.log.append(f"sent {(yield item)}")
        finally:
            self.log.append("closed")

    @contextlib.asynccontextmanager
    async def transaction(self, *, suppress: bool = False) -> AsyncIterator[str]:
        await asyncio.sleep(60)
        try:
            yield "tea"
        except OSError:
            if not suppress:
                raise
        finally:
            self.log.append("end")

    @contextlib.asynccontextmanager
    async def broken(self) -> AsyncIterator[str]:
        if not self.log:
            raise OSError("no way in")
        yield "tea"
        raise OSError("no way out")

    @contextlib.contextmanager
    def lock(self) -> Iterator[str]:
        yield "tea"

    @classmethod
    async def connect(cls) -> Self:
        return cls()

    @staticmethod
    async def ping(item: str) -> str:
        return item.upper()

    @property
    def name(self) -> str:
        raise NotImplementedError


class SpyTestCase(unittest.TestCase):
    def setUp(self) -> None:
        self.client = Client()

    def spy(self, name: str, owner: Any = None) -> Spy:
        owner = self.client if owner is None else owner
        spy, replacement = make_spy(owner, name)
        self.addCleanup(replace_attribute(owner, name, replacement))
        return spy

    def fail_with_os_error(self) -> None:
        raise OSError

    def states(self, spy: Spy) -> list[tuple[object, ...]]:
        return [(each.args, each.kwargs, each.state, each.value) for each in spy.records]


class CoroutineFunctionTests(SpyTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fetch = self.spy("fetch")

    @virtual
    async def test_what_it_returns(self) -> None:
        self.assertEqual(await self.client.fetch("tea"), "TEA")
        self.assertEqual(self.states(self.fetch), [(("tea",), {}, RETURNED, "TEA")])

    @virtual
    async def test_what_it_raises(self) -> None:
        with self.assertRaisesRegex(OSError, "no coffee") as caught:
            await self.client.fetch(item="coffee")
        (found,) = self.fetch.records
        self.assertEqual((found.kwargs, found.state, found.error), ({"item": "coffee"}, RAISED, caught.exception))

    @virtual
    async def test_that_it_is_cancelled(self) -> None:
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(1):
                await self.client.fetch("tea")
        self.assertEqual(self.states(self.fetch), [(("tea",), {}, CANCELLED, None)])

    @virtual
    async def test_times_and_task(self) -> None:
        start = now() + 1000
        task = asyncio.create_task(self.client.fetch("tea"), name="worker")
        await task
        (found,) = self.fetch.records
        self.assertEqual((found.start, found.end, found.task, found.task_name), (start, start + 60, task, "worker"))

    @virtual
    async def test_concurrent_calls_have_records_of_their_own(self) -> None:
        results = await asyncio.gather(*(self.client.fetch(item) for item in ("tea", "milk")))
        self.assertEqual([each.value for each in self.fetch.records], results)

    @virtual
    async def test_it_is_a_mock(self) -> None:
        await self.client.fetch("tea")
        self.assertIsInstance(self.fetch, mock.AsyncMock)
        self.fetch.assert_awaited_once_with("tea")
        self.assertIs(self.client.fetch, self.fetch)

    @virtual
    async def test_it_forgets(self) -> None:
        await self.client.fetch("tea")
        self.fetch.reset_mock()
        self.assertEqual(self.fetch.records, [])
        self.assertEqual(await self.client.fetch("tea"), "TEA")

    def test_the_signature_is_checked(self) -> None:
        with self.assertRaisesRegex(TypeError, "^missing a required argument: 'item'$"):
            self.client.fetch()  # type: ignore[call-arg, unused-coroutine]  # what is tested

    @virtual
    async def test_a_call_that_is_not_awaited(self) -> None:
        drop(self.client.fetch("tea"))
        self.assertEqual(self.fetch.records, [])
        self.assertEqual([each.args for each in record(self.fetch).unawaited], [("tea",)])

    @virtual
    async def test_one_behind_a_decorator(self) -> None:
        spy = self.spy("decorated")
        self.assertEqual(await self.client.decorated("tea"), "TEA")
        with self.assertRaises(OSError):
            await self.client.decorated("coffee")
        self.assertEqual(self.states(spy), [(("tea",), {}, RETURNED, "TEA"), (("coffee",), {}, RAISED, None)])


class FunctionTests(SpyTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.count = self.spy("count")

    def test_what_it_returns(self) -> None:
        self.assertEqual(self.client.count("tea"), 1)
        self.assertEqual(self.states(self.count), [(("tea",), {}, RETURNED, 1)])
        self.count.assert_called_once_with("tea")

    def test_what_it_raises(self) -> None:
        with self.assertRaises(ValueError) as caught:
            self.client.count()
        (found,) = self.count.records
        self.assertEqual((found.state, found.error), (RAISED, caught.exception))

    def test_it_forgets(self) -> None:
        self.client.count("tea")
        self.count.reset_mock()
        self.assertEqual(self.count.records, [])
        self.client.count("milk")
        self.assertEqual(self.states(self.count), [(("milk",), {}, RETURNED, 1)])

    def test_a_function_of_a_module(self) -> None:
        module = types.ModuleType("shop")
        module.double = lambda number: 2 * number  # type: ignore[attr-defined]  # made here
        spy = self.spy("double", module)
        self.assertEqual(module.double(5), 10)
        self.assertEqual(self.states(spy), [((5,), {}, RETURNED, 10)])

    def test_a_built_in_function(self) -> None:
        module = types.ModuleType("shop")
        module.size = len  # type: ignore[attr-defined]  # made here
        spy = self.spy("size", module)
        self.assertEqual(module.size("tea"), 3)
        self.assertEqual(self.states(spy), [(("tea",), {}, RETURNED, 3)])


class GeneratorTests(SpyTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.listen = self.spy("listen")

    @virtual
    async def test_what_it_yields(self) -> None:
        self.assertEqual([item async for item in self.client.listen("tea", "milk")], ["tea", "milk"])
        self.assertEqual(self.states(self.listen), [(("tea", "milk"), {}, RETURNED, ["tea", "milk"])])

    @virtual
    async def test_that_it_has_not_ended(self) -> None:
        stream = self.client.listen("tea", "milk")
        await anext(stream)
        self.assertEqual(self.states(self.listen), [(("tea", "milk"), {}, RUNNING, ["tea"])])
        await stream.aclose()

    @virtual
    async def test_that_it_is_closed(self) -> None:
        async with contextlib.aclosing(self.client.listen("tea", "milk")) as stream:
            await anext(stream)
        self.assertEqual(self.states(self.listen), [(("tea", "milk"), {}, RETURNED, ["tea"])])
        self.assertEqual(self.client.log, ["closed"])

    @virtual
    async def test_that_it_is_closed_after_its_end(self) -> None:
        stream = self.client.listen()
        self.assertEqual([item async for item in stream], [])
        ended = self.listen.records[0].ended
        await stream.aclose()
        self.assertEqual(self.listen.records[0].ended, ended)

    @virtual
    async def test_what_it_raises(self) -> None:
        error = OSError("no")
        with self.assertRaises(OSError):
            async for _ in self.client.listen("tea", error):
                pass
        (found,) = self.listen.records
        self.assertEqual((found.state, found.value, found.error), (RAISED, ["tea"], error))

    @virtual
    async def test_what_is_sent_into_it(self) -> None:
        stream = self.client.listen("tea", "milk")
        await anext(stream)
        self.assertEqual(await stream.asend("sugar"), "milk")
        await stream.aclose()
        self.assertEqual(self.client.log, ["sent sugar", "closed"])

    @virtual
    async def test_what_is_thrown_into_it(self) -> None:
        stream = self.client.listen("tea")
        await anext(stream)
        with self.assertRaises(OSError):
            await stream.athrow(OSError("no"))
        self.assertEqual(self.listen.records[0].state, RAISED)

    @virtual
    async def test_that_it_is_cancelled(self) -> None:
        stream = self.client.listen("tea")
        await anext(stream)
        with self.assertRaises(asyncio.CancelledError):
            await stream.athrow(asyncio.CancelledError())
        self.assertEqual(self.listen.records[0].state, CANCELLED)

    @virtual
    async def test_its_attributes(self) -> None:
        stream: Any = self.client.listen("tea")
        self.assertFalse(stream.ag_running)
        await stream.aclose()


class ContextTests(SpyTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.transaction = self.spy("transaction")

    @virtual
    async def test_what_it_gives(self) -> None:
        async with self.client.transaction() as value:
            self.assertEqual(self.states(self.transaction), [((), {}, RUNNING, "tea")])
        (found,) = self.transaction.records
        self.assertEqual((value, found.state, found.value, now()), ("tea", RETURNED, "tea", 60))

    @virtual
    async def test_what_ends_the_block(self) -> None:
        error = OSError("no")
        with self.assertRaises(OSError):
            async with self.client.transaction():
                raise error
        (found,) = self.transaction.records
        self.assertEqual((found.state, found.value, found.error), (RAISED, "tea", error))

    @virtual
    async def test_what_it_swallows(self) -> None:
        async with self.client.transaction(suppress=True):
            self.fail_with_os_error()
        self.assertEqual(self.states(self.transaction), [((), {"suppress": True}, RETURNED, "tea")])

    @virtual
    async def test_that_it_is_cancelled_on_the_way_in(self) -> None:
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(1), self.client.transaction():
                self.fail("the block runs")
        self.assertEqual(self.states(self.transaction), [((), {}, CANCELLED, None)])

    @virtual
    async def test_that_it_fails_on_the_way_in_or_out(self) -> None:
        spy = self.spy("broken")
        for place in ("in", "out"):
            with self.assertRaisesRegex(OSError, f"no way {place}"):
                async with self.client.broken():
                    pass
            self.client.log.append("again")
        self.assertEqual(self.states(spy), [((), {}, RAISED, None), ((), {}, RAISED, "tea")])

    @virtual
    async def test_its_attributes(self) -> None:
        manager: Any = self.client.transaction()
        self.assertTrue(hasattr(manager, "gen"))
        self.assertFalse(hasattr(manager, "nothing"))
        await manager.gen.aclose()

    def test_one_that_is_not_asynchronous(self) -> None:
        spy = self.spy("lock")
        with self.client.lock() as value:
            self.assertEqual(value, "tea")
        with self.assertRaises(OSError), self.client.lock():
            raise OSError
        self.assertEqual(self.states(spy), [((), {}, RETURNED, "tea"), ((), {}, RAISED, "tea")])


class ClassTests(SpyTestCase):
    """Spies in classes."""

    @virtual
    async def test_a_method_gets_self(self) -> None:
        spy = self.spy("fetch", Client)
        self.assertEqual(await self.client.fetch("tea"), "TEA")
        self.assertEqual(self.states(spy), [((self.client, "tea"), {}, RETURNED, "TEA")])
        spy.assert_awaited_once_with(self.client, "tea")

    @virtual
    async def test_a_class_method_gets_its_class(self) -> None:
        class Special(Client):
            pass

        spy = self.spy("connect", Client)
        self.assertIsInstance(await Special.connect(), Special)
        self.assertEqual(spy.records[0].args, (Special,))

    @virtual
    async def test_a_static_method(self) -> None:
        spy = self.spy("ping", Client)
        self.assertEqual([await Client.ping("tea"), await self.client.ping("milk")], ["TEA", "MILK"])
        self.assertEqual([each.args for each in spy.records], [("tea",), ("milk",)])

    def test_a_method_that_is_not_asynchronous(self) -> None:
        spy = self.spy("count", Client)
        self.assertEqual(self.client.count("tea"), 1)
        self.assertEqual(self.states(spy), [((self.client, "tea"), {}, RETURNED, 1)])

    def test_a_method_of_a_base_class(self) -> None:
        class Special(Client):
            pass

        spy = self.spy("count", Special)
        self.assertEqual((self.client.count("tea"), Special().count("tea")), (1, 1))
        self.assertEqual(len(spy.records), 1)

    def test_a_built_in_method(self) -> None:
        class Data(bytes):
            pass

        data = Data(b"tea")
        spy = self.spy("upper", Data)
        self.assertEqual(data.upper(), b"TEA")
        self.assertEqual(self.states(spy), [((data,), {}, RETURNED, b"TEA")])
        spy = self.spy("fromhex", Data)
        self.assertEqual(Data.fromhex("746561"), data)
        self.assertEqual(self.states(spy), [(("746561",), {}, RETURNED, data)])

    @virtual
    async def test_a_partial_method(self) -> None:
        spy = self.spy("fetch_tea", Client)
        self.assertEqual(await self.client.fetch_tea(), "TEA")
        self.assertEqual(self.states(spy), [((self.client,), {}, RETURNED, "TEA")])

    @virtual
    async def test_what_stands_in_the_class(self) -> None:
        spy = self.spy("fetch", Client)
        method = vars(Client)["fetch"]
        self.assertIs(mock_of(method), spy)
        self.assertEqual(method.__name__, "fetch")
        # A mock awaits what it calls only if that is a coroutine function.
        self.assertEqual(await mock.AsyncMock(side_effect=method)(self.client, "tea"), "TEA")


class RefusalTests(SpyTestCase):
    def assert_refused(self, kind: type[Exception], message: str, owner: Any, name: str) -> None:
        with self.assertRaises(kind) as caught:
            make_spy(owner, name)
        self.assertEqual(str(caught.exception), message)

    def test_what_is_not_there(self) -> None:
        message = "Client has no attribute 'fecth'. Did you mean 'fetch'?"
        self.assert_refused(AttributeError, message, self.client, "fecth")

    def test_what_is_no_function(self) -> None:
        self.assert_refused(TypeError, "spy() takes functions and methods, but Client.limit is 5", self.client, "limit")
        message = f"spy() takes functions and methods, but Client.name is {Client.name!r}"
        self.assert_refused(TypeError, message, Client, "name")

    def test_a_mock(self) -> None:
        self.client.fetch = mock.AsyncMock()  # type: ignore[method-assign]  # what is tested
        message = "Client.fetch is a mock, which does not need a spy: it records its calls itself"
        self.assert_refused(TypeError, message, self.client, "fetch")

    def test_a_spy(self) -> None:
        for name in ("fetch", "connect", "ping"):
            self.spy(name, Client)
            message = f"Client.{name} is a mock, which does not need a spy: it records its calls itself"
            self.assert_refused(TypeError, message, Client, name)
