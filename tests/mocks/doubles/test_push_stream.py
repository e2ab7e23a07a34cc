"""A stream to push into drives a consumer, from anywhere, and knows when the consumer is done."""

import asyncio
import threading
import unittest
from typing import Any

from aiounit.mocks import PushStream, push_stream
from tests.assertions.virtual import virtual


class PushTestCase(unittest.TestCase):
    def setUp(self) -> None:
        self.stream: PushStream[str] = push_stream()
        self.log: list[str] = []

    async def consume(self) -> None:
        """Write down what comes, and how it ends."""
        try:
            async for item in self.stream:
                await asyncio.sleep(1)
                self.log.append(item)
        except OSError as error:
            self.log.append(repr(error))
        else:
            self.log.append("end")


class ItemTests(PushTestCase):
    @virtual
    async def test_what_was_sent_before_is_there(self) -> None:
        self.stream.send("tea")
        self.stream.send("milk")
        self.stream.end()
        await self.consume()
        self.assertEqual(self.log, ["tea", "milk", "end"])

    @virtual
    async def test_a_consumer_that_waits_gets_it(self) -> None:
        consumer = asyncio.create_task(self.consume())
        for item in ("tea", "milk"):
            await self.stream.idle()
            self.stream.send(item)
        self.stream.end()
        await consumer
        self.assertEqual(self.log, ["tea", "milk", "end"])

    @virtual
    async def test_what_was_taken_and_what_was_not(self) -> None:
        self.stream.send("tea")
        self.stream.send("milk")
        self.assertEqual(await anext(self.stream), "tea")
        self.assertEqual((self.stream.consumed, self.stream.pending), (["tea"], ["milk"]))

    @virtual
    async def test_each_item_goes_to_one_consumer(self) -> None:
        consumers = [asyncio.create_task(self.consume()) for _ in range(2)]
        await self.stream.idle()
        self.stream.send("tea")
        self.stream.send("milk")
        self.stream.end()
        await asyncio.gather(*consumers)
        self.assertEqual(sorted(self.log), ["end", "end", "milk", "tea"])

    @virtual
    async def test_a_consumer_that_is_cancelled_loses_nothing(self) -> None:
        waiting = asyncio.create_task(self.consume())
        await self.stream.idle()
        waiting.cancel()
        self.stream.send("tea")
        await asyncio.wait([waiting])
        self.assertEqual(await anext(self.stream), "tea")

    @virtual
    async def test_it_is_its_own_iterator(self) -> None:
        self.assertIs(aiter(self.stream), self.stream)


