"""A test that runs its cleanups itself, with ``doCleanups()``, before the lifecycle comes to them."""

from collections.abc import Callable
from typing import Any, Final, TypeVar
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import contextvars, inspect
from aiounit.exceptions import LoopError, TimeoutFailure
from aiounit.lifecycle import steps
from aiounit.lifecycle.record import Record
from aiounit.lifecycle.steps import Step, Where
from aiounit.loops.handover import LoopLost, TaskLost

__all__ = ["are_overridden", "run_all", "standard"]

F = TypeVar("F", bound=Callable[..., Any])

_STANDARD: Final[set[Callable[..., Any]]] = {TestCase.doCleanups}
# Of the step that has called doCleanups(), whose end it is.
_ENDINGS: Final = (LoopLost, TaskLost, TimeoutFailure)


def standard(function: F) -> F:
    """Mark a method as the ``doCleanups`` that a class has as long as it does not override it."""
    _STANDARD.add(function)
    return function


def are_overridden(kind: type[TestCase]) -> bool:
    """Tell whether a class runs its cleanups in a way of its own."""
    return kind.doCleanups not in _STANDARD


def run_all(case: Any, record: Record) -> bool:
    """Run the cleanups that a test has added so far, the last first; what they raise is reported, as unittest does it.

    Args:
        case: The test, which is running.
        record: Takes what goes wrong.

    Returns:
        Whether nothing has gone wrong in the test so far.

    Raises:
        LoopError: One is asynchronous, and the loop is running: it can't be run from here, and is put back.
    """
    while (cleanup := _stdlib.cases.next_cleanup(case)) is not None:
        if _stdlib.loops.is_loop_running() and steps.is_coroutine_function(cleanup[0]):
            _put_back(case, cleanup)
        try:
            value = _run(case, steps.cleanup(case, cleanup))
        except _ENDINGS:
            raise
        except (Exception, SystemExit) as error:
            outcome = _stdlib.cases.outcome_of(case)
            expected = outcome is not None and outcome.expecting_failure
            record.add(error, expected=expected)
            record.expect_failure(expected=expected)
            continue
        if inspect.iscoroutine(value):  # of a plain function around a coroutine function
            TestCase.addCleanup(case, steps.identity, value)
    return record.ok


def _run(case: Any, step: Step) -> Any:
    runner: Any = _stdlib.isolated.runner_of(case)
    if step.where is Where.INSIDE:
        return runner.run(step.function(*step.arguments, **step.keywords))
    if step.where is Where.OUTSIDE:
        return runner.call(step.function, *step.arguments, **step.keywords)
    context = _stdlib.isolated.context_of_test(case)
    if runner.is_in_context():  # which no private hook can enter again
        _stdlib.isolated.attach(case, runner, contextvars.copy_context())
    try:
        return step.function(*step.arguments, **step.keywords)
    finally:
        _stdlib.isolated.attach(case, runner, context)


def _put_back(case: Any, cleanup: _stdlib.cases.Cleanup) -> None:
    """Leave a cleanup to the end of the test, and say why.

    Raises:
        LoopError: Always.
    """
    function, arguments, keywords = cleanup
    TestCase.addCleanup(case, function, *arguments, **keywords)
    raise LoopError(
        f"doCleanups() can't run {Step(Where.INSIDE, function, arguments).describe()} while the loop of the test is "
        f"running: in an async test, doCleanups() can run only synchronous cleanups. Await it yourself, or let "
        f"aiounit run the cleanups after the test"
    )
