"""How the messages of assertions name what they speak of: lengths of time, functions, awaitables, ends of tasks."""

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

# How many of many items are shown.
_MOST: Final = 10


def in_seconds(length: float) -> str:
    """Return a length of time in words, to the millisecond."""
    rounded = round(length, 3)
    return f"{rounded:.10g} second{'' if rounded == 1 else 's'}"


def in_tries(count: int) -> str:
    """Return how often something was tried, in words."""
    return "once" if count == 1 else f"{count} times"


def in_items(values: Iterable[object]) -> str:
    """Return how many items there are, and the last of them, in words."""
    items = list(values)
    count = f"{len(items) or 'no'} item{'' if len(items) == 1 else 's'}"
    texts = ", ".join(map(shown, items[-_MOST:]))
    return count if not items else f"{count} ({'..., ' if len(items) > _MOST else ''}{texts})"


def in_kinds(kind: type[BaseException] | tuple[type[BaseException], ...], between: str = " or ") -> str:
    """Return the names of one class of exceptions, or of several."""
    return between.join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))


def difference_of(case: TestCase, first: object, second: object) -> str | None:
    """Return what ``assertEqual`` says of two values that are not equal; None of those that are."""
    try:
        case.assertEqual(first, second)
    except case.failureException as error:
        return str(error)
    return None


def name_of(thing: object) -> str:
    """Return the name of a function, a coroutine, a generator or a task; of anything else, its representation."""
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
    """Return the name of an asynchronous generator; of anything else that can be read, what kind of thing it is."""
    return name_of(source) if inspect.isasyncgen(source) else f"the {type(source).__name__}"


def _short(name: str) -> str:
    return name.rpartition("<locals>.")[2]


def end_of(future: asyncio.Future[Any]) -> str:
    """Say how a task or a future has ended."""
    if future.cancelled():
        return "was cancelled"
    if (error := future.exception()) is not None:
        return f"raised {brief(error)}"
    return f"returned {brief(future.result())}"


def error_of(future: asyncio.Future[Any]) -> BaseException | None:
    """Return what a task or a future has raised; None if it has not ended, was cancelled or has returned."""
    return future.exception() if future.done() and not future.cancelled() else None


def where(awaitable: object, begin: types.CodeType | None = None) -> str:
    """Say what something that is suspended waits for, and where: as a sentence goes on, and lines below it.

    Args:
        awaitable: A coroutine, a task or a future.
        begin: The code of the outermost place to show, if it is there.
    """
    what = waits_for(awaitable)
    places = [place for place in await_chain(awaitable) if place.package not in MACHINERY]
    if begin is not None:
        functions = [(place.file, place.function) for place in places]
        outermost = (begin.co_filename, begin.co_qualname)
        places = places[functions.index(outermost) if outermost in functions else 0 :]
    return "\n  ".join([f" for {what}" if what else "", *map(str, places)])
