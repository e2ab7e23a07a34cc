"""Running one test case: what is put together for it, and the protocol that it keeps with a result."""

from collections.abc import Callable
from typing import Any, TypeVar
from unittest import IsolatedAsyncioTestCase, SkipTest, TestCase, TestResult

from aiounit import _stdlib, settings
from aiounit._real import contextvars, functools, inspect, time
from aiounit.checks import choice, reporting
from aiounit.checks.session import CheckSession
from aiounit.exceptions import DeclarationError, SettingsError
from aiounit.lifecycle import misuse
from aiounit.lifecycle.engine import Lifecycle
from aiounit.lifecycle.provision import Provision
from aiounit.lifecycle.record import DebugSink, Record, ResultSink, Sink
from aiounit.limits import ctrl_c, sentinel
from aiounit.loops.declared import loop_factory_of
from aiounit.loops.driver import Driver
from aiounit.loops.owner import LoopOwner
from aiounit.runs import class_calls, exits, fixtures
from aiounit.runs.class_calls import trace_of
from aiounit.runs.run import Run, RunningTest, current_run
from aiounit.runs.shared_loop import SharedLoop

__all__ = [
    "debug_test",
    "run_once",
    "run_test",
]

__unittest = True  # as in _stdlib: class cleanups are called here

T = TypeVar("T")


def run_test(case: Any, result: TestResult) -> None:
    """Run a test and report to a result.

    Args:
        case: The test.
        result: Takes the outcome.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; after the first, the test's clean-up has run.
    """
    ctrl_c.begin()
    result.startTest(case)
    try:
        method = getattr(case, _stdlib.cases.test_method_name(case))
        reason = _stdlib.cases.skip_reason(case, method)
        if reason is not None:
            _stdlib.cases.add_skip(case, result, reason)
        else:
            _run_and_report(case, result, method)
    except KeyboardInterrupt as error:
        if ctrl_c.is_over():
            raise error from None
        raise
    finally:
        result.stopTest(case)


def debug_test(case: Any) -> None:
    """Run a test without a result, and raise its first error after its clean-up.

    Args:
        case: The test.

    Raises:
        SkipTest: The test is skipped.
    """
    method = getattr(case, _stdlib.cases.test_method_name(case))
    reason = _stdlib.cases.skip_reason(case, method)
    if reason is not None:
        raise SkipTest(reason)
    sink = DebugSink()
    record = run_once(case, sink)
    if record.interrupt is not None:
        raise record.interrupt
    sink.raise_first()


def _run_and_report(case: IsolatedAsyncioTestCase, result: TestResult, method: Callable[[], Any]) -> None:
    expects_failure = _stdlib.cases.expects_failure(case, method)
    outcome = _stdlib.cases.make_outcome(result)
    _stdlib.cases.set_outcome(case, outcome)
    try:
        start = time.perf_counter()
        sink = ResultSink(case, outcome)
        record = run_once(case, sink, result=result, expects_failure=expects_failure)
        _stdlib.cases.add_duration(case, result, time.perf_counter() - start)
        _tell_sentinel(case, sink)
        if record.interrupt is not None:
            raise record.interrupt
        if outcome.success and expects_failure:
            _stdlib.cases.add_expected_failure(case, result, outcome)
        elif outcome.success:
            result.addSuccess(case)
    finally:
        outcome.expectedFailure = None  # it holds frames that hold the outcome
        _stdlib.cases.set_outcome(case, None)


def _tell_sentinel(case: TestCase, sink: ResultSink) -> None:
    """Say what became of a test to who reports it if the process has to be ended."""
    if sink.ok:
        sentinel.note_passed()
    elif sink.is_skipped:
        sentinel.note("skipped", case.id())
    else:
        sentinel.note("failed", case.id(), "".join(sink.texts))


def run_once(
    case: Any, sink: Sink, *, run: Run | None = None, result: TestResult | None = None, expects_failure: bool = False
) -> Record:
    """Run a test once, from its first hook to its last cleanup; skip marks of the test are not looked at.

    Args:
        case: The test.
        sink: Takes what happens, as soon as it is final.
        run: The run that the test belongs to; None is the one that is under way here.
        result: Tells when the run ends; None tells nothing.
        expects_failure: Whether the test is declared to fail.

    Returns:
        How the test has ended.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed twice.
    """
    now = settings.current()
    exits.watch(now.timeout_scale)
    name = _stdlib.cases.test_method_name(case)
    method = getattr(case, name)
    record = Record(sink, full_traceback=now.full_traceback, method=method)
    test = RunningTest(run or current_run())
    try:
        if name in case.__dict__:
            misuse.check_is_own_test(case, name)
        life = _make_lifecycle(case, method, record, now, test, result)
        life.expects_failure = expects_failure
        case._aiounit_life = life
        life.run()
        if life.session is not None and record.failure is None and life.session.policy.allowances:
            reporting.note_run(test.run.ledger, type(case), name, life.session.policy)
    except (DeclarationError, SettingsError) as error:
        record.add(error)
    finally:
        case._aiounit_life = record.failure = None  # the frames of an error lead to its record
        test.end()
    return record


def _make_lifecycle(
    case: Any,
    method: Callable[[], Any],
    record: Record,
    now: settings.Settings,
    test: RunningTest,
    result: TestResult | None,
) -> Lifecycle:
    run, plan = test.run, case._aiounit_plan
    debug = now.debug if case.loop_debug is None else case.loop_debug
    shared = None
    if plan.is_shared or fixtures.has_module_fixtures(type(case)):
        run.ending.end_with(result)
        shared = class_calls.shared_loop(run, type(case), case)
        owner: LoopOwner = shared.owner
        shared.owner.set_debug(debug)
        shared.owner.keepers = functools.partial(shared.keepers, type(case))
    else:
        owner = LoopOwner(loop_factory_of(case) or now.loop_factory, debug=debug)
    outer = contextvars.copy_context()
    context = outer.copy()
    test.begin(context)
    owner.begin(context)
    driver = Driver(owner, context)
    provision = Provision(case, plan, shared, outer, context, trace_of(now), driver.is_in_context)
    session = _session_of(case, method, now, shared, run)
    if session is not None and result is not None:
        run.ending.end_with(result)
    return Lifecycle(case, method, record, driver, provision, session)


def _session_of(
    case: Any, method: Callable[[], Any], now: settings.Settings, shared: SharedLoop | None, run: Run
) -> CheckSession | None:
    """Return the checks of a test, or None if all are off."""
    policy = choice.policy_for_test(type(case), method, now.checks)
    if not policy.checks:
        return None
    # To unwrap what isn't wrapped would cost more than all the rest of this.
    code = getattr(inspect.unwrap(method) if hasattr(method, "__wrapped__") else method, "__code__", None)
    session = CheckSession(case.id(), policy, case, code, owns_loop=shared is None, ledger=run.ledger)
    session.keepers = None if shared is None else shared.owner.keepers
    return session
