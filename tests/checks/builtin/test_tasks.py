"""The check of tasks: what is pending is found, and what is about to end is given the time to."""

import asyncio
import gc
from collections.abc import Generator
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, _stdlib
from aiounit.introspect import awaits
from aiounit.loops import closing
from tests.checks.support import QuietTestCase, case_of, errors_in, findings, first_lines, iterate
from tests.resources.support import run_suite
from tests.support import run


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


class FoundTests(QuietTestCase):
    def test_the_whole_message(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            asyncio.create_task(asyncio.sleep(100), name="heartbeat")
            await iterate()

        [error] = findings(case_of(body))
        line = body.__code__.co_firstlineno + 1
        name = body.__qualname__
        lines = str(error).splitlines()
        self.assertEqual(
            lines[:4],
            [
                "tasks: task 'heartbeat' of sleep() was still pending when the test had ended",
                "made here, most recent call last:",
                f"  tests/checks/builtin/test_tasks.py, line {line}, in {name}: "
                'asyncio.create_task(asyncio.sleep(100), name="heartbeat")',
                "it waits for asyncio.sleep(100) here:",
            ],
        )
        self.assertRegex(lines[4], r"^  .*tasks.py, line \d+, in sleep: return await future$")
        self.assertEqual(
            lines[5:],
            [
                "Await it, or cancel it and then await it, or make it in an asyncio.TaskGroup that is left before "
                "the end"
            ],
        )

    def test_each_of_many_is_described_once(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            tasks.extend(asyncio.create_task(wait_for_ever()) for _ in range(50))
            await iterate()

        tasks: list[asyncio.Task[None]] = []
        with mock.patch.object(awaits, "suspension_of", wraps=awaits.suspension_of) as descriptions:
            [error] = findings(case_of(body))
        self.assertIn("(50 times)", str(error))
        self.assertEqual(descriptions.call_count, 50)

    def test_one_that_has_not_begun(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            coroutine = wait_for_ever()
            asyncio.get_running_loop().call_soon(lambda: asyncio.create_task(coroutine, name="new"))

        self.assertEqual(
            first_lines(case_of(body)),
            ["tasks: task 'new' of wait_for_ever() was still pending when the test had ended"],
        )

    def test_those_of_an_awaitable_that_is_no_coroutine(self) -> None:
        class Waits:
            def __await__(self) -> Generator[Any, None, None]:
                return wait_for_ever().__await__()

        async def body(case: AsyncTestCase) -> None:
            asyncio.ensure_future(Waits())

        [line] = first_lines(case_of(body))
        self.assertRegex(line, r"^tasks: task 'Task-\d+' of \S+\(\) was still pending when the test had ended$")

    def test_in_the_order_of_their_names(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            for number in (10, 9, 2):
                asyncio.create_task(wait_for_ever(), name=f"t{number}")

        (finding,) = findings(case_of(body))  # made at one line, so they are one
        self.assertEqual(
            str(finding).splitlines()[:2],
            [
                "tasks: task 't2' of wait_for_ever() was still pending when the test had ended (3 times)",
                "likewise 't9', 't10'",
            ],
        )

    def test_on_the_shared_loop_only_those_of_the_test(self) -> None:
        class Case(AsyncTestCase):
            shared_loop = True
            task: asyncio.Task[None]

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.task = asyncio.create_task(wait_for_ever(), name="of the class")

            @classmethod
            async def asyncTearDownClass(cls) -> None:
                cls.task.cancel()
                await asyncio.wait([cls.task])

            async def test(self) -> None:
                asyncio.create_task(wait_for_ever(), name="of the test")

        gc.disable()  # what nobody holds may be gone before anybody looks
        self.addCleanup(gc.enable)
        lines = [str(error).partition("\n")[0] for error in errors_in(run_suite(Case))]
        self.assertEqual(
            lines, ["tasks: task 'of the test' of wait_for_ever() was still pending when the test had ended"]
        )

    def test_what_was_given_up_is_reported_already(self) -> None:
        given_up: list[asyncio.Task[None]] = []

        async def body(case: AsyncTestCase) -> None:
            given_up.append(asyncio.create_task(wait_for_ever()))
            _stdlib.tasks.silence(given_up[0])

        with mock.patch.object(closing, "_abandoned", given_up):
            self.assertEqual(findings(case_of(body)), [])

    def test_a_failed_test_shows_both(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            asyncio.create_task(wait_for_ever(), name="left")
            case.fail("no")

        log = run(case_of(body)).log
        self.assertEqual((log[1][:11], log[2][:21], len(log)), ("addFailure ", "addError FindingError", 4))
