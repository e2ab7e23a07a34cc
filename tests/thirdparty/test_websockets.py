"""websockets' own tests of its asyncio side: streams, TLS, timeouts, cancellation, and servers that outlive a test."""

import os
import subprocess
import sys
import tarfile
import tempfile
import unittest
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.thirdparty.comparison import SKIP_WITHOUT_START, Suite, assert_same

VERSION: Final = "15.0.1"
SOURCE: Final = "WEBSOCKETS_SOURCE"

# websockets has left tests/asyncio out of what it uploads to PyPI since there is one (13.0), so pip can fetch it only
# from where a whole source tree is.
NO_SOURCE: Final = (
    f"the source distribution of websockets on PyPI has no tests/asyncio: set {SOURCE} to a checkout of {VERSION}, or "
    f"to what pip can download, as git+https://github.com/python-websockets/websockets@{VERSION}"
)

EXPECTED_DIFFERENCES: Final = (SKIP_WITHOUT_START,)


class WebsocketsTest(unittest.TestCase):
    def test_its_asyncio_tests_have_the_same_outcomes(self) -> None:
        source = self.source()
        names = ["test_client", "test_connection", "test_messages", "test_server"]
        if find_spec("werkzeug"):  # without it, the tests of the router can't even be imported
            names.append("test_router")
        suite = Suite(
            tuple(f"tests.asyncio.{name}" for name in names),
            path=(source, source / "src"),
            # Its unit of time is a millisecond times this. 100 is its default, and makes the tests slow.
            environment={"WEBSOCKETS_TESTS_TIMEOUT_FACTOR": "20"},
            again={"WEBSOCKETS_TESTS_TIMEOUT_FACTOR": "100"},
            limit=120.0,
        )
        assert_same(self, suite, EXPECTED_DIFFERENCES, at_least=440)

    def source(self) -> Path:
        """Return the directory of websockets' sources, or skip the test."""
        where = os.environ.get(SOURCE)
        if not where:
            self.skipTest(NO_SOURCE)
        directory = Path(where) if Path(where).is_dir() else self.fetch(where)
        self.assertTrue((directory / "tests" / "asyncio").is_dir(), f"{SOURCE} is {where}, which has no tests/asyncio")
        version = (directory / "src" / "websockets" / "version.py").read_text(encoding="utf-8")
        self.assertIn(f'"{VERSION}"', version, f"{SOURCE} is {where}, which is not version {VERSION}")
        return directory

    def fetch(self, requirement: str) -> Path:
        """Download and unpack what pip understands, or skip the test."""
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        arguments = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(directory), requirement]
        pip = subprocess.run([sys.executable, "-m", "pip", *arguments], capture_output=True, text=True, check=False)
        archives = list(directory.glob("*.tar.gz"))
        if pip.returncode != 0 or not archives:
            reason = pip.stderr.strip().rpartition("\n")[2]
            self.skipTest(f"pip could not fetch {requirement}: {reason}")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(directory, filter="data")
        return next(path.parent for path in directory.glob("*/pyproject.toml"))
