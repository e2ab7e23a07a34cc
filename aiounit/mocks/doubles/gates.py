"""Behaviours for awaits that depend on each other: they wait for the test, or for a free slot.

Like all behaviours, each is the ``side_effect`` of any mock of `unittest.mock`.
"""

from unittest.mock import DEFAULT

from aiounit._real import asyncio
from aiounit.arguments import Error, check_count, check_error
from aiounit.mocks.doubles.behaviours import Behaviour, end_with

__all__ = ["Gate", "Limit", "gate", "limited"]


class Gate(Behaviour):
    """A behaviour whose awaits wait while the gate is closed, which it is at first; made by `gate`.

    Attributes:
        is_open: Whether awaits pass without waiting.
    """

    def __init__(self, then: object) -> None:
        super().__init__(then)
        self.is_open = False
        self._permits = 0
        self._waiters: list[asyncio.Future[bool]] = []
        self._arrival = asyncio.Event()

    async def __call__(self, /, *args: object, **kwargs: object) -> object:
        """Wait for the gate. The mock calls this."""
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
                self.let()  # it was let through, but is cancelled: its permit goes to the next one
            raise
        finally:
            self._waiters.remove(waiter)

    @property
    def waiting(self) -> int:
        """The number of awaits that are waiting at the gate."""
        return sum(not waiter.done() for waiter in self._waiters)

    async def arrived(self, count: int = 1) -> None:
        """Wait until a number of awaits are waiting at the gate at once.

        Args:
            count: The number of awaits.

        Raises:
            TypeError: ``count`` is not an integer.
            ValueError: ``count`` is less than 1.
        """
        check_count("count of arrived()", count)
        while self.waiting < count:
            await self._arrival.wait()

    def open(self) -> None:
        """Let all waiting awaits pass, and all later ones until the gate is closed."""
        self.is_open = True
        self._permits = 0
        self._wake(len(self._waiters), takes_turn=False)

    def close(self) -> None:
        """Make later awaits wait."""
        self.is_open = False
        self._permits = 0

    def let(self, count: int = 1) -> None:
        """Let some awaits pass: those that have waited longest, then the next ones to arrive.

        Args:
            count: The number of awaits.

        Raises:
            TypeError: ``count`` is not an integer.
            ValueError: ``count`` is less than 1.
        """
        check_count("count of let()", count)
        if not self.is_open:
            self._permits += count - self._wake(count, takes_turn=True)

    def _wake(self, count: int, *, takes_turn: bool) -> int:
        """Wake the awaits that have waited longest, and return their number."""
        woken = [waiter for waiter in self._waiters if not waiter.done()][:count]
        for waiter in woken:
            waiter.set_result(takes_turn)
        return len(woken)


def gate(then: object = DEFAULT) -> Gate:
    """Make awaits wait until the test lets them pass, one at a time or all at once.

    Args:
        then: How each await ends, as in `Behaviour`. By default it returns the ``return_value`` of the mock.

    Returns:
        The behaviour, with ``open()``, ``close()``, ``let(count)``, ``arrived(count)`` and ``waiting``.

    Example:
        Two concurrent requests::

            door = gate()
            client.fetch.side_effect = door
            tasks = [asyncio.create_task(shop.price(item)) for item in ("tea", "milk")]
            await door.arrived(2)
            door.let()  # the first one passes
    """
    return Gate(then)


class Limit(Behaviour):
    """A behaviour that limits how many awaits run at once; made by `limited`.

    Attributes:
        running: The number of awaits that are running now.
        waiting: The number of awaits that are waiting for a free slot.
        most: The largest number of awaits that have run at once.
    """

    def __init__(self, count: int, then: object, error: Error | None) -> None:
        super().__init__(then)
        self.running = 0
        self.waiting = 0
        self.most = 0
        self._error = error
        self._slots = asyncio.Semaphore(count)

    async def __call__(self, /, *args: object, **kwargs: object) -> object:
        """Run in a slot. The mock calls this."""
        if self._error is not None and self._slots.locked():
            return await end_with(self._error, args, kwargs)
        self.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)  # so that awaits that arrive together overlap
            return await super().__call__(*args, **kwargs)
        finally:
            self.running -= 1
            self._slots.release()


def limited(count: int, then: object = DEFAULT, *, error: Error | None = None) -> Limit:
    """Limit how many awaits run at once, like a connection pool or a server with a few slots.

    Args:
        count: The number of awaits that may run at once. Each takes at least one iteration of the loop.
        then: The behaviour of an await while it runs, as in `Behaviour`, for example ``delays(0.1)``. By default it
            returns the ``return_value`` of the mock.
        error: The exception that an await raises if there is no free slot. By default it waits for one.

    Returns:
        The behaviour, with ``running``, ``waiting`` and ``most``.

    Raises:
        TypeError: ``count`` is not an integer, or ``error`` can't be raised.
        ValueError: ``count`` is less than 1.

    Example:
        ``pool.acquire.side_effect = limited(2, error=PoolExhausted)``
    """
    check_count("count of limited()", count)
    if error is not None:
        check_error("error of limited()", error)
    return Limit(count, then, error)
