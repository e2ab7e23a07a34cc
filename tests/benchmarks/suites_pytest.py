"""Times one scenario under pytest, with one plugin for asynchronous tests or none.

Runs in a child interpreter of its own (``python -m tests.benchmarks.suites_pytest TESTS ROW SCENARIO``), which sees no
other plugin, and prints JSON. Like the unittest part, it leaves out the collection of the tests.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .results import PYTEST
from .scenarios import SCENARIOS, Scenario

if TYPE_CHECKING:
    from collections.abc import Generator

# The distribution of each peer is called like its row. Automatic mode spares the scenarios the peers' own decorators.
PLUGINS: dict[str, tuple[str, ...]] = {
    PYTEST: (),
    "pytest-asyncio": ("-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto"),
    "anyio": ("-p", "anyio.pytest_plugin", "-o", "anyio_mode=auto"),
}
# anyio runs each test once for each backend that is installed; the comparison is with asyncio.
ANYIO_BACKEND = """
import pytest

@pytest.fixture(scope="module")
def anyio_backend():
    return "asyncio"
"""


class Stopwatch:
    """A pytest plugin that times the run of the collected tests and counts those that passed."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.passed = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> "Generator[None, object, object]":
        """Time what runs once everything is collected."""
        start = time.perf_counter()
        try:
            return (yield)
        finally:
            self.seconds = time.perf_counter() - start

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test whose body passed."""
        self.passed += report.when == "call" and report.passed


def module_source(scenario: type[Scenario], row: str, tests: int) -> str:
    """Write the module that holds the tests."""
    bodies = (scenario.pytest_body.format(number=number) for number in range(tests))
    return "\n".join([ANYIO_BACKEND if row == "anyio" else "", scenario.pytest_fixtures, *bodies])


def measure(scenario: type[Scenario], row: str, tests: int) -> float:
    """Run the scenario in this process and return the microseconds that one test took.

    Raises:
        AssertionError: A test failed or was not run, so that the time would mean nothing.
    """
    stopwatch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        module, settings = Path(folder, "test_generated.py"), Path(folder, "pytest.ini")
        module.write_text(module_source(scenario, row, tests), encoding="utf-8")
        settings.write_text("[pytest]\n", encoding="utf-8")
        options = ["-q", "-p", "no:cacheprovider", "-c", str(settings), "--rootdir", folder, *PLUGINS[row]]
        status = pytest.main([*options, str(module)], plugins=[stopwatch])
    if status != pytest.ExitCode.OK or stopwatch.passed != tests:
        raise AssertionError(
            f"{stopwatch.passed} of {tests} tests passed under {row}, pytest's exit status is {status}"
        )
    return stopwatch.seconds / tests * 1e6


if __name__ == "__main__":
    [wanted] = [scenario for scenario in SCENARIOS if scenario.__name__ == sys.argv[3]]
    # pytest has printed its own lines by now; the last line is ours.
    print("\n" + json.dumps(measure(wanted, sys.argv[2], int(sys.argv[1]))))
