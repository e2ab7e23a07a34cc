"""The check of a blocked loop: what is found, and whose it is."""

import asyncio
import time
from typing import Any

from aiounit import AsyncTestCase, DeclarationError
from tests.checks.support import QuietTestCase, case_of, errors_in, findings, kinds
from tests.resources.support import run_suite

FAIL = {"blocking": "fail"}


class FoundTests(QuietTestCase):
    def test_the_whole_message(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            time.sleep(0.15)

        [error] = findings(case_of(body, checks=FAIL, blocking_threshold=0.06))
        first, *others = str(error).splitlines()
        line = body.__code__.co_firstlineno + 1
        name = body.__qualname__
        self.assertRegex(first, rf"^blocking: the event loop did not turn for \d+ ms, because of {name}\(\)$")
        self.assertEqual(
            others,
            [
                "it was here, most recent call last:",
                f"  tests/checks/test_blocking.py, line {line}, in {name}: time.sleep(0.15)",
                "Await something in its place, or give it to asyncio.to_thread()",
            ],
        )

    def test_each_class_has_its_threshold(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            time.sleep(0.15)

        self.assertEqual(findings(case_of(body, checks=FAIL, blocking_threshold=10)), [])

    def test_a_loop_that_waits_is_not_blocked(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            await asyncio.sleep(0.15)

        self.assertEqual(findings(case_of(body, checks=FAIL, blocking_threshold=0.06)), [])

    def test_synchronous_code_blocks_nobody(self) -> None:
        def body(case: AsyncTestCase) -> None:
            time.sleep(0.15)

        self.assertEqual(findings(case_of(body, checks=FAIL, blocking_threshold=0.06)), [])

    def test_on_the_shared_loop_it_is_the_test_that_runs(self) -> None:
        class Case(AsyncTestCase):
            checks = FAIL
            blocking_threshold = 0.06
            shared_loop = True

            async def test_1(self) -> None:
                time.sleep(0.15)

            async def test_2(self) -> None:
                """Pass."""

        result = run_suite(Case)
        self.assertEqual(
            kinds(result.log),
            [
                "start test_1",
                "addError CheckError",
                "start test_2",
                "addSuccess",
            ],
        )
        self.assertEqual([error.check for error in errors_in(result)], ["blocking"])


class ThresholdTests(QuietTestCase):
    def test_what_is_no_number_of_seconds(self) -> None:
        for threshold in (0, -1.0, "1", True):
            with (
                self.subTest(threshold=threshold),
                self.assertRaisesRegex(
                    DeclarationError,
                    f"blocking_threshold must be a number of seconds above zero, and is {threshold!r}$",
                ),
            ):
                type("Case", (AsyncTestCase,), {"blocking_threshold": threshold})

    def test_whole_seconds(self) -> None:
        names: dict[str, Any] = {"blocking_threshold": 1}
        type("Case", (AsyncTestCase,), names)
