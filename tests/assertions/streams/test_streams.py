"""What a stream yields is asked for item by item, in limited time, and what nobody asks for is a failure."""

import asyncio
import math
import sys
import unittest
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from aiounit.assertions.streams.streams import StreamAssertions
from aiounit.mocks.doubles.push_stream import push_stream
from aiounit.mocks.doubles.streams import async_stream
from tests.assertions.virtual import WAITING, AssertionTestCase, VirtualLoop, later, now, plain, virtual
from tests.support import outcome

HANGING = f"{WAITING}\n  test_streams.py, line N, in ticks: await asyncio.Event().wait()"


async def numbers(count: int, error: BaseException | None = None, log: list[str] | None = None) -> AsyncGenerator[int]:
    try:
        for number in range(1, count + 1):
            yield number
        if error is not None:
            raise error
    finally:
        if log is not None:
            log.append("closed")


async def ticks(log: list[str] | None = None) -> AsyncGenerator[int, None]:
    """Yield two numbers, and hang."""
    try:
        yield 1
        yield 2
        await asyncio.Event().wait()
    finally:
        if log is not None:
            log.append("closed")


def near(items: list[int]) -> st.SearchStrategy[list[int]]:
    """Return lists that are often the same, and else often differ a little."""
    return st.one_of(st.just(items), st.permutations(items), st.just(items[:-1]), st.lists(st.integers(0, 2)))


class StreamTestCase(AssertionTestCase):
    async def message(self, stream: Any, name: str, *arguments: Any) -> str:
        """Return the message of the failure of an expectation; what is left of the stream is ignored."""
        async with stream:
            message = await self.failure(getattr(stream, name)(*arguments))
            stream.ignore_rest()
        return message


class ItemTests(StreamTestCase):
    @virtual
    async def test_items_and_the_end(self) -> None:
        async with self.case.stream(numbers(3)) as stream:
            self.assertEqual(await stream.next_item(), 1)
            self.assertEqual(await stream.next_items(2), [2, 3])
            await stream.expect_end()

    @virtual
    async def test_it_waits_for_an_item(self) -> None:
        source = push_stream()
        later(0.5, source.send, "tea")
        async with self.case.stream(source) as stream:
            self.assertEqual(await stream.next_item(), "tea")
            self.assertEqual(now(), 0.5)

    @virtual
    async def test_an_item_at_the_very_end_of_the_time(self) -> None:
        async with self.case.stream(async_stream(["tea", "milk"], delay=1)) as stream:
            self.assertEqual(await stream.next_items(2), ["tea", "milk"])

    @virtual
    async def test_items_that_are_skipped(self) -> None:
        async with self.case.stream(numbers(3)) as stream:
            await stream.skip(2)
            self.assertEqual(await stream.next_item(), 3)

    @virtual
    async def test_the_latest(self) -> None:
        async with self.case.stream(numbers(3)) as stream:
            self.assertEqual(await stream.latest_item(), 3)
            await stream.expect_end()

    @virtual
    async def test_it_waits_for_the_latest(self) -> None:
        source = push_stream()
        later(0.5, source.send, "tea")
        later(0.5, source.send, "milk")
        async with self.case.stream(source) as stream:
            self.assertEqual(await stream.latest_item(), "milk")

    @virtual
    async def test_no_item_in_time(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(ticks(), timeout=0.5), "next_items", 3),
            f"expected ticks() to yield item 3 of 3 within 0.5 seconds, but after 2 items (1, 2) it was {HANGING}",
        )

    @virtual
    async def test_no_item_before_the_end(self) -> None:
        for name in ("next_item", "latest_item"):
            self.assertEqual(
                await self.message(self.case.stream(numbers(0), msg="why"), name),
                "expected numbers() to yield an item, but after no items it ended : why",
            )

    @virtual
    async def test_no_item_before_an_error(self) -> None:
        stream = self.case.stream(numbers(1, ValueError("no")))
        with self.assertRaises(AssertionError) as caught:
            async with stream:
                await stream.skip(2)
        self.assertEqual(
            str(caught.exception),
            "expected numbers() to yield item 2 of 2, but after 1 item (1) it raised ValueError('no')",
        )
        self.assertEqual(repr(caught.exception.__cause__), "ValueError('no')")

    @virtual
    async def test_many_items(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(numbers(12)), "next_items", 13),
            "expected numbers() to yield item 13 of 13, "
            "but after 12 items (..., 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) it ended",
        )


