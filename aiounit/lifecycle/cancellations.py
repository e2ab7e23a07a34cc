"""Explain an unhandled cancellation: a bare `CancelledError` says neither which task was cancelled nor why."""

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.introspect import tracebacks
from aiounit.introspect.places import Place, definition_of, is_users

__all__ = ["Cancellations"]

_WORDS = "the test was cancelled: task.cancel() was called on its task, and nothing handled that. "
_FOREIGN = (
    "the test itself was not cancelled: something that it awaited was, or its code has raised this, and nothing "
    "handled it"
)


class Cancellations:
    """The cancellations of one test: recorded when they arrive, and explained only when they are reported.

    An explanation changes the arguments of the error. Until the report, a context manager may still inspect those.
    """

    def __init__(self) -> None:
        self._found: list[tuple[asyncio.CancelledError, Place | None]] = []
        self._foreign: list[asyncio.CancelledError] = []
        self._seen = 0

    def note(self, error: BaseException, function: object, *, is_kept: bool) -> None:
        """Record the error of a step if it is a cancellation.

        Args:
            error: The error.
            function: The function that the step called.
            is_kept: Whether ``task.cancelling()`` keeps its value after the step.
        """
        if not isinstance(error, asyncio.CancelledError):
            return
        task = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
        count = 0 if task is None else task.cancelling()
        # Only a cancel() of the test's own task raises the count. Without that, the error comes from a task that the
        # step awaited, or the user's code raised it.
        if count > self._seen:
            self._found.append((error, definition_of(function)))
        else:
            self._foreign.append(error)
        self._seen = count if is_kept else 0

    def note_between(self, error: asyncio.CancelledError) -> None:
        """Record a cancellation that arrived between two steps."""
        self._found.append((error, None))

    def explain(self, error: BaseException, definition: Place | None) -> None:
        """Add the explanation to a cancellation that was recorded; leave any other error unchanged.

        Args:
            error: The error to be reported, already trimmed to the user's frames.
            definition: The source line of the test method.
        """
        if any(each is error for each in self._foreign) and not error.args:
            line = tracebacks.last_line(error)
            error.args = (_FOREIGN if line is None else f"{_FOREIGN}, at {line}",)
        for noted, place in self._found:
            if noted is error:
                _explain(noted, place if place is not None and is_users(place) else definition)


def _explain(error: asyncio.CancelledError, place: Place | None) -> None:
    suspended = tracebacks.last_line(error)
    if suspended is not None:
        words = f"{_WORDS}It was suspended at {suspended}"
    elif place is None:
        words = f"{_WORDS}It had nothing to await any more"
    else:
        words = f"{_WORDS}{place.function.rpartition('<locals>.')[2]}() had nothing to await any more"
    tracebacks.point_at(error, place)
    if error.args:
        error.add_note(words)
    else:
        error.args = (words,)
