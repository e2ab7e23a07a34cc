"""The private names of asyncio by which the current event loop of a thread is kept, and nothing else.

As in _stdlib, the names were read in CPython 3.11 to 3.15, and each has a test that fails on a version that changes it.
"""

from dataclasses import dataclass
from typing import Any

from aiounit._real import asyncio

__all__ = ["Current", "current", "has_policy", "reset_policy", "restore"]

_events: Any = asyncio.events


@dataclass(slots=True)
class Current:
    """The current event loop of a thread, and whether one was ever set: until then the main thread may be given one."""

    policy: Any
    loop: asyncio.AbstractEventLoop | None
    is_set: bool


def current() -> Current:
    """Return the current event loop of this thread, and make neither a loop nor a policy for that."""
    policy = _events._event_loop_policy
    if policy is None:
        return Current(None, None, False)
    local = getattr(policy, "_local", None)
    if local is not None:
        return Current(policy, local._loop, getattr(local, "_set_called", True))
    try:
        return Current(policy, policy.get_event_loop(), True)
    except Exception:  # of a policy that shares nothing with asyncio's
        return Current(policy, None, True)


def restore(before: Current) -> None:
    """Make the event loop the current one of this thread again that was it before."""
    asyncio.set_event_loop(before.loop)
    policy = _events._event_loop_policy
    if before.is_set or (before.policy is not None and before.policy is not policy):
        return
    if hasattr(local := policy._local, "_set_called"):
        local._set_called = False


def has_policy() -> bool:
    """Tell whether the process has an event loop policy by now, without making one."""
    return _events._event_loop_policy is not None


def reset_policy() -> None:
    """Forget the event loop policy: the next use makes a new one."""
    # The public name is deprecated since 3.14, which has a private one that is not.
    name = "_set_event_loop_policy" if hasattr(_events, "_set_event_loop_policy") else "set_event_loop_policy"
    getattr(_events, name)(None)
