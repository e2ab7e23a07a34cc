"""Own an event loop: make it, make it the current one of the thread, and close it in bounded time."""

from collections.abc import Callable, Collection

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.limits import deadline, watchdog
from aiounit.limits.budgets import Phase
from aiounit.limits.deadline import Deadline
from aiounit.loops import closing
from aiounit.loops.executor import DaemonExecutor
from aiounit.loops.factory import CurrentLoop, LoopFactory, check_not_nested, make_loop
from aiounit.loops.handover import LoopLost

__all__ = ["LoopOwner"]


class LoopOwner:
    """Owns the loop of one test. Coroutines run on it through a `Driver`.

    Args:
        factory: The loop factory; None for ``asyncio.new_event_loop``.
        debug: The loop's debug mode; None for the loop's own default.
    """

    __slots__ = ("_current", "_debug", "_executor", "_factory", "_loop", "_on_open", "is_broken", "ready")

    def __init__(self, factory: LoopFactory | None, *, debug: bool | None = None) -> None:
        self._factory = factory
        self._debug = debug
        self._loop: asyncio.AbstractEventLoop | None = None
        self._executor: DaemonExecutor | None = None
        self._on_open: Callable[[asyncio.AbstractEventLoop], None] | None = None
        self._current = CurrentLoop(keeps_policy=factory is None)
        self.is_broken = False
        """Whether the loop itself raised an error when it ran last."""
        self.ready: Collection[object] = ()
        """The calls of the loop's next iteration; empty if the loop is closed or broken."""

    def open(self) -> asyncio.AbstractEventLoop:
        """Make the loop, make it the current one of the thread, and return it.

        Raises:
            LoopError: A loop is already running in this thread, or the factory returned something other than a new
                loop.
        """
        if self._on_open is None:  # if it was promised, it was checked then
            check_not_nested()
        if self._factory is None:
            loop = make_loop(None)
        else:
            with deadline.bounded(Deadline(None), watchdog.current().budget(Phase.SET_UP), "loop_factory"):
                loop = make_loop(self._factory)
        if self._debug is not None:
            loop.set_debug(self._debug)
        if type(loop) is not _stdlib.recycled.KIND:
            self._executor = DaemonExecutor()
            _stdlib.loops.set_default_executor(loop, self._executor)
        self._current.set(loop)
        self._loop = loop
        self.is_broken = False
        self.ready = _stdlib.loops.ready_calls(loop)
        on_open, self._on_open = self._on_open, None
        if on_open is not None:
            on_open(loop)
        return loop

    def promise(self, on_open: Callable[[asyncio.AbstractEventLoop], None]) -> bool:
        """Have the loop opened when something uses it, or asks for the current event loop.

        Args:
            on_open: Called with the loop.

        Returns:
            Whether that is possible. If not, the loop has to be opened.

        Raises:
            LoopError: A loop is already running in this thread.
        """
        check_not_nested()
        if not self._current.promise(self.open):
            return False
        self._on_open = on_open
        return True

    @property
    def is_open(self) -> bool:
        """Whether there is a loop that has not been closed, or will be one as soon as it is used."""
        loop = self._loop
        return self._on_open is not None if loop is None else not _stdlib.loops.is_closed(loop)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop.

        Raises:
            RuntimeError: It is closed, or not open yet.
        """
        if self._loop is None:
            if self._on_open is None:
                raise RuntimeError("the loop is closed")
            return self.open()
        return self._loop

    def check_open(self) -> None:
        """Raise `LoopLost` if something has closed the loop."""
        if not self.is_open:
            raise LoopLost

    def note_broken(self, *, is_broken: bool) -> None:
        """Record whether the loop itself raises errors. If so, no coroutine can run on it.

        Args:
            is_broken: Whether it does.
        """
        self.is_broken = is_broken
        self.ready = () if is_broken else _stdlib.loops.ready_calls(self.loop)

    def finish(self) -> list[BaseException]:
        """End everything that the test has left on the loop, in bounded time, and release the loop.

        A subclass for a shared loop leaves it open; here it is closed.

        Returns:
            The errors of cancelled tasks, an error for a replaced current loop, and the errors for abandoned tasks,
            generators and jobs.
        """
        loop = self._loop
        errors = self._current.check(loop)
        if loop is not None:
            errors += closing.close(loop, self._executor, is_told=self.is_broken)
            self._loop, self.ready = None, ()
        self._on_open = None
        self._current.unset()
        return errors

    def leave(self) -> None:
        """Release the loop at the end of the test, without waiting for anything on it; here it is closed."""
        self.drop()

    def shut(self) -> list[BaseException]:
        """Close the loop and everything on it, in bounded time, and return the errors as `finish` does."""
        return LoopOwner.finish(self)

    def drop(self) -> None:
        """Close the loop at once, without waiting for anything on it. Do nothing if it is closed."""
        loop, self._loop, self.ready = self._loop, None, ()
        self._on_open = None
        self._current.unset()
        if loop is None or _stdlib.loops.is_closed(loop):
            return
        for task in asyncio.all_tasks(loop):
            closing.keep(task)  # not closed: a coroutine that swallows every exception would loop for ever
        loop.close()


_stdlib.recycled.make_executors(DaemonExecutor)
