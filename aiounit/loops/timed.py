"""Time exactly how long a loop is blocked while a block of code runs: its own thread notes where an iteration ends.

The sampler sees the line that blocks, and the time that no test is to blame for. Loops that do not count their
iterations are asked for a sign of life instead, but not while they are seen to wait for events: that would wake them.
"""

from types import FrameType
from typing import Any, Final

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, threading, time
from aiounit._typing import override
from aiounit.introspect import sites
from aiounit.limits.processor import Processor
from aiounit.loops import collector, culprits
from aiounit.loops.sampler import sampler
from aiounit.loops.watches import PERIOD, Block, Iterations, Look, Watch

__all__ = ["LoopWatch", "watch_loop"]

# How often it looks in the time that the loop may be blocked. A thread that sleeps is seen by two looks, so that it is
# timed to a tenth of that time; and a loop may be asked as often.
_LOOKS: Final = 20
_QUESTIONS: Final = 10

_NOWHERE: Final = (-1, sites.Site())

_is_iterating: Final[Any] = Iterations.__dict__["is_iterating"]


class TimedIterations(Iterations):
    """Iterations that tell watches where each begins and ends.

    Those of a loop get this class for as long as they are timed, so that others cost nothing more.
    """

    __slots__ = ()

    @property
    def is_iterating(self) -> bool:
        """Whether the loop is in one."""
        iterating: bool = _is_iterating.__get__(self)
        return iterating

    @is_iterating.setter
    def is_iterating(self, value: bool) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        _is_iterating.__set__(self, value)
        for watch in self.timed:
            if value:
                watch.begin_iteration()
            else:
                watch.end_iteration()


class LoopWatch(Watch):
    """Watches the running loop, from `start` to `stop`, in the thread of the loop.

    Real time is what counts here, whatever clock the loop has.

    Args:
        iterations: The iterations of the loop.
        limit: How long one may take, in seconds.

    Attributes:
        longest: The longest block beyond the limit, or None.
        noticed: Is set when there is one that has not ended yet, and in which the thread sleeps.
    """

    is_exact = True

    def __init__(self, iterations: Iterations, limit: float) -> None:
        super().__init__(iterations, limit, Processor(), [])
        self.longest: Block | None = None
        self.noticed = threading.Event()
        self._begun = (-1, 0.0, 0.0)  # the number of an iteration, when it began, and how long the thread had run
        self._site = _NOWHERE  # the number of an iteration, and the calls that were running

    @property
    @override
    def period(self) -> float:
        """How often it wants to look, in seconds."""
        return min(self.threshold / _LOOKS, PERIOD)

    def start(self) -> None:
        """Begin to watch, within an iteration."""
        self._last = self._base()
        if not self.iterations.is_iterating:  # they have begun to count in this iteration
            self.iterations.is_iterating = True
        self.iterations.timed += (self,)
        self.iterations.__class__ = TimedIterations
        sampler.add(self)

    def stop(self) -> None:
        """End it; `longest` is final."""
        if self.iterations.is_iterating:
            self.end_iteration()
        self.is_over = True
        self.iterations.timed = tuple(watch for watch in self.iterations.timed if watch is not self)
        if not self.iterations.timed:
            self.iterations.__class__ = Iterations

    @override
    def look(self, now: float) -> None:
        last = self._last
        may_exceed = last.counted + now - last.now >= self.threshold
        is_asleep = may_exceed and not self._processor.is_ready()  # so it is known how long it has waited
        super().look(now)
        last = self._last
        if last.waited is None:
            return
        if last.counted < self.threshold:
            self._site = _NOWHERE  # time in which it waited for a processor was taken back
        elif is_asleep:
            self.noticed.set()

    def begin_iteration(self) -> None:
        """Note that an iteration begins."""
        self._begun = (self.iterations.count, time.monotonic(), time.thread_time())

    def end_iteration(self) -> None:
        """Note that an iteration ends, or the block that is watched."""
        iteration, last = self.iterations.count, self._last
        if last.iteration != iteration:
            seconds = self._ran_since_begin(iteration, time.thread_time())
        elif last.is_innocent:
            seconds = last.counted
        else:
            seconds = last.counted + self._measure_to_now(last)
        if seconds > max(self.threshold, self.longest.seconds if self.longest is not None else 0):
            number, site = self._site
            self.longest = Block(iteration, seconds, site if number == iteration else sites.Site())

    def _base(self) -> Look:
        """Return a look at an iteration that does not wait for events any more."""
        ran, waited = self._processor.ran(), self._processor.waited()  # before the time: a wait in between is no block
        return Look(self.iterations.count, time.monotonic(), ran, waited)

    def _ran_since_begin(self, iteration: int, ran: float) -> float:
        """Return for how long the thread has run in an iteration; if it slept, it may have waited for events."""
        number, now, former = self._begun
        return max(ran - former - collector.seconds_since(now), 0.0) if number == iteration else 0.0

    @override
    def _first(self, iteration: int, now: float, frame: FrameType | None) -> Look:
        look = super()._first(iteration, now, frame)
        if culprits.is_innocent(frame):
            return look._replace(is_innocent=True)
        return look._replace(counted=self._ran_since_begin(iteration, look.ran))

    @override
    def _measure(self, last: Look, now: float) -> tuple[float, float, float | None]:
        """Count all time except waits for a processor: one that is not known yet is taken back by a later look."""
        ran, waited = self._processor.ran(), self._processor.waited()
        seconds = ran - last.ran if last.waited is None else now - last.now - (waited - last.waited)
        # A wait for a processor may be a wait for the collector as well: it is subtracted once.
        return seconds - min(collector.seconds_since(last.now), max(seconds, 0.0)), ran, waited

    def _measure_to_now(self, last: Look) -> float:
        """Return the same as `_measure` up to now, in the thread of the loop.

        A wait for a processor between the two clocks would be taken from a time that does not contain it.
        """
        before = self._processor.waited()
        while True:
            seconds, _ran, waited = self._measure(last, time.monotonic())
            if waited == before:
                return seconds
            before = self._processor.waited()

    @override
    def _note(self, iteration: int, seconds: float, frame: FrameType) -> None:
        if self._site[0] != iteration:
            site = culprits.site_of(frame)
            if self._is_in(iteration):
                self._site = (iteration, site)


