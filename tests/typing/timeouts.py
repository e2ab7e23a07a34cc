"""What type checkers must make of `async_timeout`: read by mypy and pyright, never run.

An ignore comment marks a use that must be an error: both report a comment that they do not need.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Awaitable, Callable
from typing import assert_type

from aiounit import AsyncTestCase, TimeoutFailure, async_timeout


@async_timeout(0.5)
async def fetch(url: str, *, retries: int = 3) -> bytes:
    return url.encode() * retries


@async_timeout(None)
def count(words: list[str]) -> int:
    return len(words)


async def functions() -> None:
    """A decorated function has the type that it had."""
    assert_type(await fetch("url", retries=1), bytes)
    assert_type(count(["word"]), int)
    takes_function(fetch)
    await fetch(3)  # type: ignore[arg-type]
    count()  # type: ignore[call-arg]


def takes_function(function: Callable[[str], Awaitable[bytes]]) -> None:
    function("url")


@async_timeout(5, setup=1, teardown=None)
class Timed(AsyncTestCase):
    """A decorated class is the class that it was, and its methods are."""

    timeout = 1
    setup_timeout = None
    teardown_timeout = 0.5

    @async_timeout(2, setup=1.5, teardown=1)
    async def test_asynchronous(self) -> None:
        """Pass."""

    @async_timeout(2)
    def test_synchronous(self) -> None:
        """Pass."""

    @async_timeout(2)
    async def asyncSetUp(self) -> None:
        """Do nothing."""

    @classmethod
    @async_timeout(2)
    async def asyncSetUpClass(cls) -> None:
        """Do nothing."""

    @async_timeout(2)
    @staticmethod
    def double(n: int) -> int:
        return 2 * n


def classes() -> None:
    assert_type(Timed, type[Timed])
    assert_type(Timed("test_asynchronous"), Timed)
    assert_type(Timed.double(1), int)


class Wrong(AsyncTestCase):
    """The attributes take numbers of seconds, or None."""

    timeout = "5"  # type: ignore[assignment]


async def blocks() -> None:
    """As a context manager it gives itself, as ``asyncio.timeout`` does."""
    async with async_timeout(0.5) as timeout:
        assert_type(timeout, async_timeout)
        assert_type(timeout.when(), float | None)
        assert_type(timeout.expired(), bool)
        timeout.reschedule(None)
        timeout.reschedule(3)
        timeout.reschedule("3")  # type: ignore[arg-type]
    with async_timeout(0.5):  # type: ignore[attr-defined]
        pass


async def is_reached() -> int:
    """It swallows no exception, so what comes after a return is not reached."""
    async with async_timeout(0.5):
        return 1


def arguments() -> None:
    async_timeout()  # type: ignore[call-arg]
    async_timeout("5")  # type: ignore[arg-type]
    async_timeout(5, 1)  # type: ignore[call-arg]
    async_timeout(5, setup="1")  # type: ignore[arg-type]
    async_timeout(5, tear_down=1)  # type: ignore[call-arg]


def failures(failure: TimeoutFailure) -> tuple[TimeoutError, AssertionError]:
    """The failure is what a timeout raises, and what a test fails with."""
    return failure, failure
