"""Why a task is cancelled is kept, and the cancellations that say so are undone."""

import asyncio
import unittest

from aiounit.loops.interruptions import Interruptions


class InterruptionsTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.interruptions = Interruptions()
        self.task = asyncio.create_task(asyncio.Event().wait())
        await asyncio.sleep(0)

    async def asyncTearDown(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])

    def test_there_are_none_at_first(self) -> None:
        self.assertEqual(list(self.interruptions.errors), [])

    async def test_the_errors_come_in_order_and_once(self) -> None:
        first, second = ValueError("first"), ValueError("second")
        self.interruptions.add(self.task, first)
        self.interruptions.add(self.task, second)
        self.assertTrue(self.interruptions.errors)
        self.assertEqual(self.interruptions.take(self.task), [first, second])
        self.assertEqual(self.interruptions.take(self.task), [])

    async def test_one_error_cancels_and_another_does_not_again(self) -> None:
        self.interruptions.add(self.task, ValueError("first"))
        self.interruptions.add(self.task, ValueError("second"))
        self.assertEqual(self.task.cancelling(), 1)

    async def test_the_same_error_cancels_again(self) -> None:
        error = ValueError("stubborn")
        self.interruptions.add(self.task, error)
        self.interruptions.add(self.task, error)
        self.assertEqual(self.task.cancelling(), 2)
        self.assertEqual(self.interruptions.take(self.task), [error])
        self.assertEqual(self.task.cancelling(), 0)

    async def test_a_task_that_is_gone(self) -> None:
        error = ValueError("too late")
        self.interruptions.add(self.task, error)
        self.assertEqual(self.interruptions.take(None), [error])
        self.assertEqual(self.task.cancelling(), 1)
