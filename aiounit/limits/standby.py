"""Ring a second way when the alarm has no effect.

A test may block SIGALRM, replace its handler or stop its timer, and a loop may wait in C code that runs no handler. So
one thread of the process checks periodically for deadlines that have passed without an action.
"""

from typing import Final

from aiounit._real import math, time
from aiounit._typing import Protocol
from aiounit.limits.own_threads import OwnThread

__all__ = ["Standby", "standby"]

# How often the thread checks, and how long it lives when nothing is watched, in seconds.
_PERIOD: Final = 0.25
_IDLE: Final = 2.0


class Dog(Protocol):
    """The part of a watchdog that is used here."""

    def ring_from_afar(self) -> None:
        """Ring in place of an alarm that is overdue."""


class Standby:
    """The thread, and the watchdogs that it checks."""

    def __init__(self) -> None:
        self._dogs: set[Dog] = set()
        self._thread: OwnThread | None = None

    def watch(self, dog: Dog) -> None:
        """Check the deadlines of a watchdog from now on."""
        self._dogs.add(dog)
        if self._thread is None or self._thread.is_over:
            self._thread = OwnThread(self._look, ends_before_fork=lambda: True)
            self._thread.start()

    def unwatch(self, dog: Dog) -> None:
        """Stop checking a watchdog."""
        self._dogs.discard(dog)

    def _look(self, thread: OwnThread) -> None:
        idle_since = math.inf
        while not thread.is_ending:
            thread.bell.wait(_PERIOD)
            for dog in list(self._dogs):
                dog.ring_from_afar()
            now = time.monotonic()
            idle_since = math.inf if self._dogs else min(idle_since, now)
            if now - idle_since > _IDLE:
                return


standby: Final = Standby()
