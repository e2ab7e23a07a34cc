"""Measure whole processes: the import of aiounit, and runs of one test.

A figure is the milliseconds of processor time of a process from its start to its end. Compiled modules are present.
"""

import tempfile
from functools import partial
from pathlib import Path

from .. import rows
from ..children import ROOT, Interpreter, run_child
from .blocks import Block, Samples, interleave

IMPORT = "import"
BARE = "nothing"
STDLIB_IMPORTS = "unittest, asyncio"
ALL_IMPORTS = "unittest, asyncio, aiounit"
STATEMENTS = {BARE: "pass", STDLIB_IMPORTS: f"import {STDLIB_IMPORTS}", ALL_IMPORTS: f"import {ALL_IMPORTS}"}

RUN = "run of one test"
TEST_CASE = "import {module}\n\nclass Test({module}.{base}):\n    {kind} test(self):\n        pass\n"
MODULES = {
    rows.UNITTEST: TEST_CASE.format(module="unittest", base="TestCase", kind="def"),
    rows.STDLIB: TEST_CASE.format(module="unittest", base="IsolatedAsyncioTestCase", kind="async def"),
    rows.OURS: TEST_CASE.format(module="aiounit", base="AsyncTestCase", kind="async def"),
    rows.PYTEST_ASYNCIO: "async def test():\n    pass\n",
}
PYTEST = ("pytest", "-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto", "-p", "no:cacheprovider")


def measure(interpreter: Interpreter, rounds: int) -> Samples:
    """Measure all of them."""
    with tempfile.TemporaryDirectory(prefix="aiounit-benchmarks-") as folder:
        cells = make_cells(interpreter, Path(folder))
        interleave(cells, 1)  # compiles the modules
        return interleave(cells, rounds)


def make_cells(interpreter: Interpreter, folder: Path) -> dict[str, dict[str, Block]]:
    """Return the blocks, whose files and compiled modules are in a folder."""
    environment = {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}

    def block(*arguments: str) -> Block:
        return partial(measure_process, (interpreter.path, *arguments), environment, folder)

    commands: dict[str, tuple[str, ...]] = {}
    for row, source in MODULES.items():
        name = f"test_{len(commands)}"
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
        commands[row] = ("unittest", name) if row != rows.PYTEST_ASYNCIO else (*PYTEST, f"{name}.py")
    if rows.PYTEST_ASYNCIO not in interpreter.peers:
        del commands[rows.PYTEST_ASYNCIO]
    return {
        IMPORT: {row: block("-c", statement) for row, statement in STATEMENTS.items()},
        RUN: {row: block("-m", *command) for row, command in commands.items()},
    }


def measure_process(command: tuple[str, ...], environment: dict[str, str], folder: Path) -> float:
    """Return the milliseconds of a process."""
    _, taken = run_child(*command, environment=environment, folder=folder)
    return taken
