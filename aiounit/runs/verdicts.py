"""What an exception group means for a test: the errors of tasks arrive in groups, and unittest knows none.

A group that holds nothing but skips is a skip, and one that holds nothing but failures is a failure, as each member
would be by itself. Cancellations, which a group may have caused itself, count for neither.
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
    """The type of a class that is pickled by a function, because its name is that of another one."""


def _reduce_kind(_kind: _Kind) -> tuple[Callable[[], _Kind], tuple[()]]:
    return _failure_kind, ()


def _failure_kind() -> _Kind:
    return _FailureGroup


copyreg.pickle(_Kind, _reduce_kind)


class _FailureGroup(ExceptionGroup[Exception], AssertionError, metaclass=_Kind):  # noqa: N818 (a group, by its name)
    """A group of failures, which unittest takes for a failure."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _failure_group, (self.message, list(self.exceptions))


# Users read the name of what was raised.
_FailureGroup.__name__ = _FailureGroup.__qualname__ = ExceptionGroup.__name__
_FailureGroup.__module__ = ExceptionGroup.__module__


def _failure_group(message: str, exceptions: list[Exception]) -> ExceptionGroup[Exception]:
    return _FailureGroup(message, exceptions)


def verdict(error: BaseException, failure: type[BaseException] = AssertionError) -> BaseException:
    """Return the skip or the failure that an error stands for, or the error itself if it is neither.

    Args:
        error: What was raised.
        failure: What assertions raise.
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
        return error  # unittest takes a failure for one by its type
    return _as_failure(error)


def _skip(group: BaseException, skips: list[SkipTest]) -> BaseException:
    if len(skips) == 1:
        return skips[0]
    reasons = dict.fromkeys(map(str, skips))
    return SkipTest("; ".join(reasons)).with_traceback(group.__traceback__)


def _is_all_there_is(group: BaseException) -> bool:
    """Tell whether nothing hangs on a group, or the groups in it, that would be lost with them."""
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
    """Return the only member of a group, with the lines of the test that waited for it."""
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
