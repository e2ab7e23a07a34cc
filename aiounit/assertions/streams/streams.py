"""Assertions about the items that an asynchronous iterable or a queue yields, their order and time, and its end."""

from collections.abc import AsyncIterable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar
from unittest import TestCase

from aiounit import _stdlib
from aiounit._later import Later
from aiounit._real import asyncio
from aiounit.arguments import check_count, check_kinds, check_seconds, check_source, check_task, swapped
from aiounit.assertions.obligations import Assertion, must_await, must_enter
from aiounit.introspect.representation import brief

if TYPE_CHECKING:
    from aiounit.assertions import messages
    from aiounit.assertions.streams import reading
    from aiounit.assertions.streams.reading import Reader
    from aiounit.assertions.waiting import deadlines
else:
    messages = Later("aiounit.assertions.messages", globals())
    reading = Later("aiounit.assertions.streams.reading", globals())
    deadlines = Later("aiounit.assertions.waiting.deadlines", globals())

__all__ = ["Stream", "StreamAssertions"]

__unittest = True  # results leave out the frames of this module

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class Stream(Generic[T]):
    """A stream of items to expect one after the other; made by `AsyncAssertions.stream`.

    Enter it with ``async with``. From then on, a task of its own reads the source, up to 100 items ahead. Each
    expectation waits for a limited time. At the end of the block, the source is closed. Items or an error that the test
    has not read fail the test, unless the block has already failed.

    Attributes:
        case: The test.
    """

    def __init__(
        self, case: TestCase, source: AsyncIterable[T] | asyncio.Queue[T], timeout: float, msg: object
    ) -> None:
        self.case = case
        self._source = source
        self._name = messages.name_of_source(source)
        self._timeout = timeout
        self._msg = msg
        self._taken: list[T] = []
        self._ignores_rest = False
        self._claimed: BaseException | None = None
        self._reader_or_none: Reader[T] | None = None
        self._obligation = must_enter(case, "stream", "async with")

    async def __aenter__(self) -> Self:
        """Start to read."""
        if self._reader_or_none is not None:
            raise RuntimeError(f"the stream of {self._name} was entered before: make another with self.stream()")
        check_task("stream")
        self._obligation.is_met = True
        self._reader_or_none = reading.Reader(self._source)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the source, and fail if there is something that the test has not read."""
        if error is None:
            await deadlines.settle()
        unread, unread_error = self._unread()
        wrong, cause = await self._reader.close()
        if error is not None:
            if wrong:
                error.add_note(f"{self._name} {wrong}")
            return
        if cause is not None and not unread:
            raise cause
        complaints = [f"{self._name} {what}" for what in (unread, wrong) if what]
        if complaints:
            raise self._failure("\n".join(complaints)) from cause or unread_error

    def _unread(self) -> tuple[str, BaseException | None]:
        """Return a complaint about unread items and errors, as the rest of a sentence, and the unread error."""
        error = None if self._reader.error is self._claimed else self._reader.error
        if self._ignores_rest or not (self._reader.items or error):
            return "", None
        found = [f"yielded {messages.in_items(self._reader.items)}"] if self._reader.items else []
        found += [f"raised {brief(error)}"] if error else []
        return f"{' and '.join(found)} that the test has not read. Expect that as well, or call ignore_rest()", error

    @property
    def _reader(self) -> "Reader[T]":
        if self._reader_or_none is None:
            raise RuntimeError(f"the stream of {self._name} was not entered: use async with self.stream(...) as stream")
        return self._reader_or_none

    # Expectations

    @must_await
    async def next_item(self) -> T:
        """Expect an item.

        Returns:
            The item.
        """
        return await self._item("yield an item")

    @must_await
    def next_items(self, count: int) -> Assertion[list[T]]:
        """Expect several items.

        Args:
            count: The number of items. The timeout applies to each of them.

        Returns:
            The items.

        Raises:
            TypeError: ``count`` is not an integer.
            ValueError: ``count`` is less than 1.
        """
        check_count("count of next_items()", count)
        return self._items(count)

    @must_await
    def skip(self, count: int) -> Assertion[None]:
        """Expect several items, and ignore their values.

        Args:
            count: The number of items. The timeout applies to each of them.

        Raises:
            TypeError: ``count`` is not an integer.
            ValueError: ``count`` is less than 1.
        """
        check_count("count of skip()", count)
        return self._skip(count)

    @must_await
    async def latest_item(self) -> T:
        """Expect at least one item, and drop all but the last one that is available.

        Returns:
            The last item.
        """
        item = await self._item("yield an item")
        await deadlines.settle()
        while self._reader.items:
            item = self._take()
        return item

    @must_await
    async def expect_end(self) -> None:
        """Expect the end of the source: no more items, and no error."""
        await self._wait_for("end")
        if self._reader.items or self._reader.error is not None:
            raise self._unexpected("end")

    @must_await
    def expect_error(self, kind: type[E] | tuple[type[E], ...]) -> Assertion[E]:
        """Expect an error.

        Args:
            kind: The class of the error, or a tuple of classes.

        Returns:
            The error.

        Raises:
            TypeError: ``kind`` is not a class of exceptions.
        """
        check_kinds("kind of expect_error()", kind)
        return self._error(kind)

    @must_await
    def expect_nothing(self, duration: float = 0) -> Assertion[None]:
        """Expect that nothing happens: no item, no error, no end.

        Args:
            duration: How long, in seconds of the loop's clock. By default, until the loop has no callback left to run.

        Raises:
            TypeError: ``duration`` is not a number.
            ValueError: ``duration`` is negative or not finite.
        """
        check_seconds("duration of expect_nothing()", duration)
        return self._expect_nothing(duration)

    def ignore_rest(self) -> None:
        """Ignore items and errors that the test has not read by the end of the block, instead of failing."""
        self._ignores_rest = True

    # Inside

    async def _item(self, expected: str) -> T:
        await self._wait_for(expected)
        if not self._reader.items:
            raise self._unexpected(expected)
        return self._take()

    def _take(self) -> T:
        self._taken.append(self._reader.take())
        return self._taken[-1]

    async def _items(self, count: int) -> list[T]:
        return [await self._item(f"yield item {number} of {count}") for number in range(1, count + 1)]

    async def _skip(self, count: int) -> None:
        await self._items(count)

    async def _error(self, kind: type[E] | tuple[type[E], ...]) -> E:
        expected = f"raise {messages.in_kinds(kind)}"
        await self._wait_for(expected)
        error = self._reader.error
        if self._reader.items or not isinstance(error, kind):
            raise self._unexpected(expected)
        self._claimed = error
        return error

    async def _expect_nothing(self, duration: float) -> None:
        deadline = asyncio.get_running_loop().time() + duration
        await deadlines.settle()
        if self._reader.items or self._reader.is_over or (duration and await self._reader.is_ready(deadline)):
            raise self._unexpected(f"do nothing for {messages.in_seconds(duration)}" if duration else "do nothing")

    async def _wait_for(self, expected: str) -> None:
        if not await self._reader.is_ready(asyncio.get_running_loop().time() + self._timeout):
            what = f"expected {self._name} to {expected} within {messages.in_seconds(self._timeout)}"
            raise self._failure(
                f"{what}, but after {messages.in_items(self._taken)} it was still waiting{self._reader.place}"
            )

    def _unexpected(self, expected: str) -> BaseException:
        """Return the failure that shows the next event instead of the expected one."""
        error = None
        if self._reader.items:
            found = f"yielded {brief(self._reader.items[0])}"
        elif (error := self._reader.error) is not None:
            found = f"raised {brief(error)}"
        else:
            found = "ended"
        failure = self._failure(
            f"expected {self._name} to {expected}, but after {messages.in_items(self._taken)} it {found}"
        )
        failure.__cause__ = error
        return failure

    def _failure(self, what: str) -> BaseException:
        return _stdlib.cases.failure(self.case, self._msg, what)


class StreamAssertions(TestCase):
    """Assertions about the items that an asynchronous iterable or a queue yields."""

    def stream(
        self, source: AsyncIterable[T] | asyncio.Queue[T], *, timeout: float = 1, msg: object = None
    ) -> Stream[T]:
        """Read a source, and expect its items one by one.

        Args:
            source: An asynchronous iterable, for example an asynchronous generator, or a queue. Items of a queue are
                removed from it, and ``task_done()`` is called for each.
            timeout: How long each expectation waits, in seconds of the loop's clock.
            msg: Added to each failure message.

        Returns:
            The stream. Enter it with ``async with``, and ask it for items.

        Raises:
            TypeError: ``source`` is neither an asynchronous iterable nor a queue, or ``timeout`` is not a number.
            ValueError: ``timeout`` is negative or not finite.

        Example:
            A feed of prices that starts with the last known one::

                async with self.stream(feed.prices("tea")) as prices:
                    self.assertEqual(await prices.next_item(), 3)
                    feed.publish("tea", 4)
                    self.assertEqual(await prices.next_item(), 4)
                    await prices.expect_nothing()
        """
        check_source(source)
        check_seconds("timeout", timeout)
        return Stream(self, source, timeout, msg)

    @must_await
    def assertYields(
        self, source: AsyncIterable[T], expected: Iterable[T], *, timeout: float = 1, msg: object = None
    ) -> Assertion[None]:
        """Assert that a source yields these items, in this order, and ends.

        Args:
            source: An asynchronous iterable. It is closed.
            expected: The items.
            timeout: How long each item, and the end, may take, in seconds of the loop's clock.
            msg: Added to the failure message.

        Raises:
            TypeError: ``source`` is not an asynchronous iterable, ``expected`` is not iterable, or ``timeout`` is not a
                number.
            ValueError: ``timeout`` is negative or not finite.

        Example:
            ``await self.assertYields(store.orders(), ["tea", "milk"])``
        """
        given: object = source
        if isinstance(expected, AsyncIterable) and not isinstance(given, AsyncIterable):
            raise swapped("assertYields", "the source", "the items")
        check_source(source)
        check_seconds("timeout", timeout)
        return _yield(self, source, list(expected), timeout, msg)


async def _yield(case: TestCase, source: AsyncIterable[T], expected: list[T], seconds: float, msg: object) -> None:
    loop = asyncio.get_running_loop()
    reader = reading.Reader(source)
    items: list[T] = []
    try:
        while is_ready := await reader.is_ready(loop.time() + seconds):
            if not reader.items or len(items) > len(expected):
                break
            items.append(reader.take())
        place, error, is_over = reader.place, reader.error, reader.is_over
    finally:
        await reader.close()
    name = messages.name_of_source(source)
    if not is_ready or error is not None:
        found = (
            f"raised {brief(error)}" if is_ready else f"was, {messages.in_seconds(seconds)} later, still waiting{place}"
        )
        what = f"expected {name} to yield {brief(expected)} and end, but after {messages.in_items(items)} it {found}"
        raise _stdlib.cases.failure(case, msg, what) from error
    difference = messages.difference_of(case, items, expected)
    if difference is not None:
        more = "" if is_over else " (it was not read to its end)"
        raise _stdlib.cases.failure(case, msg, f"{name} did not yield what was expected{more}: {difference}")
