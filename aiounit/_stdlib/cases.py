"""Every private name of the standard library that aiounit leans on, and nothing else.

The names were read in CPython 3.11 to 3.15. Each has a test in tests/_stdlib/test_cases.py that fails loudly on a
version that changes it; the rest of the package calls these functions and knows no private name.
"""

import sys
import unittest.case
import unittest.suite
from collections.abc import Callable
from types import FrameType
from typing import Any, Final, Protocol
from unittest import IsolatedAsyncioTestCase, TestCase, TestResult

from aiounit._real import asyncio, contextvars, threading, traceback

# unittest's results leave out the frames of modules that say so. This one does, because `report` adds a frame to every
# traceback, and so do modules that call users' fixtures. The frames of others are trimmed, which can be switched off.
__unittest = True

# The stubs know nothing of private names: these modules are looked into untyped, here and nowhere else.
_case: Any = unittest.case
_suite: Any = unittest.suite
_tasks: Any = asyncio.tasks
_events: Any = asyncio.events
_base_events: Any = asyncio.base_events
_getframe: Final = sys._getframe
_IS_BEFORE_3_12: Final = sys.version_info < (3, 12)
_CAN_ASK_EAGER_TASKS: Final = sys.version_info >= (3, 12, 2)

ShouldStop: Final[type[Exception]] = _case._ShouldStop
NO_MESSAGE: Final[object] = _case._subtest_msg_sentinel

RUNNER_HOOKS: Final = ("_setupAsyncioRunner", "_tearDownAsyncioRunner")

Cleanup = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Outcome(Protocol):
    """What happened to a test so far, as ``unittest.case._Outcome`` keeps it."""

    expecting_failure: bool
    success: bool
    result: TestResult
    result_supports_subtests: bool
    expectedFailure: Any

    def testPartExecutor(self, test_case: TestCase, subTest: bool = False) -> Any:
        """Return a context manager that records what its block raises."""


class Runner(Protocol):
    """What private hooks expect to find as ``self._asyncioRunner``: the methods of ``asyncio.Runner``."""

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop of the test."""
        ...

    def run(self, coro: Any, *, context: contextvars.Context | None = None) -> Any:
        """Run a coroutine to its end and return what it returns."""

    def close(self) -> None:
        """Close the loop."""


# The outcome of a test


def make_outcome(result: TestResult) -> Outcome:
    """Return a new outcome that reports to ``result``."""
    outcome: Outcome = _case._Outcome(result)
    return outcome


def set_outcome(case: Any, outcome: Outcome | None) -> None:
    """Make ``outcome`` the one that the test's ``subTest`` and the users' own hooks look at."""
    case._outcome = outcome


def outcome_of(case: Any) -> Outcome | None:
    """Return the outcome of the run that is under way, or None."""
    outcome: Outcome | None = case._outcome
    return outcome


def report(outcome: Outcome, case: TestCase, error: BaseException) -> None:
    """Record ``error`` by unittest's own rules: a skip, a failure, an error or an expected failure."""
    with outcome.testPartExecutor(case):
        raise error


DIFF_OMITTED: Final[str] = _case.DIFF_OMITTED.strip()  # public, and not in the stubs


def failure(case: Any, message: object, standard: str) -> BaseException:
    """Return the failure of an assertion, with the user's message as ``longMessage`` says."""
    error: BaseException = case.failureException(case._formatMessage(message, standard))
    return error


def add_skip(case: TestCase, result: TestResult, reason: str) -> None:
    """Report that the test is skipped, with a warning where the result knows no skips."""
    _case._addSkip(result, case, reason)


def add_expected_failure(case: Any, result: TestResult, outcome: Outcome) -> None:
    """Report the failure that was expected, or that it did not come."""
    if outcome.expectedFailure:
        case._addExpectedFailure(result, outcome.expectedFailure)
    else:
        case._addUnexpectedSuccess(result)


def add_duration(case: Any, result: TestResult, seconds: float) -> None:
    """Report how long the test took, on the versions that have durations (3.12 and later)."""
    if hasattr(case, "_addDuration"):
        case._addDuration(result, seconds)


def make_subtest(case: TestCase, parent: Any, message: object, parameters: dict[str, Any]) -> Any:
    """Return a subtest of ``case`` whose parameters add to those of ``parent``, the subtest around it."""
    inherited = _case._OrderedChainMap(parameters) if parent is None else parent.params.new_child(parameters)
    return _case._SubTest(case, message, inherited)


# The attributes of a test


def test_method_name(case: Any) -> str:
    """Return the name of the method that the instance runs."""
    name: str = case._testMethodName
    return name


