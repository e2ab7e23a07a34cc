"""Ring an alarm outside the loop: at a moment, whatever the watched thread does at that time.

In the main thread the alarm uses SIGALRM, which costs next to nothing and also interrupts blocking C calls. If the
process uses that signal for itself, a thread keeps the time and sends another signal. In any other thread, and on
Windows, there is only the thread.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType
from typing import ClassVar, Final

from aiounit import _stdlib
from aiounit._real import contextlib, math, signal, threading, time
from aiounit._typing import Protocol
from aiounit.exceptions import TimeoutFailure
from aiounit.limits.own_threads import MAIN, OwnThread, interrupt_after_fork

__all__ = ["Alarm", "Interrupt", "KnockAlarm", "SignalAlarm", "ThreadAlarm"]

# How long, in seconds, the thread of an alarm waits for the next test before it ends.
_IDLE: Final = 1.0

# How long, in seconds, until a signal is sent again. A signal just before a blocking C call does not interrupt it, and
# Python only handles it after the call.
_AGAIN: Final = 0.1

# The longest time of a timer, in seconds: the system refuses very long ones. An alarm that rings early is set again.
_LONGEST: Final = 86_400.0

# Windows has none of the signals.
_HAS_SIGNALS: Final = hasattr(signal, "setitimer")

# A signal that is hardly ever used: it belongs to a timer of the processor time of a process.
_KNOCK: Final = getattr(signal, "SIGVTALRM", 0)


class Interrupt(BaseException):
    """Interrupts the user's code. It is not an `Exception`, so that only a handler for all exceptions catches it."""

    failure: ClassVar[TimeoutFailure | None] = None
    """The failure to report. Each has a class of its own: only a class can be raised in another thread."""

    def __reduce__(self) -> tuple[type[BaseException], tuple[()]]:
        """Pickle as a plain interrupt: the context of a user's error may be one, and may go to another process."""
        return Interrupt, ()


Ring = Callable[[FrameType | None], type[Interrupt] | None]


class Alarm(Protocol):
    """Calls a function at a moment with the frame of the watched thread, and raises its result there."""

    lock: AbstractContextManager[object, bool | None]
    """Held while the function is called."""

    @property
    def is_sound(self) -> bool:
        """Whether it can still ring."""
        ...

    def set(self, moment: float) -> None:
        """Ring at a moment of `time.monotonic`, if it does not ring earlier."""

    def stop(self) -> None:
        """Stop the alarm."""


def _bounded(seconds: float) -> float:
    return min(max(seconds, 1e-6), _LONGEST)


class SignalAlarm:
    """An alarm for the main thread.

    Args:
        ring: The function to call when it rings.
    """

    def __init__(self, ring: Ring) -> None:
        self.lock: AbstractContextManager[object, bool | None] = contextlib.nullcontext()
        self._ring = ring
        self._moment = math.inf
        self._handler = self._on_signal  # always the same object
        self._is_ringing = False

    def start(self) -> bool:
        """Take SIGALRM and its timer, and return whether they were free."""
        return _HAS_SIGNALS and threading.get_ident() == MAIN[0] and _stdlib.signals.take_alarm(self._handler)

    @property
    def is_sound(self) -> bool:
        """Whether the handler and the timer are still set: a test may have replaced them."""
        has_handler = _stdlib.signals.handler_of(_stdlib.signals.ALARM) is self._handler
        return has_handler and (self._moment == math.inf or _stdlib.signals.has_timer())

    def set(self, moment: float) -> None:
        """Ring at a moment of `time.monotonic`, if it does not ring earlier."""
        if moment < self._moment:
            self._moment = moment
            seconds = moment - time.monotonic()
            _stdlib.signals.set_timer(seconds if 1e-6 < seconds < _LONGEST else _bounded(seconds), _AGAIN)

    def stop(self) -> None:
        """Give SIGALRM and its timer back."""
        if self._moment < math.inf:
            self._moment = math.inf
            # Also if a test has taken the signal: the timer would call the handler of the test, or kill the process.
            _stdlib.signals.stop_timer(_AGAIN)
        _stdlib.signals.release_signal(_stdlib.signals.ALARM, self._handler)

    def _on_signal(self, _signum: int, frame: FrameType | None) -> None:
        if self._is_ringing:
            return  # it rings again
        self._is_ringing = True
        try:
            self._moment = math.inf
            error = self._ring(frame)
            if self._moment == math.inf:
                _stdlib.signals.set_timer(0)
        except RecursionError:  # a recursion has left no room on the stack: it rings again
            return
        finally:
            self._is_ringing = False
        if error is not None:
            raise error


