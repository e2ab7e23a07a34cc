"""Tell the checks of the objects that a loop makes, of its errors and of its iterations."""

import types
from collections.abc import Callable
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType
from typing import Any, Final, TypeAlias, cast

from aiounit._real import asyncio, functools, operator, sys, time
from aiounit._typing import Protocol

__all__ = [
    "ITERATING",
    "Iterations",
    "Listener",
    "Sampler",
    "counter",
    "is_iteration_frame",
    "listen",
    "telling",
]

Task: TypeAlias = asyncio.Task[Any]
Coroutine: TypeAlias = "CoroutineType[Any, Any, Any]"
Kind: TypeAlias = "type[PrivateLoop]"
Function: TypeAlias = Callable[..., Any]
Context: TypeAlias = dict[str, Any]
AsyncGenerator: TypeAlias = "AsyncGeneratorType[Any, Any]"
Future: TypeAlias = asyncio.Future[Any]

# The stubs know no private names, so this module is untyped here.

# The methods by which loops make transports.
_TRANSPORT_MAKERS: Final = (
    "_make_socket_transport",
    "_make_ssl_transport",
    "_make_datagram_transport",
    "_make_read_pipe_transport",
    "_make_write_pipe_transport",
)


class Listener(Protocol):
    """Is told of the objects that a loop makes, and of its errors."""

    def on_task(self, task: Task) -> None:
        """Take a new task."""

    def on_error(self, context: Context) -> None:
        """Take the context of an error that reaches the loop's exception handler, unless the user has set a handler."""

    def on_asyncgen(self, generator: AsyncGenerator) -> None:
        """Take an asynchronous generator that begins."""

    def on_made(self, frame: FrameType) -> None:
        """Take the frame of an ``__init__`` that asks for the debug mode, so as to keep where it was called."""

    def on_transport(self, transport: object, server: object) -> None:
        """Take a new transport or server, and the server that has accepted the transport, if any."""

    def on_file(self, file: object) -> None:
        """Take a file, or its descriptor, that the loop begins to watch."""

    def on_timer(self, handle: asyncio.TimerHandle) -> None:
        """Take the handle of a scheduled call, if timers are listened to."""

    def on_job(self, executor: object, function: Function) -> Function:
        """Return the function to call in a thread in place of another; its attribute ``future`` is set."""
        ...


class _Deaf:
    """Ignores all events."""

    def on_task(self, task: object) -> None: ...

    on_error = on_asyncgen = on_made = on_file = on_timer = on_task

    def on_transport(self, transport: object, server: object) -> None: ...

    @staticmethod
    def on_job(_executor: object, function: Function) -> Function:
        return function


class Sampler(Protocol):
    """Looks at loops from a thread of its own."""

    due: float

    def give_way(self) -> None:
        """Wait for a moment, because the sampler is due to look."""


class Iterations(Protocol):
    """Counts the iterations of a loop."""

    count: int
    is_iterating: bool
    sampler: Sampler


class PrivateLoop(Protocol):
    """A loop that tells a listener of events, with the methods of asyncio that it overrides for that."""

    _aiounit_listener: Listener
    _aiounit_iterations: Iterations | None

    def get_exception_handler(self) -> object: ...
    def call_exception_handler(self, context: Context) -> None: ...
    def default_exception_handler(self, context: Context) -> None: ...
    def get_debug(self) -> bool: ...
    def create_task(self, coro: object, **keywords: object) -> Task: ...
    def run_in_executor(self, executor: object, func: Function, *args: object) -> Future: ...
    def call_at(self, when: float, callback: Function, *args: object, context: object) -> asyncio.TimerHandle: ...
    def _run_once(self) -> None: ...
    def _asyncgen_firstiter_hook(self, agen: AsyncGenerator) -> None: ...
    def _start_serving(self, *args: object, **keywords: object) -> object: ...
    async def _make_subprocess_transport(self, *args: object, **keywords: object) -> object: ...


# To listen, a loop gets a class that derives from its own and has its name. Everything else that the user has changed
# stays, such as a task factory or an exception handler. To exchange the class costs next to nothing; and with methods
# that are set on the loop itself, the loop would hold itself.


_SAME: Final = object()