def skip_reason(case: object, method: object) -> str | None:
    """Return why the class or the method is marked to be skipped, or None."""
    if not _mark(type(case), method, "__unittest_skip__"):
        return None
    reason: str = _mark(type(case), method, "__unittest_skip_why__")
    return reason


def expects_failure(case: object, method: object) -> bool:
    """Tell whether the class or the method is marked as expected to fail."""
    return bool(_mark(case, method, "__unittest_expecting_failure__"))


def _mark(whole: object, method: object, name: str) -> Any:
    return getattr(whole, name, "") or getattr(method, name, "")


def next_cleanup(case: Any) -> Cleanup | None:
    """Take the cleanup that was added last, or return None when none is left."""
    return case._cleanups.pop() if case._cleanups else None


def attach(case: Any, runner: Runner, context: contextvars.Context) -> None:
    """Put the runner and the context of a run where private hooks look for them."""
    case._asyncioRunner = runner
    case._asyncioTestContext = context


def runner_of(case: Any) -> Runner:
    """Return the runner of the run that is under way."""
    runner: Runner = case._asyncioRunner
    return runner


def context_of_test(case: Any) -> contextvars.Context:
    """Return the context that private hooks enter."""
    context: contextvars.Context = case._asyncioTestContext
    return context


def detach(state: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of a test without those that belong to one run and can't be pickled."""
    return state | {"_asyncioRunner": None, "_asyncioTestContext": None, "_outcome": None}


def attach_context(case: Any) -> None:
    """Give a test that was copied or unpickled a context again."""
    case._asyncioTestContext = contextvars.copy_context()


# The hooks that real suites override


def call_hook(case: TestCase, name: str) -> Callable[..., Any] | None:
    """Return the private hook ``name`` if the test must be run through it: somebody overrides it or what it calls."""
    if not overrides(type(case), name):
        return None
    hook: Callable[..., Any] = getattr(case, name)
    return hook


def overrides(kind: Any, name: str) -> bool:
    """Tell whether the class overrides the private hook ``name``, or one of the two that all of them call."""
    original: Any = IsolatedAsyncioTestCase
    return (
        getattr(kind, name, None) is not getattr(original, name, None)
        or kind._callAsync is not original._callAsync
        or kind._callMaybeAsync is not original._callMaybeAsync
    )


def replaces_runner(kind: Any) -> bool:
    """Tell whether the class sets up or tears down the runner in its own way."""
    original: Any = IsolatedAsyncioTestCase
    return (  # each test is asked, so it has to be quick
        kind._setupAsyncioRunner is not original._setupAsyncioRunner
        or kind._tearDownAsyncioRunner is not original._tearDownAsyncioRunner
    )


# Event loops and their tasks


def has_asyncgens(loop: Any) -> bool:
    """Tell whether the loop has asynchronous generators to close; true where it can't be told (uvloop)."""
    return bool(getattr(loop, "_asyncgens", True))


def asyncgens_of(loop: Any) -> list[Any]:
    """Return the asynchronous generators that the loop has to close; none where it can't be told (uvloop)."""
    return list(getattr(loop, "_asyncgens", ()))


if sys.version_info >= (3, 14):
    tasks_of = asyncio.all_tasks
else:

    def tasks_of(loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[Any]]:
        """Return the tasks of the loop that have not ended, at once if there is none of any loop."""
        # asyncio walks a WeakSet for that, which takes much longer than to look at what it is made of.
        has_any = _tasks._all_tasks.data if _IS_BEFORE_3_12 else _tasks._scheduled_tasks.data or _tasks._eager_tasks
        return asyncio.all_tasks(loop) if has_any else set()


def has_ready(loop: Any) -> bool:
    """Tell whether the loop has something to call at its next turn; true where it can't be told (uvloop)."""
    return bool(getattr(loop, "_ready", True))


def executor_of(loop: Any) -> Any:
    """Return the default executor of the loop, or None; ``...`` where it can't be told (uvloop)."""
    return getattr(loop, "_default_executor", ...)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs in this thread, or None."""
    loop: asyncio.AbstractEventLoop | None = _events._get_running_loop()
    return loop


def is_loop_running() -> bool:
    """Tell whether a loop runs in this thread."""
    return _events._get_running_loop() is not None


def frame(depth: int) -> FrameType:
    """Return a frame of the caller's stack: 0 is the caller itself."""
    return _getframe(depth + 1)


if sys.version_info >= (3, 12):

    def tag_tasks(_loop: asyncio.AbstractEventLoop) -> None:
        """Do nothing: a task can be asked for its context."""

    def context_of(task: asyncio.Future[Any]) -> contextvars.Context | None:
        """Return the context of a task; a future that is no task has none."""
        context: contextvars.Context | None = task.get_context() if isinstance(task, asyncio.Task) else None
        return context

else:

    def tag_tasks(loop: asyncio.AbstractEventLoop) -> None:
        """Have each task that the loop makes remember its context."""
        make: Any = loop.get_task_factory() or asyncio.Task
        is_plain: bool = make is asyncio.Task

        def make_and_tag(loop: asyncio.AbstractEventLoop, coro: Any, **keywords: Any) -> Any:
            context = keywords.get("context")  # which is false if it is empty
            own = contextvars.copy_context() if context is None else context
            if is_plain:  # others need not take a context
                keywords["context"] = own
            task = make(coro, loop=loop, **keywords) if is_plain else make(loop, coro, **keywords)
            task._aiounit_context = own
            return task

        loop.set_task_factory(make_and_tag)

    def context_of(task: asyncio.Future[Any]) -> contextvars.Context | None:
        """Return the context of a task that the loop has made."""
        context: contextvars.Context | None = getattr(task, "_aiounit_context", None)
        return context


def tag_of(task: asyncio.Task[Any], variable: contextvars.ContextVar[Any]) -> object:
    """Return the value of a variable in the context of a task."""
    context = context_of(task)
    return None if context is None else context.get(variable)


def report_of_run(result: Any, error: BaseException) -> None:
    """Report an error that belongs to no test."""
    holder = _suite._ErrorHolder("closing the resources of the run")
    result.addError(holder, (type(error), error, error.__traceback__))


def silence(task: Any) -> None:
    """Keep a task that is given up from being logged as destroyed while pending: its test has reported it."""
    task._log_destroy_pending = False


# The clock outside the loop


def raise_in_thread(ident: int, error: type[BaseException]) -> None:
    """Raise an exception in a thread when it next runs Python code."""
    import ctypes  # noqa: PLC0415

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(error))