class ThreadAlarm:
    """An alarm for the thread that makes it, which may be any. It has a thread of its own, which ends when it is idle.

    Args:
        ring: The function to call when it rings, in the thread of the alarm.
    """

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._watched = threading.get_ident()
        self._moment = math.inf
        self._changing = threading.RLock()
        self.lock: AbstractContextManager[object, bool | None] = self._changing
        self._thread: OwnThread | None = None
        self._has_raised = False

    @property
    def is_sound(self) -> bool:
        """Always true: a test cannot take the thread."""
        return True

    def set(self, moment: float) -> None:
        """Ring at a moment of `time.monotonic`, if it does not ring earlier."""
        with self._changing:
            if moment >= self._moment:
                return
            self._moment = moment
            if self._thread is None:
                self._thread = OwnThread(self._watch, self._ends_before_fork)
                self._thread.start()
            elif self._thread.ident != threading.get_ident():
                self._thread.bell.ring()

    def stop(self) -> None:
        """Stop the alarm; the thread ends by itself."""
        with self._changing:
            self._moment = math.inf

    def take_back(self) -> None:
        """Take back an exception that was raised in the watched thread and has not arrived."""
        while self._has_raised:
            with contextlib.suppress(Interrupt):  # it may arrive right here
                self._has_raised = False
                _stdlib.interpreter.take_back()

    def _watch(self, thread: OwnThread) -> None:
        while True:
            is_told = thread.bell.wait(self._patience())
            with self._changing:
                if thread.is_ending or not (is_told or self._moment < math.inf):
                    self._thread = None
                    return
                if self._moment <= time.monotonic():
                    self._moment = math.inf
                    self._wake()

    def _ends_before_fork(self) -> bool:
        return self._moment == math.inf

    def _patience(self) -> float:
        return _IDLE if self._moment == math.inf else min(self._moment - time.monotonic(), _LONGEST)

    def _wake(self) -> None:
        error = self._ring(_stdlib.frames.current_frames().get(self._watched))
        if error is not None:
            self._has_raised = True
            _stdlib.interpreter.raise_in_thread(self._watched, error)


class KnockAlarm(ThreadAlarm):
    """An alarm for the main thread of a process that uses SIGALRM or its timer for itself.

    A thread keeps the time and sends another signal, which also interrupts blocking C calls.

    Args:
        ring: The function to call when it rings, in the main thread.
    """

    def __init__(self, ring: Ring) -> None:
        super().__init__(ring)
        self.lock: AbstractContextManager[object, bool | None] = contextlib.nullcontext()
        self._handler = self._on_signal  # always the same object

    def start(self) -> bool:
        """Take the signal, and return whether it was free."""
        is_in_main_thread = threading.get_ident() == MAIN[0]
        return _HAS_SIGNALS and is_in_main_thread and _stdlib.signals.take_signal(_KNOCK, self._handler)

    @property
    def is_sound(self) -> bool:
        """Whether the handler is still set."""
        return _stdlib.signals.has_signal(_KNOCK, self._handler)

    def stop(self) -> None:
        """Give the signal back; the thread ends by itself."""
        super().stop()
        self.give_back()

    def give_back(self) -> None:
        """Give the signal back without the thread, which may have ended."""
        _stdlib.signals.release_signal(_KNOCK, self._handler)

    def _ends_before_fork(self) -> bool:
        if self._moment < math.inf and self.is_sound:
            interrupt_after_fork(_KNOCK)  # the handler sets the alarm again, which starts the thread
            return True
        return super()._ends_before_fork()

    def _wake(self) -> None:
        self._moment = time.monotonic() + _AGAIN
        signal.pthread_kill(self._watched, _KNOCK)

    def _on_signal(self, _signum: int, frame: FrameType | None) -> None:
        before, self._moment = self._moment, math.inf
        try:
            error = self._ring(frame)
        except RecursionError:  # as above
            self._moment = before
            return
        if error is not None:
            raise error
