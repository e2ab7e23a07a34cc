"""Functions of the standard library are replaced while tests run, and are its own again afterwards."""

import subprocess
import sys
import threading
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from aiounit import _stdlib
from aiounit.checks import interception
from aiounit.runs.run import current_run
from tests.checks.support import QuietTestCase, case_of, session
from tests.support import run

PROGRAM = """
import _thread, asyncio, sys, threading, unittest, warnings

def functions():
    return [
        threading.Thread.start, threading.Thread._set_ident, threading.excepthook,
        _thread.start_new_thread, _thread.start_new, sys.unraisablehook,
        asyncio.BaseEventLoop.call_exception_handler, warnings._warn_unawaited_coroutine,
    ]

before = functions()
import aiounit
imported = functions() == before

class Case(aiounit.AsyncTestCase):
    async def test(self):
        self.assertFalse(any(now is then for now, then in zip(functions(), before)))

program = unittest.main(argv=["x", *sys.argv[1:]], exit=False)
print(program.result.testsRun, program.result.wasSuccessful(), imported, functions() == before)
"""


class RunTests(unittest.TestCase):
    def test_after_a_run_all_functions_are_the_standard_library_s_own(self) -> None:
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parents[2],
            timeout=60,
        )
        self.assertEqual(ended.stdout, "1 True True True\n", ended.stderr)


async def passes(_case: Any) -> None:
    """Do nothing."""


class CountTests(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(interception, "users", set()))
        start = interception.replacements[0]
        self.addCleanup(start.put_in)

    def is_in(self) -> bool:
        return bool(threading.Thread.start is interception.replacements[0].own)

    def test_they_stay_between_tests_and_go_with_the_run(self) -> None:
        run(case_of(passes))
        before = self.is_in()
        current_run().close()
        self.assertEqual((before, self.is_in()), (True, False))
        run(case_of(passes))
        self.assertTrue(self.is_in())

    def test_not_while_a_test_runs_in_another_thread(self) -> None:
        run(case_of(passes))
        interception.users.add(session())
        interception.take_out()
        self.assertTrue(self.is_in())

    def test_those_of_uvloop_go_too(self) -> None:
        one = mock.Mock()
        with mock.patch.object(_stdlib.threads, "of_uvloop", [one]):
            interception.take_out()
        one.take_out.assert_called_once_with()
