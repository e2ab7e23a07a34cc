"""The private names of the standard library by which its objects are followed to the values that they hold.

As in _stdlib, the names were read in CPython 3.11 to 3.15, and each has a test that fails on a version that changes it.
"""

import types
from collections.abc import Iterable, Sequence
from typing import Any, Final
from unittest import mock

from aiounit._real import asyncio, concurrent, gc, weakref

__all__ = [
    "CALL",
    "accepted_by",
    "held_by",
    "held_weakly",
    "slots_of",
]

# The type of the calls that a mock has recorded.
CALL: Final[type] = type(mock.call)

# Attributes, also of other libraries, that name those who wait for an object or use it: these are not held by it.
_USERS: Final = (
    "_Future__asyncio_awaited_by",
    "_callbacks",
    "_done_callbacks",
    "_getters",
    "_host_task",
    "_owner_task",
    "_parent_scope",
    "_parent_task",
    "_putters",
    "_waiters",
)

# Done callbacks by which the end of a future ends the one that it stands for, and their name for that one.
_PASSING_ON: Final = {
    ("asyncio.tasks", "_outer_done_callback"): "inner",  # of shield()
    ("asyncio.futures", "_call_check_cancel"): "source",  # of wrap_future() and run_coroutine_threadsafe()
}


def held_by(thing: Any, slots: Sequence[types.MemberDescriptorType] | None = None) -> list[Any]:
    """Return all that an object refers to, except those who wait for it or use it.

    A future that stands for another, as that of ``asyncio.shield()`` does, refers to it by a callback alone.

    No code of the object is called: no property, and no method.

    Args:
        thing: The object.
        slots: The result of `slots_of` for its class; None looks it up.
    """
    if issubclass(type(thing), asyncio.Future):
        return [*_held_by_future(thing), *_stood_for(callback for callback, _context in thing._callbacks or ())]
    held = gc.get_referents(thing)
    names = _attributes(thing)
    if issubclass(type(thing), concurrent.futures.Future):
        held += _stood_for(names.get("_done_callbacks", ()))
    users = {id(names[name]) for name in _USERS if name in names}
    users.update(id(value) for value in _set_slots(thing, slots_of(type(thing)) if slots is None else slots))
    if not users:
        return held
    users.add(id(names))
    return [each for each in held if id(each) not in users] + [
        value for name, value in names.items() if name not in _USERS
    ]


def _held_by_future(future: Any) -> list[Any]:
    users = {id(callback) for callback, _context in future._callbacks or ()}
    users |= {id(each) for each in getattr(future, "_asyncio_awaited_by", None) or ()}
    held = [value for name, value in _attributes(future).items() if name not in _USERS]
    # One that is written in C hides its attributes, but refers to them.
    held = [each for each in held or gc.get_referents(future) if id(each) not in users]
    return [*(each for each in held if not _has_any(each, users)), future._result, future._exception]


def _stood_for(callbacks: Iterable[Any]) -> list[Any]:
    """Return the futures that a future with these callbacks stands for."""
    found = []
    for callback in callbacks:
        if type(callback) is types.FunctionType:
            name = _PASSING_ON.get((callback.__module__, callback.__name__))
            found += [cell.cell_contents for free, cell in _cells(callback) if free == name]
    return found


def _cells(function: types.FunctionType) -> Iterable[tuple[str, types.CellType]]:
    return zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)


def _has_any(collection: Any, users: set[int]) -> bool:
    """Tell whether something is the list of the callbacks, each with its context, or the set of those who wait."""
    if type(collection) is set:
        return any(id(each) in users for each in collection)
    return type(collection) is list and any(type(each) is tuple and id(each[0]) in users for each in collection)


def _attributes(thing: object) -> dict[str, Any]:
    try:
        names = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return names if type(names) is dict else {}


def _set_slots(thing: object, slots: Sequence[types.MemberDescriptorType]) -> list[object]:
    values = []
    for slot in slots:
        try:
            values.append(slot.__get__(thing))
        except AttributeError:  # it is not set
            continue
    return values


def slots_of(kind: type) -> list[types.MemberDescriptorType]:
    """Return the slots of a class that name the users of its instances. A cache would keep the class alive."""
    slots = [each.__dict__.get(name) for each in kind.__mro__ for name in _USERS]
    return [slot for slot in slots if isinstance(slot, types.MemberDescriptorType)]


def held_weakly(collection: Any) -> list[Any]:
    """Return the members of a weak set, the keys of a weak dictionary by keys, or the values of one by values."""
    data = collection.data
    references = data.values() if isinstance(collection, weakref.WeakValueDictionary) else data
    members = [reference() for reference in list(references)]
    return [member for member in members if member is not None]


def accepted_by(server: Any) -> list[Any]:
    """Return the open connections that a server of asyncio has accepted; none where it can't be told (uvloop)."""
    transports = getattr(getattr(server, "_loop", None), "_transports", None)  # Windows' proactor has none
    if transports is None:
        return []
    return [transport for transport in list(transports.values()) if getattr(transport, "_server", None) is server]
