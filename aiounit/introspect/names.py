"""Find the names of objects for messages without a call of the user's code.

A ``__repr__`` may block, and most of this runs in a signal handler.
"""

from typing import Final

from aiounit._real import asyncio, functools
from aiounit.introspect.attempts import attempt

__all__ = ["location", "name_of_callable", "name_of_task", "qualified", "short"]

# How long a name or a line of source may be, in characters.
_WIDEST: Final = 200


def short(text: str) -> str:
    """Return a text, or its beginning if it is too long to be read."""
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}..."


def name_of_task(task: asyncio.Task[object]) -> str:
    """Return the name of a task; a question mark if it cannot be asked."""
    return str(attempt("?", task.get_name))


def name_of_callable(thing: object) -> str:
    """Return the name of a callable, or else of its type: its ``__repr__`` may be the user's code."""
    while isinstance(thing, functools.partial):
        thing = thing.func
    name = attempt(None, getattr, thing, "__qualname__", None)
    return short(name) if isinstance(name, str) else f"of type {short(type(thing).__qualname__)}"


def qualified(kind: type) -> str:
    """Return the full name of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"


def location(file: str, line: int) -> str:
    """Return a file and a line as messages add them to a name."""
    return f"({file}, line {line})"
