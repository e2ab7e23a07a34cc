"""Use the private names by which frames of running code are found and told apart."""

from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Final, cast

from aiounit._real import asyncio, importlib, sys
from aiounit._typing import Protocol

__all__ = ["current_frames", "frame", "is_callback_frame", "is_idle_worker", "is_iteration_frame", "is_waiting"]


class PrivateLoop(Protocol):
    """The private method of the class of event loops."""

    _run_once: FunctionType


_loop_type: Final = cast("PrivateLoop", asyncio.base_events.BaseEventLoop)
_worker: Final[FunctionType] = importlib.import_module("concurrent.futures.thread")._worker
_getframe: Final = sys._getframe

# Modules whose ``select`` waits for the events of a loop.
_WAITING: Final = frozenset({"selectors", "asyncio.windows_events"})


def frame(depth: int) -> FrameType:
    """Return a frame of the caller's stack: 0 is the caller itself."""
    return _getframe(depth + 1)


current_frames: Final[Callable[[], dict[int, FrameType]]] = sys._current_frames
"""Return the innermost frame of each thread that runs Python, by the thread's identifier."""


def is_callback_frame(frame: FrameType) -> bool:
    """Return whether a frame is asyncio's function that calls a callback: it handles every exception of that."""
    return frame.f_code is asyncio.events.Handle._run.__code__


def is_iteration_frame(frame: FrameType) -> bool:
    """Return whether a frame is asyncio's function for one iteration of a loop: an exception in it ends the loop."""
    return frame.f_code is _loop_type._run_once.__code__


def is_waiting(frame: FrameType) -> bool:
    """Return whether the thread of a frame waits for events of a loop, as it should."""
    return frame.f_code.co_name == "select" and frame.f_globals.get("__name__") in _WAITING


def is_idle_worker(frame: FrameType) -> bool:
    """Return whether the thread of a frame is one of an executor and waits for a job."""
    return frame.f_code is _worker.__code__