class EndTests(StreamTestCase):
    @virtual
    async def test_it_waits_for_the_end(self) -> None:
        source = push_stream()
        later(0.5, source.end)
        async with self.case.stream(source) as stream:
            await stream.expect_end()
            await stream.expect_end()

    @virtual
    async def test_an_item_in_place_of_the_end(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(numbers(1)), "expect_end"),
            "expected numbers() to end, but after no items it yielded 1",
        )

    @virtual
    async def test_an_error_in_place_of_the_end(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(numbers(0, ValueError("no"))), "expect_end"),
            "expected numbers() to end, but after no items it raised ValueError('no')",
        )

    @virtual
    async def test_no_end_in_time(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(push_stream()), "expect_end"),
            "expected the PushStream to end within 1 second, "
            "but after no items it was still waiting for <Future pending>",
        )

    @virtual
    async def test_an_end_that_nobody_reads(self) -> None:
        async with self.case.stream(numbers(1)) as stream:
            await stream.next_item()


class ErrorTests(StreamTestCase):
    @virtual
    async def test_the_error_is_returned(self) -> None:
        error = ValueError("no")
        async with self.case.stream(numbers(1, error)) as stream:
            await stream.next_item()
            self.assertIs(await stream.expect_error(ValueError), error)

    @virtual
    async def test_one_of_several(self) -> None:
        async with self.case.stream(numbers(0, ValueError("no"))) as stream:
            self.assertEqual(str(await stream.expect_error((KeyError, ValueError))), "no")

    @virtual
    async def test_a_cancellation_of_the_source(self) -> None:
        async with self.case.stream(numbers(0, asyncio.CancelledError("own"))) as stream:
            self.assertEqual(str(await stream.expect_error(asyncio.CancelledError)), "own")

    @virtual
    async def test_a_source_that_can_not_be_iterated_over(self) -> None:
        class Source:
            def __aiter__(self) -> AsyncIterator[int]:
                raise ValueError("no")

        async with self.case.stream(Source()) as stream:
            await stream.expect_error(ValueError)

    @virtual
    async def test_another_error(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(numbers(0, ValueError("no"))), "expect_error", (KeyError, OSError)),
            "expected numbers() to raise KeyError or OSError, but after no items it raised ValueError('no')",
        )

    @virtual
    async def test_no_error_but_the_end(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(numbers(0)), "expect_error", KeyError),
            "expected numbers() to raise KeyError, but after no items it ended",
        )

    @virtual
    async def test_an_item_in_place_of_the_error(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(numbers(2, KeyError("tea"))), "expect_error", KeyError),
            "expected numbers() to raise KeyError, but after no items it yielded 1",
        )

    @virtual
    async def test_no_error_in_time(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(push_stream()), "expect_error", KeyError),
            "expected the PushStream to raise KeyError within 1 second, but after no items it was still waiting for "
            "<Future pending>",
        )


