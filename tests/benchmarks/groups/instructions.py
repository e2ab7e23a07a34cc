"""Count instructions, under valgrind: ``python -m tests.benchmarks.groups.instructions TESTS [SCENARIO]``.

Each block calls `os.getsid` at its start and end, and callgrind writes a file whenever that is called. This process
prints which of the files belongs to which block, and `read` puts both together.
"""

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import aiounit.limits.standby
import aiounit.loops.sampler
import aiounit.loops.watches

from .. import rows
from . import pieces
from .bases import all_bases
from .blocks import Block, Samples, stopwatch
from .scenarios import EmptyTest
from .suites_unittest import make_cells

# The file that callgrind writes first has the number 1 at its end.
FILE = "callgrind.out"
VALGRIND = ("valgrind", "--tool=callgrind", "--dump-before=getsid")

# Time passes slowly under valgrind, so threads that wake every few milliseconds would count many times over.
PERIODS = (
    (aiounit.limits.standby, "_PERIOD"),
    (aiounit.loops.sampler, "PERIOD"),
    (aiounit.loops.watches, "PERIOD"),
)
NEVER = 1000.0

# Counting is slow, and a few are enough: the number is nearly the same each time.
TESTS_TO_WARM_UP = 4
CLASSES = 2
MOCKS = 4

# The rows that are counted in every scenario; in that of the empty test all are.
ROWS = {
    rows.UNITTEST,
    rows.STDLIB,
    rows.STDLIB_WITHOUT_DEBUG,
    rows.OURS,
    pieces.ASYNC_MOCK,
    pieces.MOCK_OF_SPEC,
    pieces.ASYNC_STUB,
}

# The file of each block, and how many tests, classes or mocks are in it, by scenario and row.
Files = dict[str, dict[str, tuple[int, int]]]


@dataclass(slots=True)
class Mark:
    """A clock that shows no time: it has callgrind write a file, and counts the files."""

    files: int = 0

    def __call__(self) -> float:
        """End a file."""
        self.files += 1
        os.getsid(0)
        return 0.0


def no_time() -> float:
    """Be a clock that has no effect."""
    return 0.0


def keep_threads_asleep() -> None:
    """Keep aiounit's threads from counting."""
    for module, name in PERIODS:
        assert hasattr(module, name), f"{module.__name__} has no {name} any more"
        setattr(module, name, NEVER)


def count(block: Block, warm_up: Block, mark: Mark) -> int:
    """Run a block to warm up, and another to be counted; return the number of the file of the latter."""
    stopwatch.clock = no_time
    warm_up()
    stopwatch.clock = mark
    before = mark.files
    block()
    # Where a block contains another, the inner one counts: its file is the one in the middle.
    return before + (mark.files - before) // 2 + 1


def run(tests: int, scenario: str | None = None) -> Files:
    """Run all blocks, or those of one scenario.

    Args:
        tests: The tests of a block.
        scenario: The only scenario.

    Returns:
        Their files.
    """
    bases, mark = all_bases(), Mark()
    others = pieces.make_cells(CLASSES, MOCKS)
    all_rows_of = EmptyTest.title if scenario is None else None
    sizes = {pieces.CLASS: CLASSES, pieces.MOCK: MOCKS}
    cells = {
        title: {row: block for row, block in blocks.items() if row in ROWS or title == all_rows_of}
        for title, blocks in (make_cells(bases, tests) | {title: others[title] for title in sizes}).items()
    }
    warm_up = make_cells(bases, TESTS_TO_WARM_UP) | others
    return {
        title: {
            row: (count(block, warm_up[title][row], mark), sizes.get(title, tests)) for row, block in blocks.items()
        }
        for title, blocks in cells.items()
        if scenario in {None, title}
    }


def read(files: Files, folder: Path) -> Samples:
    """Return the instructions of one test, class or mock, from the files that callgrind has written."""
    return {
        title: {row: [total(folder / f"{FILE}.{file}") / size] for row, (file, size) in blocks.items()}
        for title, blocks in files.items()
    }


def total(file: Path) -> int:
    """Return the number of instructions in a file."""
    found = re.search(r"^totals: (\d+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, f"{file} has no total"
    return int(found[1])


if __name__ == "__main__":
    keep_threads_asleep()
    print("\n" + json.dumps(run(int(sys.argv[1]), *sys.argv[2:])))
