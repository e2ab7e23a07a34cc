"""Hangs of what is around a test: hooks, cleanups and resources. All the rest of the clean-up runs."""

# ruff: noqa: ASYNC251 (how a test hangs is the subject)

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

from aiounit import resource

from .support import AGES, ASYNCHRONOUS, EVERYWHERE, MAIN, SHARED, SYNCHRONOUS, AsyncCase, SyncCase, expects, note

PASSES = ASYNCHRONOUS[6:]

# Hooks


@expects(phase="setUp", events=("cleanup", *SYNCHRONOUS[3:]))
class SetUp(SyncCase):
    setup_timeout = 1

    def setUp(self) -> None:
        if self.is_first:
            self.addCleanup(note, "cleanup")
            time.sleep(AGES)  # hangs
        super().setUp()

    def test_1_hangs(self) -> None:
        note("never")


@expects(phase="setUp", events=("cleanup", *PASSES), variants=(MAIN, SHARED))
class SetUpOfAnAsynchronousSuite(AsyncCase):
    setup_timeout = 1

    def setUp(self) -> None:
        if self.is_first:
            self.addCleanup(note, "cleanup")
            time.sleep(AGES)  # hangs
        super().setUp()

    async def test_1_hangs(self) -> None:
        note("never")


@expects(phase="asyncSetUp", events=("setUp", "asyncSetUp", "async cleanup", "cleanup", *PASSES), variants=EVERYWHERE)
class AsyncSetUp(AsyncCase):
    setup_timeout = 1

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        if self.is_first:
            await asyncio.sleep(AGES)  # hangs

    async def test_1_hangs(self) -> None:
        note("never")


@expects(phase="asyncSetUp", events=("setUp", "asyncSetUp", "async cleanup", "cleanup", *PASSES), blocked=True)
class AsyncSetUpThatBlocks(AsyncCase):
    setup_timeout = 1

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        if self.is_first:
            time.sleep(AGES)  # hangs

    async def test_1_hangs(self) -> None:
        note("never")


@expects(
    phase="asyncTearDown",
    events=("setUp", "asyncSetUp", "test 1", "tearDown", "async cleanup", "cleanup", *PASSES),
    variants=EVERYWHERE,
)
class AsyncTearDown(AsyncCase):
    teardown_timeout = 1

    async def test_1_hangs(self) -> None:
        note("test 1")

    async def asyncTearDown(self) -> None:
        if self.is_first:
            await asyncio.sleep(AGES)  # hangs
        await super().asyncTearDown()


@expects(
    phase="tearDown",
    events=("setUp", "asyncSetUp", "test 1", "asyncTearDown", "async cleanup", "cleanup", *PASSES),
    variants=(MAIN, SHARED),
)
class TearDown(AsyncCase):
    teardown_timeout = 1

    async def test_1_hangs(self) -> None:
        note("test 1")

    def tearDown(self) -> None:
        if self.is_first:
            time.sleep(AGES)  # hangs
        super().tearDown()


@expects(
    phase="cleanup HangsInACleanup.hang",
    events=("setUp", "asyncSetUp", "test 1", "asyncTearDown", "tearDown", "async cleanup", "cleanup", *PASSES),
    variants=EVERYWHERE,
)
class HangsInACleanup(AsyncCase):
    teardown_timeout = 1

    async def test_1_hangs(self) -> None:
        note("test 1")
        self.addAsyncCleanup(self.hang)

    async def hang(self) -> None:
        await asyncio.sleep(AGES)  # hangs


@expects(
    phase="cleanup BlocksInACleanup.block",
    events=("setUp", "asyncSetUp", "test 1", "asyncTearDown", "tearDown", "async cleanup", "cleanup", *PASSES),
)
class BlocksInACleanup(AsyncCase):
    teardown_timeout = 1

    async def test_1_hangs(self) -> None:
        note("test 1")
        self.addCleanup(self.block)

    def block(self) -> None:
        time.sleep(AGES)  # hangs


# Resources


@expects(phase="the start of resource '{short}.server'", events=PASSES, variants=EVERYWHERE)
class StartOfAResource(AsyncCase):
    setup_timeout = 1

    @resource
    async def server(self) -> AsyncIterator[None]:
        if self.is_first:
            await asyncio.sleep(AGES)  # hangs
        yield

    async def test_1_hangs(self) -> None:
        note("never")


@expects(phase="the start of resource '{short}.server'", events=PASSES, blocked=True)
class StartOfAResourceThatBlocks(AsyncCase):
    setup_timeout = 1

    @resource
    def server(self) -> Iterator[None]:
        if self.is_first:
            time.sleep(AGES)  # hangs
        yield

    async def test_1_hangs(self) -> None:
        note("never")


@expects(
    phase="the close of resource '{short}.server'",
    events=("setUp", "asyncSetUp", "test 1", *ASYNCHRONOUS[2:6], "other closed", *PASSES, "other closed"),
    variants=EVERYWHERE,
)
class CloseOfAResource(AsyncCase):
    teardown_timeout = 1

    @resource
    async def other(self) -> AsyncIterator[None]:
        yield
        note("other closed")

    @resource
    async def server(self) -> AsyncIterator[None]:
        yield
        if self.is_first:
            await asyncio.sleep(AGES)  # hangs

    async def test_1_hangs(self) -> None:
        note("test 1")
