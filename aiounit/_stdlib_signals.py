"""The private names of the standard library about signals.

By the rule of `_stdlib`, each has a test, in tests/test_stdlib_signals.py, and stands nowhere else.
"""

from collections.abc import Callable
from types import FrameType
from typing import Any

from aiounit._real import importlib, signal

_signal: Any = importlib.import_module("_signal")  # the stubs know nothing of it

SignalHandler = Callable[[int, FrameType | None], Any]


def take_sigint(handler: SignalHandler) -> bool:
    """Handle Ctrl-C with ``handler`` if it is Python's own handler that is there now, and tell whether it was.

    The functions of the module ``signal`` turn numbers into enums, which costs a test 16 microseconds on 3.11; those of
    ``_signal`` below it cost less than one.
    """
    if _signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return False
    _signal.signal(signal.SIGINT, handler)
    return True


def release_sigint(handler: SignalHandler) -> None:
    """Put Python's own handler back, unless somebody else has replaced ``handler`` meanwhile."""
    if _signal.getsignal(signal.SIGINT) == handler:
        _signal.signal(signal.SIGINT, signal.default_int_handler)


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


def has_timer(interval: float | None = None) -> bool:
    """Tell whether there is a timer that sends SIGALRM, or one that does so again after an interval."""
    seconds, again = _signal.getitimer(signal.ITIMER_REAL)
    return bool(seconds) and (interval is None or abs(again - interval) < 1e-5)


def set_timer(seconds: float, interval: float = 0.0) -> None:
    """Have SIGALRM sent in so many seconds, and again after each interval; 0 is never."""
    _signal.setitimer(signal.ITIMER_REAL, seconds, interval)
