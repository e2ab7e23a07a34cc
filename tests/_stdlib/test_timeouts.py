"""The private name of `asyncio.timeout` that aiounit leans on is there, and means what aiounit takes it for."""

import asyncio
from unittest import TestCase

from aiounit._stdlib.cancel import cancel
from aiounit._stdlib.timeouts import ObservedTimeout

# Each is shown below to behave as aiounit relies on. Whoever adds one to timeouts.py adds its test here.
PRIVATE_NAMES = {"_on_timeout", "_task"}


class ObservedTimeoutTests(TestCase):
    def test_the_function_is_called_once_and_before_the_task_is_cancelled(self) -> None:
        seen: list[int] = []

        async def main() -> None:
            task = asyncio.current_task()
            assert task is not None
            with self.assertRaises(TimeoutError):
                async with ObservedTimeout(None, lambda: seen.append(task.cancelling())) as timeout:
                    timeout.reschedule(asyncio.get_running_loop().time() + 0.001)
                    await asyncio.Event().wait()

        asyncio.run(main())
        self.assertEqual(seen, [0])

    def test_tasks_that_await_each_other_end_in_time(self) -> None:
        tasks: list[asyncio.Task[None]] = []

        async def work(other: int) -> None:
            await asyncio.sleep(0)
            await tasks[other]

        async def main() -> None:
            tasks.extend(asyncio.create_task(work(other)) for other in (1, 0))
            task = asyncio.current_task()
            assert task is not None
            with self.assertRaises(TimeoutError):
                async with ObservedTimeout(None, lambda: None) as timeout:
                    timeout.reschedule(asyncio.get_running_loop().time() + 0.001)
                    await tasks[0]
            self.assertEqual(task.cancelling(), 0)
            cancel(tasks[0])
            await asyncio.wait(tasks)

        asyncio.run(main())

    def test_it_is_not_called_if_the_block_ends_in_time(self) -> None:
        seen: list[str] = []

        async def main() -> None:
            async with ObservedTimeout(None, lambda: seen.append("looked")) as timeout:
                timeout.reschedule(asyncio.get_running_loop().time())
            await asyncio.sleep(0.001)

        asyncio.run(main())
        self.assertEqual(seen, [])
