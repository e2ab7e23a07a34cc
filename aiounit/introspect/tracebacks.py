"""Trim tracebacks to the user's frames: those of aiounit and asyncio say nothing about a test.

Frames are left out everywhere: in the error itself, in its causes and contexts, and in the members of groups. An error
without a frame of the user's gets the source line that it is about: pytest and IDEs link to the last one.
"""

from collections.abc import Iterator
from types import CodeType, FrameType, FunctionType, TracebackType

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.exceptions import AiounitError
from aiounit.introspect.machinery import MACHINERY, is_ours, package_of
from aiounit.introspect.places import Place, has_users, is_users

__all__ = ["entries", "last_line", "point_at", "related", "take_over", "trim"]

# Errors that are not a defect if aiounit's own code raises them, such as a cancellation outside the user's code.
_NO_DEFECTS = (AiounitError, asyncio.CancelledError)


def trim(error: BaseException) -> None:
    """Remove the frames of aiounit and asyncio from the tracebacks of an error, and of the errors that it refers to.

    A traceback with frames of aiounit alone keeps them: the error is a defect of aiounit.

    Args:
        error: The error, changed in place.
    """
    for each in related(error):
        found = list(entries(each.__traceback__))
        frames = [entry for entry in found if package_of(entry.tb_frame) not in MACHINERY]
        if frames or (found and (not _is_defect(found[-1]) or isinstance(each, _NO_DEFECTS))):
            each.__traceback__ = _chain(frames)


def point_at(error: BaseException, place: Place | None) -> None:
    """End the traceback of an error at a source line, unless it has frames of the user's.

    Args:
        error: The error, changed in place.
        place: The source line that it is about; None if there is none.
    """
    if place is not None and has_users([place]) and not _has_users(error.__traceback__):
        error.__traceback__ = TracebackType(None, _frame_at(place), -1, max(place.line, 1))


def take_over(error: BaseException, raised: BaseException) -> None:
    """Give an error the traceback of another that it replaces, unless that has no frame of the user's.

    Args:
        error: The error, changed in place.
        raised: The error that was raised, such as a cancellation.
    """
    if error.__traceback__ is None or _has_users(raised.__traceback__):
        error.__traceback__ = raised.__traceback__


def related(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its causes, contexts and members, each once: chains of exceptions may be circular."""
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


def last_line(error: BaseException) -> Place | None:
    """Return the innermost source line of the user's in the traceback of an error; None if it has none."""
    places = []
    for entry in entries(error.__traceback__):
        code, module = entry.tb_frame.f_code, str(entry.tb_frame.f_globals.get("__name__"))
        places.append(Place(code.co_filename, entry.tb_lineno or 0, code.co_qualname, module))
    return next(filter(is_users, reversed(places)), None)


def _has_users(traceback: TracebackType | None) -> bool:
    return any(package_of(entry.tb_frame) not in MACHINERY for entry in entries(traceback))


def _frame_at(place: Place) -> FrameType:
    """Make a frame that has ended, of a function with the name and the source line of another."""
    code: CodeType = _here.__code__.replace(
        co_filename=place.file,
        co_firstlineno=max(place.line, 1),
        co_name=place.function.rpartition(".")[2],
        co_qualname=place.function,
    )
    frame: FrameType = FunctionType(code, {"__name__": place.module, "_stdlib": _stdlib})()
    return frame


def _here() -> FrameType:
    return _stdlib.frames.frame(0)  # pragma: no cover (runs under the name of another file)


def _is_defect(entry: TracebackType) -> bool:
    """Return whether an error raised in this frame is a bug in aiounit. Assertion modules opt out with `__unittest`."""
    return is_ours(entry.tb_frame) and "__unittest" not in entry.tb_frame.f_globals


def _chain(entries: list[TracebackType]) -> TracebackType | None:
    chain = None
    for entry in reversed(entries):
        chain = TracebackType(chain, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return chain
