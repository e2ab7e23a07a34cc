"""Runs the parts of the benchmark in child interpreters, repeat after repeat.

A repeat runs everything once, in fresh processes, so that the machine's changes of speed hit all rows alike.
"""

from typing import TYPE_CHECKING

from .children import Interpreter, bytecode_folder, processor_seconds, run_child
from .results import PYTEST, PYTEST_PEERS, Sample
from .scenarios import SCENARIOS, SynchronousTest

if TYPE_CHECKING:
    from collections.abc import Iterator

STANDARD_LIBRARY_IMPORTS = "import unittest, asyncio"
IMPORTS = ("pass", STANDARD_LIBRARY_IMPORTS, f"{STANDARD_LIBRARY_IMPORTS}, aiounit")


def pytest_cells(interpreter: Interpreter) -> "Iterator[tuple[str, str, str]]":
    """Give the row, the title and the class name of every scenario to be timed under pytest."""
    peers = [peer for peer in PYTEST_PEERS if peer in interpreter.peers]
    if "pytest" not in interpreter.peers or not peers:
        return
    yield PYTEST, SynchronousTest.title, SynchronousTest.__name__
    for scenario in SCENARIOS:
        for peer in peers:
            if peer not in scenario.left_out:
                yield peer, scenario.title, scenario.__name__


def collect_costs(interpreter: Interpreter, tests: int, repeats: int) -> list[Sample]:
    """Time every scenario in every row, ``repeats`` times."""
    samples: list[Sample] = []
    for _ in range(repeats):
        sample: Sample = run_child(interpreter.path, "-m", "tests.benchmarks.suites_unittest", str(tests))
        for row, title, scenario in pytest_cells(interpreter):
            arguments = ("-m", "tests.benchmarks.suites_pytest", str(tests), row, scenario)
            sample.setdefault(row, {})[title] = run_child(interpreter.path, *arguments)
        samples.append(sample)
    return samples


def collect_imports(interpreter: Interpreter, repeats: int) -> list[tuple[float, float, float]]:
    """Take the processor seconds of the three fresh processes that ``IMPORTS`` names, ``repeats`` times."""
    with bytecode_folder() as folder:
        for statement in IMPORTS:  # compiles the modules
            processor_seconds(interpreter.path, statement, folder)
        samples: list[tuple[float, float, float]] = []
        for _ in range(repeats):
            bare, standard_library, ours = (processor_seconds(interpreter.path, line, folder) for line in IMPORTS)
            samples.append((bare, standard_library, ours))
    return samples
