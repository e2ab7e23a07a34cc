"""Read a stream in a task of its own, ahead of the test that takes the items, so that unexpected items are noticed."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Final, Generic, TypeVar

from aiounit._real import asyncio
from aiounit.assertions.messages import where
from aiounit.assertions.waiting.deadlines import LateError, end, run_until
from aiounit.introspect.representation import brief

__all__ = ["MOST_AHEAD", "Reader"]

T = TypeVar("T")

# How many items to read ahead at most: an endless source must not fill the memory.
MOST_AHEAD: Final = 100

# The exception of a queue that is shut down and empty; no exception on versions before 3.13, which have no shutdown.
_SHUT_DOWN: Final = getattr(asyncio, "QueueShutDown", ())


class Reader(Generic[T]):
    """Reads an asynchronous iterable or a queue.

    Args:
        source: The iterable or queue. Its iterator is closed at the end, if it has ``aclose``.

    Attributes:
        items: The items that were read and not yet taken.
        is_over: Whether the source has ended or failed.
        error: The exception that the source raised, or None.
    """

    def __init__(self, source: AsyncIterable[T] | asyncio.Queue[T]) -> None:
        self.items: deque[T] = deque()
        self.is_over = False
        self.error: BaseException | None = None
        self._source: AsyncIterable[T] = _items_of(source) if isinstance(source, asyncio.Queue) else source
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._is_closing = False
        self._task: asyncio.Task[None] = asyncio.create_task(self._read(), name="aiounit: reading a stream")

    @property
    def place(self) -> str:
        """Where the source is suspended, to follow "waiting"."""
        return where(self._task)

    async def is_ready(self, deadline: float) -> bool:
        """Wait until an item is available or the source is over.

        Args:
            deadline: When to stop waiting, as a time of the loop's clock, in seconds.

        Returns:
            Whether an item is available or the source is over.
        """
        while not self.items and not self.is_over:
            self._news.clear()
            try:
                await run_until(deadline, self._news.wait())
            except LateError:
                break
        return bool(self.items) or self.is_over

    def take(self) -> T:
        """Remove and return the first item that was read."""
        self._room.set()
        return self.items.popleft()

    async def close(self) -> tuple[str, BaseException | None]:
        """Stop reading, and close the source.

        The problem, as the rest of a sentence that begins with the source, and the exception. The text is empty if
        there is no problem.
        """
        before = self.error
        self._is_closing = True
        complaint = await end(self._task)
        if complaint is not None:
            return f"did not end when it was closed: {complaint}", None
        if self.error is not before:
            return f"raised {brief(self.error)} when it was closed", self.error
        return "", None

    async def _read(self) -> None:
        try:
            iterator = aiter(self._source)
            try:
                await self._read_all(iterator)
            finally:
                await _close(iterator)
        except asyncio.CancelledError as error:
            if self._is_closing:
                raise
            self.error = error
        except Exception as error:
            self.error = error
        finally:
            self.is_over = True
            self._news.set()

    async def _read_all(self, iterator: AsyncIterator[T]) -> None:
        async for item in iterator:
            if self._is_closing:
                return  # the source has swallowed its cancellation
            self.items.append(item)
            self._news.set()
            await asyncio.sleep(0)  # a source that never suspends would starve the other tasks
            while len(self.items) >= MOST_AHEAD:
                self._room.clear()
                await self._room.wait()


async def _items_of(queue: asyncio.Queue[T]) -> AsyncGenerator[T, None]:
    while True:
        try:
            item = await queue.get()
        except _SHUT_DOWN:
            return
        queue.task_done()
        yield item


async def _close(iterator: object) -> None:
    close = getattr(iterator, "aclose", None)
    if close is not None:
        await close()
