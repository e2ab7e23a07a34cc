"""Why a task is cancelled, kept until whoever runs in it can say so: a cancellation itself says nothing."""

from typing import Any

from aiounit._real import asyncio
from aiounit._stdlib_cancel import cancel

__all__ = ["Interruptions"]


class Interruptions:
    """The errors that a task was cancelled for, to be reported in place of the cancellation."""

    def __init__(self) -> None:
        self._errors: list[BaseException] = []
        self._cancels = 0

    def __bool__(self) -> bool:
        return bool(self._errors)

    def add(self, task: asyncio.Task[Any] | None, error: BaseException) -> None:
        """Cancel a task because of an error, or, if that is known already, once more.

        Args:
            task: The task; None if it has not begun: what is cancelled then never begins. `begin` makes up for it.
            error: What happened.
        """
        is_known = any(error is each for each in self._errors)
        if not is_known:
            self._errors.append(error)
        if task is not None and (is_known or not self._cancels):
            self._cancel(task)

    def begin(self, task: asyncio.Task[Any]) -> None:
        """Cancel a task that has just begun, if there is a reason."""
        if self._errors:
            self._cancel(task)

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        cancel(task)
        self._cancels += 1

    def take(self, task: asyncio.Task[Any] | None) -> list[BaseException]:
        """Return the errors since the last call, and forget them.

        Args:
            task: The task, whose cancellations are undone; None if it is gone.
        """
        errors, self._errors = self._errors, []
        cancels, self._cancels = self._cancels, 0
        if task is not None:
            for _ in range(cancels):
                task.uncancel()
        return errors
