"""The ways to hang that ``tests.benchmarks.hangs`` compares: what is called, and in which phase of a test.

Each stands in the lines that are marked ``# hangs`` when its time is over.
"""

# ruff: noqa: ASYNC110, ASYNC251, SIM105 (how a test hangs is the subject)

import asyncio
import contextlib
import enum
import re
import socket
import subprocess
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

AGES = 3600

# How reports name this file.
FILE = Path(__file__).name


class Phase(enum.Enum):
    """Where a function is called."""

    TEST = "test"
    SUBTEST = "subtest"
    PLAIN_TEST = "plain test"
    SET_UP = "setUp"
    ASYNC_SET_UP = "asyncSetUp"
    ASYNC_TEAR_DOWN = "asyncTearDown"
    TEAR_DOWN = "tearDown"
    CLEANUP = "cleanup"
    START = "start of a resource"
    CLOSE = "close of a resource"
    CLASS = "set-up of the class"
    ASYNC_CLASS = "asynchronous set-up of the class"


async def sleep() -> None:
    await asyncio.sleep(AGES)  # hangs


async def never_sleep() -> None:
    while True:
        await asyncio.sleep(0)  # hangs


async def play_ping_pong() -> None:
    there: asyncio.Queue[str] = asyncio.Queue()
    back: asyncio.Queue[str] = asyncio.Queue()

    async def play(take: asyncio.Queue[str], give: asyncio.Queue[str]) -> None:
        while True:
            await give.put(await take.get())

    there.put_nowait("ball")
    await asyncio.gather(play(there, back), play(back, there))  # hangs


async def swallow_one_cancellation() -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(AGES)  # hangs
    await asyncio.sleep(AGES)  # hangs


async def swallow_three_cancellations() -> None:
    for _ in range(3):
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(AGES)  # hangs


async def swallow_every_cancellation() -> None:
    while True:
        with contextlib.suppress(BaseException):
            await asyncio.sleep(AGES)  # hangs


async def swallow_once_and_pass() -> None:
    with contextlib.suppress(BaseException):
        await asyncio.sleep(AGES)  # hangs


async def wait_in_finally() -> None:
    try:
        await asyncio.sleep(AGES)  # hangs
    finally:
        await asyncio.Event().wait()  # hangs


async def numbers() -> AsyncGenerator[int, None]:
    """Wait for ever, also when it is cancelled or closed."""
    try:
        yield 1
        await asyncio.sleep(AGES)  # hangs
    finally:
        await asyncio.Event().wait()  # hangs


async def wait_in_finally_of_a_generator() -> None:
    async for _ in numbers():
        pass


async def wait_for_a_thread() -> None:
    await asyncio.to_thread(time.sleep, AGES)  # hangs


def block() -> None:
    time.sleep(AGES)  # hangs


def spin() -> None:
    while True:  # hangs
        pass  # hangs


def wait_for_a_lock() -> None:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()  # hangs


def receive() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.recv(1)  # hangs


def wait_for_a_process() -> None:
    subprocess.run(["sleep", str(AGES)], check=True)  # hangs


def match() -> None:
    re.match(r"(a+)+$", 40 * "a" + "b")  # hangs


def swallow_everything() -> None:
    while True:
        try:
            time.sleep(AGES)  # hangs
        except BaseException:
            pass


async def block_in_a_background_task() -> None:
    async def work() -> None:
        time.sleep(AGES)  # hangs

    task = asyncio.create_task(work())
    await asyncio.wait([task])


async def block_in_a_callback() -> None:
    asyncio.get_running_loop().call_soon(block)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


class Blocking:
    """Blocks when it goes."""

    def __del__(self) -> None:
        time.sleep(AGES)  # hangs


def block_in_a_destructor() -> None:
    thing = Blocking()
    del thing


def hold_the_interpreter() -> None:
    sum(repeat(1))  # hangs


def run_a_loop() -> None:
    asyncio.run(sleep())


left: list[object] = []


async def leave_a_task_that_refuses_to_end() -> None:
    left.append(asyncio.create_task(swallow_every_cancellation()))
    await asyncio.sleep(0)


async def leave_a_task_that_blocks() -> None:
    async def work() -> None:
        try:
            await asyncio.sleep(AGES)
        finally:
            time.sleep(AGES)  # hangs

    left.append(asyncio.create_task(work()))
    await asyncio.sleep(0)


async def leave_a_generator() -> None:
    generator = numbers()
    left.append(generator)
    await anext(generator)


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to hang."""

    title: str
    function: Callable[[], Awaitable[None] | None]
    phase: Phase = Phase.TEST


KINDS = (
    Kind("awaits for ever", sleep),
    Kind("`while True: await sleep(0)`", never_sleep),
    Kind("two tasks that play ping-pong", play_ping_pong),
    Kind("swallows one cancellation", swallow_one_cancellation),
    Kind("swallows three cancellations", swallow_three_cancellations),
    Kind("swallows every cancellation", swallow_every_cancellation),
    Kind("swallows the timeout and returns", swallow_once_and_pass),
    Kind("`finally: await forever`", wait_in_finally),
    Kind("asynchronous generator, stuck in its `finally`", wait_in_finally_of_a_generator),
    Kind("inside `subTest`", sleep, Phase.SUBTEST),
    Kind("`to_thread(time.sleep, ...)`", wait_for_a_thread),
    Kind("`time.sleep`", block),
    Kind("`while True: pass`", spin),
    Kind("`lock.acquire()`", wait_for_a_lock),
    Kind("`socket.recv`", receive),
    Kind("`subprocess.run`", wait_for_a_process),
    Kind("regular expression", match),
    Kind("`time.sleep` in `except BaseException: pass`", swallow_everything),
    Kind("`time.sleep` in a background task", block_in_a_background_task),
    Kind("`time.sleep` in a callback", block_in_a_callback),
    Kind("`time.sleep` in `__del__`", block_in_a_destructor),
    Kind("`sum(repeat(1))`", hold_the_interpreter),
    Kind("synchronous test, `time.sleep`", block, Phase.PLAIN_TEST),
    Kind("synchronous test, `asyncio.run`", run_a_loop, Phase.PLAIN_TEST),
    Kind("`setUp` blocks", block, Phase.SET_UP),
    Kind("`asyncSetUp` awaits", sleep, Phase.ASYNC_SET_UP),
    Kind("`asyncTearDown` awaits", sleep, Phase.ASYNC_TEAR_DOWN),
    Kind("`tearDown` blocks", block, Phase.TEAR_DOWN),
    Kind("cleanup awaits", sleep, Phase.CLEANUP),
    Kind("resource awaits when it starts", sleep, Phase.START),
    Kind("resource awaits when it is closed", sleep, Phase.CLOSE),
    Kind("`setUpClass` blocks", block, Phase.CLASS),
    Kind("`asyncSetUpClass` awaits", sleep, Phase.ASYNC_CLASS),
    Kind("leaves a task that refuses to end", leave_a_task_that_refuses_to_end),
    Kind("leaves a task that blocks when it is cancelled", leave_a_task_that_blocks),
    Kind("leaves a generator that awaits when it is closed", leave_a_generator),
)


def lines_that_hang() -> list[int]:
    """Return the numbers of the lines of this file that are marked."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if line.endswith("# hangs")]
