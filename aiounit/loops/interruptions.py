"""Keep the errors that a task was cancelled for until they can be reported: a cancellation carries no reason."""

from collections.abc import Sequence  # noqa: TC003 (beside the others)
from typing import Final

from aiounit._real import asyncio
from aiounit._stdlib.cancel import cancel
from aiounit.exceptions import LoopError

__all__ = ["MOST_STOPS", "Interruptions", "explain_broken", "stopped"]

# How often a loop may stop before the task has ended. With a patched run_forever() it stops for ever.
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
    """Return an error for a loop that has stopped before the task had ended."""
    return LoopError(_STOPPED)


def explain_broken(error: Exception) -> None:
    """Add a note to an error that the loop itself has raised."""
    error.add_note(_BROKEN)


class Interruptions:
    """The errors that a task was cancelled for, which are reported instead of the cancellation."""

    __slots__ = ("_cancels", "_causes", "errors")

    def __init__(self) -> None:
        self.errors: Sequence[BaseException] = ()
        """The errors since the last call of `take`."""
        self._causes: Sequence[BaseException] = ()
        self._cancels = 0

    def add(self, task: asyncio.Task[object] | None, error: BaseException) -> None:
        """Cancel a task because of an error. A cancelled task is cancelled again only for the same error.

        Args:
            task: The task; None if it has not begun. Cancelled now, it would never begin, so `begin` cancels it.
            error: The reason.
        """
        self.post(error)
        is_again = any(error is each for each in self._causes)
        if not is_again:
            self._causes = [*self._causes, error]
        if task is not None and (is_again or not self._cancels):
            self._cancel(task)

    def post(self, error: BaseException) -> None:
        """Keep an error without cancelling the task.

        Args:
            error: The error. It is kept once, even if it is posted again or added later.
        """
        if not any(error is each for each in self.errors):
            self.errors = [*self.errors, error]

    def begin(self, task: asyncio.Task[object]) -> None:
        """Cancel a task that has just begun, because there is an error already."""
        self._cancel(task)

    def _cancel(self, task: asyncio.Task[object]) -> None:
        cancel(task)
        self._cancels += 1

    def take(self, task: asyncio.Task[object] | None) -> list[BaseException]:
        """Return and forget the errors since the last call.

        Args:
            task: The task, whose cancellations are undone; None if it is gone.
        """
        errors, self.errors, self._causes = list(self.errors), (), ()
        cancels, self._cancels = self._cancels, 0
        if task is not None:
            for _ in range(cancels):
                task.uncancel()
        return errors
