"""Use the private names of `unittest.TestCase`: its outcome, its subtests and its cleanups."""

import unittest.case
from collections import ChainMap
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, cast
from unittest import TestCase, TestResult

from aiounit._real import importlib
from aiounit._typing import Protocol

__all__ = [
    "CLASS_CLEANUPS",
    "DIFF_OMITTED",
    "NO_MESSAGE",
    "Cleanup",
    "Outcome",
    "ShouldStop",
    "Subtest",
    "add_duration",
    "add_expected_failure",
    "add_last_class_cleanup",
    "add_last_cleanup",
    "add_last_module_cleanup",
    "add_skip",
    "begin_outcome",
    "failure",
    "has_cleanups",
    "is_capturing",
    "make_outcome",
    "make_subtest",
    "marks_of",
    "next_cleanup",
    "outcome_of",
    "report",
    "set_outcome",
    "test_method_name",
]

# unittest's results leave out the frames of modules that have this name. This module has it because `report` adds a
# frame to every traceback, and so do the modules that call users' fixtures. aiounit trims its other frames itself,
# which a setting can switch off.
__unittest = True

# The arguments are those of the user's function.
Cleanup = tuple[Callable[..., object], tuple[object, ...], dict[str, object]]


class Outcome(Protocol):
    """The outcome of a test so far, as ``unittest.case._Outcome`` keeps it."""

    expecting_failure: bool
    success: bool
    result: TestResult
    result_supports_subtests: bool
    expectedFailure: object

    def testPartExecutor(self, test_case: "TestCase | Subtest", subTest: bool = False) -> AbstractContextManager[None]:
        """Return a context manager that records the exception of its block."""
        ...


class Subtest(Protocol):
    """A subtest, as ``unittest.case._SubTest`` is one."""

    params: ChainMap[str, object]
    test_case: TestCase
    failureException: type[BaseException]

    def id(self) -> str:
        """Return the name of the test with the message and the parameters of the subtest."""
        ...


class PrivateCase(Protocol):
    """The private attributes of a test case.

    Functions that run for each test assign it to a variable of this type: a `cast` would cost them a call.
    """

    _cleanups: list[Cleanup]
    _outcome: Outcome | None
    _testMethodName: str
    failureException: type[BaseException]

    def _formatMessage(self, msg: object, standardMsg: str) -> str: ...
    def _addExpectedFailure(self, result: TestResult, exc_info: object) -> None: ...
    def _addUnexpectedSuccess(self, result: TestResult) -> None: ...
    def _addDuration(self, result: TestResult, elapsed: float) -> None: ...


class PrivateModule(Protocol):
    """The names of `unittest.case` that the stubs don't have. All are private except ``DIFF_OMITTED``."""

    DIFF_OMITTED: str
    _ShouldStop: type[Exception]
    _subtest_msg_sentinel: object
    _module_cleanups: list[Cleanup]
    _Outcome: Callable[[TestResult], Outcome]
    _OrderedChainMap: Callable[[dict[str, object]], ChainMap[str, object]]
    _SubTest: Callable[[TestCase, object, ChainMap[str, object]], Subtest]
    _addSkip: Callable[[TestResult, TestCase | Subtest, str], None]


_case: Final = cast("PrivateModule", unittest.case)
_capturing: type = importlib.import_module("unittest._log")._CapturingHandler

ShouldStop: Final = _case._ShouldStop
NO_MESSAGE: Final = _case._subtest_msg_sentinel
DIFF_OMITTED: Final = _case.DIFF_OMITTED.strip()

# The attribute with the cleanups of a test class.
CLASS_CLEANUPS: Final = "_class_cleanups"


def make_outcome(result: TestResult) -> Outcome:
    """Make an outcome that reports to a result."""
    return _case._Outcome(result)


def begin_outcome(case: TestCase, result: TestResult) -> Outcome:
    """Make the outcome of a test, which ``subTest`` of the test and the users' own hooks use."""
    private: PrivateCase = case  # type: ignore[assignment] # see PrivateCase
    outcome = _case._Outcome(result)
    private._outcome = outcome
    return outcome


def set_outcome(case: TestCase, outcome: Outcome | None) -> None:
    """Set the outcome that ``subTest`` of the test and the users' own hooks use."""
    private: PrivateCase = case  # type: ignore[assignment] # see PrivateCase
    private._outcome = outcome


