"""The processor time of a thread: how long it has run, and how long it has waited until a processor was free.

On a busy machine a thread that has work to do waits, often for longer than it runs, and no code of its own is to blame.
"""

from typing import Final

from aiounit._real import os, threading, time

__all__ = ["Processor"]

_MOST: Final = 1024
_NANOSECOND: Final = 1e-9


class Processor:
    """Tells the processor time of the thread that has made it; any thread may ask."""

    def __init__(self) -> None:
        make = getattr(time, "pthread_getcpuclockid", None)
        self._clock: int | None = None if make is None else make(threading.get_ident())
        self._folder = f"/proc/self/task/{threading.get_native_id()}"

    def ran(self) -> float:
        """Return for how many seconds the thread has run; always 0 where that is not to be known."""
        try:
            return 0.0 if self._clock is None else time.clock_gettime(self._clock)
        except OSError:  # the thread has ended
            return 0.0

    def waited(self) -> float:
        """Return for how many seconds it has waited for a processor, up to the last time that it got one.

        This is always 0 where it is not to be known: outside Linux, and with a kernel that keeps no such statistics.
        """
        fields = self._read("schedstat").split()
        return int(fields[1]) * _NANOSECOND if len(fields) == 3 else 0.0

    def clock(self) -> float:
        """Return the time of a clock, in seconds, that stands still while the thread waits for a processor."""
        return time.perf_counter() - self.waited()

    def is_ready(self) -> bool:
        """Return whether the thread is known to run now, or to wait for nothing but a processor."""
        return self._read("stat").rpartition(b")")[2].split()[:1] == [b"R"]

    def _read(self, name: str) -> bytes:
        try:
            descriptor = os.open(f"{self._folder}/{name}", os.O_RDONLY)
        except OSError:  # there is no such system, or the thread has ended
            return b""
        try:
            return os.read(descriptor, _MOST)
        except OSError:  # it has ended just now
            return b""
        finally:
            os.close(descriptor)
