"""What tasks and awaitables wait for is told truly, whatever they are made of, and nothing is disturbed."""

import asyncio
import gc
import pickle
import sys
import threading
import weakref
from collections.abc import AsyncGenerator, Awaitable as Awaitable_, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

from aiounit.introspect import awaits
from aiounit.introspect.awaits import await_chain, task_chain, waits_for
from aiounit.introspect.descriptions import describe_task
from aiounit.introspect.places import Place
from aiounit.introspect.sites import creation_of
from tests.introspect.support import (
    CHAINS,
    Awaitable,
    SuspendedCase,
    awaits_bare,
    generates,
    iterates,
    keeps,
    sleeps,
    sources,
    turns,
    waits,
)


class AwaitChainTests(SuspendedCase):
    """Where something that is awaited stands, whatever there is between the coroutines."""

    async def test_everything_that_can_be_between_two_coroutines(self) -> None:
        for function, between in CHAINS:
            with self.subTest(function.__name__):
                task = await self.suspend(function(self.future))
                self.assertEqual(sources(await_chain(task)), [*between, "await future"])

    async def test_a_coroutine_as_well_as_a_task(self) -> None:
        task = await self.suspend(iterates(self.future))
        self.assertEqual(await_chain(task.get_coro()), await_chain(task))

    async def test_an_asynchronous_generator(self) -> None:
        generator = generates(self.future)
        step = generator.asend(None)
        await self.suspend(self._await(step))
        self.assertEqual(sources(await_chain(generator)), ["await waits(future)", "await future"])
        self.assertEqual(await_chain(step), await_chain(generator))

    async def _await(self, awaitable: Awaitable_[object]) -> None:
        await awaitable

    async def test_what_is_sent_to_a_generator_is_not_taken_for_it(self) -> None:
        async def receives() -> AsyncGenerator[None, Any]:
            yield
            await self.future

        other = sleeps()
        self.addCleanup(other.close)
        generator = receives()
        await anext(generator)
        task = await self.suspend(self._send(generator, other))
        self.assertEqual(sources(await_chain(task)), ["await generator.asend(thing)", "await self.future"])

    async def _send(self, generator: AsyncGenerator[None, Any], thing: object) -> None:
        await generator.asend(thing)

    async def test_a_coroutine_that_has_not_begun(self) -> None:
        coroutine = sleeps()
        self.addCleanup(coroutine.close)
        self.assertEqual(sources(await_chain(coroutine)), ["async def sleeps() -> None:"])

    async def test_a_task_that_is_done(self) -> None:
        self.assertEqual(await_chain(await self.suspend(asyncio.sleep(0))), [])

    async def test_a_coroutine_that_is_done(self) -> None:
        coroutine = sleeps()
        coroutine.close()
        self.assertEqual(await_chain(coroutine), [])

    async def test_something_that_is_not_awaitable(self) -> None:
        self.assertEqual(await_chain(object()), [])

    async def test_a_function_of_asyncio_is_the_innermost(self) -> None:
        chain = await_chain(await self.suspend(sleeps()))
        self.assertEqual(
            [(each.function, each.module) for each in chain],
            [("sleeps", "tests.introspect.support"), ("sleep", "asyncio.tasks")],
        )

    async def test_a_future_that_a_generator_hands_to_the_task(self) -> None:
        other = self.start(sleeps())
        task = await self.suspend(awaits_bare(other))
        self.assertEqual(
            sources(await_chain(task)), ["await Bare(future)", "yield self.future", "await asyncio.sleep(3600)"]
        )

    async def test_no_further_than_a_limit(self) -> None:
        task = await self.suspend(iterates(self.future))
        with mock.patch.object(awaits, "_LONGEST", 4):  # the task, its coroutine, the step, the generator
            self.assertEqual(sources(await_chain(task)), ["async for _ in generates(future):", "await waits(future)"])

    async def test_nothing_is_held_on_to(self) -> None:
        thing = Awaitable(self.future)
        dead = weakref.ref(thing)
        coroutine = keeps(thing, self.future)
        coroutine.send(None)
        del thing
        gc.disable()
        self.addCleanup(gc.enable)
        chain = await_chain(coroutine)
        coroutine.close()
        del coroutine
        self.assertIsNone(dead())
        self.assertEqual(sources(chain), ["await future"])

    async def test_what_is_returned_can_be_pickled(self) -> None:
        chain = await_chain(await self.suspend(iterates(self.future)))
        self.assertEqual(pickle.loads(pickle.dumps(chain)), chain)


