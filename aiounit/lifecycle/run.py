"""Run one test case: create the objects that its run needs, and report to a result as `unittest.TestCase.run` does."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from unittest import IsolatedAsyncioTestCase, SkipTest, TestResult

from aiounit import _stdlib, settings
from aiounit._real import contextvars, functools, inspect, time
from aiounit._typing import Protocol
from aiounit.checks import choice, reporting
from aiounit.checks.session import CheckSession
from aiounit.exceptions import DeclarationError, SettingsError
from aiounit.lifecycle import misuse
from aiounit.lifecycle.engine import Lifecycle
from aiounit.lifecycle.order import Order
from aiounit.lifecycle.record import DebugSink, Record, ResultSink, Sink
from aiounit.limits import ctrl_c, sentinel
from aiounit.loops.declared import loop_factory_of
from aiounit.loops.driver import Driver
from aiounit.loops.owner import LoopOwner
from aiounit.resources.graph import Plan
from aiounit.runs import class_calls, exits, fixtures
from aiounit.runs.run import Run, RunningTest, current_run

if TYPE_CHECKING:
    from aiounit.runs.shared_loop import SharedLoop

__all__ = [
    "debug_test",
    "run_alone",
    "run_once",
    "run_test",
]

__unittest = True  # as in _stdlib: class cleanups are called here


class _Own(Protocol):
    """The attributes that `AsyncTestCase` adds to a test. The class itself can't be imported here."""

    loop_debug: bool | None
    _aiounit_plan: Plan
    _aiounit_life: Lifecycle | None


def run_test(case: IsolatedAsyncioTestCase, result: TestResult) -> None:
    """Run a test and report to a result.

    Args:
        case: The test.
        result: Receives the outcome.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed. If it was pressed once, the test's clean-up has run.
    """
    ctrl_c.begin()
    result.startTest(case)
    try:
        method = getattr(case, _stdlib.cases.test_method_name(case))
        reason, expects_failure = _stdlib.cases.marks_of(case, method)
        if reason is not None:
            _stdlib.cases.add_skip(case, result, reason)
        else:
            _run_and_report(case, method, result, expects_failure=expects_failure)
    except KeyboardInterrupt as error:
        if ctrl_c.is_over():
            raise error from None
        raise
    finally:
        result.stopTest(case)


def run_alone(case: IsolatedAsyncioTestCase) -> TestResult:
    """Run a test, as `run_test` does, and return the result that it makes itself."""
    result = case.defaultTestResult()
    getattr(result, "startTestRun", _nothing)()
    try:
        run_test(case, result)
    finally:
        getattr(result, "stopTestRun", _nothing)()
    return result


def _nothing() -> None:
    """Replace a method that results in the style of Python 2.6 do not have."""


def debug_test(case: IsolatedAsyncioTestCase) -> None:
    """Run a test without a result, and raise its first error after its clean-up.

    Args:
        case: The test.

    Raises:
        SkipTest: The test is skipped.
    """
    method = getattr(case, _stdlib.cases.test_method_name(case))
    reason, _expects_failure = _stdlib.cases.marks_of(case, method)
    if reason is not None:
        raise SkipTest(reason)
    sink = DebugSink()
    record = run_once(case, sink)
    if record.interrupt is not None:
        raise record.interrupt
    sink.raise_first()


def run_once(case: IsolatedAsyncioTestCase, sink: Sink, *, run: Run | None = None) -> Record:
    """Run a test once, from its first hook to its last cleanup, ignoring the marks that skip it or expect a failure.

    Args:
        case: The test.
        sink: Receives each error as soon as it is final.
        run: The run that the test belongs to; None is the current run of this thread or test.

    Returns:
        The record of the test.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed twice.
    """
    method = getattr(case, _stdlib.cases.test_method_name(case))
    return _run(case, method, sink, run or current_run())


