"""aiohttp's `AioHTTPTestCase` is an `IsolatedAsyncioTestCase` too: a class can have both bases, in either order."""

import gc
import logging
import unittest
import warnings
from unittest import mock

from aiounit import AsyncTestCase
from tests.support import Events
from tests.thirdparty.recording import outcomes

try:
    from aiohttp import ClientSession, web
    from aiohttp.test_utils import AioHTTPTestCase
except ImportError:
    raise unittest.SkipTest("aiohttp isn't installed") from None


async def greet(request: web.Request) -> web.Response:
    return web.Response(text=f"hello, {request.match_info['name']}")


class Greetings(AioHTTPTestCase):
    """What the tests of both orders share; no test of its own, as it has no method called test."""

    async def get_application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{name}", greet)
        return app

    async def assert_greets(self, name: str, text: str) -> None:
        async with self.client.get(f"/{name}") as response:
            self.assertEqual(200, response.status)
            self.assertEqual(text, await response.text())


class AioHTTPTest(unittest.TestCase):
    def test_our_base_class_first(self) -> None:
        class Case(AsyncTestCase, Greetings):
            async def test_failure(self) -> None:
                await self.assert_greets("Ada", "hello, Bob")

            async def test_success(self) -> None:
                await self.assert_greets("Ada", "hello, Ada")

        self.assertEqual({"test_failure": "addFailure AssertionError", "test_success": "addSuccess"}, outcomes(Case))

    def test_our_base_class_last(self) -> None:
        class Case(Greetings, AsyncTestCase):
            async def test_failure(self) -> None:
                await self.assert_greets("Ada", "hello, Bob")

            async def test_success(self) -> None:
                await self.assert_greets("Ada", "hello, Ada")

        self.assertEqual({"test_failure": "addFailure AssertionError", "test_success": "addSuccess"}, outcomes(Case))

    def test_a_session_that_nobody_closes_is_found(self) -> None:
        class Case(AsyncTestCase, Greetings):
            async def test(self) -> None:
                session = ClientSession()
                async with session.get(self.client.make_url("/Ada")) as response:
                    await response.text()

        result = Events()
        with warnings.catch_warnings(), mock.patch.object(logging.getLogger("asyncio"), "disabled", True):
            warnings.simplefilter("ignore", ResourceWarning)
            Case("test").run(result)
            gc.collect()
        [error] = result.raised
        line = Case.test.__code__.co_firstlineno + 2
        self.assertRegex(repr(error), r"'errors', .*Unclosed c")
        self.assertRegex(repr(error), rf"'transports', .*a connection to .*test_aiohttp.py, line {line}, in ")

    def test_a_session_in_an_attribute_is_found_with_its_test(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.session = ClientSession()

        result = Events()
        with warnings.catch_warnings(), mock.patch.object(logging.getLogger("asyncio"), "disabled", True):
            warnings.simplefilter("ignore", ResourceWarning)
            Case("test").run(result)
            gc.collect()
        [error] = result.raised
        line = Case.test.__code__.co_firstlineno + 1
        self.assertRegex(str(error), rf"(?s)errors: Unclosed client session: .*line {line}, in .*await close\(\)")

    def test_the_server_of_a_test_is_closed_with_it(self) -> None:
        kept: list[AioHTTPTestCase] = []

        class Case(AsyncTestCase, Greetings):
            async def test(self) -> None:
                kept.append(self)
                await self.assert_greets("Ada", "hello, Bob")

        self.assertEqual({"test": "addFailure AssertionError"}, outcomes(Case))
        self.assertTrue(kept[0].server.closed)
        self.assertTrue(kept[0].loop.is_closed())
