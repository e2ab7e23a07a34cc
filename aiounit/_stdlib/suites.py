"""The private names of `unittest.TestSuite` that tell when the outermost suite of a run ends.

Each has a test in tests/_stdlib/test_suites.py that fails loudly on a version that changes it.
"""

import unittest.suite
from typing import Any

from aiounit._stdlib import frames

__all__ = ["is_at_end", "is_in_suite", "report_of_run"]

_suite: Any = unittest.suite


def is_in_suite(result: Any) -> bool:
    """Tell whether a suite is running with a result: otherwise a runner runs each test by itself, and no cleanups."""
    return bool(getattr(result, "_testRunEntered", False))


def is_at_end(result: object) -> bool:
    """Tell a module cleanup whether no test follows: the outermost suite that a result was given is ending.

    Suites of other runners that derive from unittest's, such as green's, are made in the same way.

    Args:
        result: The result of the run.
    """
    teardown: Any = frames.frame(1)
    while teardown is not None and teardown.f_code is not _suite.TestSuite._handleModuleTearDown.__code__:
        teardown = teardown.f_back
    if teardown is None or teardown.f_back is None or teardown.f_locals.get("result") is not result:
        return False
    return teardown.f_back.f_locals.get("topLevel") is True


def report_of_run(result: Any, error: BaseException) -> None:
    """Report an error that belongs to no test."""
    holder = _suite._ErrorHolder("closing the resources of the run")
    result.addError(holder, (type(error), error, error.__traceback__))
