"""Getting out of code that swallows whatever is raised in it: each of its lines raises."""

from types import FrameType
from typing import Any

from aiounit._real import sys

__all__ = ["Ejection"]


class Ejection:
    """Raises an exception at the lines of some frames of this thread, until it is over.

    Tracing ends whenever the function that traces raises, so it has to be armed again and again.

    Args:
        error: What is raised.
    """

    def __init__(self, error: type[BaseException]) -> None:
        self._error = error
        self._before = sys.gettrace()
        self._frames: dict[FrameType, Any] = {}

    def arm(self, frames: list[FrameType]) -> None:
        """Raise at the next line that any of the frames comes to."""
        for frame in frames:
            self._frames.setdefault(frame, frame.f_trace)
            frame.f_trace = self._trace
        sys.settrace(self._trace)

    def end(self) -> None:
        """Raise no more, and put back whoever traced before."""
        sys.settrace(self._before)
        for frame, before in self._frames.items():
            frame.f_trace = before
        self._frames.clear()

    def _trace(self, frame: FrameType, event: str, _argument: object) -> Any:
        if event == "line" and frame in self._frames:
            raise self._error
        return self._trace if frame in self._frames else None
