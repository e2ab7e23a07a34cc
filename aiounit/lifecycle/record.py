"""Record the errors of one test, and report each as soon as it is final: none is hidden, none reported twice.

Only a cancellation may have to wait. A context manager that was entered for the test may have caused it, and turns it
into its own error (``TimeoutError``, the errors of a task group) when it exits.
"""

from collections.abc import Sequence  # noqa: TC003 (beside the others)
from unittest import SkipTest, TestCase

from aiounit import _real, _stdlib
from aiounit._real import asyncio, traceback
from aiounit._typing import Protocol
from aiounit.exceptions import AiounitError, TimeoutFailure
from aiounit.introspect import tracebacks
from aiounit.introspect.places import definition_of
from aiounit.lifecycle.cancellations import Cancellations
from aiounit.limits import deadline, user_code
from aiounit.runs import verdicts

__all__ = ["DebugSink", "Record", "ResultSink", "Sink"]


class Sink(Protocol):
    """Receives the errors of a test."""

    @property
    def ok(self) -> bool:
        """Whether the test can still succeed."""
        ...

    def expect_failure(self, *, expected: bool) -> None:
        """Set whether subtests that fail from now on are expected to fail."""

    def spoil(self) -> None:
        """Note that the test can't succeed any more; the error is reported later."""

    def report(self, error: BaseException, *, expected: bool) -> None:
        """Report an error; ``expected`` is true if it is the failure that the test is declared to have."""


class ResultSink:
    """Reports to the result of a run, by unittest's own rules.

    Args:
        case: The test.
        outcome: unittest's own record of the test.
    """

    __slots__ = ("_case", "_outcome", "is_skipped", "texts")

    def __init__(self, case: TestCase, outcome: _stdlib.cases.Outcome) -> None:
        self._case = case
        self._outcome = outcome
        self.texts: Sequence[str] = ()
        """The reported tracebacks, except of skips."""
        self.is_skipped = False
        """Whether only a skip was reported."""

    @property
    def ok(self) -> bool:
        """Whether the test can still succeed."""
        return self._outcome.success

    def expect_failure(self, *, expected: bool) -> None:
        """Set whether subtests that fail from now on are expected to fail."""
        self._outcome.expecting_failure = expected

    def spoil(self) -> None:
        """Note that the test can't succeed any more."""
        self._outcome.success = False

    def report(self, error: BaseException, *, expected: bool) -> None:
        """Report a skip, a failure, an error or an expected failure."""
        error = verdicts.verdict(error, self._case.failureException)
        self.is_skipped = isinstance(error, SkipTest) and not self.texts
        if not isinstance(error, SkipTest):
            self.texts = (*self.texts, "")
        self._outcome.expecting_failure = expected
        try:
            self._describe(error)
        except Exception:  # the test has patched a function that formats tracebacks
            with _real.unpatched():
                self._describe(error)
        self._outcome.expecting_failure = False

    def _describe(self, error: BaseException) -> None:
        if not isinstance(error, SkipTest):
            try:
                deadline.call_in_time(f"the description of {type(error).__qualname__}", self._note_text, error)
            except TimeoutFailure as failure:
                # unittest would format the slow error once more, so the failure replaces it, without linking to it.
                failure.args = ("\n\n".join(filter(None, [str(failure), self.texts[-1]])),)
                failure.__cause__ = failure.__context__ = None
                error = failure.with_traceback(error.__traceback__)
                self._note_text(error)
        trace = error.__traceback__
        _stdlib.cases.report(self._outcome, self._case, error)
        error.__traceback__ = trace  # without the frames of `report`, which hold the error

    @user_code.entry
    def _note_text(self, error: BaseException) -> None:
        self.texts = (*self.texts[:-1], "".join(traceback.format_exception(error)))


class DebugSink:
    """Keeps the errors for ``debug()``, which raises the first one."""

    def __init__(self) -> None:
        self.ok = True
        self._errors: list[BaseException] = []

    def expect_failure(self, *, expected: bool) -> None:
        """Do nothing: debug() ignores ``@expectedFailure``."""

    def spoil(self) -> None:
        """Note that the test can't go on to its next phase."""
        self.ok = False

    def report(self, error: BaseException, *, expected: bool) -> None:  # noqa: ARG002 (`expect_failure`)
        """Keep an error."""
        self.ok = False
        self._errors.append(verdicts.verdict(error))

    def raise_first(self) -> None:
        """Raise the first error, with the later ones as notes; do nothing if there is none."""
        if not self._errors:
            return
        first, *others = self._errors
        self._errors = []
        for other in others:
            first.add_note("Later in the same test:\n" + "".join(traceback.format_exception(other)).rstrip())
        raise first


class _Held:
    __slots__ = ("error", "expected")

    def __init__(self, error: asyncio.CancelledError, *, expected: bool) -> None:
        self.error = error
        self.expected = expected


