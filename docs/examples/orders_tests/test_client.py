"""The client: against the real API in process, against answers that are hard to get from it, and over a socket."""

import asyncio

import httpx

from aiounit import AsyncTestCase
from orders.api import create_app
from orders.client import NotFoundError, OrderClient, RefusedError, UnavailableError
from orders.models import Order, Status
from orders.store import open_store

from .resources import client, database, service


class TestClient(AsyncTestCase):
    async def asyncSetUp(self) -> None:
        self.store = await self.enter(open_store(":memory:"))
        transport = httpx.ASGITransport(create_app(self.store, asyncio.Queue[int]()))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://orders")
        # For what is not entered: a cleanup runs even if the rest of this method fails, and then there is no tear-down.
        self.addAsyncCleanup(self.http.aclose)
        self.client = await self.enter(OrderClient(self.http))

    async def test_an_order_comes_back_as_an_order(self) -> None:
        created = await self.client.create("Ada", 1250)

        self.assertEqual(await self.client.get(created.id), Order(1, "Ada", 1250, Status.PENDING))

    async def test_orders_are_found_by_status(self) -> None:
        await self.client.create("Ada", 1250)
        await self.client.create("Grace", 300)
        paid = await self.store.mark(2, Status.PAID)

        self.assertEqual(await self.client.find(Status.PAID), [paid])

    async def test_a_missing_order_is_an_error_of_its_own(self) -> None:
        with self.assertRaisesRegex(NotFoundError, "there is no order 7"):
            await self.client.get(7)

    async def test_a_refusal_names_the_fields(self) -> None:
        with self.assertRaises(RefusedError) as caught:
            await self.client.create("Ada", 0)

        self.assertEqual(caught.exception.fields, {"cents": "must be a whole number from 1 to 100000000"})

    async def test_a_connection_is_closed_by_its_owner(self) -> None:
        async with OrderClient(self.http):
            pass

        self.assertFalse(self.http.is_closed)


class TestTrouble(AsyncTestCase):
    async def client_of_a_service_with(self, trouble: httpx.Response | httpx.TransportError) -> OrderClient:
        def respond(_request: httpx.Request) -> httpx.Response:
            if isinstance(trouble, httpx.Response):
                return trouble
            raise trouble

        transport = httpx.MockTransport(respond)
        return OrderClient(await self.enter(httpx.AsyncClient(transport=transport, base_url="http://orders")))

    async def test_what_may_pass_is_called_unavailable(self) -> None:
        for trouble in (
            httpx.Response(500, text="Internal Server Error"),
            httpx.Response(503, json={"error": "too many orders are waiting", "fields": {}}),
            httpx.ConnectError("no route to host"),
            httpx.ReadTimeout("no answer"),
        ):
            client = await self.client_of_a_service_with(trouble)
            with self.subTest(trouble=trouble), self.assertRaises(UnavailableError):
                await client.get(1)


class TestOverASocket(AsyncTestCase):
    # All three are opened once for the class: a server takes longer to stop than these tests take together.
    database = database
    service = service
    client = client

    async def asyncSetUp(self) -> None:
        await self.enter(asyncio.timeout(5))

    async def test_an_order_reaches_the_database(self) -> None:
        order = await self.client.create("Ada", 1250)

        self.assertEqual(await self.database.get(order.id), order)

    async def test_a_client_needs_only_the_address_of_the_service(self) -> None:
        another = await self.enter(OrderClient(self.service))
        order = await another.create("Grace", 300)

        self.assertEqual(await self.client.get(order.id), order)
