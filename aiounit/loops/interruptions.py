"""Why a task is cancelled, kept until whoever runs in it can say so: a cancellation itself says nothing."""

from typing import Any, Final

from aiounit._real import asyncio
from aiounit._stdlib.cancel import cancel
from aiounit.exceptions import LoopError

__all__ = ["MOST_STOPS", "Interruptions", "explain_broken", "stopped"]

# How often a loop may stop before the task has ended: what is patched may not run it at all.
MOST_STOPS: Final = 100

_STOPPED = (
    "the event loop was stopped while the test ran on it. Something called loop.stop(), or patched run_forever(): wait "
    "for an asyncio.Event or a future instead, and leave the loop to aiounit"
)
_BROKEN = (
    "The event loop itself raised this, not the code that ran on it: a function that the loop calls, such as "
    "time.monotonic, is patched or broken. Patch the name in your own module only"
)


def stopped() -> LoopError:
    """Return the error of a loop that has stopped before the task had ended."""
    return LoopError(_STOPPED)


def explain_broken(error: Exception) -> None:
    """Say of an error that the loop itself has raised it."""
    error.add_note(_BROKEN)


class Interruptions:
    """The errors that a task was cancelled for, to be reported in place of the cancellation."""

    def __init__(self) -> None:
        self._errors: list[BaseException] = []
        self._causes: list[BaseException] = []
        self._cancels = 0

    def __bool__(self) -> bool:
        return bool(self._errors)

    def add(self, task: asyncio.Task[Any] | None, error: BaseException) -> None:
        """Cancel a task because of an error, or, if it was for this one before, once more.

        Args:
            task: The task; None if it has not begun: what is cancelled then never begins. `begin` makes up for it.
            error: What happened.
        """
        self.post(error)
        is_again = any(error is each for each in self._causes)
        if not is_again:
            self._causes.append(error)
        if task is not None and (is_again or not self._cancels):
            self._cancel(task)

    def post(self, error: BaseException) -> None:
        """Take an error for which the task need not be cancelled, or not yet.

        Args:
            error: What happened; it is taken once.
        """
        if not any(error is each for each in self._errors):
            self._errors.append(error)

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
        errors, self._errors, self._causes = self._errors, [], []
        cancels, self._cancels = self._cancels, 0
        if task is not None:
            for _ in range(cancels):
                task.uncancel()
        return errors
