"""Assertions about groups of exceptions, which concurrent tasks raise together."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar, cast, overload
from unittest import TestCase

from aiounit import _stdlib
from aiounit.assertions.errors.expected import Expected, ExpectedGroup, Pattern, Spec
from aiounit.assertions.obligations import must_enter
from aiounit.introspect.representation import brief

__all__ = ["GroupAssertions", "RaisedGroup"]

__unittest = True  # results leave out the frames of this module

E = TypeVar("E", bound=BaseException)
X = TypeVar("X", bound=BaseException)


class RaisedGroup(Generic[X]):
    """The context manager of `GroupAssertions.assertRaisesGroup`.

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


class GroupAssertions(TestCase):
    """Assertions about groups of exceptions."""

    @overload
    def assertRaisesGroup(
        self,
        *specs: Spec[E],
        match: Pattern | None = ...,
        check: Callable[[BaseExceptionGroup[E]], object] | None = ...,
        passes: Callable[[BaseExceptionGroup[E]], object] | None = ...,
        flatten: bool = ...,
        allow_unwrapped: Literal[False] = ...,
        msg: object = ...,
    ) -> RaisedGroup[BaseExceptionGroup[E]]: ...
    @overload
    def assertRaisesGroup(
        self,
        *specs: Spec[E],
        match: Pattern | None = ...,
        check: Callable[[BaseExceptionGroup[E]], object] | None = ...,
        passes: Callable[[BaseExceptionGroup[E]], object] | None = ...,
        flatten: bool = ...,
        allow_unwrapped: bool,
        msg: object = ...,
    ) -> RaisedGroup[BaseExceptionGroup[E] | E]: ...
    def assertRaisesGroup(
        self,
        *specs: Spec[E],
        match: Pattern | None = None,
        check: Callable[[BaseExceptionGroup[E]], object] | None = None,
        passes: Callable[[BaseExceptionGroup[E]], object] | None = None,
        flatten: bool = False,
        allow_unwrapped: bool = False,
        msg: object = None,
    ) -> RaisedGroup[Any]:
        """Assert that a block raises a group of these exceptions and of no others, in any order.

        A spec is a class of exceptions, a tuple of classes, an `ExpectedError` or, for a nested group, an
        `ExpectedGroup`. If there is a way to give each spec an exception of its own, it is found. An exception that is
        not a group propagates.

        Args:
            *specs: One spec for each member of the group.
            match: A regular expression to search for in the message and the notes of the group.
            check: Is called with the group, and must return a true value. None is an error.
            passes: Is called with the group, and must not fail: a function that consists of assertions.
            flatten: Whether to replace each nested group by its members, as ``except*`` does.
            allow_unwrapped: Whether the exception of a single spec may also be raised without a group, as ``except*``
                allows.
            msg: Added to the failure message.

        Returns:
            The context manager for the block. Afterwards, its ``exception`` is the exception that was raised.

        Raises:
            TypeError: A spec is not a class of exceptions, or ``check`` or ``passes`` is not callable.
            ValueError: There are no specs; or ``allow_unwrapped`` is true with several specs, with an `ExpectedGroup`,
                or with ``match``, ``check`` or ``passes``, which would not check an exception without a group.

        Example:
            Two workers that fail::

                with self.assertRaisesGroup(ConnectionError, ExpectedError(ValueError, match="tea")):
                    await run_workers()
        """
        expected = ExpectedGroup(*specs, match=match, check=check, passes=passes, flatten=flatten)
        bare = None
        if allow_unwrapped:
            if len(specs) != 1 or isinstance(specs[0], ExpectedGroup):
                raise ValueError(
                    "allow_unwrapped=True takes one spec that is not a group, since it accepts a single exception"
                )
            if not (match is None and check is None and passes is None):
                raise ValueError(
                    "with allow_unwrapped=True, match, check and passes do not check an exception without a group. "
                    "Give them to ExpectedError"
                )
            bare = expected.members[0]
        return RaisedGroup(self, expected, bare, msg)
