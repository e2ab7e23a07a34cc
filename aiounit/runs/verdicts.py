"""Turn an exception group into the outcome that its members mean: task groups raise groups, which unittest ignores.

A group that holds only skips is a skip, and one that holds only failures or skips is a failure. Cancellations do not
count: the task group may have caused them itself.
"""

import copyreg
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any
from unittest import SkipTest

from aiounit._real import asyncio
from aiounit.introspect import tracebacks

__all__ = ["verdict"]


class _Kind(type):
    """The metaclass of a class that a function pickles, because pickle finds another class under its name."""


def _reduce_kind(_kind: _Kind) -> tuple[Callable[[], _Kind], tuple[()]]:
    return _failure_kind, ()


def _failure_kind() -> _Kind:
    return _FailureGroup


copyreg.pickle(_Kind, _reduce_kind)


class _FailureGroup(ExceptionGroup[Exception], AssertionError, metaclass=_Kind):  # noqa: N818 (a group, by its name)
    """A group of failures that unittest reports as a failure, because it is an `AssertionError`."""

    def __reduce__(self) -> tuple[object, ...]:
        return _failure_group, (self.message, list(self.exceptions))


# Reports show the name of the class, which must be the one that was raised.
_FailureGroup.__name__ = _FailureGroup.__qualname__ = ExceptionGroup.__name__
_FailureGroup.__module__ = ExceptionGroup.__module__


def _failure_group(message: str, exceptions: list[Exception]) -> ExceptionGroup[Exception]:
    return _FailureGroup(message, exceptions)


def verdict(error: BaseException, failure: type[BaseException] = AssertionError) -> BaseException:
    """Return the skip or the failure that an exception group means, or the error itself if it is neither.

    Args:
        error: The error.
        failure: The exception class of failed assertions, ``failureException`` of the test.
    """
    if not isinstance(error, BaseExceptionGroup):
        return error
    leaves = [each for each in _members(error) if not isinstance(each, BaseExceptionGroup | asyncio.CancelledError)]
    skips = [each for each in leaves if isinstance(each, SkipTest)]
    failures = [each for each in leaves if isinstance(each, failure)]
    if not leaves or len(skips) + len(failures) < len(leaves):
        return error
    if not failures:
        return _skip(error, skips)
    if len(leaves) == 1 and _is_all_there_is(error):
        return _single(error, leaves[0])
    if not issubclass(AssertionError, failure):
        return error  # unittest recognizes a failure by this type, which a `_FailureGroup` does not have
    return _as_failure(error)


def _skip(group: BaseException, skips: list[SkipTest]) -> BaseException:
    if len(skips) == 1:
        return skips[0]
    reasons = dict.fromkeys(map(str, skips))
    return SkipTest("; ".join(reasons)).with_traceback(group.__traceback__)


def _is_all_there_is(group: BaseException) -> bool:
    """Return whether a group can be dropped: neither it nor a group in it has a cause or context of its own."""
    members = list(_members(group))
    known = {id(each) for each in members}
    groups = (each for each in members if isinstance(each, BaseExceptionGroup))
    return all(other is None or id(other) in known for each in groups for other in (each.__cause__, each.__context__))


def _members(error: BaseException) -> Iterator[BaseException]:
    yield error
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _members(each)


def _single(group: BaseException, leaf: BaseException) -> BaseException:
    """Return the only member of a group, with the lines of the test that awaited it added to the traceback."""
    inner = list(tracebacks.entries(leaf.__traceback__))
    frames = {entry.tb_frame for entry in inner}
    chain: TracebackType | None = leaf.__traceback__
    for entry in reversed(list(tracebacks.entries(group.__traceback__))):
        if entry.tb_frame not in frames:
            chain = TracebackType(chain, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    for note in getattr(group, "__notes__", ()):
        leaf.add_note(note)
    return leaf.with_traceback(chain)


def _as_failure(group: BaseExceptionGroup[BaseException]) -> BaseException:
    rest: Any = group.split(asyncio.CancelledError)[1]
    failure = _FailureGroup(rest.message, list(rest.exceptions)).with_traceback(group.__traceback__)
    failure.__cause__, failure.__context__ = group.__cause__, group.__context__
    failure.__suppress_context__ = group.__suppress_context__
    for note in getattr(group, "__notes__", ()):
        failure.add_note(note)
    return failure
