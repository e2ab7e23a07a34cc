"""Assertions about what an asynchronous iterable or a queue gives, in order and in time, and that it gives no more."""

from collections.abc import AsyncIterable, Coroutine, Iterable
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from unittest import TestCase

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.arguments import check_count, check_kinds, check_seconds, check_source, check_task, swapped
from aiounit.assertions.obligations import must_await, must_enter
from aiounit.assertions.streams.reading import Reader
from aiounit.assertions.waiting.deadlines import settle
from aiounit.assertions.words import difference_of, in_items, in_kinds, in_seconds, name_of_source
from aiounit.introspect.representation import brief

__all__ = ["Stream", "StreamAssertions"]

__unittest = True  # results leave out the frames of this module

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class Stream(Generic[T]):
    """What a source yields, one expectation after the other; made by `AsyncAssertions.stream`.

    It is entered with ``async with`` and is read in a task of its own from then on, up to 100 items ahead. Each
    expectation waits for a limited time. On the way out, the source is closed, and what it has yielded or raised and
    nobody has read fails the test, unless the block has failed already.

    Attributes:
        case: The test.
    """

    def __init__(
        self, case: TestCase, source: AsyncIterable[T] | asyncio.Queue[T], timeout: float, msg: object
    ) -> None:
        self.case = case
        self._source = source
        self._name = name_of_source(source)
        self._timeout = timeout
        self._msg = msg
        self._taken: list[T] = []
        self._ignores_rest = False
        self._claimed: BaseException | None = None
        self._reader_or_none: Reader[T] | None = None
        self._obligation = must_enter(case, "stream", "async with")

    async def __aenter__(self) -> Self:
        """Begin to read."""
        if self._reader_or_none is not None:
            raise RuntimeError(f"the stream of {self._name} was entered before: make another with self.stream()")
        check_task("stream")
        self._obligation.is_met = True
        self._reader_or_none = Reader(self._source)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the source, and complain of what was left."""
        if error is None:
            await settle()
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
        """Say what nobody has read, as the rest of a sentence, and return the error that is among it."""
        error = None if self._reader.error is self._claimed else self._reader.error
        if self._ignores_rest or not (self._reader.items or error):
            return "", None
        found = [f"yielded {in_items(self._reader.items)}"] if self._reader.items else []
        found += [f"raised {brief(error)}"] if error else []
        return f"{' and '.join(found)} that nobody has read. Ask for that as well, or call ignore_rest()", error

    @property
    def _reader(self) -> Reader[T]:
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
    def next_items(self, count: int) -> Coroutine[Any, Any, list[T]]:
        """Expect some items.

        Args:
            count: How many. Each of them may take the whole time.

        Returns:
            The items.

        Raises:
            TypeError: ``count`` is not an integer.
            ValueError: ``count`` is less than 1.
        """
        check_count("count of next_items()", count)
        return self._items(count)

    @must_await
    def skip(self, count: int) -> Coroutine[Any, Any, None]:
        """Expect some items, whatever they are.

        Args:
            count: How many. Each of them may take the whole time.

        Raises:
            TypeError: ``count`` is not an integer.
            ValueError: ``count`` is less than 1.
        """
        check_count("count of skip()", count)
        return self._skip(count)

    @must_await
    async def latest_item(self) -> T:
        """Expect an item at least, and leave out all but the last that is there.

        Returns:
            The last item.
        """
        item = await self._item("yield an item")
        await settle()
        while self._reader.items:
            item = self._take()
        return item

    @must_await
    async def expect_end(self) -> None:
        """Expect the end: no more items, and no error."""
        await self._wait_for("end")
        if self._reader.items or self._reader.error is not None:
            raise self._unexpected("end")

    @must_await
    def expect_error(self, kind: type[E] | tuple[type[E], ...]) -> Coroutine[Any, Any, E]:
        """Expect an error.

        Args:
            kind: Its class, or several.

        Returns:
            The error.

        Raises:
            TypeError: ``kind`` is not a class of exceptions.
        """
        check_kinds("kind of expect_error()", kind)
        return self._error(kind)

    @must_await
    def expect_nothing(self, duration: float = 0) -> Coroutine[Any, Any, None]:
        """Expect that nothing is there: no item, no error, no end.

        Args:
            duration: For how long, by the loop's clock. By default until the loop has nothing left to do at once.

        Raises:
            TypeError: ``duration`` is not a number.
            ValueError: ``duration`` is negative or not finite.
        """
        check_seconds("duration of expect_nothing()", duration)
        return self._expect_nothing(duration)

    def ignore_rest(self) -> None:
        """Leave what comes from now on unread; it is no failure then."""
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
        expected = f"raise {in_kinds(kind)}"
        await self._wait_for(expected)
        error = self._reader.error
        if self._reader.items or not isinstance(error, kind):
            raise self._unexpected(expected)
        self._claimed = error
        return error

    async def _expect_nothing(self, duration: float) -> None:
        deadline = asyncio.get_running_loop().time() + duration
        await settle()
        if self._reader.items or self._reader.is_over or (duration and await self._reader.is_ready(deadline)):
            raise self._unexpected(f"do nothing for {in_seconds(duration)}" if duration else "do nothing")

    async def _wait_for(self, expected: str) -> None:
        if not await self._reader.is_ready(asyncio.get_running_loop().time() + self._timeout):
            what = f"{self._name} was to {expected} within {in_seconds(self._timeout)}"
            raise self._failure(f"{what}, but after {in_items(self._taken)} it was still waiting{self._reader.place}")

    def _unexpected(self, expected: str) -> BaseException:
        """Return the failure for what comes next in place of what was expected."""
        error = None
        if self._reader.items:
            found = f"yielded {brief(self._reader.items[0])}"
        elif (error := self._reader.error) is not None:
            found = f"raised {brief(error)}"
        else:
            found = "ended"
        failure = self._failure(f"{self._name} was to {expected}, but after {in_items(self._taken)} it {found}")
        failure.__cause__ = error
        return failure

    def _failure(self, what: str) -> BaseException:
        return _stdlib.cases.failure(self.case, self._msg, what)


class StreamAssertions(TestCase):
    """Assertions about what an asynchronous iterable or a queue gives."""

    def stream(
        self, source: AsyncIterable[T] | asyncio.Queue[T], *, timeout: float = 1, msg: object = None
    ) -> Stream[T]:
        """Read a source, and say what it is to yield.

        Args:
            source: An asynchronous iterable, for example what an asynchronous generator function returns, or a queue.
                The items of a queue are taken off it, and ``task_done()`` is called for each.
            timeout: How long each expectation waits, in seconds of the loop's clock.
            msg: Added to each failure message.

        Returns:
            What to enter with ``async with``, and to ask for items.

        Raises:
            TypeError: ``source`` is neither, or ``timeout`` is not a number.
            ValueError: ``timeout`` is negative or not finite.

        Example:
            A feed of prices that starts with the last one that is known::

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
    ) -> Coroutine[Any, Any, None]:
        """Assert that a source yields some items, in this order, and ends.

        Args:
            source: An asynchronous iterable. It is closed.
            expected: The items.
            timeout: How long each of them, and the end, may take, in seconds of the loop's clock.
            msg: Added to the failure message.

        Raises:
            TypeError: ``source`` is no asynchronous iterable, ``expected`` is no iterable, or ``timeout`` is not a number.
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
    reader = Reader(source)
    items: list[T] = []
    try:
        while is_ready := await reader.is_ready(loop.time() + seconds):
            if not reader.items or len(items) > len(expected):
                break
            items.append(reader.take())
        place, error, is_over = reader.place, reader.error, reader.is_over
    finally:
        await reader.close()
    name = name_of_source(source)
    if not is_ready or error is not None:
        found = f"raised {brief(error)}" if is_ready else f"was, {in_seconds(seconds)} later, still waiting{place}"
        what = f"{name} was to yield {brief(expected)} and end, but after {in_items(items)} it {found}"
        raise _stdlib.cases.failure(case, msg, what) from error
    difference = difference_of(case, items, expected)
    if difference is not None:
        more = "" if is_over else " (it was not read to its end)"
        raise _stdlib.cases.failure(case, msg, f"{name} did not yield what was expected{more}: {difference}")
