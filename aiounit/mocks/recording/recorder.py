"""Record what `unittest.mock` doesn't: how each await ended, where each call was made, and which awaits overlapped.

`record` hooks into an existing mock, no matter which code made it; there is no mock class of ours. The lists of the
standard library still decide how often a mock was called and awaited, also before it was recorded.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from types import CoroutineType, FrameType  # noqa: TC003 (a branch for type checkers would never be taken)
from typing import Any, Final, Never, TypeVar, cast
from unittest.mock import DEFAULT, NonCallableMock, call as mock_call

from aiounit import _stdlib
from aiounit._real import asyncio, copy, functools, inspect
from aiounit._stdlib.mocks import mock_of
from aiounit.introspect.machinery import is_ours
from aiounit.introspect.representation import brief
from aiounit.mocks.recording.records import AwaitRecord, AwaitState, CallRecord

__all__ = ["CALL", "AwaitLog", "await_effects", "call_in", "excuse", "mock_of", "record", "recorder_of"]

T = TypeVar("T")

# The recorder of a mock is in the mock's __dict__ under this name, so it lives exactly as long as the mock.
_RECORDER: Final = "_aiounit_recorder"

# The arguments of a call.
Args = tuple[object, ...]
Keywords = dict[str, object]
# The call that a mock of the standard library makes: it takes the mock and the arguments.
Call = Callable[..., Awaitable[object]]


class AwaitLog:
    """The calls and awaits of one mock so far, as returned by `record`. It grows with each of them."""

    def __init__(self, recorder: "Recorder") -> None:
        self._recorder = recorder

    def __repr__(self) -> str:
        return f"<AwaitLog of {self.mock!r}>"

    @property
    def mock(self) -> Any:
        """The recorded mock."""
        return self._recorder.mock

    @property
    def name(self) -> str:
        """The name of the mock, with the names of its parents."""
        return _stdlib.mocks.name_of_mock(self.mock)

    @property
    def is_async(self) -> bool:
        """Whether calls of the mock must be awaited. If not, this log is empty, and leads to those of other mocks."""
        return self._recorder.is_async

    @property
    def awaits(self) -> list[AwaitRecord]:
        """All awaits since the last ``reset_mock()``, in the order in which they began.

        It includes awaits from before the mock was recorded, with the state `AwaitState.UNKNOWN`.
        """
        _, listed = self._recorder.lists()
        known = self._recorder.awaits
        for index, call in enumerate(listed):
            if index not in known:
                known[index] = AwaitRecord(call.args, call.kwargs)
        return [known[index] for index in range(len(listed))]

    @property
    def calls(self) -> list[CallRecord]:
        """The calls since the mock was recorded or reset.

        For an autospecced coroutine function, Python 3.13 and later know only the calls that were awaited.
        """
        self._recorder.lists()
        known = self._recorder.calls
        return [known[index] for index in sorted(known)]

    @property
    def mock_awaits(self) -> list[Any]:
        """All awaits of the mock and of the mocks that it has made or been given, in the order in which they began.

        They are calls of `unittest.mock`, named relative to this mock as in ``mock_calls``. Awaits from before a mock
        was recorded come first. The arguments are those at the time of the call.

        Example:
            ``self.assertEqual(record(shop).mock_awaits, [call.reserve("tea"), call.stock.take(1)])``
        """
        root = self.name
        found = [(each, log.name) for log in self._recorder.family() for each in log.awaits]
        found.sort(key=lambda item: item[0].number or 0)
        return [_named_call(name.removeprefix(root).removeprefix("."), each) for each, name in found]

    @property
    def unawaited(self) -> list[CallRecord]:
        """The calls that have not been awaited so far, except those closed or cancelled before they began."""
        return [call for call in self.calls if call.awaited is None and not call.is_closed]


class _Token:
    """An object that only the frame of one coroutine refers to."""


class Recorder:
    """Records the calls and awaits of one mock, and attaches recorders to the mocks below it."""

    def __init__(self, mock: NonCallableMock) -> None:
        self.mock = mock
        self.is_async = _stdlib.mocks.is_async_mock(mock)
        self.is_excused = False
        self.awaits_effects = False
        self.log = AwaitLog(self)
        self.children: list[Recorder] = []
        # By their indices in the mock's own lists. These are kept, to notice that reset_mock() has replaced them.
        self.calls: dict[int, CallRecord] = {}
        self.awaits: dict[int, AwaitRecord] = {}
        self.waiters: set[asyncio.Future[None]] = set()
        self._lists: tuple[Any, Any] = ((), ())

    def lists(self) -> tuple[Any, Any]:
        """Return the mock's own lists of its calls and awaits. If these are new, forget the records from before."""
        if self.is_async:
            calls, awaits = self._lists
            self._lists = (self.mock.call_args_list, self.mock.await_args_list)
            if self._lists[0] is not calls:
                self.calls.clear()
            if self._lists[1] is not awaits:
                self.awaits.clear()
        return self._lists

    def executor(self) -> "Callable[[Call, NonCallableMock, Args, Keywords], object] | None":
        """Return the function that replaces the mock's own call; None if the mock is not asynchronous."""
        self.adopt_return_value()
        return self.execute if self.is_async else None

    def execute(self, original: Call, mock: NonCallableMock, args: Args, kwargs: Keywords) -> object:
        """Perform a call of an asynchronous mock, and record it.

        The coroutine is made here, with as few frames as possible between it and the user's, because Python keeps only
        a limited number of the frames that made a coroutine.

        Args:
            original: The mock's own call.
            mock: The mock, or a shallow copy of it.
            args: The positional arguments.
            kwargs: The keyword arguments.
        """
        call = CallRecord(args, kwargs, _place(), is_excused=self.is_excused)
        call.wants_spec = _stdlib.mocks.is_async_by_parent(self.mock)
        listed, _ = self.lists()
        self.calls[len(listed) - 1] = call  # by now, the mock has added it to its own list
        token = _Token()
        run: Callable[[], Awaitable[object]] = functools.partial(original, mock, *args, **kwargs)
        if self.awaits_effects:
            run = functools.partial(_await_effect, mock, run)
        coroutine: Any = self._await(call, run, token)  # the protocol Coroutine has no names
        call.watch(coroutine, token)
        # The warning that it was never awaited must name it as usual, because users filter warnings by that name.
        coroutine.__name__, coroutine.__qualname__ = original.__name__, original.__qualname__
        return coroutine

    async def _await(self, call: CallRecord, run: Callable[[], Awaitable[T]], _token: _Token) -> T:
        awaited = self._add_await(call)
        try:
            value = await run()
        except (asyncio.CancelledError, GeneratorExit) as error:
            awaited.finish(AwaitState.CANCELLED, error=error)
            raise
        except BaseException as error:
            awaited.finish(AwaitState.RAISED, error=error)
            raise
        awaited.finish(AwaitState.RETURNED, value=value)
        return value

    def _add_await(self, call: CallRecord) -> AwaitRecord:
        awaited = call.begin()
        _, listed = self.lists()
        self.awaits[len(listed)] = awaited  # the mock adds it to its own list right after this
        for waiter in tuple(self.waiters):
            loop = waiter.get_loop()  # possibly not the running loop
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, waiter)
        return awaited

    def adopt(self, child: object) -> None:
        """Attach a recorder to a mock that belongs to this one. Other objects are ignored."""
        mock = mock_of(child)
        if mock is not None:
            recorder = _attached_to(mock) or _attach(mock)
            if recorder not in self.children:
                self.children.append(recorder)
            recorder.is_excused |= self.is_excused
            recorder.awaits_effects |= self.awaits_effects

    def adopt_return_value(self) -> None:
        """Attach a recorder to the mock that calls return, if they return one."""
        self.adopt(_stdlib.mocks.return_value_of_mock(self.mock))

    def family(self) -> Iterator[AwaitLog]:
        """Yield the log of this mock and those of all mocks that it has made or been given, each once."""
        return (recorder.log for recorder in self.recorders())

    def recorders(self) -> "Iterator[Recorder]":
        """Yield this recorder and those below it, each once."""
        seen: set[int] = set()
        waiting: list[Recorder] = [self]
        while waiting:
            recorder = waiting.pop()
            if id(recorder) not in seen:
                seen.add(id(recorder))
                yield recorder
                waiting += reversed(recorder.children)

    def count_unknown(self) -> int:
        """Count the unawaited calls from before the mock was recorded, of which nothing else is known."""
        calls, _ = self.lists()
        awaits = sum(each.state is AwaitState.UNKNOWN for each in self.log.awaits)
        return max(0, len(calls) - len(self.log.calls) - awaits)

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds. It is checked now, and whenever another await has begun."""
        while True:
            # Registered before the condition is checked, because mocks may be awaited in other threads.
            begun = asyncio.get_running_loop().create_future()
            self.waiters.add(begun)
            try:
                if condition():
                    return
                await begun
            finally:
                self.waiters.remove(begun)

    def __deepcopy__(self, memo: dict[int, object]) -> "Recorder":
        """Return a recorder for a copy of the mock, with the same records, because tasks in them can't be copied."""
        copied = memo[id(self)] = Recorder.__new__(Recorder)
        vars(copied).update(
            log=AwaitLog(copied),
            is_async=self.is_async,
            is_excused=self.is_excused,
            awaits_effects=self.awaits_effects,
            calls={**self.calls},
            awaits={**self.awaits},
            waiters=set(),
        )
        for name in ("mock", "children", "_lists"):
            setattr(copied, name, copy.deepcopy(getattr(self, name), memo))
        return copied