def listen(
    loop: asyncio.AbstractEventLoop,
    listener: Listener,
    iterations: Iterations | object | None = _SAME,
    *,
    timers: bool = False,
) -> bool:
    """Tell a listener of the events on a loop. Loops of uvloop tell less, and others perhaps nothing.

    Args:
        loop: The loop.
        listener: The listener, which replaces the former one.
        iterations: Count the iterations of the loop, if it tells them; None counts nothing. By default, it stays as it
            is.
        timers: Whether to tell the listener of scheduled calls, which each `asyncio.sleep` makes.

    Returns:
        Whether the loop tells anything.
    """
    former: type = type(loop)
    kind = telling(former)
    if timers and kind is not None:
        kind = _telling_timers(kind)
    if kind is None:
        return False
    try:
        private: Any = loop
        private._aiounit_listener = listener
        if former is not kind:
            private.__class__ = kind
    except (TypeError, AttributeError):
        return False  # the loop is written in C
    if iterations is not _SAME:
        private._aiounit_iterations = iterations
    return True


def counter(loop: asyncio.AbstractEventLoop, make: Callable[[], Iterations]) -> Iterations | None:
    """Return the `Iterations` that count the iterations of a loop, or None if the loop does not tell them.

    Args:
        loop: The loop. It counts from now on if a listener listens to it, and if it has asyncio's iterations: those of
            uvloop are written in C.
        make: Makes the `Iterations` if there are none yet.
    """
    kind = type(loop)
    if not (_tells(kind) and hasattr(kind, "_run_once")):
        return None
    private: Any = loop
    if private._aiounit_iterations is None:
        private._aiounit_iterations = make()
    iterations: Iterations = private._aiounit_iterations
    return iterations


def _tells(kind: type) -> bool:
    return hasattr(kind, "_aiounit_iterations")


@functools.lru_cache(maxsize=32)
def telling(kind: type) -> type | None:
    """Return a class of loops that tells a listener of events; None if it cannot be made.

    Args:
        kind: The class to derive it from; it is returned if it tells already.
    """
    if _tells(kind):
        return kind
    functions = [_telling_create_task, _telling_run_in_executor, _counting_run_once, _telling_hook]
    functions += [_telling_start_serving, _telling_subprocess_maker, _telling_get_debug]
    functions += [_telling_handler, _telling_default_handler]
    loops = cast("Kind", kind)
    made = dict(make(loops) for make in functions)
    made.update({name: _telling_watcher(loops, name) for name in ("add_reader", "add_writer")})
    made.update({name: _telling_maker(loops, name) for name in _TRANSPORT_MAKERS})
    body: dict[str, object] = {name: function for name, function in made.items() if hasattr(kind, name)}
    body |= {"_aiounit_iterations": None, "_aiounit_listener": _Deaf()}
    return _derived(kind, body)


