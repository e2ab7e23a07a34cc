"""What lists and values become where a mock is iterated over or entered: streams and context managers."""

import types
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import Any, Final, NamedTuple
from unittest.mock import DEFAULT

from aiounit import _stdlib
from aiounit._real import contextlib, inspect
from aiounit.mocks.doubles.factories import async_context, async_stream

__all__ = ["Context", "context_of", "convert", "iterate"]


class Context(NamedTuple):
    """A kind of context manager."""

    kind: type
    decorator: Any
    enter: str
    wrap: Callable[[Any], Any]

    @property
    def code(self) -> types.CodeType:
        """What the decorator puts around any function."""
        code: types.CodeType = self.decorator(print).__code__
        return code


_CONTEXTS: Final = (
    Context(contextlib.AbstractAsyncContextManager, contextlib.asynccontextmanager, "__aenter__", async_context),
    Context(contextlib.AbstractContextManager, contextlib.contextmanager, "__enter__", contextlib.nullcontext),
)


def context_of(function: Any, origin: object) -> Context | None:
    """Return what kind of context manager a function returns, or None if it returns something else.

    Args:
        function: The function; what contextlib has decorated is known by what it has put around it.
        origin: What it returns by its annotation, without the arguments of that.
    """
    codes = {each.code for each in _CONTEXTS}
    with contextlib.suppress(ValueError):  # what wraps itself
        function = inspect.unwrap(function, stop=lambda each: getattr(each, "__code__", None) in codes)
    found = getattr(function, "__code__", None)
    return next((each for each in _CONTEXTS if each.code is found or each.kind is origin), None)


def convert(mock: Any, method: str, factory: Callable[[Any], Any]) -> None:
    """Let a mock return what a factory makes of its ``return_value``, unless that has the method already.

    Args:
        mock: The mock.
        method: What the value must have.
        factory: What makes such a thing of another value.
    """

    def give(*_args: Any, **_kwargs: Any) -> Any:
        value = mock.return_value
        return value if hasattr(type(value), method) else factory(value)

    mock.side_effect = give


class _Iterations:
    """What ``async for`` over a mock gives: the items that its ``__aiter__.return_value`` is."""

    def __init__(self, mock: Any) -> None:
        self._aiter = mock.__aiter__
        self._stream: tuple[object, AsyncIterable[Any]] = (None, async_stream())
        self._current: AsyncIterator[Any] | None = None

    def begin(self) -> AsyncIterator[Any]:
        items: Any = _stdlib.mocks.return_value_of_mock(self._aiter)
        if items is DEFAULT:
            items = ()
        if hasattr(type(items), "__aiter__"):
            return aiter(items)
        if not isinstance(items, Iterator):
            return aiter(async_stream(items))
        if items is not self._stream[0]:
            self._stream = (items, async_stream(items))  # which keeps what the iterator gives only once
        return aiter(self._stream[1])

    async def go_on(self) -> Any:
        if self._current is None:
            self._current = self.begin()
        return await anext(self._current)


def iterate(mock: Any) -> None:
    """Let ``async for`` over a mock start afresh each time, and raise the exceptions among the items.

    Args:
        mock: The mock.
    """
    iterations = _Iterations(mock)
    mock.__aiter__.side_effect = iterations.begin
    if hasattr(type(mock), "__anext__"):
        mock.__anext__.side_effect = iterations.go_on
