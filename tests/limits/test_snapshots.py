"""What everything was doing is told once, with the line of the user's code."""

import asyncio
import threading
import unittest
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from aiounit import _stdlib
from aiounit.introspect import descriptions
from aiounit.introspect.places import Place
from aiounit.limits import snapshots
from aiounit.limits.own_threads import OwnThread
from aiounit.limits.snapshots import Report

LINES = Path(__file__).read_text(encoding="utf-8").splitlines()
# Long enough for a thread that has something to do at once.
PATIENCE = 5.0


def at(source: str, function: str) -> Place:
    """Return the place of a line of this file."""
    return Place(__file__, [line.strip() for line in LINES].index(source) + 1, function, __name__)


def shown(place: Place) -> str:
    """Return what a traceback shows of a place."""
    return f'  File "{place.file}", line {place.line}, in {place.function}\n    {place.source}'


def waits() -> Any:
    yield None  # here a generator waits


def waits_in(module: str) -> Any:
    """Return a generator of such a module that waits: its frame has no caller."""
    names: dict[str, Any] = {"__name__": module}
    exec("def function():\n    yield", names)
    generator = names["function"]()
    next(generator)
    return generator


async def stands(future: asyncio.Future[None]) -> None:
    await future  # here a task waits


GENERATOR = at("yield None  # here a generator waits", "waits")
TASK = at("await future  # here a task waits", "stands")
HERE = threading.get_ident()
NOWHERE = "in code that is not Python's"


class ReportTestCase(unittest.TestCase):
    def setUp(self) -> None:
        self.threads = self.enterContext(mock.patch.object(descriptions, "describe_threads", return_value=""))
        self.waiting = waits()
        next(self.waiting)


class LoopTests(ReportTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)
        future: asyncio.Future[None] = self.loop.create_future()
        self.task = self.loop.create_task(stands(future), name="waiter")
        self.loop.run_until_complete(asyncio.sleep(0))
        self.addCleanup(lambda: self.loop.run_until_complete(self.task))
        self.addCleanup(future.set_result, None)
        self.tasks = (
            f"What the tasks were doing:\nTask 'waiter' of stands is waiting for <Future pending>\n{shown(TASK)}"
        )

    def look(self, frame: FrameType | None) -> Report:
        return snapshots.of_loop(self.loop, self.task, frame, HERE)

    def test_where_the_task_was(self) -> None:
        self.assertEqual(self.look(None), Report(f"at {TASK}", self.tasks, TASK))

    def test_all_tasks_are_there_and_the_one_that_is_watched_is_the_first(self) -> None:
        other = self.loop.create_task(asyncio.sleep(0), name="a")
        self.assertEqual(
            self.look(None).details,
            f"{self.tasks}\n{descriptions.describe_task(other)}",
        )
        self.loop.run_until_complete(other)

    def test_what_the_loop_was_running(self) -> None:
        self.assertEqual(
            self.look(self.waiting.gi_frame),
            Report(f"at {TASK}", f"{self.tasks}\n\nThe loop was running:\n{shown(GENERATOR)}", TASK),
        )

    def test_a_loop_that_waits_or_runs_no_python_runs_nothing_of_the_user_s(self) -> None:
        for module in ("selectors", "asyncio.base_events", "aiounit.limits.escalation"):
            with self.subTest(module=module):
                generator = waits_in(module)
                self.assertEqual(self.look(generator.gi_frame).details, self.tasks)

    def test_no_task_stands_nowhere(self) -> None:
        self.assertEqual(snapshots.of_loop(self.loop, None, None, HERE), Report(NOWHERE, self.tasks))

    def test_other_threads(self) -> None:
        self.threads.return_value = "Thread 'other' is idle"
        self.assertEqual(self.look(None).details, f"{self.tasks}\n\nOther threads:\nThread 'other' is idle")


