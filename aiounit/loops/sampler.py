"""Sample from a thread, every few milliseconds, whether the loops of tests are blocked, without waking them.

The process has one such thread, from the first test that wants it. It sleeps while no test runs, and ends with the
process.
"""

from typing import Final

from aiounit._real import atexit, math, os, threading, time
from aiounit.limits.own_threads import Bell, OwnThread
from aiounit.limits.processor import Processor
from aiounit.loops import collector
from aiounit.loops.watches import PERIOD, Iterations, Watch

__all__ = ["THRESHOLD", "Sampler", "sampler"]

# How long an iteration of a loop may take unless the test class says otherwise, in seconds.
THRESHOLD: Final = 0.1

# For how long the thread goes on while no loop is watched, in seconds of real time.
_PATIENCE: Final = 0.5

# How long a loop waits for the thread at most, in seconds.
_MOMENT: Final = 0.001


class Sampler:
    """The thread, and the loops that it looks at.

    Attributes:
        due: When it wants to look next; infinity if it does not.
    """

    def __init__(self) -> None:
        self.due = math.inf
        self._has_looked = Bell()
        self._watched: set[Watch] = set()
        self._rests = False
        self._thread: OwnThread | None = None
        self._starting = threading.Lock()

    def watch(self, threshold: float) -> Watch:
        """Look from now on at a loop that runs in this thread.

        Args:
            threshold: How long an iteration of the loop may take, in seconds.

        Returns:
            The watch, whose `Iterations` the loop has to count.
        """
        watch = Watch(Iterations(self), threshold, _here.processor, [])
        self._watched.add(watch)
        thread = self._thread
        if thread is None or thread.is_over or self._rests:
            self._wake()
        return watch

    def add(self, watch: Watch) -> None:
        """Look from now on at the loop of a watch, and as often as the watch wants."""
        self._watched.add(watch)
        self._wake()

    def give_way(self) -> None:
        """Wait until the thread has looked, for a moment.

        The loop releases the GIL on every iteration and reacquires it at once, so a waiting thread wakes each time
        without getting it. It can starve for about 30 ms, during which each iteration costs 13 us more.
        """
        self._has_looked.silence()
        now = time.monotonic()
        if now > self.due:
            self.due = now + PERIOD  # whether or not it gets there
            if self._thread is not None and self._thread.is_over:
                self._wake()  # a fork has ended it
            self._has_looked.wait(_MOMENT)

    def _wake(self) -> None:
        """Have the thread look at once, and start it if it is not there."""
        with self._starting:
            thread = self._thread
            if thread is None or thread.is_over:
                collector.watch()
                thread = self._thread = OwnThread(self._look, ends_before_fork=self._may_end)
                thread.start()
        thread.bell.ring()

    def _may_end(self) -> bool:
        return not any(watch.is_exact and not watch.is_over for watch in list(self._watched))

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
            self.due = time.monotonic() + PERIOD
            self._has_looked.ring()
            thread.bell.wait(min((watch.period for watch in list(self._watched)), default=PERIOD))
            now = time.monotonic()
            watched = list(self._watched)
            for watch in watched:
                if watch.is_over:
                    self._watched.discard(watch)
                else:
                    watch.look(now)
            looks_in_vain = 0 if watched else looks_in_vain + 1
            if looks_in_vain * PERIOD > _PATIENCE:
                looks_in_vain = 0
                self._rests = True  # first: then a new request rings
                if not self._watched:
                    self.due = math.inf
                    thread.bell.wait()
                self._rests = False
        self.due = -math.inf  # the next iteration of a loop starts it again


class _Here(threading.local):
    """The processor time of a thread."""

    def __init__(self) -> None:
        self.processor = Processor()


_here: Final = _Here()


sampler: Final = Sampler()
atexit.register(sampler.stop)

if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has none)
    os.register_at_fork(after_in_child=sampler.forget)
