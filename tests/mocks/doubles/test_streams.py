"""Asynchronous iterables for mocks: iterations, delays, errors, closing."""

import asyncio
import itertools
import unittest
from collections.abc import AsyncIterator
from typing import Any

from aiounit.mocks import AsyncStream, async_stream
from tests.assertions.virtual import now, virtual


async def take(stream: AsyncIterator[Any], count: int) -> list[object]:
    """Take items from an iterator."""
    return [await anext(stream) for _ in range(count)]


async def everything(stream: AsyncStream[Any]) -> list[object]:
    """Take all items of a stream, and the representation of what it raises."""
    items: list[object] = []
    try:
        async for item in stream:
            items += [item]
    except Exception as error:
        items.append(repr(error))
    return items


class StreamTests(unittest.TestCase):
    @virtual
    async def test_it_yields_its_items(self) -> None:
        self.assertEqual(await everything(async_stream(["tea", "milk"])), ["tea", "milk"])

    @virtual
    async def test_it_is_empty_by_default(self) -> None:
        self.assertEqual(await everything(async_stream()), [])

    @virtual
    async def test_each_iteration_starts_afresh(self) -> None:
        for items in (["tea", "milk"], iter(["tea", "milk"])):
            stream = async_stream(items)
            self.assertEqual([await everything(stream) for _ in range(2)], [["tea", "milk"]] * 2)

    @virtual
    async def test_iterations_keep_apart(self) -> None:
        stream = async_stream(iter([1, 2, 3]))
        first, second = aiter(stream), aiter(stream)
        found = [await anext(first), await anext(first), await anext(second), await anext(first), await anext(second)]
        self.assertEqual(found, [1, 2, 1, 3, 2])
        self.assertEqual(stream.consumed, [1, 2, 1, 3, 2])

    @virtual
    async def test_an_iteration_is_an_iterator(self) -> None:
        iteration = aiter(async_stream([1, 2]))
        self.assertIs(aiter(iteration), iteration)

    @virtual
    async def test_it_is_an_iterator_itself(self) -> None:
        stream = async_stream([1, 2])
        self.assertEqual(await take(stream, 2), [1, 2])
        with self.assertRaises(StopAsyncIteration):
            await anext(stream)

    @virtual
    async def test_it_may_be_endless(self) -> None:
        stream = async_stream(itertools.count())
        self.assertEqual(await take(aiter(stream), 3), [0, 1, 2])
        self.assertEqual(await take(aiter(stream), 4), [0, 1, 2, 3])

    @virtual
    async def test_a_list_that_changes_later_changes_nothing(self) -> None:
        items = [1]
        stream = async_stream(items)
        items.append(2)
        self.assertEqual(await everything(stream), [1])

    @virtual
    async def test_exceptions_are_raised(self) -> None:
        stream = async_stream(["tea", OSError("no"), "milk"])
        self.assertEqual(await everything(stream), ["tea", "OSError('no')"])
        self.assertEqual(await everything(stream), ["tea", "OSError('no')"])
        self.assertEqual(stream.consumed, ["tea", "tea"])

    @virtual
    async def test_classes_of_exceptions_are_raised(self) -> None:
        self.assertEqual(await everything(async_stream([OSError])), ["OSError()"])

    @virtual
    async def test_an_iterator_goes_on_after_an_exception(self) -> None:
        iteration = aiter(async_stream([OSError, "tea"]))
        with self.assertRaises(OSError):
            await anext(iteration)
        self.assertEqual(await anext(iteration), "tea")

    @virtual
    async def test_it_ends_with_an_error(self) -> None:
        stream = async_stream(["tea"], error=OSError("no"))
        self.assertEqual(await everything(stream), ["tea", "OSError('no')"])
        with self.assertRaises(StopAsyncIteration):
            await anext(stream)

    @virtual
    async def test_items_take_time(self) -> None:
        self.assertEqual(await everything(async_stream(["tea", "milk"], delay=60)), ["tea", "milk"])
        self.assertEqual(now(), 180)  # the end takes as long

    @virtual
    async def test_an_item_that_was_waited_for_in_vain_comes_next(self) -> None:
        iteration = aiter(async_stream(["tea"], delay=60))
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(30):
                await anext(iteration)
        self.assertEqual(await anext(iteration), "tea")

    def test_no_items(self) -> None:
        with self.assertRaises(TypeError) as caught:
            async_stream(5)  # type: ignore[arg-type]  # what is tested
        expected = "items of async_stream() must be a list or another iterable, not 5"
        self.assertEqual(str(caught.exception), expected)

    def test_a_wrong_delay(self) -> None:
        with self.assertRaises(ValueError) as caught:
            async_stream(delay=-1)
        expected = "delay of async_stream() must be a finite number of seconds, 0 or more, not -1"
        self.assertEqual(str(caught.exception), expected)

    def test_a_wrong_error(self) -> None:
        with self.assertRaises(TypeError) as caught:
            async_stream(error="no")  # type: ignore[arg-type]  # what is tested
        expected = "error of async_stream() must be an exception or a class of exceptions, not 'no'"
        self.assertEqual(str(caught.exception), expected)


class ClosedTests(unittest.TestCase):
    """Whether a stream is done with."""

    def setUp(self) -> None:
        self.stream = async_stream(["tea", "milk"])

    @virtual
    async def test_it_is_not_before_it_is_used(self) -> None:
        self.assertFalse(self.stream.closed)

    @virtual
    async def test_it_is_not_while_items_may_come(self) -> None:
        await anext(self.stream)
        self.assertFalse(self.stream.closed)

    @virtual
    async def test_it_is_not_when_the_consumer_leaves_it_open(self) -> None:
        async for _ in self.stream:
            break
        self.assertFalse(self.stream.closed)

    @virtual
    async def test_it_is_at_its_end(self) -> None:
        await everything(self.stream)
        self.assertTrue(self.stream.closed)

    @virtual
    async def test_it_is_after_an_error(self) -> None:
        streams: list[AsyncStream[str]] = [async_stream([OSError]), async_stream(error=OSError)]
        for stream in streams:
            await everything(stream)
            self.assertTrue(stream.closed)

    @virtual
    async def test_it_is_when_it_was_closed(self) -> None:
        await self.stream.aclose()
        self.assertTrue(self.stream.closed)

    @virtual
    async def test_it_is_when_its_iteration_was_closed(self) -> None:
        iteration: Any = aiter(self.stream)
        await iteration.aclose()
        self.assertTrue(self.stream.closed)
        with self.assertRaises(StopAsyncIteration):
            await anext(iteration)

    @virtual
    async def test_closing_it_ends_its_iterations(self) -> None:
        iteration = aiter(self.stream)
        await anext(iteration)
        await self.stream.aclose()
        with self.assertRaises(StopAsyncIteration):
            await anext(iteration)

    @virtual
    async def test_it_is_not_while_another_iteration_runs(self) -> None:
        await everything(self.stream)
        await anext(aiter(self.stream))
        self.assertFalse(self.stream.closed)

    @virtual
    async def test_a_closed_one_starts_afresh(self) -> None:
        await self.stream.aclose()
        self.assertEqual(await everything(self.stream), ["tea", "milk"])
