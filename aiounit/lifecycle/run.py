"""Running one test case: what is put together for it, and the protocol that it keeps with a result."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from unittest import IsolatedAsyncioTestCase, SkipTest, TestCase, TestResult

from aiounit import _stdlib, settings
from aiounit._real import asyncio, contextvars, functools, inspect, time
from aiounit.checks import choice, reporting
from aiounit.checks.session import Watch
from aiounit.exceptions import DeclarationError, LoopError, SettingsError
from aiounit.introspect import tracebacks
from aiounit.introspect.names import name_of_callable, qualified
from aiounit.lifecycle import misuse, validation
from aiounit.lifecycle.engine import Lifecycle
from aiounit.lifecycle.provision import Provision, print_trace
from aiounit.lifecycle.record import DebugSink, Record, ResultSink, Sink
from aiounit.limits import budgets, ctrl_c, sentinel
from aiounit.limits.budgets import Budget, Phase
from aiounit.loops.host import LoopHost
from aiounit.resources.declaration import Declared, Scope
from aiounit.resources.graph import Plan
from aiounit.runs import exits, fixtures
from aiounit.runs.shared_loop import Run, SharedLoop, add_class_cleanup, current_run, latest_run

__all__ = [
    "call_class_cleanup",
    "call_cleanup",
    "call_for_class",
    "call_for_module",
    "debug_test",
    "enter_for_class",
    "run_test",
]

__unittest = True  # as in _stdlib: class cleanups are called here


def run_test(case: Any, plan: Plan, result: TestResult) -> None:
    """Run a test and report to a result.

    Args:
        case: The test.
        plan: The resources of its class.
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
            _run_and_report(case, plan, result, method)
    except KeyboardInterrupt as error:
        if ctrl_c.is_over():
            raise error from None
        raise
    finally:
        result.stopTest(case)


def debug_test(case: Any, plan: Plan) -> None:
    """Run a test without a result, and raise its first error after its clean-up.

    Args:
        case: The test.
        plan: The resources of its class.

    Raises:
        SkipTest: The test is skipped.
    """
    method = getattr(case, _stdlib.cases.test_method_name(case))
    reason = _stdlib.cases.skip_reason(case, method)
    if reason is not None:
        raise SkipTest(reason)
    sink = DebugSink()
    record = _live(case, plan, None, sink, method, expects_failure=False)
    if record.interrupt is not None:
        raise record.interrupt
    sink.raise_first()


def call_for_class(kind: type, coroutine: Any, name: str, budget: Budget) -> Any:
    """Run a coroutine of a class on the loop that its tests share.

    Args:
        kind: The test class.
        coroutine: What to run.
        name: The name of the task.
        budget: How long it may take.
    """
    shared = _shared_loop_of_class(kind)
    return shared.call(
        lambda: shared.of_class(kind, contextvars.copy_context(), _trace(settings.current())),
        coroutine,
        name,
        kind=kind,
        budget=budget,
    )


def call_for_module(kind: type, coroutine: Any, name: str, budget: Budget) -> Any:
    """Run a coroutine of a module on the loop that the tests of one of its classes share.

    Args:
        kind: The test class.
        coroutine: What to run.
        name: The name of the task.
        budget: How long it may take.
    """
    shared = _shared_loop_of_class(kind)
    return shared.call(
        lambda: shared.of_module(kind.__module__, contextvars.copy_context(), _trace(settings.current())),
        coroutine,
        name,
        kind=kind,
        budget=budget,
    )


async def enter_for_class(kind: Any, manager: Any) -> Any:
    """Enter a context manager for a class, in a task of its own; it is left with the class cleanups.

    Args:
        kind: The test class.
        manager: An asynchronous context manager.

    Raises:
        TypeError: It is none.
        LoopError: The loop that runs is not the one that the tests of the class share.
    """
    described = qualified(type(manager))
    if not isinstance(manager, AbstractAsyncContextManager):
        raise TypeError(f"{described!r} object does not support the asynchronous context manager protocol")
    shared = _shared_loop(latest_run(), kind, kind)
    if not shared.host.is_open or shared.host.get_loop() is not asyncio.get_running_loop():
        raise LoopError(
            f"enterClassAsyncContext() can't enter {described} here: the event loop that runs does not live as long as "
            f"{qualified(kind)}. Call it in asyncSetUpClass"
        )
    holder = shared.of_class(kind, contextvars.copy_context(), _trace(settings.current()))
    instance = await holder.add(Declared(lambda: manager, Scope.CLASS, described), None, ((), {}))
    problem = holder.problem(instance)
    if problem is not None:
        raise problem
    add_class_cleanup(kind, call_cleanup, kind, shared.leave, holder, instance)
    return instance.value


