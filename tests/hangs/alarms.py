"""Hangs in a process whose SIGALRM, or its timer, is somebody else's: before the tests begin, or in their middle."""

# ruff: noqa: ASYNC110, ASYNC251 (how a test hangs is the subject)

import asyncio
import signal
import time
from types import FrameType
from typing import Any

from aiounit import async_timeout

from .support import AGES, ASYNCHRONOUS, IS_CHILD, MAIN, SHARED, AsyncCase, expects, note

FIRST, SECOND = ASYNCHRONOUS[:6], ASYNCHRONOUS[6:]
ALARM_IN_SECOND: dict[str, Any] = {
    "events": (*FIRST, *SECOND[:2], "alarm", *SECOND[2:]),
    "left": {"SIGALRM": "on_alarm"},
}


def on_alarm(_number: int, _frame: FrameType | None) -> None:
    note("alarm")


if IS_CHILD:
    signal.signal(signal.SIGALRM, on_alarm)


class _Alarmed(AsyncCase):
    """Its second test waits for the alarm."""

    @async_timeout(60)
    async def test_2_passes(self) -> None:
        self.assertIs(signal.getsignal(signal.SIGALRM), on_alarm)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        while signal.getitimer(signal.ITIMER_REAL)[0]:
            await asyncio.sleep(0.01)
        await super().test_2_passes()


class _Armed(_Alarmed):
    """Its timer runs all the time."""

    @classmethod
    def setUpClass(cls) -> None:
        signal.setitimer(signal.ITIMER_REAL, AGES)

    @async_timeout(60)
    async def test_2_passes(self) -> None:
        self.assertGreater(signal.getitimer(signal.ITIMER_REAL)[0], AGES / 2)
        await super().test_2_passes()


@expects(**ALARM_IN_SECOND, variants=(MAIN, SHARED))
class Awaits(_Alarmed):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        await asyncio.sleep(AGES)  # hangs


@expects(**ALARM_IN_SECOND, blocked=True, variants=(MAIN, SHARED))
class Blocks(_Alarmed):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        time.sleep(AGES)  # hangs


@expects(**ALARM_IN_SECOND)
class AwaitsWithATimer(_Armed):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        await asyncio.sleep(AGES)  # hangs


@expects(**ALARM_IN_SECOND, blocked=True)
class BlocksWithATimer(_Armed):
    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        time.sleep(AGES)  # hangs


@expects(
    blocked=True, events=(*FIRST[:2], "alarm", *FIRST[2:], *ALARM_IN_SECOND["events"][6:]), left={"SIGALRM": "on_alarm"}
)
class BlocksAndIsAlarmed(_Alarmed):
    """The alarm goes off while it hangs."""

    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(AGES)  # hangs


@expects(blocked=True, events=(*FIRST[:2], "alarm of the test", *FIRST[2:], *SECOND), left={"SIGALRM": "on_alarm"})
class BlocksWithAnAlarmOfItsOwn(AsyncCase):
    """It takes the handler and the timer while its time runs."""

    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        before = signal.signal(signal.SIGALRM, lambda *_: note("alarm of the test"))
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        time.sleep(AGES)  # hangs


@expects(events=(*FIRST[:2], "alarm of the test", *FIRST[2:], *SECOND), left={"SIGALRM": "on_alarm"})
class AwaitsWithAnAlarmOfItsOwn(AsyncCase):
    """It takes the handler and the timer while its time runs."""

    @async_timeout(1)
    async def test_1_hangs(self) -> None:
        before = signal.signal(signal.SIGALRM, lambda *_: note("alarm of the test"))
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        await asyncio.sleep(AGES)  # hangs
