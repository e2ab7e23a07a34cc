"""Subtests that know which subtest they are in by context, not by an attribute of the test.

So the subtests of concurrent tasks keep their own parameters, and a cancellation of the task is not taken for a failure
of the subtest that it happens to interrupt.
"""

from collections.abc import Generator
from typing import Any, Final, NamedTuple
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, contextvars
from aiounit.introspect import tracebacks
from aiounit.limits.alarms import Interrupt
from aiounit.runs import verdicts

__all__ = ["enclose"]

__unittest = True  # as in _stdlib: an error passes through the frames of these generators after it is trimmed


class _Open(NamedTuple):
    """A subtest that has not ended, what happened to it so far, and the one around it."""

    case: TestCase
    subtest: Any
    part: _stdlib.cases.Outcome
    around: "_Open | None"


_current: Final[contextvars.ContextVar[_Open | None]] = contextvars.ContextVar("aiounit.subtest", default=None)


@contextlib.contextmanager
def enclose(
    case: TestCase, message: object, parameters: dict[str, Any], *, full_traceback: bool
) -> Generator[None, None, None]:
    """Enclose a subtest of ``case``, as ``TestCase.subTest`` does.

    Args:
        case: The test.
        message: What to call the subtest, or `_stdlib.NO_MESSAGE`.
        parameters: What identifies it.
        full_traceback: Whether the frames of aiounit and asyncio stay in tracebacks.
    """
    outcome = _stdlib.cases.outcome_of(case)
    if outcome is None or not outcome.result_supports_subtests:
        yield
        return
    around = _current.get()
    if around is not None and around.case is not case:
        around = None  # of a test that runs this one
    subtest = _stdlib.cases.make_subtest(case, around and around.subtest, message, parameters)
    # An outcome of its own, because stdlib saves and restores one flag of the test's, which concurrent ones would mix.
    part = _stdlib.cases.make_outcome(outcome.result)
    part.expecting_failure = outcome.expecting_failure
    ending: BaseException | None = None  # of the test, and no failure of the subtest
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
                _raise_as_it_is(failure)  # not in the handler above
    finally:
        _current.reset(token)
        failure = None  # its traceback holds this frame
    if ending is not None:
        raise ending
    _pass_on(part, around, outcome)


def _raise_as_it_is(error: BaseException) -> None:
    """Raise an error without the context that it gets where the user's own block has not let go of its group."""
    context = error.__context__
    try:
        raise error  # noqa: TRY301 (to be caught here)
    except BaseException:
        error.__context__ = context
        raise
    finally:
        del error, context  # the traceback holds this frame


def _pass_on(part: _stdlib.cases.Outcome, around: _Open | None, outcome: _stdlib.cases.Outcome) -> None:
    """Let the outcome of a subtest count for those around it and the test, and stop the test where stdlib does."""
    if not part.success:
        outcome.success = False
        while around is not None:
            around.part.success = False
            around = around.around
    outcome.expectedFailure = outcome.expectedFailure or part.expectedFailure
    # Only for what this subtest did itself: a test that has failed before must not lose the rest of its clean-up.
    if not part.success:
        if outcome.result.failfast:
            raise _stdlib.cases.ShouldStop
    elif outcome.success and outcome.expectedFailure and part.expecting_failure:
        raise _stdlib.cases.ShouldStop


def _is_being_cancelled() -> bool:
    task = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
    return task is not None and task.cancelling() > 0
