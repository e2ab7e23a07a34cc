"""The sweep over the names that tests patch runs in a process of its own: stdlib's class leaves broken loops behind."""

import subprocess
import sys
import unittest

from tests.documents import ROOT

# Seconds: it takes about 30 of processor time, and machines are busy.
LIMIT = 800


class SweepTests(unittest.TestCase):
    def test_whatever_a_test_patches_it_sees_what_it_sees_on_unittests_class(self) -> None:
        finished = subprocess.run(
            [sys.executable, "-m", "unittest", "tests.invisible.sweep"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        self.assertRegex(finished.stderr, r"(?s)Ran 3 tests in .*\n\nOK\n", finished.stderr[-5000:])
