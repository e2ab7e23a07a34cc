"""Spies: the original function runs as always, and each of its calls is recorded with its outcome.

A spy is a mock that calls the original. One record spans a whole call: an await, the lifetime of an asynchronous
generator, the block of a context manager.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import FunctionType, MethodDescriptorType, TracebackType
from typing import Any, Final, Generic, Protocol, TypeVar, cast
from unittest.mock import NonCallableMock

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, functools, inspect
from aiounit._typing import override
from aiounit.introspect.representation import brief
from aiounit.mocks.recording.recorder import mock_of, record
from aiounit.mocks.recording.records import AwaitRecord, AwaitState
from aiounit.mocks.replacements import MISSING, missing, original_of
from aiounit.mocks.specs.autospec import autospec
from aiounit.mocks.specs.conversions import context_of
from aiounit.mocks.specs.suggestions import name_of

__all__ = ["Spy", "check_names", "make_spy"]

M = TypeVar("M")


class Spy(Protocol):
    """A mock that calls the original: an ``AsyncMock`` for a coroutine function, a ``MagicMock`` for others."""

    @property
    def records(self) -> list[AwaitRecord]:
        """One record per call, or per await of a coroutine function, in the order in which they began."""
        ...

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the mock."""


def check_names(owner: object, name: object) -> None:
    """Reject arguments that don't say which function to spy on.

    Args:
        owner: The object that has the function.
        name: The name of the function.

    Raises:
        TypeError: The name is missing, or is given first.
    """
    if isinstance(name, str) and name:
        return
    if isinstance(owner, str) and name:
        raise TypeError("spy() takes the object that has the function first, and then its name: swap them")
    example = getattr(owner, "__name__", "name")
    raise TypeError(
        f'spy() takes the object that has the function and its name, as self.spy(client, "{example}"), '
        f"not {brief(name or owner)}"
    )


def make_spy(owner: object, name: str) -> tuple[Spy, object]:
    """Make a spy.

    Args:
        owner: The class, module or other object that has the function.
        name: The name of the function.

    Returns:
        The spy, and the object to replace the function with.

    Raises:
        AttributeError: ``owner`` has no such attribute.
        TypeError: The attribute is not a function or method, or is a mock.
    """
    if original_of(owner, name) is MISSING:
        raise missing(owner, name)
    is_class = inspect.isclass(owner)
    found = inspect.getattr_static(owner, name) if is_class else getattr(owner, name)
    if not isinstance(found, FunctionType | MethodDescriptorType | staticmethod | classmethod):
        found = getattr(owner, name)
    place = f"{name_of(owner)}.{name}"
    call = found.__func__ if isinstance(found, staticmethod | classmethod) else found
    if mock_of(call) is not None:
        raise TypeError(f"{place} is a mock, which does not need a spy: it records its calls itself")
    if not inspect.isroutine(call):
        raise TypeError(f"spy() takes functions and methods, but {place} is {brief(call)}")
    mock = autospec(call, place)
    records = _watch(mock, call)
    setattr(type(mock), "records", property(lambda _mock: records()))  # noqa: B010 (each mock has a class of its own)
    is_bound = is_class and isinstance(found, FunctionType | MethodDescriptorType | classmethod)
    return cast("Spy", mock), _bindable(mock, call, found) if is_bound else mock


def _bindable(mock: NonCallableMock, call: Callable[..., object], found: object) -> object:
    """Return a function that forwards its calls to a mock, because a mock in a class would not be bound."""

    @functools.wraps(call)
    def pass_on(*args: object, **kwargs: object) -> object:
        return mock(*args, **kwargs)

    function: Any = pass_on
    if _stdlib.mocks.is_async_mock(mock):
        _stdlib.mocks.mark_as_async(function)
    function.mock = mock  # under the name that unittest.mock uses, where our assertions find it
    return classmethod(function) if isinstance(found, classmethod) else function


def _watch(mock: NonCallableMock, call: Callable[..., Any]) -> Callable[[], list[AwaitRecord]]:
    """Let a mock call the original, and return a function that returns the records."""
    if _stdlib.mocks.is_async_mock(mock):

        async def run(*args: object, **kwargs: object) -> object:
            return await call(*args, **kwargs)

        mock.side_effect = run
        log = record(mock)
        return lambda: log.awaits
    calls = _Calls(mock, call)
    mock.side_effect = calls.run
    return calls.get


