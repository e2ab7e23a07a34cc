"""Measure the scenarios under pytest: ``python -m tests.benchmarks.groups.suites_pytest ROUNDS TESTS``.

A figure is the microseconds of a test, without the collection of the tests. Blocks of plain pytest, of each plugin for
asynchronous tests and of aiounit under unittest run in this process.
"""

import contextlib
import gc
import importlib.util
import io
import itertools
import sys
import tempfile
import time
import unittest
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest

import aiounit

from .. import rows
from .blocks import Block, Samples, interleave_warm, print_samples
from .scenarios import SCENARIOS, Scenario, SynchronousTest
from .suites_unittest import block

if TYPE_CHECKING:
    from collections.abc import Generator

# The distribution of each peer is called like its row. Automatic mode spares the scenarios the peers' own decorators.
PLUGINS: dict[str, tuple[str, ...]] = {
    rows.PYTEST: (),
    rows.PYTEST_ASYNCIO: ("-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto"),
    rows.ANYIO: ("-p", "anyio.pytest_plugin", "-o", "anyio_mode=auto"),
}
# pytest takes a module that it has imported before for the new one if it has the same name.
NUMBERS = itertools.count()
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
        self.microseconds = 0.0
        self.passed = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> "Generator[None, object, object]":
        """Time what runs once everything is collected."""
        gc.collect()
        start = time.process_time_ns()
        try:
            return (yield)
        finally:
            self.microseconds = (time.process_time_ns() - start) / 1000

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test whose body passed."""
        self.passed += report.when == "call" and report.passed


def installed() -> list[str]:
    """Return the rows whose plugin is installed, or none without pytest's plugins."""
    peers = [row for row in rows.PYTEST_PEERS if importlib.util.find_spec(row.replace("-", "_"))]
    return [rows.PYTEST, *peers] if peers else []


def module_source(scenario: type[Scenario], row: str, tests: int) -> str:
    """Write the module that holds the tests."""
    bodies = (scenario.pytest_body.format(number=number) for number in range(tests))
    return "\n".join([ANYIO_BACKEND if row == rows.ANYIO else "", scenario.pytest_fixtures, *bodies])


def measure_suite(scenario: type[Scenario], row: str, tests: int) -> float:
    """Run the scenario under pytest in this process and return the microseconds that one test took.

    Raises:
        AssertionError: A test failed or was not run, so that the time would mean nothing.
    """
    stopwatch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as output:
        module, settings = Path(folder, f"test_{next(NUMBERS)}.py"), Path(folder, "pytest.ini")
        module.write_text(module_source(scenario, row, tests), encoding="utf-8")
        settings.write_text("[pytest]\n", encoding="utf-8")
        options = ["-qq", "-p", "no:cacheprovider", "-c", str(settings), "--rootdir", folder, *PLUGINS[row]]
        with mock.patch.object(sys, "path", sys.path.copy()):  # which pytest adds the folder to
            status = pytest.main([*options, str(module)], plugins=[stopwatch])
    if status != pytest.ExitCode.OK or stopwatch.passed != tests:
        ran = f"{stopwatch.passed} of {tests} tests passed under {row}, pytest's exit status is {status}"
        raise AssertionError(f"{ran}:\n{output.getvalue()}")
    return stopwatch.microseconds / tests


def make_cells(tests: int) -> dict[str, dict[str, Block]]:
    """Return the blocks of all scenarios, with those of aiounit and of a plain TestCase beside them."""
    return {
        scenario.title: {
            rows.UNITTEST: block(SynchronousTest, unittest.TestCase, tests),
            rows.OURS: block(scenario, aiounit.AsyncTestCase, tests),
            **{
                row: partial(measure_suite, SynchronousTest if row == rows.PYTEST else scenario, row, tests)
                for row in installed()
                if row not in scenario.left_out
            },
        }
        for scenario in SCENARIOS
    }


def measure(rounds: int, tests: int) -> Samples:
    """Measure every scenario under every plugin."""
    return interleave_warm(make_cells(tests), rounds)


if __name__ == "__main__":
    print_samples(measure(int(sys.argv[1]), int(sys.argv[2])))
