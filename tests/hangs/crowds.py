"""Hangs with so much to report that a report could take longer than is left, or never end."""

import asyncio
import contextlib
import sys
import threading
import time

from aiounit import async_timeout

from .support import AGES, ASYNCHRONOUS, MAIN, SYNCHRONOUS, THREAD, AsyncCase, SyncCase, expects, note

MANY = 2_000
DEEP = 5_000
THREADS = 300
BOTH = (MAIN, THREAD)


async def wait() -> None:
    await asyncio.get_running_loop().create_future()


async def chain(length: int, event: asyncio.Event) -> None:
    if length:
        await chain(length - 1, event)
    else:
        await event.wait()


@expects(
    variants=BOTH,
    says=("1,999 more tasks like this one: 'waiter 1', 'waiter 2', 'waiter 3', 'waiter 4', 'waiter 5', ...",),
)
class ManyTasks(AsyncCase):
    timeout = 1

    async def test_1_hangs(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(MANY):
                group.create_task(wait(), name=f"waiter {number}")
            await asyncio.sleep(AGES)  # hangs


@expects(variants=BOTH, place="crowds.py in chain", says=("  [Previous line repeated 4997 more times]",))
class LongChain(AsyncCase):
    timeout = 1

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(sys.setrecursionlimit, sys.getrecursionlimit())
        sys.setrecursionlimit(4 * DEEP)

    async def test_1_hangs(self) -> None:
        await chain(DEEP, asyncio.Event())


@expects(variants=BOTH, says=("290 more tasks like this one: ",))
class LongNames(AsyncCase):
    """Each task waits for the one before."""

    timeout = 1

    async def test_1_hangs(self) -> None:
        async def follow(other: asyncio.Future[None]) -> None:
            await other

        last: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as group:
            for number in range(300):
                last = group.create_task(follow(last), name=f"{number}" * 10_000)
            await asyncio.sleep(AGES)  # hangs


@expects(says=(f"{THREADS - 1} more threads like this one: ",))
class ManyThreads(AsyncCase):
    timeout = 1

    def setUp(self) -> None:
        super().setUp()
        done = threading.Event()
        threads = [threading.Thread(target=done.wait, name="x" * 10_000) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
            self.addCleanup(thread.join)
        self.addCleanup(done.set)

    async def test_1_hangs(self) -> None:
        await asyncio.sleep(AGES)  # hangs


class _Odd:
    """A callable without a name, whose representation never comes."""

    def __call__(self) -> None:
        time.sleep(AGES)  # hangs

    def __repr__(self) -> str:
        while True:
            pass


@expects(
    phase="cleanup of type _Odd",
    events=("setUp", "test 1", "tearDown", "cleanup", *SYNCHRONOUS[3:]),
    in_module=True,
)
class SlowRepresentation(SyncCase):
    teardown_timeout = 1

    def test_1_hangs(self) -> None:
        self.addCleanup(_Odd())
        note("test 1")


class _Silent(Exception):  # noqa: N818 (it is no kind of error)
    def __str__(self) -> str:
        time.sleep(AGES)  # hangs
        return ""

    __repr__ = __str__


@expects(phase="the description of _Silent", events=("setUp", "test 1", *SYNCHRONOUS[1:]), in_module=True)
class ErrorThatDescribesItselfForEver(SyncCase):
    """unittest asks for the text of the error when no step of the test runs any more."""

    teardown_timeout = 1

    def test_1_hangs(self) -> None:
        note("test 1")
        raise _Silent


@expects(
    phase="the description of FindingError",
    events=("setUp", "asyncSetUp", "test 1", *ASYNCHRONOUS[2:]),
    findings=("errors",),
    says=("failed with _Silent, whose repr() did not return in time",),
    in_module=True,
)
class ErrorOfATaskThatDescribesItselfForEver(AsyncCase):
    teardown_timeout = 1

    async def test_1_hangs(self) -> None:
        async def die() -> None:
            raise _Silent

        self.task = asyncio.create_task(die())
        await asyncio.wait([self.task])
        note("test 1")


@expects(events=SYNCHRONOUS, place="crowds.py in recurse")
class Recursion(SyncCase):
    """It is at the limit of recursion most of the time."""

    @async_timeout(1)
    def test_1_hangs(self) -> None:
        def recurse() -> None:
            with contextlib.suppress(RecursionError):
                recurse()

        while True:
            recurse()
