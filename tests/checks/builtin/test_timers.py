"""The check of timers, which is off unless somebody turns it on."""

import asyncio
import functools
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.checks.builtin import timers
from tests.checks.support import QuietTestCase, case_of, findings
from tests.resources.support import run_suite


def nothing() -> None:
    """Do nothing."""


class Callable:
    def __call__(self) -> None:
        """Do nothing."""


class TimerTests(QuietTestCase):
    def found(self, body: Any, level: str = "fail") -> list[str]:
        return [str(error) for error in findings(case_of(body, checks={"timers": level}))]

    def test_the_whole_message(self) -> None:
        async def body(case: Any) -> None:
            asyncio.get_running_loop().call_later(100.4, functools.partial(nothing))

        self.assertEqual(
            self.found(body),
            [
                f"timers: nothing() ({__file__}, line {nothing.__code__.co_firstlineno}) was still to be called in "
                "100 s\n"
                "scheduled here, most recent call last:\n"
                f"  tests/checks/builtin/test_timers.py, line {body.__code__.co_firstlineno + 1}, "
                f"in {body.__qualname__}: "
                "asyncio.get_running_loop().call_later(100.4, functools.partial(nothing))\n"
                "Keep the handle that call_later() or call_at() returns, and cancel() it"
            ],
        )

    def test_off_by_default(self) -> None:
        async def body(case: Any) -> None:
            asyncio.get_running_loop().call_later(100, nothing)

        self.assertEqual(findings(case_of(body)), [])

    def test_an_object_that_can_be_called(self) -> None:
        async def body(case: Any) -> None:
            asyncio.get_running_loop().call_later(100, Callable())

        [text] = self.found(body)
        self.assertRegex(text, r"^timers: <.*Callable object at .*>\(\) was still to be called in \d+\.?\d* s\n")

    def test_one_of_a_builtin_function_comes_from_where_it_was_scheduled(self) -> None:
        async def body(case: Any) -> None:
            asyncio.get_running_loop().call_later(300, print)

        [text] = self.found(body)
        self.assertIn("asyncio.get_running_loop().call_later(300, print)", text)

    def test_those_that_are_gone_are_not_remembered(self) -> None:
        handles = [Callable() for _ in range(3)]  # at once, so that each has an identity of its own
        with mock.patch.object(timers, "_MANY", 2):
            check: Any = timers.Timers()
            check.on_timer(handles.pop())
            for handle in handles:
                check.on_timer(handle)
        self.assertEqual(set(check._made), set(map(id, handles)))

    def test_a_loop_that_does_not_tell(self) -> None:
        check: Any = timers.Timers()
        self.assertEqual(check._stack(object()), ())

    def test_what_comes_in_a_moment_and_what_asyncio_itself_wants(self) -> None:
        async def body(case: Any) -> None:
            loop = asyncio.get_running_loop()
            loop.call_later(0.005, nothing)
            task = asyncio.create_task(asyncio.wait_for(asyncio.sleep(100), 100))
            await asyncio.sleep(0.001)
            case.addCleanup(task.cancel)

        self.assertEqual(self.found(body), [])

    def test_a_method_of_asyncio_that_the_test_schedules(self) -> None:
        async def body(case: Any) -> None:
            case.event = asyncio.Event()
            asyncio.get_running_loop().call_later(100, case.event.set)

        [text] = self.found(body)
        self.assertRegex(text, "^timers: Event.set.* was still to be called in ")

    def test_on_the_shared_loop_each_test_has_its_own(self) -> None:
        class Case(AsyncTestCase):
            checks = {"timers": "fail"}
            shared_loop = True
            timer: asyncio.TimerHandle

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.timer = asyncio.get_running_loop().call_later(100, nothing)

            @classmethod
            async def asyncTearDownClass(cls) -> None:
                cls.timer.cancel()

            async def test(self) -> None:
                """Pass."""

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])

    def test_on_the_shared_loop_after_a_test_that_looks_for_them(self) -> None:
        class Off(AsyncTestCase):
            shared_loop = True

            async def test(self) -> None:
                asyncio.get_running_loop().call_later(100, nothing)

        class On(Off):
            checks = {"timers": "fail"}

            async def test(self) -> None:
                """Pass."""

        self.assertEqual(run_suite(On, Off).log, ["start test", "addSuccess"] * 2)

    def test_on_the_shared_loop_they_come_from_where_they_were_scheduled(self) -> None:
        class Case(AsyncTestCase):
            checks = {"timers": "fail"}
            shared_loop = True

            async def test(self) -> None:
                asyncio.get_running_loop().call_later(100, nothing)

        [error] = findings(Case)
        self.assertIn("scheduled here", str(error))
