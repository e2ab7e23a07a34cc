"""Make the event loop that tests get by default: asyncio's own, which reuses the files of a closed loop.

A selector and the pair of sockets that wake it are made for each loop and closed with it. That is most of the cost of a
loop, and a test cannot tell reused files from new ones. Most of the rest is its constructor, whose effects are read off
one loop: the constants are set in the class, and a new loop only gets its own containers.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final, NamedTuple, TypeAlias, cast

from aiounit._real import asyncio, atexit, contextvars, importlib, os, selectors, socket, sys, threading, weakref
from aiounit._stdlib.hooks import ITERATING, telling
from aiounit._stdlib.policy import PLAIN
from aiounit._typing import Protocol

__all__ = ["KIND", "close_spares", "make_executors", "new_loop"]

# The stubs know no private names, so this module is untyped here.
_events: Any = asyncio.events
_is_debug_mode: Final[Callable[[], bool]] = importlib.import_module("asyncio.coroutines")._is_debug_mode
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
    _asyncgens: object
    _closed: bool
    _debug: bool
    _default_executor: Executor | None
    _executor_shutdown_called: bool
    _ready: deque[object]
    _scheduled: list[object]
    _thread_id: int | None
    _csock: socket.socket
    _internal_fds: int
    _selector: selectors.BaseSelector
    _signal_handlers: dict[int, object]
    _stopping: bool
    _ssock: socket.socket

    def __init__(self, selector: selectors.BaseSelector | None) -> None: ...
    def close(self) -> None: ...
    def run_forever(self) -> None: ...
    def _run_once(self) -> None: ...
    def _asyncgen_finalizer_hook(self, agen: object) -> None: ...
    def _close_self_pipe(self) -> None: ...
    def _asyncgen_firstiter_hook(self, agen: object) -> None: ...
    def _make_self_pipe(self) -> None: ...
    def _read_from_self(self) -> None: ...
    def _write_to_self(self) -> None: ...
    def run_in_executor(self, executor: Executor | None, func: object, *args: object) -> object: ...


Kind: TypeAlias = type[PrivateLoop]


# The files of closed loops. There are a few, because several threads may run tests.
_MOST: Final = 4
_spares: Final[list[_Files]] = []

# The attributes of a new loop: constants, containers that are empty, and the files.
_CONSTANTS: Final = frozenset({bool, int, float, str})
_CONTAINERS: Final = frozenset({list, dict, set, deque})
# Those that few loops use.
_SELDOM: Final = frozenset({"_transports", "_unix_server_sockets"})
_FILES: Final = frozenset({"_aiounit_files", "_selector", "_ssock", "_csock"})
# The asynchronous generators of a loop that has had none yet. Its weak set is made for the first.
_NONE: Final[frozenset[object]] = frozenset()


def make_executors(make: Callable[[], Executor]) -> None:
    """Set the function by which each loop of type `KIND` makes its default executor, at its first job."""
    if _own is not None:  # pragma: no branch (it is None on Windows)
        cast("Any", _own)._aiounit_make_executor = staticmethod(make)


def new_loop() -> asyncio.AbstractEventLoop:
    """Make the event loop that ``asyncio.new_event_loop`` makes, or a cheaper one that behaves in the same way."""
    make: Callable[[], asyncio.AbstractEventLoop] = _events.new_event_loop
    current = _events._event_loop_policy
    if make is not _new_event_loop or (current is not None and type(current) is not PLAIN) or _own is None:
        return make()  # a policy or a patch makes another loop
    if _spares and (containers := _model.containers) is not None:
        return _like_the_model(containers)
    loop = _own()
    if not _model.is_read:
        _model.read(loop)
    return loop


Containers: TypeAlias = tuple[tuple[str, Callable[[], object]], ...]


class _Model:
    """The attributes of a new loop, read off the first one.

    Attributes:
        is_read: Whether there was one.
        containers: The names and the classes of those that each loop has for itself; None if a new loop holds something
            that is not understood. The others are set in the class.
    """

    def __init__(self) -> None:
        self.is_read = False
        self.containers: Containers | None = None

    def read(self, loop: object) -> None:
        """Read the attributes off a new loop."""
        self.is_read = True
        constants: dict[str, object] = {}
        containers: dict[str, Callable[[], object]] = {}
        for name, value in vars(loop).items():
            if name == "_asyncgens":
                constants[name] = _NONE
            elif name in _SELDOM or _is_watcher(value):
                constants[name] = _Late(name, type(value))
            elif value is None or type(value) in _CONSTANTS:
                constants[name] = value
            elif type(value) in _CONTAINERS and not value:
                containers[name] = type(value)
            elif name not in _FILES:
                return
        for name, value in constants.items():
            setattr(type(loop), name, value)
        self.containers = tuple(containers.items())


_model: Final = _Model()


def _is_watcher(value: object) -> bool:
    """Return whether an object watches child processes, as each loop has one from Python 3.14 on, and holds nothing."""
    return type(value).__module__ == "asyncio.unix_events" and not getattr(value, "__dict__", None)


def _like_the_model(containers: Containers) -> asyncio.AbstractEventLoop:
    kind: Any = _own
    try:
        files = _spares.pop()
    except IndexError:  # another thread was faster
        return cast("asyncio.AbstractEventLoop", kind())
    loop: Any = kind.__new__(kind)
    for name, make in containers:  # one by one: a loop whose __dict__ is asked for is a slower one
        setattr(loop, name, make())
    loop._debug = _is_in_debug_mode()
    _use(loop, files)
    loop._internal_fds = 1
    made: asyncio.AbstractEventLoop = loop
    return made


def _use(loop: PrivateLoop, files: _Files) -> None:
    """Give a loop files that another one has used."""
    loop._aiounit_files = files
    loop._selector, loop._ssock, loop._csock, handle = files
    handle._loop, handle._callback, handle._context = loop, loop._read_from_self, contextvars.copy_context()


def _is_in_debug_mode() -> bool:
    """Return whether new loops are in debug mode. asyncio's own function reads the environment in a slow way."""
    names = getattr(os.environ, "_data", None)
    if names is not None and b"PYTHONASYNCIODEBUG" not in names and not sys.flags.dev_mode:
        return False
    return _is_debug_mode()


