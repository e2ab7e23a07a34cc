"""pytest as the host: classes on our base class have the outcomes that they have under unittest, and on stdlib's."""

import json
import subprocess
import sys
import textwrap
import unittest
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, Final, NamedTuple

from tests.thirdparty.comparison import (
    SKIP_WITHOUT_START,
    RunError,
    Suite,
    assert_same,
    describe,
    environment,
    run_both,
)

# It takes the base class from unittest, so that each host can run it on both.
SUITE: Final = """
    import asyncio
    import unittest

    class Test(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            self.loop = asyncio.get_running_loop()

        async def test_success(self):
            await asyncio.sleep(0)
            self.assertIs(asyncio.get_running_loop(), self.loop)

        def test_synchronous_success(self):
            asyncio.run(asyncio.sleep(0))

        async def test_failure(self):
            self.fail("failure")

        async def test_error(self):
            raise OSError("error")

        @unittest.skip("marked")
        async def test_marked_skip(self):
            pass

        async def test_raised_skip(self):
            self.skipTest("raised")

        @unittest.expectedFailure
        async def test_expected_failure(self):
            self.fail("expected")

        @unittest.expectedFailure
        async def test_unexpected_success(self):
            pass

        async def test_subtests(self):
            for number in range(3):
                with self.subTest(number=number):
                    self.assertNotEqual(1, number)

        async def test_cleanup_error(self):
            self.addAsyncCleanup(self.fail_later, "asynchronous")
            self.addCleanup(self.fail, "synchronous")

        async def fail_later(self, message):
            await asyncio.sleep(0)
            self.fail(message)

    class SetUpFails(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            raise OSError("asyncSetUp")

        async def test(self):
            pass

    class TearDownFails(unittest.IsolatedAsyncioTestCase):
        async def asyncTearDown(self):
            raise OSError("asyncTearDown")

        async def test(self):
            pass

    class ClassFails(unittest.IsolatedAsyncioTestCase):
        @classmethod
        def setUpClass(cls):
            raise OSError("setUpClass")

        async def test(self):
            pass
"""

UNDER_UNITTEST: Final = {
    "setUpClass (suite.ClassFails)": "addError OSError",
    "suite.SetUpFails.test": "startTest, addError OSError, stopTest",
    "suite.TearDownFails.test": "startTest, addError OSError, stopTest",
    "suite.Test.test_cleanup_error": "startTest, addFailure AssertionError, addFailure AssertionError, stopTest",
    "suite.Test.test_error": "startTest, addError OSError, stopTest",
    "suite.Test.test_expected_failure": "startTest, addExpectedFailure AssertionError, stopTest",
    "suite.Test.test_failure": "startTest, addFailure AssertionError, stopTest",
    "suite.Test.test_marked_skip": "startTest, addSkip marked, stopTest",
    "suite.Test.test_raised_skip": "startTest, addSkip raised, stopTest",
    "suite.Test.test_subtests": (
        "startTest, addSubTest (number=0), addSubTest (number=1) AssertionError, addSubTest (number=2), stopTest"
    ),
    "suite.Test.test_success": "startTest, addSuccess, stopTest",
    "suite.Test.test_synchronous_success": "startTest, addSuccess, stopTest",
    "suite.Test.test_unexpected_success": "startTest, addUnexpectedSuccess, stopTest",
}

UNDER_PYTEST: Final = {
    "suite.py::ClassFails::test": "failed",
    "suite.py::SetUpFails::test": "failed",
    "suite.py::TearDownFails::test": "failed",
    "suite.py::Test::test_cleanup_error": "failed",
    "suite.py::Test::test_error": "failed",
    "suite.py::Test::test_expected_failure": "xfailed",
    "suite.py::Test::test_failure": "failed",
    "suite.py::Test::test_marked_skip": "skipped",
    "suite.py::Test::test_raised_skip": "skipped",
    "suite.py::Test::test_subtests": "failed",
    "suite.py::Test::test_success": "passed",
    "suite.py::Test::test_synchronous_success": "passed",
    "suite.py::Test::test_unexpected_success": "failed",
}

# Replaces the base class before pytest imports the suite, and writes down what pytest reports.
CONFTEST: Final = """
    import json
    import unittest

    from {module} import {name}

    unittest.IsolatedAsyncioTestCase = {name}
    reports = []

    def pytest_runtest_logreport(report):
        crash = getattr(report.longrepr, "reprcrash", None)
        outcome = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        reports.append([report.nodeid, report.when, outcome, crash.message if crash else ""])

    def pytest_sessionfinish():
        with open("reports.json", "w", encoding="utf-8") as file:
            json.dump(reports, file)
"""


class PytestReport(NamedTuple):
    """What pytest reports of a phase of a test, or of a subtest."""

    test: str
    phase: str
    outcome: str
    message: str


@unittest.skipIf(find_spec("pytest") is None, "pytest isn't installed")
class PytestTest(unittest.TestCase):
    directory: ClassVar[Path]
    stdlib: ClassVar[list[PytestReport]]
    ours: ClassVar[list[PytestReport]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.directory = Path(cls.enterClassContext(TemporaryDirectory()))
        cls.directory.joinpath("suite.py").write_text(textwrap.dedent(SUITE), encoding="utf-8")
        cls.stdlib = run_pytest(cls.directory, "unittest:IsolatedAsyncioTestCase")
        cls.ours = run_pytest(cls.directory, "aiounit:AsyncTestCase")

    def test_the_suite_is_the_same_on_both_classes_under_unittest(self) -> None:
        suite = Suite(("suite",), path=(self.directory,))
        assert_same(self, suite, [SKIP_WITHOUT_START], at_least=len(UNDER_UNITTEST))
        _, ours = run_both(suite, suite.names)
        self.assertEqual(UNDER_UNITTEST, {test: describe(events) for test, events in ours.items()})

    def test_the_suite_is_the_same_on_both_classes_under_pytest(self) -> None:
        for reports in (self.stdlib, self.ours):
            self.assertEqual(UNDER_PYTEST, worst(reports))

    def test_each_report_has_the_same_message(self) -> None:
        self.assertEqual(self.stdlib, self.ours)
        messages = {report.test: report.message for report in self.ours if report.message}
        self.assertEqual("OSError: asyncSetUp", messages["suite.py::SetUpFails::test"])


def worst(reports: list[PytestReport]) -> dict[str, str]:
    """Return the worst outcome of each test: the versions of pytest differ in how many reports make up a test."""
    ranks = ["passed", "xfailed", "skipped", "failed"]
    outcomes: dict[str, str] = {}
    for report in reports:
        outcomes[report.test] = max(outcomes.get(report.test, "passed"), report.outcome, key=ranks.index)
    return outcomes


def run_pytest(directory: Path, base: str) -> list[PytestReport]:
    """Run the suite on a base class, and return pytest's reports in the order in which they were made."""
    module, _, name = base.partition(":")
    conftest = textwrap.dedent(CONFTEST.format(module=module, name=name))
    directory.joinpath("conftest.py").write_text(conftest, encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", ".", "suite.py"],
        cwd=directory,
        env=environment(Suite(())),
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode != 1:  # which is: some tests failed
        raise RunError(f"pytest ended with status {process.returncode}:\n{process.stdout}{process.stderr}")
    reports = directory / "reports.json"
    found: list[list[str]] = json.loads(reports.read_text(encoding="utf-8"))
    reports.unlink()
    return [PytestReport(*report) for report in found]
