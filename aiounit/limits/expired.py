"""Act on code that has timed out, as its `Escalation` decides: report it, cancel it, abandon it or interrupt it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, time
from aiounit._typing import Protocol
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect import tracebacks
from aiounit.introspect.places import Place
from aiounit.limits import escalation, snapshots, user_code
from aiounit.limits.alarms import Interrupt
from aiounit.limits.ejection import Ejection
from aiounit.limits.escalation import Action, Escalation, State

__all__ = ["Expired", "Target", "Thread"]


class Target(Protocol):
    """The code that has a deadline, as seen from outside the loop."""

    @property
    def running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop through which the code can be cancelled now; None while synchronous code runs."""
        ...

    @property
    def task(self) -> asyncio.Task[object] | None:
        """Its task."""
        ...

    def post(self, error: TimeoutFailure) -> None:
        """Receive the failure, once, before any action; called in any thread."""

    def interrupt(self, error: TimeoutFailure) -> None:
        """Cancel the task because of the failure, or cancel it again; called on the loop."""

    def abandon(self, error: TimeoutFailure) -> None:
        """Stop waiting for the task; called on the loop."""


class Thread(Protocol):
    """The thread that the code runs in."""

    ident: int
    scale: float
    lock: AbstractContextManager[object, bool | None]

    @property
    def can_eject(self) -> bool:
        """Whether each line of the thread can be made to raise."""
        ...


class Expired:
    """Code that has timed out.

    There are several routes to it, from gentle to harsh. If its loop runs, a callback cancels the task, and abandons it
    in the end. If the loop is blocked, or synchronous code runs, an `Interrupt` is raised in the frame. If the code
    suppresses that, each of its lines is made to raise one. If all this fails, the sentinel ends the process.

    Args:
        target: The code; None for synchronous code.
        thread: The thread that it runs in.
        complaint: The first words of the failure, such as "the test timed out after 5 s".
        frame: The innermost frame of the thread.
        rearm: Called when the loop has answered, because that changes when to ring next.
    """

    def __init__(
        self,
        target: Target | None,
        thread: Thread,
        complaint: str,
        frame: FrameType | None,
        rearm: Callable[[], None],
    ) -> None:
        self._target = target
        self._thread = thread
        self._complaint = complaint
        self._rearm = rearm
        self._report = self._look(frame)
        self._failure: TimeoutFailure | None = None
        self._ejection: Ejection | None = None
        self._hit: set[asyncio.Task[object]] = set()
        self.escalation = Escalation(time.monotonic(), thread.scale)

    def end(self, *, is_lenient: bool = False) -> TimeoutFailure | None:
        """Take no further action, and return the failure.

        Args:
            is_lenient: Whether to return None if nothing was raised or cancelled. Otherwise code that has ended since
                then has timed out as well: the signal of the alarm itself ends some calls, such as ``signal.pause()``.
        """
        if self._failure is None and not is_lenient:
            self._fail(f" {self._report.place}", self._report.line)
        self.escalation.end()
        if self._ejection is not None:
            self._ejection.end()
        for task in self._hit:
            _stdlib.tasks.silence(task)
            if not task.done():  # its loop has ended, and closing the coroutine may block for ever
                _stdlib.interpreter.keep_for_ever(task)
            elif not task.cancelled():
                task.exception()  # or asyncio would log that the exception was never retrieved
        return self._failure

    @property
    def promise(self) -> float:
        """When the next action is due; the time of the last action if everything has been tried."""
        return self.escalation.promise(can_eject=self._ejection is not None or self._thread.can_eject)

    def ring(self, now: float, frame: FrameType | None) -> type[Interrupt] | None:
        """Take the next action; return the exception to raise in the frame.

        Args:
            now: The time.
            frame: The innermost frame of the thread.
        """
        loop = self._running_loop()
        action = self.escalation.ring(
            now,
            frame,
            has_loop=loop is not None,
            is_safe=lambda: user_code.is_safe(frame, is_in_our_loop=loop is not None),
            can_eject=self._thread.can_eject,
        )
        if action is Action.WAIT:
            return None
        if action is Action.ASK:
            self._note_clean_up(frame)
            with contextlib.suppress(RuntimeError):  # the code has closed its loop
                assert loop is not None
                loop.call_soon_threadsafe(self._answer)
            return None
        kind = self._interrupt(frame)
        if action is Action.EJECT:
            self._ejection = self._ejection or Ejection(kind)
            self._ejection.arm(snapshots.frames_of_user(frame))
        return kind

    def _running_loop(self) -> asyncio.AbstractEventLoop | None:
        return None if self._target is None else self._target.running_loop

    def _look(self, frame: FrameType | None) -> snapshots.Report:
        loop = self._running_loop()
        if self._target is None or loop is None:
            return snapshots.of_thread(frame, self._thread.ident)
        return snapshots.of_loop(loop, self._target.task, frame, self._thread.ident)

    def _fail(self, where: str, line: Place | None) -> TimeoutFailure:
        failure = self._failure = TimeoutFailure(f"{self._complaint}{where}\n\n{self._report.details}".rstrip())
        tracebacks.point_at(failure, line)
        if self._target is not None:
            self._target.post(failure)
        return failure

    def _note_clean_up(self, frame: FrameType | None) -> None:
        """Add a note to the failure that shows where the task is suspended after it was cancelled."""
        if self._failure is not None:
            place, details, _line = self._look(frame)
            when = f"{escalation.GRACE * self._thread.scale:g} s after it was cancelled"
            self._failure.add_note(f"\n{when}, it was {place}\n\n{details}".rstrip())

    def _answer(self) -> None:
        """Cancel or abandon the task. This is a callback, so the loop is not blocked."""
        try:
            self._go_on()
        except Interrupt:  # from the alarm's thread, which has taken the loop for blocked just before this
            asyncio.get_running_loop().call_soon(self._answer)

    def _go_on(self) -> None:
        with self._thread.lock:
            action = self.escalation.answer(time.monotonic())
            if action is Action.WAIT or self._target is None:
                return
            self._rearm()
            failure = self._failure or self._fail(f" {self._report.place}", self._report.line)
            if action is Action.CANCEL:
                self._target.interrupt(failure)
            else:
                self._target.abandon(failure)

    def _interrupt(self, frame: FrameType | None) -> type[Interrupt]:
        if self._failure is None and self.escalation.state is State.ASKED:
            report = snapshots.of_thread(frame, self._thread.ident)
            self._fail(f": the event loop was blocked {report.place}", report.line)
        elif self._failure is None:
            self._fail(f" {self._report.place}", self._report.line)
        self._note_tasks()
        return type("Interrupt", (Interrupt,), {"failure": self._failure})

    def _note_tasks(self) -> None:
        """Record the tasks that the interrupt may end, because their exception would never be retrieved."""
        outer = self._running_loop()
        inner = _stdlib.loops.running_loop()
        if outer is not None:
            self._hit.update(filter(None, [asyncio.current_task(outer)]))
        elif inner is not None:  # run by asyncio.run() in synchronous code
            self._hit.update(asyncio.all_tasks(inner))
