"""Find the objects that others hold, to name the owner of a leftover.

To hold is more than to refer: a future does not hold the task that waits for it, nor does a lock hold its user. The
search ends at objects that lead everywhere: modules, classes, frames, globals, loops, contexts, tests, and objects of
aiounit.
"""

import types
import unittest
from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars, functools, gc, logging, weakref
from aiounit.introspect.machinery import AIOUNIT, top_package

__all__ = ["find"]

# How many objects are visited. The nearest come first.
_MOST: Final = 100_000

_CLOSED: Final = (
    asyncio.AbstractEventLoop,
    asyncio.Timeout,  # refers to the task that entered it
    contextvars.Context,
    contextvars.Token,
    logging.Logger,
    types.CodeType,
    types.FrameType,
    types.ModuleType,
    types.TracebackType,
    type,
    unittest.TestCase,
    unittest.TestResult,
    bytes,
    str,
)

# The same for modules that need not be there: context managers that refer to the tasks that entered them, and the
# arguments of past calls of mocks.
_CLOSED_NAMES: Final = frozenset(
    {("aiohttp.helpers", "TimerContext"), ("async_timeout", "Timeout"), _stdlib.values.CALL}
)

_PLAIN: Final = frozenset({dict, frozenset, list, set, tuple, deque, types.MethodType, types.CellType})

# Lists the objects that an object holds.
_Way = Callable[[Any], Iterable[object]]


def find(roots: Iterable[tuple[str, object]], wanted: Collection[int]) -> dict[int, str]:
    """Find the objects that roots hold, directly or through others; if several roots hold one, the first counts.

    Args:
        roots: The name of each root and its value.
        wanted: The identities of the objects to find. The caller keeps them alive.

    Returns:
        The identity of each object that was found, with the name of its root.
    """
    found: dict[int, str] = {}
    seen: set[int] = set()
    ways: dict[type, _Way] = {}
    waiting = deque(roots)
    while waiting and len(found) < len(wanted) and len(seen) < _MOST:
        name, thing = waiting.popleft()
        identity = id(thing)
        if identity in seen:
            continue
        seen.add(identity)
        if identity in wanted:
            found[identity] = name
        kind = type(thing)
        way = ways.get(kind)
        if way is None:
            way = ways[kind] = _way(kind)
        for each in way(thing):
            waiting.append((name, each))
    return found


def _way(kind: type) -> _Way:
    """Return the function that lists the objects that an object of a class holds."""
    if kind in _PLAIN:
        return gc.get_referents
    module = type.__getattribute__(kind, "__module__")
    if issubclass(kind, _CLOSED) or (module, kind.__name__) in _CLOSED_NAMES or _is_ours(module):
        return _nowhere
    if issubclass(kind, weakref.WeakSet | weakref.WeakKeyDictionary | weakref.WeakValueDictionary):
        return _follow_weak
    if issubclass(kind, types.FunctionType):
        return _follow_function
    if issubclass(kind, asyncio.AbstractServer):
        return _follow_server
    return functools.partial(_stdlib.values.held_by, slots=_stdlib.values.slots_of(kind))


def _is_ours(module: object) -> bool:
    return type(module) is str and top_package(module) == AIOUNIT


def _nowhere(_thing: object) -> Iterable[object]:
    return ()


def _follow_weak(collection: object) -> list[object]:
    """List the members of a weak collection, although it doesn't keep them alive: libraries register objects so."""
    return [*_stdlib.values.held_weakly(collection), *gc.get_referents(collection)]


def _follow_function(function: Any) -> list[object]:
    """List the variables of the closure, the defaults and the attributes of a function, but not its globals."""
    everywhere = (function.__globals__, function.__builtins__)
    return [each for each in gc.get_referents(function) if not any(each is names for names in everywhere)]


def _follow_server(server: object) -> list[object]:
    """List the attributes and the connections of a server."""
    return [*_stdlib.values.held_by(server), *_stdlib.values.accepted_by(server)]
