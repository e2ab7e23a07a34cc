"""Tell the checks of threads that start, and of errors that only a hook of the interpreter or of a loop sees."""

from collections.abc import Callable
from threading import Thread
from types import MethodType
from typing import Any, Final, Protocol, TypeAlias, cast

from aiounit._real import asyncio, functools, importlib, sys, threading, traceback

__all__ = [
    "OUTERMOST",
    "Hook",
    "hooks",
    "on_loop_error",
    "on_loop_error_of_uvloop",
    "on_thread",
    "target_of",
]

# The modules that get a function replaced.
_modules: Final[dict[str, Any]] = {name: importlib.import_module(name) for name in ("_thread", "sys", "threading")}

Note: TypeAlias = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]


class PrivateThread(Protocol):
    """The methods of the class of threads that start one."""

    start: Callable[[Thread], None]
    _bootstrap: MethodType
    _set_ident: Callable[[Thread], None]


_thread_type: Final = cast("PrivateThread", threading.Thread)


def on_thread(start: Callable[[Thread | None], object], begin: Callable[[Thread | None, object], None]) -> None:
    """Call functions for each thread that is started from now on.

    Args:
        start: Called in the thread that starts the other, with the other thread, or with None if that is one of the
            module `_thread`. Its result is passed to `begin`.
        begin: Called in the new thread before that does anything, with the thread and the result of `start`.
    """
    former_start, set_ident = _thread_type.start, _thread_type._set_ident
    start_new: Callable[..., object] = _modules["_thread"].start_new_thread

    started: dict[int, object] = {}

    @functools.wraps(former_start)
    def start_and_note(self: Thread) -> None:
        started[id(self)] = start(self)
        try:
            former_start(self)
        finally:
            started.pop(id(self), None)

    # A new thread calls it first of all, and it leaves no frame there.
    @functools.wraps(set_ident)
    def set_ident_and_note(self: Thread) -> None:
        set_ident(self)
        if id(self) in started:
            begin(self, started.pop(id(self)))

    @functools.wraps(start_new)
    def start_new_thread(function: object, *args: object) -> object:
        return start_new(_Begun(function, start(None), begin) if callable(function) else function, *args)

    _thread_type.start = start_and_note
    _thread_type._set_ident = set_ident_and_note
    for name in ("start_new_thread", "start_new"):
        setattr(_modules["_thread"], name, start_new_thread)


class _Begun:
    """Wraps the function of a thread of the module `_thread`, and has its repr, which Python shows in messages."""

    def __init__(self, function: Callable[..., object], started: object, begin: Callable[[None, object], None]) -> None:
        self.__wrapped__ = function
        self.started = started
        self.begin = begin

    def __call__(self, *args: object, **keywords: object) -> None:
        self.begin(None, self.started)
        self.__wrapped__(*args, **keywords)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)


class ErrorArguments(Protocol):
    """The arguments of both hooks, as far as they are the same."""

    exc_value: BaseException | None


class Hook:
    """Replaces `sys.unraisablehook` or `threading.excepthook` while tests run.

    A hook that a test sets replaces this one. The former hook is called as well, unless it is Python's own, which only
    prints, and the error will be reported.

    Args:
        module: The module that has the hook.
        name: Its name there.
        own: Python's own.
    """

    def __init__(self, module: object, name: str, own: Callable[[Any], object]) -> None:
        self.attributes = module.__dict__  # each test sets the hook, and getattr and setattr take longer
        self.name = self.__name__ = name
        self.own = own
        self.former = own
        self.holders: set[object] = set()
        self.take: Callable[[Any], bool] = lambda _arguments: False
        """Takes the arguments of the hook, and returns whether the error will be reported."""

    def stand_in(self, holder: object) -> None:
        """Install the hook for a holder, such as a running test."""
        self.holders.add(holder)
        now = self.attributes[self.name]
        if now is not self:
            self.former = now
            self.attributes[self.name] = self

    def give_back(self, holder: object) -> None:
        """Restore the former hook after the last holder, unless another hook was set meanwhile."""
        self.holders.discard(holder)
        if not self.holders and self.attributes.get(self.name) is self:
            self.attributes[self.name] = self.former

    def __call__(self, arguments: "ErrorArguments", /) -> None:
        """Take an error, and pass it to the former hook."""
        is_taken = bool(self.holders) and self.take(arguments)
        if not (is_taken and self.former is self.own):
            self.former(arguments)
        if is_taken:
            _let_go(arguments.exc_value)


def _let_go(error: BaseException | None) -> None:
    """Clear the frames of an error: an object that is being destroyed must not live on in them."""
    if error is None:
        return
    entry = error.__traceback__
    while entry is not None and entry.tb_frame.f_code.co_filename == threading.__file__:
        entry = entry.tb_next  # this frame runs, so it can't be cleared, and it refers to its thread
    error.__traceback__ = entry
    for each in filter(None, (error, error.__cause__, error.__context__)):
        traceback.clear_frames(each.__traceback__)


class PrivateLoop(Protocol):
    """A class of event loops."""

    call_exception_handler: Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]
    default_exception_handler: Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]
    _aiounit_notes: bool


hooks: Final = (
    Hook(_modules["threading"], "excepthook", threading.__excepthook__),
    Hook(_modules["sys"], "unraisablehook", sys.__unraisablehook__),
)


# The file and the function of the outermost call of each thread.
OUTERMOST: Final = frozenset(
    (each.__code__.co_filename, each.__code__.co_name) for each in (_thread_type._bootstrap, _Begun.__call__)
)


def on_loop_error(note: Note) -> None:
    """Call a function for each error that reaches the exception handler of a loop, unless the user has set a handler.

    Args:
        note: Called with the loop and the context of the error.
    """
    _note_errors(asyncio.BaseEventLoop, note)


def on_loop_error_of_uvloop(note: Note) -> None:
    """Do the same for loops of uvloop, if that is imported by now; do nothing the second time."""
    modules = _modules["sys"].modules
    if "uvloop" in modules:
        kind = modules["uvloop"].Loop
        if "_aiounit_notes" not in vars(kind):
            _note_errors(kind, note)


def _note_errors(loops: type[asyncio.AbstractEventLoop], note: Note) -> None:
    kind = cast("PrivateLoop", loops)
    handle = kind.call_exception_handler

    @functools.wraps(handle)
    def call_exception_handler(self: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        is_own = type(self).default_exception_handler is kind.default_exception_handler
        if is_own and self.get_exception_handler() is None and not hasattr(self, "_aiounit_listener"):
            note(self, context)
        handle(self, context)

    kind.call_exception_handler = call_exception_handler
    kind._aiounit_notes = True


def target_of(thread: object) -> object:
    """Return the function that a thread runs; None if it has no function or has ended."""
    return getattr(thread, "_target", None)