class _Nothing(BaseException):
    """Takes the place of what is taken back."""


def take_back() -> None:
    """Take back what was going to be raised in this thread and has not arrived."""
    # To put nothing in its place is not enough: 3.11 goes on looking for it, and while it traces, does nothing else.
    try:
        raise_in_thread(threading.get_ident(), _Nothing)
        while True:  # pragma: no cover (it arrives before, as far as is known)
            pass
    except _Nothing:
        pass


def keep_for_ever(thing: object) -> None:
    """Keep an object alive even when the interpreter ends: to close a coroutine that refuses to end may never end."""
    import ctypes  # noqa: PLC0415

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def is_callback_frame(frame: FrameType) -> bool:
    """Tell whether a frame of asyncio's is the one that calls a callback: it handles whatever that raises."""
    return frame.f_code is _events.Handle._run.__code__


def is_turn_frame(frame: FrameType) -> bool:
    """Tell whether a frame of asyncio's is the one that turns the loop: whatever is raised in it ends the loop."""
    return frame.f_code is _base_events.BaseEventLoop._run_once.__code__


# What tasks and threads are doing


def coroutine_of(task: Any) -> Any:
    """Return the coroutine of a task; None of an eager one that has ended at once, where get_coro() crashes 3.12.1."""
    return task.get_coro() if _CAN_ASK_EAGER_TASKS or not task.done() else task._coro


def waiter_of(task: Any) -> object:
    """Return the future that a suspended task waits for, or None if it is to run, or is of an unknown kind."""
    return getattr(task, "_fut_waiter", None)


def futures_behind(thing: Any) -> list[Any]:
    """Return the futures that a future or a task group of asyncio's stands for, also those of executors."""
    for name in ("_children", "_tasks"):
        if isinstance(found := getattr(thing, name, None), list | set):
            return list(found)
    callbacks = [callback for callback, _ in getattr(thing, "_callbacks", None) or ()]
    variables = [
        (name, cell.cell_contents)
        for callback in callbacks
        if getattr(callback, "__module__", None) in {"asyncio.futures", "asyncio.tasks"}
        for name, cell in zip(callback.__code__.co_freevars, callback.__closure__ or (), strict=True)
    ]
    return [value for name, value in variables if name in {"inner", "source"}]


def source_traceback(task: Any) -> list[traceback.FrameSummary]:
    """Return where a task was made, outermost first; nothing unless its loop was in debug mode."""
    return getattr(task, "_source_traceback", None) or []


current_frames: Final[Callable[[], dict[int, FrameType]]] = sys._current_frames
"""Return the innermost frame of each thread that runs Python, by the thread's identifier."""


def max_workers(executor: Any) -> int:
    """Return how many threads an executor may have."""
    most: int = executor._max_workers
    return most
