"""Report the reason for which the task of a test was interrupted, once, instead of the resulting cancellation.

A timeout reaches `Causes.add` by several routes. `engine` lists them, at `Lifecycle._raised`.
"""

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
        driver: Drives the task of the test, and keeps the reasons for its interruptions.
        record: Receives the errors.
        session: Knows which tasks had failed before a timeout; None if all checks are off.
    """

    __slots__ = ("_driver", "_record", "_session", "_timeout")

    def __init__(self, driver: Driver, record: Record, session: CheckSession | None = None) -> None:
        self._driver = driver
        self._session = session
        self._record = record
        self._timeout: TimeoutFailure | None = None

    def add(self, error: BaseException, *, expected: bool = False) -> None:
        """Report an error.

        Args:
            error: The error.
            expected: Whether the test is declared to fail.
        """
        if error is self._timeout:
            return  # already reported: the same failure arrives by more than one route
        if isinstance(error, TimeoutFailure):
            self._timeout = error
            if self._session is not None:
                self._session.explain(error)
        if isinstance(error, KeyboardInterrupt):
            self._record.add_interrupt(error)
        else:
            self._record.add(error, expected=expected)

    def add_interruptions(self, cancellation: BaseException | None = None, *, expected: bool = False) -> bool:
        """Report the reasons for which the task was interrupted, and return whether there were any.

        Args:
            cancellation: The resulting cancellation, whose traceback shows where the test was suspended.
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
        """Handle a cancellation that interrupted no user code; only an entered context manager can still use it."""
        if cancellation is not None and not self.add_interruptions() and self._record.entered:
            self._record.add_cancellation(cancellation)