class SenderTests(PushTestCase):
    """From where items may be sent."""

    @virtual
    async def test_a_callback_of_the_loop(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(1, self.stream.send, "tea")
        loop.call_later(2, self.stream.end)
        await self.consume()
        self.assertEqual(self.log, ["tea", "end"])

    def test_where_no_loop_runs(self) -> None:
        with asyncio.Runner() as runner:
            waiting = runner.get_loop().create_task(asyncio.wait_for(anext(self.stream), None))
            runner.run(self.stream.idle())
            self.stream.send("tea")
            self.assertEqual(runner.get_loop().run_until_complete(waiting), "tea")

    def test_another_thread(self) -> None:
        async def main() -> None:
            consumer = asyncio.create_task(self.take_two())
            await self.stream.idle()
            threads = [threading.Thread(target=self.stream.send, args=[item]) for item in ("tea", "tea")]
            for thread in threads:
                thread.start()
            await consumer
            for thread in threads:
                thread.join()

        asyncio.run(main())
        self.assertEqual(self.stream.consumed, ["tea", "tea"])

    async def take_two(self) -> None:
        await anext(self.stream)
        await anext(self.stream)


class EndTests(PushTestCase):
    @virtual
    async def test_it_fails_after_what_was_sent(self) -> None:
        self.stream.send("tea")
        self.stream.fail(OSError("no"))
        await self.consume()
        self.assertEqual(self.log, ["tea", "OSError('no')"])

    @virtual
    async def test_it_fails_with_a_class(self) -> None:
        self.stream.fail(OSError)
        await self.consume()
        self.assertEqual(self.log, ["OSError()"])

    @virtual
    async def test_it_is_over_after_the_error(self) -> None:
        self.stream.fail(OSError("no"))
        await self.consume()
        await self.consume()
        self.assertEqual(self.log, ["OSError('no')", "end"])

    @virtual
    async def test_a_closed_one_gives_nothing(self) -> None:
        self.stream.send("tea")
        await self.stream.aclose()
        await self.consume()
        self.assertEqual((self.log, self.stream.closed, self.stream.pending), (["end"], True, ["tea"]))

    @virtual
    async def test_closing_ends_one_that_waits(self) -> None:
        consumer = asyncio.create_task(self.consume())
        await self.stream.idle()
        await self.stream.aclose()
        await consumer
        self.assertEqual(self.log, ["end"])

    def assert_too_late(self, end: str) -> None:
        calls: dict[str, Any] = {
            "send('tea')": lambda: self.stream.send("tea"),
            "fail(<class 'OSError'>)": lambda: self.stream.fail(OSError),
            "end()": self.stream.end,
        }
        for name, call in calls.items():
            with self.assertRaises(RuntimeError) as caught:
                call()
            self.assertEqual(str(caught.exception), f"{name} comes too late: {end}")

    def test_too_late_after_its_end(self) -> None:
        self.stream.end()
        self.assert_too_late("end() or fail() has ended the stream")

    @virtual
    async def test_too_late_after_the_consumer_has_closed_it(self) -> None:
        await self.stream.aclose()
        self.assert_too_late("the consumer has closed the stream")

    def test_what_can_not_be_raised(self) -> None:
        with self.assertRaises(TypeError) as caught:
            self.stream.fail("no")  # type: ignore[arg-type]  # what is tested
        expected = "the error given to fail() must be an exception or a class of exceptions, not 'no'"
        self.assertEqual(str(caught.exception), expected)


class IdleTests(PushTestCase):
    """When the consumer has dealt with all that was sent."""

    @virtual
    async def test_it_has_dealt_with_the_items(self) -> None:
        consumer = asyncio.create_task(self.consume())
        self.stream.send("tea")
        self.stream.send("milk")
        await self.stream.idle()
        self.assertEqual(self.log, ["tea", "milk"])
        self.stream.end()
        await consumer

    @virtual
    async def test_it_has_come_to_the_end(self) -> None:
        consumer = asyncio.create_task(self.consume())
        await self.stream.idle()
        self.stream.end()
        await self.stream.idle()
        self.assertEqual(self.log, ["end"])
        await consumer

    @virtual
    async def test_it_has_come_to_the_error(self) -> None:
        consumer = asyncio.create_task(self.consume())
        await self.stream.idle()
        self.stream.fail(OSError)
        await self.stream.idle()
        self.assertEqual(self.log, ["OSError()"])
        await consumer

    @virtual
    async def test_it_has_closed_the_stream(self) -> None:
        await self.stream.aclose()
        await self.stream.idle()

    @virtual
    async def test_it_has_closed_the_stream_and_left_items(self) -> None:
        self.stream.send("tea")
        self.stream.send("milk")
        await self.stream.aclose()
        with self.assertRaises(AssertionError) as caught:
            await self.stream.idle()
        self.assertEqual(str(caught.exception), "the consumer has closed the stream without taking: 'tea', 'milk'")

    @virtual
    async def test_it_is_not_there_yet(self) -> None:
        idle = asyncio.create_task(self.stream.idle())
        await asyncio.sleep(60)
        self.assertFalse(idle.done())
        consumer = asyncio.create_task(self.consume())
        await idle
        self.stream.end()
        await consumer
