"""What private hooks find as ``self._asyncioRunner``."""

import asyncio
import unittest
from typing import Any

from aiounit import AsyncTestCase, LoopError
from tests.support import outcome, run


class RunnerTest(unittest.TestCase):
    """The runner of a test, while it runs and afterwards."""

    def test_it_gives_the_loop_and_runs_coroutines(self) -> None:
        log: list[object] = []

        class Case(AsyncTestCase):
            def setUp(self) -> None:
                runner = self._asyncioRunner  # type: ignore[attr-defined]
                log.append(runner.get_loop() is asyncio.get_event_loop())
                log.append(runner.run(asyncio.sleep(0, "value")))

            async def test(self) -> None:
                """Pass."""

        self.assertEqual(outcome(Case), ["addSuccess"])
        self.assertEqual(log, [True, "value"])

    def runner_of_a_test_that_is_over(self) -> Any:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

        case: Any = Case("test")
        case.run(unittest.TestResult())
        return case._asyncioRunner

    def test_it_is_closed_when_the_test_is_over(self) -> None:
        runner = self.runner_of_a_test_that_is_over()
        with self.assertRaisesRegex(RuntimeError, "^Runner is closed$"):
            runner.get_loop()
        with self.assertRaisesRegex(RuntimeError, "^Runner is closed$"):
            runner.run(None)

    def test_closing_it_then_does_nothing(self) -> None:
        self.runner_of_a_test_that_is_over().close()

    def test_closing_it_earlier_is_an_error_of_the_test(self) -> None:
        class Case(AsyncTestCase):
            def setUp(self) -> None:
                self._tearDownAsyncioRunner()  # type: ignore[attr-defined]

            async def test(self) -> None:
                raise AssertionError("must not run")

        self.assertEqual([type(error) for error in run(Case).raised], [LoopError])
