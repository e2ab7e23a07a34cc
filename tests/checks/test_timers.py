"""The check of timers, which is off unless somebody turns it on."""

import asyncio
import functools
from typing import Any

from aiounit import AsyncTestCase
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

    def test_what_comes_in_a_moment_and_what_asyncio_itself_wants(self) -> None:
        async def body(case: Any) -> None:
            loop = asyncio.get_running_loop()
            loop.call_later(0.005, nothing)
            loop.call_later(100, loop.create_future().cancel)
            loop.call_later(100, asyncio.get_event_loop)

        self.assertEqual(self.found(body), [])

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
