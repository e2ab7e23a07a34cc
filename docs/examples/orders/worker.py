"""The background side: charge each order that was queued, in spite of a payment provider that is not always there."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from .models import Order, Status
from .store import Store

__all__ = ["PaymentDeclinedError", "PaymentError", "PaymentUnavailableError", "Payments", "Worker", "back_off"]


class PaymentError(Exception):
    """The root of what a payment provider may raise."""


class PaymentDeclinedError(PaymentError):
    """The customer can't or won't pay: final."""


class PaymentUnavailableError(PaymentError):
    """The provider can't be asked now: worth another try."""


class Payments(Protocol):
    """A payment provider, as much as a worker needs to know about it."""

    async def charge(self, order: Order) -> None:
        """Take the money; a second charge for the same order's number has no effect."""


def back_off(retries: int = 5, *, first: float = 0.5, longest: float = 30.0) -> tuple[float, ...]:
    """Return the delays in seconds before each retry: each twice the one before, up to the longest."""
    return tuple(min(first * 2**retry, longest) for retry in range(retries))


class Worker:
    """Takes the numbers of orders from a queue, charges each order, and marks it as paid or failed.

    Several workers may share a queue; each has one order in hand at a time.

    Args:
        store: where the orders are.
        queue: the numbers of the orders to charge.
        payments: who takes the money.
        delays: the time in seconds to wait before each retry of a charge; when all are used up, the order has failed.
    """

    def __init__(
        self, store: Store, queue: asyncio.Queue[int], payments: Payments, *, delays: Sequence[float] = back_off()
    ) -> None:
        self._store = store
        self._queue = queue
        self._payments = payments
        self._delays = delays
        self._stopping = asyncio.Event()
        self._order_in_hand = asyncio.Lock()

    async def run(self) -> None:
        """Charge orders until `stop` is called; a task group is the place for this."""
        async with asyncio.TaskGroup() as group:
            charging = group.create_task(self._charge_orders())
            await self._stopping.wait()
            # A wait for the next order may be cancelled, but not an order in hand: its customer may just have paid.
            async with self._order_in_hand:
                charging.cancel()

    def stop(self) -> None:
        """End `run` as soon as the order in hand is done; orders that are still queued stay there."""
        self._stopping.set()

    async def wait_until_idle(self) -> None:
        """Return when every order that was put into the queue so far is done."""
        await self._queue.join()

    async def _charge_orders(self) -> None:
        while not self._stopping.is_set():
            order_id = await self._queue.get()
            async with self._order_in_hand:
                try:
                    await self._store.mark(order_id, await self._outcome(await self._store.get(order_id)))
                finally:
                    self._queue.task_done()

    async def _outcome(self, order: Order) -> Status:
        for delay in (*self._delays, None):
            try:
                await self._payments.charge(order)
            except PaymentDeclinedError:
                return Status.FAILED
            except PaymentUnavailableError:
                if delay is not None:
                    await asyncio.sleep(delay)
            else:
                return Status.PAID
        return Status.FAILED
