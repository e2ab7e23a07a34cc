"""Hangs of what belongs to a class, a module or the run. The next class must pass."""

# ruff: noqa: ASYNC251 (how a test hangs is the subject)

import asyncio
import time
from collections.abc import AsyncIterator

from aiounit import resource

from .support import AGES, MAIN, NEXT, THREAD, ScopedCase, expects, note

PASSES = ("test", "next")


@expects(phase="setUpClass of {}", events=("next",), problems=("ERROR: setUpClass ({})",), then=NEXT)
class SetUpClass(ScopedCase):
    setup_timeout = 1

    @classmethod
    def setUpClass(cls) -> None:
        time.sleep(AGES)  # hangs


@expects(
    phase="asyncSetUpClass of {}",
    events=("class cleanup", "next"),
    problems=("ERROR: setUpClass ({})",),
    then=NEXT,
    variants=(MAIN, THREAD),
)
class AsyncSetUpClass(ScopedCase):
    setup_timeout = 1

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        cls.addClassCleanup(note, "class cleanup")
        await asyncio.sleep(AGES)  # hangs


@expects(phase="asyncSetUpClass of {}", events=("next",), problems=("ERROR: setUpClass ({})",), then=NEXT, blocked=True)
class AsyncSetUpClassThatBlocks(ScopedCase):
    setup_timeout = 1

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        time.sleep(AGES)  # hangs


@expects(phase="asyncSetUpClass of {}", events=("next",), problems=("ERROR: setUpClass ({})",), then=NEXT)
class AsyncSetUpClassThatRefusesToEnd(ScopedCase):
    setup_timeout = 1

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        while True:
            try:
                await asyncio.sleep(AGES)  # hangs, stuck
            except BaseException:
                continue


@expects(phase="tearDownClass of {}", events=PASSES, problems=("ERROR: tearDownClass ({})",), then=NEXT)
class TearDownClass(ScopedCase):
    teardown_timeout = 1

    @classmethod
    def tearDownClass(cls) -> None:
        time.sleep(AGES)  # hangs


@expects(
    phase="asyncTearDownClass of {}",
    events=("test", "tearDownClass", "class cleanup", "next"),
    problems=("ERROR: tearDownClass ({})",),
    then=NEXT,
    variants=(MAIN, THREAD),
)
class AsyncTearDownClass(ScopedCase):
    teardown_timeout = 1

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        cls.addClassCleanup(note, "class cleanup")

    @classmethod
    async def asyncTearDownClass(cls) -> None:
        await asyncio.sleep(AGES)  # hangs

    @classmethod
    def tearDownClass(cls) -> None:
        note("tearDownClass")


@expects(
    phase="class cleanup AsyncClassCleanup.hang of {}",
    events=("test", "class cleanup", "next"),
    problems=("ERROR: tearDownClass ({})",),
    then=NEXT,
)
class AsyncClassCleanup(ScopedCase):
    teardown_timeout = 1

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        cls.addClassCleanup(note, "class cleanup")
        cls.addAsyncClassCleanup(cls.hang)

    @classmethod
    async def hang(cls) -> None:
        await asyncio.sleep(AGES)  # hangs


@expects(
    phase="the start of resource '{short}.server'", events=("next",), problems=("FAIL: test ({}.test)",), then=NEXT
)
class StartOfAResourceOfTheClass(ScopedCase):
    setup_timeout = 1

    @resource(scope="class")
    async def server(self) -> AsyncIterator[None]:
        await asyncio.sleep(AGES)  # hangs
        yield


@expects(
    phase="the close of resource '{short}.server'",
    events=("test", "other closed", "next"),
    problems=("ERROR: tearDownClass ({})",),
    then=NEXT,
    variants=(MAIN, THREAD),
)
class CloseOfAResourceOfTheClass(ScopedCase):
    teardown_timeout = 1

    @resource(scope="class")
    async def other(self) -> AsyncIterator[None]:
        yield
        note("other closed")

    @resource(scope="class")
    async def server(self) -> AsyncIterator[None]:
        yield
        await asyncio.sleep(AGES)  # hangs


@expects(
    phase="the close of resource '{short}.server'",
    events=("test", "next"),
    problems=("ERROR: tearDownClass ({})",),
    then=NEXT,
)
class CloseOfAResourceOfTheClassThatRefusesToEnd(ScopedCase):
    teardown_timeout = 1

    @resource(scope="class")
    async def server(self) -> AsyncIterator[None]:
        yield
        while True:
            try:
                await asyncio.sleep(AGES)  # hangs, stuck
            except BaseException:
                continue


@expects(
    phase="the start of resource '{short}.server'", events=("next",), problems=("FAIL: test ({}.test)",), then=NEXT
)
class StartOfAResourceOfTheRun(ScopedCase):
    setup_timeout = 1

    @resource(scope="run")
    async def server(self) -> AsyncIterator[None]:
        await asyncio.sleep(AGES)  # hangs
        yield


@expects(
    phase="the close of resource '{short}.server'",
    events=("test", "next", "other closed"),
    problems=("ERROR: closing the resources of the run",),
    then=NEXT,
    variants=(MAIN, THREAD),
    environment={"AIOUNIT_TEARDOWN_TIMEOUT": "1"},
)
class CloseOfAResourceOfTheRun(ScopedCase):
    @resource(scope="run")
    async def other(self) -> AsyncIterator[None]:
        yield
        note("other closed")

    @resource(scope="run")
    async def server(self) -> AsyncIterator[None]:
        yield
        await asyncio.sleep(AGES)  # hangs
