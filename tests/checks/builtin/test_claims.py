"""Claiming an error of the loop, before and after."""

import asyncio
import logging
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, CheckUsageError
from tests.checks.support import QuietTestCase, case_of, errors_in, first_lines
from tests.support import run


def report(error: BaseException) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "failed", "exception": error})


class ClaimTests(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))

    def test_what_was_expected_is_no_finding_however_often_it_comes(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            case.expectLoopError((KeyError, ValueError), "^n")
            report(ValueError("no"))
            report(KeyError("never mind"))
            report(ValueError("not again"))

        self.assertEqual(first_lines(case_of(body)), ["errors: failed: KeyError('never mind')"])

    def test_what_was_expected_and_does_not_come(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            case.expectLoopError((KeyError, ValueError))
            case.expectLoopError(OSError, "refused")

        [first, second] = errors_in(run(case_of(body)))
        line, name = body.__code__.co_firstlineno, body.__qualname__
        self.assertEqual(
            str(first),
            "errors: KeyError or ValueError was expected to reach the event loop, and did not\n"
            "expected here, most recent call last:\n"
            f"  tests/checks/builtin/test_claims.py, line {line + 1}, in {name}: "
            "case.expectLoopError((KeyError, ValueError))\n"
            "Let the test run until it has, or take expectLoopError() away",
        )
        self.assertRegex(str(second), "^errors: OSError with a message like 'refused' was expected")

    def test_arguments_that_are_no_claim_are_refused_at_once(self) -> None:
        cases: list[tuple[tuple[Any, ...], str]] = [
            (("no stock",), "expected of .* must be a class of exceptions"),
            ((ValueError("no"),), "expected of .* must be a class of exceptions"),
            (("no stock", ValueError), "takes the class of the error first.*: swap them"),
            ((ValueError, 5), "regex of .* must be a regular expression, not 5"),
        ]

        async def body(case: AsyncTestCase) -> None:
            for arguments, message in cases:
                for claim in (case.expectLoopError, case.claimLoopError):
                    with case.assertRaisesRegex(TypeError, message):
                        claim(*arguments)

        self.assertEqual(first_lines(case_of(body)), [])

    def test_a_test_that_ends_before_need_not_see_it(self) -> None:
        async def skip(case: AsyncTestCase) -> None:
            case.expectLoopError(ValueError)
            case.skipTest("not today")

        async def fail(case: AsyncTestCase) -> None:
            case.expectLoopError(ValueError)
            case.fail("no")

        self.assertEqual([run(case_of(skip)).raised, len(run(case_of(fail)).raised)], [[], 1])

    def test_one_that_has_come_is_taken(self) -> None:
        taken = []

        async def body(case: AsyncTestCase) -> None:
            report(ValueError("first"))
            report(ValueError("second"))
            taken.append(case.claimLoopError(ValueError, "second"))

        self.assertEqual(first_lines(case_of(body)), ["errors: failed: ValueError('first')"])
        self.assertEqual(repr(taken), "[ValueError('second')]")

    def test_one_that_has_not_come(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.assertRaises(AssertionError) as raised:
                case.claimLoopError(ValueError)
            seen.append(str(raised.exception))
            report(OSError("no"))
            with case.assertRaises(AssertionError) as raised:
                case.claimLoopError(ValueError)
            seen.append(str(raised.exception))
            case.claimLoopError(OSError)

        seen: list[str] = []
        self.assertEqual(first_lines(case_of(body)), [])
        self.assertEqual(
            seen,
            [
                "ValueError has not reached the event loop; nothing has",
                "ValueError has not reached the event loop; what has: OSError('no')",
            ],
        )

    def test_where_nobody_looks(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            for claim in (case.expectLoopError, case.claimLoopError):
                with case.assertRaises(CheckUsageError) as raised:
                    claim(ValueError)
                seen.append(str(raised.exception))

        seen: list[Any] = []
        run(case_of(body, checks={"errors": "off"}))
        text = "no error of the loop can be claimed: the check 'errors' is off, or no test is running"
        self.assertEqual(seen, [text, text])

    def test_where_no_test_runs(self) -> None:
        with self.assertRaises(CheckUsageError):
            AsyncTestCase("run").expectLoopError(ValueError)