def _derived(kind: type, body: dict[str, object]) -> type | None:
    body |= {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__slots__": ()}
    try:
        return types.new_class(kind.__name__, (kind,), exec_body=lambda names: names.update(body))
    except Exception:  # the class forbids subclasses, with any exception
        return None


@functools.lru_cache(maxsize=32)
def _telling_timers(kind: type) -> type | None:
    """Return a class of loops that tells of scheduled calls as well."""
    if hasattr(kind, "_aiounit_tells_timers"):
        return kind
    loops = cast("Kind", kind)

    def call_at(
        self: PrivateLoop, when: float, callback: Function, *args: object, context: object = None
    ) -> asyncio.TimerHandle:
        handle = loops.call_at(self, when, callback, *args, context=context)
        self._aiounit_listener.on_timer(handle)
        return handle

    return _derived(kind, {"call_at": call_at, "_aiounit_tells_timers": True})


def _telling_watcher(kind: Kind, name: str) -> Function:
    def watch(self: PrivateLoop, fd: object, callback: Function, *args: object) -> object:
        self._aiounit_listener.on_file(fd)
        return getattr(kind, name)(self, fd, callback, *args)

    return watch


def _telling_handler(kind: Kind) -> tuple[str, Function]:
    def call_exception_handler(self: PrivateLoop, context: Context) -> None:
        if self.get_exception_handler() is None:
            self._aiounit_listener.on_error(context)
        kind.call_exception_handler(self, context)

    return "call_exception_handler", call_exception_handler


def _telling_default_handler(kind: Kind) -> tuple[str, Function]:
    def default_exception_handler(self: PrivateLoop, context: Context) -> None:
        if "context" in context:  # of the error that the user's handler has failed to handle
            self._aiounit_listener.on_error(context)
        kind.default_exception_handler(self, context)

    return "default_exception_handler", default_exception_handler


# A loop makes a handle for each call, whose __init__ asks for the debug mode as well, far more often than any other.
_HANDLE: Final = asyncio.Handle.__init__.__code__


def _telling_get_debug(kind: Kind) -> tuple[str, Function]:
    here: Callable[[int], FrameType] = sys._getframe
    ask: Callable[[PrivateLoop], bool] = getattr(kind, "get_debug", bool)
    if ask is getattr(asyncio.BaseEventLoop, "get_debug", None):
        ask = operator.attrgetter("_debug")  # each task and each callback asks, and this is quicker

    def get_debug(self: PrivateLoop) -> bool:
        try:
            caller = here(1)
        except ValueError:  # there is none
            return ask(self)
        code = caller.f_code
        if code is not _HANDLE and code.co_name == "__init__":
            self._aiounit_listener.on_made(caller)
        return ask(self)

    return "get_debug", get_debug


def _telling_create_task(kind: Kind) -> tuple[str, Function]:
    def create_task(self: PrivateLoop, coro: object, **keywords: object) -> Task:
        task = kind.create_task(self, coro, **keywords)
        self._aiounit_listener.on_task(task)
        return task

    return "create_task", create_task


def _telling_run_in_executor(kind: Kind) -> tuple[str, Function]:
    def run_in_executor(self: PrivateLoop, executor: object, func: Function, *args: object) -> object:
        job: Any = self._aiounit_listener.on_job(executor, func)
        future = kind.run_in_executor(self, executor, job, *args)
        if job is not func:
            job.future = future
        return future

    return "run_in_executor", run_in_executor


def is_iteration_frame(frame: FrameType) -> bool:
    """Return whether a frame is a function that runs iterations of a loop, around asyncio's own for one iteration."""
    return frame.f_code in ITERATING


ITERATING: Final[set[CodeType]] = set()
"""The functions of aiounit that run iterations."""


def _counting_run_once(kind: Kind) -> tuple[str, Function]:
    now = time.monotonic

    def run_once(self: PrivateLoop) -> None:
        iterations = self._aiounit_iterations
        if iterations is None:
            kind._run_once(self)
            iterations = self._aiounit_iterations
            if iterations is not None:  # it has come in this iteration
                iterations.is_iterating = False
            return
        iterations.count += 1
        if now() > iterations.sampler.due:
            iterations.sampler.give_way()
        iterations.is_iterating = True
        try:
            kind._run_once(self)
        finally:
            iterations.is_iterating = False

    ITERATING.add(run_once.__code__)
    return "_run_once", run_once


def _telling_hook(kind: Kind) -> tuple[str, Function]:
    def firstiter_hook(self: PrivateLoop, agen: AsyncGenerator) -> None:
        self._aiounit_listener.on_asyncgen(agen)
        kind._asyncgen_firstiter_hook(self, agen)

    return "_asyncgen_firstiter_hook", firstiter_hook


def _telling_start_serving(kind: Kind) -> tuple[str, Function]:
    def start_serving(self: PrivateLoop, *args: object, **keywords: object) -> object:
        self._aiounit_listener.on_transport(args[3] if len(args) > 3 else keywords["server"], None)
        return kind._start_serving(self, *args, **keywords)

    return "_start_serving", start_serving


def _telling_subprocess_maker(kind: Kind) -> tuple[str, Function]:
    async def make(self: PrivateLoop, *args: object, **keywords: object) -> object:
        transport = await kind._make_subprocess_transport(self, *args, **keywords)
        self._aiounit_listener.on_transport(transport, None)
        return transport

    return "_make_subprocess_transport", make


def _telling_maker(kind: Kind, name: str) -> Function:
    def make(self: PrivateLoop, *args: object, **keywords: object) -> object:
        transport: object = getattr(kind, name)(self, *args, **keywords)
        self._aiounit_listener.on_transport(transport, keywords.get("server"))
        return transport

    return make
