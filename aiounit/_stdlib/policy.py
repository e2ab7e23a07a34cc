"""Use the private names of asyncio that hold the current event loop of a thread."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias, cast

from aiounit._real import asyncio, functools, importlib, sys
from aiounit._typing import Protocol

__all__ = [
    "PLAIN",
    "Current",
    "Keeper",
    "current",
    "current_loop",
    "has_policy",
    "is_promised",
    "promise",
    "reset_policy",
    "restore",
    "set_loop",
    "take_out_promises",
    "withdraw",
]

Make = Callable[[], object]


class PrivateLocal(Protocol):
    """The current event loop of a thread, as a policy keeps it."""

    _aiounit_promise: Make | None
    _loop: asyncio.AbstractEventLoop | None
    _set_called: bool


Keeper: TypeAlias = PrivateLocal


class PrivatePolicy(Protocol):
    """An event loop policy. One that does not derive from asyncio's has no ``_local``."""

    _local: PrivateLocal

    def get_event_loop(self) -> asyncio.AbstractEventLoop: ...


class PrivateEvents(Protocol):
    """The private variable of `asyncio.events`."""

    _event_loop_policy: PrivatePolicy | None

    def _init_event_loop_policy(self) -> None: ...


_events: Final = cast("PrivateEvents", asyncio.events)

# Before 3.14, a policy makes a loop for the main thread if none was ever set there.
_MAY_MAKE_LOOPS: Final = sys.version_info < (3, 14)

PLAIN: Any = None
"""The type of asyncio's own policy; None on Windows."""

if sys.platform != "win32":  # pragma: no branch (it is not tested there)
    _unix_events: Any = importlib.import_module("asyncio.unix_events")
    PLAIN = getattr(_unix_events, "_UnixDefaultEventLoopPolicy", None) or _unix_events._DefaultEventLoopPolicy


class Current(NamedTuple):
    """The current event loop of a thread.

    Attributes:
        policy: The event loop policy, if there is one.
        loop: The current event loop, if there is one.
        is_set: Whether one was ever set. Until then, asyncio may make one for the main thread.
    """

    policy: object
    loop: asyncio.AbstractEventLoop | None
    is_set: bool


def current() -> Current:
    """Return the current event loop of this thread, without making a loop or a policy."""
    policy = _events._event_loop_policy
    if policy is None:
        return Current(None, None, False)
    local = getattr(policy, "_local", None)
    if local is not None:
        return Current(policy, local._loop, getattr(local, "_set_called", True))
    try:
        return Current(policy, policy.get_event_loop(), True)
    except Exception:  # of a policy that does not derive from asyncio's
        return Current(policy, None, True)


def current_loop() -> asyncio.AbstractEventLoop | None:
    """Return the current event loop of this thread; None if there is none."""
    policy: Any = _events._event_loop_policy
    if type(policy) is not PLAIN:
        return current().loop
    loop: asyncio.AbstractEventLoop | None = policy._local._loop
    return loop


def set_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    """Make a loop the current one of this thread, as `asyncio.set_event_loop` does, but quicker."""
    policy: Any = _events._event_loop_policy
    # Before 3.14, a policy may have an object that watches child processes with the current loop of the main thread.
    if type(policy) is not PLAIN or getattr(policy, "_watcher", None) is not None:
        asyncio.set_event_loop(loop)
        return
    local = policy._local
    if _MAY_MAKE_LOOPS:
        local._set_called = True
    local._loop = loop


def restore(before: Current) -> None:
    """Make the former event loop the current one of this thread again."""
    set_loop(before.loop)
    if before.is_set or not _MAY_MAKE_LOOPS:
        return
    policy = _events._event_loop_policy
    if before.policy is not None and before.policy is not policy:
        return
    assert policy is not None  # asyncio.set_event_loop() makes one
    policy._local._set_called = False


def has_policy() -> bool:
    """Return whether the process has an event loop policy, without making one."""
    return _events._event_loop_policy is not None


def reset_policy() -> None:
    """Remove the event loop policy: the next use makes a new one."""
    # The public name is deprecated since 3.14, which has a private one that is not.
    name = "_set_event_loop_policy" if hasattr(_events, "_set_event_loop_policy") else "set_event_loop_policy"
    getattr(_events, name)(None)


# A test that makes no use of a loop need not have one. So the loop can be promised: it is made when code asks for the
# current event loop. For this, the object in which a policy keeps that loop gets a class that derives from its own.

# One entry for each promise that was not withdrawn, in all threads.
_promised: Final[list[PrivateLocal]] = []


def promise(make: Make) -> Keeper | None:
    """Have a function called when code in this thread asks for the current event loop.

    The promise is over after that, or when something sets the current event loop.

    Args:
        make: Makes a loop the current one.

    Returns:
        The keeper of the promise; None if there can't be one, because the policy does not keep loops as asyncio's do.
    """
    if _events._event_loop_policy is None:
        _events._init_event_loop_policy()
    local: Any = getattr(_events._event_loop_policy, "_local", None)
    kind: type = type(local)
    if not hasattr(kind, "_aiounit_promise"):
        if not hasattr(kind, "_loop"):
            return None
        local.__class__ = _promising(kind)
    keeper: PrivateLocal = local
    keeper._aiounit_promise = make
    _promised.append(keeper)
    return keeper


def is_promised(keeper: Keeper) -> bool:
    """Return whether the loop was neither made nor set yet."""
    return keeper._aiounit_promise is not None


def withdraw(keeper: Keeper) -> None:
    """End a promise, whether or not it is over."""
    keeper._aiounit_promise = None
    _promised.remove(keeper)


def take_out_promises() -> None:
    """Give the policy its own class of keepers back, unless a test runs that may use it."""
    local: Any = getattr(_events._event_loop_policy, "_local", None)
    if not _promised and hasattr(type(local), "_aiounit_promise"):
        local.__class__ = type(local).__base__


@functools.lru_cache(maxsize=8)
def _promising(kind: type[object]) -> type:
    """Return a class that makes the current event loop when it is asked for."""

    def get_loop(self: PrivateLocal) -> object:
        make, self._aiounit_promise = self._aiounit_promise, None
        if make is not None:
            make()
        return self.__dict__.get("_loop")

    def set_loop(self: PrivateLocal, loop: object) -> None:
        self._aiounit_promise = None
        self.__dict__["_loop"] = loop

    body = {"_loop": property(get_loop, set_loop), "_aiounit_promise": None, "__slots__": ()}
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, "__qualname__": kind.__qualname__, **body})