def _run_and_report(
    case: IsolatedAsyncioTestCase, method: Callable[[], object], result: TestResult, *, expects_failure: bool
) -> None:
    outcome = _stdlib.cases.begin_outcome(case, result)
    try:
        start = time.perf_counter()
        sink = ResultSink(case, outcome)
        record = _run(case, method, sink, current_run(), result, expects_failure=expects_failure)
        _stdlib.cases.add_duration(case, result, time.perf_counter() - start)
        if outcome.success:
            sentinel.note_passed()
        elif sink.is_skipped:
            sentinel.note("skipped", case.id())
        else:
            sentinel.note("failed", case.id(), "".join(sink.texts))
        if record.interrupt is not None:
            raise record.interrupt
        if outcome.success and expects_failure:
            _stdlib.cases.add_expected_failure(case, result, outcome)
        elif outcome.success:
            result.addSuccess(case)
    finally:
        outcome.expectedFailure = None  # its traceback holds frames that hold the outcome
        _stdlib.cases.set_outcome(case, None)


def _run(
    case: IsolatedAsyncioTestCase,
    method: Callable[[], object],
    sink: Sink,
    run: Run,
    result: TestResult | None = None,
    *,
    expects_failure: bool = False,
) -> Record:
    """Run a test. The result, if there is one, tells when the run of the test ends."""
    now = settings.current()
    exits.watch(now.timeout_scale)
    record = Record(sink, full_traceback=now.full_traceback, method=method)
    outer = contextvars.copy_context()
    context = outer.copy()
    running = RunningTest(run, context)
    own: _Own = case  # type: ignore[assignment] # a `cast` would cost each test a call
    try:
        if (name := _stdlib.cases.test_method_name(case)) in case.__dict__:
            misuse.check_is_own_test(case, name)
        driver, shared = _driver_of(case, context, run, result, now)
        session = _session_of(case, method, now, shared, run)
        if session is not None and result is not None:
            run.ending.end_with(result)
        order = Order(case, method, record, driver, session)
        order.plan, order.outer, order.shared = own._aiounit_plan, outer, shared
        order.expects_failure = expects_failure
        own._aiounit_life = life = Lifecycle(order, driver, session)
        life.run()
        if session is not None and session.policy.allowances and record.failure is None:
            reporting.note_run(run.ledger, type(case), name, session.policy)
    except (DeclarationError, SettingsError) as error:
        record.add(error)
    finally:
        own._aiounit_life = record.failure = None  # the frames of the failure hold the record and the lifecycle
        if running.inner is not None:
            running.inner.end_in(run)
    return record


def _driver_of(
    case: IsolatedAsyncioTestCase,
    context: contextvars.Context,
    run: Run,
    result: TestResult | None,
    now: settings.Settings,
) -> "tuple[Driver, SharedLoop | None]":
    """Return the driver of a test, and the shared loop if the test runs on it."""
    own: _Own = case  # type: ignore[assignment] # as above
    debug = now.debug if own.loop_debug is None else own.loop_debug
    if not (own._aiounit_plan.is_shared or fixtures.has_module_fixtures(type(case))):
        return Driver(LoopOwner(loop_factory_of(case) or now.loop_factory, debug=debug), context), None
    run.ending.end_with(result)
    shared = class_calls.shared_loop(run, type(case), case)
    shared.owner.set_debug(debug)
    shared.owner.keepers = functools.partial(shared.keepers, type(case))
    shared.owner.begin(context)
    return Driver(shared.owner, context), shared


def _session_of(
    case: IsolatedAsyncioTestCase,
    method: Callable[[], object],
    now: settings.Settings,
    shared: "SharedLoop | None",
    run: Run,
) -> CheckSession | None:
    """Return the checks of a test, or None if all are off."""
    policy = choice.policy_for_test(type(case), method, now.checks)
    if not policy.checks:
        return None
    function = getattr(method, "__func__", method)  # a bound method takes much longer to tell what it has not
    code = getattr(inspect.unwrap(function) if hasattr(function, "__wrapped__") else function, "__code__", None)
    session = CheckSession(case.id(), policy, case, code, owns_loop=shared is None, ledger=run.ledger)
    session.keepers = None if shared is None else shared.owner.keepers
    return session
