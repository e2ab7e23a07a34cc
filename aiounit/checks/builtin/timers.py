"""Calls that are scheduled for later and have not come when the test has ended. Off by default: most are harmless."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from typing_extensions import override

from aiounit import _stdlib
from aiounit._real import weakref
from aiounit.checks import owner_names
from aiounit.checks.api import Check, CheckContext
from aiounit.checks.findings import Finding
from aiounit.introspect import sites
from aiounit.introspect.machinery import AIOUNIT, top_package
from aiounit.introspect.names import location
from aiounit.introspect.places import Place
from aiounit.levels import Level

__all__ = ["Timers"]

_REMEDY: Final = "Keep the handle that call_later() or call_at() returns, and cancel() it"
_HEADING: Final = "scheduled here, most recent call last:"

# Beyond this number, references to handles that are gone are dropped.
_MANY: Final = 1000


class Timers(Check):
    """Finds scheduled calls, but for asyncio's own, which belong to tasks."""

    name: ClassVar[str] = "timers"
    level: ClassVar[Level] = Level.OFF
    settles: ClassVar[bool] = True

    def __init__(self) -> None:
        self._made: dict[int, tuple[weakref.ref[Any], sites.Site]] = {}
        self._many = _MANY

    def note(self, handle: Any) -> None:
        """Take a call that is scheduled."""
        self._made[id(handle)] = weakref.ref(handle), sites.note(_stdlib.frames.frame(3))
        if len(self._made) > self._many:
            self._made = {key: entry for key, entry in self._made.items() if entry[0]() is not None}
            self._many = max(_MANY, 2 * len(self._made))

    @override
    def end(self, test: CheckContext) -> Iterable[Finding]:
        """Return the calls that are scheduled."""
        for handle, function in _timers(test):
            yield _describe(handle, function, handle.when() - test.loop.time(), self._stack(handle))

    def _stack(self, handle: Any) -> tuple[Place, ...]:
        """Return where a call was scheduled; nothing on a loop that does not tell."""
        reference, site = self._made.get(id(handle), (None, sites.Site()))
        return sites.places(site) if reference is not None and reference() is handle else ()

    @override
    def left(self, test: CheckContext) -> list[Any]:
        """Return the handles of the calls that are scheduled."""
        return [handle for handle, _ in _timers(test)]

    @override
    def give(self, thing: Any, other: Check | None) -> None:
        """Leave the place of a call to another check."""
        made = self._made.pop(id(thing), None)
        if made is not None and isinstance(other, Timers):
            other.take(thing, made)

    def take(self, handle: Any, made: "tuple[weakref.ref[Any], sites.Site]") -> None:
        """Take the place of a call that another check has left to this one."""
        self._made[id(handle)] = made


def _timers(test: CheckContext) -> Iterator[tuple[Any, Any]]:
    """Yield the handles of a test with the function that each calls."""
    for handle in _stdlib.handles.timers_of(test.loop):
        function = _stdlib.handles.callback_of(handle)
        function = getattr(function, "func", function)
        if not _is_machinery(function) and test.owns(_stdlib.handles.context_of_handle(handle)):
            yield handle, function


def _is_machinery(function: Any) -> bool:
    """Tell whether a function is asyncio's or aiounit's: it belongs to a task or a transport.

    What asyncio schedules has a private name, or none. `Event.set` or `Task.cancel` is scheduled by the user.
    """
    modules = {getattr(function, "__module__", None), type(getattr(function, "__self__", None)).__module__}
    packages = {top_package(str(module)) for module in modules}
    is_private = getattr(function, "__name__", "_").startswith(("_", "<"))
    return AIOUNIT in packages or (is_private and not packages.isdisjoint({"asyncio", "_asyncio"}))


def _describe(handle: Any, function: Any, seconds: float, stack: tuple[Place, ...]) -> Finding:
    name = getattr(function, "__qualname__", repr(function))
    code = getattr(function, "__code__", None)
    place = None if code is None else Place(code.co_filename, code.co_firstlineno, name, "")
    where = "" if place is None else f" {location(place.file, place.line)}"
    what = f"{name}(){where} was still to be called in {seconds:.3g} s"
    owner = owner_names.name_of(handle)
    return Finding(what, _REMEDY, name=name, stack=stack, heading=_HEADING, where=place, owner=owner)
