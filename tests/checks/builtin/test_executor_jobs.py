"""The check of jobs in threads."""

import asyncio
import concurrent.futures
import contextlib
import contextvars
import functools
import gc
import threading
import unittest
import weakref
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, _stdlib
from aiounit.checks.api import current_context
from aiounit.checks.builtin import executor_jobs
from aiounit.checks.builtin.executor_jobs import Executor
from tests.checks.support import QuietTestCase, case_of, findings, first_lines
from tests.support import outcome


def wait(event: threading.Event) -> None:
    event.wait(0.2)


class FoundTests(QuietTestCase):
    def test_the_whole_message(self) -> None:
        async def body(case: Any) -> None:
            event = threading.Event()
            case.task = asyncio.create_task(asyncio.to_thread(wait, event))
            await asyncio.sleep(0.01)
            case.task.cancel()

        [error] = findings(case_of(body))
        lines = str(error).splitlines()
        self.assertEqual(lines[0], "executor: wait() was still running in a thread of the executor")
        line = wait.__code__.co_firstlineno + 1
        self.assertIn(f"  tests/checks/builtin/test_executor_jobs.py, line {line}, in wait: event.wait(0.2)", lines)
        self.assertEqual(
            lines[-1], "Await it, and have it end when the test does: to cancel what awaits it does not stop it"
        )

    def test_what_has_not_begun_is_still_to_be_run(self) -> None:
        event = threading.Event()
        executor = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(executor.shutdown)
        self.addCleanup(event.set)

        async def body(case: Any) -> None:
            loop = asyncio.get_running_loop()
            loop.run_in_executor(executor, event.wait, 5)
            loop.run_in_executor(executor, functools.partial(wait), event)
            loop.run_in_executor(executor, wait, event).cancel()

        self.assertEqual(
            [line.partition(": ")[2] for line in first_lines(case_of(body))],
            ["Event.wait() was still running in a thread of the executor", "wait() was still to be run"],
        )


class Thing:
    """Something that takes weak references."""


class LifetimeTests(QuietTestCase):
    """What a job was given and what came of it die with the last reference of the test's, as where no check looks."""

    def assert_dies(self, make: Callable[[list[weakref.ref[Any]]], Coroutine[Any, Any, object]]) -> None:
        references: list[weakref.ref[Any]] = []
        alive: list[object] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await make(references)

            async def asyncTearDown(self) -> None:
                await asyncio.to_thread(int)  # the thread lets go of one job when it takes the next
                gc.collect()
                alive.extend(reference() for reference in references)

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(alive, [None] * len(references))
        self.assertTrue(references)

    def test_a_result(self) -> None:
        async def body(references: list[weakref.ref[Any]]) -> None:
            references.append(weakref.ref(await asyncio.to_thread(Thing)))

        self.assert_dies(body)

    def test_an_argument(self) -> None:
        async def body(references: list[weakref.ref[Any]]) -> None:
            thing = Thing()
            references.append(weakref.ref(thing))
            await asyncio.get_running_loop().run_in_executor(None, id, thing)

        self.assert_dies(body)

    def test_what_a_job_has_put_into_its_context(self) -> None:
        variable: contextvars.ContextVar[Thing] = contextvars.ContextVar("variable")

        async def body(references: list[weakref.ref[Any]]) -> None:
            def job() -> None:
                variable.set(thing := Thing())
                references.append(weakref.ref(thing))

            await asyncio.to_thread(job)

        self.assert_dies(body)

    def test_the_frames_of_an_error(self) -> None:
        async def body(references: list[weakref.ref[Any]]) -> None:
            async def look_up(_thing: Thing) -> None:
                await asyncio.to_thread(int, "x")

            thing = Thing()
            references.append(weakref.ref(thing))
            with contextlib.suppress(ValueError):
                await look_up(thing)

        self.assert_dies(body)

    def test_what_a_failed_test_has_raised_when_it_is_over(self) -> None:
        references: list[weakref.ref[Any]] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                thing = Thing()
                references.append(weakref.ref(thing))
                await asyncio.to_thread(int, "x")

        case = Case("test")
        case.run(unittest.TestResult())
        gc.collect()
        self.assertIsNone(references[0]())

    def test_a_loop_may_return_what_takes_no_weak_references(self) -> None:
        class Waiting:
            __slots__ = ("future",)

            def __init__(self, future: Any) -> None:
                self.future = future

            def __await__(self) -> Any:
                return self.future.__await__()

        class Loop(asyncio.SelectorEventLoop):
            def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
                return Waiting(super().run_in_executor(executor, func, *args))

        async def body(case: Any) -> None:
            case.assertEqual(await asyncio.get_running_loop().run_in_executor(None, int), 0)

        self.assertEqual(findings(case_of(body, loop_factory=Loop)), [])


class ManyTests(QuietTestCase):
    def test_those_that_have_ended_are_forgotten(self) -> None:
        async def body(case: Any) -> None:
            for _ in range(20):
                await asyncio.to_thread(int)
            check: Any = current_context.get()
            case.assertLess(len(check.check("executor")._jobs._references), 10)

        with mock.patch.object(executor_jobs, "_MANY", 3):
            self.assertEqual(findings(case_of(body)), [])

    def test_the_threads_are_looked_at_once_for_all(self) -> None:
        end = threading.Event()
        looks: list[int] = []
        frames = _stdlib.frames.current_frames

        def look() -> dict[int, FrameType]:
            looks.append(threading.get_ident())
            return frames()

        async def body(case: Any) -> None:
            case.jobs = [asyncio.get_running_loop().run_in_executor(None, end.wait) for _ in range(5)]
            asyncio.get_running_loop().call_later(0.2, end.set)

        with mock.patch.object(_stdlib.frames, "current_frames", look):
            [error] = findings(case_of(body, checks={"threads": "off"}))
        self.assertIn("(5 times)", str(error))
        self.assertEqual(looks.count(threading.get_ident()), 1)


class InnocentTests(QuietTestCase):
    def test_a_job_that_fails(self) -> None:
        async def body(case: Any) -> None:
            with case.assertRaises(ZeroDivisionError):
                await asyncio.to_thread(lambda: 1 // 0)

        self.assertEqual(findings(case_of(body)), [])

    def test_a_job_for_another_process_is_sent_as_it_is(self) -> None:
        class Other(concurrent.futures.Executor):
            pass

        self.assertIs(Executor().on_job(Other(), print), print)

    def test_what_debug_mode_refuses_is_refused(self) -> None:
        async def job() -> None:
            """Never run."""

        async def body(case: Any) -> None:
            with case.assertRaises(TypeError):
                asyncio.get_running_loop().run_in_executor(None, job)

        self.assertEqual(findings(case_of(body, loop_debug=True)), [])

    def test_it_is_as_if_nobody_looked_where_the_check_is_off(self) -> None:
        async def body(case: Any) -> None:
            self.assertEqual(await asyncio.to_thread(len, "abc"), 3)

        self.assertEqual(findings(case_of(body, checks={"executor": "off"})), [])
