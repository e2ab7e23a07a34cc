"""Hangs of a test that blocks its thread: no cancellation arrives, because the loop does not turn."""

# ruff: noqa: ASYNC110, ASYNC221, ASYNC251, SIM105 (how a test hangs is the subject)

import asyncio
import contextlib
import gc
import re
import socket
import subprocess
import threading
import time
from itertools import repeat
from typing import Any

from .support import AGES, ASYNCHRONOUS, MAIN, SHARED, SYNCHRONOUS, THREAD, UVLOOP, AsyncCase, SyncCase, expects, note


@expects(blocked=True, variants=(MAIN, SHARED, UVLOOP))
class Sleeps(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        time.sleep(AGES)  # hangs


@expects(blocked=True, variants=(MAIN, THREAD, SHARED, UVLOOP))
class Spins(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        while True:  # hangs
            pass  # hangs


@expects(blocked=True)
class WaitsForALock(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()  # hangs


@expects(blocked=True)
class Receives(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        one, other = socket.socketpair()
        with one, other:
            one.recv(1)  # hangs


@expects(blocked=True)
class WaitsForAProcess(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        subprocess.run(["sleep", str(AGES)], check=True)  # hangs


@expects(blocked=True)
class WaitsForAThread(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        leave = threading.Event()
        thread = threading.Thread(target=leave.wait)
        self.addCleanup(self.wait_until_gone, thread)
        self.addCleanup(leave.set)
        thread.start()
        thread.join()  # hangs

    def wait_until_gone(self, thread: threading.Thread) -> None:
        while thread in threading.enumerate():  # until 3.12, join() does not wait any more after it was interrupted
            time.sleep(0.01)


@expects(blocked=True)
class Matches(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        re.match(r"(a+)+$", 40 * "a" + "b")  # hangs


@expects(blocked=True)
class SleepsAndSwallowsEverything(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        while True:
            with contextlib.suppress(BaseException):
                time.sleep(AGES)  # hangs


@expects(blocked=True, variants=(MAIN, THREAD, SHARED))
class SpinsAndSwallowsEverything(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        while True:  # hangs
            try:  # hangs
                len("spin")  # hangs
            except BaseException:  # hangs
                pass  # hangs


@expects(blocked=True)
class BlocksInASubtest(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        with self.subTest(number=1):
            time.sleep(AGES)  # hangs


@expects(blocked=True)
class PassesAfterTheInterruption(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        with contextlib.suppress(BaseException):
            time.sleep(AGES)  # hangs


@expects(blocked=True)
class BlocksInABackgroundTask(AsyncCase):
    timeout = 1

    async def block(self) -> None:
        time.sleep(AGES)  # hangs

    async def test_1_hangs(self) -> None:
        task = asyncio.create_task(self.block())
        await asyncio.wait([task])


@expects(blocked=True, variants=(MAIN, THREAD))
class SpinsInABackgroundTask(AsyncCase):
    timeout = 1

    async def spin(self) -> None:
        while True:  # hangs
            pass  # hangs

    async def test_1_hangs(self) -> None:
        task = asyncio.create_task(self.spin())
        await asyncio.wait([task])


@expects(blocked=True, variants=(MAIN, UVLOOP))
class BlocksInACallback(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        asyncio.get_running_loop().call_soon(self.block)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def block(self) -> None:
        time.sleep(AGES)  # hangs


@expects(blocked=True, place="in code that is not Python's", says=("callback sleep(",))
class IsACallbackThatBlocks(AsyncCase):
    """The callback is no Python function, so the topmost frame is asyncio's."""

    timeout = 1

    async def test_1_hangs(self) -> None:
        asyncio.get_running_loop().call_soon(time.sleep, AGES)
        await asyncio.sleep(AGES)


@expects(
    blocked=True,
    events=(*ASYNCHRONOUS[:2], "after the destructor", *ASYNCHRONOUS[2:]),
)
class BlocksInADestructor(AsyncCase):
    timeout = 1

    class Blocking:
        def __del__(self) -> None:
            time.sleep(AGES)  # hangs

    async def test_1_hangs(self) -> None:
        thing = self.Blocking()
        del thing
        gc.collect()
        note("after the destructor")


@expects(
    blocked=True,
    variants=(MAIN, THREAD),
)
class SpinsInADestructor(AsyncCase):
    timeout = 1

    class Spinning:
        def __del__(self) -> None:
            while True:  # hangs
                pass  # hangs

    async def test_1_hangs(self) -> None:
        thing = self.Spinning()
        del thing
        await asyncio.sleep(AGES)


@expects(events=SYNCHRONOUS)
class SleepsWithoutALoop(SyncCase):
    timeout = 1

    def test_1_hangs(self) -> None:
        time.sleep(AGES)  # hangs


@expects(events=SYNCHRONOUS, variants=(MAIN, THREAD))
class SpinsWithoutALoop(SyncCase):
    timeout = 1

    def test_1_hangs(self) -> None:
        while True:  # hangs
            pass  # hangs


@expects(events=SYNCHRONOUS)
class SwallowsEverythingWithoutALoop(SyncCase):
    timeout = 1

    def test_1_hangs(self) -> None:
        while True:
            with contextlib.suppress(BaseException):
                time.sleep(AGES)  # hangs


@expects(variants=(MAIN, SHARED))
class SleepsOutsideTheLoop(AsyncCase):
    """A synchronous test between asynchronous hooks: the loop is there, and does not run."""

    timeout = 1

    def test_1_hangs(self) -> None:
        time.sleep(AGES)  # hangs


@expects(events=SYNCHRONOUS)
class RunsALoopOfItsOwn(SyncCase):
    timeout = 1

    def test_1_hangs(self) -> None:
        asyncio.run(self.sleep())  # hangs

    async def sleep(self) -> None:
        await asyncio.sleep(AGES)  # hangs


@expects(events=SYNCHRONOUS)
class RunsALoopOfItsOwnThatIsBlocked(SyncCase):
    timeout = 1

    def test_1_hangs(self) -> None:
        asyncio.run(self.sleep())

    async def sleep(self) -> None:
        time.sleep(AGES)  # hangs


@expects(events=SYNCHRONOUS, variants=(MAIN, THREAD))
class RunsALoopOfItsOwnThatNeverSleeps(SyncCase):
    timeout = 1

    def test_1_hangs(self) -> None:
        asyncio.run(self.spin())  # hangs

    async def spin(self) -> None:
        while True:  # hangs
            await asyncio.sleep(0)  # hangs


@expects(events=SYNCHRONOUS)
class RunsALoopOfItsOwnAndSwallowsEverything(SyncCase):
    timeout = 1

    def test_1_hangs(self) -> None:
        asyncio.run(self.swallow())  # hangs

    async def swallow(self) -> None:
        while True:
            with contextlib.suppress(BaseException):
                await asyncio.sleep(AGES)  # hangs


# What nothing can interrupt: the process ends itself

SAYS = ("{}.test_0_fails", "known before", "{}.test_1_hangs")


class _KilledCase(AsyncCase):
    """A suite whose first results are known when the process ends."""

    timeout = 1

    async def test_0_fails(self) -> None:
        self.fail("known before")


KILLED: dict[str, Any] = {"phase": None, "events": ASYNCHRONOUS[:8], "problems": (), "killed": True}


@expects(**KILLED, says=(*SAYS, "in test_1_hangs"), variants=(MAIN, THREAD, SHARED))
class HoldsTheInterpreter(_KilledCase):
    async def test_1_hangs(self) -> None:
        sum(repeat(1))  # hangs


@expects(**KILLED, says=SAYS, options=("-b",))
class HoldsTheInterpreterWhileOutputIsBuffered(_KilledCase):
    async def test_1_hangs(self) -> None:
        sum(repeat(1))  # hangs


@expects(**KILLED, says=SAYS, variants=(THREAD,))
class SleepsInAnotherThread(_KilledCase):
    async def test_1_hangs(self) -> None:
        time.sleep(AGES)  # hangs


@expects(**{**KILLED, "events": ("setUp",)}, says=("{}.test_1_hangs",))
class HoldsTheInterpreterWithoutALoop(SyncCase):
    timeout = 1

    def test_1_hangs(self) -> None:
        sum(repeat(1))  # hangs