def call_class_cleanup(kind: type, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
    """Call a function as a class cleanup, in the time that it has."""
    name = name_of_callable(function)
    what = f"class cleanup {name} of {qualified(kind)}"
    try:
        fixtures.call_bounded(kind, functools.partial(function, *args, **kwargs), what, Phase.TEAR_DOWN)
    except BaseException as error:
        tracebacks.trim(error)
        raise


def call_cleanup(kind: type, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
    """Run a coroutine function as a class cleanup."""
    name = f"class cleanup {name_of_callable(function)}"
    budget = budgets.find(kind, Phase.TEAR_DOWN, function, None)
    try:
        call_for_class(kind, function(*args, **kwargs), f"{name} of {qualified(kind)}", budget)
    except BaseException as error:
        tracebacks.trim(error)
        raise


def _run_and_report(case: IsolatedAsyncioTestCase, plan: Plan, result: TestResult, method: Callable[[], Any]) -> None:
    expects_failure = _stdlib.cases.expects_failure(case, method)
    outcome = _stdlib.cases.make_outcome(result)
    _stdlib.cases.set_outcome(case, outcome)
    try:
        start = time.perf_counter()
        sink = ResultSink(case, outcome)
        record = _live(case, plan, result, sink, method, expects_failure=expects_failure)
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


def _live(
    case: Any, plan: Plan, result: TestResult | None, sink: Sink, method: Callable[[], Any], *, expects_failure: bool
) -> Record:
    """Run the test from its first hook to its last cleanup; what happens goes to ``sink``."""
    now = settings.current()
    exits.watch(now.timeout_scale)
    record = Record(sink, full_traceback=now.full_traceback, method=method)
    debug = now.debug if case.loop_debug is None else case.loop_debug
    run = current_run()
    run.tests += 1
    try:
        name = _stdlib.cases.test_method_name(case)
        if name in case.__dict__:
            misuse.check_is_own_test(case, name)
        shared = None
        if plan.is_shared or fixtures.has_module_fixtures(type(case)):
            run.end_with(result)
            shared = _shared_loop(run, type(case), case)
            host: LoopHost = shared.host
            shared.host.set_debug(debug)
            shared.host.keepers = functools.partial(shared.keepers, type(case))
        else:
            host = LoopHost(validation.loop_factory_of(case) or now.loop_factory, debug=debug)
        outer = contextvars.copy_context()
        context = outer.copy()
        host.begin(context)
        provision = Provision(case, plan, shared, outer, context, _trace(now), host.is_in_context)
        watch = _watch(case, method, now, shared, run)
        if watch is not None and result is not None:
            run.end_with(result)
        life = Lifecycle(case, method, record, host, context, provision, watch, expects_failure=expects_failure)
        case._aiounit_life = life
        life.run()
        if watch is not None and record.failure is None:
            reporting.note_run(run.ledger, type(case), name, watch.policy)
    except (DeclarationError, SettingsError) as error:
        record.add(error)
    finally:
        case._aiounit_life = record.failure = None  # the frames of an error lead to its record
        run.tests -= 1
    return record


def _watch(
    case: Any, method: Callable[[], Any], now: settings.Settings, shared: SharedLoop | None, run: Run
) -> Watch | None:
    """Return the checks of a test, or None if all are off."""
    policy = choice.policy_for_test(type(case), _stdlib.cases.test_method_name(case), method, now.checks)
    if not policy.checks:
        return None
    # To unwrap what isn't wrapped would cost more than all the rest of this.
    code = getattr(inspect.unwrap(method) if hasattr(method, "__wrapped__") else method, "__code__", None)
    watch = Watch(case.id(), policy, case, code, owns_loop=shared is None, ledger=run.ledger)
    watch.keepers = None if shared is None else shared.host.keepers
    return watch


def _shared_loop_of_class(kind: type) -> SharedLoop:
    run = current_run()
    run.end_with(None)
    return _shared_loop(run, kind, kind)


def _shared_loop(run: Run, kind: type, case: object) -> SharedLoop:
    factory = validation.loop_factory_of(case) or settings.current().loop_factory
    return run.loop(validation.loop_key_of(kind), factory)


def _trace(now: settings.Settings) -> Callable[[str], None] | None:
    return print_trace if now.trace else None
