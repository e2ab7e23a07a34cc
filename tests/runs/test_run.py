"""Runs: one in each thread, and others inside tests."""

import contextlib
import io
import threading
import unittest

from aiounit import AsyncTestCase
from tests.resources.support import SuiteEvents, logged, run_suite
from tests.runs.test_shared_loop import case_of


class Untold(SuiteEvents):
    """A result that is not told of the end of the run."""


setattr(Untold, "stopTestRun", property())  # noqa: B010 (to type checkers it is a method)


class NestedTest(unittest.TestCase):
    """Runs inside tests, and beside them in threads."""

    def test_a_run_inside_a_test_has_resources_of_its_own(self) -> None:
        log: list[str] = []
        used = logged(log, scope="run")

        class Inner(AsyncTestCase):
            it = used

            async def test(self) -> None:
                log.append("inner")

        class Outer(AsyncTestCase):
            it = used
            module = logged(log, "module", scope="module")

            def test_1(self) -> None:
                run_suite(Inner)

            async def test_2(self) -> None:
                log.append(self.module)

        run_suite(Outer, log=log)
        self.assertEqual(
            log,
            [
                "start test_1",
                "open it",
                "open module",
                "open it",
                "inner",
                "close it",
                "addSuccess",
                "start test_2",
                "module",
                "addSuccess",
                "close module",
                "close it",
            ],
        )

    def test_what_an_inner_run_leaves_open_is_closed_and_its_errors_printed(self) -> None:
        log: list[str] = []
        inner = case_of(__name__, logged(log, scope="run", closes=ValueError("close")))

        class Outer(AsyncTestCase):
            def test_1(self) -> None:
                inner("test").run(unittest.TestResult())

            async def test_2(self) -> None:
                """Pass."""

        stream = io.StringIO()
        with contextlib.redirect_stderr(stream):
            run_suite(Outer, log=log)
        self.assertEqual(log, ["start test_1", "open it", "close it", "addSuccess", "start test_2", "addSuccess"])
        self.assertIn("aiounit: while closing the resources of the run:\n", stream.getvalue())
        self.assertIn("ValueError: close", stream.getvalue())

    def test_threads_share_nothing(self) -> None:
        log: list[str] = []
        kind = case_of(__name__, logged(log, scope="run"))
        threads = [threading.Thread(target=run_suite, args=(kind,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(log), ["close it"] * 3 + ["open it"] * 3)

    def test_what_another_thread_cleans_up_waits_for_the_end(self) -> None:
        log: list[str] = []
        result = SuiteEvents(log)
        kind = case_of(__name__, logged(log, scope="class"))
        kind("test").run(result)
        thread = threading.Thread(target=kind.doClassCleanups)
        thread.start()
        thread.join()
        log.append("cleaned up")
        result.stopTestRun()
        self.assertEqual(log, ["start test", "open it", "addSuccess", "cleaned up", "close it"])

    def test_a_runner_for_several_threads_closes_what_each_has_opened(self) -> None:
        log: list[str] = []
        result = SuiteEvents(log)
        kind = case_of(__name__, logged(log, scope="run"))
        for _ in range(2):
            thread = threading.Thread(target=kind("test").run, args=(result,))
            thread.start()
            thread.join()
        result.stopTestRun()
        self.assertEqual(log, ["start test", "open it", "addSuccess"] * 2 + ["close it", "close it"])

    def test_a_result_without_the_end_of_a_run_will_do(self) -> None:
        log: list[str] = []
        case_of(__name__, logged(log, scope="run"))("test").run(Untold(log))
        self.assertEqual(log, ["start test", "open it", "addSuccess"])
