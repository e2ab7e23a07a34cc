"""Behaviours do what they say, as the side effects of plain mocks."""

import asyncio
import functools
import traceback
import unittest
from typing import Any
from unittest import mock

from aiounit.mocks import Behaviour, delays, fails, hangs, ignores_cancel, sequence
from aiounit.mocks.doubles.behaviours import is_effect
from tests.assertions.virtual import now, virtual


async def outcome(function: Any, *args: Any) -> object:
    """Await a call; return what it returns, or the representation of what it raises."""
    try:
        return await function(*args)
    except (Exception, asyncio.CancelledError) as error:
        return repr(error)


class EndTests(unittest.TestCase):
    """How a ``then`` ends an await."""

    def end(self, then: object, *args: Any, **kwargs: Any) -> object:
        function = mock.AsyncMock(side_effect=Behaviour(then), return_value="default")
        return asyncio.run(function(*args, **kwargs))

    def test_a_value_is_returned(self) -> None:
        self.assertEqual(self.end(5), 5)

    def test_none_is_a_value(self) -> None:
        self.assertIsNone(self.end(None))

    def test_default_is_the_return_value_of_the_mock(self) -> None:
        self.assertEqual(self.end(mock.DEFAULT), "default")

    def test_a_class_of_exceptions_is_raised(self) -> None:
        with self.assertRaises(OSError):
            self.end(OSError)

    def test_an_exception_is_raised(self) -> None:
        error = OSError("no")
        with self.assertRaises(OSError) as caught:
            self.end(error)
        self.assertIs(caught.exception, error)

    def test_an_exception_that_is_raised_again_shows_one_place(self) -> None:
        error = OSError("no")
        lengths = []
        for _ in range(2):
            with self.assertRaises(OSError):
                self.end(error)
            lengths.append(len(traceback.extract_tb(error.__traceback__)))
        self.assertEqual(lengths[0], lengths[1])

    def test_a_function_is_called_with_the_arguments(self) -> None:
        def add(a: int, b: int) -> int:
            return a + b

        self.assertEqual(self.end(add, 1, b=2), 3)

    def test_a_coroutine_function_is_awaited(self) -> None:
        async def add(a: int, b: int) -> int:
            return a + b

        self.assertEqual(self.end(add, 1, b=2), 3)

    def test_what_a_lambda_returns_is_awaited(self) -> None:
        self.assertEqual(self.end(lambda seconds: asyncio.sleep(seconds, "slept"), 0), "slept")

    def test_a_partial_function_is_called(self) -> None:
        self.assertEqual(self.end(functools.partial(int, "7")), 7)

    def test_another_behaviour_is_called(self) -> None:
        self.assertEqual(self.end(delays(0, then=sequence("first"))), "first")

    def test_a_function_may_leave_it_to_the_mock(self) -> None:
        self.assertEqual(self.end(lambda: mock.DEFAULT), "default")

    def test_a_mock_is_a_value(self) -> None:
        value = mock.MagicMock()
        self.assertIs(self.end(value), value)

    def test_a_class_is_a_value(self) -> None:
        self.assertIs(self.end(int), int)

    def test_which_values_are_called(self) -> None:
        called = [print, self.end, Behaviour(), functools.partial(print)]
        self.assertEqual([is_effect(each) for each in called], [True] * 4)
        self.assertEqual([is_effect(each) for each in (int, mock.Mock(), 5, None)], [False] * 4)


class UseTests(unittest.TestCase):
    """Where a behaviour may stand."""

    @virtual
    async def test_a_mock_that_is_not_asynchronous(self) -> None:
        function = mock.MagicMock(side_effect=delays(1, then=5))
        self.assertEqual(await function(), 5)

    @virtual
    async def test_an_autospecced_coroutine_function(self) -> None:
        async def fetch(item: str) -> str:
            return item

        function = mock.create_autospec(fetch, side_effect=delays(1, then="tea"))
        self.assertEqual(await function("milk"), "tea")


