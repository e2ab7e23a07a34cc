"""An asynchronous iterable of items for a mock to return, or to use directly in place of the real one."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Generic, TypeVar, cast

from aiounit._real import asyncio, itertools
from aiounit._typing import override
from aiounit.arguments import Error, check_error, check_seconds, is_error
from aiounit.introspect.representation import brief
from aiounit.mocks.doubles.behaviours import end_with

__all__ = ["AsyncStream", "async_stream"]

T = TypeVar("T")


class _Items(Generic[T]):
    """A cache of items, so that an iterator, which may be endless, can be iterated over more than once."""

    def __init__(self, items: Iterable[T | Error]) -> None:
        self._known = list(items) if isinstance(items, Sequence) else []
        self._more = iter(()) if isinstance(items, Sequence) else iter(items)

    def get(self, position: int) -> tuple[T | Error, ...]:
        """Return the item at a position in a tuple, which is empty after the last item."""
        if position == len(self._known):
            self._known += itertools.islice(self._more, 1)
        return tuple(self._known[position : position + 1])


class AsyncStream(AsyncIterator[T]):
    """An asynchronous iterable whose every ``async for`` starts from the beginning; made by `async_stream`.

    It is also an iterator: ``anext()`` continues the latest iteration.

    Attributes:
        consumed: The items that were taken from it, by all iterations together.
    """

    def __init__(self, items: Iterable[T | Error], delay: float, error: Error | None) -> None:
        self.consumed: list[T] = []
        self._items = _Items(items)
        self._delay = delay
        self._error = error
        self._iterations: list[_Iteration[T]] = []
        self._is_closed = False

    @property
    def closed(self) -> bool:
        """Whether it was closed, or each of its iterations has ended, by itself or by ``aclose()``."""
        return self._is_closed or (bool(self._iterations) and all(each.is_over for each in self._iterations))

    @override
    def __aiter__(self) -> AsyncIterator[T]:
        """Begin a new iteration."""
        return self._begin()

    @override
    async def __anext__(self) -> T:
        """Take the next item of the latest iteration, or begin the first one."""
        iteration = self._iterations[-1] if self._iterations else self._begin()
        return await anext(iteration)

    async def aclose(self) -> None:
        """Close the stream, and with it each unfinished iteration."""
        self._is_closed = True
        for iteration in self._iterations:
            await iteration.aclose()

    def _begin(self) -> "_Iteration[T]":
        self._is_closed = False
        iteration = _Iteration(self._items, self._delay, self._error, self.consumed)
        self._iterations.append(iteration)
        return iteration


class _Iteration(AsyncIterator[T]):
    """One iteration over a stream.

    It is not a generator, because the loop closes those: code under test that forgets ``aclose()`` would go unnoticed.
    """

    def __init__(self, items: _Items[T], delay: float, error: Error | None, consumed: list[T]) -> None:
        self.is_over = False
        self._items = items
        self._delay = delay
        self._error = error
        self._consumed = consumed
        self._position = 0
        self._is_closed = False

    @override
    async def __anext__(self) -> T:
        if self._is_closed:
            raise StopAsyncIteration
        if self._delay:
            await asyncio.sleep(self._delay)
        found = self._items.get(self._position)
        self._position += 1
        self.is_over = not found or is_error(found[0])
        if not found:
            self._is_closed = True
            if self._error is None:
                raise StopAsyncIteration
            await end_with(self._error, (), {})
        if is_error(found[0]):
            await end_with(found[0], (), {})
        item = cast("T", found[0])
        self._consumed.append(item)
        return item

    async def aclose(self) -> None:
        self.is_over = self._is_closed = True


def async_stream(items: Iterable[T | Error] = (), *, delay: float = 0, error: Error | None = None) -> AsyncStream[T]:
    """Make an asynchronous iterable of items.

    Args:
        items: The items that it yields, finitely or infinitely many. An exception among them is raised at its position.
        delay: The time before each item, in seconds of the loop's clock.
        error: The exception to raise after the last item. By default the stream ends there.

    Returns:
        The stream, with ``consumed``, ``closed`` and ``aclose()``.

    Raises:
        TypeError: ``items`` is not iterable, ``delay`` is not a number, or ``error`` can't be raised.
        ValueError: ``delay`` is negative, infinite or NaN.

    Example:
        ``client.listen = mock.Mock(return_value=async_stream(["tea", "milk"], error=ConnectionError))``
    """
    if not isinstance(items, Iterable):
        raise TypeError(f"items of async_stream() must be a list or another iterable, not {brief(items)}")
    check_seconds("delay of async_stream()", delay)
    if error is not None:
        check_error("error of async_stream()", error)
    return AsyncStream(items, delay, error)
