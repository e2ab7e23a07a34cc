"""Spies: what is spied on does what it always does, and each call is written down with what came of it.

A spy is a mock that calls the original. One record spans the whole of a call: an await, the life of an asynchronous
generator, the block of a context manager.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from types import FunctionType, MethodDescriptorType, TracebackType
from typing import Any, Protocol

from typing_extensions import override

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, functools, inspect
from aiounit.introspect.representation import brief
from aiounit.mocks.patching import MISSING, missing, original_of
from aiounit.mocks.recording.recorder import mock_of, record
from aiounit.mocks.recording.records import AwaitRecord, AwaitState
from aiounit.mocks.specs.conversions import context_of
from aiounit.mocks.specs.specs import autospec
from aiounit.mocks.specs.suggestions import name_of

__all__ = ["Spy", "check_names", "make_spy"]


class Spy(Protocol):
    """A mock that calls the original: an ``AsyncMock`` for a coroutine function, a ``MagicMock`` for others."""

    @property
    def records(self) -> list[AwaitRecord]:
        """One record for each call, or for each await of a coroutine function, in the order in which they began."""
        ...

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the mock."""


def check_names(owner: object, name: object) -> None:
    """Refuse what does not say what to spy on.

    Args:
        owner: What has the function.
        name: The name of the function.

    Raises:
        TypeError: The name is missing, or stands in the place of the owner.
    """
    if isinstance(name, str) and name:
        return
    if isinstance(owner, str) and name:
        raise TypeError("spy() takes what has the function first, and then its name: swap them")
    what = getattr(owner, "__name__", "name")
    raise TypeError(
        f'spy() takes what has the function and its name, as self.spy(client, "{what}"), not {brief(name or owner)}'
    )


def make_spy(owner: Any, name: str) -> tuple[Spy, Any]:
    """Make a spy.

    Args:
        owner: What has the function: a class, a module or another object.
        name: The name of the function.

    Returns:
        The spy, and what is to take the place of the function.

    Raises:
        AttributeError: There is no such function.
        TypeError: It is something else, or a mock.
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
        raise TypeError(f"{place} is a mock, which needs no spy: it records its calls itself")
    if not inspect.isroutine(call):
        raise TypeError(f"spy() takes functions and methods, and {place} is {brief(call)}")
    mock = autospec(call, place)
    records = _watch(mock, call)
    type(mock).records = property(lambda _mock: records())
    is_bound = is_class and isinstance(found, FunctionType | MethodDescriptorType | classmethod)
    return mock, _bindable(mock, call, found) if is_bound else mock


def _bindable(mock: Any, call: Any, found: Any) -> Any:
    """Return a function that passes its calls on, so that it is bound as the one that it takes the place of."""

    @functools.wraps(call)
    def pass_on(*args: Any, **kwargs: Any) -> Any:
        return mock(*args, **kwargs)

    function: Any = pass_on
    if _stdlib.mocks.is_async_mock(mock):
        _stdlib.mocks.mark_as_async(function)
    function.mock = mock  # where unittest.mock has it, and our assertions look for it
    return classmethod(function) if isinstance(found, classmethod) else function


def _watch(mock: Any, call: Callable[..., Any]) -> Callable[[], list[AwaitRecord]]:
    """Let a mock call the original; return what returns the records."""
    if _stdlib.mocks.is_async_mock(mock):

        async def run(*args: Any, **kwargs: Any) -> Any:
            return await call(*args, **kwargs)

        mock.side_effect = run
        log = record(mock)
        return lambda: log.awaits
    calls = _Calls(mock, call)
    mock.side_effect = calls.run
    return calls.get


class _Calls:
    """The calls of a function that is not ``async def``."""

    def __init__(self, mock: Any, call: Callable[..., Any]) -> None:
        self._mock = mock
        self._call = call
        self._context = context_of(call, None)
        self._records: list[AwaitRecord] = []
        self._listed = mock.call_args_list

    def get(self) -> list[AwaitRecord]:
        if self._listed is not self._mock.call_args_list:  # reset_mock() makes another
            self._records, self._listed = [], self._mock.call_args_list
        return self._records

    def run(self, *args: Any, **kwargs: Any) -> Any:
        record = AwaitRecord(args, kwargs)
        self.get().append(record)
        record.begin()
        with _ending(record):
            result = self._call(*args, **kwargs)
        if inspect.isasyncgen(result):
            return _Generator(result, record)
        if self._context is not None:
            return (_AsyncManager if self._context.enter == "__aenter__" else _Manager)(result, record)
        if inspect.iscoroutine(result):
            return _finish(result, record)
        record.value = result
        _end(record, None)
        return result


@contextlib.contextmanager
def _ending(record: AwaitRecord) -> Iterator[None]:
    """Write down that a call ends, if an exception comes out of the block."""
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


async def _finish(coroutine: Coroutine[Any, Any, Any], record: AwaitRecord) -> Any:
    """Await what a function has returned that is not ``async def`` itself."""
    with _ending(record):
        record.value = await coroutine
    _end(record, None)
    return record.value


class _Generator(AsyncGenerator[Any, Any]):
    """An asynchronous generator; the value of its record are its items."""

    def __init__(self, generator: AsyncGenerator[Any, Any], record: AwaitRecord) -> None:
        self._generator = generator
        self._record = record
        record.value = []

    @override
    async def asend(self, value: Any) -> Any:
        return await self._step(self._generator.asend(value))

    @override
    async def athrow(self, *details: Any) -> Any:
        return await self._step(self._generator.athrow(*details))

    @override
    async def aclose(self) -> None:
        with _ending(self._record):
            await self._generator.aclose()
        if self._record.state is AwaitState.RUNNING:
            _end(self._record, None)

    async def _step(self, step: Coroutine[Any, Any, Any]) -> Any:
        with _ending(self._record):
            item = await step
        self._record.value.append(item)
        return item

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)


class _AnyManager:
    """A context manager of either kind; the value of its record is what it gives."""

    def __init__(self, manager: Any, record: AwaitRecord) -> None:
        self._manager = manager
        self._record = record

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)


class _AsyncManager(_AnyManager):
    async def __aenter__(self) -> Any:
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


class _Manager(_AnyManager):
    def __enter__(self) -> Any:
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
