"""Hangs in which the alarm is not heard, though the loop or the thread can still be reached."""

import asyncio
import ctypes
import selectors
import signal
import time
from typing import Any

from aiounit import async_timeout

from .support import AGES, SYNCHRONOUS, AsyncCase, SyncCase, expects, note


@expects()
class BlocksTheSignal(AsyncCase):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        self.addCleanup(signal.pthread_sigmask, signal.SIG_UNBLOCK, [signal.SIGALRM])
        await asyncio.sleep(AGES)  # hangs


@expects()
class BlocksAllSignals(AsyncCase):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        await asyncio.sleep(AGES)  # hangs


@expects(events=SYNCHRONOUS)
class SpinsWithAllSignalsBlocked(SyncCase):
    @async_timeout(1)
    def test_1_hangs(self) -> None:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self.addCleanup(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        while True:  # hangs
            pass  # hangs


@expects()
class StopsTheTimer(AsyncCase):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        signal.alarm(0)
        await asyncio.sleep(AGES)  # hangs


@expects()
class UsesTheTimer(AsyncCase):
    """A helper with a timeout of its own, which is over."""

    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        before = signal.signal(signal.SIGALRM, lambda *_: note("never"))
        signal.setitimer(signal.ITIMER_REAL, AGES, AGES)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        await asyncio.sleep(AGES)  # hangs


@expects()
class KeepsTheTimer(AsyncCase):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, signal.SIG_DFL))
        self.addCleanup(signal.alarm, 0)
        signal.alarm(AGES)
        await asyncio.sleep(AGES)  # hangs


@expects()
class IgnoresTheSignal(AsyncCase):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, signal.SIG_IGN))
        await asyncio.sleep(AGES)  # hangs


@expects()
class Pauses(AsyncCase):
    """The signal of the alarm ends what it waits for."""

    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        signal.pause()  # hangs


@expects(events=SYNCHRONOUS)
class PausesWithoutALoop(SyncCase):
    @async_timeout(1)
    def test_1_hangs(self) -> None:
        signal.pause()  # hangs


@expects(events=SYNCHRONOUS)
class WaitsForASignal(SyncCase):
    @async_timeout(1)
    def test_1_hangs(self) -> None:
        signal.sigtimedwait([signal.SIGUSR1], AGES)  # hangs


class _ForeignSelector(selectors.DefaultSelector):
    """Waits in C code that runs no handlers of Python's, as the loops of graphical toolkits do."""

    def __init__(self) -> None:
        super().__init__()
        self.poll: Any = ctypes.CDLL(None).poll

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        count = len(self.get_map())
        entries = (ctypes.c_uint64 * count)(*(key.fd | (1 << 32) for key in self.get_map().values()))
        deadline = time.monotonic() + (AGES if timeout is None else timeout)
        signals = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # it goes on after a signal
        try:
            self.poll(entries, ctypes.c_ulong(count), max(int((deadline - time.monotonic()) * 1000), 0))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, signals)
        return super().select(0)


@expects(says=("the test timed out after ",))
class ForeignLoop(AsyncCase):
    @staticmethod
    def loop_factory() -> asyncio.AbstractEventLoop:
        return asyncio.SelectorEventLoop(_ForeignSelector())

    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        await asyncio.sleep(AGES)  # hangs
