"""Calls that are scheduled for later and have not come when the test has ended. Off by default: most are harmless."""

from typing import ClassVar, Final, TypeAlias

from aiounit import _stdlib
from aiounit._real import asyncio, weakref
from aiounit._typing import override
from aiounit.checks import owner_names
from aiounit.checks.api import Check, CheckContext
from aiounit.checks.findings import Finding
from aiounit.checks.leftovers import Leftovers
from aiounit.introspect import sites
from aiounit.introspect.machinery import AIOUNIT, top_package
from aiounit.introspect.names import location
from aiounit.introspect.places import Place
from aiounit.levels import Level

__all__ = ["Timers"]

Handle: TypeAlias = asyncio.TimerHandle

_REMEDY: Final = "Keep the handle that call_later() or call_at() returns, and cancel() it"
_HEADING: Final = "scheduled here, most recent call last:"

# Beyond this number, references to handles that are gone are dropped.
_MANY: Final = 1000


class Timers(Leftovers[Handle]):
    """Finds scheduled calls, except asyncio's own, which belong to tasks."""

    name: ClassVar[str] = "timers"
    level: ClassVar[Level] = Level.OFF
    settles: ClassVar[bool] = True

    def __init__(self) -> None:
        self._made: dict[int, tuple[weakref.ref[Handle], sites.Site]] = {}
        self._many = _MANY

    @override
    def on_timer(self, handle: Handle) -> None:
        """Take a call that is scheduled."""
        self._made[id(handle)] = weakref.ref(handle), sites.note(_stdlib.frames.frame(3))
        if len(self._made) > self._many:
            self._made = {key: entry for key, entry in self._made.items() if entry[0]() is not None}
            self._many = max(_MANY, 2 * len(self._made))

    @override
    def left(self, test: CheckContext) -> list[Handle]:
        """Return the handles of the calls that are scheduled."""
        return [
            handle
            for handle in _stdlib.handles.timers_of(test.loop)
            if not _is_machinery(_function_of(handle)) and test.owns(_stdlib.handles.context_of_handle(handle))
        ]

    @override
    def describe(self, thing: Handle, test: CheckContext) -> Finding:
        """Describe a call."""
        function, seconds = _function_of(thing), thing.when() - test.loop.time()
        name = getattr(function, "__qualname__", repr(function))
        code = getattr(function, "__code__", None)
        place = None if code is None else Place(code.co_filename, code.co_firstlineno, name, "")
        where = "" if place is None else f" {location(place.file, place.line)}"
        return Finding(
            f"{name}(){where} was still to be called in {seconds:.3g} s",
            _REMEDY,
            name=name,
            stack=self._stack(thing),
            heading=_HEADING,
            where=place,
            owner=owner_names.name_of(thing),
        )

    def _stack(self, handle: Handle) -> tuple[Place, ...]:
        """Return where a call was scheduled; nothing on a loop that does not tell."""
        reference, site = self._made.get(id(handle), (None, sites.Site()))
        return sites.places(site) if reference is not None and reference() is handle else ()

    @override
    def give(self, thing: Handle, other: Check | None) -> None:
        """Leave the place of a call to another check."""
        made = self._made.pop(id(thing), None)
        if made is not None and isinstance(other, Timers):
            other.take(thing, made)

    def take(self, handle: Handle, made: "tuple[weakref.ref[Handle], sites.Site]") -> None:
        """Take the place of a call that another check has left to this one."""
        self._made[id(handle)] = made


def _function_of(handle: Handle) -> object:
    """Return the function that a handle calls, also behind a partial; None if it is cancelled."""
    function = _stdlib.handles.callback_of(handle)
    return getattr(function, "func", function)


def _is_machinery(function: object) -> bool:
    """Return whether a function is asyncio's or aiounit's: it belongs to a task or a transport.

    asyncio schedules functions with private names, or without any. `Event.set` or `Task.cancel` comes from the user.
    """
    modules = {getattr(function, "__module__", None), type(getattr(function, "__self__", None)).__module__}
    packages = {top_package(str(module)) for module in modules}
    is_private = getattr(function, "__name__", "_").startswith(("_", "<"))
    return AIOUNIT in packages or (is_private and not packages.isdisjoint({"asyncio", "_asyncio"}))
