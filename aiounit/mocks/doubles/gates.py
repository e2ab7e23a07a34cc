"""What a mock does when it is awaited, where awaits have to do with each other: they wait for the test, or in turns.

These are behaviours, too: each is the ``side_effect`` of any object of `unittest.mock`.
"""

from typing import Any
from unittest.mock import DEFAULT

from aiounit._real import asyncio
from aiounit.arguments import Error, check_count, check_error
from aiounit.mocks.doubles.behaviours import Behaviour, end_with

__all__ = ["Gate", "Limit", "gate", "limited"]


class Gate(Behaviour):
    """Awaits that wait in front of a gate, closed at first; made by `gate`.

    Attributes:
        is_open: Whether awaits go through without waiting.
    """

    def __init__(self, then: object) -> None:
        super().__init__(then)
        self.is_open = False
        self._permits = 0
        self._waiters: list[asyncio.Future[bool]] = []
        self._arrival = asyncio.Event()

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Wait for the gate: the mock calls this."""
        if self._permits:
            self._permits -= 1
        elif not self.is_open:
            await self._wait()
        return await super().__call__(*args, **kwargs)

    async def _wait(self) -> None:
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._arrival.set()
        self._arrival = asyncio.Event()
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled() and waiter.result():
                self.let()  # it was its turn, which the next one gets
            raise
        finally:
            self._waiters.remove(waiter)

    @property
    def waiting(self) -> int:
        """How many awaits wait in front of the gate."""
        return sum(not waiter.done() for waiter in self._waiters)

    async def arrived(self, count: int = 1) -> None:
        """Wait until so many awaits wait in front of the gate at once.

        Args:
            count: How many.

        Raises:
            TypeError: ``count`` is no integer.
            ValueError: ``count`` is less than 1.
        """
        check_count("count of arrived()", count)
        while self.waiting < count:
            await self._arrival.wait()

    def open(self) -> None:
        """Let all through that wait, and all that come later, until the gate is closed."""
        self.is_open = True
        self._permits = 0
        self._wake(len(self._waiters), takes_turn=False)

    def close(self) -> None:
        """Make awaits wait that come from now on."""
        self.is_open = False
        self._permits = 0

    def let(self, count: int = 1) -> None:
        """Let some through: those that came first, or else the next to come.

        Args:
            count: How many.

        Raises:
            TypeError: ``count`` is no integer.
            ValueError: ``count`` is less than 1.
        """
        check_count("count of let()", count)
        if not self.is_open:
            self._permits += count - self._wake(count, takes_turn=True)

    def _wake(self, count: int, *, takes_turn: bool) -> int:
        """Wake those that have waited longest, and return how many there were."""
        woken = [waiter for waiter in self._waiters if not waiter.done()][:count]
        for waiter in woken:
            waiter.set_result(takes_turn)
        return len(woken)


def gate(then: object = DEFAULT) -> Gate:
    """Make awaits wait until the test lets them go on: one at a time, or all.

    Args:
        then: How each ends, as in `Behaviour`; by default, it returns the ``return_value`` of the mock.

    Returns:
        The behaviour, with ``open()``, ``close()``, ``let(count)``, ``arrived(count)`` and ``waiting``.

    Example:
        Two requests that are under way at once::

            door = gate()
            client.fetch.side_effect = door
            tasks = [asyncio.create_task(shop.price(item)) for item in ("tea", "milk")]
            await door.arrived(2)
            door.let()  # the first one goes on
    """
    return Gate(then)


class Limit(Behaviour):
    """Awaits of which only some run at once; made by `limited`.

    Attributes:
        running: How many run now.
        waiting: How many wait for their turn.
        most: How many have run at once at most.
    """

    def __init__(self, count: int, then: object, error: Error | None) -> None:
        super().__init__(then)
        self.running = 0
        self.waiting = 0
        self.most = 0
        self._error = error
        self._turns = asyncio.Semaphore(count)

    async def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Take a turn: the mock calls this."""
        if self._error is not None and self._turns.locked():
            return await end_with(self._error, args, kwargs)
        self.waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self.waiting -= 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)  # so that those that come together overlap
            return await super().__call__(*args, **kwargs)
        finally:
            self.running -= 1
            self._turns.release()


def limited(count: int, then: object = DEFAULT, *, error: Error | None = None) -> Limit:
    """Make only so many awaits run at once: a connection pool, a server that takes a few requests at a time.

    Args:
        count: How many run at once. Each takes a turn of the loop at least.
        then: What each does while it runs, as in `Behaviour`, for example ``delays(0.1)``; by default, it returns the
            ``return_value`` of the mock.
        error: What those raise that are too many; by default, they wait until it is their turn.

    Returns:
        The behaviour, with ``running``, ``waiting`` and ``most``.

    Raises:
        TypeError: ``count`` is no integer, or ``error`` can't be raised.
        ValueError: ``count`` is less than 1.

    Example:
        ``pool.acquire.side_effect = limited(2, error=PoolExhausted)``
    """
    check_count("count of limited()", count)
    if error is not None:
        check_error("error of limited()", error)
    return Limit(count, then, error)
