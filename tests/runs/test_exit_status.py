"""A process that fails after its runner has reported: by its exit status, and nothing else of it changes."""

import contextlib
import io
import sys
import unittest
from unittest import mock

from aiounit.runs import exit_status
from tests.documents import run_python

FAIL = """
import atexit, sys
from aiounit.runs import exit_status
atexit.register(exit_status.fail, "it is late")
"""


class StatusTests(unittest.TestCase):
    def test_of_a_process_that_would_end_well(self) -> None:
        for end in ("", "sys.exit(0)", "sys.exit(1)"):
            with self.subTest(end=end):
                self.assertEqual(run_python("-W", "error", "-c", FAIL + end).returncode, 120)

    def test_nothing_but_the_reason_is_printed(self) -> None:
        finished = run_python("-c", FAIL + "print('output'); print('errors', file=sys.stderr)")
        self.assertEqual(finished.stdout, "output\n")
        self.assertEqual(finished.stderr, "errors\naiounit: it is late, so the exit status is 120\n")

    def test_functions_that_run_later_do_their_work(self) -> None:
        code = "import atexit; atexit.register(lambda: print('later', file=sys.stderr, flush=True))"
        finished = run_python("-c", f"{code}{FAIL}")
        self.assertEqual(finished.stderr, "aiounit: it is late, so the exit status is 120\nlater\n")

    def test_without_standard_error(self) -> None:
        finished = run_python("-c", FAIL + "sys.stderr = None")
        self.assertEqual((finished.returncode, finished.stderr), (120, ""))


class StreamTests(unittest.TestCase):
    def setUp(self) -> None:
        self.stream = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n")
        self.enterContext(contextlib.redirect_stderr(self.stream))
        exit_status.fail("it is late")

    def test_it_is_written_to_and_flushed_as_before(self) -> None:
        print("text", file=sys.stderr, flush=True)
        written = b"aiounit: it is late, so the exit status is 120\ntext\n"
        self.assertEqual(self.stream.buffer.getvalue(), written)

    def test_it_has_the_attributes_that_it_had(self) -> None:
        self.assertEqual(sys.stderr.encoding, "utf-8")


class WorkerTests(unittest.TestCase):
    def test_this_process_is_none(self) -> None:
        self.assertFalse(exit_status.is_worker())

    def test_a_process_that_multiprocessing_has_started(self) -> None:
        code = "import multiprocessing\nfrom aiounit.runs import exit_status\nmultiprocessing.parent_process = int"
        finished = run_python("-c", f"{code}\nprint(exit_status.is_worker())")
        self.assertEqual(finished.stdout, "True\n")

    def test_whatever_takes_the_place_of_the_modules(self) -> None:
        with mock.patch("sys.modules"):
            self.assertFalse(exit_status.is_worker())
