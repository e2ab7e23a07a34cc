"""The private names by which frames of running code are found and told apart.

By the rule of `_stdlib`, each has a test, in tests/_stdlib/test_frames.py, and stands nowhere else.
"""

from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from aiounit._real import asyncio, importlib, sys

__all__ = ["current_frames", "frame", "is_callback_frame", "is_idle_worker", "is_turn_frame", "is_waiting"]

_events: Any = asyncio.events


_base_events: Any = asyncio.base_events


_getframe: Final = sys._getframe


_worker: Any = importlib.import_module("concurrent.futures.thread")._worker


def frame(depth: int) -> FrameType:
    """Return a frame of the caller's stack: 0 is the caller itself."""
    return _getframe(depth + 1)


current_frames: Final[Callable[[], dict[int, FrameType]]] = sys._current_frames
"""Return the innermost frame of each thread that runs Python, by the thread's identifier."""


def is_callback_frame(frame: FrameType) -> bool:
    """Tell whether a frame of asyncio's is the one that calls a callback: it handles whatever that raises."""
    return frame.f_code is _events.Handle._run.__code__


def is_turn_frame(frame: FrameType) -> bool:
    """Tell whether a frame of asyncio's is the one that turns the loop: whatever is raised in it ends the loop."""
    return frame.f_code is _base_events.BaseEventLoop._run_once.__code__


def is_waiting(frame: FrameType) -> bool:
    """Tell whether the thread that runs in a frame waits for something to happen on a loop, as it should."""
    return frame.f_code.co_name == "select" and frame.f_globals.get("__name__") in {
        "selectors",
        "asyncio.windows_events",
    }


def is_idle_worker(frame: FrameType) -> bool:
    """Tell whether what runs in a frame is a thread of an executor that waits for a job."""
    return frame.f_code is _worker.__code__
