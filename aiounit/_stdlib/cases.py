"""The private names of `unittest.TestCase`, its outcome, its subtests and its cleanups.

By the rule of `_stdlib`, each has a test, in tests/_stdlib/test_cases.py, and stands nowhere else.
"""

import unittest.case
from collections.abc import Callable
from typing import Any, Final, Protocol
from unittest import TestCase, TestResult

from aiounit._real import importlib

__all__ = [
    "CLASS_CLEANUPS",
    "DIFF_OMITTED",
    "NO_MESSAGE",
    "Cleanup",
    "Outcome",
    "ShouldStop",
    "add_duration",
    "add_expected_failure",
    "add_last_class_cleanup",
    "add_last_cleanup",
    "add_last_module_cleanup",
    "add_skip",
    "begin_outcome",
    "failure",
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

# unittest's results leave out the frames of modules that say so. This one does, because `report` adds a frame to every
# traceback, and so do modules that call users' fixtures. The frames of others are trimmed, which can be switched off.
__unittest = True


# The stubs know nothing of private names: these modules are looked into untyped, here and nowhere else.
_case: Any = unittest.case


_capturing: Any = importlib.import_module("unittest._log")._CapturingHandler


ShouldStop: Final[type[Exception]] = _case._ShouldStop


NO_MESSAGE: Final[object] = _case._subtest_msg_sentinel


Cleanup = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


# Where a test class has its cleanups.
CLASS_CLEANUPS: Final = "_class_cleanups"


class Outcome(Protocol):
    """What happened to a test so far, as ``unittest.case._Outcome`` keeps it."""

    expecting_failure: bool
    success: bool
    result: TestResult
    result_supports_subtests: bool
    expectedFailure: Any

    def testPartExecutor(self, test_case: TestCase, subTest: bool = False) -> Any:
        """Return a context manager that records what its block raises."""


def make_outcome(result: TestResult) -> Outcome:
    """Return a new outcome that reports to ``result``."""
    outcome: Outcome = _case._Outcome(result)
    return outcome


def begin_outcome(case: Any, result: TestResult) -> Outcome:
    """Return a new outcome that reports to ``result``, and that the test's ``subTest`` and users' hooks look at."""
    outcome: Outcome = _case._Outcome(result)
    case._outcome = outcome
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


def test_method_name(case: Any) -> str:
    """Return the name of the method that the instance runs."""
    name: str = case._testMethodName
    return name


def marks_of(case: object, method: object) -> tuple[str | None, bool]:
    """Return why a test is marked to be skipped, or None, and whether it is marked as expected to fail.

    Args:
        case: The test: its class may be marked.
        method: Its method, which may be marked as well.
    """
    reason: str | None = None
    kind = type(case)
    if getattr(kind, "__unittest_skip__", False) or getattr(method, "__unittest_skip__", False):
        reason = getattr(kind, "__unittest_skip_why__", "") or getattr(method, "__unittest_skip_why__", "")
    fails = getattr(case, "__unittest_expecting_failure__", False)
    return reason, bool(fails or getattr(method, "__unittest_expecting_failure__", False))


def next_cleanup(case: Any) -> Cleanup | None:
    """Take the cleanup that was added last, or return None when none is left."""
    return case._cleanups.pop() if case._cleanups else None


def add_last_cleanup(case: Any, function: Callable[[], Any]) -> None:
    """Add a cleanup that runs after all others, those that are added later and those that were added before."""
    case._cleanups.insert(0, (function, (), {}))


def add_last_class_cleanup(kind: Any, function: Callable[..., object], /, *arguments: Any) -> None:
    """Have a function called after all class cleanups of a class, those included that are there already."""
    kind._class_cleanups.insert(0, (function, arguments, {}))


def add_last_module_cleanup(function: Callable[..., object], /, *arguments: Any) -> None:
    """Have a function called after all module cleanups, those included that are there already."""
    _case._module_cleanups.insert(0, (function, arguments, {}))


def is_capturing(handler: object) -> bool:
    """Tell whether a log handler is that of ``assertLogs``."""
    return isinstance(handler, _capturing)
