"""Hangs of what a test leaves on its loop, which is ended with the test and before it is over."""

# ruff: noqa: ASYNC251 (how a test hangs is the subject)

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from .support import AGES, ASYNCHRONOUS, EVERYWHERE, MAIN, SHARED, THREAD, UVLOOP, AsyncCase, expects, note

EVENTS = (*ASYNCHRONOUS[:2], "test 1", *ASYNCHRONOUS[2:])
CLOSING = "closing the loop"

# What does not end, and does not block either, is no failure of a budget: it is given up with an error of its own.
GIVEN_UP: dict[str, Any] = {
    "phase": None,
    "events": EVENTS,
    "problems": ("ERROR: test_1_hangs ({}.test_1_hangs)",),
    "says": ("still running 0.3 s after the end of the test, and abandoned", "# hangs"),
}


@expects(**GIVEN_UP, findings=("tasks",), variants=(*EVERYWHERE, UVLOOP))
class TaskThatRefusesToEnd(AsyncCase):
    teardown_timeout = 1

    async def refuse(self) -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(AGES)  # hangs

    async def test_1_hangs(self) -> None:
        self.task = asyncio.create_task(self.refuse())
        await asyncio.sleep(0)
        note("test 1")


@expects(**GIVEN_UP, findings=("tasks",), variants=EVERYWHERE)
class TaskThatNeverSleeps(AsyncCase):
    teardown_timeout = 1

    async def refuse(self) -> None:
        while True:
            with contextlib.suppress(BaseException):  # hangs
                await asyncio.sleep(0)  # hangs

    async def test_1_hangs(self) -> None:
        self.task = asyncio.create_task(self.refuse())
        await asyncio.sleep(0)
        note("test 1")


@expects(phase=CLOSING, blocked=True, events=EVENTS, findings=("tasks",), variants=(MAIN, SHARED))
class TaskThatBlocksWhenItIsCancelled(AsyncCase):
    teardown_timeout = 1

    async def block(self) -> None:
        try:
            await asyncio.sleep(AGES)
        finally:
            time.sleep(AGES)  # hangs

    async def test_1_hangs(self) -> None:
        self.task = asyncio.create_task(self.block())
        await asyncio.sleep(0)
        note("test 1")


@expects(phase=CLOSING, blocked=True, events=EVENTS, findings=("tasks",), variants=(MAIN, THREAD, SHARED))
class TaskThatSpinsWhenItIsCancelled(AsyncCase):
    teardown_timeout = 1

    async def spin(self) -> None:
        try:
            await asyncio.sleep(AGES)
        finally:
            while True:  # hangs
                pass  # hangs

    async def test_1_hangs(self) -> None:
        self.task = asyncio.create_task(self.spin())
        await asyncio.sleep(0)
        note("test 1")


@expects(phase="waiting for leftovers to end", events=EVENTS, findings=("asyncgens",), variants=(MAIN, THREAD))
class GeneratorThatWaitsInFinally(AsyncCase):
    teardown_timeout = 1

    async def numbers(self) -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await asyncio.Event().wait()  # hangs

    async def test_1_hangs(self) -> None:
        self.left = self.numbers()
        await anext(self.left)
        note("test 1")


@expects(**GIVEN_UP, findings=("executor",), threads=("asyncio_0",), variants=(MAIN, THREAD))
class JobOfTheExecutor(AsyncCase):
    teardown_timeout = 1

    async def test_1_hangs(self) -> None:
        asyncio.get_running_loop().run_in_executor(None, self.block)
        note("test 1")

    def block(self) -> None:
        time.sleep(AGES)  # hangs
