"""The carrier's side: a consumer of its messages, which marks the orders that were picked up as shipped."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from .models import Status
from .store import Store, StoreError

__all__ = ["Broker", "Pickup", "PickupConsumer"]


@dataclass(frozen=True, slots=True)
class Pickup:
    """A message of the carrier: it has picked up an order."""

    order_id: int


class Broker(Protocol):
    """A message broker, as much as a consumer needs to know about it."""

    def receive(self) -> AsyncGenerator[Pickup]:
        """Connect, and yield messages as they come: first again those that were neither acknowledged nor rejected.

        Raises:
            ConnectionError: the connection is lost.
        """
        ...

    async def acknowledge(self, pickup: Pickup) -> None:
        """Tell the broker that the message is dealt with."""

    async def reject(self, pickup: Pickup) -> None:
        """Put the message aside, for somebody to look at."""


class PickupConsumer:
    """Marks orders as shipped, and acknowledges a message only when that is kept.

    Args:
        store: where the orders are.
        broker: where the messages come from.
        delay: the time in seconds to wait before a new connection, when one was lost.
    """

    def __init__(self, store: Store, broker: Broker, *, delay: float = 1) -> None:
        self._store = store
        self._broker = broker
        self._delay = delay

    async def run(self) -> None:
        """Consume messages until there are no more; when a connection is lost, make another."""
        while True:
            try:
                await self._consume()
            except ConnectionError:
                await asyncio.sleep(self._delay)
            else:
                return

    async def _consume(self) -> None:
        async with aclosing(self._broker.receive()) as pickups:
            async for pickup in pickups:
                await self._handle(pickup)

    async def _handle(self, pickup: Pickup) -> None:
        try:
            order = await self._store.get(pickup.order_id)
            if order.status is not Status.SHIPPED:  # or else the message has come before
                await self._store.mark(order.id, Status.SHIPPED)
        except StoreError:
            await self._broker.reject(pickup)
        else:
            await self._broker.acknowledge(pickup)
