"""Tell the checks of threads that start, and of errors that only a hook of the interpreter or of a loop sees."""

from collections.abc import Callable
from threading import Thread
from types import MethodType
from typing import Any, Final, TypeAlias, cast

from aiounit._real import asyncio, functools, importlib, sys, threading, traceback
from aiounit._stdlib.replacements import Replacement
from aiounit._typing import Protocol

__all__ = [
    "OUTERMOST",
    "Hook",
    "Hooks",
    "hooks",
    "of_uvloop",
    "on_loop_error",
    "on_thread",
    "target_of",
]

# The modules that get a function replaced.
_modules: Final = {name: importlib.import_module(name) for name in ("_thread", "sys", "threading")}

# What the exception handler of a loop gets.
ErrorContext: TypeAlias = dict[str, object]
Note: TypeAlias = Callable[[asyncio.AbstractEventLoop, ErrorContext], None]


class PrivateThread(Protocol):
    """The method of the class of threads that runs one."""

    _bootstrap: MethodType


_thread_type: Final = cast("PrivateThread", threading.Thread)


def on_thread(
    start: Callable[[Thread | None], object], begin: Callable[[Thread | None, object], None]
) -> list[Replacement]:
    """Return replacements that call functions for each thread that starts while they are installed.

    Args:
        start: Called in the thread that starts the other, with the other thread, or with None if that is one of the
            module `_thread`. Its result is passed to `begin`.
        begin: Called in the new thread before that does anything, with the thread and the result of `start`.
    """
    started: dict[int, object] = {}

    def make_start(former: Callable[[Thread], None]) -> Callable[[Thread], None]:
        @functools.wraps(former)
        def start_and_note(self: Thread) -> None:
            started[id(self)] = start(self)
            try:
                former(self)
            finally:
                started.pop(id(self), None)

        return start_and_note

    def make_set_ident(former: Callable[[Thread], None]) -> Callable[[Thread], None]:
        # A new thread calls it first of all, and it leaves no frame there.
        @functools.wraps(former)
        def set_ident_and_note(self: Thread) -> None:
            former(self)
            if id(self) in started:
                begin(self, started.pop(id(self)))

        return set_ident_and_note

    def make_start_new(former: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(former)
        def start_new_thread(function: object, *args: object) -> object:
            return former(_Begun(function, start(None), begin) if callable(function) else function, *args)

        return start_new_thread

    return [
        Replacement(threading.Thread, "start", make_start),
        Replacement(threading.Thread, "_set_ident", make_set_ident),
        Replacement(_modules["_thread"], "start_new_thread", make_start_new),
        Replacement(_modules["_thread"], "start_new", make_start_new),
    ]


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

    def __call__(self, arguments: "ErrorArguments", /) -> None:
        """Take an error, and pass it to the former hook."""
        is_taken = bool(self.holders) and self.take(arguments)
        if not (is_taken and getattr(self.former, "__wrapped__", self.former) is self.own):
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

    call_exception_handler: Note
    default_exception_handler: Note


class Hooks:
    """The hooks for the errors of threads and of destructors.

    Args:
        of_threads: Replaces `threading.excepthook`.
        of_destructors: Replaces `sys.unraisablehook`.
    """

    def __init__(self, of_threads: Hook, of_destructors: Hook) -> None:
        self.of_threads = of_threads
        self.of_destructors = of_destructors
        self.holders = of_threads.holders = of_destructors.holders
        self.places = tuple((hook.attributes, hook.name, hook) for hook in (of_threads, of_destructors))

    def begin(self, holder: object, /) -> None:
        """Install the hooks for a holder, such as a running test."""
        self.holders.add(holder)
        for attributes, name, hook in self.places:  # in one function, because it runs for each test
            now = attributes[name]
            if now is not hook:
                hook.former = now
                attributes[name] = hook
        if "uvloop" in _modules["sys"].modules:
            _note_errors_of_uvloop()

    def end(self, holder: object, /) -> None:
        """Restore the former hooks after the last holder, unless another hook was set meanwhile."""
        self.holders.discard(holder)
        if not self.holders:
            for attributes, name, hook in self.places:
                if attributes.get(name) is hook:
                    attributes[name] = hook.former


hooks: Final = Hooks(
    Hook(_modules["threading"], "excepthook", threading.__excepthook__),
    Hook(_modules["sys"], "unraisablehook", sys.__unraisablehook__),
)


# The file and the function of the outermost call of each thread.
OUTERMOST: Final = frozenset(
    (each.__code__.co_filename, each.__code__.co_name) for each in (_thread_type._bootstrap, _Begun.__call__)
)


# The functions that are called for errors of loops.
_noting: Final[list[Note]] = []
# The methods of uvloop's loops that were replaced.
of_uvloop: Final[list[Replacement]] = []


def on_loop_error(note: Note) -> Replacement:
    """Return a replacement that calls a function for each error that reaches a loop, unless the user handles errors.

    A loop of uvloop has a method of its own, which is replaced when a test begins and uvloop is imported.

    Args:
        note: Called with the loop and the context of the error.
    """
    _noting.append(note)
    return _noting_errors(asyncio.BaseEventLoop, note)


def _note_errors_of_uvloop() -> None:
    kind = _modules["sys"].modules["uvloop"].Loop
    if not any(each.owner is kind for each in of_uvloop):
        of_uvloop.extend(_noting_errors(kind, note) for note in _noting)
    for each in of_uvloop:
        each.put_in()


def _noting_errors(loops: type[asyncio.AbstractEventLoop], note: Note) -> Replacement:
    kind = cast("PrivateLoop", loops)

    def make(former: Note) -> Note:
        @functools.wraps(former)
        def call_exception_handler(self: asyncio.AbstractEventLoop, context: ErrorContext) -> None:
            is_own = type(self).default_exception_handler is kind.default_exception_handler
            if is_own and self.get_exception_handler() is None and not hasattr(self, "_aiounit_listener"):
                note(self, context)
            former(self, context)

        return call_exception_handler

    return Replacement(loops, "call_exception_handler", make)


def target_of(thread: object) -> object:
    """Return the function that a thread runs; None if it has no function or has ended."""
    return getattr(thread, "_target", None)
