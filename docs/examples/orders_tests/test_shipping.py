"""The consumer: the test sends the messages, and waits for what comes of them. No test sleeps."""

import asyncio
from unittest.mock import call

import httpx

from aiounit import AsyncTestCase
from aiounit.mocks import async_stream, push_stream
from orders.api import create_app
from orders.client import OrderClient
from orders.models import Order, Status
from orders.shipping import Broker, Pickup, PickupConsumer
from orders.store import open_store


class ShippingTestCase(AsyncTestCase):
    async def asyncSetUp(self) -> None:
        await self.enter(asyncio.timeout(5))
        self.store = await self.enter(open_store(":memory:"))
        self.messages = push_stream()
        self.acknowledged = push_stream()
        self.broker = self.mock(Broker, receive=self.messages, acknowledge=self.acknowledged.send)
        self.consumer = PickupConsumer(self.store, self.broker, delay=0)

    async def paid_order(self) -> Order:
        order = await self.store.add("Ada", 1250)
        return await self.store.mark(order.id, Status.PAID)

    async def status(self, order: Order) -> Status:
        return (await self.store.get(order.id)).status


class TestMessages(ShippingTestCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        # A consumer that dies ends the test at once, and its error is what is reported.
        tasks = await self.enter(asyncio.TaskGroup())
        tasks.create_task(self.consumer.run())

    async def asyncTearDown(self) -> None:
        self.messages.end()

    async def test_an_order_that_was_picked_up_is_shipped(self) -> None:
        order = await self.paid_order()
        async with self.stream(self.acknowledged) as acknowledged:
            self.messages.send(Pickup(order.id))

            self.assertEqual(await acknowledged.next_item(), Pickup(order.id))
            self.assertEqual(await self.status(order), Status.SHIPPED)

    async def test_a_message_that_comes_again_is_acknowledged_again(self) -> None:
        order = await self.paid_order()
        async with self.stream(self.acknowledged) as acknowledged:
            self.messages.send(Pickup(order.id))
            self.messages.send(Pickup(order.id))

            self.assertEqual(await acknowledged.next_items(2), [Pickup(order.id)] * 2)

    async def test_an_order_that_is_not_paid_is_left_to_somebody(self) -> None:
        order = await self.store.add("Ada", 1250)
        self.messages.send(Pickup(order.id))
        await self.messages.idle()  # the consumer has dealt with it, and asks for more

        self.assertAwaitedOnceWith(self.broker.reject, Pickup(order.id))
        self.assertNotAwaited(self.broker.acknowledge)
        self.assertEqual(await self.status(order), Status.PENDING)

    async def test_nothing_is_acknowledged_before_it_is_kept(self) -> None:
        order = await self.paid_order()
        mark = self.spy(self.store, "mark")
        self.messages.send(Pickup(order.id))
        await self.waitUntilAwaited(self.broker.acknowledge)

        kept, acknowledged = call(order.id, Status.SHIPPED), call(Pickup(order.id))
        self.assertAwaitedInOrder([(mark, kept), (self.broker.acknowledge, acknowledged)])
        self.assertSerialized(mark, self.broker.acknowledge)  # the one had ended when the other began

    async def test_a_client_of_the_api_sees_it_in_the_end(self) -> None:
        transport = httpx.ASGITransport(create_app(self.store, asyncio.Queue[int]()))
        client = OrderClient(await self.enter(httpx.AsyncClient(transport=transport, base_url="http://orders")))
        order = await self.paid_order()

        async def seen() -> Status:
            return (await client.get(order.id)).status

        self.messages.send(Pickup(order.id))
        await self.assertEventuallyEqual(seen, Status.SHIPPED)


class TestConnections(ShippingTestCase):
    async def test_a_connection_that_is_lost_is_made_again(self) -> None:
        first, second = await self.paid_order(), await self.paid_order()
        self.asMock(self.broker.receive).side_effect = [
            async_stream([Pickup(first.id)], error=ConnectionResetError),
            async_stream([Pickup(second.id)]),
        ]
        await self.consumer.run()

        acknowledged = [call(Pickup(first.id)), call(Pickup(second.id))]
        self.assertHasAwaits(self.broker.acknowledge, acknowledged)

    async def test_an_acknowledgement_that_fails_is_made_after_the_next_connection(self) -> None:
        order = await self.paid_order()
        self.asMock(self.broker.receive).return_value = async_stream([Pickup(order.id)])  # yields it each time
        self.asMock(self.broker.acknowledge).side_effect = [ConnectionResetError, None]
        await self.consumer.run()

        self.assertAwaitRaised(self.broker.acknowledge, ConnectionResetError, count=1)
        self.assertAwaitReturned(self.broker.acknowledge, count=1)

    async def test_the_connection_is_closed_when_the_consumer_is_cancelled(self) -> None:
        await self.assertCancellable(self.consumer.run())

        self.assertTrue(self.messages.closed)
