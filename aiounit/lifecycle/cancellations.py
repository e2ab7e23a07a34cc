"""A cancellation that nothing has handled, in words: its own name says neither who is cancelled nor how it came."""

from collections.abc import Callable
from typing import Any

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
    """Those of one test: they are noted when they come, and explained when they are reported.

    Not before, because a context manager may look at the arguments of one that it is given.
    """

    def __init__(self) -> None:
        self._found: list[tuple[asyncio.CancelledError, Place | None]] = []
        self._foreign: list[asyncio.CancelledError] = []
        self._seen = 0

    def note(self, error: BaseException, function: Callable[..., Any], *, is_kept: bool) -> None:
        """Note what a step has raised, if it is a cancellation.

        One that the step has from elsewhere, of a task that it awaited, is not one of the test's own task.

        Args:
            error: What was raised.
            function: What the step has called.
            is_kept: Whether the count of cancellations stays what it is after the step.
        """
        if not isinstance(error, asyncio.CancelledError):
            return
        task = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
        count = 0 if task is None else task.cancelling()
        if count > self._seen:
            self._found.append((error, definition_of(function)))
        else:
            self._foreign.append(error)
        self._seen = count if is_kept else 0

    def note_between(self, error: asyncio.CancelledError) -> None:
        """Note a cancellation that came between two steps."""
        self._found.append((error, None))

    def explain(self, error: BaseException, definition: Place | None) -> None:
        """Put into words how a cancellation came that was noted; leave any other error alone.

        Args:
            error: What is going to be reported, without our frames.
            definition: The line of the test method.
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
