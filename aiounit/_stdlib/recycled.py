"""Make the event loop that tests get by default: asyncio's own, which reuses the files of a closed loop.

A selector and the pair of sockets that wake it are made for each loop and closed with it. That is most of the cost of a
loop, and a test cannot tell reused files from new ones.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final, NamedTuple, TypeAlias, cast

from aiounit._real import asyncio, atexit, contextvars, importlib, os, selectors, socket, sys
from aiounit._stdlib.hooks import telling
from aiounit._typing import Protocol

__all__ = ["KIND", "close_spares", "make_executors", "new_loop"]

# The stubs know no private names, so this module is untyped here.
_events: Any = asyncio.events
_new_event_loop: Final = asyncio.new_event_loop


class PrivateHandle(Protocol):
    """The handle of a loop that reads the socket which wakes it."""

    _loop: object
    _callback: Callable[[], None] | None
    _context: contextvars.Context | None

    def cancelled(self) -> bool: ...


class _Files(NamedTuple):
    """A selector that watches one socket, the other end of that socket, and the handle that reads it."""

    selector: selectors.BaseSelector
    reader: socket.socket
    writer: socket.socket
    handle: PrivateHandle


class PrivateLoop(Protocol):
    """A loop that reuses files, with the private attributes of asyncio's."""

    _aiounit_files: _Files | None
    _aiounit_is_woken: bool
    _aiounit_make_executor: Callable[[], Executor]
    _default_executor: Executor | None
    _csock: socket.socket
    _internal_fds: int
    _selector: selectors.BaseSelector
    _signal_handlers: dict[int, object]
    _ssock: socket.socket

    def __init__(self, selector: selectors.BaseSelector | None) -> None: ...
    def _close_self_pipe(self) -> None: ...
    def _make_self_pipe(self) -> None: ...
    def _read_from_self(self) -> None: ...
    def _write_to_self(self) -> None: ...
    def run_in_executor(self, executor: Executor | None, func: object, *args: object) -> object: ...


Kind: TypeAlias = type[PrivateLoop]


# The files of closed loops. There are a few, because several threads may run tests.
_MOST: Final = 4
_spares: Final[list[_Files]] = []


def make_executors(make: Callable[[], Executor]) -> None:
    """Set the function by which each loop of type `KIND` makes its default executor, at its first job."""
    if _own is not None:  # pragma: no branch (it is None on Windows)
        cast("Any", _own)._aiounit_make_executor = staticmethod(make)


def new_loop() -> asyncio.AbstractEventLoop:
    """Make the event loop that ``asyncio.new_event_loop`` makes, or a cheaper one that behaves in the same way."""
    make: Callable[[], asyncio.AbstractEventLoop] = _events.new_event_loop
    policy = _events._event_loop_policy
    if make is _new_event_loop and (policy is None or type(policy) is _policy) and _own is not None:
        make = _own  # no policy and no patch makes another loop
    return make()


def close_spares() -> None:
    """Close the files that no loop uses now."""
    while _spares:
        files = _spares.pop()
        files.selector.close()
        files.reader.close()
        files.writer.close()


def _make(base: Kind) -> type:
    """Return a class of loops that reuses files."""

    def begin(self: PrivateLoop) -> None:
        try:
            files: _Files | None = _spares.pop()
        except IndexError:  # there is none, or another thread was faster
            files = None
        self._aiounit_files = files
        base.__init__(self, None if files is None else files.selector)

    def _make_self_pipe(self: PrivateLoop) -> None:
        files = self._aiounit_files
        if files is None:
            base._make_self_pipe(self)
            return
        _, self._ssock, self._csock, handle = files
        self._internal_fds += 1
        handle._loop, handle._callback, handle._context = self, self._read_from_self, contextvars.copy_context()

    def _write_to_self(self: PrivateLoop) -> None:
        self._aiounit_is_woken = True
        base._write_to_self(self)

    def _close_self_pipe(self: PrivateLoop) -> None:
        selector, reader, writer = self._selector, self._ssock, self._csock
        handle = _only_handle(selector, reader)
        # Each signal wakes a loop that has a handler for one.
        is_woken = self._aiounit_is_woken or self._signal_handlers
        is_closed = writer.fileno() == -1 or (is_woken and not _drain(reader))
        if handle is None or is_closed or len(_spares) >= _MOST:
            base._close_self_pipe(self)
            return
        handle._loop = handle._callback = handle._context = None
        _spares.append(_Files(selector, reader, writer, handle))
        self._selector = self._ssock = self._csock = None  # type: ignore[assignment] # as asyncio does
        self._internal_fds -= 1

    def run_in_executor(self: PrivateLoop, executor: Executor | None, func: object, *args: object) -> object:
        if executor is None and self._default_executor is None:
            self._default_executor = self._aiounit_make_executor()
        return base.run_in_executor(self, executor, func, *args)

    own = (_make_self_pipe, _write_to_self, _close_self_pipe, run_in_executor)
    body: dict[str, object] = {each.__name__: each for each in own}
    body |= {"__init__": begin, "_aiounit_is_woken": False}
    return type(base.__name__, (base,), {"__module__": base.__module__, "__qualname__": base.__qualname__, **body})


def _only_handle(selector: selectors.BaseSelector, reader: socket.socket) -> PrivateHandle | None:
    """Return the handle that reads a socket; None if the selector is closed or watches anything else."""
    watched = selector.get_map()
    if watched is None or len(watched) != 1:
        return None
    handle: PrivateHandle
    try:
        handle, _ = watched[reader.fileno()].data
    except (KeyError, ValueError):  # the socket is closed
        return None
    return None if handle.cancelled() else handle


def _drain(reader: socket.socket) -> bool:
    """Read the bytes that have woken the loop, and return whether the socket still works."""
    try:
        while reader.recv(4096):
            pass
    except BlockingIOError:
        return True
    except OSError:  # the socket is closed
        return False
    return False  # the other end is closed


_policy: type | None = None
_own: Callable[[], asyncio.AbstractEventLoop] | None = None

if sys.platform != "win32":  # pragma: no branch (it is not tested there)
    _unix_events: Any = importlib.import_module("asyncio.unix_events")
    _policy = getattr(_unix_events, "_UnixDefaultEventLoopPolicy", None) or _unix_events._DefaultEventLoopPolicy
    _own = telling(_make(cast("Kind", asyncio.SelectorEventLoop)))
    atexit.register(close_spares)
    os.register_at_fork(after_in_child=close_spares)

KIND: Final = _own
"""The type of the loops that reuse files; None on Windows."""