class _AskingWatch(LoopWatch):
    """Watches a loop that does not count its iterations: one lasts from a question to the answer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: float) -> None:
        super().__init__(Iterations(sampler), limit)
        self._loop = loop
        self._due = 0.0

    @override
    def start(self) -> None:
        self._ask(time.monotonic())
        sampler.add(self)

    @override
    def stop(self) -> None:
        if not self._loop.is_running():
            self.iterations.is_iterating = False
        super().stop()

    @override
    def look(self, now: float) -> None:
        if not self._loop.is_running():
            self.iterations.is_iterating = False  # it answers when it runs again
        elif self.iterations.is_iterating:
            super().look(now)
        elif now >= self._due:
            frame = _stdlib.frames.current_frames().get(self._processor.thread)
            if frame is not None and not _stdlib.frames.is_waiting(frame):
                self._ask(now)

    def _ask(self, now: float) -> None:
        self._due = now + self.threshold / _QUESTIONS
        self.iterations.count += 1
        self._last = self._base()
        self.iterations.is_iterating = True
        with contextlib.suppress(RuntimeError):  # it has been closed just now
            self._loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        if self.iterations.is_iterating and not self.is_over:
            self.end_iteration()
            self.iterations.is_iterating = False


def watch_loop(limit: float) -> LoopWatch:
    """Return a watch of the running loop that has started.

    Args:
        limit: How long the loop may be blocked, in seconds.
    """
    loop = asyncio.get_running_loop()
    iterations: Any = _stdlib.hooks.counter(loop, lambda: Iterations(sampler))
    watch = _AskingWatch(loop, limit) if iterations is None else LoopWatch(iterations, limit)
    watch.start()
    return watch
