"""Use the private name of `asyncio.timeout` by which its expiry is noticed."""

from collections.abc import Callable
from typing import Any

from aiounit._real import asyncio
from aiounit._stdlib.cancel import cancel

_Timeout: Any = asyncio.Timeout  # which is final for type checkers


class ObservedTimeout(_Timeout):  # type: ignore[misc] # see above
    """An `asyncio.timeout` that calls a function just before it cancels its task.

    A separate timer for the same moment is not enough: a loop may call the timers of one moment in any order.

    Args:
        when: The deadline on the clock of the loop; None for no deadline.
        look: Called in the same callback, before the task is cancelled.
    """

    _task: Any  # a task, or `_Cancels` in its place

    def __init__(self, when: float | None, look: Callable[[], None]) -> None:
        super().__init__(when)
        self.look = look

    def _on_timeout(self) -> None:
        self.look()
        task, self._task = self._task, _Cancels(self._task)
        try:
            super()._on_timeout()
        finally:
            self._task = task


class _Cancels:
    """Replaces a task, to cancel it even if it awaits itself through other tasks."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.task = task

    def cancel(self) -> bool:
        return cancel(self.task)
