"""The private names of the standard library by which the checks are told of threads, and of errors that end them.

By the rule of `_stdlib`, each has a test that fails on a version that changes it.
"""

from collections.abc import Callable
from typing import Any, Final

from aiounit._real import asyncio, functools, importlib, sys, threading, traceback
from aiounit._stdlib.replacements import Replacement

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

# Functions are put into them.
_modules: Final[dict[str, Any]] = {name: importlib.import_module(name) for name in ("_thread", "sys", "threading")}
_loops: Any = asyncio.BaseEventLoop
_noting: Final[list[Callable[[Any, dict[str, Any]], None]]] = []
_thread_type: Any = threading.Thread


def on_thread(start: Callable[[Any], object], begin: Callable[[Any, object], None]) -> list[Replacement]:
    """Return functions that tell of each thread that is started, to be put in.

    Args:
        start: Is called with the thread in the thread that starts it, and returns what the other gets. The thread is
            None if it is one of the module `_thread`.
        begin: Is called with the thread, and what `start` has returned, in the thread itself before it does anything.
    """
    started: dict[int, object] = {}

    def make_start(former: Callable[[Any], None]) -> Callable[[Any], None]:
        @functools.wraps(former)
        def start_and_note(self: Any) -> None:
            started[id(self)] = start(self)
            try:
                former(self)
            finally:
                started.pop(id(self), None)

        return start_and_note

    def make_set_ident(former: Callable[[Any], None]) -> Callable[[Any], None]:
        # It is called in a new thread first of all, and leaves no frame there.
        @functools.wraps(former)
        def set_ident_and_note(self: Any) -> None:
            former(self)
            if id(self) in started:
                begin(self, started.pop(id(self)))

        return set_ident_and_note

    def make_start_new(former: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(former)
        def start_new_thread(function: Any, *args: Any) -> Any:
            return former(_Begun(function, start(None), begin) if callable(function) else function, *args)

        return start_new_thread

    return [
        Replacement(threading.Thread, "start", make_start),
        Replacement(threading.Thread, "_set_ident", make_set_ident),
        Replacement(_modules["_thread"], "start_new_thread", make_start_new),
        Replacement(_modules["_thread"], "start_new", make_start_new),
    ]


class _Begun:
    """Stands for the function of a thread of the module `_thread`, also where Python names it."""

    def __init__(self, function: Any, started: object, begin: Callable[[Any, object], None]) -> None:
        self.__wrapped__ = function
        self.started = started
        self.begin = begin

    def __call__(self, *args: Any, **keywords: Any) -> None:
        self.begin(None, self.started)
        self.__wrapped__(*args, **keywords)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)


class Hook:
    """Stands in the place of `sys.unraisablehook` or `threading.excepthook` while tests run.

    A hook that a test sets is called in place of this one. The hook that was there before is called as well, unless it
    is only Python's own, which prints, and the error is going to be reported.

    Args:
        module: The module that has the hook.
        name: Its name there.
        own: Python's own.
    """

    def __init__(self, module: Any, name: str, own: Any) -> None:
        self.attributes = vars(module)  # each test puts it there: getattr and setattr take longer
        self.name = self.__name__ = name
        self.own = own
        self.former: Any = own
        self.holders: set[object] = set()
        self.take: Callable[[Any], bool] = lambda _arguments: False

    def __call__(self, arguments: Any, /) -> None:
        """Take an error, and give it to the hook that was there before."""
        is_taken = bool(self.holders) and self.take(arguments)
        if not (is_taken and self.former is self.own):
            self.former(arguments)
        if is_taken:
            _let_go(arguments.exc_value)


def _let_go(error: BaseException | None) -> None:
    """Have the frames of an error hold nothing: an object that is being destroyed must not live on in them."""
    if error is None:
        return
    entry = error.__traceback__
    while entry is not None and entry.tb_frame.f_code.co_filename == threading.__file__:
        entry = entry.tb_next  # it runs, so that it can't let go of its thread
    error.__traceback__ = entry
    for each in filter(None, (error, error.__cause__, error.__context__)):
        traceback.clear_frames(each.__traceback__)


class Hooks:
    """The hooks for the errors of threads and of destructors.

    Args:
        of_threads: Stands in for `threading.excepthook`.
        of_destructors: Stands in for `sys.unraisablehook`.
    """

    def __init__(self, of_threads: Hook, of_destructors: Hook) -> None:
        self.of_threads = of_threads
        self.of_destructors = of_destructors
        self.both = of_threads, of_destructors

    def begin(self, holder: object, /) -> None:
        """Put the hooks in place while a holder wants them: a test that runs."""
        for hook in self.both:  # in one function, because each test comes here
            hook.holders.add(holder)
            now = hook.attributes[hook.name]
            if now is not hook:
                hook.former = now
                hook.attributes[hook.name] = hook
        if "uvloop" in _modules["sys"].modules:
            _note_errors_of_uvloop()

    def end(self, holder: object, /) -> None:
        """Take the hooks out unless another test runs; one that was set meanwhile stays."""
        for hook in self.both:
            hook.holders.discard(holder)
            if not hook.holders and hook.attributes.get(hook.name) is hook:
                hook.attributes[hook.name] = hook.former


hooks: Final = Hooks(
    Hook(_modules["threading"], "excepthook", threading.__excepthook__),
    Hook(_modules["sys"], "unraisablehook", sys.__unraisablehook__),
)


# The file and the function of the outermost call of each thread.
OUTERMOST: Final = frozenset(
    (each.__code__.co_filename, each.__code__.co_name) for each in (_thread_type._bootstrap, _Begun.__call__)
)


def on_loop_error(note: Callable[[Any, dict[str, Any]], None]) -> Replacement:
    """Return a method of loops that tells of errors unless there is an exception handler of the user's, to be put in.

    uvloop has another one, which is put in when a test begins and uvloop was imported.

    Args:
        note: Is called with the loop and the context of the error.
    """
    _noting.append(note)
    return _noting_errors(_loops, note)


# The methods of uvloop's loops that were replaced.
of_uvloop: Final[list[Replacement]] = []


def _note_errors_of_uvloop() -> None:
    kind = _modules["sys"].modules["uvloop"].Loop
    if not any(each.owner is kind for each in of_uvloop):
        of_uvloop.extend(_noting_errors(kind, note) for note in _noting)
    for each in of_uvloop:
        each.put_in()


def _noting_errors(kind: Any, note: Callable[[Any, dict[str, Any]], None]) -> Replacement:
    def make(former: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(former)
        def call_exception_handler(self: Any, context: dict[str, Any]) -> None:
            is_own = type(self).default_exception_handler is kind.default_exception_handler
            if is_own and self.get_exception_handler() is None and not hasattr(self, "_aiounit_listener"):
                note(self, context)
            former(self, context)

        return call_exception_handler

    return Replacement(kind, "call_exception_handler", make)


def target_of(thread: Any) -> object:
    """Return the function that a thread runs, or None if it runs none or has ended."""
    return getattr(thread, "_target", None)
