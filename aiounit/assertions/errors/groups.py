"""Expect a block to raise a group of exceptions, as concurrent tasks do."""

from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast
from unittest import TestCase

from aiounit import _stdlib
from aiounit.assertions.errors.expected import Expected, ExpectedGroup
from aiounit.assertions.obligations import must_enter
from aiounit.introspect.representation import brief

__all__ = ["RaisedGroup"]

__unittest = True  # results leave out the frames of this module

X = TypeVar("X", bound=BaseException)


class RaisedGroup(Generic[X]):
    """The context manager of `AsyncAssertions.assertRaisesGroup`.

    Attributes:
        exception: The exception that the block raised, available after the block.
    """

    exception: X

    def __init__(
        self, case: TestCase, expected: ExpectedGroup[Any], bare: Expected[BaseException] | None, msg: object
    ) -> None:
        self._case = case
        self._expected = expected
        self._bare = bare
        self._bare = bare
        self._msg = msg
        self._obligation = must_enter(case, "assertRaisesGroup")

    def __enter__(self) -> Self:
        self._obligation.is_met = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if error is None:
            raise _stdlib.cases.failure(self._case, self._msg, f"expected {self._expected!r}, but nothing was raised")
        reason = self._mismatch(error)
        if reason is None:
            # As in assertRaises: with its traceback, the exception would keep the frames of the block alive.
            self.exception = cast("X", error.with_traceback(None))
            return True
        if isinstance(error, ExceptionGroup):
            what = f"expected {self._expected!r}, but {brief(error)} was raised: {reason}"
            raise _stdlib.cases.failure(self._case, self._msg, what) from error
        # As in assertRaises, an exception of another kind propagates: a single exception, or a group that contains one
        # that ends a task or the run, such as KeyboardInterrupt.
        if isinstance(error, Exception | BaseExceptionGroup) and not isinstance(error, self._case.failureException):
            hint = "; allow_unwrapped=True would accept it" if self._would_be_accepted(error) else ""
            error.add_note(f"raised where {self._expected!r} was expected: {reason}{hint}")
        return False

    def _mismatch(self, error: BaseException) -> str | None:
        if self._bare is None or isinstance(error, BaseExceptionGroup):
            return self._expected.mismatch(error)
        return self._bare.mismatch(error)

    def _would_be_accepted(self, error: BaseException) -> bool:
        members = self._expected.members
        return self._bare is None and len(members) == 1 and members[0].mismatch(error) is None
