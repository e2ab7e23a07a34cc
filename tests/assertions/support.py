"""What the tests of assertions about awaits share: mocks that were awaited, and the messages of failures."""

import asyncio
import unittest
from collections.abc import Callable, Sequence
from typing import Any
from unittest.mock import AsyncMock

from aiounit.assertions.awaits.awaits import AwaitAssertions
from aiounit.mocks.recording.recorder import record
from tests.assertions.virtual import plain


class Client:
    """What mocks stand for."""

    async def fetch(self, item: str, size: int = 1) -> str:
        return item * size

    def close(self) -> None:
        """Do nothing."""


def recorded(name: str, **config: Any) -> AsyncMock:
    """Return a mock that is recorded from the start, and returns None unless it is told otherwise."""
    mocked = AsyncMock(name=name, **{"return_value": None, **config})
    record(mocked)
    return mocked


def at(*seconds: float, name: str = "fetch") -> AsyncMock:
    """Return a mock whose awaits take so long, one after the other; the last for ever if that is negative."""
    lengths = iter(seconds)

    async def wait(*_: object) -> None:
        await asyncio.sleep(next(lengths))

    return recorded(name, side_effect=wait)


async def start(mocked: AsyncMock, *args: Any) -> "asyncio.Task[Any]":
    """Begin to await a mock in a task of its own."""
    task = asyncio.create_task(mocked(*args))
    await asyncio.sleep(0)
    return task


class AwaitTestCase(unittest.TestCase):
    """Tests of the assertions of ``self.case``."""

    def setUp(self) -> None:
        self.case = AwaitAssertions()

    def failure(self, assertion: Callable[..., object], *args: Any, **kwargs: Any) -> str:
        """Call an assertion that fails; return its message without places."""
        with self.assertRaises(AssertionError) as caught:
            assertion(*args, **kwargs)
        return plain(caught.exception)

    def refusal(self, kind: type[Exception], assertion: Callable[..., object], *args: Any, **kwargs: Any) -> str:
        """Call an assertion that refuses its arguments; return the message without addresses."""
        with self.assertRaises(kind) as caught:
            assertion(*args, **kwargs)
        return plain(caught.exception)

    def assert_fails(self, lines: Sequence[str], assertion: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        """Assert that an assertion fails with a message of these lines."""
        self.assertEqual(self.failure(assertion, *args, **kwargs).splitlines(), list(lines))