class Children(dict[str, object]):
    """Replaces a mock's own dictionary of child mocks, to attach a recorder to each mock that is put into it."""

    def __init__(self, recorder: Recorder, children: Mapping[str, object]) -> None:
        super().__init__(children)
        self._recorder = recorder
        for child in children.values():
            recorder.adopt(child)

    def __setitem__(self, name: str, child: object) -> None:
        super().__setitem__(name, child)
        if mock_of(child) is not None:
            self._recorder.adopt(child)
            record(child)  # an autospecced child is set twice, the second time with its return value

    def __deepcopy__(self, memo: dict[int, object]) -> "Children":
        """Copy the children without attaching recorders, because their copies are not complete yet."""
        copied = memo[id(self)] = Children(copy.deepcopy(self._recorder, memo), {})
        copied.update(copy.deepcopy(dict(self), memo))
        return copied


def record(mock: object) -> AwaitLog:
    """Record the awaits of a mock from now on, and those of the mocks that it makes.

    The mock behaves as before. Recording it again changes nothing.

    Args:
        mock: A mock of `unittest.mock`, or a function or method that ``autospec`` has made.

    Returns:
        The log of the mock.

    Raises:
        TypeError: ``mock`` is not a mock.

    Example:
        Record a plain mock, and check how its first await ended::

            send = AsyncMock()
            log = record(send)
            await deliver(order, send)
            self.assertEqual(log.awaits[0].state, AwaitState.RETURNED)
    """
    found = mock_of(mock)
    if found is None:
        raise TypeError(f"record() takes a mock, not {brief(mock)}")
    recorder = _attached_to(found) or _attach(found)
    recorder.adopt_return_value()
    return recorder.log