class Record:
    """The errors of one test, and the state of its ending.

    Args:
        sink: Receives the errors when they are final.
        full_traceback: Whether the frames of aiounit and asyncio stay in tracebacks.
        method: The test method. An error without a line of user code points at its definition.
    """

    __slots__ = (
        "_full_traceback",
        "_held",
        "_known",
        "_method",
        "_sink",
        "cancellation",
        "entered",
        "failure",
        "interrupt",
    )

    def __init__(self, sink: Sink, *, full_traceback: bool, method: object = None) -> None:
        self._sink = sink
        self._method = method
        self._full_traceback = full_traceback
        self._held: Sequence[_Held] = ()
        self._known: Cancellations | None = None
        self.entered = 0
        """How many context managers are entered for the test."""
        self.failure: BaseException | None = None
        """The exception that ended the test, which context managers receive when they exit."""
        self.interrupt: KeyboardInterrupt | None = None
        """The Ctrl-C to raise in the runner after the clean-up."""
        self.cancellation: asyncio.CancelledError | None = None
        """A cancellation that was not raised in user code yet; see `add_cancellation`."""

    @property
    def _cancellations(self) -> Cancellations:
        """The cancellations of the test. They are made when used: most tests are never cancelled."""
        if self._known is None:
            self._known = Cancellations()
        return self._known

    @property
    def ok(self) -> bool:
        """Whether the test can go on to its next phase."""
        return self._sink.ok and self.interrupt is None

    def expect_failure(self, *, expected: bool) -> None:
        """Set whether the test is declared to fail in the code that runs now."""
        self._sink.expect_failure(expected=expected)

    def add(self, error: BaseException, *, expected: bool = False) -> None:
        """Report an error of the test, or hold a cancellation until the context managers have exited.

        Args:
            error: The error.
            expected: Whether the test is declared to fail. An error that aiounit itself found never counts as the
                expected one.
        """
        expected = expected and not isinstance(error, AiounitError)
        if self.failure is None:
            self.failure = error
        if isinstance(error, asyncio.CancelledError) and self._is_held(error):
            return
        if isinstance(error, asyncio.CancelledError) and self.entered:
            self._held = [*self._held, _Held(error, expected=expected)]
            if not expected:
                self._sink.spoil()
        else:
            self._report(error, expected=expected)

    def add_cancellation(self, error: asyncio.CancelledError) -> None:
        """Keep a cancellation that arrived between two steps, so that it has not interrupted user code."""
        if not self._is_held(error):
            self._cancellations.note_between(error)
            self.cancellation = error

    def note_cancellation(self, error: BaseException, function: object) -> None:
        """Record the error of a step if it is a cancellation, so that the report explains it.

        Args:
            error: The error.
            function: The function that the step called.
        """
        self._cancellations.note(error, function, is_kept=bool(self.entered))

    def _is_held(self, error: asyncio.CancelledError) -> bool:
        """Return whether this cancellation repeats one that is held: anyio cancels again until its scope exits.

        The message identifies the scope. The exceptions themselves differ.
        """
        return bool(error.args) and any(held.error.args == error.args for held in self._held)

    def add_interrupt(self, error: KeyboardInterrupt) -> None:
        """Keep a Ctrl-C, which is not a failure of the test, and ends the run after the test's clean-up."""
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

    # Context managers that exit

    @property
    def ending(self) -> BaseException | None:
        """The exception that a context manager receives if it exits now."""
        return self.failure or self.cancellation

    def absorb(self) -> None:
        """Record that a context manager suppressed its exception. The failure is still reported.

        Only a cancellation that did not interrupt user code is settled by that.
        """
        if self.failure is None:
            self.cancellation = None

    def turn(self, ending: BaseException | None, error: BaseException) -> BaseException | None:
        """Record that a context manager raised an error when it exited.

        Args:
            ending: The exception that it received.
            error: The error that it raised instead.

        Returns:
            The part of ``error`` that must still be reported, as an error of the clean-up, or None.
        """
        if ending is None:
            return error
        if ending is self.cancellation:
            self.cancellation = None
            return error
        held = next((held for held in self._held if held.error is ending), None)
        if held is None:
            return _without(error, ending)
        # The manager itself had cancelled the test, so its error replaces the cancellation.
        self._held = [each for each in self._held if each is not held]
        self.failure = error
        self._report(error, expected=held.expected)
        return None

    def close(self) -> None:
        """Report the held cancellations that no context manager has replaced."""
        if self._held:
            held, self._held = self._held, ()
            for each in held:
                self._report(each.error, expected=each.expected)
        if self.cancellation is not None:
            self._report(self.cancellation, expected=False)


def _without(error: BaseException, reported: BaseException) -> BaseException | None:
    """Return ``error`` without the one that is already reported, as a member or a cause; None if nothing remains."""
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
