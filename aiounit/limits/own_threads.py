"""Run threads of aiounit's own, which the code under test does not see.

`threading` does not know them, and they call no function that a test patches. Python warns about a fork in a process
that has threads, so they end before a fork, and start again when they are needed.
"""

import _thread
from collections.abc import Callable
from typing import Final

from aiounit._real import contextlib, functools, itertools, operator, os, signal, threading, time

__all__ = ["MAIN", "Bell", "OwnThread", "idents", "interrupt_after_fork"]

# How long, in seconds, a thread may take to end before a fork; it takes far less than a millisecond.
_PATIENCE: Final = 1.0
_STEP: Final = 0.0001

_allocate_lock: Final = _thread.allocate_lock
_start_new_thread: Final = _thread.start_new_thread
_get_ident: Final = _thread.get_ident
_alive: Final[set["OwnThread"]] = set()
# Which thread is the main one. A list, because in a process that was forked it is another.
MAIN: Final = [threading.main_thread().ident]


class Bell:
    """Wakes the one thread that waits for it, like a ``threading.Event`` that is cleared by the wait."""

    def __init__(self) -> None:
        self._lock = _allocate_lock()
        self._lock.acquire()

    def ring(self) -> None:
        """Wake the thread, or have its next wait return at once."""
        with contextlib.suppress(RuntimeError):  # it has rung, and the thread has not waited yet
            self._lock.release()

    def silence(self) -> None:
        """Take back a ring that the thread has not waited for."""
        self._lock.acquire(blocking=False)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it rings, or for some seconds; return whether it has rung."""
        return self._lock.acquire(timeout=-1 if seconds is None else max(seconds, 0.0))


class OwnThread:
    """A thread that waits most of the time.

    Args:
        body: Runs in the thread, and returns soon after `is_ending` has become true and the bell has rung.
        ends_before_fork: Called before a fork that the standard library would not warn about. Returns whether the
            thread may end; then its user has to start another when it needs one.
    """

    def __init__(self, body: Callable[["OwnThread"], None], ends_before_fork: Callable[[], bool]) -> None:
        self.bell = Bell()
        self.ident: int | None = None
        """The identifier of the thread, once it has begun."""
        self.is_ending = False
        """Whether its body has to return."""
        self.is_over = False
        """Whether its body has returned."""
        self.ends_before_fork = ends_before_fork
        self._body = body
        self._native: int | None = None
        self._over = Bell()

    def start(self) -> None:
        """Start the thread; it may begin later."""
        _alive.add(self)
        _start_new_thread(self._run, ())

    def end(self) -> None:
        """Make the body return, and wait until the thread is gone from the system too."""
        self.is_ending = True
        self.bell.ring()
        if self.is_over or self._over.wait(_PATIENCE):
            deadline = time.monotonic() + _PATIENCE
            while _has_thread(self._native) and time.monotonic() < deadline:
                time.sleep(_STEP)

    def _run(self) -> None:
        self.ident = threading.get_ident()
        self._native = threading.get_native_id()
        try:
            self._body(self)
        finally:
            self.is_over = True
            _alive.discard(self)
            self._over.ring()


def idents() -> set[int]:
    """Return the identifiers of aiounit's own threads."""
    return {thread.ident for thread in list(_alive) if thread.ident is not None}


def interrupt_after_fork(number: int) -> None:
    """Call the Python handler of a signal in the main thread after the current fork.

    Args:
        number: The signal, which is not sent.
    """
    _interrupting[0] = number


def _has_thread(native: int | None) -> bool:
    return native is not None and os.access(f"/proc/self/task/{native}", os.F_OK)


def _begin_after_fork() -> None:
    """Forget all threads in a forked process, which has only the thread that has forked."""
    _alive.clear()
    MAIN[0] = _get_ident()


def _before_fork() -> None:
    """End the threads, unless there are threads of others, which the standard library would warn about anyway."""
    _interrupting[0] = signal.SIGKILL
    if threading.active_count() == 1:
        for thread in list(_alive):
            if thread.ends_before_fork():
                thread.end()


if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has none)
    # Python counts the threads of the process after these hooks. So a thread must not start before the fork has
    # returned, and this must not run a line of Python, because a handler would be called between two lines. SIGKILL
    # never has a handler, so nothing happens.
    _interrupting: Final[list[int]] = [signal.SIGKILL]
    _numbers: Final = map(operator.itemgetter(0), itertools.repeat(_interrupting))
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=functools.partial(next, map(_thread.interrupt_main, _numbers)),
        after_in_child=_begin_after_fork,
    )
