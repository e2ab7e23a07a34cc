"""Use the private names of asyncio that hold the current event loop of a thread."""

from typing import Final, NamedTuple, cast

from aiounit._real import asyncio
from aiounit._typing import Protocol

__all__ = ["Current", "current", "has_policy", "reset_policy", "restore"]


class PrivateLocal(Protocol):
    """The current event loop of a thread, as a policy keeps it."""

    _loop: asyncio.AbstractEventLoop | None
    _set_called: bool


class PrivatePolicy(Protocol):
    """An event loop policy. One that does not derive from asyncio's has no ``_local``."""

    _local: PrivateLocal

    def get_event_loop(self) -> asyncio.AbstractEventLoop: ...


class PrivateEvents(Protocol):
    """The private variable of `asyncio.events`."""

    _event_loop_policy: PrivatePolicy | None


_events: Final = cast("PrivateEvents", asyncio.events)


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


def restore(before: Current) -> None:
    """Make the former event loop the current one of this thread again."""
    asyncio.set_event_loop(before.loop)
    policy = _events._event_loop_policy
    if before.is_set or (before.policy is not None and before.policy is not policy):
        return
    assert policy is not None  # asyncio.set_event_loop() makes one
    if hasattr(local := policy._local, "_set_called"):
        local._set_called = False


def has_policy() -> bool:
    """Return whether the process has an event loop policy, without making one."""
    return _events._event_loop_policy is not None


def reset_policy() -> None:
    """Remove the event loop policy: the next use makes a new one."""
    # The public name is deprecated since 3.14, which has a private one that is not.
    name = "_set_event_loop_policy" if hasattr(_events, "_set_event_loop_policy") else "set_event_loop_policy"
    getattr(_events, name)(None)
