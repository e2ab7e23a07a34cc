"""What happened to one test: reported as soon as it is final, never hidden, never twice.

Only a cancellation may have to wait: a context manager that was entered for the test may have caused it, and turns it
into its own error (``TimeoutError``, the errors of a task group) when it is left.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from unittest import SkipTest, TestCase

from aiounit import _real, _stdlib
from aiounit._real import asyncio, traceback
from aiounit.exceptions import AiounitError, TimeoutFailure
from aiounit.introspect import tracebacks
from aiounit.introspect.places import definition_of
from aiounit.lifecycle.cancellations import Cancellations
from aiounit.limits import deadline, user_code
from aiounit.runs import verdicts

__all__ = ["DebugSink", "Record", "ResultSink", "Sink"]


class Sink(Protocol):
    """Where the errors of a test go."""

    @property
    def ok(self) -> bool:
        """Whether nothing was reported so far that spoils the test."""
        ...

    def expect_failure(self, *, expected: bool) -> None:
        """Say whether subtests that fail from now on fail as they are expected to."""

    def spoil(self) -> None:
        """Note that the test can't succeed any more; a report of why follows."""

    def report(self, error: BaseException, *, expected: bool) -> None:
        """Take an error; ``expected`` says that the test is declared to fail like this."""


class ResultSink:
    """Reports to the result of a run, by unittest's own rules.

    Args:
        case: The test.
        outcome: Where unittest keeps what happened to it.
    """

    def __init__(self, case: TestCase, outcome: _stdlib.cases.Outcome) -> None:
        self._case = case
        self._outcome = outcome
        self.texts: list[str] = []
        """What was reported, but for skips."""
        self.is_skipped = False
        """Whether all that was reported is a skip."""

    @property
    def ok(self) -> bool:
        """Whether nothing was reported so far that spoils the test."""
        return self._outcome.success

    def expect_failure(self, *, expected: bool) -> None:
        """Say whether subtests that fail from now on fail as they are expected to."""
        self._outcome.expecting_failure = expected

    def spoil(self) -> None:
        """Note that the test can't succeed any more."""
        self._outcome.success = False

    def report(self, error: BaseException, *, expected: bool) -> None:
        """Report a skip, a failure, an error or an expected failure."""
        error = verdicts.verdict(error, self._case.failureException)
        self.is_skipped = isinstance(error, SkipTest) and not self.texts
        if not isinstance(error, SkipTest):
            self.texts.append("")
        self._outcome.expecting_failure = expected
        try:
            self._describe(error)
        except Exception:  # the test has patched something by which errors are described
            with _real.unpatched():
                self._describe(error)
        self._outcome.expecting_failure = False

    def _describe(self, error: BaseException) -> None:
        if not isinstance(error, SkipTest):
            try:
                deadline.call_in_time(f"the description of {type(error).__qualname__}", self._note_text, error)
            except TimeoutFailure as failure:  # unittest would describe it once more
                failure.args = ("\n\n".join(filter(None, [str(failure), self.texts[-1]])),)
                failure.__cause__ = failure.__context__ = None
                error = failure.with_traceback(error.__traceback__)
                self._note_text(error)
        trace = error.__traceback__
        _stdlib.cases.report(self._outcome, self._case, error)
        error.__traceback__ = trace  # without frames that hold the error

    @user_code.entry
    def _note_text(self, error: BaseException) -> None:
        self.texts[-1] = "".join(traceback.format_exception(error))


class DebugSink:
    """Keeps the errors for ``debug()``, which raises the first."""

    def __init__(self) -> None:
        self.ok = True
        self._errors: list[BaseException] = []

    def expect_failure(self, *, expected: bool) -> None:
        """Do nothing: debug() expects nothing."""

    def spoil(self) -> None:
        """Note that the test can't go on to its next phase."""
        self.ok = False

    def report(self, error: BaseException, *, expected: bool) -> None:  # noqa: ARG002 (debug() expects nothing)
        """Keep an error."""
        self.ok = False
        self._errors.append(verdicts.verdict(error))

    def raise_first(self) -> None:
        """Raise the first error, with the later ones as notes, so that none is lost; return if there is none."""
        if not self._errors:
            return
        first, *others = self._errors
        self._errors = []
        for other in others:
            first.add_note("Later in the same test:\n" + "".join(traceback.format_exception(other)).rstrip())
        raise first


@dataclass(frozen=True, slots=True)
class _Held:
    error: asyncio.CancelledError
    expected: bool


