"""CPython's own tests of unittest.mock pass while every mock in them is recorded: they behave as before."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Final

from tests.thirdparty.test_cpython import PACKAGES, directories

ROOT: Final = Path(__file__).parent.parent.parent
PROGRAM: Final = Path(__file__).with_name("_recorded_mocks.py")

# How many tests and mocks there are at least: those of 3.11, which has the fewest, but for some.
TESTS: Final = 450
MOCKS: Final = 1500

# How long they may take, in seconds: many times what they do take.
LIMIT: Final = 300


def modules() -> list[str]:
    """Return the names of the modules of CPython's tests of mocks: of all packages that there are, the first."""
    for package in PACKAGES:
        for directory in directories(package):
            files = sorted((directory / "testmock").glob("test*.py"))
            if files:
                return [f"{package}.testmock.{file.stem}" for file in files]
    return []


class RecordedMocksTest(unittest.TestCase):
    def test_cpythons_own_tests_of_mocks_pass(self) -> None:
        names = modules()
        if not names:
            self.skipTest("this Python was installed without CPython's own tests")
        self.assertIn("testasync", {name.rpartition(".")[2] for name in names})
        finished = subprocess.run(
            [sys.executable, str(PROGRAM), *names],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        self.assertEqual(finished.returncode, 0, f"{finished.stdout}{finished.stderr}")
        tests, mocks = map(int, re.findall(r"^tests (\d+) mocks (\d+)$", finished.stdout, re.MULTILINE)[0])
        self.assertGreaterEqual(tests, TESTS)
        self.assertGreaterEqual(mocks, MOCKS)
