"""Run the cleanups of a test that calls ``doCleanups()`` itself, before the lifecycle reaches them."""

from typing import Final, NoReturn, cast
from unittest import IsolatedAsyncioTestCase, TestCase

from aiounit import _stdlib
from aiounit._real import contextvars, inspect
from aiounit.exceptions import LoopError, TimeoutFailure
from aiounit.lifecycle import steps
from aiounit.lifecycle.record import Record
from aiounit.lifecycle.stdlib_runner import Runner  # noqa: TC001 (beside the others)
from aiounit.lifecycle.steps import Step, Where
from aiounit.loops.handover import LoopLost, TaskLost

__all__ = ["run_all"]

# These end the step that called doCleanups(), not only one cleanup.
_ENDINGS: Final = (LoopLost, TaskLost, TimeoutFailure)


def run_all(case: IsolatedAsyncioTestCase, record: Record) -> bool:
    """Run the cleanups added so far, in last-in, first-out order, and report their errors, as unittest does.

    Args:
        case: The test, which is running.
        record: Receives the errors.

    Returns:
        Whether the test has no error so far.

    Raises:
        LoopError: A cleanup is asynchronous and the loop is running, so it can't run here. It is added again.
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
        if inspect.iscoroutine(value):  # from a plain function that wraps a coroutine function
            TestCase.addCleanup(case, steps.identity, value)
    return record.ok


def _run(case: IsolatedAsyncioTestCase, step: Step) -> object:
    runner = cast("Runner", _stdlib.isolated.runner_of(case))
    if step.where is Where.INSIDE:
        return runner.run(step.function(*step.arguments, **step.keywords))
    if step.where is Where.OUTSIDE:
        return runner.call(step.function, *step.arguments, **step.keywords)
    context = _stdlib.isolated.context_of_test(case)
    if runner.is_in_context():
        # A private hook enters the test's context, which can't be entered twice. It gets a copy.
        _stdlib.isolated.attach(case, runner, contextvars.copy_context())
    try:
        return step.function(*step.arguments, **step.keywords)
    finally:
        _stdlib.isolated.attach(case, runner, context)


def _put_back(case: TestCase, cleanup: _stdlib.cases.Cleanup) -> NoReturn:
    """Add a cleanup again, so that it runs at the end of the test, and raise the reason.

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