class Record:
    """How a test is ending.

    Args:
        sink: Where its errors go.
        full_traceback: Whether the frames of aiounit and asyncio stay in tracebacks.
        method: The test method, which errors point at that have no line of the user's.
    """

    def __init__(self, sink: Sink, *, full_traceback: bool, method: object = None) -> None:
        self._sink = sink
        self._method = method
        self._full_traceback = full_traceback
        self._held: list[_Held] = []
        self._cancellations = Cancellations()
        self.entered = 0
        """How many context managers are entered for the test."""
        self.failure: BaseException | None = None
        """The exception that ended the test: what a context manager is given that is left now."""
        self.interrupt: KeyboardInterrupt | None = None
        """The Ctrl-C that goes to the runner when the clean-up is done."""
        self.cancellation: asyncio.CancelledError | None = None
        """A cancellation that nobody's code has had yet; see `add_cancellation`."""

    @property
    def ok(self) -> bool:
        """Whether the test can go on to its next phase."""
        return self._sink.ok and self.interrupt is None

    def expect_failure(self, *, expected: bool) -> None:
        """Say whether the test is declared to fail in what it runs now."""
        self._sink.expect_failure(expected=expected)

    def add(self, error: BaseException, *, expected: bool = False) -> None:
        """Report an error of the test, or hold a cancellation until it is known what becomes of it.

        Args:
            error: What was raised.
            expected: Whether the test is declared to fail; an error that aiounit itself found satisfies nobody.
        """
        expected = expected and not isinstance(error, AiounitError)
        if self.failure is None:
            self.failure = error
        if isinstance(error, asyncio.CancelledError) and self._is_held(error):
            return
        if isinstance(error, asyncio.CancelledError) and self.entered:
            self._held.append(_Held(error, expected))
            if not expected:
                self._sink.spoil()
        else:
            self._report(error, expected=expected)

    def add_cancellation(self, error: asyncio.CancelledError) -> None:
        """Keep a cancellation that arrived between two pieces of the user's code, and has interrupted neither."""
        if not self._is_held(error):
            self._cancellations.note_between(error)
            self.cancellation = error

    def note_cancellation(self, error: BaseException, function: Callable[..., Any]) -> None:
        """Note what a step has raised if it is a cancellation of the test, so that it is reported in words.

        Args:
            error: What was raised.
            function: What the step has called.
        """
        self._cancellations.note(error, function, is_kept=bool(self.entered))

    def _is_held(self, error: asyncio.CancelledError) -> bool:
        """Tell whether this is a cancellation that has come before: anyio sends it until its scope is left.

        Only its message tells: it names the scope.
        """
        return bool(error.args) and any(held.error.args == error.args for held in self._held)

    def add_interrupt(self, error: KeyboardInterrupt) -> None:
        """Remember a Ctrl-C: it is nobody's failure, and ends the run after the test's clean-up."""
        self._trim(error)
        self.interrupt = error
        if self.failure is None:
            self.failure = error

    def _report(self, error: BaseException, *, expected: bool) -> None:
        self._trim(error)
        definition = definition_of(self._method)
        self._cancellations.explain(error, definition)
        if error.__traceback__ is None:
            tracebacks.point_at(error, definition)
        self._sink.report(error, expected=expected)

    def _trim(self, error: BaseException) -> None:
        if not self._full_traceback:
            tracebacks.trim(error)

    # What context managers make of the end of the test

    @property
    def ending(self) -> BaseException | None:
        """What a context manager is given that is left now."""
        return self.failure or self.cancellation

    def absorb(self) -> None:
        """Note that a context manager swallowed what it was given: that hides no failure.

        A cancellation that interrupted nobody's code is over; anything else stays reported.
        """
        if self.failure is None:
            self.cancellation = None

    def turn(self, ending: BaseException | None, error: BaseException) -> BaseException | None:
        """Note that a context manager raised an error when it was left.

        Args:
            ending: What it was given.
            error: What it raised instead.

        Returns:
            What is left to be reported as an error of the clean-up, or None.
        """
        if ending is None:
            return error
        if ending is self.cancellation:
            self.cancellation = None
            return error
        held = next((held for held in self._held if held.error is ending), None)
        if held is None:
            return _without(error, ending)
        # The cancellation was the manager's own doing: what it says takes its place.
        self._held.remove(held)
        self.failure = error
        self._report(error, expected=held.expected)
        return None

    def close(self) -> None:
        """Report what was held and nobody turned into anything else."""
        held, self._held = self._held, []
        for each in held:
            self._report(each.error, expected=each.expected)
        if self.cancellation is not None:
            self._report(self.cancellation, expected=False)


def _without(error: BaseException, reported: BaseException) -> BaseException | None:
    """Return ``error`` without the one that is reported already, wherever that stands in it; None if that is all."""
    rest: BaseException | None = error
    if isinstance(error, BaseExceptionGroup):
        rest = error.split(lambda each: each is reported)[1]
    if rest is not None:
        for each in tracebacks.related(rest):
            if each.__cause__ is reported:
                each.__cause__ = None
            if each.__context__ is reported:
                each.__context__ = None
    return rest
