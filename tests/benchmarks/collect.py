"""Runs the groups of the benchmark on an interpreter: each in a child of its own, and what they need to be there."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .children import Interpreter, ask
from .groups import instructions, startup
from .groups.blocks import Samples
from .groups.scenarios import EmptyTest


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: Rounds of each group, by its name.
        tests: Tests in a block under unittest.
        pytest_tests: Tests in a block under pytest, which has a cost per run.
        counted: Tests in a block whose instructions are counted.
        only: The only scenario whose instructions are counted, or none.
        sizes: The sizes of runs whose costs per test must be the same.
        memory: The numbers of tests after which memory must be the same.
    """

    rounds: dict[str, int]
    tests: int
    pytest_tests: int
    counted: int
    only: tuple[str, ...] = ()
    sizes: tuple[int, ...] = (100, 1000, 10_000)
    memory: tuple[int, ...] = (1000, 10_000, 20_000)


FULL = Effort(
    {"unittest": 15, "pytest": 5, "pieces": 15, "leaks": 3, "startup": 12, "growth": 2},
    tests=40,
    pytest_tests=100,
    counted=20,
)
QUICK = Effort(
    {"unittest": 3, "pytest": 1, "pieces": 3, "leaks": 1, "startup": 2, "growth": 1},
    tests=20,
    pytest_tests=40,
    counted=5,
    only=(EmptyTest.title,),
    sizes=(100, 1000),
    memory=(1000, 2000),
)


class UnavailableError(RuntimeError):
    """What a group needs is not there; the message says what."""


def _ask(interpreter: Interpreter, module: str, *arguments: int) -> Samples:
    samples: Samples = ask(interpreter.path, "-m", f"tests.benchmarks.groups.{module}", *map(str, arguments))
    return samples


def measure_unittest(interpreter: Interpreter, effort: Effort) -> Samples:
    """Measure tests under unittest."""
    return _ask(interpreter, "suites_unittest", effort.rounds["unittest"], effort.tests)


def measure_pytest(interpreter: Interpreter, effort: Effort) -> Samples:
    """Measure tests under pytest."""
    if "pytest" not in interpreter.peers:
        raise UnavailableError("pytest is not installed")
    return _ask(interpreter, "suites_pytest", effort.rounds["pytest"], effort.pytest_tests)


def measure_pieces(interpreter: Interpreter, effort: Effort) -> Samples:
    """Measure what is not a whole test."""
    return _ask(interpreter, "pieces", effort.rounds["pieces"])


def measure_leaks(interpreter: Interpreter, effort: Effort) -> Samples:
    """Measure tests that leave tasks behind."""
    return _ask(interpreter, "leaks", effort.rounds["leaks"])


def measure_startup(interpreter: Interpreter, effort: Effort) -> Samples:
    """Measure processes."""
    return startup.measure(interpreter, effort.rounds["startup"])


def measure_growth(interpreter: Interpreter, effort: Effort) -> Samples:
    """Measure runs of several sizes."""
    return _ask(interpreter, "growth", effort.rounds["growth"], *effort.sizes)


def measure_memory(interpreter: Interpreter, effort: Effort) -> Samples:
    """Measure the memory of a run."""
    return _ask(interpreter, "memory", *effort.memory)


def count_instructions(interpreter: Interpreter, effort: Effort) -> Samples:
    """Count instructions."""
    if shutil.which(instructions.VALGRIND[0]) is None:
        raise UnavailableError("valgrind is not installed")
    with tempfile.TemporaryDirectory(prefix="aiounit-benchmarks-") as folder:
        files = ask(
            *instructions.VALGRIND,
            f"--callgrind-out-file={folder}/{instructions.FILE}",
            interpreter.path,
            "-m",
            instructions.__name__,
            str(effort.counted),
            *effort.only,
            environment={"PYTHONHASHSEED": "0"},
        )
        return instructions.read(files, Path(folder))


def measure_concurrency(interpreter: Interpreter, _effort: Effort) -> Samples:
    """Measure the start of two resources."""
    return _ask(interpreter, "concurrency")


GROUPS: dict[str, Callable[[Interpreter, Effort], Samples]] = {
    "unittest": measure_unittest,
    "pytest": measure_pytest,
    "pieces": measure_pieces,
    "leaks": measure_leaks,
    "startup": measure_startup,
    "growth": measure_growth,
    "memory": measure_memory,
    "instructions": count_instructions,
    "concurrency": measure_concurrency,
}


def collect(
    interpreter: Interpreter, effort: Effort, names: list[str]
) -> Iterator[tuple[str, Samples | UnavailableError]]:
    """Measure some groups; yield the samples of each, or why it can't be measured."""
    for name in names:
        try:
            yield name, GROUPS[name](interpreter, effort)
        except UnavailableError as error:
            yield name, error