class NothingTests(StreamTestCase):
    @virtual
    async def test_nothing_is_there(self) -> None:
        async with self.case.stream(ticks()) as stream:
            await stream.skip(2)
            await stream.expect_nothing()
        self.assertEqual(now(), 0)

    @virtual
    async def test_nothing_comes_for_a_while(self) -> None:
        source = push_stream()
        later(2.5, source.send, "tea")
        async with self.case.stream(source) as stream:
            await stream.expect_nothing(2)
            self.assertEqual((now(), await stream.next_item()), (2, "tea"))

    @virtual
    async def test_what_comes_at_the_very_end_is_too_early(self) -> None:
        source = push_stream()
        later(2, source.send, "tea")
        await self.message(self.case.stream(source), "expect_nothing", 2)

    @virtual
    async def test_an_item(self) -> None:
        source = push_stream()
        later(0.5, source.send, "tea")
        self.assertEqual(
            await self.message(self.case.stream(source), "expect_nothing", 2),
            "expected the PushStream to do nothing for 2 seconds, but after no items it yielded 'tea'",
        )
        self.assertEqual(now(), 0.5)

    @virtual
    async def test_an_item_that_is_there(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(numbers(1)), "expect_nothing"),
            "expected numbers() to do nothing, but after no items it yielded 1",
        )

    @virtual
    async def test_an_end(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(numbers(0)), "expect_nothing"),
            "expected numbers() to do nothing, but after no items it ended",
        )

    @virtual
    async def test_an_error(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(numbers(0, KeyError("tea"))), "expect_nothing"),
            "expected numbers() to do nothing, but after no items it raised KeyError('tea')",
        )


class LeavingTests(StreamTestCase):
    async def leave(self, stream: Any) -> str:
        with self.assertRaises(AssertionError) as caught:
            async with stream:
                await stream.next_item()
        return plain(caught.exception)

    @virtual
    async def test_items_that_nobody_has_read(self) -> None:
        self.assertEqual(
            await self.leave(self.case.stream(numbers(3), msg="why")),
            "numbers() yielded 2 items (2, 3) that the test has not read. "
            "Expect that as well, or call ignore_rest() : why",
        )

    @virtual
    async def test_an_error_that_nobody_has_read(self) -> None:
        stream = self.case.stream(numbers(2, ValueError("no")))
        with self.assertRaises(AssertionError) as caught:
            async with stream:
                await stream.next_item()
        self.assertEqual(
            str(caught.exception),
            "numbers() yielded 1 item (2) and raised ValueError('no') that the test has not read. "
            "Expect that as well, or call ignore_rest()",
        )
        self.assertEqual(repr(caught.exception.__cause__), "ValueError('no')")

    @virtual
    async def test_an_item_that_is_on_its_way(self) -> None:
        source = push_stream()
        with self.assertRaises(AssertionError):
            async with self.case.stream(source):
                source.send("tea")

    @virtual
    async def test_the_rest_may_be_ignored(self) -> None:
        async with self.case.stream(numbers(3, ValueError("no"))) as stream:
            await stream.next_item()
            stream.ignore_rest()

    @virtual
    async def test_an_error_in_the_block_goes_through(self) -> None:
        with self.assertRaisesRegex(KeyError, "^'tea'$"):
            async with self.case.stream(numbers(3)):
                raise KeyError("tea")

    @virtual
    async def test_the_source_is_closed(self) -> None:
        log: list[str] = []
        async with self.case.stream(ticks(log)) as stream:
            await stream.skip(2)
        self.assertEqual(log, ["closed"])

    @virtual
    async def test_the_source_is_closed_when_the_block_fails(self) -> None:
        log: list[str] = []
        with self.assertRaises(KeyError):
            async with self.case.stream(ticks(log)) as stream:
                await stream.skip(2)
                raise KeyError("tea")
        self.assertEqual(log, ["closed"])

    @virtual
    async def test_a_source_between_two_items_is_closed(self) -> None:
        log: list[str] = []
        async with self.case.stream(numbers(1000, log=log)) as stream:
            await stream.next_item()
            stream.ignore_rest()
        self.assertEqual(log, ["closed"])

    @virtual
    async def test_an_endless_source_that_never_waits(self) -> None:
        source = async_stream(iter(int, 1))
        async with self.case.stream(source) as stream:
            self.assertEqual(await stream.next_items(150), [0] * 150)
            stream.ignore_rest()
        self.assertEqual((len(source.consumed), source.closed), (250, True))

    @virtual
    async def test_a_cancellation_of_the_test_closes_the_source(self) -> None:
        log: list[str] = []

        async def read() -> None:
            async with self.case.stream(ticks(log)) as stream:
                await stream.next_items(3)

        task = asyncio.create_task(read())
        await asyncio.sleep(0.5)
        task.cancel("enough")
        with self.assertRaisesRegex(asyncio.CancelledError, "^enough$"):
            await task
        self.assertEqual(log, ["closed"])

    @virtual
    async def test_a_cancellation_while_it_is_left(self) -> None:
        log: list[str] = []

        async def slow() -> AsyncGenerator[int, None]:
            try:
                yield 1
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.75)
                log.append("closed")

        async def read() -> None:
            async with self.case.stream(slow()) as stream:
                await stream.next_item()

        task = asyncio.create_task(read())
        await asyncio.sleep(0.5)
        task.cancel("enough")
        with self.assertRaisesRegex(asyncio.CancelledError, "^enough$"):
            await task
        self.assertEqual(log, ["closed"])


