"""Objects that complain when they are destroyed and were not closed: where they were made, and which are still open."""

from collections.abc import Iterable, Iterator
from types import CodeType, FrameType
from typing import ClassVar, Final

from aiounit._real import weakref
from aiounit.introspect import sites
from aiounit.introspect.machinery import top_package
from aiounit.introspect.places import Place
from aiounit.loops import collector

__all__ = ["Openings", "find", "is_reported", "message", "note", "note_made", "report"]

# Beyond this number, entries of objects that are gone are dropped.
_MANY: Final = 1000

# The names that a destructor uses if it asks whether the object was closed, and tells the loop that it was not.
_ASKS: Final = "closed"
_TELLS: Final = "call_exception_handler"


class _Made:
    """The entry of an object: it outlives the weak reference, which the garbage collector clears too early."""

    __slots__ = ("is_reported", "kind", "reference", "site")

    many: ClassVar[int] = _MANY

    def __init__(self, thing: object, site: sites.Site) -> None:
        self.reference = weakref.ref(thing)
        self.kind = _kind(thing)
        self.site = site
        self.is_reported = False


# By the identities of the objects: to compare them could call code of the user's.
_made: Final[dict[int, _Made]] = {}


def note(thing: object, site: sites.Site) -> None:
    """Take an object that may complain of itself, and where it was made."""
    if type(thing).__weakrefoffset__ == 0:
        return
    collector.watch()
    _made[id(thing)] = _Made(thing, site)
    if len(_made) > _Made.many:
        for key in [key for key, made in list(_made.items()) if made.reference() is None]:
            _made.pop(key, None)
        _Made.many = max(_MANY, 2 * len(_made))


def note_made(frame: FrameType) -> object:
    """Take the frame of an ``__init__`` and return its object; asyncio's own say themselves where they are made."""
    thing = _self_of(frame)
    if thing is None or _module(type(thing)) == "asyncio":
        return None
    caller: FrameType | None = frame
    while caller is not None and caller.f_code.co_name == "__init__" and _self_of(caller) is thing:
        caller = caller.f_back  # its base classes have theirs
    note(thing, sites.note(caller))
    return thing


def find(thing: object) -> tuple[Place, ...]:
    """Return where an object was made, outermost first, if that was noted."""
    made = _known(thing)
    return () if made is None else sites.places(made.site)


def report(thing: object) -> None:
    """Take note that an object, which was noted, is reported: it need not complain any more."""
    _made[id(thing)].is_reported = True


def is_reported(told: Iterable[object]) -> bool:
    """Return whether an error of a loop is the complaint of an object that is reported."""
    return any(made is not None and made.is_reported for made in map(_known, told))


def message(kind: type) -> str:
    """Return how objects of a class complain."""
    texts = [each for each in getattr(_destructor_of(kind), "co_consts", ()) if isinstance(each, str)]
    whole = (each for each in texts if each.startswith("Unclosed ") and each == each.strip())
    return next(whole, f"Unclosed {kind.__qualname__}")


class Openings:
    """The objects that a test or a scope has made and that complain if they are not closed."""

    def __init__(self) -> None:
        self._made: list[weakref.ref[object]] = []
        self._many = _MANY

    def note(self, thing: object) -> None:
        """Take an object that was made."""
        code = _destructor_of(type(thing))
        if code is None or not {_ASKS, _TELLS} <= {*code.co_names} or type(thing).__weakrefoffset__ == 0:
            return
        self._made.append(weakref.ref(thing))
        if len(self._made) > self._many:
            self._made = [each for each in self._made if each() is not None]
            self._many = max(_MANY, 2 * len(self._made))

    def open(self) -> Iterator[object]:
        """Yield the objects that are there and are not closed."""
        for reference in self._made:
            thing = reference()
            if thing is not None and _is_open(thing):
                yield thing

    def remove(self, thing: object) -> None:
        """Forget an object."""
        self._made = [each for each in self._made if each() is not thing]


def _self_of(frame: FrameType) -> object:
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None


def _module(kind: type) -> str:
    return top_package(str(kind.__module__))


def _destructor_of(kind: type) -> CodeType | None:
    return getattr(getattr(kind, "__del__", None), "__code__", None)


def _is_open(thing: object) -> bool:
    try:
        return getattr(thing, _ASKS) is False
    except Exception:  # it is a property of a library's, which may do anything
        return False


def _known(thing: object) -> _Made | None:
    made = _made.get(id(thing))
    if made is None:
        return None
    noted = made.reference()
    # Outside a collection it is another object, at the address of one that is gone.
    is_destroyed = noted is None and collector.is_collecting() and made.kind == _kind(thing)
    return made if noted is thing or is_destroyed else None


def _kind(thing: object) -> tuple[str, str]:
    return type(thing).__module__, type(thing).__qualname__
