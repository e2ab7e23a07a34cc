"""What is written down of the calls and the awaits of mocks: values that the recorder fills in and users read."""

import enum
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from aiounit import _stdlib
from aiounit._real import asyncio, inspect, itertools, weakref
from aiounit.representation import call_text

__all__ = ["AwaitRecord", "AwaitState", "CallPlace", "CallRecord"]

# One order over all mocks. Starts and ends are compared by these numbers, because a clock may stand still meanwhile.
_numbers: Final = itertools.count(1)


class AwaitState(enum.Enum):
    """What has become of an await."""

    RUNNING = "running"
    RETURNED = "returned"
    RAISED = "raised"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # it began before the mock was recorded


class CallPlace(NamedTuple):
    """The line that called a mock."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.function} ({self.file}, line {self.line})"


@dataclass(slots=True, eq=False)
class AwaitRecord:
    """One await of a mock.

    Attributes:
        args: The positional arguments.
        kwargs: The keyword arguments.
        state: What has become of it.
        number: Its place among the starts and ends of all awaits of all recorded mocks; None if the state is unknown.
        ended: The place of its end in the same order; None until then.
        start: The time of its start by the loop's clock, in seconds; None without a running loop.
        end: The time of its end by the same clock; None until then.
        task_name: The name of the task that awaited it; None without a task.
        value: What it has returned.
        error: What it has raised, or what has cancelled it.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    state: AwaitState = AwaitState.UNKNOWN
    number: int | None = None
    ended: int | None = None
    start: float | None = None
    end: float | None = None
    task_name: str | None = None
    value: Any = None
    error: BaseException | None = None
    _task: Callable[[], asyncio.Task[Any] | None] = field(default=lambda: None, repr=False)

    @property
    def task(self) -> asyncio.Task[Any] | None:
        """The task that awaited it, as long as somebody else keeps that task."""
        return self._task()

    def begin(self) -> None:
        """Write down that it begins now; the recorder calls this."""
        self.state = AwaitState.RUNNING
        self.number = next(_numbers)
        if _stdlib.is_loop_running():
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
        self.end = asyncio.get_running_loop().time() if _stdlib.is_loop_running() else None
        self.value = value
        self.error = error


@dataclass(slots=True, eq=False)
class CallRecord:
    """One call of a mock whose calls are to be awaited.

    Attributes:
        args: The positional arguments.
        kwargs: The keyword arguments.
        place: The line that made it; None if no line did.
        awaited: The await of what the call returned; None until that has begun.
        is_excused: Whether it may go without being awaited, or its test has said that it was not.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    place: CallPlace | None
    awaited: AwaitRecord | None = None
    is_excused: bool = field(default=False, repr=False)
    _is_closed: Callable[[], bool] = field(default=lambda: False, repr=False)

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
