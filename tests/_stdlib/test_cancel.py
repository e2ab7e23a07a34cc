"""Tasks that await each other can be cancelled; all others are cancelled as asyncio does it."""

import asyncio
import functools
import unittest
from collections.abc import Awaitable, Callable
from typing import Any

from aiounit._stdlib.cancel import cancel

# Each is shown below to behave as aiounit relies on. Whoever adds one to cancel.py adds its test here.
PRIVATE_NAMES = {"_callbacks", "_children", "_fut_waiter"}

PythonTask: Any = asyncio.tasks._PyTask  # type: ignore[attr-defined]


class Case(unittest.TestCase):
    """Runs a coroutine that notes what happens to tasks."""

    def setUp(self) -> None:
        self.events: list[str] = []
        self.tasks: dict[str, asyncio.Task[Any]] = {}

    def add(self, name: str, awaits: Callable[[], Awaitable[Any]], kind: Any = asyncio.Task) -> None:
        """Add a task that awaits something when all tasks are there."""

        async def work() -> None:
            await asyncio.sleep(0)
            try:
                await awaits()
            except asyncio.CancelledError as error:
                self.events.append(" ".join([name, "cancelled", *map(str, error.args)]))
                raise

        self.tasks[name] = kind(work(), loop=asyncio.get_running_loop(), name=name)

    async def end(self, *names: str) -> None:
        """Cancel some tasks and wait for all."""
        await asyncio.sleep(0.001)
        for name in names:
            self.assertTrue(cancel(self.tasks[name]))
        await asyncio.wait(self.tasks.values())


class CycleTests(Case):
    def check(self, others: dict[str, Callable[[], Awaitable[Any]]], kind: Any = asyncio.Task) -> None:
        """Cancel all of some tasks that await each other."""

        async def run() -> None:
            for name, awaits in others.items():
                self.add(name, awaits, kind)
            await self.end(*others)

        asyncio.run(run())
        self.assertEqual(self.events, [f"{name} cancelled" for name in others])
        self.assertTrue(all(task.cancelled() for task in self.tasks.values()))

    def test_two_that_await_each_other(self) -> None:
        self.check({"a": lambda: self.tasks["b"], "b": lambda: self.tasks["a"]})

    def test_three(self) -> None:
        self.check({"a": lambda: self.tasks["b"], "b": lambda: self.tasks["c"], "c": lambda: self.tasks["a"]})

    def test_one_that_gathers_itself(self) -> None:
        self.check({"a": lambda: asyncio.gather(self.tasks["a"])})

    def test_two_that_gather_each_other(self) -> None:
        self.check({"a": lambda: asyncio.gather(self.tasks["b"]), "b": lambda: asyncio.gather(self.tasks["a"])})

    def test_one_that_shields_itself(self) -> None:
        self.check({"a": lambda: asyncio.shield(self.tasks["a"])})

    def test_two_that_wait_for_each_other(self) -> None:
        self.check({"a": lambda: asyncio.wait_for(self.tasks["b"], 60), "b": lambda: self.tasks["a"]})

    def test_two_that_wait_for_each_other_through_wait(self) -> None:
        self.check({"a": lambda: asyncio.wait([self.tasks["b"]]), "b": lambda: self.tasks["a"]})

    def test_tasks_written_in_python(self) -> None:
        self.check({"a": lambda: self.tasks["b"], "b": lambda: self.tasks["a"]}, PythonTask)

    def test_one_outside_gets_its_cancellation_at_once_and_the_cycle_stays(self) -> None:
        async def run() -> None:
            self.add("a", lambda: self.tasks["b"])
            self.add("b", lambda: self.tasks["a"])
            self.add("outer", lambda: self.tasks["a"])
            await asyncio.sleep(0.001)
            self.assertTrue(cancel(self.tasks["outer"]))
            await asyncio.wait([self.tasks["outer"]])
            self.events.append("outer over")
            await self.end("a", "b")

        asyncio.run(run())
        self.assertEqual(self.events, ["outer cancelled", "outer over", "a cancelled", "b cancelled"])

    def test_to_cancel_one_ends_all(self) -> None:
        async def run() -> None:
            self.add("a", lambda: self.tasks["b"])
            self.add("b", lambda: self.tasks["a"])
            await self.end("a")

        asyncio.run(run())
        self.assertEqual(self.events, ["a cancelled", "b cancelled"])

    def test_one_is_cancelled_twice_before_it_gets_the_first(self) -> None:
        async def run() -> None:
            self.add("a", lambda: self.tasks["b"])
            self.add("b", lambda: self.tasks["a"])
            await self.end("a", "a")

        asyncio.run(run())
        self.assertEqual(self.events, ["a cancelled", "b cancelled"])

    def test_the_message_arrives(self) -> None:
        async def run() -> None:
            self.add("a", lambda: asyncio.gather(self.tasks["a"]))
            await asyncio.sleep(0.001)
            cancel(self.tasks["a"], "enough")
            await asyncio.wait(self.tasks.values())

        asyncio.run(run())
        self.assertEqual(self.events, ["a cancelled enough"])

    def test_the_cancellation_counts(self) -> None:
        async def run() -> None:
            self.add("a", lambda: self.tasks["b"])
            self.add("b", lambda: self.tasks["a"])
            await asyncio.sleep(0.001)
            cancel(self.tasks["a"])
            self.assertEqual(self.tasks["a"].cancelling(), 1)
            await self.end()

        asyncio.run(run())

    def test_a_future_that_takes_no_attributes_is_left(self) -> None:
        class Future:
            """A future of a library, which cancels the task that awaits it."""

            __slots__ = ("_asyncio_future_blocking", "_children")

            def __init__(self) -> None:
                self._asyncio_future_blocking = False

            def done(self) -> bool:
                return False

            def cancel(self) -> bool:
                raise AssertionError("it would come back")

        class Task(Future):
            """A task that awaits it."""

            __slots__ = ("_fut_waiter",)

        task: Any = Task()
        future: Any = Future()
        task._fut_waiter, future._children = future, [task]
        self.assertTrue(cancel(task))


