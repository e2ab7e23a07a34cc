"""Use the private names of `unittest.TestSuite`, to find the end of the outermost suite of a run."""

import unittest.suite
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Any, Final, cast
from unittest import TestCase, TestResult

from aiounit._stdlib.frames import frame as frame_at
from aiounit._typing import Protocol

__all__ = ["is_at_end", "is_in_suite", "report_of_run"]


class PrivateSuite(Protocol):
    """The private method of the class of suites."""

    _handleModuleTearDown: FunctionType


class PrivateModule(Protocol):
    """The private name of `unittest.suite`."""

    _ErrorHolder: Callable[[str], TestCase]


_suite: Final = cast("PrivateModule", unittest.suite)
_suite_type: Final = cast("PrivateSuite", unittest.suite.TestSuite)


def is_in_suite(result: object) -> bool:
    """Return whether a suite runs with a result. If not, a runner runs each test by itself, and no cleanups."""
    return bool(getattr(result, "_testRunEntered", False))


def is_at_end(result: object) -> bool:
    """Return whether no test follows a module cleanup, which asks: the outermost suite of a result is ending.

    Suites of other runners that derive from unittest's, such as green's, work in the same way.

    Args:
        result: The result of the run.
    """
    teardown = _teardown_frame(frame_at(1))
    if teardown is None or teardown.f_back is None or teardown.f_locals.get("result") is not result:
        return False
    return teardown.f_back.f_locals.get("topLevel") is True


def _teardown_frame(frame: FrameType | None) -> FrameType | None:
    """Return the frame of the suite that tears a module down, if the frame is inside it."""
    while frame is not None and frame.f_code is not _suite_type._handleModuleTearDown.__code__:
        frame = frame.f_back
    return frame


def report_of_run(result: TestResult, error: BaseException) -> None:
    """Report an error that does not belong to a test."""
    holder = _suite._ErrorHolder("closing the resources of the run")
    details: Any = (type(error), error, error.__traceback__)  # an error that was not raised has no traceback
    result.addError(holder, details)
