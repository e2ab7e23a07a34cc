"""The check of jobs in threads."""

import asyncio
import concurrent.futures
import functools
import threading
from typing import Any

from aiounit.checks.executor import Executor
from tests.checks.support import QuietTestCase, case_of, findings, first_lines


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
        self.assertIn(f"  tests/checks/test_executor.py, line {line}, in wait: event.wait(0.2)", lines)
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


class InnocentTests(QuietTestCase):
    def test_a_job_that_fails(self) -> None:
        async def body(case: Any) -> None:
            with case.assertRaises(ZeroDivisionError):
                await asyncio.to_thread(lambda: 1 // 0)

        self.assertEqual(findings(case_of(body)), [])

    def test_a_job_for_another_process_is_sent_as_it_is(self) -> None:
        class Other(concurrent.futures.Executor):
            pass

        self.assertIs(Executor().note(Other(), print), print)

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
