"""One suite with code in every phase and resources of every scope; in one phase, the process sends itself SIGINT twice.

The environment says in which phase, and how its code takes that. Each thing that happens is a line of the output.
"""

# ruff: noqa: ASYNC251 (to block the loop is a subject)

import asyncio
import contextlib
import os
import signal
import threading
import time
import unittest
import unittest.signals
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiounit import AsyncTestCase, depends, resource
from aiounit.limits import ctrl_c

signals: Any = unittest.signals

PHASE = os.environ.get("INTERRUPTED_PHASE", "")
STYLE = os.environ.get("INTERRUPTED_STYLE", "")
AGES = 600.0
# Python runs no handler for a signal that comes just before a thread begins to wait in C, until that is over.
SETTLED = 0.05

inside = threading.Event()
noticed = threading.Event()


def note(text: str) -> None:
    """Write a line at once."""
    with contextlib.suppress(BrokenPipeError):
        os.write(1, f"{text}\n".encode())


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait in a thread beside the tests, which takes no lock of theirs."""
    while not condition():
        time.sleep(0.001)


def send() -> None:
    """Send SIGINT, and again when the code has noticed the first, or at least Python has where the code waits on."""
    wait_until(inside.is_set)
    time.sleep(SETTLED)
    os.kill(os.getpid(), signal.SIGINT)
    wait_until(lambda: ctrl_c._state.presses > 0 or getattr(signals._interrupt_handler, "called", False))
    if STYLE != "waits on":
        noticed.wait()
    time.sleep(SETTLED)
    os.kill(os.getpid(), signal.SIGINT)


def begin(phase: str) -> bool:
    """Note a phase, and return whether it is the one to be interrupted, which is then about to be."""
    note(phase)
    if phase != PHASE:
        return False
    threading.Thread(target=send, daemon=True).start()
    return True


def notice() -> None:
    """Note that the code was interrupted the first time."""
    if not noticed.is_set():
        note("noticed")
        noticed.set()


async def reach(phase: str) -> None:
    """Come to a phase of asynchronous code."""
    if not begin(phase):
        return
    while True:
        try:
            inside.set()
            if STYLE == "blocks":
                noticed.set()
                time.sleep(AGES)
            await asyncio.sleep(AGES)
        except BaseException:
            notice()
            if STYLE == "cleans up":  # for ever
                await asyncio.sleep(AGES)


def reach_synchronously(phase: str) -> None:
    """Come to a phase of synchronous code."""
    if not begin(phase):
        return
    while True:
        try:
            inside.set()
            if STYLE == "blocks":
                noticed.set()
            if STYLE == "spins":
                while True:
                    pass
            time.sleep(AGES)
        except BaseException:
            notice()
            if STYLE == "cleans up":
                time.sleep(AGES)


def setUpModule() -> None:
    reach_synchronously("setUpModule")


async def asyncSetUpModule() -> None:
    await reach("asyncSetUpModule")


async def asyncTearDownModule() -> None:
    await reach("asyncTearDownModule")


def tearDownModule() -> None:
    reach_synchronously("tearDownModule")


@resource(scope="run")
async def of_run() -> AsyncIterator[str]:
    await reach("run starts")
    yield "run"
    await reach("run closes")


@resource(scope="module")
async def of_module(wider: str = depends(of_run)) -> AsyncIterator[str]:
    await reach("module starts")
    yield wider
    await reach("module closes")


@resource(scope="class")
def of_class(wider: str = depends(of_module)) -> Iterator[str]:
    reach_synchronously("class starts")
    yield wider
    reach_synchronously("class closes")


@resource
async def of_test(wider: str = depends(of_class)) -> AsyncIterator[str]:
    await reach("test starts")
    yield wider
    await reach("test closes")


class _Case(AsyncTestCase):
    """Has limits that are never reached."""

    timeout = setup_timeout = teardown_timeout = AGES
    one = of_test

    @classmethod
    def setUpClass(cls) -> None:
        reach_synchronously("setUpClass")
        cls.addClassCleanup(reach_synchronously, "class cleanup")
        cls.addAsyncClassCleanup(reach, "async class cleanup")

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        await reach("asyncSetUpClass")

    @classmethod
    async def asyncTearDownClass(cls) -> None:
        await reach("asyncTearDownClass")

    @classmethod
    def tearDownClass(cls) -> None:
        reach_synchronously("tearDownClass")

    def setUp(self) -> None:
        reach_synchronously("setUp")

    async def asyncSetUp(self) -> None:
        self.addCleanup(reach_synchronously, "cleanup")
        self.addAsyncCleanup(reach, "async cleanup")
        await reach("asyncSetUp")

    async def asyncTearDown(self) -> None:
        await reach("asyncTearDown")

    def tearDown(self) -> None:
        reach_synchronously("tearDown")


class Asynchronous(_Case):
    async def test(self) -> None:
        await reach("test")
        with self.subTest("inside"):
            await reach("subtest")


class Synchronous(_Case):
    def test(self) -> None:
        reach_synchronously("synchronous test")
        asyncio.run(reach("asyncio.run"))


class Leaves(_Case):
    checks = {"all": "off"}
    own_loop: Any = None

    async def leftover(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await reach("leftover task")

    async def generator(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await reach("leftover generator")

    async def test(self) -> None:
        self.task = asyncio.create_task(self.leftover())
        self.left = self.generator()
        await anext(self.left)


class Alone(AsyncTestCase):
    """Has a loop of its own, so that it is closed after the test."""

    timeout = setup_timeout = teardown_timeout = AGES
    checks = {"all": "off"}
    leftover, generator, test = Leaves.leftover, Leaves.generator, Leaves.test


class _Threads(AsyncTestCase):
    timeout = setup_timeout = teardown_timeout = AGES


class Job(_Threads):
    """Waits for a thread that nothing waits for."""

    async def test(self) -> None:
        try:
            await asyncio.to_thread(reach_synchronously, "job")
        finally:
            await asyncio.sleep(AGES)


class Pool(_Threads):
    """Waits for a thread that the interpreter waits for at its end."""

    async def test(self) -> None:
        pool = ThreadPoolExecutor()
        try:
            await asyncio.get_running_loop().run_in_executor(pool, reach_synchronously, "job of a pool")
        finally:
            await asyncio.sleep(AGES)


def main() -> None:
    """Run a class as a host does that says nothing at the end of its run."""

    class Result(unittest.TestResult):
        stopTestRun: Any = property()

    unittest.defaultTestLoader.loadTestsFromTestCase(Asynchronous).run(Result())


if __name__ == "__main__":
    main()
