"""Use the private names of the standard library that handle signals, and start threads from their handlers."""

from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from aiounit._real import asyncio, functools, importlib, signal, sys, threading

# The stubs do not know the first two, and little of the others.
_signal: Any = importlib.import_module("_signal")
_thread: Any = importlib.import_module("_thread")
_threading: Any = importlib.import_module("threading")
_public: Any = importlib.import_module("signal")
_Runner: Any = asyncio.Runner
_start_new_thread: Final = _thread.start_new_thread
_allocate_lock: Final = _thread.allocate_lock

# Windows has neither. Numbers, because the names in `signal` are enums, which are slow.
ALARM: Final[int] = getattr(_signal, "SIGALRM", 0)
_TIMER: Final[int] = getattr(_signal, "ITIMER_REAL", 0)

SignalHandler = Callable[[int, FrameType | None], object]

PYTHONS_OWN: Final[SignalHandler] = _signal.default_int_handler
"""The handler of Ctrl-C that raises `KeyboardInterrupt`."""


_SIGINT: Final = int(signal.SIGINT)


def take_sigint(handler: SignalHandler) -> bool:
    """Handle Ctrl-C with a handler if Python's own handler is installed, and return whether the handler has Ctrl-C.

    Until `release_sigint`, Python takes the handler for its own, so that ``asyncio.run`` still replaces it by its own.

    The functions of the module ``signal`` convert numbers to enums, which costs a test 16 microseconds on 3.11. Those
    of ``_signal`` below it cost less than one.
    """
    now = _signal.getsignal(_SIGINT)
    if now is PYTHONS_OWN:
        try:
            _signal.signal(_SIGINT, handler)
        except ValueError:  # in an interpreter that is not the main one
            return False
    elif now is not handler:
        return False
    if _public.default_int_handler is PYTHONS_OWN:
        _public.default_int_handler = handler
    return True


def release_sigint(handler: SignalHandler) -> None:
    """Restore Python's own handler, unless the handler was replaced meanwhile."""
    if _public.default_int_handler is handler:
        _public.default_int_handler = PYTHONS_OWN
    if _signal.getsignal(_SIGINT) is handler:
        _signal.signal(_SIGINT, PYTHONS_OWN)


def leave_sigint_to_the_system() -> Callable[[], None]:
    """Let the next Ctrl-C end the process, whatever runs; return a function that undoes that."""
    before = _signal.signal(signal.SIGINT, _signal.SIG_DFL)

    def undo() -> None:
        if _signal.getsignal(signal.SIGINT) == _signal.SIG_DFL:
            _signal.signal(signal.SIGINT, before)

    return undo


def count_other_handlers(note: Callable[[], bool]) -> None:
    """Call a function at each Ctrl-C that ``asyncio.run`` handles.

    Args:
        note: Returns whether to raise `KeyboardInterrupt` in place.
    """
    original = _Runner._on_sigint

    @functools.wraps(original)
    def on_sigint(self: object, signum: int, frame: FrameType | None, main_task: object) -> None:
        if note():
            raise KeyboardInterrupt
        original(self, signum, frame, main_task)

    _Runner._on_sigint = on_sigint


def replace_in_unittest(before: SignalHandler, after: SignalHandler) -> None:
    """Replace the handler that unittest's own (of ``--catch``) calls at the second Ctrl-C, if that is ``before``."""
    handler = getattr(sys.modules.get("unittest.signals"), "_interrupt_handler", None)
    if handler is not None and handler.default_handler is before:
        handler.default_handler = after


def start_thread(function: Callable[[], None]) -> None:
    """Call a function in a thread that is never joined. It is safe in a signal handler: it does not wait for a lock."""
    _start_new_thread(function, ())


def start_waiting_thread(function: Callable[[], None]) -> Callable[[], None]:
    """Start a thread that calls a function when it is told to: Python 3.12 does not start a thread during shutdown.

    Returns:
        The function that tells it to.
    """
    lock: threading.Lock = _allocate_lock()
    lock.acquire()

    def wait() -> None:
        lock.acquire()
        function()

    _start_new_thread(wait, ())
    return lock.release


def call_at_shutdown(function: Callable[[], None]) -> bool:
    """Call a function when the interpreter begins to exit, before it joins threads; return False if it has begun."""
    try:
        _threading._register_atexit(function)
    except RuntimeError:
        return False
    return True


def take_signal(number: int, handler: SignalHandler) -> bool:
    """Handle a signal with a handler if it has none, and return whether that was done."""
    if _signal.getsignal(number) != _signal.SIG_DFL:
        return False
    try:
        _signal.signal(number, handler)
    except ValueError:  # in an interpreter that is not the main one
        return False
    return True


def has_signal(number: int, handler: SignalHandler) -> bool:
    """Return whether a handler still handles a signal."""
    return _signal.getsignal(number) is handler


def release_signal(number: int, handler: SignalHandler) -> None:
    """Restore the default action of a signal, unless the handler was replaced."""
    if has_signal(number, handler):
        _signal.signal(number, _signal.SIG_DFL)


def take_alarm(handler: SignalHandler) -> bool:
    """Handle SIGALRM with a handler if neither the signal nor its timer is used, and return whether that was done."""
    return not has_timer() and take_signal(ALARM, handler)


handler_of: Final[Callable[[int], object]] = _signal.getsignal
"""Returns the handler of a signal."""


def has_timer() -> bool:
    """Return whether the timer that sends SIGALRM is set."""
    return bool(_signal.getitimer(_TIMER)[0])


def stop_timer(interval: float) -> None:
    """Stop the timer of SIGALRM.

    Args:
        interval: The time between two signals of the timer; another timer goes on.
    """
    seconds, again = _signal.setitimer(_TIMER, 0)
    if seconds and abs(again - interval) >= 1e-5:
        _signal.setitimer(_TIMER, seconds, again)


set_timer: Final[Callable[..., object]] = functools.partial(getattr(_signal, "setitimer", int), _TIMER)
"""Sets the timer that sends SIGALRM: the seconds until the first signal, 0 for none, and those between the others."""
