"""Sample from a thread, every few milliseconds, whether the loops of tests are blocked, without waking them.

The process has one such thread, from the first test that wants it. It sleeps while no test runs, and ends with the
process.
"""

from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from aiounit import _stdlib
from aiounit._real import atexit, math, os, threading, time
from aiounit.introspect import sites
from aiounit.limits.own_threads import Bell, OwnThread
from aiounit.limits.processor import Processor
from aiounit.loops import collector, culprits

__all__ = ["THRESHOLD", "Block", "Sampler", "Turns", "sampler"]

# How long an iteration of a loop may take unless the test class says otherwise, in seconds.
THRESHOLD: Final = 0.1

# How often it looks, and for how long it goes on while no loop is watched, in seconds of real time: a blocked loop has
# no other clock.
_PERIOD: Final = 0.01
_PATIENCE: Final = 0.5

# How long a loop waits for the thread at most, in seconds.
_MOMENT: Final = 0.001

# How long a thread counts as asleep between two looks at most, in seconds: a machine or a process that is suspended
# for a while stops this thread, too.
_ASLEEP: Final = 4 * _PERIOD

# The part of the time between two looks that a thread has run at least, if it neither slept nor waited.
_BUSY: Final = 0.8


class Block:
    """One iteration of a loop that took too long.

    Attributes:
        turn: The number of the iteration.
        seconds: How long the thread of the loop was seen running or asleep.
        site: The calls that were running.
    """

    __slots__ = ("seconds", "site", "turn")

    def __init__(self, turn: int, seconds: float, site: sites.Site) -> None:
        self.turn = turn
        self.seconds = seconds
        self.site = site


@dataclass(eq=False, slots=True)
class Turns:
    """The iterations of a loop, written by its thread and read by the sampler.

    Attributes:
        threshold: How long one may take, in seconds.
        sampler: The sampler.
        count: How many there were.
        is_turning: Whether the loop is in one; it does not run otherwise.
        is_over: Whether the sampler need not look any more.
        blocks: The times that the loop was blocked.
    """

    threshold: float
    sampler: "Sampler"
    _thread: int
    _processor: Processor
    count: int = 0
    is_turning: bool = False
    is_over: bool = False
    blocks: list[Block] = field(default_factory=list)
    _seen: int = -1
    _counted: float = 0.0
    _last: float = 0.0
    _ran: float = 0.0
    _waited: float | None = None

    def look(self, now: float) -> None:
        """Compare with what was seen before; called by the sampler.

        Args:
            now: The time, in seconds.
        """
        frame = _stdlib.frames.current_frames().get(self._thread)
        if self.count != self._seen or not self.is_turning or frame is None or _stdlib.frames.is_waiting(frame):
            self._seen = self.count
            self._counted = 0.0
            self._waited = None
        else:
            seconds = self._seconds_since(now)
            if not culprits.is_innocent(frame):
                self._counted += seconds
                if self._counted >= self.threshold:
                    self._note(self._seen, frame)
        self._last = now
        self._ran = self._processor.ran()

    def _seconds_since(self, now: float) -> float:
        """Return for how long the thread has run or slept since the last look, and not waited for a processor."""
        seconds = now - self._last
        ran = self._processor.ran() - self._ran
        asleep = 0.0
        if ran < _BUSY * seconds:
            former, self._waited = self._waited, self._processor.waited()
            # In the time before the first look at a turn, the loop may have waited for something to happen.
            if former is not None and not self._processor.is_ready():
                asleep = min(max(seconds - ran - (self._waited - former), 0.0), _ASLEEP)
        # No code is to blame for a garbage collection, wherever it was when one began.
        return max(ran + asleep - collector.seconds_since(self._last), 0.0)

    def _note(self, turn: int, frame: FrameType) -> None:
        if self.blocks and self.blocks[-1].turn == turn:
            self.blocks[-1].seconds = self._counted
            return
        site = culprits.site_of(frame)
        if self.is_turning and self.count == turn:
            self.blocks.append(Block(turn, self._counted, site))


class Sampler:
    """The thread, and the loops that it looks at.

    Attributes:
        due: When it wants to look next; infinity if it does not.
    """

    def __init__(self) -> None:
        self.due = math.inf
        self._has_looked = Bell()
        self._watched: set[Turns] = set()
        self._rests = False
        self._thread: OwnThread | None = None

    def watch(self, threshold: float) -> Turns:
        """Look from now on at a loop that runs in this thread.

        Args:
            threshold: How long an iteration of the loop may take, in seconds.

        Returns:
            The iterations, which the loop has to count.
        """
        turns = Turns(threshold, self, threading.get_ident(), _here.processor)
        self._watched.add(turns)
        thread = self._thread
        if thread is None or thread.is_over:
            self._start()
        elif self._rests:
            thread.bell.ring()
        return turns

    def give_way(self) -> None:
        """Wait until the thread has looked, for a moment.

        The loop releases the GIL on every iteration and reacquires it at once, so a waiting thread wakes each time
        without getting it. It can starve for about 30 ms, during which each iteration costs 13 us more.
        """
        self._has_looked.silence()
        now = time.monotonic()
        if now > self.due:
            self.due = now + _PERIOD  # whether or not it gets there
            if self._thread is not None and self._thread.is_over:
                self._start()  # a fork has ended it
            self._has_looked.wait(_MOMENT)

    def _start(self) -> None:
        collector.watch()
        self._thread = OwnThread(self._look, ends_before_fork=lambda: True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it starts again when it is wanted again."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.end()
            self.due = math.inf

    def forget(self) -> None:
        """Begin anew in a process that was forked: the thread is not there."""
        self.__init__()  # type: ignore[misc] # as if it were made there
        _here.processor = Processor()

    def _look(self, thread: OwnThread) -> None:
        looks_in_vain = 0
        while not thread.is_ending:
            self.due = time.monotonic() + _PERIOD
            self._has_looked.ring()
            thread.bell.wait(_PERIOD)
            now = time.monotonic()
            watched = list(self._watched)
            for turns in watched:
                if turns.is_over:
                    self._watched.discard(turns)
                else:
                    turns.look(now)
            looks_in_vain = 0 if watched else looks_in_vain + 1
            if looks_in_vain * _PERIOD > _PATIENCE:
                looks_in_vain = 0
                self._rests = True  # first: then a new request rings
                if not self._watched:
                    self.due = math.inf
                    thread.bell.wait()
                self._rests = False
        self.due = -math.inf  # the next turn of a loop starts it again


class _Here(threading.local):
    """The processor time of a thread."""

    def __init__(self) -> None:
        self.processor = Processor()


_here: Final = _Here()


sampler: Final = Sampler()
atexit.register(sampler.stop)

if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has none)
    os.register_at_fork(after_in_child=sampler.forget)
