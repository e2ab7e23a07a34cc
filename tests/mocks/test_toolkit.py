"""What the toolkit gives a test: mocks, stubs and spies, configured, recorded, and gone with the test."""

import asyncio
import functools
import unittest
from collections.abc import Callable
from typing import Any
from unittest import TestCase, mock

from aiounit.mocks import AwaitState, MockToolkit, delays, fails, record
from tests.assertions.virtual import now, virtual
from tests.mocks.support import run


class Client:
    """What is mocked here."""

    async def fetch(self, item: str) -> str:
        return item.upper()

    def count(self) -> int:
        return 1


class ToolkitTestCase(MockToolkit, TestCase):
    def assert_refused(self, kind: type[Exception], message: str, call: Callable[[], object]) -> None:
        with self.assertRaises(kind) as caught:
            call()
        self.assertEqual(str(caught.exception), message)


class MockTests(ToolkitTestCase):
    @virtual
    async def test_a_class(self) -> None:
        client = self.mock(Client, fetch=delays(60, then="TEA"), count=5)
        self.assertEqual((await client.fetch("tea"), client.count(), now()), ("TEA", 5, 60))
        self.assertIsInstance(client, Client)

    @virtual
    async def test_a_function(self) -> None:
        fetch = self.mock(Client().fetch, side_effect=fails(OSError, then="TEA"))
        with self.assertRaises(OSError):
            await fetch("tea")
        self.assertEqual(await fetch("tea"), "TEA")

    @virtual
    async def test_it_is_recorded(self) -> None:
        client = self.mock(Client)
        await client.fetch("tea")
        self.assertEqual([each.state for each in record(client.fetch).awaits], [AwaitState.RETURNED])

    def test_what_is_misspelt(self) -> None:
        message = "Client has no attribute 'fecth'. Did you mean 'fetch'?"
        self.assert_refused(AttributeError, message, lambda: self.mock(Client, fecth=5))

    def test_a_mock(self) -> None:
        given = mock.Mock()
        message = f"{given!r} is already a mock. Give the class, function or object that it imitates"
        self.assert_refused(TypeError, message, lambda: self.mock(given))


class Doubler:
    async def __call__(self, item: str) -> str:
        return item * 2

    async def double(self, item: str) -> str:
        return item * 2


class Giver:
    """Is no coroutine function, and returns what can be awaited."""

    def __call__(self, item: str) -> Any:
        return asyncio.sleep(0, item * 2)


async def double(item: str, times: int = 2) -> str:
    return item * times


def effects() -> dict[str, Any]:
    future: Any = asyncio.get_running_loop().create_future()
    future.set_result("teatea")
    return {
        "a coroutine function": double,
        "a bound method": Doubler().double,
        "a partial": functools.partial(double, times=2),
        "an object with async def __call__": Doubler(),
        "a partial of that": functools.partial(Doubler()),
        "a lambda": lambda item: double(item, 2),
        "an object that gives a coroutine": Giver(),
        "a function that gives a future": lambda _item: future,
        "a behaviour": delays(1, then=Doubler()),
        "a function that gives the value": lambda item: item * 2,
    }


