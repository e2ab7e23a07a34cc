"""The store against a real database: no test sees what another one wrote."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from aiounit import AsyncTestCase
from orders.models import Order, Status
from orders.store import ForbiddenStepError, UnknownOrderError, open_store

from .resources import store


class TestOrders(AsyncTestCase):
    store = store  # one database for the class, a transaction for each test

    async def test_a_new_order_is_pending(self) -> None:
        order = await self.store.add("Ada", 1250)

        self.assertEqual(await self.store.get(order.id), Order(1, "Ada", 1250, Status.PENDING))

    async def test_the_orders_of_other_tests_are_not_there(self) -> None:
        self.assertEqual(await self.store.find(), [])

    async def test_an_unknown_number_is_an_error(self) -> None:
        with self.assertRaisesRegex(UnknownOrderError, "there is no order 7"):
            await self.store.get(7)

    async def test_orders_are_found_by_status(self) -> None:
        paid = await self.store.add("Ada", 1250)
        pending = await self.store.add("Grace", 300)
        paid = await self.store.mark(paid.id, Status.PAID)

        for status, expected in {None: [paid, pending], Status.PAID: [paid], Status.SHIPPED: []}.items():
            with self.subTest(status=status):
                self.assertEqual(await self.store.find(status), expected)

    async def test_an_order_is_shipped_only_when_it_is_paid(self) -> None:
        order = await self.store.add("Ada", 1250)

        with self.assertRaisesRegex(ForbiddenStepError, "order 1 is pending, so it can't become shipped"):
            await self.store.mark(order.id, Status.SHIPPED)
        await self.store.mark(order.id, Status.PAID)
        self.assertEqual((await self.store.mark(order.id, Status.SHIPPED)).status, Status.SHIPPED)

    async def test_an_order_that_failed_stays_failed(self) -> None:
        order = await self.store.add("Ada", 1250)
        await self.store.mark(order.id, Status.FAILED)

        for status in Status:
            with self.subTest(status=status), self.assertRaises(ForbiddenStepError):
                await self.store.mark(order.id, status)


class TestTransactions(AsyncTestCase):
    async def asyncSetUp(self) -> None:
        # `enter` takes synchronous context managers, too.
        self.path = Path(await self.enter(TemporaryDirectory())) / "orders.sqlite"
        self.store = await self.enter(open_store(self.path))

    async def test_what_is_written_in_a_transaction_is_kept(self) -> None:
        async with self.store.transaction():
            order = await self.store.add("Ada", 1250)

        async with open_store(self.path) as another_connection:
            self.assertEqual(await another_connection.find(), [order])

    async def test_an_exception_takes_everything_back(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            async with self.store.transaction():
                await self.store.add("Ada", 1250)
                raise ZeroDivisionError

        self.assertEqual(await self.store.find(), [])

    async def test_an_inner_transaction_fails_alone(self) -> None:
        async with self.store.transaction():
            order = await self.store.add("Ada", 1250)
            with self.assertRaises(ZeroDivisionError):
                async with self.store.transaction():
                    await self.store.mark(order.id, Status.PAID)
                    raise ZeroDivisionError

        self.assertEqual(await self.store.find(), [order])

    async def test_a_cancelled_task_leaves_nothing_behind(self) -> None:
        written = asyncio.Event()

        async def write_and_hesitate() -> None:
            async with self.store.transaction():
                await self.store.add("Ada", 1250)
                written.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(write_and_hesitate())
        await written.wait()
        task.cancel()
        await asyncio.wait([task])

        self.assertEqual(await self.store.find(), [])

    async def test_nobody_elses_write_is_taken_back(self) -> None:
        written = asyncio.Event()

        async def write_and_fail() -> None:
            async with self.store.transaction():
                await self.store.add("Ada", 1250)
                written.set()
                await asyncio.sleep(0)  # a chance for the other task, which must not take it
                raise ZeroDivisionError

        async def write() -> None:
            await written.wait()
            await self.store.add("Grace", 300)

        await asyncio.gather(write_and_fail(), write(), return_exceptions=True)

        self.assertEqual([order.customer for order in await self.store.find()], ["Grace"])
