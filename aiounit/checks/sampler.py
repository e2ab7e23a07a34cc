"""A thread that looks every few milliseconds whether the loops of tests turn; it asks nothing of them.

There is one in the process, from the first test that wants it. It sleeps while no test runs and ends with the process.
"""

from typing import Final

from aiounit import _stdlib, _stdlib_hooks
from aiounit._real import atexit, gc, math, os, threading, time
from aiounit.checks import sites
from aiounit.own_threads import Bell, OwnThread

__all__ = ["Block", "Sampler", "Turns", "sampler"]

# How often it looks, and for how long it goes on looking while there is nothing to see, in seconds of the wall clock:
# a loop that is blocked has no other.
_PERIOD: Final = 0.01
_PATIENCE: Final = 0.5

# How long a loop gives way to the thread at most, in seconds.
_MOMENT: Final = 0.001

# How often a loop must be seen in the same turn before it counts as blocked, unless its thread was busy: a machine that
# stands still for a while stops this thread, too.
_LOOKS: Final = 5

# Modules of debuggers: who stops in one is not blocked. And that of imports: what is imported late is imported once.
_EXCUSED: Final = frozenset({"bdb", "pdb", "pydevd", "debugpy", "_pydevd_bundle", "IPython", "importlib"})

# Where the checks look for what is left: in a large process that takes its time.
_OUR_OWN: Final = "aiounit."


class Block:
    """One time that a loop did not turn.

    Attributes:
        turn: The number of the turn.
        seconds: For how long, as far as it was seen.
        site: Where its thread was.
    """

    __slots__ = ("seconds", "site", "turn")

    def __init__(self, turn: int, seconds: float, site: sites.Site) -> None:
        self.turn = turn
        self.seconds = seconds
        self.site = site


class Turns:
    """What is known of the turns of a loop, written by its thread and read by the sampler.

    Attributes:
        threshold: How long one may take, in seconds.
        count: How many there were.
        is_turning: Whether the loop is in one; it does not run otherwise.
        blocks: The times that it was blocked.
    """

    def __init__(self) -> None:
        self.threshold = 0.0
        self.count = 0
        self.is_turning = False
        self.blocks: list[Block] = []
        self._thread = threading.get_ident()
        self._clock = _here.clock
        self._seen = -1
        self._since = 0.0
        self._busy = 0.0
        self._collected = 0.0
        self._looks = 0

    def begin(self) -> None:
        """Begin a turn; called by the thread of the loop."""
        self.count += 1
        if time.monotonic() > sampler.due:
            sampler.give_way()
        self.is_turning = True

    def look(self, now: float) -> None:
        """Compare with what was seen before; called by the sampler.

        Args:
            now: The time, in seconds.
        """
        if self.count != self._seen or self._is_idle():
            self._seen = self.count
            self._since = now
            self._busy = _busy_seconds(self._clock)
            self._collected = _collections.seconds
            self._looks = 1
            return
        self._looks += 1
        seconds = now - self._since - (_collections.seconds - self._collected)
        was_busy = _busy_seconds(self._clock) - self._busy > 0.9 * self.threshold
        if seconds >= self.threshold and (was_busy or self._looks >= _LOOKS):
            self._note(seconds)

    def _is_idle(self) -> bool:
        """Tell whether the loop does not run, or waits for something to happen, as it should."""
        frame = _stdlib.current_frames().get(self._thread)
        return not self.is_turning or frame is None or _stdlib_hooks.is_waiting(frame)

    def _note(self, seconds: float) -> None:
        turn = self.count
        if self.blocks and self.blocks[-1].turn == turn:
            self.blocks[-1].seconds = seconds
            return
        site = sites.note(_stdlib.current_frames().get(self._thread))
        is_same = self.is_turning and self.count == turn
        if is_same and not _is_excused(site):
            self.blocks.append(Block(turn, seconds, site))


def _is_excused(site: sites.Site) -> bool:
    modules = [module for _, _, module in site.calls]
    is_ours = any(innermost.startswith(_OUR_OWN) for innermost in modules[:1])
    return is_ours or any(module.partition(".")[0] in _EXCUSED for module in modules)


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

    def watch(self, turns: Turns) -> None:
        """Look at the turns of a loop from now on.

        Args:
            turns: The turns.
        """
        self._watched.add(turns)
        thread = self._thread
        if thread is None or thread.is_over:
            self._start()
        elif self._rests:
            thread.bell.ring()

    def unwatch(self, turns: Turns) -> None:
        """Look at the turns of a loop no longer."""
        self._watched.discard(turns)

    def give_way(self) -> None:
        """Wait until the thread has looked, for a moment.

        A loop gives the interpreter's lock up at each turn and takes it back at once. A thread that waits for it is
        woken each time, in vain: it comes too late for some 30 ms, and meanwhile each turn costs 13 us more.
        """
        self._has_looked.silence()
        now = time.monotonic()
        if now > self.due:
            self.due = now + _PERIOD  # whether or not it gets there
            if self._thread is not None and self._thread.is_over:
                self._start()  # a fork has ended it
            self._has_looked.wait(_MOMENT)

    def _start(self) -> None:
        if _collections.note not in gc.callbacks:
            gc.callbacks.append(_collections.note)
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

    def _look(self, thread: OwnThread) -> None:
        looks_in_vain = 0
        while not thread.is_ending:
            self.due = time.monotonic() + _PERIOD
            self._has_looked.ring()
            thread.bell.wait(_PERIOD)
            now = time.monotonic()
            watched = list(self._watched)
            for turns in watched:
                turns.look(now)
            looks_in_vain = 0 if watched else looks_in_vain + 1
            if looks_in_vain * _PERIOD > _PATIENCE:
                looks_in_vain = 0
                self._rests = True  # first: whoever wants it from now on rings
                if not self._watched:
                    self.due = math.inf
                    thread.bell.wait()
                self._rests = False
        self.due = -math.inf  # the next turn of a loop starts it again


class _Collections:
    """The time that garbage collections took: no code is to blame for it, wherever it was when one began.

    Attributes:
        seconds: All of them together.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def note(self, phase: str, info: dict[str, int]) -> None:  # noqa: ARG002 (what the collector says)
        """Take the beginning or the end of one."""
        now = time.monotonic()
        if phase == "start":
            self._began = now
        else:
            self.seconds += now - self._began


_collections: Final = _Collections()


class _Here(threading.local):
    """The clock that tells how long a thread has been busy; None where there is no such clock."""

    def __init__(self) -> None:
        make = getattr(time, "pthread_getcpuclockid", None)
        self.clock: int | None = None if make is None else make(threading.get_ident())


_here: Final = _Here()


def _busy_seconds(clock: int | None) -> float:
    try:
        return 0.0 if clock is None else time.clock_gettime(clock)
    except OSError:  # the thread has ended
        return 0.0


sampler: Final = Sampler()
atexit.register(sampler.stop)

if hasattr(os, "register_at_fork"):  # pragma: no branch (Windows has none)
    os.register_at_fork(after_in_child=sampler.forget)
