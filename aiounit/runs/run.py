"""Keep the state of a run: its shared loops, its findings and its end.

Each thread has a run, and so has a test that runs other tests. The context of a test or a fixture tells its run.
"""

from typing import TYPE_CHECKING, Final

from aiounit._later import Later
from aiounit._real import contextvars, threading
from aiounit.checks import interception, reporting
from aiounit.checks.ledger import Ledger
from aiounit.limits import ctrl_c
from aiounit.loops.factory import LoopFactory
from aiounit.runs.endings import Ending
from aiounit.runs.errors import print_all

if TYPE_CHECKING:
    from aiounit.runs import shared_loop as loops
    from aiounit.runs.shared_loop import SharedLoop
else:
    loops = Later("aiounit.runs.shared_loop", globals())

__all__ = ["Run", "RunningTest", "current_run", "latest_run"]


class Run:
    """One run of tests in one thread.

    Attributes:
        ledger: The findings that outlive their test.
        ending: Closes the run when it ends.
    """

    def __init__(self) -> None:
        self._loops: dict[object, SharedLoop] = {}
        self.ledger = Ledger()
        self.ending = Ending(self)

    def is_between_tests(self) -> bool:
        """Return whether the running code belongs to this run, but not to one of its tests.

        unittest keeps module cleanups in a global list, so a nested run, or a run in another thread, triggers those of
        this run as well.
        """
        return current_run() is self

    def loop(self, key: object, factory: LoopFactory | None) -> "SharedLoop":
        """Return the shared loop of a loop factory.

        Args:
            key: Identifies the factory.
            factory: Makes the loop when it is needed; None is ``asyncio.new_event_loop``.
        """
        if key not in self._loops:
            self._loops[key] = loops.SharedLoop(factory, self.ledger, self.is_between_tests)
        return self._loops[key]

    def close_module(self, name: str) -> None:
        """Close everything of a module, and raise the errors."""
        for loop in self._loops.values():
            loop.close_module(name)

    def end_in(self, outer: "Run") -> None:
        """Close everything of a run whose test has ended, and pass its findings to the run around it."""
        print_all(self._close_loops())
        self.ledger.bequeath(outer.ledger)

    def close(self) -> list[BaseException]:
        """Close all shared loops, and return the errors and the findings of the checks."""
        errors = self._close_loops()
        ctrl_c.forget()
        errors += reporting.end_run(self.ledger)
        interception.take_out()
        return errors

    def _close_loops(self) -> list[BaseException]:
        self.ending.forget()
        ctrl_c.take()
        try:
            errors = [error for loop in self._loops.values() for error in loop.close_all()]
        finally:
            ctrl_c.release()
        self._loops = {}
        return errors


class RunningTest:
    """A running test, and the run that it has started itself, if any.

    Args:
        run: The run that the test belongs to.
        context: The context of the test. Code that runs in it and in this thread belongs to the test.
    """

    __slots__ = ("_ident", "inner", "run")

    def __init__(self, run: Run, context: contextvars.Context) -> None:
        self.run = run
        self.inner: Run | None = None
        self._ident = threading.get_ident()
        context.run(_test.set, self)

    def is_here(self) -> bool:
        """Return whether this is the thread of the test: another thread may run in a copy of its context."""
        return self._ident == threading.get_ident()


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.run = Run()


_of_thread: Final = _OfThread()
_test: Final[contextvars.ContextVar[RunningTest | None]] = contextvars.ContextVar("aiounit.test", default=None)


def current_run() -> Run:
    """Return the run for a test that starts now: in a running test, that is a nested run."""
    test = _test.get()
    if test is None or not test.is_here():
        return _of_thread.run
    if test.inner is None:
        test.inner = Run()
    return test.inner


def latest_run() -> Run:
    """Return the run that began last, which is the one that the calling test or fixture belongs to."""
    test = _test.get()
    if test is None or not test.is_here():
        return _of_thread.run
    return test.inner or test.run