class ThreadTests(ReportTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.here = f"The code was here:\n{shown(GENERATOR)}"

    def test_where_the_code_was(self) -> None:
        self.assertEqual(
            snapshots.of_thread(self.waiting.gi_frame, HERE), Report(f"at {GENERATOR}", self.here, GENERATOR)
        )

    def test_where_there_is_no_code(self) -> None:
        self.assertEqual(snapshots.of_thread(None, HERE), Report(NOWHERE, ""))

    def test_where_what_we_have_called_is_not_python_s(self) -> None:
        generator = waits_in("aiounit.limits.escalation")
        self.assertEqual(snapshots.of_thread(generator.gi_frame, HERE), Report(NOWHERE, ""))

    def test_the_tasks_of_a_loop_of_its_own(self) -> None:
        async def main() -> None:
            task = asyncio.create_task(stands(asyncio.get_running_loop().create_future()), name="waiter")
            await asyncio.sleep(0)
            details = snapshots.of_thread(_stdlib.frames.frame(0), HERE).details
            task.cancel()
            self.assertIn(f"Task 'waiter' of stands is waiting for <Future pending>\n{shown(TASK)}", details)

        asyncio.run(main())

    def test_other_threads(self) -> None:
        self.threads.return_value = "Thread 'other' is idle"
        self.assertEqual(
            snapshots.of_thread(self.waiting.gi_frame, HERE).details,
            f"{self.here}\n\nOther threads:\nThread 'other' is idle",
        )


class WatchedThreadTests(unittest.TestCase):
    """The thread that is looked at is another than the one that looks."""

    def look(self, *, on_a_loop: bool) -> Report:
        """Look at a thread that blocks."""
        begun, going_on = threading.Event(), threading.Event()

        def block() -> None:
            begun.set()
            going_on.wait(PATIENCE)

        async def main() -> None:
            task = asyncio.create_task(asyncio.sleep(3600), name="in the background")
            await asyncio.sleep(0)
            block()
            task.cancel()

        thread = threading.Thread(target=lambda: asyncio.run(main()) if on_a_loop else block(), name="watched")
        thread.start()
        begun.wait(PATIENCE)
        try:
            assert thread.ident is not None
            return snapshots.of_thread(_stdlib.frames.current_frames()[thread.ident], thread.ident)
        finally:
            going_on.set()
            thread.join()

    def test_those_of_aiounit_are_no_others_either(self) -> None:
        begun = threading.Event()

        def body(own: OwnThread) -> None:
            begun.set()
            own.bell.wait()

        thread = OwnThread(body, lambda: True)
        thread.start()
        begun.wait(PATIENCE)
        details = snapshots.of_thread(None, HERE).details
        thread.end()
        self.assertNotIn(f"({thread.ident})", details)

    def test_it_is_no_other_thread(self) -> None:
        self.assertNotIn("'watched'", self.look(on_a_loop=False).details)

    def test_the_tasks_of_a_loop_of_its_own(self) -> None:
        self.assertIn("Task 'in the background' of sleep", self.look(on_a_loop=True).details)


class FramesTests(unittest.TestCase):
    def test_the_innermost_comes_first(self) -> None:
        def inner() -> list[FrameType]:
            return snapshots.frames_of_user(_stdlib.frames.frame(0))

        names = [frame.f_code.co_name for frame in inner()]
        self.assertEqual(names[:2], ["inner", "test_the_innermost_comes_first"])

    def test_they_end_where_ours_begin(self) -> None:
        names: dict[str, Any] = {"__name__": "aiounit.limits.escalation"}
        exec("def call(function):\n    return function()", names)

        def function() -> list[FrameType]:
            return snapshots.frames_of_user(_stdlib.frames.frame(0))

        self.assertEqual([frame.f_code.co_name for frame in names["call"](function)], ["function"])

    def test_those_of_asyncio_are_left_out(self) -> None:
        found: list[str] = []

        async def main() -> None:
            found.extend(frame.f_code.co_name for frame in snapshots.frames_of_user(_stdlib.frames.frame(0)))

        asyncio.run(main())
        self.assertEqual(found[:2], ["main", "test_those_of_asyncio_are_left_out"])

    def test_where_there_is_none(self) -> None:
        self.assertEqual(snapshots.frames_of_user(None), [])
