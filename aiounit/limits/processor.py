"""Measure the processor time of a thread: how long it has run, and how long it has waited for a free processor.

On a busy machine a thread that is ready to run often waits for longer than it runs, and its own code is not to blame.
"""

from typing import Final

from aiounit._real import os, threading, time

__all__ = ["Processor"]

_MOST: Final = 1024
_NANOSECOND: Final = 1e-9


class Processor:
    """Measures the processor time of the thread that makes it; any thread may read it.

    Attributes:
        thread: The identifier of the thread.
    """

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        make = getattr(time, "pthread_getcpuclockid", None)
        self._clock: int | None = None if make is None else make(self.thread)
        self._folder = f"/proc/self/task/{threading.get_native_id()}"

    def ran(self) -> float:
        """Return for how many seconds the thread has run; always 0 if the system does not tell."""
        try:
            return 0.0 if self._clock is None else time.clock_gettime(self._clock)
        except OSError:  # the thread has ended
            return 0.0

    def waited(self) -> float:
        """Return for how many seconds the thread has waited for a processor, up to the last time that it got one.

        This is always 0 outside Linux, and with a kernel that does not keep such statistics.
        """
        fields = self._read("schedstat").split()
        return int(fields[1]) * _NANOSECOND if len(fields) == 3 else 0.0

    def is_ready(self) -> bool:
        """Return whether the thread runs now or only waits for a processor; false if the system does not tell."""
        return self._read("stat").rpartition(b")")[2].split()[:1] == [b"R"]

    def _read(self, name: str) -> bytes:
        try:
            descriptor = os.open(f"{self._folder}/{name}", os.O_RDONLY)
        except OSError:  # another system, or the thread has ended
            return b""
        try:
            return os.read(descriptor, _MOST)
        except OSError:  # it has ended just now
            return b""
        finally:
            os.close(descriptor)
