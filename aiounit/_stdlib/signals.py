"""The private names of the standard library about signals.

By the rule of `_stdlib`, each has a test, in tests/_stdlib/test_signals.py, and stands nowhere else.
"""

from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from aiounit._real import asyncio, functools, importlib, signal, sys

# The stubs know nothing of the first two, and little of the others.
_signal: Any = importlib.import_module("_signal")
_thread: Any = importlib.import_module("_thread")
_threading: Any = importlib.import_module("threading")
_public: Any = importlib.import_module("signal")
_Runner: Any = asyncio.Runner
_start_new_thread: Final = _thread.start_new_thread
_allocate_lock: Final = _thread.allocate_lock

SignalHandler = Callable[[int, FrameType | None], Any]

PYTHONS_OWN: Final[SignalHandler] = _signal.default_int_handler
"""The handler of Ctrl-C that raises `KeyboardInterrupt`."""


def take_sigint(handler: SignalHandler) -> bool:
    """Handle Ctrl-C with ``handler`` if Python's own handler is there now, and tell whether ``handler`` has it.

    Meanwhile ``handler`` is what Python calls its own, so that ``asyncio.run`` still puts its own in that place.

    The functions of the module ``signal`` turn numbers into enums, which costs a test 16 microseconds on 3.11; those of
    ``_signal`` below it cost less than one.
    """
    now = _signal.getsignal(signal.SIGINT)
    if now is PYTHONS_OWN:
        try:
            _signal.signal(signal.SIGINT, handler)
        except ValueError:  # in an interpreter that is not the main one
            return False
    elif now is not handler:
        return False
    if _public.default_int_handler is PYTHONS_OWN:
        _public.default_int_handler = handler
    return True


def release_sigint(handler: SignalHandler) -> None:
    """Put Python's own handler back, unless somebody else has replaced ``handler`` meanwhile."""
    if _public.default_int_handler is handler:
        _public.default_int_handler = PYTHONS_OWN
    if _signal.getsignal(signal.SIGINT) is handler:
        _signal.signal(signal.SIGINT, PYTHONS_OWN)


def leave_sigint_to_the_system() -> Callable[[], None]:
    """Have the next Ctrl-C end the process, whatever it does; return a function that undoes that."""
    before = _signal.signal(signal.SIGINT, _signal.SIG_DFL)

    def undo() -> None:
        if _signal.getsignal(signal.SIGINT) == _signal.SIG_DFL:
            _signal.signal(signal.SIGINT, before)

    return undo


def count_other_handlers(note: Callable[[], bool]) -> None:
    """Have a function called at a Ctrl-C that ``asyncio.run`` handles; if it says so, the Ctrl-C is raised in place."""
    original = _Runner._on_sigint

    @functools.wraps(original)
    def on_sigint(self: Any, signum: int, frame: FrameType | None, main_task: Any) -> None:
        if note():
            raise KeyboardInterrupt
        original(self, signum, frame, main_task)

    _Runner._on_sigint = on_sigint


def replace_in_unittest(before: SignalHandler, after: SignalHandler) -> None:
    """Replace what unittest's own handler (of ``--catch``) calls at the second Ctrl-C, if it calls ``before``."""
    handler = getattr(sys.modules.get("unittest.signals"), "_interrupt_handler", None)
    if handler is not None and handler.default_handler is before:
        handler.default_handler = after


def start_thread(function: Callable[[], None]) -> None:
    """Call a function in a thread that nothing waits for; from a signal handler, which may not wait for a lock."""
    _start_new_thread(function, ())


def start_waiting_thread(function: Callable[[], None]) -> Callable[[], None]:
    """Start a thread that waits for a signal, then calls a function. Python 3.12 starts no thread during shutdown.

    Returns:
        The function that sends the signal.
    """
    lock: Any = _allocate_lock()
    lock.acquire()
    tell: Callable[[], None] = lock.release

    def wait() -> None:
        lock.acquire()
        function()

    _start_new_thread(wait, ())
    return tell


def call_at_shutdown(function: Callable[[], None]) -> bool:
    """Call a function when the interpreter begins to end, before it waits for threads; False if it has begun to."""
    try:
        _threading._register_atexit(function)
    except RuntimeError:
        return False
    return True


def take_signal(number: int, handler: SignalHandler) -> bool:
    """Handle a signal with ``handler`` unless somebody else handles it, and tell whether it was taken."""
    if _signal.getsignal(number) != _signal.SIG_DFL:
        return False
    try:
        _signal.signal(number, handler)
    except ValueError:  # in an interpreter that is not the main one
        return False
    return True


def has_signal(number: int, handler: SignalHandler) -> bool:
    """Tell whether ``handler`` still handles a signal."""
    return _signal.getsignal(number) is handler


def release_signal(number: int, handler: SignalHandler) -> None:
    """Restore what a signal does by default, unless somebody else has replaced ``handler``."""
    if has_signal(number, handler):
        _signal.signal(number, _signal.SIG_DFL)


def has_timer() -> bool:
    """Tell whether there is a timer that sends SIGALRM."""
    return bool(_signal.getitimer(signal.ITIMER_REAL)[0])


def stop_timer(interval: float) -> None:
    """Stop the timer that sends SIGALRM again after an interval; one that does so after another goes on."""
    seconds, again = _signal.setitimer(signal.ITIMER_REAL, 0)
    if seconds and abs(again - interval) >= 1e-5:
        _signal.setitimer(signal.ITIMER_REAL, seconds, again)


def set_timer(seconds: float, interval: float = 0.0) -> None:
    """Have SIGALRM sent in so many seconds, and again after each interval; 0 is never."""
    _signal.setitimer(signal.ITIMER_REAL, seconds, interval)
