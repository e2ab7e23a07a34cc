"""End code that suppresses every exception: make each of its lines raise one."""

from collections.abc import Callable
from types import FrameType
from typing import Any, TypeAlias

from aiounit._real import sys

__all__ = ["Ejection"]

# A trace function returns the one for the next event of the frame.
Trace: TypeAlias = Callable[[FrameType, str, object], Any]


class Ejection:
    """Raises an exception at each line of some frames of this thread until it ends.

    Python stops tracing when the trace function raises, so `arm` has to be called again and again.

    Args:
        error: The exception to raise.
    """

    def __init__(self, error: type[BaseException]) -> None:
        self._error = error
        self._before = sys.gettrace()
        self._frames: dict[FrameType, Trace | None] = {}

    def arm(self, frames: list[FrameType]) -> None:
        """Raise at the next line that any of the frames reaches."""
        for frame in frames:
            self._frames.setdefault(frame, frame.f_trace)
            frame.f_trace = self._trace
        sys.settrace(self._trace)

    def end(self) -> None:
        """Stop raising, and restore the former trace functions."""
        sys.settrace(self._before)
        for frame, before in self._frames.items():
            frame.f_trace = before
        self._frames.clear()

    def _trace(self, frame: FrameType, event: str, _argument: object) -> Trace | None:
        if event == "line" and frame in self._frames:
            raise self._error
        return self._trace if frame in self._frames else None
