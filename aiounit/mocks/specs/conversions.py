"""Conversions of values to asynchronous iterables and context managers, where a mock is iterated over or entered."""

import types
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import Any, Final, NamedTuple
from unittest.mock import DEFAULT, NonCallableMock

from aiounit import _stdlib
from aiounit._real import contextlib, inspect
from aiounit.mocks.doubles.contexts import async_context
from aiounit.mocks.doubles.streams import async_stream

__all__ = ["Context", "context_of", "convert", "iterate"]


class Context(NamedTuple):
    """A kind of context manager.

    Attributes:
        kind: Its abstract base class.
        decorator: The function of contextlib that makes one from a generator function.
        enter: The name of the method that enters it.
        wrap: A function that makes one from the target of ``as``.
    """

    kind: type
    decorator: Callable[[Callable[..., Any]], object]
    enter: str
    wrap: Callable[[object], object]

    @property
    def code(self) -> types.CodeType:
        """The code of the functions that the decorator returns."""
        decorated: Any = self.decorator(print)
        code: types.CodeType = decorated.__code__
        return code


_CONTEXTS: Final = (
    Context(contextlib.AbstractAsyncContextManager, contextlib.asynccontextmanager, "__aenter__", async_context),
    Context(contextlib.AbstractContextManager, contextlib.contextmanager, "__enter__", contextlib.nullcontext),
)


_CODES: Final = tuple(each.code for each in _CONTEXTS)


def context_of(function: Callable[..., object], origin: object) -> Context | None:
    """Return the kind of context manager that a function returns, or None if it returns something else.

    Args:
        function: The function. One that contextlib has decorated is recognised by its code.
        origin: The class of its return annotation, without arguments.
    """
    with contextlib.suppress(ValueError):  # it wraps itself
        function = inspect.unwrap(function, stop=lambda each: getattr(each, "__code__", None) in _CODES)
    found = getattr(function, "__code__", None)
    return next(
        (each for each, code in zip(_CONTEXTS, _CODES, strict=True) if code is found or each.kind is origin), None
    )


def convert(mock: NonCallableMock, method: str, factory: Callable[[Any], object]) -> None:
    """Let a mock return its ``return_value`` converted by a factory, unless that already has a method.

    Args:
        mock: The mock.
        method: The name of the method that the converted value has.
        factory: The function that converts the value.
    """

    def give(*_args: object, **_kwargs: object) -> object:
        value = mock.return_value
        return value if hasattr(type(value), method) else factory(value)

    mock.side_effect = give


class _Iterations:
    """The iterations over a mock by ``async for``, which yield the items in its ``__aiter__.return_value``."""

    def __init__(self, mock: NonCallableMock) -> None:
        self._aiter = mock.__aiter__
        self._stream: tuple[object, AsyncIterable[object]] = (None, async_stream())
        self._current: AsyncIterator[object] | None = None

    def begin(self) -> AsyncIterator[object]:
        items: Any = _stdlib.mocks.return_value_of_mock(self._aiter)
        if items is DEFAULT:
            items = ()
        if hasattr(type(items), "__aiter__"):
            return aiter(items)
        if not isinstance(items, Iterator):
            return aiter(async_stream(items))
        if items is not self._stream[0]:
            self._stream = (items, async_stream(items))  # kept, because an iterator yields its items only once
        return aiter(self._stream[1])

    async def go_on(self) -> object:
        if self._current is None:
            self._current = self.begin()
        return await anext(self._current)


def iterate(mock: NonCallableMock) -> None:
    """Let each ``async for`` over a mock start from the beginning, and raise the exceptions among the items.

    Args:
        mock: The mock.
    """
    iterations = _Iterations(mock)
    mock.__aiter__.side_effect = iterations.begin
    if hasattr(type(mock), "__anext__"):
        mock.__anext__.side_effect = iterations.go_on
