"""A stream that a test pushes items into to drive its consumer, and that knows when the consumer has handled them."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Self, TypeVar

from aiounit._real import asyncio, threading
from aiounit._typing import override
from aiounit.arguments import Error, check_error
from aiounit.introspect.representation import brief

__all__ = ["PushStream", "push_stream"]

T = TypeVar("T")
R = TypeVar("R")


class PushStream(AsyncIterator[T]):
    """An asynchronous iterator over the items that are pushed into it; made by `push_stream`.

    Everything except ``idle`` may be called from anywhere: the test, a callback, ``setUp``, another thread. If there
    are several consumers, each item goes to one of them.

    Attributes:
        consumed: The items that consumers have taken.
        closed: Whether a consumer has closed the stream.
    """

    def __init__(self) -> None:
        self.consumed: list[T] = []
        self.closed = False
        self._waiting: deque[T] = deque()
        self._error: Error | None = None
        self._has_ended = False
        self._is_over = False  # the consumer has received the end
        self._asking = 0  # consumers that are waiting for an item
        self._waiters: list[asyncio.Future[None]] = []
        self._lock = threading.RLock()

    @property
    def pending(self) -> list[T]:
        """The items that were sent and not yet taken."""
        return list(self._waiting)

    def send(self, item: T) -> None:
        """Send an item to the consumer.

        Args:
            item: The item.

        Raises:
            RuntimeError: The stream has ended, or its consumer has closed it.
        """
        with self._lock:
            self._check_is_open(f"send({brief(item)})")
            self._waiting.append(item)
        self._wake()

    def fail(self, error: Error) -> None:
        """End the stream with an error, which the consumer receives after all items sent before.

        Args:
            error: The exception that the consumer receives, or its class.

        Raises:
            TypeError: ``error`` can't be raised.
            RuntimeError: The stream has ended, or its consumer has closed it.
        """
        check_error("the error given to fail()", error)
        with self._lock:
            self._check_is_open(f"fail({brief(error)})")
            self._error = error
            self._has_ended = True
        self._wake()

    def end(self) -> None:
        """End the stream. The consumer sees the end after all items sent before.

        Raises:
            RuntimeError: The stream has ended, or its consumer has closed it.
        """
        with self._lock:
            self._check_is_open("end()")
            self._has_ended = True
        self._wake()

    async def idle(self) -> None:
        """Wait until the consumer has handled all items: it is waiting for more, or has reached the end of the stream.

        Raises:
            AssertionError: The consumer has closed the stream without taking all items.
        """
        await self._until(self._is_idle)
        if self._waiting:
            raise AssertionError(
                f"the consumer has closed the stream without taking: {', '.join(map(repr, self._waiting))}"
            )

    async def aclose(self) -> None:
        """Close the stream, as a consumer does."""
        with self._lock:
            self.closed = True
        self._wake()

    @override
    def __aiter__(self) -> Self:
        """Return the stream itself."""
        return self

    @override
    async def __anext__(self) -> T:
        """Wait for the next item and take it."""
        with self._lock:
            taken = self._take()
            self._asking += not taken
        if not taken:
            self._wake()
            try:
                taken = await self._until(self._take)
            finally:
                self._asking -= 1
        return taken[0]

    def _take(self) -> tuple[T, ...]:
        """Take the first item in a tuple, which is empty if there is none yet; at the end, raise."""
        if self.closed:
            raise StopAsyncIteration
        if self._waiting:
            self.consumed.append(self._waiting.popleft())
            return (self.consumed[-1],)
        if not self._has_ended:
            return ()
        self._is_over = True
        self._wake()
        error, self._error = self._error, None
        if error is None:
            raise StopAsyncIteration
        raise error.with_traceback(None) if isinstance(error, BaseException) else error

    def _is_idle(self) -> bool:
        return self.closed or (not self._waiting and (self._is_over if self._has_ended else self._asking > 0))

    def _check_is_open(self, call: str) -> None:
        if self.closed:
            raise RuntimeError(f"{call} comes too late: the consumer has closed the stream")
        if self._has_ended:
            raise RuntimeError(f"{call} comes too late: end() or fail() has ended the stream")

    async def _until(self, ready: Callable[[], R]) -> R:
        """Wait until ``ready`` returns a true value, and return it."""
        while True:
            with self._lock:
                if result := ready():
                    return result
                waiter = asyncio.get_running_loop().create_future()
                self._waiters.append(waiter)
            await waiter

    def _wake(self) -> None:
        with self._lock:
            waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.get_loop().call_soon_threadsafe(_finish, waiter)


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def push_stream() -> PushStream[Any]:
    """Make an asynchronous iterator that a test pushes items into, to drive the code that consumes it.

    Returns:
        The stream, with ``send()``, ``fail()``, ``end()``, ``idle()``, ``consumed`` and ``pending``.

    Example:
        Test a consumer that acknowledges messages, without sleeping::

            messages = push_stream()
            worker = asyncio.create_task(consume(messages, acknowledge))
            messages.send("tea")
            await messages.idle()
            acknowledge.assert_awaited_once_with("tea")
    """
    return PushStream()
