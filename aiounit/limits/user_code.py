"""Mark the functions in which aiounit calls user code, and decide in which frames an interrupt may be raised."""

from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FrameType
from typing import Final, TypeVar

from aiounit import _stdlib
from aiounit.introspect.machinery import HELPERS, is_ours, module_of, package_of

__all__ = ["call", "entry", "is_entry", "is_own", "is_safe"]

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")

_NOTHING: Final[Mapping[str, object]] = {}
_entries: Final[set[CodeType]] = set()


def entry(function: F) -> F:
    """Mark an aiounit function that only calls user code, so that it is safe to raise an `Interrupt` in it."""
    code: CodeType = getattr(function, "__code__")  # noqa: B009 (the type `Callable` does not have it)
    _entries.add(code)
    return function


def is_entry(code: CodeType) -> bool:
    """Return whether an aiounit function is marked with `entry`."""
    return code in _entries


@entry
def call(function: Callable[..., T], arguments: Sequence[object] = (), keywords: Mapping[str, object] = _NOTHING) -> T:
    """Call synchronous code of the user's. It may be written in C, so it may have no frame of its own."""
    return function(*arguments, **keywords)


def is_safe(frame: FrameType | None, *, is_in_our_loop: bool) -> bool:
    """Return whether an exception raised in a frame ends user code, and leaves asyncio and aiounit consistent.

    Our own loop must survive. It may be interrupted in a callback, whose exception asyncio handles, but not while it
    waits for input; there, a callback cancels the task instead. A loop that synchronous code runs has to end. The
    exception of a callback would not end it, but one that is raised while it waits for input does.

    Args:
        frame: The innermost frame of the thread.
        is_in_our_loop: Whether the loop of a `Target` runs.
    """
    if frame is None:
        return False
    if package_of(frame) == "asyncio" and not (is_in_our_loop and _stdlib.frames.is_callback_frame(frame)):
        return False
    # From the innermost frame outwards, to the first one of aiounit that is not a helper such as an assertion.
    each: FrameType | None = frame
    in_callback = not is_in_our_loop
    while each is not None and (not is_ours(each) or _is_helper(each) or _stdlib.hooks.is_iteration_frame(each)):
        in_callback = in_callback or _stdlib.frames.is_callback_frame(each)
        if (_stdlib.frames.is_iteration_frame(each) or _stdlib.hooks.is_iteration_frame(each)) and not in_callback:
            return False  # the loop waits for input, or is about to
        each = each.f_back
    return each is None or each.f_code in _entries  # a greenlet with user code has no frame of ours


def is_own(frame: FrameType) -> bool:
    """Return whether a frame is of aiounit's own code, except helpers and functions that only call user code."""
    return is_ours(frame) and not _is_helper(frame) and frame.f_code not in _entries


def _is_helper(frame: FrameType) -> bool:
    """Return whether a frame is of a helper that user code calls, such as an assertion or a mock."""
    return module_of(frame).startswith(HELPERS)