class PlainTests(Case):
    def test_a_task_passes_its_cancellation_on(self) -> None:
        async def run() -> None:
            self.add("inner", asyncio.Event().wait)
            self.add("outer", lambda: asyncio.gather(self.tasks["inner"], self.tasks["inner"]))
            await self.end("outer")

        asyncio.run(run())
        self.assertEqual(self.events, ["inner cancelled", "outer cancelled"])

    def test_tasks_that_await_the_same_are_no_cycle(self) -> None:
        async def run() -> None:
            self.add("inner", asyncio.Event().wait)
            self.add("left", lambda: self.tasks["inner"])
            self.add("right", lambda: self.tasks["inner"])
            self.add("outer", lambda: asyncio.gather(self.tasks["left"], self.tasks["right"]))
            await self.end("outer")

        asyncio.run(run())
        self.assertEqual(self.events, ["inner cancelled", "left cancelled", "right cancelled", "outer cancelled"])

    def test_a_long_row_is_left_by_its_first(self) -> None:
        async def run() -> None:
            self.add("0", asyncio.Event().wait)
            for number in range(1, 2_000):
                self.add(str(number), functools.partial(self.tasks.__getitem__, str(number - 1)))
            await asyncio.sleep(0.001)
            self.assertTrue(cancel(self.tasks["1999"]))
            await asyncio.wait([self.tasks["1999"]])
            self.assertEqual(self.events, ["1999 cancelled"])
            await self.end("0")

        asyncio.run(run())

    def test_one_that_has_ended_is_told_nothing(self) -> None:
        async def run() -> None:
            self.add("a", lambda: asyncio.sleep(0))
            await asyncio.wait(self.tasks.values())
            self.assertFalse(cancel(self.tasks["a"]))

        asyncio.run(run())
        self.assertEqual(self.events, [])
