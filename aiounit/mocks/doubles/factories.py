"""What a mock gives back when a value is not enough: an asynchronous context manager, a stream of items.

Each is the ``return_value`` of any object of `unittest.mock`, or stands in for the real thing by itself.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Generic, TypeVar, cast

from typing_extensions import override

from aiounit._real import asyncio, itertools
from aiounit.arguments import Error, check_effect, check_error, check_seconds, is_error
from aiounit.introspect.representation import brief
from aiounit.mocks.doubles.behaviours import end_with

__all__ = ["AsyncContext", "AsyncStream", "async_context", "async_stream"]

T = TypeVar("T")

Suppressed = bool | type[BaseException] | tuple[type[BaseException], ...]


class AsyncContext(Generic[T]):
    """An asynchronous context manager that can be entered any number of times; made by `async_context`.

    Attributes:
        value: What it gives to ``as``.
        entered: How many times it was entered.
        exited: How many times it was left.
        errors: What it was given when it was left: an exception or None, each time.
    """

    def __init__(self, value: T, enter: object, exit: object, suppress: Suppressed) -> None:  # noqa: A002 (its name)
        self.value = value
        self.entered = 0
        self.exited = 0
        self.errors: list[BaseException | None] = []
        self._enter = enter
        self._exit = exit
        self._suppress = suppress

    async def __aenter__(self) -> T:
        """Enter it."""
        await _perform(self._enter)
        self.entered += 1
        return self.value

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Leave it."""
        self.exited += 1
        self.errors.append(error)
        await _perform(self._exit, error)
        if isinstance(self._suppress, bool):
            return self._suppress
        return isinstance(error, self._suppress)


async def _perform(effect: object, *args: object) -> None:
    if is_error(effect):
        await end_with(effect, (), {})
    elif callable(effect):
        result = effect(*args)
        if isinstance(result, Awaitable):
            await result


def async_context(
    value: T,
    *,
    enter: Error | Callable[..., object] | None = None,
    exit: Error | Callable[..., object] | None = None,  # noqa: A002 (what async with does)
    suppress: Suppressed = False,
) -> AsyncContext[T]:
    """Make an asynchronous context manager.

    Args:
        value: What it gives to ``as``.
        enter: What happens on the way in: an exception to raise, or a function or behaviour, called without arguments
            and awaited if need be.
        exit: The same on the way out; a function gets the exception that ends the block, or None.
        suppress: Whether it swallows what ends the block: True for everything, or classes of exceptions.

    Returns:
        The context manager, with ``entered``, ``exited`` and ``errors``.

    Raises:
        TypeError: ``enter`` or ``exit`` can't be called or raised, or ``suppress`` is no class of exceptions.

    Example:
        ``pool.acquire = mock.Mock(return_value=async_context(connection, enter=delays(0.1)))``
    """
    for name, effect in {"enter": enter, "exit": exit}.items():
        if effect is not None:
            check_effect(f"{name} of async_context()", effect)
    if not isinstance(suppress, bool):
        for kind in suppress if isinstance(suppress, tuple) else (suppress,):
            if not isinstance(kind, type) or not is_error(kind):
                raise TypeError(
                    f"suppress of async_context() must be True, False or classes of exceptions, not {brief(kind)}"
                )
    return AsyncContext(value, enter, exit, suppress)


class _Items(Generic[T]):
    """Items that can be gone through again and again, even if they come from an iterator, which may never end."""

    def __init__(self, items: Iterable[T | Error]) -> None:
        self._known = list(items) if isinstance(items, Sequence) else []
        self._more = iter(()) if isinstance(items, Sequence) else iter(items)

    def get(self, position: int) -> tuple[T | Error, ...]:
        """Return the item at a position, or nothing after the last one."""
        if position == len(self._known):
            self._known += itertools.islice(self._more, 1)
        return tuple(self._known[position : position + 1])


class AsyncStream(AsyncIterator[T]):
    """An asynchronous iterable whose every ``async for`` starts afresh; made by `async_stream`.

    It can be used as an iterator, too: ``anext()`` goes on where the last one was.

    Attributes:
        consumed: What was taken from it, by all iterations together.
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
        """Whether it is done with: it was closed, or each iteration over it has ended, by itself or by ``aclose``."""
        return self._is_closed or (bool(self._iterations) and all(each.is_over for each in self._iterations))

    @override
    def __aiter__(self) -> AsyncIterator[T]:
        """Begin another iteration."""
        return self._begin()

    @override
    async def __anext__(self) -> T:
        """Take the next item of the last iteration, or of a first one."""
        iteration = self._iterations[-1] if self._iterations else self._begin()
        return await anext(iteration)

    async def aclose(self) -> None:
        """Close the stream: end each iteration that is under way."""
        self._is_closed = True
        for iteration in self._iterations:
            await iteration.aclose()

    def _begin(self) -> "_Iteration[T]":
        self._is_closed = False
        iteration = _Iteration(self._items, self._delay, self._error, self.consumed)
        self._iterations.append(iteration)
        return iteration


class _Iteration(AsyncIterator[T]):
    """One iteration over a stream. No generator: the loop would close that, where the code under test forgets to."""

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
        items: What it yields; it may be endless. An exception among them is raised when it is its turn.
        delay: How long each item takes to come, in seconds, by the clock of the loop.
        error: What is raised after the last item; by default, the stream ends.

    Returns:
        The stream, with ``consumed``, ``closed`` and ``aclose()``.

    Raises:
        TypeError: ``items`` can't be iterated over, ``delay`` is no number, or ``error`` can't be raised.
        ValueError: ``delay`` is negative, infinite or not a number.

    Example:
        ``client.listen = mock.Mock(return_value=async_stream(["tea", "milk"], error=ConnectionError))``
    """
    if not isinstance(items, Iterable):
        raise TypeError(f"items of async_stream() must be a list or another iterable, not {brief(items)}")
    check_seconds("delay of async_stream()", delay)
    if error is not None:
        check_error("error of async_stream()", error)
    return AsyncStream(items, delay, error)