class ClosingTests(StreamTestCase):
    """A source that does not close as it should."""

    async def raising(self) -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            raise ValueError("no")

    async def hanging(self) -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()

    async def swallowing(self) -> AsyncGenerator[int, None]:
        while True:
            try:
                yield 1
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    @virtual
    async def test_it_raises(self) -> None:
        with self.assertRaisesRegex(ValueError, "^no$"):
            async with self.case.stream(self.raising()) as stream:
                await stream.next_item()

    @virtual
    async def test_it_raises_and_an_item_is_left(self) -> None:
        with self.assertRaises(AssertionError) as caught:
            async with self.case.stream(self.raising()):
                pass
        self.assertEqual(
            str(caught.exception),
            "ClosingTests.raising() yielded 1 item (1) that the test has not read. "
            "Expect that as well, or call ignore_rest()\n"
            "ClosingTests.raising() raised ValueError('no') when it was closed",
        )
        self.assertEqual(repr(caught.exception.__cause__), "ValueError('no')")

    @virtual
    async def test_it_raises_and_the_block_has_failed(self) -> None:
        with self.assertRaises(KeyError) as caught:
            async with self.case.stream(self.raising()):
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                raise KeyError("tea")
        self.assertEqual(
            caught.exception.__notes__, ["ClosingTests.raising() raised ValueError('no') when it was closed"]
        )

    @virtual
    async def test_it_hangs(self) -> None:
        with self.assertRaises(AssertionError) as caught:
            async with self.case.stream(self.hanging()) as stream:
                await stream.next_item()
        self.assertEqual(
            plain(caught.exception),
            f"ClosingTests.hanging() did not end when it was closed: 1 second later, it was {WAITING}\n"
            f"  test_streams.py, line N, in ClosingTests.hanging: await asyncio.Event().wait()",
        )

    @virtual
    async def test_it_swallows_its_cancellation(self) -> None:
        async with self.case.stream(self.swallowing()) as stream:
            await stream.next_item()


class QueueTests(StreamTestCase):
    @virtual
    async def test_items(self) -> None:
        queue: asyncio.Queue[str] = asyncio.Queue()
        queue.put_nowait("tea")
        async with self.case.stream(queue) as stream:
            self.assertEqual(await stream.next_item(), "tea")
            await stream.expect_nothing()
            queue.put_nowait("milk")
            self.assertEqual(await stream.next_item(), "milk")

    @virtual
    async def test_they_are_done(self) -> None:
        queue: asyncio.Queue[str] = asyncio.Queue()
        queue.put_nowait("tea")
        async with self.case.stream(queue) as stream:
            await stream.next_item()
            await queue.join()

    @virtual
    async def test_items_that_nobody_has_read(self) -> None:
        queue: asyncio.Queue[str] = asyncio.Queue()
        queue.put_nowait("tea")
        with self.assertRaises(AssertionError) as caught:
            async with self.case.stream(queue):
                pass
        self.assertEqual(
            str(caught.exception),
            "the Queue yielded 1 item ('tea') that the test has not read. Expect that as well, or call ignore_rest()",
        )

    @virtual
    async def test_no_item_in_time(self) -> None:
        self.assertEqual(
            await self.message(self.case.stream(asyncio.Queue()), "next_item"),
            "expected the Queue to yield an item within 1 second, but after no items it was still waiting for "
            "Queue.get() of <Queue at 0x>",
        )

    @unittest.skipIf(sys.version_info < (3, 13), "queues can be shut down since 3.13")
    @virtual
    async def test_a_queue_that_is_shut_down(self) -> None:
        queue: Any = asyncio.Queue()
        queue.put_nowait("tea")
        queue.shutdown()
        async with self.case.stream(queue) as stream:
            await stream.next_item()
            await stream.expect_end()