def recorder_of(log: AwaitLog) -> Recorder:
    """Return the recorder that fills a log."""
    return log._recorder  # noqa: SLF001 (users see the log, the package its recorder)


def excuse(log: AwaitLog) -> None:
    """Allow calls of a mock, and of the mocks below it, to stay unawaited.

    Args:
        log: The log of the mock.
    """
    for recorder in recorder_of(log).recorders():
        recorder.is_excused = True


def await_effects(log: AwaitLog) -> None:
    """Await the awaitable results of side effects of a mock, and of the mocks below it.

    Args:
        log: The log of the mock.
    """
    for recorder in recorder_of(log).recorders():
        recorder.awaits_effects = True


CALL: Final = Recorder._await.__code__  # noqa: SLF001 (of this module)
"""The code of the coroutine that a call of a recorded mock returns."""


def call_in(coroutine: "CoroutineType[object, Never, object]") -> tuple[str, CallRecord]:
    """Return the name of the mock and the call that has made a coroutine.

    Args:
        coroutine: A coroutine with the code `CALL` that was never awaited.
    """
    assert coroutine.cr_frame is not None  # only a coroutine that has ended has none
    names = coroutine.cr_frame.f_locals
    return names["self"].log.name, names["call"]


def _attached_to(mock: NonCallableMock) -> Recorder | None:
    recorder: Recorder | None = vars(mock).get(_RECORDER)
    return recorder


def _attach(mock: NonCallableMock) -> Recorder:
    recorder = mock.__dict__[_RECORDER] = Recorder(mock)
    _stdlib.mocks.watch_mock(mock, _executor_of, _adopt, functools.partial(Children, recorder))
    recorder.adopt_return_value()
    return recorder


# Hooks that the mock calls. A mock without a recorder was made from the class of one that has a recorder.


def _executor_of(mock: NonCallableMock) -> Callable[..., object] | None:
    recorder = _attached_to(mock)
    return None if recorder is None else recorder.executor()


def _adopt(mock: NonCallableMock, child: object) -> None:
    recorder = _attached_to(mock)
    if recorder is not None:
        recorder.adopt(child)


def _place() -> tuple[str, int, str] | None:
    """Return the source line that called a mock: that of the innermost frame not of unittest.mock's or aiounit's."""
    frame: FrameType | None = _stdlib.frames.frame(0)
    while frame is not None and (_stdlib.mocks.is_frame_of_mock(frame) or is_ours(frame)):
        frame = frame.f_back
    return frame and (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname)


async def _await_effect(mock: NonCallableMock, run: Callable[[], Awaitable[object]]) -> object:
    """Await a mock, then the awaitable that its side effect returns, which unittest.mock does not always await."""
    effect = mock.side_effect
    value = await run()
    if not callable(effect) or _stdlib.mocks.is_awaited_by_mocks(effect) or not _is_pending(value):
        return value
    if value is _stdlib.mocks.return_value_of_mock(mock):
        return value  # the side effect has returned DEFAULT
    value = await cast("Awaitable[object]", value)
    return mock.return_value if value is DEFAULT else value


def _is_pending(value: object) -> bool:
    return not _stdlib.mocks.is_mock(value) and inspect.isawaitable(value)


def _named_call(name: str, record: AwaitRecord) -> object:
    return type(mock_call)((name, record.args, record.kwargs))


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