class SideEffectTests(ToolkitTestCase):
    """What a side effect returns is awaited, in every way in which a mock gets one."""

    async def assert_awaited(self, effect: Any, mocked: Any) -> None:
        self.assertEqual(await mocked("tea"), "teatea")
        mocked.assert_awaited_once_with("tea")
        (awaited,) = record(mocked).awaits
        self.assertEqual((awaited.state, awaited.value), (AwaitState.RETURNED, "teatea"))

    @virtual
    async def test_a_stub(self) -> None:
        for name, effect in effects().items():
            with self.subTest(name):
                await self.assert_awaited(effect, self.asyncStub(side_effect=effect))

    @virtual
    async def test_set_afterwards(self) -> None:
        for name, effect in effects().items():
            with self.subTest(name):
                client: Any = self.mock(Client)
                client.fetch.side_effect = effect
                await self.assert_awaited(effect, client.fetch)

    @virtual
    async def test_a_patch(self) -> None:
        for name, effect in effects().items():
            with self.subTest(name):
                await self.assert_awaited(effect, self.patch.object(Client, "fetch", side_effect=effect))

    @virtual
    async def test_a_patch_without_a_spec(self) -> None:
        for name, effect in effects().items():
            with self.subTest(name):
                await self.assert_awaited(effect, self.patch.object(Client, "fetch", spec=False, side_effect=effect))

    @virtual
    async def test_a_keyword(self) -> None:
        for name, effect in effects().items():
            if not isinstance(effect, Giver):  # an object that only calling it would tell from any other
                with self.subTest(name):
                    client: Any = self.mock(Client, fetch=effect)
                    await self.assert_awaited(effect, client.fetch)

    @virtual
    async def test_a_child_that_the_mock_makes_later(self) -> None:
        send: Any = self.asyncStub()
        send.return_value = mock.AsyncMock()
        answer = await send()
        answer.side_effect = Doubler()
        self.assertEqual(await answer("tea"), "teatea")

    @virtual
    async def test_items_stay_as_they_are(self) -> None:
        doubler, coroutine = Doubler(), double("tea")
        fetch = self.asyncStub(side_effect=[doubler, coroutine])
        self.assertIs(await fetch("tea"), doubler)
        self.assertEqual(await (await fetch("tea")), "teatea")

    @virtual
    async def test_a_return_value_stays_as_it_is(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self.assertIs(await self.asyncStub(return_value=future)("tea"), future)
        fetch = self.asyncStub(return_value=future, side_effect=lambda _: mock.DEFAULT)
        self.assertIs(await fetch("tea"), future)

    @virtual
    async def test_what_a_coroutine_function_returns_stays_as_it_is(self) -> None:
        future = asyncio.get_running_loop().create_future()

        async def give(_item: str) -> Any:
            return future

        self.assertIs(await self.asyncStub(side_effect=give)("tea"), future)

    @virtual
    async def test_a_mock_that_can_be_awaited_stays_as_it_is(self) -> None:
        class Request:
            def __await__(self) -> Any:
                raise NotImplementedError

        request = self.mock(Request)
        self.assertIs(await self.asyncStub(side_effect=lambda: request)(), request)

    @virtual
    async def test_the_default_is_the_return_value(self) -> None:
        fetch = self.asyncStub(return_value="tea", side_effect=lambda: asyncio.sleep(0, mock.DEFAULT))
        self.assertEqual(await fetch(), "tea")

    @virtual
    async def test_an_error_is_recorded(self) -> None:
        async def fail(error: Exception) -> None:
            raise error

        fetch = self.asyncStub(side_effect=lambda: fail(OSError("no")))
        with self.assertRaises(OSError):
            await fetch()
        (awaited,) = record(fetch).awaits
        self.assertEqual((awaited.state, repr(awaited.error)), (AwaitState.RAISED, "OSError('no')"))

    @virtual
    async def test_a_mock_of_unittest_is_as_before(self) -> None:
        fetch = mock.AsyncMock(side_effect=lambda: asyncio.sleep(0, "tea"))
        record(fetch)
        self.assertEqual(await (await fetch()), "tea")

    def test_a_synchronous_mock_is_as_before(self) -> None:
        self.assertEqual(run(self.stub(side_effect=Doubler())("tea")), "teatea")


class StubTests(ToolkitTestCase):
    def test_it_takes_anything(self) -> None:
        stub = self.stub()
        stub(1, item="tea")
        stub.assert_called_once_with(1, item="tea")
        self.assertIsInstance(stub, mock.MagicMock)

    def test_its_name(self) -> None:
        self.assertRegex(repr(self.stub(name="on_order")), "^<MagicMock name='on_order' spec='function' id='.*'>$")
        self.assertRegex(repr(self.stub()), "^<MagicMock name='stub' spec='function' id='.*'>$")

    def test_what_it_does(self) -> None:
        self.assertEqual(self.stub(return_value=5)(), 5)
        with self.assertRaises(OSError):
            self.stub(side_effect=OSError)()

    def test_what_is_misspelt(self) -> None:
        message = (
            "'assert_awaited' is not an assertion of the mock 'stub', which is called and not awaited: "
            "the function that it imitates is not async def. Did you mean 'assert_called'?"
        )
        self.assert_refused(AttributeError, message, lambda: self.stub().assert_awaited)


class AsyncStubTests(ToolkitTestCase):
    @virtual
    async def test_it_takes_anything(self) -> None:
        stub = self.asyncStub()
        await stub(1, item="tea")
        stub.assert_awaited_once_with(1, item="tea")
        self.assertIsInstance(stub, mock.AsyncMock)

    def test_its_name(self) -> None:
        self.assertRegex(repr(self.asyncStub("send")), "^<AsyncMock name='send' spec='function' id='.*'>$")

    @virtual
    async def test_what_it_does(self) -> None:
        self.assertEqual(await self.asyncStub(return_value=5)(), 5)
        with self.assertRaises(OSError):
            await self.asyncStub(side_effect=fails(OSError))()

    @virtual
    async def test_what_it_returns_is_not_to_be_awaited(self) -> None:
        response = await self.asyncStub()()
        self.assertIsInstance(response.json(), mock.MagicMock)

    def test_what_is_misspelt(self) -> None:
        message = "'awaited' is not an assertion of the mock 'stub'. Did you mean 'assert_awaited'?"
        self.assert_refused(AttributeError, message, lambda: self.asyncStub().awaited)


class AsMockTests(ToolkitTestCase):
    def test_a_mock_and_its_methods(self) -> None:
        client = self.mock(Client)
        for each in (client, client.fetch):
            self.assertIs(self.asMock(each), each)

    def test_a_function_that_stands_for_a_mock(self) -> None:
        function = mock.create_autospec(Client.fetch)
        self.assertIs(self.asMock(function), function.mock)

    def test_what_is_no_mock(self) -> None:
        message = f"asMock() takes a mock, not {Client!r}. Make one with self.mock(), or patch it"
        self.assert_refused(TypeError, message, lambda: self.asMock(Client))


class SpyTests(ToolkitTestCase):
    @virtual
    async def test_it_watches_until_the_end_of_the_test(self) -> None:
        client = Client()
        fetch = self.spy(client, "fetch")
        self.assertEqual(await client.fetch("tea"), "TEA")
        self.assertEqual([each.value for each in fetch.records], ["TEA"])
        self.doCleanups()
        self.assertEqual(vars(client), {})

    def test_it_forgets_with_the_others(self) -> None:
        client = Client()
        count = self.spy(client, "count")
        client.count()
        self.resetMocks()
        self.assertEqual(count.records, [])

    def test_calls_that_are_allowed(self) -> None:
        client = Client()
        self.spy(client, "fetch", allow_unawaited=True)
        client.fetch("tea").close()

    def test_what_is_patched_below(self) -> None:
        async def fetch(item: str) -> str:
            return item.title()

        client = Client()
        self.patch.object(client, "fetch", fetch)
        spy = self.spy(client, "fetch")
        self.assertEqual(asyncio.run(client.fetch("tea")), "Tea")
        self.assertEqual(len(spy.records), 1)


class CompositionTests(unittest.TestCase):
    def test_it_adds_no_tests_and_no_hooks(self) -> None:
        self.assertEqual(list(unittest.defaultTestLoader.loadTestsFromTestCase(MockToolkit)), [])
        hooks: set[str] = {"setUp", "tearDown", "run", "setUpClass", "tearDownClass"}
        own = [kind for kind in MockToolkit.__mro__ if kind.__module__.startswith("aiounit.")]
        self.assertEqual(own, [MockToolkit])
        self.assertEqual(vars(MockToolkit).keys() & hooks, set())


class MisuseTests(ToolkitTestCase):
    """What can't be meant is told where it is said, with the remedy."""

    def assert_no_spec(self, given: str, remedy: str, *spec: Any) -> None:
        message = "mock() takes the class, function, module or object that the mock imitates, not "
        untyped: Any = self.mock
        self.assert_refused(TypeError, f"{message}{given}. {remedy}", lambda: untyped(*spec))

    def test_nothing(self) -> None:
        remedy = "For a mock that accepts any call, use self.stub() or self.asyncStub()"
        self.assert_no_spec("None", remedy, None)
        self.assert_no_spec("nothing", remedy)

    def test_a_name(self) -> None:
        remedy = "Give the object itself, not its name, or replace it with self.patch('shop.Client')"
        self.assert_no_spec("'shop.Client'", remedy, "shop.Client")

    def test_a_value(self) -> None:
        for value in (5, 0.5, True, b"tea"):
            self.assert_no_spec(repr(value), "A plain value does not need a mock: use it as it is", value)

    def test_a_coroutine(self) -> None:
        coroutine: Any = Client().fetch("tea")
        self.assert_no_spec(repr(coroutine), "Give the function without calling it", coroutine)
        self.assertIsNone(coroutine.cr_frame)

    def test_what_is_no_misuse(self) -> None:
        for spec in (asyncio, Client(), Client().fetch, Client, object()):
            self.mock(spec)

    def test_a_stub_of_something(self) -> None:
        stubs: dict[str, Any] = {"stub": self.stub, "asyncStub": self.asyncStub}
        for name, make in stubs.items():
            message = f"{name}() takes the name of the mock, not {Client!r}. To imitate an object, use self.mock()"
            self.assert_refused(TypeError, message, functools.partial(make, Client))

    def test_a_spy(self) -> None:
        spy: Any = self.spy
        fetch = Client().fetch
        message = (
            f'spy() takes the object that has the function and its name, as self.spy(client, "fetch"), not {fetch!r}'
        )
        self.assert_refused(TypeError, message, lambda: spy(fetch))
        message = (
            "spy() takes the object that has the function and its name, as self.spy(client, \"name\"), not 'fetch'"
        )
        self.assert_refused(TypeError, message, lambda: spy("fetch"))
        message = 'spy() takes the object that has the function and its name, as self.spy(client, "Client"), not 5'
        self.assert_refused(TypeError, message, lambda: spy(Client, 5))

    def test_swapped_arguments(self) -> None:
        spy: Any = self.spy
        patch: Any = self.patch.object
        message = "spy() takes the object that has the function first, and then its name: swap them"
        self.assert_refused(TypeError, message, lambda: spy("fetch", Client))
        message = "patch.object() takes the object first, and then the name of its attribute: swap them"
        self.assert_refused(TypeError, message, lambda: patch("fetch", Client))
        untyped: Any = delays
        message = "delays() takes the duration first, and then how it ends: swap them"
        self.assert_refused(TypeError, message, lambda: untyped(OSError, 0.1))
        untyped_fails: Any = fails
        message = "fails() takes the error first, and then how many times: swap them"
        self.assert_refused(TypeError, message, lambda: untyped_fails(2, OSError))
