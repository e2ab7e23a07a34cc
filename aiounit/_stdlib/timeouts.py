"""The private name of `asyncio.timeout` by which its end is noticed.

By the rule of `_stdlib`, it has a test, in tests/_stdlib/test_timeouts.py, and stands nowhere else.
"""

from collections.abc import Callable
from typing import Any

from aiounit._real import asyncio
from aiounit._stdlib.cancel import cancel

_Timeout: Any = asyncio.Timeout  # which is final for type checkers


class ObservedTimeout(_Timeout):  # type: ignore[misc] # see above
    """An `asyncio.timeout` that calls a function just before it cancels its task.

    A timer of one's own for the same moment will not do: a loop may call the timers of one moment in any order.

    Args:
        when: The deadline, by the clock of the loop; None is without a limit.
        look: Is called in the same callback, before the task is cancelled.
    """

    _task: Any

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
    """Stands for a task, and cancels it also if it awaits itself by way of others."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.task = task

    def cancel(self) -> bool:
        return cancel(self.task)