class _Late:
    """An attribute of loops that few of them use: its value is made for each loop when it is asked for."""

    def __init__(self, name: str, make: Callable[[], object]) -> None:
        self.name = name
        self.make = make

    def __get__(self, loop: object, _kind: type) -> object:
        if loop is None:
            raise AttributeError(self.name)
        value = self.make()
        setattr(loop, self.name, value)
        return value


def close_spares() -> None:
    """Close the files that no loop uses now."""
    while _spares:
        files = _spares.pop()
        files.selector.close()
        files.reader.close()
        files.writer.close()


def _make(base: Kind) -> type:
    """Return a class of loops that reuses files."""
    names: dict[str, object] = {"__module__": base.__module__, "__qualname__": base.__qualname__}
    names |= {"__init__": _beginning(base), "_aiounit_is_woken": False}
    own = (*_methods_for_files(base), *_methods_that_run(base), *_methods_for_late_things(base))
    return type(base.__name__, (base,), names | {each.__name__: each for each in own})


def _beginning(base: Kind) -> Callable[[PrivateLoop], None]:
    def begin(self: PrivateLoop) -> None:
        try:
            files: _Files | None = _spares.pop()
        except IndexError:  # there is none, or another thread was faster
            files = None
        self._aiounit_files = files
        base.__init__(self, None if files is None else files.selector)

    return begin


