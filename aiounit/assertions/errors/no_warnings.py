"""Fail if a block of code causes warnings, and show each with the source line that causes it."""

from types import TracebackType
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import re, warnings
from aiounit.assertions.obligations import must_enter
from aiounit.introspect.names import location

__all__ = ["NoWarnings"]

__unittest = True  # results leave out the frames of this module


class NoWarnings:
    """The context manager of `AsyncAssertions.assertNoWarnings`."""

    def __init__(self, case: TestCase, categories: tuple[type[Warning], ...], msg: object) -> None:
        self._case = case
        self._categories = categories
        self._msg = msg
        self._obligation = must_enter(case, "assertNoWarnings")

    def __enter__(self) -> None:
        self._obligation.is_met = True
        self._catcher = warnings.catch_warnings(record=True)
        self._caught = self._catcher.__enter__()
        for category in self._categories:
            warnings.simplefilter("always", category)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._catcher.__exit__(kind, error, traceback)
        found = []
        for each in self._caught or ():
            if error is None and issubclass(each.category, self._categories):
                found.append(f"  {each.category.__name__}: {_in_words(each)}")
            else:
                warnings.showwarning(each.message, each.category, each.filename, each.lineno, each.file, each.line)
        if found:
            raise _stdlib.cases.failure(self._case, self._msg, "\n".join(["expected no warnings, got:", *found]))


def _in_words(warning: warnings.WarningMessage) -> str:
    """Return the text of a warning, and its source line: for a coroutine that of its creation, if Python reports it."""
    what, _, origin = str(warning.message).partition("\nCoroutine created at (most recent call last)\n")
    places = re.findall(r'^  File "(.*)", line (\d+), in ', origin, re.MULTILINE)
    file, line = places[-1] if places else (warning.filename, warning.lineno)
    return f"{what} {location(file, int(line))}"
