"""Hangs of a test that awaits: the loop goes on, and a cancellation arrives, although it may not be wanted."""

# ruff: noqa: ASYNC110 (how a test hangs is the subject)

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

from .support import AGES, ASYNCHRONOUS, EVERYWHERE, FAILS, MAIN, SHARED, THREAD, UVLOOP, AsyncCase, expects, note

AFTER = ASYNCHRONOUS[2:]


@expects(variants=(*EVERYWHERE, UVLOOP))
class SleepsForEver(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        await asyncio.sleep(AGES)  # hangs


@expects(variants=EVERYWHERE)
class WaitsForEver(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        await asyncio.Event().wait()  # hangs


@expects(variants=(*EVERYWHERE, UVLOOP))
class NeverSleeps(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        while True:  # hangs
            await asyncio.sleep(0)  # hangs


@expects(variants=EVERYWHERE)
class PingPong(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        there: asyncio.Queue[str] = asyncio.Queue()
        back: asyncio.Queue[str] = asyncio.Queue()
        there.put_nowait("ball")
        await asyncio.gather(self.play(there, back), self.play(back, there))  # hangs

    async def play(self, take: asyncio.Queue[str], give: asyncio.Queue[str]) -> None:
        while True:
            await give.put(await take.get())


@expects(events=(*ASYNCHRONOUS[:2], "swallowed", *AFTER), variants=EVERYWHERE)
class SwallowsOneCancellation(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(AGES)  # hangs
        note("swallowed")
        await asyncio.sleep(AGES)  # stuck


@expects(events=(*ASYNCHRONOUS[:2], "swallowed", "swallowed", *AFTER), variants=EVERYWHERE)
class SwallowsThreeCancellations(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        for _ in range(3):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(AGES)  # hangs, stuck
            note("swallowed")


@expects(events=(*ASYNCHRONOUS[:2], "swallowed", "swallowed", *AFTER), variants=(*EVERYWHERE, UVLOOP))
class SwallowsEveryCancellation(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        while True:
            try:
                await asyncio.sleep(AGES)  # hangs, stuck
            except BaseException:
                note("swallowed")


@expects(variants=EVERYWHERE)
class SwallowsEverythingAndNeverSleeps(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        while True:  # hangs, stuck
            with contextlib.suppress(BaseException):  # hangs, stuck
                await asyncio.sleep(0)  # hangs, stuck


@expects(variants=EVERYWHERE)
class WaitsForEverInFinally(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        try:
            await asyncio.sleep(AGES)  # hangs
        finally:
            await asyncio.Event().wait()  # stuck


@expects(variants=EVERYWHERE)
class WaitsForEverInEveryFinally(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        try:
            await asyncio.sleep(AGES)  # hangs
        finally:
            try:
                await asyncio.Event().wait()  # stuck
            finally:
                await asyncio.Event().wait()  # stuck


@expects(variants=EVERYWHERE)
class WaitsForEverInFinallyOfAGenerator(AsyncCase):
    timeout = 1

    async def numbers(self) -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await asyncio.Event().wait()  # hangs

    async def test_1_hangs(self) -> None:
        numbers = self.numbers()
        await anext(numbers)
        await numbers.aclose()  # type: ignore[attr-defined]  # of the generator that it is


@expects(variants=EVERYWHERE)
class IsCancelledInAGeneratorThatWaitsInFinally(AsyncCase):
    timeout = 1

    async def numbers(self) -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.sleep(AGES)  # hangs
        finally:
            await asyncio.Event().wait()  # stuck

    async def test_1_hangs(self) -> None:
        async for _ in self.numbers():
            pass


@expects(variants=EVERYWHERE)
class SwallowsEverythingInFinallyOfAGenerator(AsyncCase):
    timeout = 1

    async def numbers(self) -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            while True:
                with contextlib.suppress(BaseException):
                    await asyncio.sleep(AGES)  # hangs, stuck

    async def test_1_hangs(self) -> None:
        async for _ in self.numbers():
            pass


@expects(variants=EVERYWHERE)
class HangsInASubtest(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        with self.subTest(number=1):
            await asyncio.sleep(AGES)  # hangs


@expects(variants=EVERYWHERE)
class PassesAfterTheTimeout(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        with contextlib.suppress(BaseException):
            await asyncio.sleep(AGES)  # hangs


@expects(problems=(*FAILS, *FAILS), says=("in the clean-up",), variants=(MAIN, THREAD))
class FailsAfterTheTimeout(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        try:
            await asyncio.sleep(AGES)  # hangs
        finally:
            self.fail("in the clean-up")


@expects(problems=("ERROR: test_1_hangs ({}.test_1_hangs)", *FAILS), findings=("tasks",), variants=EVERYWHERE)
class ChildOfAGroupRefusesToEnd(AsyncCase):
    timeout = 1
    teardown_timeout = 1

    async def refuse(self) -> None:
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(AGES)  # hangs, stuck

    async def test_1_hangs(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.refuse())


@expects(
    problems=("ERROR: test_1_hangs ({}.test_1_hangs)", *FAILS),
    findings=("executor",),
    threads=("asyncio_0",),
    variants=(MAIN, THREAD, UVLOOP),
)
class WaitsForAThread(AsyncCase):
    timeout = 1
    teardown_timeout = 1

    async def test_1_hangs(self) -> None:
        await asyncio.to_thread(time.sleep, AGES)  # hangs


@expects(
    problems=("ERROR: closing the resources of the run", *FAILS),
    findings=("executor",),
    threads=("asyncio_0",),
    variants=(SHARED,),
    environment={"AIOUNIT_TEARDOWN_TIMEOUT": "1"},
)
class WaitsForAThreadOfTheSharedLoop(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        await asyncio.to_thread(time.sleep, AGES)  # hangs
