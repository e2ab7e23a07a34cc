"""A timed-out test whose background task had died shows that death as the cause.

The time of a test is over when it says so, and not after a time, so that what has come before is certain.
"""

import asyncio
import logging
import threading
import time
import unittest
import weakref
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, FindingError, TimeoutFailure
from aiounit.checks.builtin import deaths, loop_errors
from aiounit.limits import watchdog
from tests.checks.support import QuietTestCase, case_of, iterate
from tests.support import Events, run

FILE = "tests/checks/builtin/test_deaths.py"


async def die(message: str = "no broker") -> None:
    raise ConnectionError(message)


LINE = die.__code__.co_firstlineno + 1
HERE = f"at {FILE}, line {LINE}, in die: raise ConnectionError(message)"


async def hang() -> None:
    """Let the time of the test be over, and wait for ever."""
    dog = watchdog.current()
    deadline: Any = dog._deadlines[-1]
    deadline.due = time.monotonic()
    dog.rearm(deadline)
    await asyncio.Event().wait()


class DeathTests(QuietTestCase):
    maxDiff = None

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))

    def time_out(self, body: Any, **names: Any) -> tuple[TimeoutFailure, list[str], Events]:
        """Run a test; return its failure, the lines that say what had come before, and all that is reported."""
        result = run(case_of(body, timeout=60, **names))
        [failure] = [error for error in result.raised if isinstance(error, TimeoutFailure)]
        headline, *parts = str(failure).split("\n\n")
        self.assertRegex(headline, r"\Athe test timed out after 60 s \(timeout of Case\) at ")
        told = parts[0].splitlines() if parts[0].startswith("Before that, ") else []
        self.assertEqual(parts[bool(told)].splitlines()[0], "What the tasks were doing:")
        return failure, told, result

    def check_alone(self, result: Events) -> None:
        """Check that the failure is all that is reported."""
        self.assertEqual([type(error) for error in result.raised], [TimeoutFailure])

    def check_one(self, body: Any) -> None:
        """Check the failure of a test whose one task has died."""
        failure, told, result = self.time_out(body)
        self.assertEqual(
            told, [f"Before that, task 'service' (die()) failed with ConnectionError('no broker'), {HERE}"]
        )
        self.assertEqual(repr(failure.__cause__), "ConnectionError('no broker')")
        self.assertIn("ConnectionError: no broker\n\nThe above exception was the direct cause", result.text())
        self.check_alone(result)

    def test_a_task_in_a_variable(self) -> None:
        async def body(case: Any) -> None:
            service = asyncio.create_task(die(), name="service")
            await iterate()
            await hang()
            service.cancel()

        self.check_one(body)

    def test_a_thread_is_told_of_with_the_line_that_has_raised(self) -> None:
        def fail() -> None:
            raise ConnectionError("no broker")

        async def body(case: Any) -> None:
            thread = threading.Thread(target=fail, name="service")
            thread.start()
            thread.join()
            await hang()

        line = fail.__code__.co_firstlineno + 1
        [told] = self.time_out(body, checks={"blocking": "off"})[1]
        self.assertIn(f"thread 'service' ended with ConnectionError('no broker'), at {FILE}, line {line}, in ", told)

    def test_a_task_in_an_attribute(self) -> None:
        async def body(case: Any) -> None:
            case.service = asyncio.create_task(die(), name="service")
            await iterate()
            await hang()

        self.check_one(body)

    def test_a_task_that_was_dropped(self) -> None:
        async def body(case: Any) -> None:
            asyncio.create_task(die(), name="service")
            await iterate()
            await hang()

        self.check_one(body)

    def test_two_of_them(self) -> None:
        async def body(case: Any) -> None:
            asyncio.create_task(die("first"), name="a")
            await iterate()
            case.second = asyncio.create_task(die("second"), name="b")
            await iterate()
            await hang()

        failure, told, result = self.time_out(body)
        self.assertEqual(
            told,
            [
                f"Before that, task 'a' (die()) failed with ConnectionError('first'), {HERE}",
                f"Before that, task 'b' (die()) failed with ConnectionError('second'), {HERE}",
            ],
        )
        group = failure.__cause__
        assert isinstance(group, ExceptionGroup)
        self.assertEqual([str(error) for error in group.exceptions], ["first", "second"])
        self.check_alone(result)

    def test_one_error_of_two_tasks(self) -> None:
        async def body(case: Any) -> None:
            error = ConnectionError("no broker")

            async def fail() -> None:
                raise error

            case.tasks = [asyncio.create_task(fail(), name=name) for name in "ab"]
            await iterate()
            await hang()

        failure, told, result = self.time_out(body)
        self.assertEqual(len(told), 1)
        self.assertEqual(repr(failure.__cause__), "ConnectionError('no broker')")
        self.check_alone(result)

    def test_none(self) -> None:
        async def body(case: Any) -> None:
            task = asyncio.create_task(die())
            await asyncio.wait([task])
            task.exception()
            await hang()

        failure, told, result = self.time_out(body)
        self.assertEqual((told, failure.__cause__), ([], None))
        self.check_alone(result)

    def test_one_that_dies_later_is_a_finding(self) -> None:
        async def body(case: Any) -> None:
            try:
                await hang()
            finally:
                case.service = asyncio.create_task(die(), name="service")

        failure, told, result = self.time_out(body)
        self.assertEqual((told, failure.__cause__), ([], None))
        self.assertEqual([type(error) for error in result.raised], [TimeoutFailure, FindingError])

    def test_a_test_that_looks_at_the_log(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.assertLogs("asyncio"):
                asyncio.create_task(die())
                await iterate()
                await hang()

        failure, told, _ = self.time_out(body)
        self.assertEqual((told, failure.__cause__), ([], None))

    def test_a_thread(self) -> None:
        async def body(case: Any) -> None:
            def fail() -> None:
                raise ConnectionError("no broker")

            thread = threading.Thread(target=fail, name="service")
            thread.start()
            thread.join()
            await hang()

        _, told, result = self.time_out(body)
        [line] = told
        self.assertRegex(
            line,
            rf"\ABefore that, thread 'service' ended with ConnectionError\('no broker'\), at {FILE}, line \d+, in ",
        )
        self.check_alone(result)

    def test_a_message_comes_from_no_line(self) -> None:
        async def body(case: Any) -> None:
            asyncio.get_running_loop().call_exception_handler({"message": "the pool is odd"})
            await hang()

        _, told, result = self.time_out(body)
        self.assertEqual(told, ["Before that, the pool is odd"])
        self.check_alone(result)

    def test_a_test_that_is_declared_to_fail(self) -> None:
        @unittest.expectedFailure
        async def body(case: Any) -> None:
            case.service = asyncio.create_task(die(), name="service")
            await iterate()
            await hang()

        self.check_one(body)

    def test_what_the_test_itself_was_handling_stays_in_sight(self) -> None:
        async def body(case: Any) -> None:
            case.service = asyncio.create_task(die(), name="service")
            await iterate()
            try:
                vars(case)["own"]
            except KeyError:
                await hang()

        failure, told, result = self.time_out(body)
        self.assertEqual(
            told, [f"Before that, task 'service' (die()) failed with ConnectionError('no broker'), {HERE}"]
        )
        self.assertEqual((failure.__cause__, repr(failure.__context__)), (None, "KeyError('own')"))
        self.check_alone(result)

    def test_a_test_whose_errors_are_not_looked_at(self) -> None:
        async def body(case: Any) -> None:
            case.service = asyncio.create_task(die(), name="service")
            await iterate()
            try:
                await hang()
            finally:
                case.service.exception()

        for checks in ({"errors": "off"}, {"all": "off"}):
            with self.subTest(checks=checks):
                _, told, result = self.time_out(body, checks=checks)
                self.assertEqual(told, [])
                self.check_alone(result)

    def test_nothing_is_kept(self) -> None:
        tasks: list[weakref.ref[asyncio.Task[None]]] = []

        async def body(case: Any) -> None:
            task = asyncio.create_task(die(), name="service")
            tasks.append(weakref.ref(task))
            del task
            await iterate()
            self.assertIsNone(tasks[0]())
            await hang()

        self.check_one(body)


class ExplainTests(unittest.TestCase):
    def test_nothing_has_come(self) -> None:
        failure = TimeoutFailure("timed out")
        deaths.explain(failure, [])
        loop_errors.Errors().on_timeout(failure)
        self.assertEqual((str(failure), failure.__cause__), ("timed out", None))
