"""The records of the calls and awaits of mocks: values that the recorder fills in and users read."""

import enum
from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple

from aiounit import _stdlib
from aiounit._real import asyncio, inspect, itertools, weakref
from aiounit.introspect.names import location
from aiounit.introspect.representation import call_text
from aiounit.mocks.recording.argument_snapshots import Snapshot

__all__ = ["WANTS_SPEC", "AwaitRecord", "AwaitState", "CallRecord"]

# One sequence for all mocks. Starts and ends are ordered by these numbers, because virtual clocks can stand still.
_numbers: Final = itertools.count(1)


class AwaitState(enum.Enum):
    """The state of an await."""

    RUNNING = "running"
    RETURNED = "returned"
    RAISED = "raised"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # it began before the mock was recorded


WANTS_SPEC: Final = (
    "The mock has no spec, so it is asynchronous like its parent. If the real function is not async def, give the "
    "parent a spec, as AsyncMock(spec=Client) or self.mock(Client), or put a MagicMock in its place"
)
"""The remedy for a call that was never awaited, if the function that the mock imitates may be synchronous."""


class _CallPlace(NamedTuple):
    """The source line that called a mock."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.function} {location(self.file, self.line)}"


class _Record:
    """Base of the records of calls and awaits, with the arguments.

    Attributes:
        snapshot: The arguments as they were when the call was made.
    """

    __slots__ = ("snapshot",)

    def __init__(self, args: tuple[object, ...], kwargs: dict[str, object], snapshot: Snapshot | None = None) -> None:
        self.snapshot = Snapshot(args, kwargs) if snapshot is None else snapshot

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments at the time of the call. Copies replace those that have changed since."""
        return self.snapshot.args

    @property
    def kwargs(self) -> dict[str, Any]:
        """The keyword arguments at the time of the call. Copies replace those that have changed since."""
        return self.snapshot.kwargs


class AwaitRecord(_Record):
    """One await of a mock.

    Attributes:
        state: How it stands or has ended.
        number: The position of its start among the starts and ends of all awaits of all recorded mocks; None if the
            state is unknown.
        ended: The position of its end in the same sequence; None until then.
        start: The time of its start on the loop's clock, in seconds; None without a running loop.
        end: The time of its end on the same clock; None until then.
        task_name: The name of the task that awaited it; None without a task.
        value: The value that it returned.
        error: The exception that it raised, or that cancelled it.
    """

    __slots__ = ("_task", "end", "ended", "error", "number", "start", "state", "task_name", "value")

    def __init__(self, args: tuple[object, ...], kwargs: dict[str, object], snapshot: Snapshot | None = None) -> None:
        super().__init__(args, kwargs, snapshot)
        self.state = AwaitState.UNKNOWN
        self.number: int | None = None
        self.ended: int | None = None
        self.start: float | None = None
        self.end: float | None = None
        self.task_name: str | None = None
        self.value: Any = None
        self.error: BaseException | None = None
        self._task: Callable[[], asyncio.Task[object] | None] = lambda: None

    def __repr__(self) -> str:
        """Return the arguments and the state."""
        return f"<{call_text('AwaitRecord', self.args, self.kwargs)} {self.state.value}>"

    @property
    def task(self) -> asyncio.Task[Any] | None:
        """The task that awaited it, or None if that task no longer exists. The record does not keep it alive."""
        return self._task()

    def begin(self) -> None:
        """Record that the await begins now. The recorder calls this."""
        self.state = AwaitState.RUNNING
        self.number = next(_numbers)
        if _stdlib.loops.is_loop_running():
            self.start = asyncio.get_running_loop().time()
            task = asyncio.current_task()
            if task is not None:
                self.task_name = task.get_name()
                self._task = weakref.ref(task)

    def finish(self, state: AwaitState, *, value: object = None, error: BaseException | None = None) -> None:
        """Record that the await ends now. The recorder calls this.

        Args:
            state: How it ends.
            value: The value that it returns.
            error: The exception that it raises.
        """
        self.state = state
        self.ended = next(_numbers)
        self.end = asyncio.get_running_loop().time() if _stdlib.loops.is_loop_running() else None
        self.value = value
        self.error = error


class CallRecord(_Record):
    """One call of a mock whose calls must be awaited.

    Attributes:
        place: The source line of the call, with its ``file``, ``line`` and ``function``; None if it was not called from
            Python code.
        awaited: The await of the coroutine that the call returned; None until that begins.
        is_excused: Whether the call need not be awaited, or the test has asserted that it was not.
        wants_spec: Whether the mock is asynchronous only because its parent, which has no spec, is.
    """

    __slots__ = ("_is_closed", "awaited", "is_excused", "place", "wants_spec")

    def __init__(
        self,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        place: tuple[str, int, str] | None,
        *,
        is_excused: bool = False,
    ) -> None:
        super().__init__(args, kwargs)
        self.place = place and _CallPlace(*place)
        self.awaited: AwaitRecord | None = None
        self.is_excused = is_excused
        self.wants_spec = False
        self._is_closed: Callable[[], bool] = lambda: False

    def __repr__(self) -> str:
        """Return the arguments and the source line."""
        return f"<{self.describe('CallRecord')} {self.place or 'made by no line'}>"

    def begin(self) -> AwaitRecord:
        """Record that the await of the call's coroutine begins now. The recorder calls this."""
        self.awaited = AwaitRecord((), {}, self.snapshot)
        self.awaited.begin()
        return self.awaited

    @property
    def is_closed(self) -> bool:
        """Whether the coroutine was closed before it began, or its task was cancelled before its first step.

        Once a coroutine is gone, Python 3.12 and 3.13 don't tell that it was closed: such a call counts as unawaited.
        """
        return self.awaited is None and self._is_closed()

    def describe(self, name: str) -> str:
        """Return the call as it would be written.

        Args:
            name: The name of the mock.
        """
        return call_text(name, self.args, self.kwargs)

    def watch(self, coroutine: Coroutine[object, object, object], token: object) -> None:
        """Watch the coroutine that the call returns. The recorder calls this.

        Args:
            coroutine: The coroutine.
            token: An object that only the frame of the coroutine refers to.
        """
        self._is_closed = _Watch(coroutine, token).is_closed


class _Watch:
    """Finds out whether a coroutine that never began was closed, or only dropped as for Python's own warning.

    Closing it or cancelling its task runs none of its lines, but releases its frame while the coroutine still exists.
    If it is dropped, the coroutine is gone before its frame is.
    """

    def __init__(self, coroutine: Coroutine[object, object, object], token: object) -> None:
        # The empty callback is needed: the garbage collector of 3.15 clears references without one too late.
        self._coroutine = weakref.ref(coroutine, lambda _: None)
        self._token = weakref.ref(token, self._released)
        self._was_there = False

    def is_closed(self) -> bool:
        coroutine = self._coroutine()
        if coroutine is not None:
            return inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED
        # The CancelledError refers to the frame as long as it exists itself.
        return self._was_there or self._token() is not None

    def _released(self, _token: object) -> None:
        self._was_there = self._coroutine() is not None
