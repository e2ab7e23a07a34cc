"""Tell from samples of a loop's thread how long one iteration has taken, without the time that no test is to blame for.

Each iteration has a number, so two samples of the same iteration are known from samples of two short ones.
"""

from types import FrameType
from typing import Any, ClassVar, Final, NamedTuple

from aiounit import _stdlib
from aiounit.introspect import sites
from aiounit.limits.processor import Processor
from aiounit.loops import collector, culprits

__all__ = ["PERIOD", "Block", "Iterations", "Look", "Watch"]

# How often the sampler looks unless a watch wants more, in seconds of real time: a blocked loop has no other clock.
PERIOD: Final = 0.01

# How long a thread counts as asleep between two looks at most, in seconds: a machine or a process that is suspended
# for a while stops the sampler, too.
_ASLEEP: Final = 4 * PERIOD

# The part of the time between two looks that a thread has run at least, if it neither slept nor waited.
_BUSY: Final = 0.8


class Block:
    """One iteration of a loop that took too long.

    Attributes:
        iteration: The number of the iteration.
        seconds: How long the thread of the loop was seen running or asleep.
        site: The calls that were running.
    """

    __slots__ = ("iteration", "seconds", "site")

    def __init__(self, iteration: int, seconds: float, site: sites.Site) -> None:
        self.iteration = iteration
        self.seconds = seconds
        self.site = site


class Iterations:
    """The iterations of a loop, written by its thread and read by the sampler.

    Attributes:
        sampler: The sampler.
        count: How many there were.
        is_iterating: Whether the loop is in one; it does not run otherwise.
        timed: The watches that are told where each begins and ends.
    """

    __slots__ = ("count", "is_iterating", "sampler", "timed")

    def __init__(self, sampler: _stdlib.hooks.Sampler, *, is_iterating: bool = False) -> None:
        self.sampler = sampler
        self.count = 0
        self.is_iterating = is_iterating
        self.timed: tuple[Any, ...] = ()


class Look(NamedTuple):
    """One sample. It is never changed, so that any thread reads one that is whole.

    Attributes:
        iteration: The number of the iteration.
        now: The time, in seconds.
        ran: How long the thread of the loop had run.
        waited: How long it had waited for a processor; None if the loop may have waited for events since.
        counted: How long the iteration had taken.
        is_innocent: Whether it was at something that no test is to blame for.
    """

    iteration: int
    now: float
    ran: float
    waited: float | None = None
    counted: float = 0.0
    is_innocent: bool = False


_NEVER: Final = Look(-1, 0.0, 0.0)


class Watch:
    """Looks at the iterations of one loop, in the sampler's thread.

    Attributes:
        iterations: The iterations.
        threshold: How long one may take, in seconds.
        blocks: The times that the loop was blocked.
        is_over: Whether the sampler need not look any more.
    """

    is_exact: ClassVar[bool] = False
    """Whether it must not miss a look because of a fork."""

    __slots__ = ("_last", "_processor", "blocks", "is_over", "iterations", "threshold")

    def __init__(self, iterations: Iterations, threshold: float, processor: Processor, blocks: list[Block]) -> None:
        self.iterations = iterations
        self.threshold = threshold
        self._processor = processor
        self.blocks = blocks
        self.is_over = False
        self._last = _NEVER

    @property
    def period(self) -> float:
        """How often it wants to look, in seconds."""
        return PERIOD

    def look(self, now: float) -> None:
        """Compare with what was seen before; called by the sampler.

        Args:
            now: The time, in seconds.
        """
        iteration, last = self.iterations.count, self._last
        frame = _stdlib.frames.current_frames().get(self._processor.thread)
        if (
            last.iteration != iteration
            or not self.iterations.is_iterating
            or frame is None
            or _stdlib.frames.is_waiting(frame)
        ):
            self._last = self._first(iteration, now, frame)
            return
        seconds, ran, waited = self._measure(last, now)
        is_innocent = culprits.is_innocent(frame)
        counted = last.counted if is_innocent else last.counted + seconds
        self._last = Look(iteration, now, ran, waited, counted, is_innocent)
        if not is_innocent and counted >= self.threshold:
            self._note(iteration, counted, frame)

    def _first(self, iteration: int, now: float, frame: FrameType | None) -> Look:  # noqa: ARG002 (exact watches want it)
        """Return the sample to compare with, where there is none or the loop waits for events."""
        return Look(iteration, now, self._processor.ran())

    def _measure(self, last: Look, now: float) -> tuple[float, float, float | None]:
        """Return for how long the thread has run or slept since a look, and not waited for a processor.

        Returns:
            The time, in seconds, and how long the thread has run and waited by now.
        """
        seconds = now - last.now
        total = self._processor.ran()
        ran, waited, asleep = total - last.ran, last.waited, 0.0
        if ran < _BUSY * seconds:
            waited = self._processor.waited()
            # In the time before the first look at an iteration, the loop may have waited for something to happen.
            if last.waited is not None and not self._processor.is_ready():
                asleep = min(max(seconds - ran - (waited - last.waited), 0.0), _ASLEEP)
        # No code is to blame for a garbage collection, wherever it was when one began.
        return max(ran + asleep - collector.seconds_since(last.now), 0.0), total, waited

    def _note(self, iteration: int, seconds: float, frame: FrameType) -> None:
        if self.blocks and self.blocks[-1].iteration == iteration:
            self.blocks[-1].seconds = seconds
            return
        site = culprits.site_of(frame)
        if self._is_in(iteration):
            self.blocks.append(Block(iteration, seconds, site))

    def _is_in(self, iteration: int) -> bool:
        return self.iterations.is_iterating and self.iterations.count == iteration
