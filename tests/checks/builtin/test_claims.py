"""Taking an error of the loop, in a block and afterwards."""

import asyncio
import gc
import logging
import threading
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, CheckUsageError
from tests.checks.support import QuietTestCase, case_of, first_lines
from tests.support import run


def report(error: BaseException) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "failed", "exception": error})


async def die(message: str) -> None:
    raise ValueError(message)


def fail() -> None:
    raise ValueError("no")


class ClaimTests(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))

    def test_arguments_that_fit_no_error_are_refused_at_once(self) -> None:
        cases: list[tuple[object, object, str]] = [
            ("no stock", None, "kind of .* must be a class of exceptions"),
            (ValueError("no"), None, "kind of .* must be a class of exceptions"),
            (ValueError, 5, "match of .* must be a regular expression, not 5"),
        ]

        async def body(case: Any) -> None:
            for kind, match, message in cases:
                for claim in (case.assertLoopError, case.takeLoopError):
                    with case.assertRaisesRegex(TypeError, message):
                        claim(kind, match=match)

        self.assertEqual(first_lines(case_of(body)), [])

    def test_one_that_has_come_is_taken(self) -> None:
        taken = []

        async def body(case: AsyncTestCase) -> None:
            report(ValueError("first"))
            report(ValueError("second"))
            taken.append(case.takeLoopError(ValueError, match="second"))

        self.assertEqual(first_lines(case_of(body)), ["errors: failed: ValueError('first')"])
        self.assertEqual(repr(taken), "[ValueError('second')]")

    def test_one_that_has_not_come(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.assertRaises(AssertionError) as raised:
                case.takeLoopError(ValueError)
            seen.append(str(raised.exception))
            report(OSError("no"))
            with case.assertRaises(AssertionError) as raised:
                case.takeLoopError(ValueError)
            seen.append(str(raised.exception))
            case.takeLoopError(OSError)

        seen: list[str] = []
        self.assertEqual(first_lines(case_of(body)), [])
        self.assertEqual(
            seen,
            [
                "ValueError has not reached the event loop; nothing has",
                "ValueError has not reached the event loop; these have: OSError('no')",
            ],
        )

    def test_without_the_check(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.assertRaises(CheckUsageError) as raised:
                case.takeLoopError(ValueError)
            seen.append(str(raised.exception))
            with case.assertLoopError(ValueError):
                report(ValueError("no"))

        seen: list[Any] = []
        self.assertEqual(run(case_of(body, checks={"errors": "off"})).raised, [])
        self.assertEqual(seen, ["no error of the loop can be taken: the check 'errors' is off, or no test is running"])

    def test_where_no_test_runs(self) -> None:
        with self.assertRaises(CheckUsageError):
            AsyncTestCase("run").takeLoopError(ValueError)


class BlockTests(QuietTestCase):
    """Errors that a block expects although they reach no exception handler."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))

    def test_the_error_of_a_task_that_is_still_referenced(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            async with case.assertLoopError(ValueError, match="tea", timeout=60) as claimed:
                tasks.append(asyncio.create_task(die("out of tea")))
            seen.append((str(claimed.exception), claimed.context["exception"] is claimed.exception))

        seen: list[Any] = []
        tasks: list[Any] = []
        self.assertEqual(first_lines(case_of(body)), [])
        self.assertEqual(seen, [("out of tea", True)])

    def test_the_error_of_a_thread(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.assertLoopError(ValueError, match="^no$"):
                thread = threading.Thread(target=fail)
                thread.start()
                thread.join()

        self.assertEqual(first_lines(case_of(body)), [])

    def test_one_from_before_the_block_does_not_count(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            report(ValueError("before"))
            with case.assertRaises(AssertionError), case.assertLoopError(ValueError):
                pass

        self.assertEqual(first_lines(case_of(body)), ["errors: failed: ValueError('before')"])

    def test_one_that_does_not_fit_is_a_finding(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            with case.assertRaises(AssertionError) as raised, case.assertLoopError(ValueError, match="tea"):
                report(ValueError("milk"))
            seen.append(str(raised.exception))

        seen: list[str] = []
        self.assertEqual(first_lines(case_of(body)), ["errors: failed: ValueError('milk')"])
        [message] = seen
        self.assertRegex(message, "^no ValueError with a message like 'tea' reached .*Others did: ValueError.'milk'.$")

    def test_a_test_that_looks_at_the_log_is_left_alone(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            tasks: list[asyncio.Task[None]] = []
            with case.assertLogs("asyncio"):
                with case.assertRaises(AssertionError), case.assertLoopError(ValueError):
                    tasks.append(asyncio.create_task(die("no")))
                    await asyncio.wait(tasks)
                tasks.clear()
                gc.collect()
            with case.assertRaises(AssertionError), case.assertLoopError(ValueError):
                case.enterContext(case.assertLogs("asyncio"))
                logging.getLogger("asyncio").error("no")

        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", False))
        self.assertEqual(first_lines(case_of(body)), [])


class RestOfTheTestTests(QuietTestCase):
    """A block that is entered for the rest of the test: it ends after the tear-down and later cleanups."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))

    async def enter(self, case: AsyncTestCase) -> None:
        await case.enter(case.assertLoopError(ValueError, timeout=0.01))

    def test_an_error_in_a_cleanup(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            await self.enter(case)
            case.addAsyncCleanup(clean_up)

        async def clean_up() -> None:
            report(ValueError("no"))

        self.assertEqual(first_lines(case_of(body)), [])

    def test_no_error(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            await self.enter(case)

        result = run(case_of(body))
        self.assertEqual(
            [str(error) for error in result.raised],
            ["no ValueError reached the exception handler of the loop within 0.01 seconds"],
        )

    def test_a_test_that_ends_before_need_not_see_it(self) -> None:
        async def skip(case: AsyncTestCase) -> None:
            await self.enter(case)
            case.skipTest("not today")

        async def fail(case: AsyncTestCase) -> None:
            await self.enter(case)
            case.fail("no")

        self.assertEqual(run(case_of(skip)).raised, [])
        self.assertEqual([str(error) for error in run(case_of(fail)).raised], ["no"])
