"""Reads orders from a service that is not always there: retries, a time limit, and a few requests at a time."""

import asyncio
from collections.abc import Iterable, Sequence

from .client import OrderClient, UnavailableError
from .models import Order

__all__ = ["Lookup"]


class Lookup:
    """Reads orders, and asks again for those that it does not get.

    It only reads: to create an order once more would create another order.

    Args:
        client: how the service is asked.
        delays: the time in seconds to wait before each retry of a request.
        limit: how many requests may be under way at the same time.
        patience: the time in seconds after which a request is cancelled, and counts as one that has failed.
    """

    def __init__(
        self,
        client: OrderClient,
        *,
        delays: Sequence[float] = (0.1, 0.5, 2.5),
        limit: int = 5,
        patience: float = 10,
    ) -> None:
        self._client = client
        self._delays = delays
        self._turns = asyncio.Semaphore(limit)
        self._patience = patience

    async def get(self, order_id: int) -> Order:
        """Return one order.

        Raises:
            NotFoundError: there is no such order.
            UnavailableError: the last retry has failed, too.
        """
        for delay in self._delays:
            try:
                return await self._ask(order_id)
            except UnavailableError:
                await asyncio.sleep(delay)
        return await self._ask(order_id)

    async def get_all(self, order_ids: Iterable[int]) -> list[Order]:
        """Return several orders, in the order of their numbers here. If one can't be had, the others are given up.

        Raises:
            ExceptionGroup: with what `get` raises.
        """
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self.get(order_id)) for order_id in order_ids]
        return [task.result() for task in tasks]

    async def _ask(self, order_id: int) -> Order:
        async with self._turns:
            try:
                async with asyncio.timeout(self._patience):
                    return await self._client.get(order_id)
            except TimeoutError as error:
                raise UnavailableError(f"no answer for order {order_id} in {self._patience} seconds") from error
