"""The private names of the standard library by which the checks are told of what happens, and nothing else.

As in _stdlib, the names were read in CPython 3.11 to 3.15, and each has a test that fails on a version that changes it.
"""

import types
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, Protocol

from aiounit._real import asyncio, functools, operator, sys, time, weakref
from aiounit._stdlib.replacements import Replacement

_warnings: Any = warnings
_HAS_CONTEXTS: Final = hasattr(_warnings, "_get_context")  # since 3.14 warnings may be caught for one context only

# How many calls there may be between a destructor and the transport that is closed by it.
_DEEPEST_DESTRUCTOR: Final = 10

# How loops make transports.
_TRANSPORT_MAKERS: Final = (
    "_make_socket_transport",
    "_make_ssl_transport",
    "_make_datagram_transport",
    "_make_read_pipe_transport",
    "_make_write_pipe_transport",
)


class Listener(Protocol):
    """What is told of what a loop makes and of what goes wrong on it."""

    def on_task(self, task: Any) -> None:
        """Take a task that was made."""

    def on_error(self, context: dict[str, Any]) -> None:
        """Take what the loop's exception handler would be told, if there is none of the user's."""

    def on_asyncgen(self, generator: Any) -> None:
        """Take an asynchronous generator that is begun."""

    def on_made(self, frame: FrameType) -> None:
        """Take the frame of an ``__init__`` that asks whether debugging is on, so as to keep where it is called."""

    def on_transport(self, transport: Any, server: Any) -> None:
        """Take a transport or a server, and the server that has accepted it, if one has."""

    def on_file(self, file: Any) -> None:
        """Take a file, or its descriptor, that the loop is asked to watch."""

    def on_timer(self, handle: Any) -> None:
        """Take the handle of a call that is scheduled, if timers are listened to."""

    def on_job(self, executor: Any, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return what is to be called in a thread in place of a function; it is told its ``future``."""
        ...


class _Deaf:
    """Listens where nobody does."""

    def on_task(self, task: Any) -> None: ...

    on_error = on_asyncgen = on_made = on_file = on_timer = on_task

    def on_transport(self, transport: Any, server: Any) -> None: ...

    @staticmethod
    def on_job(_executor: Any, function: Callable[..., Any]) -> Callable[..., Any]:
        return function


class Sampler(Protocol):
    """Looks at loops from a thread of its own."""

    due: float

    def give_way(self) -> None:
        """Wait for a moment, because the time has come at which it wants to look."""


class Turns(Protocol):
    """Counts the iterations of a loop."""

    count: int
    is_turning: bool
    sampler: Sampler


# The loop is listened to by a class that is derived from its own and takes its place and its name: nothing else of what
# the user has made of it changes, its task factory and its exception handler included. To exchange the class costs next
# to nothing, and the loop does not hold itself, as it would if methods were put on it.


_SAME: Final = object()


def listen(loop: Any, listener: Listener, turns: Any = _SAME, *, timers: bool = False) -> bool:
    """Have a listener told of the events of a loop; uvloop's tell less, and others perhaps nothing.

    Args:
        loop: The loop.
        listener: The listener, in place of the one before.
        turns: The `Turns` that count the iterations of the loop, if it tells them; None counts nothing. By default, it
            stays as it is.
        timers: Whether the listener is told of scheduled calls, which each `asyncio.sleep` makes.

    Returns:
        Whether the loop tells anything.
    """
    former: Any = type(loop)
    kind = telling(former)
    if timers and kind is not None:
        kind = _telling_timers(kind)
    if kind is None:
        return False
    try:
        loop._aiounit_listener = listener
        if former is not kind:
            loop.__class__ = kind
    except (TypeError, AttributeError):
        return False  # it is written in C
    if turns is not _SAME:
        loop._aiounit_turns = turns
    return True


def _tells(kind: type) -> bool:
    return hasattr(kind, "_aiounit_turns")


@functools.lru_cache(maxsize=32)
def telling(kind: Any) -> Any:
    """Return a class of loops that tells, for one that does not; None if there can be none.

    Args:
        kind: The class.
    """
    if _tells(kind):
        return kind
    functions = [_telling_create_task, _telling_run_in_executor, _counting_run_once, _telling_hook]
    functions += [_telling_start_serving, _telling_subprocess_maker, _telling_get_debug]
    functions += [_telling_handler, _telling_default_handler]
    made = dict(make(kind) for make in functions)
    made.update({name: _telling_watcher(kind, name) for name in ("add_reader", "add_writer")})
    made.update({name: _telling_maker(kind, name) for name in _TRANSPORT_MAKERS})
    body = {name: function for name, function in made.items() if hasattr(kind, name)}
    body |= {"_aiounit_turns": None, "_aiounit_listener": _Deaf()}
    return _derived(kind, body)


def _derived(kind: Any, body: dict[str, Any]) -> Any:
    body |= {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__slots__": ()}
    try:
        return types.new_class(kind.__name__, (kind,), exec_body=lambda names: names.update(body))
    except Exception:  # it will have no subclass, and may say so in its own way
        return None


@functools.lru_cache(maxsize=32)
def _telling_timers(kind: Any) -> Any:
    """Return a class of loops that tells of scheduled calls as well."""
    if hasattr(kind, "_aiounit_tells_timers"):
        return kind

    def call_at(self: Any, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        handle = kind.call_at(self, when, callback, *args, context=context)
        self._aiounit_listener.on_timer(handle)
        return handle

    return _derived(kind, {"call_at": call_at, "_aiounit_tells_timers": True})


def _telling_watcher(kind: Any, name: str) -> Any:
    def watch(self: Any, fd: Any, callback: Any, *args: Any) -> Any:
        self._aiounit_listener.on_file(fd)
        return getattr(kind, name)(self, fd, callback, *args)

    return watch


def _telling_handler(kind: Any) -> tuple[str, Any]:
    def call_exception_handler(self: Any, context: dict[str, Any]) -> None:
        if self.get_exception_handler() is None:
            self._aiounit_listener.on_error(context)
        kind.call_exception_handler(self, context)

    return "call_exception_handler", call_exception_handler


def _telling_default_handler(kind: Any) -> tuple[str, Any]:
    def default_exception_handler(self: Any, context: dict[str, Any]) -> None:
        if "context" in context:  # what the user's handler was told, which has failed
            self._aiounit_listener.on_error(context)
        kind.default_exception_handler(self, context)

    return "default_exception_handler", default_exception_handler


# The loop makes one for each call: its __init__ asks as well, far more often than any other.
_HANDLE: Final = asyncio.Handle.__init__.__code__


def _telling_get_debug(kind: Any) -> tuple[str, Any]:
    here, ask = sys._getframe, getattr(kind, "get_debug", bool)

    def get_debug(self: Any) -> Any:
        try:
            caller = here(1)
        except ValueError:  # there is none
            return ask(self)
        code = caller.f_code
        if code is not _HANDLE and code.co_name == "__init__":
            self._aiounit_listener.on_made(caller)
        return ask(self)

    return "get_debug", get_debug


def _telling_create_task(kind: Any) -> tuple[str, Any]:
    def create_task(self: Any, coro: Any, **keywords: Any) -> Any:
        task = kind.create_task(self, coro, **keywords)
        self._aiounit_listener.on_task(task)
        return task

    return "create_task", create_task


def _telling_run_in_executor(kind: Any) -> tuple[str, Any]:
    def run_in_executor(self: Any, executor: Any, func: Any, *args: Any) -> Any:
        job = self._aiounit_listener.on_job(executor, func)
        future = kind.run_in_executor(self, executor, job, *args)
        if job is not func:
            job.future = future
        return future

    return "run_in_executor", run_in_executor


def is_turn_frame(frame: FrameType) -> bool:
    """Tell whether a frame is the one that counts the iterations of a loop, around asyncio's own."""
    return frame.f_code in _counting


_counting: Final[set[types.CodeType]] = set()


def _counting_run_once(kind: Any) -> tuple[str, Any]:
    now = time.monotonic

    def run_once(self: Any) -> None:
        turns = self._aiounit_turns
        if turns is None:
            kind._run_once(self)
            return
        turns.count += 1
        if now() > turns.sampler.due:
            turns.sampler.give_way()
        turns.is_turning = True
        try:
            kind._run_once(self)
        finally:
            turns.is_turning = False

    _counting.add(run_once.__code__)
    return "_run_once", run_once


def _telling_hook(kind: Any) -> tuple[str, Any]:
    def firstiter_hook(self: Any, agen: Any) -> None:
        self._aiounit_listener.on_asyncgen(agen)
        kind._asyncgen_firstiter_hook(self, agen)

    return "_asyncgen_firstiter_hook", firstiter_hook


def _telling_start_serving(kind: Any) -> tuple[str, Any]:
    def start_serving(self: Any, *args: Any, **keywords: Any) -> Any:
        self._aiounit_listener.on_transport(args[3] if len(args) > 3 else keywords["server"], None)
        return kind._start_serving(self, *args, **keywords)

    return "_start_serving", start_serving


def _telling_subprocess_maker(kind: Any) -> tuple[str, Any]:
    async def make(self: Any, *args: Any, **keywords: Any) -> Any:
        transport = await kind._make_subprocess_transport(self, *args, **keywords)
        self._aiounit_listener.on_transport(transport, None)
        return transport

    return "_make_subprocess_transport", make


def _telling_maker(kind: Any, name: str) -> Any:
    def make(self: Any, *args: Any, **keywords: Any) -> Any:
        transport = getattr(kind, name)(self, *args, **keywords)
        self._aiounit_listener.on_transport(transport, keywords.get("server"))
        return transport

    return make


def on_drop(transport: Any, note: Callable[[], None]) -> None:
    """Have it noted if a transport is closed only because what uses it is destroyed: a stream writer, a session."""
    if not hasattr(transport, "__dict__"):
        return
    kind, reference = type(transport), weakref.ref(transport)

    def close() -> None:
        frame: FrameType | None = sys._getframe(1)
        for _ in range(_DEEPEST_DESTRUCTOR):
            if frame is None:
                break
            if frame.f_code.co_name == "__del__":
                note()
                break
            frame = frame.f_back
        kind.close(reference())

    transport.close = close


def on_unawaited(note: Callable[[Any, Callable[[Any], None]], None]) -> Replacement:
    """Return a function that tells of each coroutine that is destroyed and was never awaited, to be put in.

    Args:
        note: Is given the coroutine, and the function that warns of it as usual.
    """

    def make(warn: Callable[[Any], None]) -> Callable[[Any], None]:
        def warn_unawaited_coroutine(coro: Any) -> None:
            note(coro, warn)

        return warn_unawaited_coroutine

    return Replacement(_warnings, "_warn_unawaited_coroutine", make)


def _warnings_sink() -> tuple[object, ...]:
    """Return the functions and the log that warnings go to now; others while ``assertWarns``, say, catches them."""
    return (_warnings.showwarning, _warnings._showwarnmsg_impl, _warnings._get_context().log)


# Before 3.14 there is no log. Each test calls it, so it is in C if it can be.
warnings_sink: Final[Callable[[], tuple[object, ...]]] = (
    _warnings_sink
    if _HAS_CONTEXTS
    else functools.partial(operator.attrgetter("showwarning", "_showwarnmsg_impl"), _warnings)
)
