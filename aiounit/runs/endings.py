"""Find out when a run ends, close it, and report the errors of that. Each test runner signals the end differently."""

import types
from collections.abc import Callable
from typing import Any, TypeVar
from unittest import TestResult

from aiounit import _stdlib
from aiounit._real import atexit, functools, sys
from aiounit._typing import Protocol
from aiounit.checks import reporting
from aiounit.checks.ledger import Ledger
from aiounit.introspect import tracebacks
from aiounit.limits import ctrl_c
from aiounit.runs import exit_status
from aiounit.runs.errors import print_all, raise_all

__all__ = ["Ending"]

__unittest = True  # as in _stdlib: module cleanups are called here, and their errors raised


T = TypeVar("T")


class Run(Protocol):
    """A run, as its ending sees it."""

    ledger: Ledger

    def is_between_tests(self) -> bool:
        """Return whether the running code belongs to the run, but not to one of its tests."""
        ...

    def close(self) -> list[BaseException]:
        """Close everything, and return the errors."""
        ...

    def close_module(self, name: str) -> None:
        """Close everything of a module, and raise the errors."""


class _Module(Protocol):
    """The node of a module in pytest's tree."""

    obj: types.ModuleType


class _Config(Protocol):
    """The configuration of pytest."""

    def add_cleanup(self, func: Callable[[], None], /) -> None: ...


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

        - unittest's runner calls ``stopTestRun`` of the result.
        - In pytest the result of a test is a node of a tree. Resources of wider scopes end with the nodes around it.
        - In the workers of green and Django, and with nose2, no method of the result is called at the end. But the
          outermost suite calls the module cleanups at its end.
        - With any other runner, everything is closed when the process ends.

        Args:
            result: The result of a test, or None if there is no result.
        """
        if self._ends and self._ends[-1] is result:
            return  # the usual case: the test before had the same result
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
            self._end_with(None, bool, None)  # `close_at_exit` is registered

    def _end_with(self, end: object, prepare: Callable[[T], object], argument: T) -> None:
        if not any(end is each for each in self._ends):
            self._ends.append(end)
            prepare(argument)

    def _wrap_stop(self, result: Any) -> None:
        result.stopTestRun = functools.partial(self._stop, result, result.stopTestRun)

    def _close_module(self, node: _Module) -> None:
        """Close everything of the module of a pytest node, because pytest does not call module cleanups."""
        self._ends = [each for each in self._ends if each is not node]
        self._run.close_module(node.obj.__name__)

    def _await_module(self, result: TestResult) -> None:
        _stdlib.cases.add_last_module_cleanup(self._await_cleanups, result)

    def _await_cleanups(self, result: TestResult) -> None:
        """Add the next cleanup only now, so that it runs after those that were added later to close the module."""
        _stdlib.cases.add_last_module_cleanup(self._end_with_suite, result)

    def _end_with_suite(self, result: TestResult) -> None:
        """Close everything if the module that has ended is the last one."""
        if self._run.is_between_tests() and _stdlib.suites.is_at_end(result):
            interrupt = self._report(result)
            reporting.print_summary_at_exit(self._run.ledger)
            if interrupt is not None:
                raise interrupt
        else:  # the next test prepares again, for the end of its own module
            self._ends = [each for each in self._ends if each is not result]

    def _finish(self, config: _Config) -> None:
        """Close everything at the end of a pytest session. The summary comes later, after pytest's own reports."""
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

    def _report(self, result: TestResult) -> KeyboardInterrupt | None:
        """Close everything, report the errors, and return the Ctrl-C that arrived meanwhile, if any."""
        interrupt = None
        for error in self._run.close():
            tracebacks.trim(error)
            if isinstance(error, KeyboardInterrupt):
                interrupt = error
            else:
                _stdlib.suites.report_of_run(result, error)
        return interrupt

    def close_at_exit(self) -> None:
        """Close everything when the process ends, too late for a result: errors are printed, and fail the process."""
        was_over = ctrl_c.is_over()
        errors = self._run.close()
        if ctrl_c.is_over() and not was_over:
            ctrl_c.leave()
        print_all(errors)
        if errors and not exit_status.is_worker():
            exit_status.fail("the errors above came after the report of the runner")
        reporting.print_summary(self._run.ledger, None, None)

    def forget(self) -> None:
        """Stop waiting for the end: the run is closed."""
        atexit.unregister(self.close_at_exit)
        self._ends = []
