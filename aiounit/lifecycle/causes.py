"""What is reported of a task that was interrupted: why, in place of the cancellation, and each reason once."""

from aiounit._real import asyncio
from aiounit.checks.session import CheckSession
from aiounit.exceptions import AiounitError, TimeoutFailure
from aiounit.introspect import tracebacks
from aiounit.lifecycle.record import Record
from aiounit.loops.driver import Driver

__all__ = ["Causes"]


class Causes:
    """Reports the errors of one test.

    Args:
        driver: Runs the task of the test, and knows why it was interrupted.
        record: Takes the errors.
        session: Knows what had died before a timeout; None if all checks are off.
    """

    def __init__(self, driver: Driver, record: Record, session: CheckSession | None = None) -> None:
        self._driver = driver
        self._session = session
        self._record = record
        self._timeout: TimeoutFailure | None = None

    def add(self, error: BaseException, *, expected: bool = False) -> None:
        """Report an error.

        Args:
            error: What was raised.
            expected: Whether the test is declared to fail.
        """
        if error is self._timeout:
            return  # it came back in more than one way
        if isinstance(error, TimeoutFailure):
            self._timeout = error
            if self._session is not None:
                self._session.explain(error)
        if isinstance(error, KeyboardInterrupt):
            self._record.add_interrupt(error)
        else:
            self._record.add(error, expected=expected)

    def add_interruptions(self, cancellation: BaseException | None = None, *, expected: bool = False) -> bool:
        """Report why the task was interrupted, and tell whether it was.

        Args:
            cancellation: What came of it; says where the test stood.
            expected: Whether the test is declared to fail.
        """
        errors = self._driver.take_interruptions()
        for error in errors:
            if isinstance(error, AiounitError) and cancellation is not None:
                tracebacks.take_over(error, cancellation)
                error.__context__ = cancellation.__context__
            else:
                error.__context__ = error.__context__ or cancellation
            self.add(error, expected=expected)
        return bool(errors)

    def note(self, cancellation: asyncio.CancelledError | None) -> None:
        """Take a cancellation that interrupted no code of the user's; only a context manager may still want it."""
        if cancellation is not None and not self.add_interruptions() and self._record.entered:
            self._record.add_cancellation(cancellation)