class MisuseTests(StreamTestCase):
    def assert_refused(self, kind: type[Exception], message: str, source: Any, **options: Any) -> None:
        for name, arguments in (("stream", ()), ("assertYields", ([],))):
            with self.subTest(name), self.assertRaises(kind) as caught:
                getattr(self.case, name)(source, *arguments, **options)
            self.assertEqual(plain(caught.exception), message)

    def test_what_is_no_source(self) -> None:
        what = "the source must be an asynchronous iterable or an asyncio.Queue"
        self.assert_refused(TypeError, f"{what}, not [1]", [1])
        self.assert_refused(TypeError, f"{what}, not <function ticks at 0x>. Did you forget to call it?", ticks)

    def test_a_coroutine(self) -> None:
        with self.assertRaisesRegex(TypeError, "Did you forget to await it[?]$"):
            self.case.stream(asyncio.sleep(0))  # type: ignore[arg-type]

    def test_a_time_that_can_not_be(self) -> None:
        source = push_stream()
        self.assert_refused(TypeError, "timeout must be a number of seconds, not '1'", source, timeout="1")
        message = "timeout must be a finite number of seconds, 0 or more, not nan"
        self.assert_refused(ValueError, message, source, timeout=math.nan)

    @virtual
    async def test_what_can_not_be_expected(self) -> None:
        async with self.case.stream(push_stream()) as stream:
            any_stream: Any = stream
            for name, argument, kind, message in (
                ("next_items", "1", TypeError, "count of next_items() must be an integer, not '1'"),
                ("next_items", 0, ValueError, "count of next_items() must be at least 1, not 0"),
                ("skip", 0, ValueError, "count of skip() must be at least 1, not 0"),
                (
                    "expect_error",
                    3,
                    TypeError,
                    "kind of expect_error() must be a class of exceptions or a tuple of them, not 3",
                ),
                (
                    "expect_error",
                    (),
                    TypeError,
                    "kind of expect_error() must be a class of exceptions or a tuple of them, not ()",
                ),
                ("expect_nothing", "1", TypeError, "duration of expect_nothing() must be a number of seconds, not '1'"),
            ):
                with self.subTest(name, argument=argument), self.assertRaises(kind) as caught:
                    getattr(any_stream, name)(argument)
                self.assertEqual(str(caught.exception), message)

    @virtual
    async def test_a_stream_that_was_not_entered(self) -> None:
        stream = self.case.stream(numbers(1))
        with self.assertRaises(RuntimeError) as caught:
            await stream.next_item()
        self.assertEqual(
            str(caught.exception), "the stream of numbers() was not entered: use async with self.stream(...) as stream"
        )
        async with stream:
            stream.ignore_rest()

    @virtual
    async def test_a_stream_that_was_entered_before(self) -> None:
        stream = self.case.stream(numbers(0))
        async with stream:
            pass
        with self.assertRaises(RuntimeError) as caught:
            async with stream:
                pass
        self.assertEqual(
            str(caught.exception), "the stream of numbers() was entered before: make another with self.stream()"
        )

    def test_a_stream_that_is_never_entered(self) -> None:
        class Case(StreamAssertions, unittest.IsolatedAsyncioTestCase):
            async def test(self) -> None:
                self.stream(push_stream())

        self.assertEqual(
            [plain(Exception(event)) for event in outcome(Case)],
            [
                "addFailure AssertionError('stream() in MisuseTests.test_a_stream_that_is_never_entered.<locals>."
                "Case.test (test_streams.py, line N) was never entered, so it has asserted nothing. "
                'Put "async with" before it\')'
            ],
        )

    def test_an_expectation_that_is_not_awaited(self) -> None:
        class Case(StreamAssertions, unittest.IsolatedAsyncioTestCase):
            async def test(self) -> None:
                async with self.stream(numbers(0)) as stream:
                    stream.expect_end()  # type: ignore[unused-coroutine]

        (event,) = outcome(Case)
        self.assertIn("expect_end() in MisuseTests.test_an_expectation_that_is_not_awaited", event)


