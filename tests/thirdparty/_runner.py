"""Runs a suite with `unittest.IsolatedAsyncioTestCase` replaced by a given class, and writes down what was reported.

A script of its own, for ``python -P``: the suite that it runs may have a top-level package ``tests`` itself, so this
must work without ours, and the replacement must be in place before anything of the suite is imported.
"""

import argparse
import faulthandler
import importlib
import json
import traceback
import unittest
import unittest.async_case
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, TypeAlias

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Event(NamedTuple):
    """One call of the result's methods.

    ``detail`` is what must be the same whatever the base class (the type of an exception, the reason of a skip, the
    name of a subtest); ``message`` and ``traceback`` may hold addresses, ports and times, and help the reader.
    """

    kind: str
    detail: str = ""
    message: str = ""
    traceback: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.detail}".rstrip()


class Recorder(unittest.TestResult):
    """A result that keeps the events of each test, in order of the tests' first event."""

    def __init__(self) -> None:
        super().__init__()
        self.events: dict[str, list[Event]] = {}

    def _note(self, test: unittest.TestCase, kind: str, err: ExcInfo | None = None, detail: str = "") -> None:
        event = Event(kind, detail)
        if err is not None and err[1] is not None:
            kind_of_error = type(err[1])
            name = f"{kind_of_error.__module__}.{kind_of_error.__qualname__}".removeprefix("builtins.")
            text = "".join(traceback.format_exception(err[1]))
            event = Event(kind, f"{detail} {name}".lstrip(), str(err[1]), text)
        self.events.setdefault(test.id(), []).append(event)

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._note(test, "startTest")

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self._note(test, "stopTest")

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self._note(test, "addSuccess")

    def addError(self, test: unittest.TestCase, err: ExcInfo) -> None:
        super().addError(test, err)
        self._note(test, "addError", err)

    def addFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        super().addFailure(test, err)
        self._note(test, "addFailure", err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self._note(test, "addSkip", detail=reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        super().addExpectedFailure(test, err)
        self._note(test, "addExpectedFailure", err)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self._note(test, "addUnexpectedSuccess")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: ExcInfo | None) -> None:
        super().addSubTest(test, subtest, err)
        self._note(test, "addSubTest", err, subtest.id().removeprefix(test.id()).strip())

    def addDuration(self, test: unittest.TestCase, elapsed: float) -> None:
        self._note(test, "addDuration")


def replace_base(name: str) -> None:
    """Put the class ``package.module:Class`` where suites find stdlib's base class.

    It is imported first, because it may be a subclass of what it replaces.
    """
    module, _, attribute = name.partition(":")
    base: Any = getattr(importlib.import_module(module), attribute)
    unittest.IsolatedAsyncioTestCase = base  # type: ignore[misc]  # the point of this program
    unittest.async_case.IsolatedAsyncioTestCase = base  # type: ignore[misc]  # the same


def run(names: list[str]) -> dict[str, list[Event]]:
    """Run modules, classes or tests by their dotted names, and return the events of each test.

    Raises:
        SystemExit: Something of the suite could not be imported, which a comparison would not notice: it fails alike
            on both sides.
    """
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(names)
    if loader.errors:
        raise SystemExit("\n".join(str(error) for error in loader.errors))
    recorder = Recorder()
    suite.run(recorder)
    return recorder.events


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="the class to use, package.module:Class")
    parser.add_argument("--output", required=True, type=Path, help="the file to write the events to, as JSON")
    parser.add_argument("--limit", required=True, type=float, help="when to give up, in seconds")
    parser.add_argument("names", nargs="+", help="modules, classes or tests")
    options = parser.parse_args()
    faulthandler.dump_traceback_later(options.limit, exit=True)
    replace_base(options.base)
    events = run(options.names)
    faulthandler.cancel_dump_traceback_later()
    options.output.write_text(json.dumps(events))


if __name__ == "__main__":
    main()