def _methods_for_files(base: Kind) -> tuple[Callable[..., object], ...]:
    """Return the methods that take files from a closed loop, and leave them to the next one."""

    def _make_self_pipe(self: PrivateLoop) -> None:
        files = self._aiounit_files
        if files is None:
            base._make_self_pipe(self)
            return
        _use(self, files)
        self._internal_fds += 1

    def _write_to_self(self: PrivateLoop) -> None:
        self._aiounit_is_woken = True
        base._write_to_self(self)

    def _close_self_pipe(self: PrivateLoop) -> None:
        selector, reader, writer = self._selector, self._ssock, self._csock
        files = self._aiounit_files
        handle = _only_handle(selector, reader)
        # Each signal wakes a loop that has a handler for one.
        is_drained = not (self._aiounit_is_woken or self._signal_handlers) or _drain(reader)
        if handle is None or not is_drained or writer.fileno() == -1 or len(_spares) >= _MOST:
            base._close_self_pipe(self)
            return
        handle._loop = handle._callback = handle._context = None
        if files is None or files.handle is not handle or files.selector is not selector:
            files = _Files(selector, reader, writer, handle)
        _spares.append(files)
        self._selector = self._ssock = self._csock = None  # type: ignore[assignment] # as asyncio does
        self._internal_fds -= 1

    return _make_self_pipe, _write_to_self, _close_self_pipe


def _methods_that_run(base: Kind) -> tuple[Callable[..., object], ...]:
    """Return the method that runs a loop, which a test with synchronous hooks starts several times."""

    usual = base.run_forever

    def run_forever(self: PrivateLoop) -> None:
        is_plain = not (self._debug or self._closed) and base.run_forever is usual  # a test may have patched it
        if not is_plain or self._thread_id is not None or _events._get_running_loop() is not None:
            base.run_forever(self)
            return
        former = sys.get_asyncgen_hooks()  # the rest of asyncio's own, without its many small calls
        try:
            self._thread_id = threading.get_ident()
            sys.set_asyncgen_hooks(self._asyncgen_firstiter_hook, self._asyncgen_finalizer_hook)
            _events._set_running_loop(self)
            while True:
                self._run_once()
                if self._stopping:
                    break
        finally:
            self._stopping = False
            self._thread_id = None
            _events._set_running_loop(None)
            sys.set_asyncgen_hooks(*former)

    ITERATING.add(run_forever.__code__)
    return (run_forever,)


def _methods_for_late_things(base: Kind) -> tuple[Callable[..., object], ...]:
    """Return the methods that make things when they are needed, and the one that closes a loop without them quickly."""

    def _asyncgen_firstiter_hook(self: PrivateLoop, agen: object) -> None:
        if self._asyncgens is _NONE:
            self._asyncgens = weakref.WeakSet()
        base._asyncgen_firstiter_hook(self, agen)

    def close(self: PrivateLoop) -> None:
        if self._default_executor is not None or self._signal_handlers or self._debug or self._thread_id is not None:
            base.close(self)
        elif not self._closed:  # the rest of asyncio's own, without its many small calls
            self._close_self_pipe()
            self._closed = self._executor_shutdown_called = True
            self._ready.clear()
            self._scheduled.clear()
            if self._selector is not None:
                self._selector.close()
                self._selector = None  # type: ignore[assignment] # as asyncio does

    def run_in_executor(self: PrivateLoop, executor: Executor | None, func: object, *args: object) -> object:
        if executor is None and self._default_executor is None:
            self._default_executor = self._aiounit_make_executor()
        return base.run_in_executor(self, executor, func, *args)

    return _asyncgen_firstiter_hook, close, run_in_executor


def _only_handle(selector: selectors.BaseSelector, reader: socket.socket) -> PrivateHandle | None:
    """Return the handle that reads a socket; None if the selector is closed or watches anything else."""
    watched: dict[int, selectors.SelectorKey] = cast("Any", selector)._fd_to_key  # its public map is slow
    if len(watched) != 1 or selector.get_map() is None:
        return None
    key = watched.get(reader.fileno())
    if key is None:  # the socket is closed
        return None
    handle: PrivateHandle
    handle, _ = key.data
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


_own: Callable[[], asyncio.AbstractEventLoop] | None = None

if sys.platform != "win32":  # pragma: no branch (it is not tested there)
    _own = telling(_make(cast("Kind", asyncio.SelectorEventLoop)))
    atexit.register(close_spares)
    os.register_at_fork(after_in_child=close_spares)

KIND: Final = _own
"""The type of the loops that reuse files; None on Windows."""
