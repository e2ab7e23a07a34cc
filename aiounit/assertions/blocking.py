"""Noticing from outside that a loop is blocked, and where: a thread asks the loop for a sign of life.

It asks only while the loop does something, so that it doesn't wake a loop that is idle. Real time is what counts here,
whatever clock the loop has, except the time in which the thread of the loop waits for a processor.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from aiounit import _stdlib
from aiounit._real import asyncio, threading
from aiounit.introspect.places import Place, inner_place, stack_of
from aiounit.limits.own_threads import OwnThread
from aiounit.limits.processor import Processor

__all__ = ["Block", "LoopWatch"]

# How often the thread looks in the time that a loop may be blocked.
_LOOKS: Final = 10

# The modules in which loops wait for something to happen.
_IDLE: Final = frozenset({"asyncio.windows_events", "selectors"})


class Block(NamedTuple):
    """A time in which a loop did not turn: how long it was, in seconds, and where the thread of the loop was seen."""

    length: float
    place: Place | None


class LoopWatch:
    """Watches the running loop, from `start` to `stop`, in the thread of the loop.

    Args:
        limit: How long the loop may be blocked, in seconds.
        clock: Tells the time, in seconds; None is real time, without that in which the thread waits for a processor.

    Attributes:
        longest: The longest block beyond the limit, or None.
        noticed: Is set when there is one that has not ended yet.
    """

    def __init__(self, limit: float, clock: Callable[[], float] | None = None) -> None:
        self.longest: Block | None = None
        self.noticed = threading.Event()
        self._limit = limit
        self._clock = clock or Processor().clock
        self._ident = threading.get_ident()
        self._asked: float | None = None
        self._seen: tuple[float, Place | None] | None = None  # when the loop was asked, and where its thread was then
        self._thread = OwnThread(self._watch, ends_before_fork=lambda: False)

    def start(self) -> None:
        """Begin to watch."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        self._ask()

    def stop(self) -> None:
        """End it; `longest` is final."""
        self._answer()
        self._thread.end()

    def _answer(self) -> None:
        asked, seen = self._asked, self._seen
        self._asked = None
        if asked is None:
            return
        length = self._clock() - asked
        if length > max(self._limit, self.longest.length if self.longest is not None else 0):
            self.longest = Block(length, seen[1] if seen is not None and seen[0] == asked else None)

    def _watch(self, thread: OwnThread) -> None:
        while not thread.bell.wait(self._limit / _LOOKS):
            asked = self._asked
            frame = _stdlib.frames.current_frames().get(self._ident)
            if asked is None:
                if frame is not None and frame.f_globals.get("__name__") not in _IDLE:
                    self._ask()
            elif self._clock() - asked > self._limit and (self._seen is None or self._seen[0] != asked):
                self._seen = (asked, inner_place(stack_of(frame)))
                self.noticed.set()

    def _ask(self) -> None:
        self._asked = self._clock()
        self._loop.call_soon_threadsafe(self._answer)