class _Calls:
    """The calls of a function that is not ``async def``."""

    def __init__(self, mock: NonCallableMock, call: Callable[..., object]) -> None:
        self._mock = mock
        self._call = call
        self._context = context_of(call, None)
        self._records: list[AwaitRecord] = []
        self._listed = mock.call_args_list

    def get(self) -> list[AwaitRecord]:
        if self._listed is not self._mock.call_args_list:  # reset_mock() has made a new list
            self._records, self._listed = [], self._mock.call_args_list
        return self._records

    def run(self, *args: object, **kwargs: object) -> object:
        record = AwaitRecord(args, kwargs)
        self.get().append(record)
        record.begin()
        with _ending(record):
            result = self._call(*args, **kwargs)
        if inspect.isasyncgen(result):
            return _Generator(cast("AsyncGenerator[object, object]", result), record)
        if self._context is not None:
            return _CONTEXTS[self._context.enter](cast("Any", result), record)
        if inspect.iscoroutine(result):
            return _finish(result, record)
        record.value = result
        _end(record, None)
        return result


@contextlib.contextmanager
def _ending(record: AwaitRecord) -> Iterator[None]:
    """Record the end of a call if the block raises."""
    try:
        yield
    except StopAsyncIteration:
        _end(record, None)
        raise
    except BaseException as error:
        _end(record, error)
        raise


def _end(record: AwaitRecord, error: BaseException | None) -> None:
    if error is None:
        state = AwaitState.RETURNED
    elif isinstance(error, asyncio.CancelledError | GeneratorExit):
        state = AwaitState.CANCELLED
    else:
        state = AwaitState.RAISED
    record.finish(state, value=record.value, error=error)


async def _finish(coroutine: Awaitable[object], record: AwaitRecord) -> object:
    """Await the result of a function that is not ``async def`` but returns a coroutine, and record the outcome."""
    with _ending(record):
        record.value = await coroutine
    _end(record, None)
    return record.value


class _Generator(AsyncGenerator[object, object]):
    """An asynchronous generator. The value of its record is the list of its items."""

    def __init__(self, generator: AsyncGenerator[object, object], record: AwaitRecord) -> None:
        self._generator = generator
        self._record = record
        record.value = []

    @override
    async def asend(self, value: object) -> object:
        return await self._step(self._generator.asend(value))

    @override
    async def athrow(self, *details: Any) -> object:
        return await self._step(self._generator.athrow(*details))

    @override
    async def aclose(self) -> None:
        with _ending(self._record):
            await self._generator.aclose()
        if self._record.state is AwaitState.RUNNING:
            _end(self._record, None)

    async def _step(self, step: Awaitable[object]) -> object:
        with _ending(self._record):
            item = await step
        self._record.value.append(item)
        return item

    def __getattr__(self, name: str) -> object:
        return getattr(self._generator, name)


class _AnyManager(Generic[M]):
    """A context manager of either kind. The value of its record is the target of ``as``."""

    def __init__(self, manager: M, record: AwaitRecord) -> None:
        self._manager = manager
        self._record = record

    def __getattr__(self, name: str) -> object:
        return getattr(self._manager, name)


class _AsyncManager(_AnyManager[AbstractAsyncContextManager[object, bool | None]]):
    async def __aenter__(self) -> object:
        with _ending(self._record):
            self._record.value = await self._manager.__aenter__()
        return self._record.value

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        with _ending(self._record):
            absorbed = bool(await self._manager.__aexit__(kind, error, traceback))
        _end(self._record, None if absorbed else error)
        return absorbed


class _Manager(_AnyManager[AbstractContextManager[object, bool | None]]):
    def __enter__(self) -> object:
        with _ending(self._record):
            self._record.value = self._manager.__enter__()
        return self._record.value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        with _ending(self._record):
            absorbed = bool(self._manager.__exit__(kind, error, traceback))
        _end(self._record, None if absorbed else error)
        return absorbed


_CONTEXTS: Final = {"__aenter__": _AsyncManager, "__enter__": _Manager}
