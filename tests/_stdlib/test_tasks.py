"""The private names of asyncio's tasks and futures are there, and mean what aiounit takes them for."""

import asyncio
import contextvars
import gc
import sys
import unittest
from concurrent.futures import Future
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase

from aiounit import _stdlib

# Each is shown below to behave as aiounit relies on. Whoever adds one to tasks.py adds its test here.
PRIVATE_NAMES = {
    "_all_tasks",
    "_callbacks",
    "_children",
    "_coro",
    "_eager_tasks",
    "_exception",
    "_fut_waiter",
    "_log_destroy_pending",
    "_log_traceback",
    "_scheduled_tasks",
    "_source_traceback",
    "_tasks",
}


class PendingTests(TestCase):
    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)

    def test_its_tasks(self) -> None:
        self.assertEqual(_stdlib.tasks.tasks_of(self.loop), set())
        task = self.loop.create_task(asyncio.sleep(0))
        self.assertEqual(_stdlib.tasks.tasks_of(self.loop), {task})
        self.loop.run_until_complete(task)
        self.assertEqual(_stdlib.tasks.tasks_of(self.loop), set())

    def test_its_tasks_without_known_ones(self) -> None:
        known, other, done = (self.loop.create_task(asyncio.sleep(0)) for _ in range(3))
        self.loop.run_until_complete(done)
        known, other = (self.loop.create_task(asyncio.sleep(0)) for _ in range(2))
        self.assertEqual(_stdlib.tasks.other_tasks_of(self.loop, {known}), {other})
        self.assertEqual(_stdlib.tasks.other_tasks_of(self.loop, {known, other}), set())
        self.assertEqual(_stdlib.tasks.other_tasks_of(self.loop, set()), {known, other})
        self.loop.run_until_complete(asyncio.wait([known, other]))

    def test_its_tasks_if_they_are_few(self) -> None:
        tasks = {self.loop.create_task(asyncio.sleep(0)) for _ in range(3)}
        self.assertEqual(_stdlib.tasks.few_tasks_of(self.loop, 3), tasks)
        self.assertEqual(_stdlib.tasks.few_tasks_of(self.loop, 2), set())
        self.loop.run_until_complete(asyncio.wait(tasks))
        self.assertEqual(_stdlib.tasks.few_tasks_of(self.loop, 2), set())

    @unittest.skipIf(sys.version_info < (3, 12), "tasks are not eager before")
    def test_its_eager_tasks(self) -> None:
        seen = []

        async def look() -> None:
            await asyncio.sleep(0)
            seen.append(_stdlib.tasks.tasks_of(self.loop))

        async def main() -> None:
            made.append(self.loop.create_task(look()))
            await made[0]

        made: list[asyncio.Task[None]] = []
        self.loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]
        main_task = self.loop.create_task(main())
        self.loop.run_until_complete(main_task)
        self.assertEqual(seen, [{main_task, made[0]}])


class CoroutineTests(IsolatedAsyncioTestCase):
    async def test_that_of_a_task(self) -> None:
        task = asyncio.create_task(asyncio.sleep(0))
        self.assertIs(_stdlib.tasks.coroutine_of(task), task.get_coro())
        await task

    @unittest.skipIf(sys.version_info < (3, 12), "tasks are not eager before")
    async def test_an_eager_task_that_has_ended_at_once_has_none(self) -> None:
        async def nothing() -> None: ...

        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore] # since 3.12
        self.assertIsNone(_stdlib.tasks.coroutine_of(loop.create_task(nothing())))


class TaskTests(TestCase):
    def complaints(self, *, silenced: bool) -> list[str]:
        """Return what is logged about a task that is dropped before its end."""
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        messages: list[str] = []
        loop.set_exception_handler(lambda _, details: messages.append(details["message"]))
        task = asyncio.Task(asyncio.sleep(0), loop=loop)
        coroutine: Any = task.get_coro()
        loop._ready.clear()  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue] # drops its first step
        if silenced:
            _stdlib.tasks.silence(task)
        del task
        gc.collect()
        coroutine.close()
        return messages

    def test_a_pending_task_that_is_dropped_is_logged(self) -> None:
        self.assertEqual(self.complaints(silenced=False), ["Task was destroyed but it is pending!"])

    def test_a_silenced_one_is_not(self) -> None:
        self.assertEqual(self.complaints(silenced=True), [])


