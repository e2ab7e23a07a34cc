"""A second way to ring, for where the alarm is not heard.

A test may block SIGALRM, take its handler or stop its timer, and a loop may wait in C code that runs no handler. One
thread of the process looks now and then for a limit whose deadline has passed and that nothing was done about.
"""

from typing import Any, Final, Protocol

from aiounit._real import math, time
from aiounit.limits.own_threads import OwnThread

__all__ = ["Standby", "standby"]

# How often it looks, and how long it stays when nothing is watched, in seconds.
_PERIOD: Final = 0.25
_IDLE: Final = 2.0


class Dog(Protocol):
    """What watches over a thread."""

    def ring_from_afar(self) -> None:
        """Do what the alarm should have done, if it was not heard."""


class Standby:
    """The thread, and those that it looks at."""

    def __init__(self) -> None:
        self._dogs: set[Any] = set()
        self._thread: OwnThread | None = None

    def watch(self, dog: Dog) -> None:
        """Look at what a watchdog watches from now on."""
        self._dogs.add(dog)
        if self._thread is None or self._thread.is_over:
            self._thread = OwnThread(self._look, ends_before_fork=lambda: True)
            self._thread.start()

    def unwatch(self, dog: Dog) -> None:
        """Look at it no longer."""
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