class HangTests(unittest.TestCase):
    def setUp(self) -> None:
        self.hang = hangs()
        self.function = mock.AsyncMock(side_effect=self.hang, return_value="default")

    def start(self, count: int = 1) -> list[asyncio.Task[Any]]:
        return [asyncio.create_task(outcome(self.function)) for _ in range(count)]

    @virtual
    async def test_it_hangs_until_it_is_released(self) -> None:
        (task,) = self.start()
        await self.hang.entered
        await asyncio.sleep(1000)
        self.assertEqual((task.done(), self.hang.hanging), (False, 1))
        self.hang.release("tea")
        self.assertEqual((await task, self.hang.hanging), ("tea", 0))

    @virtual
    async def test_released_without_a_value_it_returns_that_of_the_mock(self) -> None:
        (task,) = self.start()
        await self.hang.entered
        self.hang.release()
        self.assertEqual(await task, "default")

    @virtual
    async def test_all_that_hang_are_released(self) -> None:
        tasks = self.start(2)
        await asyncio.sleep(0)
        self.assertEqual(self.hang.hanging, 2)
        self.hang.release("tea")
        self.assertEqual(await asyncio.gather(*tasks), ["tea", "tea"])

    @virtual
    async def test_later_awaits_return_at_once(self) -> None:
        self.hang.release("tea")
        self.assertEqual(await self.function(), "tea")

    @virtual
    async def test_what_is_said_last_holds_for_later_awaits(self) -> None:
        self.hang.release("tea")
        self.hang.fail(OSError("no"))
        self.assertEqual(await outcome(self.function), "OSError('no')")

    @virtual
    async def test_it_fails(self) -> None:
        (task,) = self.start()
        await self.hang.entered
        self.hang.fail(OSError("no"))
        self.assertEqual(await task, "OSError('no')")

    @virtual
    async def test_a_cancellation_is_counted(self) -> None:
        (task,) = self.start()
        await self.hang.entered
        self.assertEqual(self.hang.cancelled, 0)
        task.cancel()
        self.assertEqual(await task, "CancelledError()")
        self.assertEqual((self.hang.cancelled, self.hang.hanging, self.hang.ignored), (1, 0, 0))

    @virtual
    async def test_entered_stays_set(self) -> None:
        self.assertFalse(self.hang.entered.is_set())
        (task,) = self.start()
        await self.hang.entered
        self.hang.release()
        await task
        self.assertTrue(await self.hang.entered)

    def test_it_is_released_where_no_loop_runs(self) -> None:
        with asyncio.Runner() as runner:
            task = runner.get_loop().create_task(self.function())
            runner.run(self.hang.entered.wait())
            self.hang.release("tea")
            self.assertEqual(runner.get_loop().run_until_complete(task), "tea")

    def test_what_can_not_be_raised(self) -> None:
        with self.assertRaises(TypeError) as caught:
            self.hang.fail("no")  # type: ignore[arg-type]  # what is tested
        expected = "the error given to fail() must be an exception or a class of exceptions, not 'no'"
        self.assertEqual(str(caught.exception), expected)


class EnteredTests(unittest.TestCase):
    @virtual
    async def test_it_is_awaited_in_both_ways(self) -> None:
        event = hangs().entered
        asyncio.get_running_loop().call_later(1, event.set)
        self.assertTrue(await event)
        self.assertTrue(await event.wait())


class IgnoresCancelTests(unittest.TestCase):
    @virtual
    async def test_the_first_cancellations_do_nothing(self) -> None:
        stubborn = ignores_cancel(times=2)
        task = asyncio.create_task(outcome(mock.AsyncMock(side_effect=stubborn)))
        await stubborn.entered
        for ignored in (1, 2):
            task.cancel()
            await asyncio.sleep(1)
            self.assertEqual((stubborn.ignored, stubborn.cancelled, stubborn.hanging), (ignored, 0, 1))
        task.cancel()
        self.assertEqual(await task, "CancelledError()")
        self.assertEqual((stubborn.ignored, stubborn.cancelled, stubborn.hanging), (2, 1, 0))

    @virtual
    async def test_one_by_default(self) -> None:
        stubborn = ignores_cancel()
        task = asyncio.create_task(outcome(mock.AsyncMock(side_effect=stubborn)))
        await stubborn.entered
        task.cancel()
        await asyncio.sleep(1)
        self.assertFalse(task.done())
        task.cancel()
        self.assertEqual(await task, "CancelledError()")

    @virtual
    async def test_it_can_be_released_after_all(self) -> None:
        stubborn = ignores_cancel()
        task = asyncio.create_task(outcome(mock.AsyncMock(side_effect=stubborn)))
        await stubborn.entered
        task.cancel()
        await asyncio.sleep(0)
        stubborn.release("tea")
        self.assertEqual(await task, "tea")

    @virtual
    async def test_each_await_ignores_its_own(self) -> None:
        stubborn = ignores_cancel()
        tasks = [asyncio.create_task(outcome(mock.AsyncMock(side_effect=stubborn))) for _ in range(2)]
        await stubborn.entered
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0)
        self.assertEqual(stubborn.ignored, 2)
        stubborn.release("tea")
        self.assertEqual(await asyncio.gather(*tasks), ["tea", "tea"])

    def test_wrong_times(self) -> None:
        with self.assertRaises(ValueError) as caught:
            ignores_cancel(0)
        self.assertEqual(str(caught.exception), "times of ignores_cancel() must be at least 1, not 0")


