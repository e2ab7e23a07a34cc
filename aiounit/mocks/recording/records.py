"""What is written down of the calls and the awaits of mocks: values that the recorder fills in and users read."""

import enum
from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple

from aiounit import _stdlib
from aiounit._real import asyncio, inspect, itertools, weakref
from aiounit.introspect.names import location
from aiounit.introspect.representation import call_text
from aiounit.mocks.recording.snapshots import Snapshot

__all__ = ["WANTS_SPEC", "AwaitRecord", "AwaitState", "CallRecord"]

# One order over all mocks. Starts and ends are compared by these numbers, because a clock may stand still meanwhile.
_numbers: Final = itertools.count(1)


class AwaitState(enum.Enum):
    """What has become of an await."""

    RUNNING = "running"
    RETURNED = "returned"
    RAISED = "raised"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # it began before the mock was recorded


WANTS_SPEC: Final = (
    "The mock has no spec, so it is asynchronous like its parent. If what it stands for is not async def, give the "
    "parent a spec, as AsyncMock(spec=Client) or self.mock(Client), or put a MagicMock in its place"
)
"""What to do about a call that was never awaited if what the mock stands for may be synchronous."""


class _CallPlace(NamedTuple):
    """The line that called a mock."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.function} {location(self.file, self.line)}"


class _Record:
    """What calls and awaits have in common: their arguments.

    Attributes:
        snapshot: What the arguments were when the call was made.
    """

    __slots__ = ("snapshot",)

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any], snapshot: Snapshot | None = None) -> None:
        self.snapshot = Snapshot(args, kwargs) if snapshot is None else snapshot

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments, as they were when the call was made: changed ones are copies of what they were."""
        return self.snapshot.args

    @property
    def kwargs(self) -> dict[str, Any]:
        """The keyword arguments, in the same way."""
        return self.snapshot.kwargs


class AwaitRecord(_Record):
    """One await of a mock.

    Attributes:
        state: What has become of it.
        number: Its place among the starts and ends of all awaits of all recorded mocks; None if the state is unknown.
        ended: The place of its end in the same order; None until then.
        start: The time of its start by the loop's clock, in seconds; None without a running loop.
        end: The time of its end by the same clock; None until then.
        task_name: The name of the task that awaited it; None without a task.
        value: What it has returned.
        error: What it has raised, or what has cancelled it.
    """

    __slots__ = ("_task", "end", "ended", "error", "number", "start", "state", "task_name", "value")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any], snapshot: Snapshot | None = None) -> None:
        super().__init__(args, kwargs, snapshot)
        self.state = AwaitState.UNKNOWN
        self.number: int | None = None
        self.ended: int | None = None
        self.start: float | None = None
        self.end: float | None = None
        self.task_name: str | None = None
        self.value: Any = None
        self.error: BaseException | None = None
        self._task: Callable[[], asyncio.Task[Any] | None] = lambda: None

    def __repr__(self) -> str:
        """Return its arguments and its state."""
        return f"<{call_text('AwaitRecord', self.args, self.kwargs)} {self.state.value}>"

    @property
    def task(self) -> asyncio.Task[Any] | None:
        """The task that awaited it, as long as somebody else keeps that task."""
        return self._task()

    def begin(self) -> None:
        """Write down that it begins now; the recorder calls this."""
        self.state = AwaitState.RUNNING
        self.number = next(_numbers)
        if _stdlib.loops.is_loop_running():
            self.start = asyncio.get_running_loop().time()
            task = asyncio.current_task()
            if task is not None:
                self.task_name = task.get_name()
                self._task = weakref.ref(task)

    def finish(self, state: AwaitState, *, value: Any = None, error: BaseException | None = None) -> None:
        """Write down that it ends now; the recorder calls this.

        Args:
            state: How it ends.
            value: What it returns.
            error: What it raises.
        """
        self.state = state
        self.ended = next(_numbers)
        self.end = asyncio.get_running_loop().time() if _stdlib.loops.is_loop_running() else None
        self.value = value
        self.error = error


class CallRecord(_Record):
    """One call of a mock whose calls are to be awaited.

    Attributes:
        place: The line that made it, with its ``file``, ``line`` and ``function``; None if no line did.
        awaited: The await of what the call returned; None until that has begun.
        is_excused: Whether it may go without being awaited, or its test has said that it was not.
        wants_spec: Whether the mock is asynchronous only because its parent, which has no spec, is.
    """

    __slots__ = ("_is_closed", "awaited", "is_excused", "place", "wants_spec")

    def __init__(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
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
        """Return its arguments and its place."""
        return f"<{self.describe('CallRecord')} {self.place or 'made by no line'}>"

    def begin(self) -> AwaitRecord:
        """Write down that the await of what it returned begins now; the recorder calls this."""
        self.awaited = AwaitRecord((), {}, self.snapshot)
        self.awaited.begin()
        return self.awaited

    @property
    def is_closed(self) -> bool:
        """Whether what it returned was closed before any await, or a task of it was cancelled before its first step.

        Python 3.12 and 3.13 don't tell that a coroutine was closed once it is gone: such a call counts as unawaited.
        """
        return self.awaited is None and self._is_closed()

    def describe(self, name: str) -> str:
        """Return the call as it is written.

        Args:
            name: The name of the mock.
        """
        return call_text(name, self.args, self.kwargs)

    def watch(self, coroutine: Coroutine[Any, Any, Any], token: object) -> None:
        """Watch what the call returns; the recorder calls this.

        Args:
            coroutine: The coroutine.
            token: Something that only the frame of the coroutine keeps.
        """
        self._is_closed = _Watch(coroutine, token).is_closed


class _Watch:
    """Knows whether a coroutine that has never begun was ended, or was only dropped, as Python's own warning does.

    To close it or to cancel its task runs none of its lines, but lets go of its frame while the coroutine is there. If
    it is dropped, it is gone before its frame is.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any], token: object) -> None:
        # With a callback that does nothing, because the garbage collector of 3.15 lets go of others too late.
        self._coroutine = weakref.ref(coroutine, lambda _: None)
        self._token = weakref.ref(token, self._let_go)
        self._was_there = False

    def is_closed(self) -> bool:
        coroutine = self._coroutine()
        if coroutine is not None:
            return inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED
        # The cancellation keeps the frame as long as anybody keeps the cancellation.
        return self._was_there or self._token() is not None

    def _let_go(self, _token: object) -> None:
        self._was_there = self._coroutine() is not None