class YieldsTests(StreamTestCase):
    @virtual
    async def test_what_it_yields(self) -> None:
        log: list[str] = []
        await self.case.assertYields(numbers(3, log=log), [1, 2, 3])
        await self.case.assertYields(numbers(0, log=log), ())
        await self.case.assertYields(numbers(3, log=log), range(1, 4))
        self.assertEqual(log, ["closed"] * 3)

    @virtual
    async def test_an_item_too_few(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertYields(numbers(1), [1, 2], msg="why")),
            "numbers() did not yield what was expected: Lists differ: [1] != [1, 2]\n\n"
            "Second list contains 1 additional elements.\nFirst extra element 1:\n2\n\n- [1]\n+ [1, 2] : why",
        )

    @virtual
    async def test_an_item_too_many(self) -> None:
        log: list[str] = []
        self.assertEqual(
            await self.failure(self.case.assertYields(numbers(1000, log=log), [1])),
            "numbers() did not yield what was expected (it was not read to its end): Lists differ: [1, 2] != [1]\n\n"
            "First list contains 1 additional elements.\nFirst extra element 1:\n2\n\n- [1, 2]\n+ [1]",
        )
        self.assertEqual(log, ["closed"])

    @virtual
    async def test_no_end_in_time(self) -> None:
        log: list[str] = []
        self.assertEqual(
            await self.failure(self.case.assertYields(ticks(log), [1, 2], timeout=0.5)),
            f"expected ticks() to yield [1, 2] and end, but after 2 items (1, 2) it was, 0.5 seconds later, {HANGING}",
        )
        self.assertEqual(log, ["closed"])

    @virtual
    async def test_an_error(self) -> None:
        with self.assertRaises(AssertionError) as caught:
            await self.case.assertYields(numbers(1, ValueError("no")), [1, 2])
        self.assertEqual(
            str(caught.exception),
            "expected numbers() to yield [1, 2] and end, but after 1 item (1) it raised ValueError('no')",
        )
        self.assertEqual(repr(caught.exception.__cause__), "ValueError('no')")

    @virtual
    async def test_each_item_has_its_time(self) -> None:
        await self.case.assertYields(async_stream([1, 2, 3], delay=0.75), [1, 2, 3])

    @virtual
    async def test_a_cancellation_closes_the_source(self) -> None:
        log: list[str] = []
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(0.5):
                await self.case.assertYields(ticks(log), [1, 2])
        self.assertEqual(log, ["closed"])

    @virtual
    async def test_an_error_when_it_is_closed(self) -> None:
        class Source:
            def __aiter__(self) -> "Source":
                return self

            async def __anext__(self) -> int:
                raise StopAsyncIteration

            async def aclose(self) -> None:
                raise ValueError("no")

        with self.assertRaises(AssertionError):
            await self.case.assertYields(Source(), [])

    def test_what_is_no_list(self) -> None:
        with self.assertRaisesRegex(TypeError, "not iterable"):
            self.case.assertYields(numbers(1), 1)  # type: ignore[arg-type, unused-coroutine]

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.integers(0, 2)).flatmap(lambda items: st.tuples(st.just(items), near(items))))
    def test_it_passes_if_the_lists_are_equal(self, lists: tuple[list[int], list[int]]) -> None:
        items, expected = lists

        async def assert_yields() -> tuple[bool, list[int]]:
            collected = [item async for item in async_stream(items)]
            try:
                await self.case.assertYields(async_stream(items), expected)
            except AssertionError:
                return False, collected
            return True, collected

        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            passes, collected = runner.run(assert_yields())
        self.assertEqual(passes, collected == expected)
