"""Mark where aiounit calls the user's code, and tell where an exception may be raised to interrupt it."""

from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FrameType
from typing import Any, Final, TypeVar

from aiounit import _stdlib
from aiounit.introspect.machinery import HELPERS, is_ours, module_of, package_of

__all__ = ["call", "entry", "is_entry", "is_own", "is_safe"]

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

_NOTHING: Final[Mapping[str, Any]] = {}
_entries: Final[set[CodeType]] = set()


def entry(function: F) -> F:
    """Mark an aiounit function that only calls user code, so that it is safe to raise an `Interrupt` in it."""
    code: CodeType = getattr(function, "__code__")  # noqa: B009 (no type of a callable has it)
    _entries.add(code)
    return function


def is_entry(code: CodeType) -> bool:
    """Tell whether a function of ours is marked as one that only calls the user's code."""
    return code in _entries


@entry
def call(function: Callable[..., T], arguments: Sequence[Any] = (), keywords: Mapping[str, Any] = _NOTHING) -> T:
    """Call synchronous code of the user's, which may be no Python."""
    return function(*arguments, **keywords)


def is_safe(frame: FrameType | None, *, is_in_our_loop: bool) -> bool:
    """Tell whether an exception that is raised in a frame hits the user's code, and wrecks neither asyncio nor us.

    What ends a callback is not enough to end a loop that synchronous code runs; what comes out of its waiting for input
    is. Our own loop must not end, and is told by a callback what to cancel.
    """
    if frame is None:
        return False
    if package_of(frame) == "asyncio" and not (is_in_our_loop and _stdlib.frames.is_callback_frame(frame)):
        return False
    each: FrameType | None = frame
    in_callback = not is_in_our_loop
    while each is not None and (not is_ours(each) or _is_the_users(each) or _stdlib.hooks.is_turn_frame(each)):
        in_callback = in_callback or _stdlib.frames.is_callback_frame(each)
        if (_stdlib.frames.is_turn_frame(each) or _stdlib.hooks.is_turn_frame(each)) and not in_callback:
            return False  # the loop waits for input, or is about to
        each = each.f_back
    return each is None or each.f_code in _entries  # no frame of ours, if greenlets run the user's code


def is_own(frame: FrameType) -> bool:
    """Tell whether a frame is of aiounit's own code, and neither calls the user's nor does what that could."""
    return is_ours(frame) and not _is_the_users(frame) and frame.f_code not in _entries


def _is_the_users(frame: FrameType) -> bool:
    """Tell whether a frame of ours does what the user could have written: an assertion, a mock."""
    return module_of(frame).startswith(HELPERS)
