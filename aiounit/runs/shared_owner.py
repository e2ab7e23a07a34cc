"""Keep one loop open from test to test, and end only the leftovers of each test."""

from collections.abc import Callable, Iterable

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars
from aiounit._typing import override
from aiounit.checks import ownership
from aiounit.checks.ownership import Keeper  # noqa: TC001 (beside it)
from aiounit.loops.factory import LoopFactory
from aiounit.loops.owner import LoopOwner

__all__ = ["SharedOwner"]


class SharedOwner(LoopOwner):
    """Keeps its loop open when a test ends.

    Args:
        factory: Makes the loop; None is ``asyncio.new_event_loop``.
        on_open: Called after each new loop is made, such as the one that replaces a loop that a test has closed.
    """

    def __init__(self, factory: LoopFactory | None, on_open: Callable[[], None]) -> None:
        super().__init__(factory)
        self._tell = on_open
        self._test: object = None
        self._default_debug = False
        self.keepers: Callable[[], Iterable[Keeper]] = tuple
        """Returns the scopes around the running test, the widest first."""

    @override
    def open(self) -> asyncio.AbstractEventLoop:
        """Make the loop if there is no open one, make it the current loop of the thread, and return it."""
        if self.is_open:
            self._current.set(self.loop)
            return self.loop
        debug, self._debug = self._debug, None
        loop = super().open()
        self._default_debug = loop.get_debug()
        self.set_debug(debug)
        _stdlib.tasks.tag_tasks(loop)
        self._tell()
        return loop

    @override
    def promise(self, on_open: Callable[[asyncio.AbstractEventLoop], None]) -> bool:
        """Return False: the loop may be open already, and hold what belongs to the scopes around the test."""
        return False

    def set_debug(self, debug: bool | None) -> None:
        """Set the debug mode of the loop for the next test; None is the mode that it had when it was made."""
        self._debug = debug
        if self.is_open:
            self.loop.set_debug(self._default_debug if debug is None else debug)

    def begin(self, context: contextvars.Context) -> None:
        """Begin a test: the tasks that are created in its context from now on belong to it."""
        self._test = object()
        context.run(ownership.owner.set, self._test)

    @override
    def finish(self) -> list[BaseException]:
        loop = self.loop
        errors = self._current.check(loop) + ownership.end_tasks(loop, self._test, self.keepers())
        self.leave()
        return errors

    @override
    def leave(self) -> None:
        self._current.unset()

    @override
    def shut(self) -> list[BaseException]:
        self.open()
        return super().shut()
