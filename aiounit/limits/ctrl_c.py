"""Handle Ctrl-C: the first ends the test and the run in order, the second ends everything at once.

The handler replaces Python's own while aiounit runs a test or a fixture, or closes resources, and other code takes it
for Python's own. The second Ctrl-C raises `KeyboardInterrupt` in place. If code suppresses that or never returns, so
that control does not leave aiounit within a moment, the process ends as it would without a handler.
"""

from collections.abc import Callable
from types import FrameType
from typing import Final

from aiounit import _stdlib
from aiounit._real import contextlib, os, signal, sys, threading, time
from aiounit._typing import Protocol
from aiounit.limits.own_threads import MAIN

__all__ = ["Target", "begin", "check", "forget", "is_over", "leave", "note", "release", "take"]

Undo = Callable[[], None]

# How long the second Ctrl-C may take, in seconds: several naps, because a busy machine delays naps and tests alike.
_NAP: Final = 0.08
_NAPS: Final = 9


class Target(Protocol):
    """A run that can be interrupted in order."""

    def take_ctrl_c(self) -> bool:
        """Cancel the running code because of a first Ctrl-C, and return whether that is possible."""
        ...


class _State:
    """The state of the process."""

    def __init__(self) -> None:
        self.targets: list[Target | None] = []
        self.presses = 0
        self.is_over = False
        self.is_leaving = False
        self.end: object = None
        self.undo: Undo | None = None
        self.leave: Callable[[], None] | None = None
        self.counts_others = False
        self.is_in_unittest = False


_state: Final = _State()


def take(target: Target | None = None) -> None:
    """Handle Ctrl-C until `release`; do nothing outside the main thread.

    Args:
        target: The run that the first Ctrl-C interrupts; None to raise `KeyboardInterrupt` in place.
    """
    if threading.get_ident() != MAIN[0]:
        return
    targets = _state.targets
    targets.append(target)
    if _state.is_over:
        _arm()
    elif len(targets) > 1:
        return  # it is handled already
    elif not _stdlib.signals.take_sigint(_on_sigint):
        _stdlib.signals.replace_in_unittest(_stdlib.signals.PYTHONS_OWN, _on_last_sigint)
        _state.is_in_unittest = True
    if not _state.counts_others:
        _state.counts_others = True
        _stdlib.signals.count_other_handlers(_count)


def release() -> None:
    """Undo `take`; the outermost call gives Ctrl-C back."""
    targets = _state.targets
    if threading.get_ident() != MAIN[0] or not targets:  # a forked process has none
        return
    targets.pop()
    if targets:
        return
    if not _state.is_leaving:
        _state.end = None
    if _state.undo is not None:
        _state.undo()
        _state.undo = None
    if _state.is_over or not _state.presses:
        _give_back()  # else the next Ctrl-C is the second, even between two tests or at the end of the run


def _give_back() -> None:
    _stdlib.signals.release_sigint(_on_sigint)
    if _state.is_in_unittest:
        _state.is_in_unittest = False
        _stdlib.signals.replace_in_unittest(_on_last_sigint, _stdlib.signals.PYTHONS_OWN)


def begin() -> None:
    """Reset the count, because a test begins, unless it runs inside another."""
    if not _state.targets and (_state.presses or _state.is_over):
        forget()
        _state.is_over = False


def forget() -> None:
    """Reset the count, because the run has ended."""
    _state.presses = 0
    if not _state.targets:
        _give_back()


def note() -> None:
    """Count a first Ctrl-C that other code has handled."""
    _state.presses = max(_state.presses, 1)


def is_over() -> bool:
    """Return whether everything has to end at once: then nothing else is run, awaited or closed."""
    return _state.is_over and threading.get_ident() == MAIN[0]


def check() -> None:
    """Raise `KeyboardInterrupt` again if code has suppressed that of the second Ctrl-C."""
    if _state.is_over and is_over():
        raise KeyboardInterrupt


def leave() -> None:
    """End the process as Ctrl-C does by default, after the output has been flushed."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    _stdlib.signals.leave_sigint_to_the_system()
    os.kill(os.getpid(), signal.SIGINT)


def _on_sigint(_signum: int, frame: FrameType | None) -> None:
    if frame is None:  # a call of the function that is taken for Python's own handler, without a signal
        raise KeyboardInterrupt
    target = _state.targets[-1] if _state.targets else None
    if _count() or target is None or not target.take_ctrl_c():
        raise KeyboardInterrupt


def _on_last_sigint(_signum: int, _frame: FrameType | None) -> None:
    """Handle the second Ctrl-C in place of unittest's own handler, which has handled the first."""
    note()
    _count()
    raise KeyboardInterrupt


def _count() -> bool:
    """Count a Ctrl-C, and return whether it ends everything."""
    if _state.targets or _state.presses:
        _state.presses += 1
    if _state.presses > 1 and not _state.is_over:
        _end()
    return _state.is_over


def _end() -> None:
    _state.is_over = True
    _state.is_leaving = not _stdlib.signals.call_at_shutdown(_leave)
    if not _state.is_leaving and _state.leave is None:
        _state.leave = _stdlib.signals.start_waiting_thread(lambda: _end_soon(_state.end))
    if _state.targets:
        _arm()


def _leave() -> None:
    """End the process soon: the interpreter is about to join threads, and then to call exit handlers."""
    if _state.is_over and _state.leave is not None:
        _state.is_leaving = True
        _prepare()
        _state.leave()
        _state.leave = None
        _flush()


def _arm() -> None:
    """End the process unless control leaves aiounit within a moment."""
    if _state.is_leaving and _state.end is not None:
        return  # the process is about to end, and 3.12 does not start a thread then
    end = _prepare()
    with contextlib.suppress(RuntimeError):  # of 3.12, if the second comes while the interpreter exits
        _stdlib.signals.start_thread(lambda: _end_soon(end))


def _prepare() -> object:
    if _state.undo is None:
        _state.undo = _stdlib.signals.leave_sigint_to_the_system()
    _state.end = end = object()
    return end


def _end_soon(end: object) -> None:
    for _ in range(_NAPS):
        time.sleep(_NAP)
        if _state.end is not end:
            return
    _kill()


def _kill() -> None:
    """End the process from another thread; the main thread runs code that does not end."""
    with contextlib.suppress(OSError):
        os.write(2, b"aiounit: ended by the second Ctrl-C, which the code under way had swallowed or kept waiting\n")
    with contextlib.suppress(RuntimeError):  # of 3.12, while the interpreter exits: the output is flushed by then
        _stdlib.signals.start_thread(_flush)
    time.sleep(_NAP)
    os.kill(os.getpid(), signal.SIGINT)  # which has its default action by now


def _flush() -> None:
    """Flush the output, in a thread of its own: another may hold the lock of the stream."""
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
        with contextlib.suppress(Exception):
            stream.flush()


def _begin_after_fork() -> None:
    """Leave Ctrl-C to Python in a forked process, where aiounit does not run a test."""
    kept = _state.counts_others, _state.is_in_unittest
    _state.__init__()  # type: ignore[misc] # as in a new process
    _state.counts_others, _state.is_in_unittest = kept
    _give_back()


if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has none)
    os.register_at_fork(after_in_child=_begin_after_fork)
