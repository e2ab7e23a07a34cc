"""Name things in the messages of assertions: lengths of time, functions, awaitables, the ends of tasks."""

import types
from collections.abc import Coroutine, Iterable
from typing import Any, Final
from unittest import TestCase

from aiounit._real import asyncio, inspect
from aiounit.introspect.awaits import await_chain, waits_for
from aiounit.introspect.machinery import MACHINERY
from aiounit.introspect.names import location
from aiounit.introspect.representation import brief, shown

__all__ = [
    "AnyFuture",
    "difference_of",
    "end_of",
    "error_of",
    "in_items",
    "in_kinds",
    "in_seconds",
    "in_tries",
    "name_of",
    "name_of_source",
    "where",
]

# A task or a future of any result: `Future` is invariant, so `object` would fit no other.
AnyFuture = asyncio.Future[Any]


# How many items a message shows at most.
_MOST: Final = 10


def in_seconds(length: float) -> str:
    """Return a length of time as text, rounded to the millisecond."""
    rounded = round(length, 3)
    return f"{rounded:.10g} second{'' if rounded == 1 else 's'}"


def in_tries(count: int) -> str:
    """Return a number of attempts as text, such as ``once``."""
    return "once" if count == 1 else f"{count} times"


def in_items(values: Iterable[object]) -> str:
    """Return the number of items and the last of them as text."""
    items = list(values)
    count = f"{len(items) or 'no'} item{'' if len(items) == 1 else 's'}"
    texts = ", ".join(map(shown, items[-_MOST:]))
    return count if not items else f"{count} ({'..., ' if len(items) > _MOST else ''}{texts})"


def in_kinds(kind: type[BaseException] | tuple[type[BaseException], ...]) -> str:
    """Return the name of an exception class, or the names of several."""
    return " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))


def difference_of(case: TestCase, first: object, second: object) -> str | None:
    """Return the message of ``assertEqual`` for two values, or None if they are equal."""
    try:
        case.assertEqual(first, second)
    except case.failureException as error:
        return str(error)
    return None


def name_of(thing: object) -> str:
    """Return the name of a function, a coroutine, a generator or a task; for anything else, its representation."""
    if isinstance(thing, asyncio.Task):
        return f"the task {thing.get_name()!r}"
    if asyncio.isfuture(thing):
        return "the future"
    if isinstance(thing, types.MethodType | types.FunctionType):
        code = thing.__code__
        return f"{_short(thing.__qualname__)} {location(code.co_filename, code.co_firstlineno)}"
    if isinstance(thing, Coroutine) or inspect.isasyncgen(thing) or inspect.isgenerator(thing):
        return f"{_short(getattr(thing, '__qualname__', type(thing).__qualname__))}()"
    return brief(thing)


def name_of_source(source: object) -> str:
    """Return the name of an asynchronous generator; for any other source, its type."""
    return name_of(source) if inspect.isasyncgen(source) else f"the {type(source).__name__}"


def _short(name: str) -> str:
    return name.rpartition("<locals>.")[2]


def end_of(future: AnyFuture) -> str:
    """Return how a task or a future ended, as a verb and its object."""
    if future.cancelled():
        return "was cancelled"
    if (error := future.exception()) is not None:
        return f"raised {brief(error)}"
    return f"returned {brief(future.result())}"


def error_of(future: AnyFuture) -> BaseException | None:
    """Return the exception of a task or a future; None if it is pending, was cancelled or returned."""
    return future.exception() if future.done() and not future.cancelled() else None


def where(awaitable: object, begin: types.CodeType | None = None) -> str:
    """Return what an awaitable is waiting for and where, to follow "waiting": the rest of the line and lines below it.

    Args:
        awaitable: A coroutine, a task or a future.
        begin: The code of the outermost frame to show, if it is in the chain of awaits.
    """
    what = waits_for(awaitable)
    places = [place for place in await_chain(awaitable) if place.package not in MACHINERY]
    if begin is not None:
        functions = [(place.file, place.function) for place in places]
        outermost = (begin.co_filename, begin.co_qualname)
        places = places[functions.index(outermost) if outermost in functions else 0 :]
    return "\n  ".join([f" for {what}" if what else "", *map(str, places)])
