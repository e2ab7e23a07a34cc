"""Use the private names by which objects of the standard library are followed to the values that they hold."""

import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias, cast

from aiounit._real import asyncio, concurrent, gc, weakref
from aiounit._typing import Protocol

__all__ = ["CALL", "accepted_by", "held_by", "held_weakly", "slots_of"]

Callback: TypeAlias = Callable[..., object]

# The module and the name of the type of the calls that a mock has recorded.
CALL: Final = ("unittest.mock", "_Call")

# Attributes, also of other libraries, with the objects that wait for an object or use it. It does not hold these.
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

# Done callbacks by which a future ends another one that it stands for, and their variable with that one.
_PASSING_ON: Final = {
    ("asyncio.tasks", "_outer_done_callback"): "inner",  # of shield()
    ("asyncio.futures", "_call_check_cancel"): "source",  # of wrap_future() and run_coroutine_threadsafe()
}


class PrivateFuture(Protocol):
    """The private attributes of a future of asyncio."""

    _callbacks: Sequence[tuple[Callback, object]] | None
    _exception: BaseException | None
    _result: object


def held_by(thing: object, slots: Sequence[types.MemberDescriptorType] | None = None) -> list[object]:
    """Return all objects that an object refers to, except those that wait for it or use it.

    A future that stands for another, such as that of ``asyncio.shield()``, refers to it only through a callback.

    No code of the object is called: no property, and no method.

    Args:
        thing: The object.
        slots: The result of `slots_of` for its class; None looks it up.
    """
    if issubclass(type(thing), asyncio.Future):
        future = cast("PrivateFuture", thing)
        return [*_held_by_future(future), *_stood_for(callback for callback, _ in future._callbacks or ())]
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


def _held_by_future(future: PrivateFuture) -> list[object]:
    users = {id(callback) for callback, _context in future._callbacks or ()}
    users |= {id(each) for each in getattr(future, "_asyncio_awaited_by", None) or ()}
    held = [value for name, value in _attributes(future).items() if name not in _USERS]
    # A future that is written in C hides its attributes, but refers to them.
    held = [each for each in held or gc.get_referents(future) if id(each) not in users]
    return [*(each for each in held if not _has_any(each, users)), future._result, future._exception]


def _stood_for(callbacks: Iterable[Callback]) -> list[object]:
    """Return the futures that a future with these callbacks stands for."""
    found: list[object] = []
    for callback in callbacks:
        if type(callback) is types.FunctionType:
            name = _PASSING_ON.get((callback.__module__, callback.__name__))
            found += [cell.cell_contents for free, cell in _cells(callback) if free == name]
    return found


def _cells(function: types.FunctionType) -> Iterable[tuple[str, types.CellType]]:
    return zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)


def _has_any(collection: object, users: set[int]) -> bool:
    """Return whether an object is the list of callbacks with their contexts, or the set of the objects that wait."""
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
    values: list[object] = []
    for slot in slots:
        try:
            values.append(slot.__get__(thing))
        except AttributeError:  # it is not set
            continue
    return values


def slots_of(kind: type) -> list[types.MemberDescriptorType]:
    """Return the slots of a class that hold the users of its instances. A cache would keep the class alive."""
    slots = [each.__dict__.get(name) for each in kind.__mro__ for name in _USERS]
    return [slot for slot in slots if isinstance(slot, types.MemberDescriptorType)]


def held_weakly(collection: Any) -> list[object]:
    """Return the members of a weak set, or the keys or the values of a weak dictionary: those that are held weakly."""
    data = collection.data
    references = data.values() if isinstance(collection, weakref.WeakValueDictionary) else data
    members = [reference() for reference in list(references)]
    return [member for member in members if member is not None]


def accepted_by(server: object) -> list[object]:
    """Return the open connections that a server of asyncio has accepted; none if it does not tell (uvloop)."""
    transports = getattr(getattr(server, "_loop", None), "_transports", None)  # the proactor of Windows has none
    if transports is None:
        return []
    return [transport for transport in list(transports.values()) if getattr(transport, "_server", None) is server]