def outcome_of(case: TestCase) -> Outcome | None:
    """Return the outcome of the current run of a test; None if it is not running."""
    private: PrivateCase = case  # type: ignore[assignment] # see PrivateCase
    return private._outcome


def report(outcome: Outcome, case: TestCase, error: BaseException) -> None:
    """Record an exception by unittest's rules: as a skip, a failure, an error or an expected failure."""
    with outcome.testPartExecutor(case):
        raise error


def failure(case: TestCase, message: object, standard: str) -> BaseException:
    """Make the failure of an assertion, and add the user's message as ``longMessage`` says."""
    private = cast("PrivateCase", case)
    return private.failureException(private._formatMessage(message, standard))


def add_skip(case: TestCase | Subtest, result: TestResult, reason: str) -> None:
    """Report a skipped test; warn if the result does not support skips."""
    _case._addSkip(result, case, reason)


def add_expected_failure(case: TestCase, result: TestResult, outcome: Outcome) -> None:
    """Report the expected failure, or an unexpected success."""
    private = cast("PrivateCase", case)
    if outcome.expectedFailure:
        private._addExpectedFailure(result, outcome.expectedFailure)
    else:
        private._addUnexpectedSuccess(result)


def add_duration(case: TestCase, result: TestResult, seconds: float) -> None:
    """Report how long the test took, on the versions that have durations (3.12 and later)."""
    if hasattr(case, "_addDuration"):
        private: PrivateCase = case  # type: ignore[assignment] # see PrivateCase
        private._addDuration(result, seconds)


def make_subtest(case: TestCase, parent: Subtest | None, message: object, parameters: dict[str, object]) -> Subtest:
    """Make a subtest.

    Args:
        case: The test.
        parent: The subtest around it, whose parameters it inherits.
        message: Its message; `NO_MESSAGE` for none.
        parameters: Its own parameters.
    """
    inherited = _case._OrderedChainMap(parameters) if parent is None else parent.params.new_child(parameters)
    return _case._SubTest(case, message, inherited)


def test_method_name(case: TestCase) -> str:
    """Return the name of the method that a test runs."""
    return case._testMethodName


def marks_of(case: TestCase, method: object) -> tuple[str | None, bool]:
    """Return the reason of the skip decorator, or None without one, and whether the test is an expected failure.

    Args:
        case: The test, whose class may be decorated.
        method: Its method, which may be decorated as well.
    """
    reason: str | None = None
    kind = type(case)
    marked = method if getattr(method, "__dict__", True) else None  # to ask a bound method in vain takes 2 microseconds
    if getattr(kind, "__unittest_skip__", False) or getattr(marked, "__unittest_skip__", False):
        reason = getattr(kind, "__unittest_skip_why__", "") or getattr(marked, "__unittest_skip_why__", "")
    fails = getattr(case, "__unittest_expecting_failure__", False)
    return reason, bool(fails or getattr(marked, "__unittest_expecting_failure__", False))


def has_cleanups(case: TestCase) -> bool:
    """Return whether a test has cleanups that have not run."""
    private: PrivateCase = case  # type: ignore[assignment] # see PrivateCase
    return bool(private._cleanups)


def next_cleanup(case: TestCase) -> Cleanup | None:
    """Take the cleanup that was added last; None if none is left."""
    private: PrivateCase = case  # type: ignore[assignment] # see PrivateCase
    return private._cleanups.pop() if private._cleanups else None


def add_last_cleanup(case: object, function: Callable[[], object]) -> None:
    """Add a cleanup that runs after all others: those added before, and those added later."""
    cast("PrivateCase", case)._cleanups.insert(0, (function, (), {}))


def add_last_class_cleanup(kind: type, function: Callable[..., object], /, *arguments: object) -> None:
    """Add a class cleanup that runs after all others of the class, also after those added before."""
    getattr(kind, CLASS_CLEANUPS).insert(0, (function, arguments, {}))


def add_last_module_cleanup(function: Callable[..., object], /, *arguments: object) -> None:
    """Add a module cleanup that runs after all others, also after those added before."""
    _case._module_cleanups.insert(0, (function, arguments, {}))


def is_capturing(handler: object) -> bool:
    """Return whether a log handler is that of ``assertLogs``."""
    return isinstance(handler, _capturing)