class TagTests(TestCase):
    """Which test a task belongs to is told by a variable in its context."""

    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)
        self.variable: contextvars.ContextVar[object] = contextvars.ContextVar("variable", default="none")

    def tag(self, **keywords: Any) -> object:
        """Return the tag of a task that is made while the variable is "made"."""
        _stdlib.tasks.tag_tasks(self.loop)
        token = self.variable.set("made")
        try:
            task = self.loop.create_task(asyncio.sleep(0), **keywords)
        finally:
            self.variable.reset(token)
        self.loop.run_until_complete(task)
        return _stdlib.tasks.tag_of(task, self.variable)

    def test_it_is_what_the_variable_was_when_the_task_was_made(self) -> None:
        self.assertEqual(self.tag(), "made")

    def test_a_task_with_a_context_of_its_own(self) -> None:
        context = contextvars.copy_context()
        context.run(self.variable.set, "own")
        self.assertEqual(self.tag(context=context), "own")

    def test_a_task_of_the_users_task_factory(self) -> None:
        made: list[asyncio.Task[Any]] = []

        def make(loop: asyncio.AbstractEventLoop, coro: Any, **keywords: Any) -> asyncio.Task[Any]:
            made.append(asyncio.Task(coro, loop=loop, **keywords))
            return made[-1]

        self.loop.set_task_factory(make)
        self.assertEqual((self.tag(), len(made)), ("made", 1))

    @unittest.skipIf(sys.version_info >= (3, 12), "since 3.12 every task tells its context")
    def test_a_task_that_the_loop_has_not_made(self) -> None:
        task = asyncio.Task(asyncio.sleep(0), loop=self.loop)
        self.loop.run_until_complete(task)
        self.assertIsNone(_stdlib.tasks.tag_of(task, self.variable))


class DoingTests(IsolatedAsyncioTestCase):
    """What tasks wait for, and where they were made."""

    async def asyncSetUp(self) -> None:
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.tasks: list[asyncio.Task[Any]] = []

    async def asyncTearDown(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def suspend(self, coroutine: Any) -> asyncio.Task[Any]:
        """Return a task that has gone as far as it gets."""
        task = asyncio.create_task(coroutine)
        self.tasks.append(task)
        for _ in range(3):
            await asyncio.sleep(0)
        return task

    async def test_what_a_task_waits_for(self) -> None:
        self.assertIs(_stdlib.tasks.waiter_of(await self.suspend(asyncio.wait_for(self.future, None))), self.future)

    async def test_a_task_that_is_to_run_waits_for_nothing(self) -> None:
        self.assertIsNone(_stdlib.tasks.waiter_of(asyncio.current_task()))

    async def test_something_that_is_no_task_waits_for_nothing(self) -> None:
        self.assertIsNone(_stdlib.tasks.waiter_of(None))

    async def test_what_is_gathered(self) -> None:
        gathered = asyncio.gather(self.future, asyncio.sleep(0))
        futures = _stdlib.tasks.futures_behind(gathered)
        self.assertEqual((len(futures), futures[0], type(futures[1])), (2, self.future, asyncio.Task))
        self.future.set_result(None)
        await gathered

    async def test_what_is_shielded(self) -> None:
        self.assertEqual(_stdlib.tasks.futures_behind(asyncio.shield(self.future)), [self.future])

    async def test_what_a_group_waits_for(self) -> None:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(asyncio.sleep(0))
            self.assertEqual(_stdlib.tasks.futures_behind(group), [task])

    async def test_the_job_of_an_executor(self) -> None:
        job: Future[None] = Future()
        self.assertEqual(_stdlib.tasks.futures_behind(asyncio.wrap_future(job)), [job])

    async def test_a_future_that_stands_for_itself(self) -> None:
        self.future.add_done_callback(print)
        self.future.add_done_callback(lambda _: None)
        self.assertEqual(_stdlib.tasks.futures_behind(self.future), [])
        self.future.remove_done_callback(print)

    async def test_something_that_is_no_future(self) -> None:
        self.assertEqual(_stdlib.tasks.futures_behind(None), [])

    async def test_where_a_task_was_made(self) -> None:
        asyncio.get_running_loop().set_debug(True)
        task = await self.suspend(asyncio.sleep(0))
        names = [each.name for each in _stdlib.tasks.source_traceback(task)]
        self.assertIn("test_where_a_task_was_made", names)
        self.assertLess(names.index("test_where_a_task_was_made"), names.index("suspend"))

    async def test_where_a_task_was_made_without_debug_mode(self) -> None:
        asyncio.get_running_loop().set_debug(False)
        self.assertEqual(_stdlib.tasks.source_traceback(await self.suspend(asyncio.sleep(0))), [])


class LostErrorTests(IsolatedAsyncioTestCase):
    async def test_one_that_nobody_has_asked_a_task_for(self) -> None:
        async def die() -> None:
            raise error

        error = ValueError("no")
        task = asyncio.create_task(die())
        seen = [_stdlib.tasks.lost_error(task)]
        await asyncio.wait([task])
        seen += [_stdlib.tasks.lost_error(task), _stdlib.tasks.lost_error(task), task.exception()]
        self.assertEqual([*seen, _stdlib.tasks.lost_error(task)], [None, error, error, error, None])

    async def test_errors_that_nobody_has_asked_for(self) -> None:
        future = asyncio.get_running_loop().create_future()
        seen = [_stdlib.tasks.has_lost_error(future)]
        future.set_exception(ValueError)
        seen.append(_stdlib.tasks.has_lost_error(future))
        future.exception()
        seen.append(_stdlib.tasks.has_lost_error(future))
        self.assertEqual(seen, [False, True, False])
