"""Reading a stream in a task of its own, ahead of the test that takes the items: so what nobody expects is noticed."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Any, Final, Generic, TypeVar

from aiounit._real import asyncio
from aiounit.assertions.waiting.deadlines import LateError, end, run_until
from aiounit.assertions.words import where
from aiounit.introspect.representation import brief

__all__ = ["MOST_AHEAD", "Reader"]

T = TypeVar("T")

# How many items are read ahead at most: an endless source must not fill the memory.
MOST_AHEAD: Final = 100

# What a queue raises that is shut down and empty, on the versions where that can be done (3.13 and later).
_SHUT_DOWN: Final = getattr(asyncio, "QueueShutDown", ())


class Reader(Generic[T]):
    """Reads an asynchronous iterable or a queue.

    Args:
        source: What to read. Its iterator is closed, if it can be.

    Attributes:
        items: What was read and not taken.
        is_over: Whether there will be no more.
        error: What the source has raised, if it has.
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
        """Where the source is suspended, as a message goes on."""
        return where(self._task)

    async def is_ready(self, deadline: float) -> bool:
        """Wait until there is an item, or there will be no more.

        Args:
            deadline: How long to wait, as a time of the loop's clock.

        Returns:
            Whether it is so.
        """
        while not self.items and not self.is_over:
            self._news.clear()
            try:
                await run_until(deadline, self._news.wait())
            except LateError:
                break
        return bool(self.items) or self.is_over

    def take(self) -> T:
        """Return the first item that was read, and remove it."""
        self._room.set()
        return self.items.popleft()

    async def close(self) -> tuple[str, BaseException | None]:
        """Stop reading, and close the source.

        Returns:
            What went wrong, as the rest of a sentence that begins with the source, and the error; or nothing.
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
                return  # it has swallowed its cancellation
            self.items.append(item)
            self._news.set()
            await asyncio.sleep(0)  # a source that never waits would leave nobody else a turn
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


async def _close(iterator: Any) -> None:
    close = getattr(iterator, "aclose", None)
    if close is not None:
        await close()
