"""The event loop that tests get if nobody asks for another: asyncio's own, whose files are used again by the next.

A selector and the pair of sockets that wake it are made for each loop and closed with it. That is most of what a loop
costs, and none of what a test can tell from the next. By the rule of `_stdlib`, each private name has a test, in
tests/_stdlib/test_recycled.py.
"""

from typing import Any, Final, NamedTuple

from aiounit._real import asyncio, atexit, contextvars, importlib, os, selectors, socket, sys
from aiounit._stdlib import hooks

__all__ = ["close_spares", "new_loop"]

_events: Any = asyncio.events


_new_event_loop: Final = asyncio.new_event_loop


class _Files(NamedTuple):
    """A selector that watches one socket, the other end of that, and what is called when it can be read."""

    selector: selectors.BaseSelector
    reader: socket.socket
    writer: socket.socket
    handle: Any


# Of loops that are closed; a few, because there may be as many threads that run tests.
_MOST: Final = 4


_spares: Final[list[_Files]] = []


def new_loop() -> asyncio.AbstractEventLoop:
    """Return what ``asyncio.new_event_loop`` returns, or something that differs from that only in what it costs."""
    if _own is None or not _is_default():
        made: asyncio.AbstractEventLoop = _events.new_event_loop()
        return made
    loop: asyncio.AbstractEventLoop = _own()
    return loop


def close_spares() -> None:
    """Close the files that no loop uses now."""
    while _spares:
        files = _spares.pop()
        files.selector.close()
        files.reader.close()
        files.writer.close()


def _is_default() -> bool:
    """Tell whether nobody has a policy, or a patch, that makes another loop."""
    policy = _events._event_loop_policy
    return (policy is None or type(policy) is _policy) and _events.new_event_loop is _new_event_loop


def _make(base: Any) -> Any:
    """Return a class of loops that use files again."""

    def begin(self: Any) -> None:
        self._aiounit_files = files = _take()
        base.__init__(self, None if files is None else files.selector)

    def _make_self_pipe(self: Any) -> None:
        files: _Files | None = self._aiounit_files
        if files is None:
            base._make_self_pipe(self)
            return
        _, self._ssock, self._csock, handle = files
        self._internal_fds += 1
        handle._loop, handle._callback, handle._context = self, self._read_from_self, contextvars.copy_context()

    def _write_to_self(self: Any) -> None:
        self._aiounit_is_woken = True
        base._write_to_self(self)

    def _close_self_pipe(self: Any) -> None:
        handle = _only_handle(self._selector, self._ssock)
        # Each signal wakes a loop that has a handler for one.
        is_woken = self._aiounit_is_woken or self._signal_handlers
        is_closed = self._csock.fileno() == -1 or (is_woken and not _drain(self._ssock))
        if handle is None or is_closed or len(_spares) >= _MOST:
            base._close_self_pipe(self)
            return
        handle._loop = handle._callback = handle._context = None
        _spares.append(_Files(self._selector, self._ssock, self._csock, handle))
        self._selector = self._ssock = self._csock = None
        self._internal_fds -= 1

    body: dict[str, Any] = {each.__name__: each for each in (_make_self_pipe, _write_to_self, _close_self_pipe)}
    body |= {"__init__": begin, "_aiounit_is_woken": False}
    return type(base.__name__, (base,), {"__module__": base.__module__, "__qualname__": base.__qualname__, **body})


def _take() -> _Files | None:
    try:
        return _spares.pop()
    except IndexError:  # also where another thread was faster
        return None


def _only_handle(selector: Any, reader: socket.socket) -> Any:
    """Return what is called when a socket can be read; None if the selector is closed or watches anything else."""
    watched = selector.get_map()
    if watched is None or len(watched) != 1:
        return None
    try:
        handle, _ = watched[reader.fileno()].data
    except (KeyError, ValueError):  # somebody has closed the socket
        return None
    return None if handle.cancelled() else handle


def _drain(reader: socket.socket) -> bool:
    """Read what has woken the loop, and tell whether the socket still works."""
    try:
        while reader.recv(4096):
            pass
    except BlockingIOError:
        return True
    except OSError:  # somebody has closed it
        return False
    return False  # the other end is closed


_policy: Any = None


_own: Any = None


if sys.platform != "win32":  # pragma: no branch (it is not tested there)
    _unix_events: Any = importlib.import_module("asyncio.unix_events")
    _policy = getattr(_unix_events, "_UnixDefaultEventLoopPolicy", None) or _unix_events._DefaultEventLoopPolicy
    _own = hooks.telling(_make(asyncio.SelectorEventLoop))
    atexit.register(close_spares)
    os.register_at_fork(after_in_child=close_spares)
