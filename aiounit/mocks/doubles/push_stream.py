"""A stream that a test pushes items into, to drive what consumes it; it knows when the consumer has dealt with them."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Self, TypeVar

from typing_extensions import override

from aiounit._real import asyncio, threading
from aiounit.arguments import Error, check_error
from aiounit.introspect.representation import brief

__all__ = ["PushStream", "push_stream"]

T = TypeVar("T")
R = TypeVar("R")


class PushStream(AsyncIterator[T]):
    """An asynchronous iterator of what is pushed into it; made by `push_stream`.

    Everything but ``idle`` may be called from anywhere: the test, a callback, ``setUp``, another thread. Of several
    consumers, each item goes to one.

    Attributes:
        consumed: What was taken from it.
        closed: Whether its consumer has closed it.
    """

    def __init__(self) -> None:
        self.consumed: list[T] = []
        self.closed = False
        self._waiting: deque[T] = deque()
        self._error: Error | None = None
        self._has_ended = False
        self._is_over = False  # and the consumer knows
        self._asking = 0  # consumers that wait for an item
        self._waiters: list[asyncio.Future[None]] = []
        self._lock = threading.RLock()

    @property
    def pending(self) -> list[T]:
        """What was sent and not taken yet."""
        return list(self._waiting)

    def send(self, item: T) -> None:
        """Give the consumer an item.

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
        """End the stream with an error, which the consumer gets after what was sent before.

        Args:
            error: What the consumer gets.

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
        """End the stream, after what was sent before.

        Raises:
            RuntimeError: The stream has ended, or its consumer has closed it.
        """
        with self._lock:
            self._check_is_open("end()")
            self._has_ended = True
        self._wake()

    async def idle(self) -> None:
        """Wait until the consumer has dealt with all that was sent: it waits for more, or has come to the end.

        Raises:
            AssertionError: The consumer has closed the stream and left items in it.
        """
        await self._until(self._is_idle)
        if self._waiting:
            raise AssertionError(
                f"the consumer has closed the stream and left in it: {', '.join(map(repr, self._waiting))}"
            )

    async def aclose(self) -> None:
        """Close the stream, as its consumer does."""
        with self._lock:
            self.closed = True
        self._wake()

    @override
    def __aiter__(self) -> Self:
        """Return the stream itself."""
        return self

    @override
    async def __anext__(self) -> T:
        """Take the next item, when it is there."""
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
        """Take the first item, or nothing if there is none yet; raise what is at the end."""
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
        """Wait until ``ready`` returns something true, and return that."""
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
    """Make an asynchronous iterator that the test pushes items into, to drive what consumes it.

    Returns:
        The stream, with ``send()``, ``fail()``, ``end()``, ``idle()``, ``consumed`` and ``pending``.

    Example:
        A consumer that acknowledges messages, tested without sleeping::

            messages = push_stream()
            worker = asyncio.create_task(consume(messages, acknowledge))
            messages.send("tea")
            await messages.idle()
            acknowledge.assert_awaited_once_with("tea")
    """
    return PushStream()
