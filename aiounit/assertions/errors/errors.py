"""Assertions about groups of exceptions, background errors and warnings."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload
from unittest import TestCase

from aiounit._later import Later
from aiounit.arguments import check_seconds
from aiounit.introspect.representation import brief

if TYPE_CHECKING:
    from aiounit.assertions.errors import expected as expectations, groups, loop_errors, no_warnings
    from aiounit.assertions.errors.expected import Pattern, Spec
    from aiounit.assertions.errors.groups import RaisedGroup
    from aiounit.assertions.errors.loop_errors import ClaimedError, ErrorTaker
else:
    expectations = Later("aiounit.assertions.errors.expected", globals())
    groups = Later("aiounit.assertions.errors.groups", globals())
    loop_errors = Later("aiounit.assertions.errors.loop_errors", globals())
    no_warnings = Later("aiounit.assertions.errors.no_warnings", globals())

__all__ = ["ErrorAssertions"]

__unittest = True  # results leave out the frames of this module

E = TypeVar("E", bound=BaseException)


class ErrorAssertions(TestCase):
    """Assertions about groups of exceptions, background errors and warnings."""

    @overload
    def assertRaisesGroup(
        self,
        *specs: "Spec[E]",
        match: "Pattern | None" = ...,
        check: Callable[[BaseExceptionGroup[E]], object] | None = ...,
        passes: Callable[[BaseExceptionGroup[E]], object] | None = ...,
        flatten: bool = ...,
        allow_unwrapped: Literal[False] = ...,
        msg: object = ...,
    ) -> "RaisedGroup[BaseExceptionGroup[E]]": ...
    @overload
    def assertRaisesGroup(
        self,
        *specs: "Spec[E]",
        match: "Pattern | None" = ...,
        check: Callable[[BaseExceptionGroup[E]], object] | None = ...,
        passes: Callable[[BaseExceptionGroup[E]], object] | None = ...,
        flatten: bool = ...,
        allow_unwrapped: bool,
        msg: object = ...,
    ) -> "RaisedGroup[BaseExceptionGroup[E] | E]": ...
    def assertRaisesGroup(
        self,
        *specs: "Spec[E]",
        match: "Pattern | None" = None,
        check: Callable[[BaseExceptionGroup[E]], object] | None = None,
        passes: Callable[[BaseExceptionGroup[E]], object] | None = None,
        flatten: bool = False,
        allow_unwrapped: bool = False,
        msg: object = None,
    ) -> "RaisedGroup[Any]":
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
        expected = expectations.ExpectedGroup(*specs, match=match, check=check, passes=passes, flatten=flatten)
        bare = None
        if allow_unwrapped:
            if len(specs) != 1 or isinstance(specs[0], expectations.ExpectedGroup):
                raise ValueError(
                    "allow_unwrapped=True takes one spec that is not a group, since it accepts a single exception"
                )
            if not (match is None and check is None and passes is None):
                raise ValueError(
                    "with allow_unwrapped=True, match, check and passes do not check an exception without a group. "
                    "Give them to ExpectedError"
                )
            bare = expected.members[0]
        return groups.RaisedGroup(self, expected, bare, msg)

    def assertNoWarnings(
        self, category: type[Warning] | tuple[type[Warning], ...] = Warning, *, msg: object = None
    ) -> AbstractContextManager[None]:
        """Assert that a block causes no warning in any task. Warning filters are ignored.

        Args:
            category: The class of the warnings, or a tuple of classes. Other warnings are shown as usual.
            msg: Added to the failure message.

        Returns:
            The context manager for the block.

        Raises:
            TypeError: ``category`` is not a class of warnings.

        Example:
            ``with self.assertNoWarnings(DeprecationWarning):``
        """
        categories = category if isinstance(category, tuple) else (category,)
        if not categories or not all(isinstance(each, type) and issubclass(each, Warning) for each in categories):
            raise TypeError(f"category must be a class of warnings or a tuple of some, not {brief(category)}")
        return no_warnings.NoWarnings(self, categories, msg)

    def assertLoopError(
        self,
        kind: type[E] | tuple[type[E], ...],
        *,
        match: "Pattern | None" = None,
        timeout: float = 1,
        msg: object = None,
    ) -> "ClaimedError[E]":
        """Assert that a block causes a background error, which reaches the loop's exception handler, and consume it.

        Errors of callbacks and of un-awaited tasks end there. With the check ``errors`` of `AsyncTestCase`, errors of
        threads and destructors count as well, and those of tasks that are still referenced. One error is consumed: any
        other is handled as without the block.

        Args:
            kind: The class of the error, or a tuple of classes.
            match: A regular expression to search for in the message of the error; None accepts any message.
            timeout: How long ``async with`` waits for the error at the end of the block, in seconds of the loop's
                clock. Plain ``with`` does not wait.
            msg: Added to the failure message.

        Returns:
            The context manager for the block. Afterwards, its ``exception`` is the error.

        Raises:
            TypeError: ``kind`` is not a class of exceptions, ``match`` is not a regular expression, or ``timeout`` is
                not a number.
            ValueError: ``timeout`` is negative or not finite.
            RuntimeError: The block does not run in a task.

        Example:
            A message that can't be read must not end the consumer. The last line expects another error, which may come
            at any time until the test has cleaned up::

                async with self.assertLoopError(ValueError):
                    connection.receive(b"?")
                await self.enter(self.assertLoopError(ConnectionError))
        """
        expected = loop_errors.ExpectedLoopError("assertLoopError", kind, match)
        check_seconds("timeout", timeout)
        return loop_errors.ClaimedError(self, expected, self._aiounit_watch_loop_errors, timeout, msg)

    def _aiounit_watch_loop_errors(self) -> "ErrorTaker | None":
        """Return a function that takes an expected error that came after this call and reached no exception handler."""
        return None
