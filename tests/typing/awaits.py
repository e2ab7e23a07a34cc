"""What type checkers must make of the record of awaits and of the assertions about it: read, never run.

An ignore comment marks a use that must be an error: both report a comment that they do not need.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

import asyncio
import unittest
from typing import Any, assert_type
from unittest.mock import AsyncMock, call

from aiounit import AsyncTestCase
from aiounit.assertions import AwaitAssertions
from aiounit.mocks import AwaitLog, AwaitRecord, AwaitState, CallRecord, record


class Client:
    """What a mock may be said to be."""

    async def fetch(self, item: str) -> str:
        return item


def records(mocked: AsyncMock, client: Client) -> None:
    log = record(mocked)
    assert_type(log, AwaitLog)
    assert_type(record(client.fetch), AwaitLog)
    assert_type(log.awaits, list[AwaitRecord])
    assert_type(log.calls, list[CallRecord])
    assert_type(log.unawaited, list[CallRecord])
    assert_type(log.is_async, bool)
    assert_type(log.name, str)
    log.awaits = []  # type: ignore[misc]


def one_record(awaited: AwaitRecord, called: CallRecord) -> None:
    assert_type(awaited.state, AwaitState)
    assert_type(awaited.args, tuple[Any, ...])
    assert_type(awaited.kwargs, dict[str, Any])
    assert_type(awaited.start, float | None)
    assert_type(awaited.end, float | None)
    assert_type(awaited.error, BaseException | None)
    assert_type(awaited.task, asyncio.Task[Any] | None)
    assert called.place is not None
    assert_type(called.place.file, str)
    assert_type(called.place.line, int)
    assert_type(called.awaited, AwaitRecord | None)


class Synchronous(AwaitAssertions, unittest.TestCase):
    """All but the one that waits are there for synchronous tests."""

    def arguments(self, mocked: AsyncMock, client: Client) -> None:
        self.assertAwaited(mocked)
        self.assertAwaited(client.fetch, "message")
        self.assertNotAwaited(mocked, msg="message")
        self.assertAllAwaited(mocked, client.fetch, msg="message")
        assert_type(self.assertAwaitedOnce(client.fetch), AwaitRecord)
        assert_type(self.assertAwaitedWith(client.fetch, "tea", size=2), AwaitRecord)
        assert_type(self.assertAwaitedOnceWith(client.fetch, "tea", msg=1, mock=2), AwaitRecord)
        assert_type(self.assertAnyAwaitWith(client.fetch), AwaitRecord)
        assert_type(self.assertHasAwaits(mocked, [call(1)], any_order=True), list[AwaitRecord])
        assert_type(self.assertAwaitedInOrder([(mocked, call(1)), (client.fetch, call("tea"))]), list[AwaitRecord])
        self.assertAwaited()  # type: ignore[call-arg]

    def endings(self, mocked: AsyncMock) -> None:
        assert_type(self.assertAwaitReturned(mocked), AwaitRecord)
        assert_type(self.assertAwaitRaised(mocked, OSError, count=2), AwaitRecord)
        assert_type(self.assertAwaitRaised(mocked, (OSError, KeyError)), AwaitRecord)
        assert_type(self.assertAwaitCancelled(mocked, msg="message"), AwaitRecord)
        self.assertAwaitRaised(mocked)  # type: ignore[call-arg]
        self.assertAwaitRaised(mocked, OSError())  # type: ignore[arg-type]

    def concurrency(self, mocked: AsyncMock, client: Client) -> None:
        self.assertOverlapped(mocked, client.fetch, msg="message")
        self.assertSerialized(mocked)
        self.assertMaxConcurrency(mocked, 3)
        self.assertMaxConcurrency([mocked, client.fetch], limit=3)
        self.assertMaxConcurrency(mocked, "3")  # type: ignore[arg-type]
        self.assertMaxConcurrency(mocked)  # type: ignore[call-arg]


class Asynchronous(AsyncTestCase):
    """All are there for asynchronous tests."""

    async def waiting(self, mocked: AsyncMock) -> None:
        assert_type(await self.waitUntilAwaited(mocked), AwaitRecord)
        assert_type(await self.waitUntilAwaited(mocked, 2, timeout=0.5, msg="message"), AwaitRecord)
        await self.waitUntilAwaited(mocked, 1, 2)  # type: ignore[call-arg]
