"""What the toolkit gives a test: mocks, stubs and spies, configured, recorded, and gone with the test."""

import asyncio
import unittest
from collections.abc import Callable
from typing import Any
from unittest import TestCase, mock

from aiounit.mocks import AwaitState, MockToolkit, delays, fails, record
from tests.assertions.virtual import now, virtual


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
        message = f"{given!r} is a mock already. Give the class, function or object that it stands for"
        self.assert_refused(TypeError, message, lambda: self.mock(given))


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
            "'assert_awaited' is no assertion of the mock 'stub', which is called, and not awaited: "
            "what it stands for is not async def. Did you mean 'assert_called'?"
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
        message = "'awaited' is no assertion of the mock 'stub'. Did you mean 'assert_awaited'?"
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
        self.patchObject(client, "fetch", fetch)
        spy = self.spy(client, "fetch")
        self.assertEqual(asyncio.run(client.fetch("tea")), "Tea")
        self.assertEqual(len(spy.records), 1)


class CompositionTests(unittest.TestCase):
    def test_it_adds_no_tests_and_no_hooks(self) -> None:
        self.assertEqual(list(unittest.defaultTestLoader.loadTestsFromTestCase(MockToolkit)), [])
        hooks: set[str] = {"setUp", "tearDown", "run", "setUpClass", "tearDownClass"}
        own: Any = [vars(kind).keys() for kind in MockToolkit.__mro__ if kind.__module__.startswith("aiounit.")]
        self.assertEqual([names & hooks for names in own], [set()] * 3)
