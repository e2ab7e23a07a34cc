"""The check of a blocked loop: what is found, and whose it is."""

import asyncio
import importlib
import os
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, DeclarationError
from aiounit.checks import Finding
from aiounit.checks.builtin.blocking import Blocking
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect import sites
from aiounit.loops.watches import Block
from tests.checks.support import QuietTestCase, case_of, errors_in, findings, kinds, session
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
        self.assertRegex(first, rf"^blocking: {name}\(\) blocked the event loop for \d+ ms$")
        self.assertEqual(
            others,
            [
                "it was here, most recent call last:",
                f"  tests/checks/builtin/test_blocking.py, line {line}, in {name}: time.sleep(0.15)",
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
                "addError FindingError",
                "start test_2",
                "addSuccess",
            ],
        )
        self.assertEqual([error.check for error in errors_in(result)], ["blocking"])


def site(*calls: tuple[str, int]) -> sites.Site:
    """Return a site of calls in some files, the innermost first."""
    return sites.Site(tuple((compile("", file, "exec"), line, Path(file).stem) for file, line in calls))


class WordsTests(unittest.TestCase):
    """What is said of blocks that were seen."""

    def found(self, *blocks: tuple[float, sites.Site]) -> list[Finding]:
        check = Blocking()
        for turn, (seconds, where) in enumerate(blocks):
            check.on_block(Block(turn, seconds, where))
        return list(check.end(session()))

    def test_a_timeout_says_itself_where_the_loop_was_blocked(self) -> None:
        check, subject = Blocking(), session()
        check.on_block(Block(1, 0.2, site(("test_x.py", 1))))
        subject.failure = TimeoutFailure("timed out")
        self.assertEqual(check.end(subject), [])

    def lines(self, *calls: tuple[str, int]) -> list[str]:
        [finding] = self.found((0.1, site(*calls)))
        return [f"{Path(place.file).stem} {place.line}" for place in finding.stack]

    def test_each_place_once_with_the_number_of_times_and_the_longest(self) -> None:
        one, other = site(("test_x.py", 1)), site(("test_x.py", 2))
        self.assertEqual(
            [finding.what for finding in self.found((0.1, one), (0.21, one), (0.3, other), (0.15, one))],
            [
                "<module>() blocked the event loop 3 times, for 210 ms at most",
                "<module>() blocked the event loop for 300 ms",
            ],
        )

    def test_a_place_that_is_not_known(self) -> None:
        [finding] = self.found((0.1, sites.Site()))
        self.assertEqual(finding.what, "code that is not Python's blocked the event loop for 100 ms")

    def test_of_a_long_chain_the_middle_is_left_out_but_no_line_of_the_users(self) -> None:
        library = [("/lib/site-packages/pool.py", line) for line in range(50)]
        self.assertEqual(self.lines(*library, ("test_x.py", 7)), ["test_x 7", "pool 3", "pool 2", "pool 1", "pool 0"])

    def test_a_recursion_is_one_line(self) -> None:
        self.assertEqual(self.lines(*[("test_x.py", 3)] * 50, ("test_x.py", 7)), ["test_x 7", "test_x 3"])

    def test_of_too_many_lines_of_the_users_the_ends_are_shown(self) -> None:
        calls = [("test_x.py", line) for line in range(50)]
        self.assertEqual(self.lines(*calls), [f"test_x {line}" for line in (*range(49, 41, -1), *range(7, -1, -1))])


class OwnWorkTests(QuietTestCase):
    def test_a_mock_of_a_large_class_and_an_import_are_no_findings(self) -> None:
        large = type("Large", (), {f"method_{number}": lambda _self: None for number in range(3000)})
        folder = self.enterContext(tempfile.TemporaryDirectory())
        name = f"slow_{os.getpid()}"
        Path(folder, f"{name}.py").write_text(SLOW)
        self.enterContext(mock.patch.object(sys, "path", [*sys.path, folder]))
        self.addCleanup(sys.modules.pop, name, None)

        async def body(case: AsyncTestCase) -> None:
            case.mock(large)
            importlib.import_module(name)

        self.assertEqual(findings(case_of(body, checks=FAIL, blocking_threshold=0.06)), [])


# The code of a module that runs for a while, far from the import.
SLOW = """
import time

def run(depth):
    if depth:
        return run(depth - 1)
    end = time.thread_time() + 0.15
    while time.thread_time() < end:
        pass

run(30)
"""


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
