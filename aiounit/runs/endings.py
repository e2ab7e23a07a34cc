"""Find out when a run ends, which hosts say in different ways, and close it and report what went wrong then."""

import types
from collections.abc import Callable
from typing import Any, Protocol

from aiounit import _stdlib
from aiounit._real import atexit, functools, sys
from aiounit.checks import reporting
from aiounit.checks.ledger import Ledger
from aiounit.introspect import tracebacks
from aiounit.limits import ctrl_c
from aiounit.runs import exit_status
from aiounit.runs.errors import print_all, raise_all

__all__ = ["Ending"]

__unittest = True  # as in _stdlib: module cleanups are called here, and their errors raised


class Run(Protocol):
    """A run that is closed here."""

    ledger: Ledger

    def is_between_tests(self) -> bool:
        """Tell whether the code that runs now belongs to the run, and to none of its tests."""
        ...

    def close(self) -> list[BaseException]:
        """Close everything, and return what went wrong."""
        ...

    def close_module(self, name: str) -> None:
        """Close all of a module; raise what went wrong."""


class Ending:
    """The end of a run.

    Args:
        run: The run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ends: list[object] = []

    def end_with(self, result: Any) -> None:
        """Close everything when the run of a result ends.

        unittest's runner says so to the result. In pytest the result of a test is a node of a tree, and what lives
        longer ends with the nodes around it. In the workers of green and Django, and with nose2, the result is not
        told, but the outermost suite calls module cleanups at its end. With anything else, the end of the process has
        to do.

        Args:
            result: The result of a test; None is none.
        """
        if self._ends and self._ends[-1] is result:
            return  # as with the test before
        if not self._ends:
            atexit.register(self.close_at_exit)
        if hasattr(result, "listchain"):
            session, *nodes = result.listchain()
            self._end_with(session, session.addfinalizer, functools.partial(self._finish, session.config))
            for node in nodes:
                if isinstance(getattr(node, "obj", None), types.ModuleType):
                    self._end_with(node, node.addfinalizer, functools.partial(self._close_module, node))
        elif _stdlib.suites.is_in_suite(result) and (exit_status.is_worker() or not hasattr(result, "stopTestRun")):
            self._end_with(result, self._await_module, result)
        elif hasattr(result, "stopTestRun"):
            self._end_with(result, self._wrap_stop, result)
        else:
            self._end_with(None)

    def _end_with(self, end: object, prepare: Callable[[Any], object] = bool, argument: object = None) -> None:
        if not any(end is each for each in self._ends):
            self._ends.append(end)
            prepare(argument)

    def _wrap_stop(self, result: Any) -> None:
        result.stopTestRun = functools.partial(self._stop, result, result.stopTestRun)

    def _close_module(self, node: Any) -> None:
        """Close what the module of a pytest node holds: pytest knows no module cleanups."""
        self._ends = [each for each in self._ends if each is not node]
        self._run.close_module(node.obj.__name__)

    def _await_module(self, result: Any) -> None:
        _stdlib.cases.add_last_module_cleanup(self._await_cleanups, result)

    def _await_cleanups(self, result: Any) -> None:
        """Come last again: the cleanups that close the module itself were added later."""
        _stdlib.cases.add_last_module_cleanup(self._end_with_suite, result)

    def _end_with_suite(self, result: Any) -> None:
        """Close everything when a module ends and no other follows."""
        if self._run.is_between_tests() and _stdlib.suites.is_at_end(result):
            interrupt = self._report(result)
            reporting.print_summary_at_exit(self._run.ledger)
            if interrupt is not None:
                raise interrupt
        else:  # the next test waits for the end of its own module
            self._ends = [each for each in self._ends if each is not result]

    def _finish(self, config: Any) -> None:
        """Close everything when a session of pytest ends, which prints its failures only then."""
        errors = self._run.close()
        config.add_cleanup(functools.partial(reporting.print_summary, self._run.ledger, None, None))
        raise_all(errors, "closing the run's resources")

    def _stop(self, result: Any, stop: Callable[[], None]) -> None:
        is_interrupted = isinstance(sys.exception(), KeyboardInterrupt)
        if is_interrupted:
            ctrl_c.note()
        interrupt = self._report(result)
        result.stopTestRun = stop
        stop()
        reporting.print_summary(self._run.ledger, result, _stdlib.frames.frame(1))
        if interrupt is not None and not is_interrupted:
            raise interrupt

    def _report(self, result: Any) -> KeyboardInterrupt | None:
        """Close everything, report what went wrong, and return the interrupt that came meanwhile."""
        interrupt = None
        for error in self._run.close():
            tracebacks.trim(error)
            if isinstance(error, KeyboardInterrupt):
                interrupt = error
            else:
                _stdlib.suites.report_of_run(result, error)
        return interrupt

    def close_at_exit(self) -> None:
        """Close everything when no result is left to report to: an error is printed, and fails the process."""
        was_over = ctrl_c.is_over()
        errors = self._run.close()
        if ctrl_c.is_over() and not was_over:
            ctrl_c.leave()
        print_all(errors)
        if errors and not exit_status.is_worker():
            exit_status.fail("the errors above came after the report of the runner")
        reporting.print_summary(self._run.ledger, None, None)

    def forget(self) -> None:
        """Wait for no end any more: the run is closed."""
        atexit.unregister(self.close_at_exit)
        self._ends = []
