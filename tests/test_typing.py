"""mypy and pyright see the public names as the files in typing/ say, for the running version and for the oldest."""

import importlib.util
import os
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).parent.parent
OLDEST = "3.11"
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


class CheckerTestCase(unittest.TestCase):
    def assert_passes(self, tool: str, *arguments: str) -> None:
        if importlib.util.find_spec(tool) is None:
            self.skipTest(f"{tool} is not installed for {RUNNING}")
        for version in sorted({OLDEST, RUNNING}):
            with self.subTest(version=version):
                finished = subprocess.run(
                    [sys.executable, "-m", tool, *arguments, version, "tests/typing"],
                    cwd=ROOT,
                    env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                self.assertEqual(finished.returncode, 0, f"{tool} says:\n{finished.stdout}{finished.stderr}")


class MypyTests(CheckerTestCase):
    def test_mypy_agrees(self) -> None:
        self.assert_passes("mypy", "--python-version")


class PyrightTests(CheckerTestCase):
    def test_pyright_agrees(self) -> None:
        self.assert_passes("pyright", "--pythonversion")