class OtherTasksTests(SuspendedCase):
    """A chain goes on into the task that is waited for."""

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.other = self.start(sleeps(), "other")

    async def chain(self, coroutine: Coroutine[Any, Any, Any]) -> list[str]:
        """Return the chain of a task that waits for another."""
        return sources(await_chain(await self.suspend(coroutine)))

    async def test_awaited(self) -> None:
        self.assertEqual(await self.chain(waits(self.other)), ["await future", "await asyncio.sleep(3600)"])

    async def test_waited_for_with_a_timeout(self) -> None:
        self.assertEqual(
            await self.chain(self._wait_for()), ["await asyncio.wait_for(self.other, 60)", "await asyncio.sleep(3600)"]
        )

    async def _wait_for(self) -> None:
        await asyncio.wait_for(self.other, 60)

    async def test_waited_for(self) -> None:
        self.assertEqual(
            await self.chain(self._wait()), ["await asyncio.wait([self.other])", "await asyncio.sleep(3600)"]
        )

    async def _wait(self) -> None:
        await asyncio.wait([self.other])

    async def test_shielded(self) -> None:
        self.assertEqual(
            await self.chain(self._shield()), ["await asyncio.shield(self.other)", "await asyncio.sleep(3600)"]
        )

    async def _shield(self) -> None:
        await asyncio.shield(self.other)

    async def test_the_last_that_is_gathered(self) -> None:
        self.assertEqual(
            await self.chain(self._gather(self.start(asyncio.sleep(0)))),
            ["await asyncio.gather(self.other, *others)", "await asyncio.sleep(3600)"],
        )

    async def _gather(self, *others: asyncio.Task[Any]) -> None:
        await asyncio.gather(self.other, *others)

    async def test_not_where_there_are_several(self) -> None:
        self.assertEqual(
            await self.chain(self._gather(self.start(sleeps()))), ["await asyncio.gather(self.other, *others)"]
        )

    async def test_in_a_group(self) -> None:
        self.assertEqual(
            await self.chain(self._group()), ["async with asyncio.TaskGroup() as group:", "await asyncio.sleep(3600)"]
        )

    async def _group(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(sleeps())

    async def test_not_if_it_is_not_wanted(self) -> None:
        task = await self.suspend(waits(self.other))
        self.assertEqual(sources(await_chain(task, into_tasks=False)), ["await future"])
        self.assertEqual(sources(task_chain(task, into_tasks=False)), ["await future"])

    async def test_tasks_that_wait_for_each_other(self) -> None:
        async def first() -> None:
            await asyncio.shield(second)  # or they would cancel each other for ever at the end of the test

        second = self.start(waits(self.start(first())))
        for _ in range(3):
            await asyncio.sleep(0)
        self.assertEqual(
            sources(await_chain(second)),
            [
                "await future",
                "await asyncio.shield(second)  # or they would cancel each other for ever at the end of the test",
            ],
        )


class OddThingsTests(SuspendedCase):
    """Nothing is raised, and no code of the user's is called."""

    async def test_an_attribute_that_raises(self) -> None:
        class Odd:
            @property
            def cr_await(self) -> object:
                raise RuntimeError("no")

            cr_frame = cr_running = get_coro = cr_origin = cr_await

        odd = Odd()
        self.assertEqual((await_chain(odd), waits_for(odd), creation_of(odd)), ([], "", []))

    async def test_an_attribute_of_an_instance_is_not_looked_at(self) -> None:
        class Odd:
            def __getattr__(self, name: str) -> object:
                calls.append(name)
                return None

        calls: list[str] = []
        self.assertEqual((await_chain(Odd()), waits_for(Odd()), creation_of(Odd())), ([], "", []))
        self.assertEqual(calls, [])

    async def test_a_coroutine_of_another_kind(self) -> None:
        inner = sleeps()
        self.addCleanup(inner.close)

        class Compiled:
            """What a compiler for Python makes of a coroutine: it has the attributes and no frame."""

            cr_await = inner

        self.assertEqual(sources(await_chain(Compiled())), ["async def sleeps() -> None:"])

    async def test_a_task_that_can_not_be_asked(self) -> None:
        class Odd(asyncio.Task[Any]):
            def get_name(self) -> str:
                raise RuntimeError("no")

            cancelling = get_coro = get_name  # type: ignore[assignment]  # odd on purpose

        coroutine = sleeps()
        task = Odd(coroutine)
        self.tasks.append(task)
        await asyncio.sleep(0)
        self.assertEqual(describe_task(task), "Task '?' of NoneType can't be described")

    async def test_representations_are_not_asked_for(self) -> None:
        class Odd(asyncio.Queue[int]):
            def __repr__(self) -> str:
                raise AssertionError("called")

        class OddFuture(asyncio.Future[None]):
            __repr__ = Odd.__repr__

        queue = Odd()
        self.assertEqual(waits_for(await self.suspend(queue.get())), f"Queue.get() of <Odd at {id(queue):#x}>")
        future = OddFuture()
        self.assertEqual(waits_for(await self.suspend(waits(future))), "<OddFuture pending>")

    async def test_a_delay_that_is_no_number(self) -> None:
        class Delay(float):
            def __str__(self) -> str:
                raise AssertionError("called")

            __repr__ = __str__

        self.assertEqual(waits_for(await self.suspend(asyncio.sleep(Delay(60)))), "asyncio.sleep()")


class WaitsForTests(SuspendedCase):
    """What is waited for, in a few words."""

    async def words(self, awaitable: Coroutine[Any, Any, Any]) -> str:
        """Return what a task waits for in which something is awaited."""
        return waits_for(await self.suspend(self._await(awaitable)))

    async def _await(self, awaitable: Awaitable_[object]) -> None:
        await awaitable

    async def test_a_future(self) -> None:
        self.assertEqual(await self.words(waits(self.future)), "<Future pending>")

    async def test_the_iterator_of_a_future(self) -> None:
        self.assertEqual(waits_for(self.future.__await__()), "<Future pending>")

    async def test_a_future_of_another_class(self) -> None:
        class Mine(asyncio.Future[None]):
            """A future of a user's."""

        self.assertEqual(await self.words(waits(Mine())), "<Mine pending>")

    async def test_a_task(self) -> None:
        self.assertEqual(await self.words(waits(self.start(sleeps(), "other"))), "task 'other'")

    async def test_tasks_that_are_gathered(self) -> None:
        tasks = [self.start(sleeps(), f"other {number}") for number in range(7)]
        self.assertEqual(
            await self.words(self._gather(*tasks[:2], self.start(asyncio.sleep(0)))), "tasks 'other 0', 'other 1'"
        )
        self.assertEqual(
            await self.words(self._gather(*tasks)),
            "tasks 'other 0', 'other 1', 'other 2', 'other 3', 'other 4' and 2 more",
        )

    async def _gather(self, *others: asyncio.Future[Any]) -> None:
        await asyncio.gather(*others)

    async def test_futures_that_are_gathered(self) -> None:
        self.assertEqual(
            await self.words(self._gather(self.future, self.loop.create_future())), "<_GatheringFuture pending>"
        )

    async def test_a_task_that_is_shielded(self) -> None:
        task = self.start(sleeps(), "other")
        self.assertEqual(await self.words(self._shield(task)), "task 'other'")

    async def _shield(self, task: asyncio.Task[Any]) -> None:
        await asyncio.shield(task)

    async def test_tasks_that_are_waited_for(self) -> None:
        tasks = [self.start(sleeps(), "one")]
        self.assertEqual(await self.words(asyncio.wait(tasks)), "asyncio.wait() of task 'one'")

    async def test_a_future_with_a_timeout(self) -> None:
        self.assertEqual(await self.words(asyncio.wait_for(self.future, 60)), "asyncio.wait_for()")

    async def test_a_group(self) -> None:
        async def group() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(sleeps(), name="one")

        self.assertEqual(await self.words(group()), "TaskGroup.__aexit__() of task 'one'")

    async def test_sleep(self) -> None:
        self.assertEqual(await self.words(sleeps()), "asyncio.sleep(3600)")

    async def test_a_lock(self) -> None:
        lock = asyncio.Lock()
        await lock.acquire()

        async def enters() -> None:
            async with lock:
                pass

        words = await self.words(enters())
        self.assertEqual(words, f"Lock.acquire() of {lock!r}")
        self.assertRegex(words, r"^Lock\.acquire\(\) of <asyncio\.locks\.Lock object at 0x\w+ \[locked, waiters:1\]>$")

    async def test_a_queue(self) -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        self.assertEqual(await self.words(queue.get()), f"Queue.get() of <Queue at {id(queue):#x}>")

    async def test_a_job_of_an_executor(self) -> None:
        entered, done = threading.Event(), threading.Event()

        def job() -> None:
            entered.set()
            done.wait()

        with ThreadPoolExecutor(1) as executor:
            try:
                running = self.loop.run_in_executor(executor, job)
                pending = self.loop.run_in_executor(executor, job)
                entered.wait()
                words = [await self.words(waits(running)), await self.words(waits(pending))]
            finally:
                done.set()
            await asyncio.gather(running, pending)
        self.assertEqual(
            words,
            ["a concurrent.futures.Future that is running", "a concurrent.futures.Future that is pending"],
        )

    async def test_the_next_turn_of_the_loop(self) -> None:
        self.assertEqual(await self.words(turns()), "the next iteration of the loop")

    async def test_a_future_that_is_done_by_now(self) -> None:
        task = await self.suspend(waits(self.future))
        self.future.set_result(None)
        self.assertEqual(waits_for(task), "the next iteration of the loop")

    async def test_a_task_that_has_not_begun(self) -> None:
        self.assertEqual(waits_for(self.start(sleeps())), "its first iteration of the loop")

    async def test_a_future_that_a_generator_hands_to_the_task(self) -> None:
        self.assertEqual(await self.words(awaits_bare(self.future)), "<Future pending>")

    async def test_a_coroutine_that_runs(self) -> None:
        task = asyncio.current_task()
        self.assertEqual(waits_for(task), "")

    async def test_a_task_that_is_done(self) -> None:
        self.assertEqual(waits_for(await self.suspend(asyncio.sleep(0))), "")

    async def test_something_unknown(self) -> None:
        class Unknown:
            def __await__(self) -> "Unknown":
                return self

            def __iter__(self) -> "Unknown":
                return self

            def __next__(self) -> None:
                return None

        self.assertEqual(await self.words(Unknown()), "")  # type: ignore[arg-type]  # as good as an awaitable


class RunningTaskTests(SuspendedCase):
    """Where a task is that runs: its coroutines tell nothing then, the stack of its thread does."""

    def seen(self) -> list[Place]:
        """Return the chain of the current task."""
        task = asyncio.current_task()
        assert task is not None
        return task_chain(task, sys._getframe())

    async def looks(self) -> list[str]:
        return sources(self.seen())

    async def yields(self) -> AsyncGenerator[list[str], None]:
        yield await self.looks()

    async def starts(self) -> list[str]:
        return await anext(self.yields())

    async def test_as_far_as_its_outermost_coroutine(self) -> None:
        self.assertEqual(
            await self.start(self.starts()),
            [
                "return await anext(self.yields())",
                "yield await self.looks()",
                "return sources(self.seen())",
                "return task_chain(task, sys._getframe())",
            ],
        )

    async def test_a_suspended_one_whatever_its_thread_does(self) -> None:
        task = await self.suspend(iterates(self.future))
        self.assertEqual(task_chain(task, sys._getframe()), await_chain(task))

    async def test_one_that_has_ended(self) -> None:
        task = asyncio.create_task(asyncio.sleep(0))
        await task
        with mock.patch.object(awaits, "_may_run", return_value=True):  # it has just ended, in another thread
            self.assertEqual(task_chain(task, sys._getframe()), [])

    async def test_without_the_frame_it_is_where_its_coroutine_was_entered(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.assertEqual(task_chain(task), await_chain(task))
        self.assertEqual(len(await_chain(task)), 1)
