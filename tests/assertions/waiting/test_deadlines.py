"""Waiting ends: at its time, with its task, or when the loop has nothing left to do."""

import asyncio
import contextlib
import itertools
import unittest
from typing import Any

from aiounit.assertions.waiting.deadlines import LateError, end, end_as_cancelled, run_until, settle, sleep_until
from tests.assertions.virtual import later, now, plain, virtual


def at(seconds: float) -> float:
    """Return a time of the clock of the loop."""
    return 1000 + seconds


async def hang() -> None:
    await asyncio.Event().wait()


class RunUntilTests(unittest.TestCase):
    @virtual
    async def test_in_time(self) -> None:
        self.assertEqual(await run_until(at(1), asyncio.sleep(0.5, "tea")), "tea")
        await asyncio.sleep(2)  # nothing comes later

    @virtual
    async def test_too_late(self) -> None:
        with self.assertRaises(LateError) as caught:
            await run_until(at(1), asyncio.sleep(2))
        self.assertEqual(plain(caught.exception), "still waiting for asyncio.sleep(2)")
        self.assertEqual((caught.exception.error, caught.exception.__suppress_context__, now()), (None, True, 1))

    @virtual
    async def test_it_works_again_and_inside_itself(self) -> None:
        for _ in range(2):
            with self.assertRaises(LateError):
                await run_until(at(9), run_until(at(now() + 1), hang()))
        self.assertEqual(now(), 2)

    @virtual
    async def test_a_time_that_is_over(self) -> None:
        with self.assertRaises(LateError):
            await run_until(at(-1), hang())
        self.assertEqual(now(), 0)

    @virtual
    async def test_an_error_in_time(self) -> None:
        async def fail() -> None:
            raise TimeoutError("own")

        with self.assertRaisesRegex(TimeoutError, "^own$"):
            await run_until(at(1), fail())

    @virtual
    async def test_the_count_of_cancellations_stays(self) -> None:
        task: Any = asyncio.current_task()
        with self.assertRaises(LateError):
            await run_until(at(1), hang())
        self.assertEqual(task.cancelling(), 0)

    @virtual
    async def test_a_cancellation_at_the_same_time(self) -> None:
        task = asyncio.create_task(run_until(at(1), hang()))
        later(1, task.cancel, "enough")
        with self.assertRaises(asyncio.CancelledError):
            await task


class SleepTests(unittest.TestCase):
    @virtual
    async def test_until(self) -> None:
        await sleep_until(at(0.1))
        self.assertEqual(asyncio.get_running_loop().time(), at(0.1))

    @virtual
    async def test_a_time_that_is_over(self) -> None:
        await sleep_until(at(-1))
        self.assertEqual(now(), 0)


class EndTests(unittest.TestCase):
    @virtual
    async def test_a_task_that_ends_as_cancelled(self) -> None:
        for function in (end, end_as_cancelled):
            task = asyncio.create_task(hang())
            await asyncio.sleep(0)
            self.assertIsNone(await function(task))
            self.assertTrue(task.cancelled())

    @virtual
    async def test_a_task_that_ends_otherwise(self) -> None:
        async def swallow() -> str:
            with contextlib.suppress(asyncio.CancelledError):
                await hang()
            return "tea"

        for function, complaint in ((end, None), (end_as_cancelled, "it returned 'tea'")):
            task = asyncio.create_task(swallow())
            await asyncio.sleep(0)
            self.assertEqual(await function(task), complaint)

    @virtual
    async def test_a_task_that_does_not_end(self) -> None:
        async def clean_up() -> None:
            try:
                await hang()
            finally:
                await asyncio.sleep(60)

        for function in (end, end_as_cancelled):
            task = asyncio.create_task(clean_up())
            await asyncio.sleep(0)
            before = now()
            complaint = await function(task) or ""
            self.assertEqual(complaint.partition("\n")[0], "1 second later, it was still waiting for asyncio.sleep(60)")
            self.assertEqual((task.cancelled(), now() - before), (True, 1))

    @virtual
    async def test_a_cancellation_meanwhile_waits_for_the_task(self) -> None:
        async def clean_up() -> None:
            try:
                await hang()
            finally:
                await asyncio.sleep(0.75)

        task = asyncio.create_task(clean_up())
        await asyncio.sleep(0)
        ending = asyncio.create_task(end(task))
        later(0.25, ending.cancel, "first")
        later(0.5, ending.cancel, "second")
        with self.assertRaisesRegex(asyncio.CancelledError, "^second$"):
            await ending
        self.assertEqual((task.cancelled(), now()), (True, 0.75))


class SettleTests(unittest.TestCase):
    @virtual
    async def test_until_nothing_is_left_to_do(self) -> None:
        async def turn(times: int) -> None:
            for _ in range(times):
                await asyncio.sleep(0)

        tasks = [asyncio.create_task(turn(times)) for times in (1, 7, 40)]
        await settle()
        self.assertEqual([task.done() for task in tasks], [True] * 3)

    @virtual
    async def test_what_waits_is_left_alone(self) -> None:
        task = asyncio.create_task(asyncio.sleep(1))
        await settle()
        self.assertEqual((task.done(), now()), (False, 0))
        await task

    @virtual
    async def test_it_ends_although_the_loop_is_never_idle(self) -> None:
        async def spin() -> None:
            for _ in itertools.count():
                await asyncio.sleep(0)

        task = asyncio.create_task(spin())
        await settle()
        await end(task)
