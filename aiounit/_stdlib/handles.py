"""Use the private names of the handles of an event loop: its timers, and the files that it watches."""

from collections.abc import Callable, Sequence
from typing import cast

from aiounit._real import asyncio, contextvars
from aiounit._typing import Protocol

__all__ = ["callback_of", "context_of_handle", "handles_of", "timers_of", "watched_files"]


class PrivateHandle(Protocol):
    """The private attributes of a handle."""

    _args: Sequence[object] | None
    _callback: Callable[..., object] | None


def watched_files(loop: object) -> list[tuple[int, object, list[asyncio.Handle]]]:
    """Return the files that a loop watches, each with its descriptor and the handles that the loop calls for it."""
    get_map = getattr(getattr(loop, "_selector", None), "get_map", None)  # the proactor of Windows has none
    files = get_map() if get_map is not None else None
    if files is None or len(files) < 2:  # one is the loop's own, which wakes it
        return []
    keys = [key for key in files.values() if isinstance(key.data, tuple)]
    return [(key.fd, key.fileobj, [handle for handle in key.data if handle is not None]) for key in keys]


def handles_of(loop: object, thing: object) -> list[asyncio.Handle]:
    """Return the handles by which a loop serves a transport or a server; for a handle, the handle itself."""
    if isinstance(thing, asyncio.Handle):
        return [thing]
    return [handle for _, _, handles in watched_files(loop) for handle in handles if _serves(handle, thing)]


def _serves(handle: asyncio.Handle, thing: object) -> bool:
    private = cast("PrivateHandle", handle)
    return any(each is thing for each in (getattr(private._callback, "__self__", None), *(private._args or ())))


def timers_of(loop: object) -> list[asyncio.TimerHandle]:
    """Return the timer handles of a loop that are not cancelled."""
    return [handle for handle in getattr(loop, "_scheduled", ()) if not handle.cancelled()]


def callback_of(handle: asyncio.Handle) -> Callable[..., object] | None:
    """Return the function that a handle calls; None if it is cancelled."""
    return cast("PrivateHandle", handle)._callback


def context_of_handle(handle: object) -> contextvars.Context | None:
    """Return the context that a handle calls its function in; None if it does not tell (uvloop)."""
    return getattr(handle, "_context", None)
