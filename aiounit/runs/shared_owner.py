"""Keep one loop open from test to test, and end only what each test has left on it."""

from collections.abc import Callable, Iterable

from typing_extensions import override

from aiounit import _stdlib
from aiounit._real import contextvars
from aiounit.checks import ownership
from aiounit.checks.ownership import Keeper  # noqa: TC001 (beside it)
from aiounit.loops.factory import LoopFactory
from aiounit.loops.owner import LoopOwner

__all__ = ["SharedOwner"]


class SharedOwner(LoopOwner):
    """Keeps its loop open when a test ends.

    Args:
        factory: Makes the loop; None is ``asyncio.new_event_loop``.
        on_open: Is called when a loop was made: also in place of one that a test has closed.
    """

    def __init__(self, factory: LoopFactory | None, on_open: Callable[[], None]) -> None:
        super().__init__(factory)
        self._on_open = on_open
        self._test: object = None
        self._default_debug = False
        self.keepers: Callable[[], Iterable[Keeper]] = tuple
        """Returns the scopes around the test that runs, the widest first."""

    @override
    def open(self) -> None:
        """Make the loop if there is none, and make it the current one."""
        if self.is_open:
            self._current.set(self.loop)
            return
        debug, self._debug = self._debug, None
        super().open()
        self._default_debug = self.loop.get_debug()
        self.set_debug(debug)
        _stdlib.tasks.tag_tasks(self.loop)
        self._on_open()

    def set_debug(self, debug: bool | None) -> None:
        """Say which debug mode the loop is to have for the next test; None is the one that it had when it was made."""
        self._debug = debug
        if self.is_open:
            self.loop.set_debug(self._default_debug if debug is None else debug)

    @override
    def begin(self, context: contextvars.Context) -> None:
        """Take the tasks that are made in a context for those of the test that begins."""
        self._test = object()
        context.run(ownership.owner.set, self._test)

    @override
    def finish(self) -> list[BaseException]:
        return self._current.check(self.loop) + ownership.end_tasks(self.loop, self._test, self.keepers())

    @override
    def leave(self) -> None:
        self._current.unset()

    @override
    def shut(self) -> list[BaseException]:
        self.open()
        return super().shut()
