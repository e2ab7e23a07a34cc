"""Run subtests that find the subtest around them in a context variable, not in an attribute of the test.

So the subtests of concurrent tasks keep their own parameters. A cancellation of the task does not count as a failure of
the subtest that it interrupts.
"""

from collections.abc import Generator
from typing import Final, NamedTuple
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, contextvars
from aiounit.introspect import tracebacks
from aiounit.limits.alarms import Interrupt
from aiounit.runs import verdicts

__all__ = ["enclose"]

__unittest = True  # as in _stdlib: an error passes through the frames of these generators after it is trimmed


class _Open(NamedTuple):
    """A subtest that has not ended, its own outcome so far, and the subtest around it."""

    case: TestCase
    subtest: _stdlib.cases.Subtest
    part: _stdlib.cases.Outcome
    around: "_Open | None"


_current: Final[contextvars.ContextVar[_Open | None]] = contextvars.ContextVar("aiounit.subtest", default=None)


@contextlib.contextmanager
def enclose(
    case: TestCase, message: object, parameters: dict[str, object], *, full_traceback: bool
) -> Generator[None, None, None]:
    """Run the block as a subtest of ``case``, as ``TestCase.subTest`` does.

    Args:
        case: The test.
        message: The message of the subtest, or `_stdlib.cases.NO_MESSAGE`.
        parameters: The parameters that identify it.
        full_traceback: Whether the frames of aiounit and asyncio stay in tracebacks.
    """
    outcome = _stdlib.cases.outcome_of(case)
    if outcome is None or not outcome.result_supports_subtests:
        yield
        return
    around = _current.get()
    if around is not None and around.case is not case:
        around = None  # it belongs to a test that runs this test
    subtest = _stdlib.cases.make_subtest(case, around and around.subtest, message, parameters)
    # Each subtest gets its own outcome. The standard library saves and restores a flag of the test's outcome, which
    # concurrent subtests would overwrite.
    part = _stdlib.cases.make_outcome(outcome.result)
    part.expecting_failure = outcome.expecting_failure
    ending: BaseException | None = None  # ends the test, and is not a failure of the subtest
    failure: BaseException | None = None
    token = _current.set(_Open(case, subtest, part, around))
    try:
        with part.testPartExecutor(subtest, subTest=True):
            try:
                yield
            except (asyncio.CancelledError, Interrupt) as error:
                if not isinstance(error, Interrupt) and not _is_being_cancelled():
                    raise
                ending = error
                raise _stdlib.cases.ShouldStop from None
            except (Exception, BaseExceptionGroup) as error:
                if not full_traceback:
                    tracebacks.trim(error)
                failure = verdicts.verdict(error, case.failureException)
                if failure is error:
                    raise
            if failure is not None:
                _raise_as_it_is(failure)  # not in the handler above, which would set its context
    finally:
        _current.reset(token)
        failure = None  # its traceback holds this frame
    if ending is not None:
        raise ending
    _pass_on(part, around, outcome)


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


def _pass_on(part: _stdlib.cases.Outcome, around: _Open | None, outcome: _stdlib.cases.Outcome) -> None:
    """Add the outcome of a subtest to those around it and to the test, and stop the test where unittest does."""
    if not part.success:
        outcome.success = False
        while around is not None:
            around.part.success = False
            around = around.around
    outcome.expectedFailure = outcome.expectedFailure or part.expectedFailure
    # Only a failure of this subtest stops the test. After an earlier failure, the rest of the clean-up must still run.
    if not part.success:
        if outcome.result.failfast:
            raise _stdlib.cases.ShouldStop
    elif outcome.success and outcome.expectedFailure and part.expecting_failure:
        raise _stdlib.cases.ShouldStop


def _is_being_cancelled() -> bool:
    task = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
    return task is not None and task.cancelling() > 0
