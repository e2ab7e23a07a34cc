"""The worker, running in a task group around each test. No test sleeps: it waits for what it is about."""

import asyncio

import httpx

from aiounit import AsyncTestCase
from orders.api import create_app
from orders.client import OrderClient
from orders.models import Status
from orders.store import open_store
from orders.worker import Payments, Worker, back_off

from .payments import DecliningPayments, FlakyPayments, HeldPayments, MeetingPayments, ReliablePayments


class WorkerTestCase(AsyncTestCase):
    def setUp(self) -> None:
        self.queue = asyncio.Queue[int]()
        self.workers: list[Worker] = []

    async def asyncSetUp(self) -> None:
        await self.enter(asyncio.timeout(5))
        self.store = await self.enter(open_store(":memory:"))
        # A worker that dies ends the test at once, and its error is what is reported.
        self.tasks = await self.enter(asyncio.TaskGroup())

    async def asyncTearDown(self) -> None:
        for worker in self.workers:
            worker.stop()

    def start(self, payments: Payments) -> Worker:
        """Start a worker that retries three times, without waiting."""
        worker = Worker(self.store, self.queue, payments, delays=(0, 0, 0))
        self.workers.append(worker)
        self.tasks.create_task(worker.run())
        return worker

    async def order(self, count: int = 1) -> None:
        for _ in range(count):
            self.queue.put_nowait((await self.store.add("Ada", 1250)).id)

    async def statuses(self) -> list[Status]:
        return [order.status for order in await self.store.find()]


class TestWorker(WorkerTestCase):
    async def test_an_order_is_charged_and_marked_as_paid(self) -> None:
        worker = self.start(ReliablePayments())
        await self.order()
        await worker.wait_until_idle()

        self.assertEqual(await self.statuses(), [Status.PAID])

    async def test_a_provider_that_fails_twice_is_asked_a_third_time(self) -> None:
        worker = self.start(FlakyPayments(failures=2))
        await self.order()
        await worker.wait_until_idle()

        self.assertEqual(await self.statuses(), [Status.PAID])

    async def test_an_order_fails_when_the_provider_stays_away(self) -> None:
        worker = self.start(FlakyPayments(failures=4))
        await self.order(2)
        await worker.wait_until_idle()

        self.assertEqual(await self.statuses(), [Status.FAILED, Status.PAID])

    async def test_a_declined_payment_is_not_tried_again(self) -> None:
        payments = DecliningPayments()
        worker = self.start(payments)
        await self.order()
        await worker.wait_until_idle()

        self.assertEqual((await self.statuses(), payments.refused), ([Status.FAILED], 1))

    def test_each_delay_is_twice_the_one_before_up_to_the_longest(self) -> None:
        self.assertEqual(back_off(5, first=0.5, longest=3), (0.5, 1, 2, 3, 3))


class TestStopping(WorkerTestCase):
    async def test_the_order_in_hand_is_finished_and_the_next_one_left(self) -> None:
        payments = HeldPayments()
        worker = Worker(self.store, self.queue, payments)
        running = self.tasks.create_task(worker.run())
        await self.order(2)
        await payments.begun.wait()
        worker.stop()
        payments.let_go.set()
        await running

        self.assertEqual((await self.statuses(), self.queue.qsize()), ([Status.PAID, Status.PENDING], 1))


class TestManyWorkers(WorkerTestCase):
    async def test_workers_charge_at_the_same_time(self) -> None:
        payments = MeetingPayments(parties=3)
        workers = [self.start(payments) for _ in range(3)]
        await self.order(3)
        await workers[0].wait_until_idle()

        self.assertEqual(await self.statuses(), [Status.PAID] * 3)

    async def test_each_order_is_charged_once(self) -> None:
        payments = ReliablePayments()
        workers = [self.start(payments) for _ in range(3)]
        await self.order(20)
        await workers[0].wait_until_idle()

        self.assertEqual(sorted(payments.charged), list(range(1, 21)))


class TestService(WorkerTestCase):
    async def test_an_order_that_a_client_creates_is_paid_in_the_end(self) -> None:
        worker = self.start(FlakyPayments(failures=1))
        transport = httpx.ASGITransport(create_app(self.store, self.queue))
        client = OrderClient(await self.enter(httpx.AsyncClient(transport=transport, base_url="http://orders")))
        order = await client.create("Ada", 1250)
        await worker.wait_until_idle()

        self.assertEqual((await client.get(order.id)).status, Status.PAID)
