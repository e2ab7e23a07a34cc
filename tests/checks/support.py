"""What the tests of the checks share: running one test, and what was found in it."""

import asyncio
import sys
import unittest
import warnings
from collections.abc import Callable, Coroutine
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, FindingError, FindingsError
from aiounit.checks.ledger import Late, Ledger
from aiounit.checks.policy import Policy
from aiounit.checks.session import CheckSession
from aiounit.runs.run import current_run
from tests.support import Events, run

Body = Callable[[Any], Coroutine[Any, Any, object]]


def case_of(body: Callable[[Any], object], *, base: type[AsyncTestCase] = AsyncTestCase, **names: Any) -> Any:
    """Return a test class whose one test is a function."""
    return type("Case", (base,), {"test": body, "__module__": "suite", "__qualname__": "Case", **names})


def errors_in(result: Events) -> list[FindingError]:
    """Return the findings that a result was told of."""
    each = (error.exceptions if isinstance(error, FindingsError) else (error,) for error in result.raised)
    return [error for errors in each for error in errors if isinstance(error, FindingError)]


def findings(kind: Any, *names: str) -> list[FindingError]:
    """Run tests of a class and return what was found; nothing else may have been reported."""
    found = []
    for name in names or ("test",):
        result = run(kind, name=name)
        others = [error for error in result.raised if not isinstance(error, FindingError | FindingsError)]
        if others:
            raise AssertionError(result.text())
        found += errors_in(result)
    return found


def first_lines(kind: Any, *names: str) -> list[str]:
    """Run tests of a class and return the first line of each finding."""
    return [str(error).partition("\n")[0] for error in findings(kind, *names)]


def kinds(log: list[str]) -> list[str]:
    """Return what a result was told, without the details."""
    return [entry.partition("(")[0] for entry in log]


def session(name: str = "test_x", *, owns_loop: bool = True, policy: Any = None) -> CheckSession:
    """Return the session of a test that does not run, by default without any checks."""
    return CheckSession(name, policy or Policy({}, ()), None, None, owns_loop=owns_loop, ledger=Ledger())


async def iterate() -> None:
    """Let the loop run a few iterations."""
    for _ in range(3):
        await asyncio.sleep(0)


def latecomers() -> list[Late]:
    """Return the findings that have come too late for their tests."""
    return current_run().ledger.take_late()


def end_run() -> None:
    """End the run of the tests so far, without a word."""
    latecomers()
    current_run().close()
    current_run().ledger.take_summary()


class QuietTestCase(unittest.TestCase):
    """A base of tests that leaves nothing for the summary of the run, nor for a test that is over."""

    def setUp(self) -> None:
        # What is left on purpose is warned of by Python as well when it is destroyed.
        self.enterContext(warnings.catch_warnings())
        warnings.simplefilter("ignore", ResourceWarning)
        self.addCleanup(end_run)


class LoudTestCase(QuietTestCase):
    """A base of tests that raise errors in destructors on purpose, which is no failure of the whole suite."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(sys, "unraisablehook", sys.__unraisablehook__))
