"""Child interpreters: what is installed in one, and how to run a part of the benchmark in it."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

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


def run_child(*command: str, environment: dict[str, str] | None = None, folder: Path | str = ROOT) -> tuple[str, float]:
    """Run a command to its end.

    Args:
        *command: The command.
        environment: What is added to the environment.
        folder: Where it runs.

    Returns:
        What it printed, and its processor time in milliseconds, user and system.

    Raises:
        ChildError: It could not be started, or it ended with another status than 0.
    """
    clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}
    clean |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | (environment or {})
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(command, cwd=folder, env=clean, stdout=output, stderr=errors)
        except OSError as error:
            raise ChildError(f"{command[0]}: {error}") from error
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)  # which it would wait for itself
        text, problems = (read_all(file) for file in (output, errors))
    if child.returncode:
        raise ChildError(f"{' '.join(command)}\n{text}{problems}")
    return text, (usage.ru_utime + usage.ru_stime) * 1000


def read_all(file: IO[bytes]) -> str:
    """Return what a process has written into a file."""
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def ask(*command: str, environment: dict[str, str] | None = None) -> Any:
    """Run a command and return what its last line of output holds as JSON.

    Raises:
        ChildError: It could not be started, or it ended with another status than 0.
    """
    text, _ = run_child(*command, environment=environment)
    return json.loads(text.splitlines()[-1])


def probe(python: str) -> Interpreter:
    """Ask an interpreter for its version and its peers.

    Raises:
        ChildError: It can't import aiounit.
    """
    found = ask(python, "-m", "tests.benchmarks.probe")
    return Interpreter(python, found["python"], found["peers"])