class DelaysTests(unittest.TestCase):
    @virtual
    async def test_it_takes_time_by_the_clock_of_the_loop(self) -> None:
        function = mock.AsyncMock(side_effect=delays(60), return_value="tea")
        self.assertEqual(await function(), "tea")
        self.assertEqual(now(), 60)

    @virtual
    async def test_then(self) -> None:
        function = mock.AsyncMock(side_effect=delays(60, then=TimeoutError("slow")))
        self.assertEqual(await outcome(function), "TimeoutError('slow')")
        self.assertEqual(now(), 60)

    def test_wrong_seconds(self) -> None:
        with self.assertRaises(ValueError) as caught:
            delays(-1)
        expected = "duration of delays() must be a finite number of seconds, 0 or more, not -1"
        self.assertEqual(str(caught.exception), expected)


class FailsTests(unittest.TestCase):
    async def outcomes(self, behaviour: Behaviour, count: int) -> list[object]:
        function = mock.AsyncMock(side_effect=behaviour, return_value="default")
        return [await outcome(function) for _ in range(count)]

    @virtual
    async def test_the_first_awaits_fail(self) -> None:
        found = await self.outcomes(fails(OSError("no"), times=2, then="tea"), 4)
        self.assertEqual(found, ["OSError('no')", "OSError('no')", "tea", "tea"])

    @virtual
    async def test_one_by_default_and_then_the_return_value_of_the_mock(self) -> None:
        self.assertEqual(await self.outcomes(fails(OSError), 2), ["OSError()", "default"])

    @virtual
    async def test_then_may_be_another_behaviour(self) -> None:
        found = await self.outcomes(fails(OSError, then=fails(KeyError("no"), then="tea")), 3)
        self.assertEqual(found, ["OSError()", "KeyError('no')", "tea"])

    def test_what_can_not_be_raised(self) -> None:
        with self.assertRaises(TypeError) as caught:
            fails("no")  # type: ignore[arg-type]  # what is tested
        expected = "the error given to fails() must be an exception or a class of exceptions, not 'no'"
        self.assertEqual(str(caught.exception), expected)

    def test_wrong_times(self) -> None:
        with self.assertRaises(TypeError) as caught:
            fails(OSError, times=1.5)  # type: ignore[arg-type]  # what is tested
        self.assertEqual(str(caught.exception), "times of fails() must be an integer, not 1.5")


class SequenceTests(unittest.TestCase):
    @virtual
    async def test_each_await_ends_in_its_own_way(self) -> None:
        function = mock.AsyncMock(side_effect=sequence("tea", OSError("no"), delays(60, then=str.upper), mock.DEFAULT))
        function.return_value = "default"
        found = [await outcome(function, "milk") for _ in range(4)]
        self.assertEqual((found, now()), (["tea", "OSError('no')", "MILK", "default"], 60))

    @virtual
    async def test_the_last_one_repeats(self) -> None:
        function = mock.AsyncMock(side_effect=sequence("tea", "milk", last="repeat"))
        self.assertEqual([await function() for _ in range(4)], ["tea", "milk", "milk", "milk"])

    @virtual
    async def test_one_await_too_many(self) -> None:
        function = mock.AsyncMock(side_effect=sequence("tea", "milk"))
        await function()
        await function()
        with self.assertRaises(AssertionError) as caught:
            await function()
        expected = 'sequence() has 2 results, and this is await number 3. Give it more results, or last="repeat"'
        self.assertEqual(str(caught.exception), expected)

    @virtual
    async def test_one_await_too_many_of_one(self) -> None:
        function = mock.AsyncMock(side_effect=sequence("tea"))
        await function()
        with self.assertRaises(AssertionError) as caught:
            await function()
        expected = 'sequence() has 1 result, and this is await number 2. Give it more results, or last="repeat"'
        self.assertEqual(str(caught.exception), expected)

    def test_no_results(self) -> None:
        with self.assertRaises(ValueError) as caught:
            sequence()
        self.assertEqual(str(caught.exception), "sequence() needs at least one result")

    def test_a_wrong_last(self) -> None:
        with self.assertRaises(ValueError) as caught:
            sequence(1, last="stop")  # type: ignore[arg-type]  # what is tested
        self.assertEqual(str(caught.exception), 'last of sequence() must be "raise" or "repeat", not \'stop\'')
