"""Tracebacks that hold the user's frames: those of aiounit and asyncio say nothing about a test.

Frames are left out wherever they stand, in the error itself, in its causes and contexts, and in the members of groups.
"""

from collections.abc import Iterator
from types import TracebackType

from aiounit.exceptions import AiounitError

__all__ = ["entries", "related", "trim"]

_MACHINERY = frozenset({"aiounit", "asyncio"})


def trim(error: BaseException) -> None:
    """Leave the frames of aiounit and asyncio out of the tracebacks of an error and of all that hangs on it.

    A traceback that ends in aiounit holds on to its frames if it has no others: that is a defect of aiounit's.

    Args:
        error: The error, changed in place.
    """
    for each in related(error):
        found = list(entries(each.__traceback__))
        frames = [entry for entry in found if _package(entry) not in _MACHINERY]
        if frames or (found and (not _is_defect(found[-1]) or isinstance(each, AiounitError))):
            each.__traceback__ = _chain(frames)


def related(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, its causes, contexts and members, each once: chains of exceptions may be circular."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """Yield the entries of a traceback, the outermost first."""
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _is_defect(entry: TracebackType) -> bool:
    """Tell whether an error that was raised there is aiounit's own: modules of assertions say that they are none."""
    return _package(entry) == "aiounit" and "__unittest" not in entry.tb_frame.f_globals


def _package(entry: TracebackType) -> str:
    return str(entry.tb_frame.f_globals.get("__name__")).partition(".")[0]


def _chain(entries: list[TracebackType]) -> TracebackType | None:
    chain = None
    for entry in reversed(entries):
        chain = TracebackType(chain, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return chain
