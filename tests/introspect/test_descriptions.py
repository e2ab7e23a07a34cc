"""What tasks and threads are doing is told in words, once for what is alike, in bounded time."""

import _thread
import asyncio
import gc
import os
import signal
import sys
import threading
import time
import types
import unittest
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from unittest import mock

from aiounit import _real, _stdlib
from aiounit.introspect.descriptions import describe_task, describe_tasks, describe_threads
from aiounit.limits import own_threads
from tests.introspect.support import SuspendedCase, line, sleeps, waits, yields_from


class DescribeTaskTests(SuspendedCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.addCleanup(sys.set_coroutine_origin_tracking_depth, sys.get_coroutine_origin_tracking_depth())
        self.waits = f'  File "{waits.__code__.co_filename}", line {line(waits, 1)}, in waits\n    await future'

    async def test_a_task_that_waits(self) -> None:
        task = await self.suspend(waits(self.future), "one")
        self.assertEqual(describe_task(task), f"Task 'one' of waits is waiting for <Future pending>\n{self.waits}")

    async def test_a_title(self) -> None:
        task = await self.suspend(waits(self.future))
        self.assertEqual(
            describe_task(task, title="The test"), f"The test is waiting for <Future pending>\n{self.waits}"
        )

    async def test_where_it_was_made(self) -> None:
        sys.set_coroutine_origin_tracking_depth(1)
        task = await self.suspend(waits(self.future), "one")
        number = line(self.test_where_it_was_made, 2)
        self.assertEqual(
            describe_task(task),
            f"Task 'one' of waits is waiting for <Future pending>\n{self.waits}\n  made at\n"
            f'  File "{__file__}", line {number}, in test_where_it_was_made\n'
            f'    task = await self.suspend(waits(self.future), "one")',
        )

    async def test_where_it_was_made_in_debug_mode(self) -> None:
        self.loop.set_debug(True)
        sys.set_coroutine_origin_tracking_depth(0)
        task = asyncio.create_task(waits(self.future), name="one")
        self.tasks.append(task)
        await asyncio.sleep(0)
        number = line(self.test_where_it_was_made_in_debug_mode, 3)
        before, _, after = describe_task(task).partition("  made at\n")
        self.assertEqual(before, f"Task 'one' of waits is waiting for <Future pending>\n{self.waits}\n")
        self.assertTrue(  # below what runs the tests
            after.endswith(
                f'  File "{__file__}", line {number}, in test_where_it_was_made_in_debug_mode\n'
                f'    task = asyncio.create_task(waits(self.future), name="one")'
            ),
            after,
        )

    async def test_another_task_is_named_and_not_described(self) -> None:
        other = self.start(sleeps(), "other")
        task = await self.suspend(waits(other), "one")
        self.assertEqual(describe_task(task), f"Task 'one' of waits is waiting for task 'other'\n{self.waits}")

    async def test_cancelled_and_still_waiting(self) -> None:
        async def refuses() -> None:
            for _ in range(3):
                try:
                    await self.future
                except asyncio.CancelledError:
                    self.future = self.loop.create_future()
            await self.future

        task = await self.suspend(refuses(), "one")
        states = []
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
            states.append(describe_task(task).partition("\n")[0].rpartition("refuses ")[2])
        self.assertEqual(
            states,
            [
                "was cancelled once and is waiting for <Future pending>",
                "was cancelled twice and is waiting for <Future pending>",
                "was cancelled 3 times and is waiting for <Future pending>",
            ],
        )

    async def test_what_it_waits_for_is_unknown(self) -> None:
        class Unknown:
            def __await__(self) -> "Unknown":
                return self

            def __next__(self) -> None:
                return None

        async def awaits() -> None:
            await Unknown()  # type: ignore[misc]  # as good as an awaitable

        task = await self.suspend(awaits(), "one")
        first = describe_task(task).partition("\n")[0]
        self.assertEqual(
            first, "Task 'one' of DescribeTaskTests.test_what_it_waits_for_is_unknown.<locals>.awaits is waiting"
        )

    async def test_running(self) -> None:
        async def looks() -> str:
            task = asyncio.current_task()
            assert task is not None
            return describe_task(task, sys._getframe())

        name = "DescribeTaskTests.test_running.<locals>.looks"
        self.assertEqual(
            await self.start(looks(), "one"),
            f"Task 'one' of {name} is running\n"
            f'  File "{__file__}", line {line(self.test_running, 4)}, in {name}\n'
            f"    return describe_task(task, sys._getframe())",
        )

    async def test_done(self) -> None:
        task = await self.suspend(asyncio.sleep(0), "one")
        self.assertEqual(describe_task(task), "Task 'one' of sleep is done")

    async def test_an_error_that_nobody_has_asked_for_stays_so(self) -> None:
        async def fails() -> None:
            raise ValueError("no")

        contexts: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _loop, context: contexts.append(context))
        task = asyncio.create_task(fails(), name="one")
        await asyncio.sleep(0)
        self.assertEqual(describe_task(task).partition("\n")[0].rpartition("fails ")[2], "is done")
        del task
        gc.collect()
        self.assertEqual([context["message"] for context in contexts], ["Task exception was never retrieved"])

    async def test_one_of_aiounits_has_the_name_of_what_it_runs(self) -> None:
        names: dict[str, Any] = {"__name__": "aiounit.loops.driver"}
        exec("async def drive(coroutine): await coroutine", names)
        task = await self.suspend(names["drive"](waits(self.future)), "one")
        self.assertEqual(describe_task(task), f"Task 'one' of waits is waiting for <Future pending>\n{self.waits}")

    async def test_cancelled(self) -> None:
        task = await self.suspend(waits(self.future), "one")
        task.cancel()
        await asyncio.sleep(0)
        self.assertEqual(describe_task(task), "Task 'one' of waits was cancelled")


