"""The suite that hangs, on the standard library's base class and on aiounit's: ``python -m unittest`` runs one.

On the standard library's, `asyncio.timeout` is around everything that can have it around. It can't be around
synchronous hooks and tests, the exit of a context manager that was entered, and the close of the loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from unittest import IsolatedAsyncioTestCase

from aiounit import AsyncTestCase, depends, resource

from .child import BUDGET, KIND, hang, hang_inside, is_due, note
from .kinds import Phase


class _Suite(IsolatedAsyncioTestCase):
    """Three tests, the second hangs."""

    def is_due(self, phase: Phase) -> bool:
        """Tell whether to hang here."""
        return is_due(phase, self.id().rpartition(".")[2])

    async def hang(self) -> None:
        """Hang in a coroutine."""
        await hang_inside()

    @classmethod
    def setUpClass(cls) -> None:
        cls.addClassCleanup(note, "class cleanup")
        if KIND.phase is Phase.CLASS:
            hang()

    def setUp(self) -> None:
        self.addCleanup(note, f"cleanup of {self.id().rpartition('.')[2]}")
        if self.is_due(Phase.SET_UP):
            hang()

    async def asyncSetUp(self) -> None:
        if self.is_due(Phase.ASYNC_SET_UP):
            await self.hang()
        if self.is_due(Phase.CLEANUP):
            self.addAsyncCleanup(self.hang)

    async def test_1_passes(self) -> None:
        pass

    async def test_2_hangs(self) -> None:
        if self.is_due(Phase.SUBTEST):
            with self.subTest(number=1):
                await self.hang()
        if self.is_due(Phase.TEST):
            await self.hang()

    async def test_3_passes(self) -> None:
        note("next")

    async def asyncTearDown(self) -> None:
        if self.is_due(Phase.ASYNC_TEAR_DOWN):
            await self.hang()

    def tearDown(self) -> None:
        if self.is_due(Phase.TEAR_DOWN):
            hang()


class WithStandardLibrary(_Suite):
    """The standard library's base class, with `asyncio.timeout`."""

    async def hang(self) -> None:
        async with asyncio.timeout(BUDGET):
            await hang_inside()

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if KIND.phase is Phase.ASYNC_CLASS:
            asyncio.run(asyncio.wait_for(hang_inside(), BUDGET))

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        async with asyncio.timeout(BUDGET):
            await self.enterAsyncContext(self.server())

    @contextlib.asynccontextmanager
    async def server(self) -> AsyncIterator[None]:
        """Hang when it is entered or left."""
        if self.is_due(Phase.START):
            await hang_inside()
        yield
        if self.is_due(Phase.CLOSE):
            await hang_inside()


class WithAiounit(_Suite, AsyncTestCase):
    """aiounit's, with budgets."""

    timeout = setup_timeout = teardown_timeout = BUDGET

    if KIND.phase is Phase.ASYNC_CLASS:  # with it the tests would share a loop

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            await hang_inside()

    @resource
    async def early(self) -> AsyncIterator[None]:
        """Stand in for the cleanup, which ``setUp`` has not added yet when a resource starts."""
        yield
        if self.is_due(Phase.START):
            note("cleanup of test_2_hangs")

    @resource
    async def server(self, early: None = depends(early)) -> AsyncIterator[None]:
        """Hang when it starts or is closed."""
        if self.is_due(Phase.START):
            await hang_inside()
        yield
        if self.is_due(Phase.CLOSE):
            await hang_inside()


class Next(IsolatedAsyncioTestCase):
    """What comes next when a class can't be set up."""

    def test(self) -> None:
        note("next class")


if KIND.phase is Phase.PLAIN_TEST:

    def _test_2_hangs(_self: object) -> None:
        hang()

    setattr(_Suite, "test_2_hangs", _test_2_hangs)  # noqa: B010 (a type checker takes it for an async one)
