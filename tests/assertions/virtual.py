"""What the tests of assertions share: a loop whose time jumps, tests that run on it, and messages without places."""

import asyncio
import functools
import re
import selectors
import unittest
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiounit.assertions.asynchronous import AsyncAssertions

T = TypeVar("T", bound=unittest.TestCase)

# What messages say of ``await asyncio.Event().wait()``.
WAITING = "still waiting for Event.wait() of <asyncio.locks.Event object at 0x [unset, waiters:1]>"


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that does not sleep: where it would, its clock jumps."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.now


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if found or timeout == 0:
            return found
        if timeout is None:
            raise RuntimeError("the loop has nothing to wait for: the test would hang")
        self._loop.now += timeout
        return []


def virtual(test: Callable[[T], Awaitable[None]]) -> Callable[[T], None]:
    """Run an asynchronous test method on a loop whose time jumps; no task may be left."""

    @functools.wraps(test)
    def run(self: T) -> None:
        async def main() -> None:
            await test(self)
            self.assertEqual(asyncio.all_tasks(), {asyncio.current_task()}, "tasks are left")

        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(main())

    return run


class AssertionTestCase(unittest.TestCase):
    """Tests of the assertions of ``self.case``."""

    case: AsyncAssertions

    def setUp(self) -> None:
        self.case = AsyncAssertions()

    async def failure(self, assertion: Awaitable[object]) -> str:
        """Await an assertion that fails, and return its message without places."""
        with self.assertRaises(AssertionError) as caught:
            await assertion
        return plain(caught.exception)


def plain(error: BaseException) -> str:
    """Return a message without directories, numbers of lines and addresses."""
    text = re.sub(r"(?:[^\s(]*[/\\])?(\w+\.py), line \d+", r"\1, line N", str(error))
    return re.sub(r"0x[0-9a-fA-F]+", "0x", text)


def now() -> float:
    """Return the time of the running loop, from its start."""
    return asyncio.get_running_loop().time() - 1000


def later(seconds: float, function: Callable[..., object], *args: Any) -> None:
    """Have the running loop call a function."""
    asyncio.get_running_loop().call_later(seconds, function, *args)
