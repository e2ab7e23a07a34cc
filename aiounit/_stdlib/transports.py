"""Tell the checks of transports that are closed only by a destructor."""

from collections.abc import Callable, Iterable
from types import FrameType
from typing import Final, cast

from aiounit._real import sys, weakref
from aiounit._typing import Protocol

__all__ = ["on_drop"]

# How many calls there may be between a destructor and the close of the transport.
_DEEPEST_DESTRUCTOR: Final = 10


class PrivateTransport(Protocol):
    """A transport, or its class, whose ``close`` is called as a function."""

    close: Callable[..., None]


def on_drop(transport: object, note: Callable[[], None]) -> None:
    """Call a function if the transport is closed only by the destructor of its user: a stream writer, a session.

    Args:
        transport: The transport.
        note: The function.
    """
    if not hasattr(transport, "__dict__"):
        return
    kind, reference = cast("PrivateTransport", type(transport)), weakref.ref(transport)

    def close() -> None:
        if _is_in_destructor(sys._getframe(1)):
            note()
        kind.close(reference())

    cast("PrivateTransport", transport).close = close


def _is_in_destructor(frame: FrameType | None) -> bool:
    names = (each.f_code.co_name for each in _first(frame, _DEEPEST_DESTRUCTOR))
    return "__del__" in names


def _first(frame: FrameType | None, number: int) -> Iterable[FrameType]:
    """Yield a frame and its callers, at most so many."""
    while frame is not None and number:
        yield frame
        frame, number = frame.f_back, number - 1
