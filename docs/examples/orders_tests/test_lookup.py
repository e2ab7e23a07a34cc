"""Retries, cancellation and a limit: tests about the requests themselves, so the client is a mock that behaves."""

import asyncio

from aiounit import AsyncTestCase
from aiounit.mocks import fails, gate, hangs, sequence
from orders.client import NotFoundError, OrderClient, UnavailableError
from orders.lookup import Lookup
from orders.models import Order

ADA = Order(1, "Ada", 1250)


class TestRetries(AsyncTestCase):
    async def test_a_request_that_fails_twice_is_answered_in_the_end(self) -> None:
        client = self.mock(OrderClient, get=fails(UnavailableError("too busy"), times=2, then=ADA))
        lookup = Lookup(client, delays=(0, 0))

        self.assertEqual(await lookup.get(1), ADA)
        self.assertAwaitRaised(client.get, UnavailableError, count=2)
        self.assertAwaitReturned(client.get, count=1)

    async def test_the_last_failure_is_the_callers(self) -> None:
        client = self.mock(OrderClient, get=UnavailableError("too busy"))
        lookup = Lookup(client, delays=(0, 0))

        with self.assertRaisesRegex(UnavailableError, "too busy"):
            await lookup.get(1)
        self.assertAwaitRaised(client.get, UnavailableError, count=3)

    async def test_a_missing_order_is_asked_for_once(self) -> None:
        client = self.mock(OrderClient, get=NotFoundError("there is no order 7"))

        with self.assertRaises(NotFoundError):
            await Lookup(client).get(7)
        self.assertAwaitedOnceWith(client.get, 7)


class TestCancellation(AsyncTestCase):
    async def asyncSetUp(self) -> None:
        await self.enter(asyncio.timeout(5))

    async def test_a_request_is_cancelled_with_its_caller(self) -> None:
        client = self.mock(OrderClient, get=hangs())

        await self.assertCancellable(Lookup(client).get(1))
        self.assertAwaitCancelled(client.get)

    async def test_a_request_that_takes_too_long_is_cancelled_and_made_again(self) -> None:
        client = self.mock(OrderClient, get=sequence(hangs(), ADA))
        lookup = Lookup(client, delays=(0,), patience=0.01)

        self.assertEqual(await lookup.get(1), ADA)
        self.assertAwaitCancelled(client.get, count=1)
        self.assertSerialized(client.get)

    async def test_when_one_order_is_missing_nobody_waits_for_the_others(self) -> None:
        client = self.mock(OrderClient, get=sequence(hangs(), NotFoundError("there is no order 7")))

        with self.assertRaisesGroup(NotFoundError):
            await Lookup(client).get_all([1, 7])
        self.assertAwaitCancelled(client.get, count=1)


class TestLimit(AsyncTestCase):
    async def asyncSetUp(self) -> None:
        await self.enter(asyncio.timeout(5))

    async def test_three_requests_are_under_way_at_a_time(self) -> None:
        door = gate(then=lambda order_id: Order(order_id, "Ada", 1250))
        client = self.mock(OrderClient, get=door)
        getting = asyncio.create_task(Lookup(client, limit=3).get_all(range(1, 9)))
        await door.arrived(3)  # all are in front of a closed gate, so the test does not depend on how long one takes
        door.open()

        self.assertEqual([order.id for order in await getting], list(range(1, 9)))
        self.assertMaxConcurrency(client.get, 3)
