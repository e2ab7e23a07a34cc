"""Tell the checks of a test, or of a scope, of the things that happen on its loop and in its threads."""

from collections.abc import Callable
from types import FrameType
from typing import Final

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.checks.api import CheckContext, ErrorContext, Generator, Job, Task, current_context
from aiounit.exceptions import CheckUsageError
from aiounit.limits import user_code

__all__ = ["Events", "on_late_error", "tell"]

_late: Final[list[Callable[[CheckContext, ErrorContext], None]]] = []


def on_late_error(take: Callable[[CheckContext, ErrorContext], None]) -> None:
    """Have a function called with each error that reaches a loop when the test that it belongs to is over."""
    _late.append(take)


def tell(session: CheckContext | None, event: str, *arguments: object) -> None:
    """Tell the checks of a session of an event.

    A check that raises an exception is reported and not asked again; the code that has caused the event goes on.

    Args:
        session: The session, or None.
        event: The name of a method of `Check`.
        *arguments: Its arguments.
    """
    if session is not None:
        listeners = session.told.get(event)
        for check, method, is_foreign in session.listeners(event) if listeners is None else listeners:
            try:
                if is_foreign:
                    user_code.call(method, arguments)
                else:
                    method(*arguments)
            except Exception as error:
                session.give_up(check, event, error)


class Events:
    """Is told of the events of a loop, and tells the checks.

    Attributes:
        session: The session that owns the loop. None on the shared loop: there, the context of an event tells it.
    """

    __slots__ = ("session",)

    def __init__(self, session: CheckContext | None) -> None:
        self.session = session

    def on_task(self, task: Task) -> None:
        """Take a task that was made."""
        tell(self.session or current_context.get(), "on_task", task)

    def on_error(self, context: ErrorContext) -> None:
        """Take an error that has reached the loop."""
        session = self.session or _session_of(context)
        tell(session, "on_error", context)
        if session is not None and session.is_over:
            for take in _late:
                take(session, context)

    def on_made(self, frame: FrameType) -> None:
        """Take the frame of an ``__init__``, whose object may complain of itself."""
        tell(self.session or current_context.get(), "on_made", frame)

    def on_asyncgen(self, generator: Generator) -> None:
        """Take an asynchronous generator that is begun."""
        tell(self.session or current_context.get(), "on_asyncgen", generator)

    def on_transport(self, transport: object, server: object) -> None:
        """Take a transport or a server that was made."""
        tell(self.session or current_context.get(), "on_transport", transport, server)

    def on_file(self, file: object) -> None:
        """Take a file that the loop is going to watch."""
        tell(self.session or current_context.get(), "on_file", file)

    def on_timer(self, handle: asyncio.TimerHandle) -> None:
        """Take a call that is scheduled."""
        tell(self.session or current_context.get(), "on_timer", handle)

    def on_job(self, executor: object, function: Job) -> Job:
        """Take a function that is going to be called in a thread, and return the function to call in its place."""
        session = self.session or current_context.get()
        if session is not None:
            for check, method, _ in session.listeners("on_job"):
                try:
                    function = _callable(user_code.call(method, (executor, function)))
                except Exception as error:
                    session.give_up(check, "on_job", error)
        return function


def _callable(function: object) -> Job:
    if not callable(function):
        raise CheckUsageError(f"on_job() must return a function to call, and returned {function!r}")
    return function


def _session_of(told: ErrorContext) -> CheckContext | None:
    """Return the session of an error on the shared loop: that of the task or the callback it comes from."""
    told = told.get("context", told)  # the arguments of a handler of the user's that has failed
    thing = told.get("task") or told.get("future")
    where = (
        _stdlib.tasks.context_of(thing) if thing is not None else _stdlib.handles.context_of_handle(told.get("handle"))
    )
    return current_context.get() if where is None else where.get(current_context)
