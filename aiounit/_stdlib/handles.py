"""The private names of the handles of an event loop: its timers, and the files that it watches.

By the rule of `_stdlib`, each has a test, in tests/_stdlib/test_handles.py, and stands nowhere else.
"""

from typing import Any

from aiounit._real import asyncio, contextvars

__all__ = ["callback_of", "context_of_handle", "handles_of", "timers_of", "watched_files"]


def watched_files(loop: Any) -> list[tuple[int, Any, list[Any]]]:
    """Return the files that the loop watches, each with its descriptor and the handles that are called."""
    get_map = getattr(getattr(loop, "_selector", None), "get_map", None)  # Windows' proactor has none
    files = get_map() if get_map is not None else None
    if files is None or len(files) < 2:  # one is the loop's own, which wakes it
        return []
    keys = [key for key in files.values() if isinstance(key.data, tuple)]
    return [(key.fd, key.fileobj, [handle for handle in key.data if handle is not None]) for key in keys]


def handles_of(loop: Any, thing: object) -> list[Any]:
    """Return the handles by which the loop calls a transport or accepts for a server; a handle is its own."""
    if isinstance(thing, asyncio.Handle):
        return [thing]
    watching = [handle for _, _, handles in watched_files(loop) for handle in handles]
    return [
        handle
        for handle in watching
        if any(each is thing for each in (getattr(handle._callback, "__self__", None), *(handle._args or ())))
    ]


def timers_of(loop: Any) -> list[Any]:
    """Return the timer handles of the loop that are not cancelled."""
    return [handle for handle in getattr(loop, "_scheduled", ()) if not handle.cancelled()]


def callback_of(handle: Any) -> Any:
    """Return what a handle calls; None if it is cancelled."""
    return handle._callback


def context_of_handle(handle: Any) -> contextvars.Context | None:
    """Return the context that a handle calls in, or None where it can't be told (uvloop)."""
    return getattr(handle, "_context", None)
