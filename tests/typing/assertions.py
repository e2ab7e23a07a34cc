"""What type checkers must make of the assertions for asynchronous code: read by mypy and pyright, never run.

An ignore comment marks a use that must be an error: both report a comment that they do not need.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

import asyncio
import unittest
from collections.abc import AsyncGenerator
from typing import assert_type

from aiounit.assertions import AsyncAssertions, ExpectedError, ExpectedGroup, Stream


async def fetch() -> str:
    return "tea"


def find() -> int | None:
    return 1


def check() -> None:
    """Assert something."""


async def ticks() -> AsyncGenerator[int, None]:
    yield 1


class Waiting(AsyncAssertions, unittest.IsolatedAsyncioTestCase):
    """What is waited for has its type."""

    async def what_becomes_true(self) -> None:
        assert_type(await self.assertEventually(fetch), str)
        assert_type(await self.assertEventually(lambda: 1), int)
        assert_type(await self.assertEventually(find, timeout=1, interval=0.1, msg="why"), int | None)
        assert_type(await self.assertEventuallyEqual(fetch, "tea"), str)
        assert_type(await self.assertEventuallyEqual(lambda: [1], [1], timeout=0.5), list[int])
        assert_type(await self.assertConsistently(fetch, duration=1), str)
        assert_type(await self.assertEventuallyPasses(fetch), str)
        assert_type(await self.assertConsistentlyPasses(lambda: 1, duration=1), int)
        await self.assertEventuallyPasses(check)

    async def what_ends(self) -> None:
        assert_type(await self.assertCompletesWithin(fetch(), 1), str)
        assert_type(await self.assertCompletesWithin(asyncio.create_task(fetch()), 0.5, msg="why"), str)
        await self.assertTimesOut(fetch(), 1)

    async def in_a_task(self) -> None:
        assert_type(await asyncio.create_task(self.assertEventually(fetch)), str)

    async def misuse(self) -> None:
        await self.assertEventually(1)  # type: ignore[call-overload]
        await self.assertEventually(check, 1)  # type: ignore[call-overload]
        await self.assertEventually(check, timeout="1")  # type: ignore[call-overload]
        await self.assertConsistently(check)  # type: ignore[call-overload]
        await self.assertCompletesWithin(fetch, 1)  # type: ignore[arg-type]
        await self.assertCompletesWithin(fetch(), "1")  # type: ignore[arg-type]

    async def not_awaited(self) -> None:
        self.assertEventually(fetch)  # type: ignore[unused-coroutine]
        self.assertCompletesWithin(fetch(), 1)  # type: ignore[unused-coroutine]
        self.assertTimesOut(fetch(), 1)  # type: ignore[unused-coroutine]
        self.assertCancellable(fetch())  # type: ignore[unused-coroutine]
        self.assertYields(ticks(), [1])  # type: ignore[unused-coroutine]


class Tasks(AsyncAssertions):
    """What is given may be a task or a future."""

    async def states(self) -> None:
        task = asyncio.create_task(fetch())
        self.assertPending(task)
        self.assertDone(asyncio.get_running_loop().create_future(), "why")
        self.assertCancelled(task, msg="why")
        self.assertDone(fetch())  # type: ignore[arg-type]

    async def blocks(self) -> None:
        with self.assertSuspends() as nothing, self.assertDoesNotSuspend(), self.assertNotBlocked(limit=0.1):
            assert_type(nothing, None)
        await self.assertCancellable(fetch())
        self.assertNotBlocked(limit="1")  # type: ignore[arg-type]


class Streams(AsyncAssertions):
    """Items have the type of what is read."""

    async def iterables(self) -> None:
        async with self.stream(ticks(), timeout=1) as stream:
            assert_type(stream, Stream[int])
            assert_type(await stream.next_item(), int)
            assert_type(await stream.next_items(2), list[int])
            assert_type(await stream.latest_item(), int)
            assert_type(await stream.expect_error(KeyError), KeyError)
            await stream.skip(1)
            await stream.expect_nothing()
            await stream.expect_end()
            stream.ignore_rest()

    async def queues(self, queue: asyncio.Queue[str]) -> None:
        async with self.stream(queue) as stream:
            assert_type(await stream.next_item(), str)

    async def all_of_it(self) -> None:
        await self.assertYields(ticks(), [1])
        await self.assertYields(ticks(), range(3), timeout=1)

    async def misuse(self) -> None:
        self.stream([1])  # type: ignore[arg-type]
        self.stream(ticks)  # type: ignore[arg-type]
        async with self.stream(ticks()) as stream:
            stream.next_item()  # type: ignore[unused-coroutine]
            stream.expect_end()  # type: ignore[unused-coroutine]
            await stream.expect_error(KeyError("tea"))  # type: ignore[arg-type]
            await stream.ignore_rest()  # type: ignore[func-returns-value, misc]


class Groups(AsyncAssertions):
    """A group has the type of its members."""

    def specs(self) -> None:
        with self.assertRaisesGroup(KeyError) as raised:
            pass
        assert_type(raised.exception, BaseExceptionGroup[KeyError])
        with self.assertRaisesGroup((KeyError, KeyError), ExpectedError(KeyError, match="tea"), flatten=True):
            pass
        with self.assertRaisesGroup(ExpectedGroup(KeyError)) as outer:
            pass
        assert_type(outer.exception, BaseExceptionGroup[BaseExceptionGroup[KeyError]])
        with self.assertRaisesGroup(KeyError, allow_unwrapped=True) as either:
            pass
        assert_type(either.exception, BaseExceptionGroup[KeyError] | KeyError)

    def checks(self) -> None:
        def check_member(error: KeyError) -> bool:
            return error.args == ("tea",)

        def check_group(group: BaseExceptionGroup[KeyError]) -> None:
            assert_type(group.exceptions[0], KeyError | BaseExceptionGroup[KeyError])

        self.assertRaisesGroup(ExpectedError(KeyError, check=check_member), passes=check_group)
        ExpectedError(KeyError, passes=check_member)
        ExpectedError(ValueError, check=check_member)  # type: ignore[arg-type]
        ExpectedError(ValueError, passes=check_member)  # type: ignore[arg-type]

    def misuse(self) -> None:
        self.assertRaisesGroup(3)  # type: ignore[call-overload]
        self.assertRaisesGroup(KeyError("tea"))  # type: ignore[call-overload]
        ExpectedGroup(int)  # type: ignore[type-var]


class Logs(AsyncAssertions):
    """An error has its type."""

    async def claims(self) -> None:
        with self.assertLoopError(KeyError) as claimed:
            assert_type(claimed.exception, KeyError)
        async with self.assertLoopError(KeyError, match="tea", timeout=1) as claimed:
            assert_type(claimed.exception, KeyError)
        with self.assertNoWarnings() as nothing, self.assertNoWarnings((DeprecationWarning, RuntimeWarning)):
            assert_type(nothing, None)
        self.assertNoWarnings(KeyError)  # type: ignore[arg-type]
        self.assertLoopError(3)  # type: ignore[arg-type]
