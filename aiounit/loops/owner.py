"""Own an event loop: make it, make it the current one of the thread, and close it in bounded time."""

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars
from aiounit.limits import deadline, watchdog
from aiounit.limits.budgets import Phase
from aiounit.limits.deadline import Deadline
from aiounit.loops import closing
from aiounit.loops.executor import DaemonExecutor
from aiounit.loops.factory import CurrentLoop, LoopFactory, make_loop
from aiounit.loops.handover import LoopLost

__all__ = ["LoopOwner"]


class LoopOwner:
    """Owns the loop of one test.

    It knows nothing of the coroutines that run there: each has a `Driver`.

    Args:
        factory: Makes the loop; None is ``asyncio.new_event_loop``.
        debug: The loop's debug mode; None leaves the loop's own default.
    """

    def __init__(self, factory: LoopFactory | None, *, debug: bool | None = None) -> None:
        self._factory = factory
        self._debug = debug
        self._loop: asyncio.AbstractEventLoop | None = None
        self._current = CurrentLoop(keeps_policy=factory is None)
        self.is_broken = False
        """Whether the loop itself raised an error when it ran last."""

    def begin(self, context: contextvars.Context) -> None:
        """Note that a test begins, before the loop is opened for it.

        Args:
            context: The context that the test runs in.
        """

    def open(self) -> None:
        """Make the loop and make it the current one of the thread.

        Raises:
            LoopError: A loop runs in this thread already, or the factory made something that can't be used.
        """
        if self._factory is None:
            loop = make_loop(None)
        else:
            with deadline.bounded(Deadline(None), watchdog.current().budget(Phase.SET_UP), "loop_factory"):
                loop = make_loop(self._factory)
        if self._debug is not None:
            loop.set_debug(self._debug)
        self._executor = DaemonExecutor()
        _stdlib.loops.set_default_executor(loop, self._executor)
        self._current.set(loop)
        self._loop = loop
        self.is_broken = False

    @property
    def is_open(self) -> bool:
        """Whether there is a loop that has not been closed."""
        return self._loop is not None and not _stdlib.loops.is_closed(self._loop)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop.

        Raises:
            RuntimeError: It is closed, or not open yet.
        """
        if self._loop is None:
            raise RuntimeError("the loop is closed")
        return self._loop

    def check_open(self) -> None:
        """Raise `LoopLost` if something has closed the loop."""
        if not self.is_open:
            raise LoopLost

    def has_ready(self) -> bool:
        """Tell whether there is a loop with something to call at its next iteration."""
        return self._loop is not None and not self.is_broken and _stdlib.loops.has_ready(self._loop)

    def finish(self) -> list[BaseException]:
        """End what the test has left on the loop, in bounded time; a loop of its own is closed.

        Returns:
            What went wrong: errors of tasks while they were cancelled, a loop that was replaced, what did not end.
        """
        return self.shut()

    def leave(self) -> None:
        """Leave the loop, because the test is over: one of its own is closed at once, whatever is left on it."""
        self.drop()

    def shut(self) -> list[BaseException]:
        """Close the loop in bounded time, with all that was left on it, and return what went wrong."""
        errors = self._current.check(self.loop)
        errors += closing.close(self.loop, self._executor, is_told=self.is_broken)
        self.drop()
        return errors

    def drop(self) -> None:
        """Close the loop at once, whatever is left on it; does nothing if it is closed."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        self._current.unset()
        if _stdlib.loops.is_closed(loop):
            return
        for task in asyncio.all_tasks(loop):
            closing.keep(task)  # what swallows cancellations would spin if it were closed
        loop.close()
