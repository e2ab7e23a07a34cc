"""What the tests that run small suites share: a result that writes down every event, and a way to run one test."""

import unittest
from collections.abc import Callable
from types import TracebackType
from typing import TypeAlias

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Events(unittest.TestResult):
    """A result that writes each event down as a short string; the test may write its own into the same list."""

    def __init__(self, log: list[str] | None = None) -> None:
        super().__init__()
        self.log = [] if log is None else log
        self.raised: list[BaseException] = []

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.log.append("startTest")

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self.log.append("stopTest")

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.log.append("addSuccess")

    def addError(self, test: unittest.TestCase, err: ExcInfo) -> None:
        super().addError(test, err)
        self._note("addError", err)

    def addFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        super().addFailure(test, err)
        self._note("addFailure", err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.log.append(f"addSkip {reason}")

    def addExpectedFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        super().addExpectedFailure(test, err)
        self._note("addExpectedFailure", err)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self.log.append("addUnexpectedSuccess")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: ExcInfo | None) -> None:
        super().addSubTest(test, subtest, err)
        name = subtest.id().removeprefix(test.id()).strip()
        if err is None:
            self.log.append(f"addSubTest {name}")
        else:
            self._note(f"addSubTest {name}", err)

    def addDuration(self, test: unittest.TestCase, elapsed: float) -> None:
        """Leave durations alone: 3.11 has none."""

    def _note(self, event: str, err: ExcInfo) -> None:
        assert err[1] is not None
        self.raised.append(err[1])
        self.log.append(f"{event} {err[1]!r}")

    def text(self) -> str:
        """Return what was reported as errors and failures, as a user reads it."""
        return "\n".join(text for _, text in (*self.errors, *self.failures, *self.expectedFailures))


def run(kind: Callable[[str], unittest.TestCase], log: list[str] | None = None, name: str = "test") -> Events:
    """Run one test of a class; its events and what it writes into ``log`` itself are in the result's ``log``."""
    result = Events(log)
    kind(name).run(result)
    return result


def outcome(kind: Callable[[str], unittest.TestCase], name: str = "test") -> list[str]:
    """Return what is reported of one test of a class between its start and its stop."""
    return run(kind, name=name).log[1:-1]
