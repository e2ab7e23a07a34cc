"""What is to complete in time does, or says where it is suspended; what is to time out ends when it is cancelled."""

import asyncio
import math
import re
import unittest
from collections.abc import Awaitable
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.assertions.waiting.waiting import WaitingAssertions
from tests.assertions.stubborn import HANGING, fail_to_end, hang, hang_in_clean_up, refuse_to_end
from tests.assertions.virtual import WAITING, AssertionTestCase, later, now, plain, virtual
from tests.support import run


class CompletesTests(AssertionTestCase):
    @virtual
    async def test_the_result_is_returned(self) -> None:
        self.assertEqual(await self.case.assertCompletesWithin(asyncio.sleep(0.5, "tea"), 1), "tea")

    @virtual
    async def test_a_task_and_a_future(self) -> None:
        future = asyncio.get_running_loop().create_future()
        later(0.5, future.set_result, "milk")
        task = asyncio.create_task(asyncio.sleep(0.5, "tea"))
        self.assertEqual(await self.case.assertCompletesWithin(task, 1), "tea")
        self.assertEqual(await self.case.assertCompletesWithin(future, 1), "milk")

    @virtual
    async def test_an_error_is_raised(self) -> None:
        for error in (ValueError("no"), TimeoutError("own"), AssertionError("own")):
            with self.subTest(error=error), self.assertRaises(type(error)) as caught:
                await self.case.assertCompletesWithin(mock.AsyncMock(side_effect=error)(), 1)
            self.assertIs(caught.exception, error)

    @virtual
    async def test_it_runs_in_the_task_of_the_test(self) -> None:
        async def task() -> asyncio.Task[Any] | None:
            return asyncio.current_task()

        self.assertIs(await self.case.assertCompletesWithin(task(), 1), asyncio.current_task())

    @virtual
    async def test_what_completes_at_the_very_end_is_in_time(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            waits = [self.case.assertCompletesWithin(asyncio.gather(asyncio.sleep(1)), 1) for _ in range(20)]
            for wait in waits:
                tasks.create_task(wait)
        self.assertEqual(now(), 1)

    @virtual
    async def test_no_time(self) -> None:
        self.assertIsNone(await self.case.assertCompletesWithin(asyncio.sleep(0), 0))

    @virtual
    async def test_it_is_cancelled_when_the_time_is_over(self) -> None:
        task = asyncio.create_task(hang())
        await self.failure(self.case.assertCompletesWithin(task, 0.5))
        self.assertTrue(task.cancelled())
        self.assertEqual(now(), 0.5)

    @virtual
    async def test_the_message(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertCompletesWithin(hang(), 0.5, msg="why")),
            f"hang() did not complete within 0.5 seconds: it was {HANGING} : why",
        )

    @virtual
    async def test_the_message_about_a_task(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertCompletesWithin(asyncio.create_task(hang(), name="worker"), 0.5)),
            f"the task 'worker' did not complete within 0.5 seconds: it was {HANGING}",
        )

    @virtual
    async def test_the_message_leads_to_the_innermost_place(self) -> None:
        async def outer() -> None:
            await asyncio.create_task(hang(), name="inner")

        message = await self.failure(self.case.assertCompletesWithin(outer(), 0.5))
        self.assertEqual(
            message.splitlines(),
            [
                "outer() did not complete within 0.5 seconds: it was still waiting for task 'inner'",
                "  test_completion.py, line N, in CompletesTests.test_the_message_leads_to_the_innermost_place."
                '<locals>.outer: await asyncio.create_task(hang(), name="inner")',
                "  stubborn.py, line N, in hang: await asyncio.Event().wait()",
            ],
        )

    @virtual
    async def test_a_cancellation_that_is_swallowed(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertCompletesWithin(refuse_to_end(), 0.5)),
            f"refuse_to_end() did not complete within 0.5 seconds: it was {WAITING}\n"
            f"  stubborn.py, line N, in refuse_to_end: await asyncio.Event().wait()\n"
            f"When it was cancelled, it returned 'tea'",
        )

    @virtual
    async def test_a_cancellation_of_the_test_goes_through(self) -> None:
        task = asyncio.create_task(self.completes(hang()))
        await asyncio.sleep(0.5)
        task.cancel("enough")
        with self.assertRaisesRegex(asyncio.CancelledError, "^enough$"):
            await task

    async def completes(self, awaitable: Awaitable[object]) -> None:
        await self.case.assertCompletesWithin(awaitable, 1)

    def test_misuse(self) -> None:
        case: Any = self.case
        for arguments, kind, message in (
            ((hang, 1), TypeError, "not <function hang at 0x>. Did you forget to call it?"),
            ((3, 1), TypeError, "not 3"),
        ):
            for assertion in (case.assertCompletesWithin, case.assertTimesOut):
                with self.subTest(arguments=arguments), self.assertRaises(kind) as caught:
                    assertion(*arguments)
                self.assertEqual(
                    plain(caught.exception), f"the awaitable must be a coroutine, a task or a future, {message}"
                )

    def test_a_time_that_is_none(self) -> None:
        case: Any = self.case
        for seconds, kind, message in (
            ("1", TypeError, "timeout must be a number of seconds, not '1'"),
            (-1, ValueError, "timeout must be a finite number of seconds, 0 or more, not -1"),
            (math.nan, ValueError, "timeout must be a finite number of seconds, 0 or more, not nan"),
        ):
            for assertion in (case.assertCompletesWithin, case.assertTimesOut):
                with self.subTest(seconds=seconds), self.assertRaises(kind) as caught:
                    assertion(hang(), seconds)
                self.assertEqual(str(caught.exception), message)


