"""Keep one loop open from test to test, and end on it only what the test has left."""

from collections.abc import Callable, Iterable

from aiounit import _stdlib
from aiounit._real import contextvars
from aiounit.checks import ownership
from aiounit.checks.ownership import Keeper  # noqa: TC001 (beside it)
from aiounit.loops.factory import LoopFactory
from aiounit.loops.host import LoopHost

__all__ = ["SharedHost"]


class SharedHost(LoopHost):
    """A host whose loop stays when a test ends."""

    def __init__(self, factory: LoopFactory | None, on_open: Callable[[], None]) -> None:
        super().__init__(factory)
        self._on_open = on_open
        self._test: object = None
        self._default_debug = False
        self.keepers: Callable[[], Iterable[Keeper]] = tuple
        """Returns the scopes around the test that runs, the widest first."""

    def open(self) -> None:
        """Make the loop if there is none, and make it the current one."""
        if self.is_open:
            self._current.set(self.get_loop())
            return
        debug, self._debug = self._debug, None
        super().open()
        self._default_debug = self.get_loop().get_debug()
        self.set_debug(debug)
        _stdlib.tasks.tag_tasks(self.get_loop())
        self._on_open()

    def set_debug(self, debug: bool | None) -> None:
        """Say which debug mode the loop is to have for the next test; None is the one that it had when it was made."""
        self._debug = debug
        if self.is_open:
            self.get_loop().set_debug(self._default_debug if debug is None else debug)

    def begin(self, context: contextvars.Context) -> None:
        """Take the tasks that are made in a context for those of the test that begins."""
        super().begin(context)
        self.interrupted = False
        self._test = object()
        context.run(ownership.owner.set, self._test)

    def finish(self) -> list[BaseException]:
        """End what the test has left on the loop; the loop stays."""
        loop = self.get_loop()
        return self._current.check(loop) + ownership.end_tasks(loop, self._test, self.keepers())

    def close(self) -> None:
        """Leave the loop to the next test."""
        self._current.unset()

    def drop(self) -> None:
        """Close the loop at once, with whatever is left on it."""
        super().close()

    def shut(self) -> list[BaseException]:
        """Close the loop in bounded time, and return what went wrong."""
        self.open()
        errors = super().finish()
        super().close()
        return errors
