"""Assertions about how the awaits of a mock ended. unittest.mock counts an await that has only begun like any other."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from unittest import TestCase

from aiounit import _stdlib
from aiounit._later import Later
from aiounit._real import asyncio
from aiounit.arguments import check_count, check_kinds

if TYPE_CHECKING:
    from aiounit.assertions.awaits import awaited_mocks, histories
    from aiounit.mocks.recording import records as recorded
    from aiounit.mocks.recording.records import AwaitRecord, AwaitState
else:
    awaited_mocks = Later("aiounit.assertions.awaits.awaited_mocks", globals())
    histories = Later("aiounit.assertions.awaits.histories", globals())
    recorded = Later("aiounit.mocks.recording.records", globals())

__all__ = ["EndingAssertions"]

__unittest = True  # results leave out the frames of this module


class EndingAssertions(TestCase):
    """Assertions about how the awaits of a mock ended."""

    def assertAwaitReturned(self, mock: object, *, count: int | None = None, msg: object = None) -> "AwaitRecord":
        """Fail unless the awaits of a mock returned.

        Args:
            mock: The mock. It must have been recorded before its first await.
            count: How many awaits must have returned, exactly. None means all of them, and at least one.
            msg: Added to the failure message.

        Returns:
            The last await that returned.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited, or ``count`` is not an integer.
            ValueError: ``count`` is less than 1, or ``mock`` was awaited before it was recorded.
        """
        is_meant = _is_in(recorded.AwaitState.RETURNED)
        return _assert_ended(self, mock, "assertAwaitReturned", "returned", is_meant, count, msg)

    def assertAwaitRaised(
        self,
        mock: object,
        exception: type[BaseException] | tuple[type[BaseException], ...],
        *,
        count: int | None = None,
        msg: object = None,
    ) -> "AwaitRecord":
        """Fail unless the awaits of a mock raised an exception.

        Args:
            mock: The mock. It must have been recorded before its first await.
            exception: The class of the exception, or a tuple of classes.
            count: How many awaits must have raised it, exactly. None means all of them, and at least one.
            msg: Added to the failure message.

        Returns:
            The last await that raised it. Its ``error`` is the exception.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited, ``exception`` is not a class of exceptions, or
                ``count`` is not an integer.
            ValueError: ``count`` is less than 1, ``mock`` was awaited before it was recorded, or ``exception`` is
                ``CancelledError``: use `assertAwaitCancelled` for that.

        Example:
            ``self.assertAwaitRaised(client.fetch, OSError, count=2)``
        """
        awaited_mocks.check_order(mock, exception, "assertAwaitRaised", "the exception")
        check_kinds("exception", exception)
        kinds = exception if isinstance(exception, tuple) else (exception,)
        if any(issubclass(kind, asyncio.CancelledError) for kind in kinds):
            raise ValueError("an await that is cancelled does not count as one that raises: use assertAwaitCancelled()")

        def is_meant(record: "AwaitRecord") -> bool:
            return record.state is recorded.AwaitState.RAISED and isinstance(record.error, exception)

        verb = f"raised {' or '.join(kind.__name__ for kind in kinds)}"
        return _assert_ended(self, mock, "assertAwaitRaised", verb, is_meant, count, msg)

    def assertAwaitCancelled(self, mock: object, *, count: int | None = None, msg: object = None) -> "AwaitRecord":
        """Fail unless the awaits of a mock were cancelled.

        Args:
            mock: The mock. It must have been recorded before its first await.
            count: How many awaits must have been cancelled, exactly. None means all of them, and at least one.
            msg: Added to the failure message.

        Returns:
            The last await that was cancelled.

        Raises:
            TypeError: ``mock`` is not a mock that can be awaited, or ``count`` is not an integer.
            ValueError: ``count`` is less than 1, or ``mock`` was awaited before it was recorded.
        """
        is_meant = _is_in(recorded.AwaitState.CANCELLED)
        return _assert_ended(self, mock, "assertAwaitCancelled", "been cancelled", is_meant, count, msg)


def _is_in(state: "AwaitState") -> Callable[["AwaitRecord"], bool]:
    return lambda record: record.state is state


def _assert_ended(
    case: TestCase,
    mock: object,
    assertion: str,
    verb: str,
    is_meant: Callable[["AwaitRecord"], bool],
    count: int | None,
    msg: object,
) -> "AwaitRecord":
    awaited = awaited_mocks.find_mock(mock, assertion)
    if count is not None:
        check_count("count", count)
    awaited_mocks.require_records([awaited], assertion)
    records = [each.record for each in awaited.awaits]
    meant = [record for record in records if is_meant(record)]
    if meant and len(meant) == (len(records) if count is None else count):
        return meant[-1]
    if count is None:
        expected = f"Expected every await of {awaited.name} to have {verb}."
    else:
        number = "one await" if count == 1 else f"{count} awaits"
        expected = f"Expected {number} of {awaited.name} to have {verb}, not {len(meant)}."
    errors = [record.error for record in records if record not in meant and record.state is recorded.AwaitState.RAISED]
    cause = errors[-1] if errors else None
    raise _stdlib.cases.failure(case, msg, "\n".join([expected, *histories.history([awaited])])) from cause
