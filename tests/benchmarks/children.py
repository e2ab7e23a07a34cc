"""Child interpreters: what is installed in one, and how to run a part of the benchmark in it."""

import json
import os
import platform
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .probe import PEERS

ROOT = Path(__file__).parents[2]
# Whatever switches debug modes on, loads more plugins or changes a default would be measured along.
FOREIGN_SETTINGS = (
    "AIOUNIT_",
    "PYTEST_",
    "PYTHONASYNCIODEBUG",
    "PYTHONDEVMODE",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONOPTIMIZE",
)


class ChildError(RuntimeError):
    """A part of the benchmark failed in a child interpreter; the message holds what it printed."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python to measure on, with the versions of the peers that are installed for it."""

    path: str
    version: str
    peers: dict[str, str]

    @property
    def missing(self) -> list[str]:
        """The peers that are not installed."""
        return [name for name in PEERS if name not in self.peers]

    def describe(self) -> str:
        """Say in one line what is compared, and on what."""
        peers = ", ".join(f"{name} {version}" for name, version in self.peers.items()) or "no peers"
        return f"CPython {self.version}, {os.cpu_count()} cores, {platform.system()}; {peers}"


def run_child(python: str, *arguments: str, environment: dict[str, str] | None = None) -> Any:
    """Run an interpreter at the root of the project and return what its last line of output holds as JSON.

    Raises:
        ChildError: It could not be started, or it ended with another status than 0.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}
    clean |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | (environment or {})
    command = [python, *arguments]
    try:
        child = subprocess.run(
            command, cwd=ROOT, env=clean, capture_output=True, encoding="utf-8", errors="replace", check=False
        )
    except OSError as error:
        raise ChildError(f"{python}: {error}") from error
    if child.returncode:
        raise ChildError(f"{' '.join(command)}\n{child.stdout}{child.stderr}")
    return json.loads(child.stdout.splitlines()[-1])


def probe(python: str) -> Interpreter:
    """Ask an interpreter for its version and its peers.

    Raises:
        ChildError: It can't import aiounit.
    """
    found = run_child(python, "-m", "tests.benchmarks.probe")
    return Interpreter(python, found["python"], found["peers"])


def processor_seconds(python: str, statement: str, bytecode_folder: str) -> float:
    """Return the processor time, user and system, of a fresh process that executes the statement and nothing else."""
    code = f"{statement}\nimport time; print(time.process_time())"
    environment = {"PYTHONPYCACHEPREFIX": bytecode_folder}
    return float(run_child(python, "-c", code, environment=environment))


def bytecode_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for compiled modules: whether the installed ones have any must not decide what an import costs."""
    return tempfile.TemporaryDirectory(prefix="aiounit-benchmarks-")