class TimesOutTests(AssertionTestCase):
    @virtual
    async def test_what_hangs(self) -> None:
        await self.case.assertTimesOut(hang(), 0.5)
        self.assertEqual(now(), 0.5)

    @virtual
    async def test_a_task_is_cancelled(self) -> None:
        task = asyncio.create_task(hang())
        await self.case.assertTimesOut(task, 0.5)
        self.assertTrue(task.cancelled())

    @virtual
    async def test_a_future(self) -> None:
        await self.case.assertTimesOut(asyncio.get_running_loop().create_future(), 0.5)

    @virtual
    async def test_what_takes_a_little_longer(self) -> None:
        await self.case.assertTimesOut(asyncio.sleep(0.501), 0.5)

    @virtual
    async def test_what_completes_at_the_very_end(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertTimesOut(asyncio.sleep(0.5, "tea"), 0.5, msg="why")),
            "sleep() did not wait for 0.5 seconds: after 0.5 seconds, it returned 'tea' : why",
        )

    @virtual
    async def test_what_was_cancelled_by_another(self) -> None:
        task = asyncio.create_task(hang(), name="worker")
        later(0.25, task.cancel)
        self.assertEqual(
            await self.failure(self.case.assertTimesOut(task, 0.5)),
            "the task 'worker' did not wait for 0.5 seconds: after 0.25 seconds, it was cancelled",
        )

    @virtual
    async def test_an_error_is_raised(self) -> None:
        with self.assertRaisesRegex(ValueError, "^no$"):
            await self.case.assertTimesOut(mock.AsyncMock(side_effect=ValueError("no"))(), 0.5)

    @virtual
    async def test_a_timeout_of_its_own(self) -> None:
        async def wait() -> None:
            async with asyncio.timeout(0.25):
                await hang()

        with self.assertRaises(TimeoutError) as caught:
            await self.case.assertTimesOut(wait(), 0.5)
        self.assertEqual(
            caught.exception.__notes__,
            ["raised by wait() itself, after 0.25 seconds: use assertRaises to expect that"],
        )

    @virtual
    async def test_a_cancellation_that_is_swallowed(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertTimesOut(refuse_to_end(), 0.5)),
            "refuse_to_end() was cancelled after 0.5 seconds, and did not end as cancelled: it returned 'tea'",
        )

    @virtual
    async def test_an_error_in_place_of_the_cancellation(self) -> None:
        with self.assertRaises(AssertionError) as caught:
            await self.case.assertTimesOut(fail_to_end(), 0.5)
        self.assertEqual(
            plain(caught.exception),
            "fail_to_end() was cancelled after 0.5 seconds, and did not end as cancelled: it raised ValueError('no')",
        )
        self.assertEqual(repr(caught.exception.__cause__), "ValueError('no')")

    @virtual
    async def test_a_clean_up_that_hangs(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertTimesOut(hang_in_clean_up(), 0.5)),
            f"hang_in_clean_up() was cancelled after 0.5 seconds, and did not end as cancelled: "
            f"1 second later, it was {WAITING}\n"
            f"  stubborn.py, line N, in hang_in_clean_up: await asyncio.Event().wait()",
        )

    @virtual
    async def test_what_never_ends_is_left(self) -> None:
        released = asyncio.Event()

        async def swallow() -> None:
            while not released.is_set():
                try:
                    await released.wait()
                except asyncio.CancelledError:
                    continue

        task = asyncio.create_task(swallow())
        await self.failure(self.case.assertTimesOut(task, 0.5))
        self.assertEqual((task.done(), now()), (False, 2.5))
        released.set()
        await task

    @virtual
    async def test_a_cancellation_of_the_test_goes_through_and_leaves_no_task(self) -> None:
        task = asyncio.create_task(self.times_out(hang()))
        await asyncio.sleep(0.25)
        task.cancel("enough")
        with self.assertRaisesRegex(asyncio.CancelledError, "^enough$"):
            await task

    async def times_out(self, awaitable: Awaitable[object]) -> None:
        await self.case.assertTimesOut(awaitable, 0.5)


class TracebackTests(unittest.TestCase):
    """The traceback leads to the user's assertion that fails inside."""

    def lines(self, base: type[unittest.IsolatedAsyncioTestCase], seconds: float) -> list[tuple[str, str]]:
        class Case(base, WaitingAssertions):  # type: ignore[misc, valid-type]
            async def test(self) -> None:
                await self.assertCompletesWithin(self.check(), seconds)

            async def check(self) -> None:
                await asyncio.sleep(0)
                self.assertEqual(1, 2)

        frames: list[tuple[str, str]] = re.findall(r"(\w+\.py)\", line \d+, in (\w+)", run(Case).text())
        return frames[frames.index(("test_completion.py", "test")) :]

    def test_on_the_base_class_of_aiounit(self) -> None:
        here = "test_completion.py"
        self.assertEqual(self.lines(AsyncTestCase, 60), [(here, "test"), (here, "check")])

    def test_on_that_of_the_standard_library(self) -> None:
        here = "test_completion.py"
        self.assertEqual(
            self.lines(unittest.IsolatedAsyncioTestCase, 60),
            [(here, "test"), ("completion.py", "complete"), ("deadlines.py", "run_until"), (here, "check")],
        )
