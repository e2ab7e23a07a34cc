"""Run subtests that find the subtest around them in a context variable, not in an attribute of the test.

So the subtests of concurrent tasks keep their own parameters. A cancellation of the task does not count as a failure of
the subtest that it interrupts.
"""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, contextvars
from aiounit.introspect import tracebacks
from aiounit.limits.alarms import Interrupt
from aiounit.runs import verdicts

__all__ = ["EnclosedSubtest"]

__unittest = True  # as in _stdlib: an error passes through the frames of this module after it is trimmed


class EnclosedSubtest(contextlib.ContextDecorator):
    """A context manager that runs its block as a subtest, as ``TestCase.subTest`` does.

    A test may have thousands, so it is not a generator, and unittest's outcome is made only for a block that fails.

    Args:
        case: The test.
        message: The message of the subtest, or `_stdlib.cases.NO_MESSAGE`.
        parameters: The parameters that identify it.
        full_traceback: Whether the frames of aiounit and asyncio stay in tracebacks.
    """

    subtest: _stdlib.cases.Subtest

    def __init__(self, case: TestCase, message: object, parameters: dict[str, object], *, full_traceback: bool) -> None:
        self.case = case
        self._message = message
        self._parameters = parameters
        self._full_traceback = full_traceback

    def __enter__(self) -> None:
        case = self.case
        self._outcome = outcome = _stdlib.cases.outcome_of(case)
        if outcome is None or not outcome.result_supports_subtests:
            self._outcome = None
            return
        around = _current.get()
        if around is not None and around.case is not case:
            around = None  # it belongs to a test that runs this test
        self.around = around
        parent = None if around is None else around.subtest
        self.subtest = _stdlib.cases.make_subtest(case, parent, self._message, self._parameters)
        # Each subtest has its own state. The standard library saves and restores a flag of the test's outcome, which
        # concurrent subtests would overwrite.
        self.ok = True
        self._expects_failure = outcome.expecting_failure
        self._token = _current.set(self)

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        outcome = self._outcome
        if outcome is None:
            return False
        try:
            if error is None:
                if self.ok:
                    outcome.result.addSubTest(self.case, self.subtest, None)  # type: ignore[arg-type] # it is a TestCase
            elif not self._report(outcome, error):
                return False
        finally:
            _current.reset(self._token)
        self._pass_on(outcome)
        return True

    def _report(self, outcome: _stdlib.cases.Outcome, error: BaseException) -> bool:
        """Report the error of the block; return whether the test continues after it."""
        part = _stdlib.cases.make_outcome(outcome.result)
        part.expecting_failure = self._expects_failure
        part.success = self.ok
        goes_on = _report(part, self.subtest, self.case, error, full_traceback=self._full_traceback)
        self.ok = part.success
        outcome.expectedFailure = outcome.expectedFailure or part.expectedFailure
        return goes_on

    def _pass_on(self, outcome: _stdlib.cases.Outcome) -> None:
        """Add the end of a subtest to those around it and to the test, and stop the test where unittest does."""
        # Only a failure of this subtest stops the test. After an earlier failure, the rest of the clean-up must still
        # run.
        if self.ok:
            if outcome.expectedFailure and outcome.success and self._expects_failure:
                raise _stdlib.cases.ShouldStop
            return
        outcome.success = False
        around = self.around
        while around is not None:
            around.ok = False
            around = around.around
        if outcome.result.failfast:
            raise _stdlib.cases.ShouldStop


_current: Final[contextvars.ContextVar[EnclosedSubtest | None]] = contextvars.ContextVar(
    "aiounit.subtest", default=None
)


def _report(
    part: _stdlib.cases.Outcome,
    subtest: _stdlib.cases.Subtest,
    case: TestCase,
    error: BaseException,
    *,
    full_traceback: bool,
) -> bool:
    executor = part.testPartExecutor(subtest, subTest=True)
    executor.__enter__()
    if isinstance(error, (asyncio.CancelledError, Interrupt)):
        if isinstance(error, Interrupt) or _is_being_cancelled():
            # It ends the test, and is not a failure of the subtest.
            executor.__exit__(_stdlib.cases.ShouldStop, _stdlib.cases.ShouldStop(), None)
            return False
    elif isinstance(error, (Exception, BaseExceptionGroup)):
        if not full_traceback:
            tracebacks.trim(error)
        failure = verdicts.verdict(error, case.failureException)
        if failure is not error:
            try:
                with _Entered(executor):
                    _raise_as_it_is(failure)
                return True
            finally:
                del error, failure  # their tracebacks hold this frame
    return bool(executor.__exit__(type(error), error, error.__traceback__))


class _Entered:
    """Leaves a context manager that is entered already."""

    def __init__(self, manager: AbstractContextManager[None]) -> None:
        self._manager = manager

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._manager.__exit__(kind, error, trace)


def _raise_as_it_is(error: BaseException) -> None:
    """Raise an error with the context that it has.

    If the user's block still handles the group that the error comes from, Python would make that the context.
    """
    context = error.__context__
    try:
        raise error  # noqa: TRY301 (Python sets the context here; the handler restores it)
    except BaseException:
        error.__context__ = context
        raise
    finally:
        del error, context  # the traceback holds this frame


def _is_being_cancelled() -> bool:
    task = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
    return task is not None and task.cancelling() > 0