class DescribeTasksTests(SuspendedCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.waits = f'  File "{waits.__code__.co_filename}", line {line(waits, 1)}, in waits\n    await future'

    async def test_in_the_order_of_their_names(self) -> None:
        await self.suspend(waits(self.future), "task 10")
        await self.suspend(waits(self.start(sleeps(), "task 11")), "task 9")
        lines = describe_tasks(self.loop).splitlines()
        heads = [each for each in lines if each.startswith("Task 'task")]
        self.assertEqual(
            heads,
            [
                "Task 'task 9' of waits is waiting for task 'task 11'",
                "Task 'task 10' of waits is waiting for <Future pending>",
                "Task 'task 11' of sleeps is waiting for asyncio.sleep(3600)",
            ],
        )

    async def test_the_first(self) -> None:
        await self.suspend(waits(self.future), "task 1")
        first = await self.suspend(sleeps(), "task 2")
        lines = describe_tasks(self.loop, first).splitlines()
        self.assertEqual(
            [each for each in lines if each.startswith("Task 'task")],
            [
                "Task 'task 2' of sleeps is waiting for asyncio.sleep(3600)",
                "Task 'task 1' of waits is waiting for <Future pending>",
            ],
        )

    async def test_those_that_do_the_same(self) -> None:
        for number in range(9):
            await self.suspend(waits(self.future), f"task {number}")
        text = describe_tasks(self.loop)
        self.assertIn(
            f"Task 'task 0' of waits is waiting for <Future pending>\n{self.waits}\n"
            f"  8 more tasks like this one: 'task 1', 'task 2', 'task 3', 'task 4', 'task 5', ...",
            text,
        )
        self.assertEqual(text.count("of waits"), 1)

    async def test_many_that_wait_for_different_things_at_the_same_line(self) -> None:
        last: asyncio.Future[None] = self.future
        for number in range(30):
            last = await self.suspend(waits(last), f"task {number}")
        text = describe_tasks(self.loop)
        self.assertEqual(text.count("of waits"), 10)
        self.assertIn("\n  20 more tasks like this one: 'task 10', 'task 11', ", text)

    async def test_many_at_different_lines(self) -> None:
        for number in range(60):
            names: dict[str, Any] = {}
            exec(f"async def wait{number}(future): await future", names)
            await self.suspend(names[f"wait{number}"](self.future), f"task {number}")
        own = asyncio.current_task()
        assert own is not None
        own.set_name("the test, by its long name after all others")
        text = describe_tasks(self.loop)
        self.assertEqual(text.count("Task 'task "), 50)
        self.assertTrue(text.endswith("\n11 more tasks at 11 other source lines"), text[-200:])

    async def test_a_long_name(self) -> None:
        await self.suspend(waits(self.future), "x" * 1_000_000)
        text = describe_tasks(self.loop)
        self.assertIn(f"Task '{'x' * 200}...' of waits is waiting for <Future pending>", text)
        self.assertLess(len(text), 1_000)

    async def test_a_generator_that_is_driven_as_a_coroutine(self) -> None:
        async def through() -> None:
            await yields_from(self.future)

        for number in range(2):
            await self.suspend(through(), f"task {number}")
        self.assertIn("\n  1 more task like this one: 'task 1'", describe_tasks(self.loop))

    async def test_deep_chains_that_are_alike(self) -> None:
        async def chain(length: int) -> None:
            await (chain(length - 1) if length else self.future)

        for number in range(2):
            await self.suspend(chain(100), f"task {number}")
        self.assertIn("\n  1 more task like this one: 'task 1'", describe_tasks(self.loop))

    async def test_a_task_of_ours_that_waits_to_be_ended_is_left_out(self) -> None:
        names: dict[str, Any] = {"__name__": "aiounit.elsewhere"}
        exec("async def live(future): await future", names)
        await self.suspend(names["live"](self.future), "resource")
        described = [line for line in describe_tasks(self.loop).splitlines() if line.startswith("Task ")]
        self.assertEqual(len(described), 1)  # the test's own

    async def test_those_that_do_the_same_with_other_things(self) -> None:
        async def takes(queue: asyncio.Queue[None]) -> None:
            await queue.get()

        for number in range(3):
            await self.suspend(takes(asyncio.Queue()), f"task {number}")
        lines = describe_tasks(self.loop).splitlines()
        self.assertIn("  2 more tasks like this one: 'task 1', 'task 2'", lines)
        self.assertEqual(len([each for each in lines if "Queue.get() of <Queue at 0x" in each]), 1)

    async def test_the_one_that_runs(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.set_name("one")
        self.assertTrue(describe_tasks(self.loop, task, sys._getframe()).startswith("Task 'one' of "))
        self.assertIn(" is running\n", describe_tasks(self.loop, None, sys._getframe()))


class ClosedLoopTests(unittest.TestCase):
    def test_a_closed_loop_without_tasks(self) -> None:
        loop = asyncio.new_event_loop()
        loop.close()
        self.assertEqual(describe_tasks(loop), "")

    def test_tasks_that_can_not_be_listed(self) -> None:
        with mock.patch.object(
            _real.asyncio, "all_tasks", side_effect=RuntimeError("Set changed size during iteration")
        ):
            self.assertEqual(describe_tasks(mock.sentinel.loop), "")


class ElsewhereTests(unittest.TestCase):
    """It can be called where nothing is expected to be called."""

    async def spin(self, go_on: Callable[[], bool]) -> None:
        while go_on():
            pass

    def expected(self) -> str:
        return "\n".join(
            [
                "Task 'one' of ElsewhereTests.spin is running",
                f'  File "{__file__}", line {line(self.spin, 1)}, in ElsewhereTests.spin',
                "    while go_on():",
            ]
        )

    def test_from_another_thread(self) -> None:
        entered, leave = threading.Event(), threading.Event()
        loops: list[asyncio.AbstractEventLoop] = []

        def spin() -> bool:
            entered.set()
            return not leave.wait(0)

        async def run() -> None:
            loops.append(asyncio.get_running_loop())
            await asyncio.create_task(self.spin(spin), name="one")

        thread = threading.Thread(target=asyncio.run, args=(run(),))
        thread.start()
        try:
            entered.wait()
            assert thread.ident is not None
            text = describe_tasks(loops[0], None, sys._current_frames()[thread.ident])
        finally:
            leave.set()
            thread.join()
        # The line that the thread is in changes while it is looked at.
        self.assertIn("Task 'one' of ElsewhereTests.spin is running\n", text)
        self.assertIn("run is waiting for task 'one'\n", text)

    @unittest.skipUnless(hasattr(signal, "SIGUSR1"), "Windows has no such signals")
    def test_from_a_signal_handler(self) -> None:
        texts: list[str] = []

        def handle(_number: int, frame: types.FrameType | None) -> None:
            assert frame is not None
            texts.append(describe_tasks(asyncio.get_running_loop(), asyncio.current_task(), frame.f_back))

        def stop() -> bool:
            signal.raise_signal(signal.SIGUSR1)
            return False

        async def run() -> None:
            await asyncio.create_task(self.spin(stop), name="one")

        before = signal.signal(signal.SIGUSR1, handle)
        self.addCleanup(signal.signal, signal.SIGUSR1, before)
        asyncio.run(run())
        self.assertTrue(texts[0].startswith(self.expected()), texts[0])


class CrowdTests(unittest.TestCase):
    """Threads that are alike, and those that are not."""

    def test_those_that_do_the_same(self) -> None:
        frame = sys._getframe()
        stacks = dict.fromkeys(range(1, 9), frame)
        threads = [mock.Mock(ident=ident, daemon=True) for ident in (1, 2, 3)]
        for thread in threads:
            thread.name = f"worker {thread.ident}"
        with (
            mock.patch.object(_stdlib.frames, "current_frames", return_value=stacks),
            mock.patch.object(_real.threading, "enumerate", return_value=threads),
        ):
            text = describe_threads()
        first, *_, last = text.splitlines()
        self.assertEqual(first, "Daemon thread 'worker 1' (1) is at")
        self.assertEqual(last, "  7 more threads like this one: 'worker 2', 'worker 3', '?', '?', '?', ...")

    def test_very_many_at_different_lines(self) -> None:
        frames = {}
        for number in range(60):
            names: dict[str, Any] = {"sys": sys}
            exec("\n" * number + "def frame(): return sys._getframe()", names)
            frames[number + 1] = names["frame"]()
        with (
            mock.patch.object(_stdlib.frames, "current_frames", return_value=frames),
            mock.patch.object(_real.threading, "enumerate", return_value=[]),
        ):
            text = describe_threads()
        self.assertTrue(text.endswith("\n10 more threads at 10 other source lines"), text[-200:])

    def test_one_of_aiounit_s_own_is_left_out(self) -> None:
        entered, leave = threading.Event(), threading.Event()
        names: dict[str, Any] = {"__name__": "aiounit.elsewhere", "entered": entered, "leave": leave}
        exec("def look():\n    entered.set()\n    leave.wait()", names)
        before = set(sys._current_frames())
        _thread.start_new_thread(names["look"], ())
        entered.wait()
        try:
            self.assertEqual(describe_threads(but=before), "")
        finally:
            leave.set()


class DescribeThreadsTests(unittest.TestCase):
    """What the threads are doing; those that are there anyway are left out."""

    def setUp(self) -> None:
        self.before = set(sys._current_frames())
        self.reader, self.writer = os.pipe()

    def tearDown(self) -> None:
        os.close(self.reader)
        os.close(self.writer)

    def read(self) -> None:
        self.entered.set()
        os.read(self.reader, 1)

    def described_threads(self) -> str:
        """Describe the threads; those of aiounit may have begun meanwhile."""
        return describe_threads(but=self.before | own_threads.idents())

    def described(self, *, daemon: bool) -> tuple[str, int]:
        """Return the description of a thread that reads from a pipe, and its identifier."""
        self.entered = threading.Event()
        thread = threading.Thread(target=self.read, name="reader", daemon=daemon)
        thread.start()
        try:
            self.entered.wait()
            assert thread.ident is not None
            text = self.stable(thread.ident)
        finally:
            os.write(self.writer, b".")
            thread.join()
        return text, thread.ident

    def stable(self, ident: int) -> str:
        """Describe the threads when the one has come to the line where it blocks."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            frame = sys._current_frames()[ident]
            if frame.f_code is self.read.__code__ and frame.f_lineno == line(self.read, 2):
                break
        return self.described_threads()

    def test_one_that_runs_the_users_code(self) -> None:
        text, ident = self.described(daemon=False)
        self.assertEqual(
            text,
            f"Thread 'reader' ({ident}) is at\n"
            f'  File "{__file__}", line {line(self.read, 2)}, in DescribeThreadsTests.read\n'
            f"    os.read(self.reader, 1)",
        )

    def test_a_daemon(self) -> None:
        text, ident = self.described(daemon=True)
        self.assertEqual(text.partition("\n")[0], f"Daemon thread 'reader' ({ident}) is at")

    def test_the_calling_one_is_left_out(self) -> None:
        self.assertEqual(describe_threads(but=self.before - {threading.get_ident()}), "")

    def test_one_that_runs_nothing_of_the_users(self) -> None:
        thread = threading.Thread(target=os.read, args=(self.reader, 1), name="reader")
        thread.start()
        try:
            text = self.described_threads()
        finally:
            os.write(self.writer, b".")
            thread.join()
        self.assertRegex(
            text, rf"^Thread 'reader' \({thread.ident}\) is at \S*threading\.py, line \d+, in Thread\.run: "
        )

    def test_an_idle_one_of_an_executor(self) -> None:
        with ThreadPoolExecutor(1, "pool") as executor:
            future: Future[int] = executor.submit(threading.get_ident)
            ident = future.result()
            deadline = time.monotonic() + 60
            text = ""
            while time.monotonic() < deadline and not text.endswith("idle"):
                text = self.described_threads()
        self.assertEqual(text, f"Thread 'pool_0' ({ident}) is idle")

    def test_one_of_an_executor_that_is_not_in_python(self) -> None:
        with ThreadPoolExecutor(1, "pool") as executor:
            executor.submit(os.read, self.reader, 1)
            deadline = time.monotonic() + 60
            text = ""
            while time.monotonic() < deadline and not text.endswith("Python's"):
                text = self.described_threads()
            os.write(self.writer, b".")
        self.assertRegex(text, r"^Thread 'pool_0' \(\d+\) is in code that is not Python's$")

    def test_one_that_threading_does_not_know(self) -> None:
        stack = {1: sys._getframe()}
        with (
            mock.patch.object(_stdlib.frames, "current_frames", return_value=stack),
            mock.patch.object(_real.threading, "enumerate", return_value=[]),
        ):
            text = describe_threads()
        self.assertEqual(text.partition("\n")[0], "Thread (1) is at")
