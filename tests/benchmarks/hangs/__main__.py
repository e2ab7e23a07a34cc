"""What is lost when a test hangs, under aiounit and under its peers: ``python -m tests.benchmarks.hangs``.

Each way to hang runs in a process of its own, in the second of three tests. What does not end in time is killed.
"""

import argparse
import concurrent.futures
import contextlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from ..children import FOREIGN_SETTINGS, ROOT
from .child import BUDGET, KIND_VARIABLE, NOTES_VARIABLE
from .kinds import FILE, KINDS, Kind, lines_that_hang
from .results import Outcome, Trace, judge, table_of_kinds, table_of_sums, worst

_PYTEST = ("pytest", "-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin")
_TIMEOUT = ("-p", "pytest_timeout", f"--timeout={BUDGET}", "tests/benchmarks/hangs/suite_pytest.py")
_PACKAGE = __package__ or ""


def _unittest(kind: str) -> tuple[str, ...]:
    return ("unittest", f"{_PACKAGE}.suite_unittest.{kind}", f"{_PACKAGE}.suite_unittest.Next")


PEERS = {
    "asyncio.timeout": _unittest("WithStandardLibrary"),
    "pytest-timeout, signal": (*_PYTEST, *_TIMEOUT, "--timeout-method=signal"),
    "pytest-timeout, thread": (*_PYTEST, *_TIMEOUT, "--timeout-method=thread"),
    "aiounit": _unittest("WithAiounit"),
}
REQUIREMENTS = ("pytest", "pytest-asyncio", "pytest-timeout")


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog=f"python -m {_PACKAGE}", description=__doc__)
    parser.add_argument("--limit", type=float, default=20, help="the seconds a process may take (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each runs (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=4, help="how many run at once (default: %(default)s)")
    parser.add_argument("--peer", action="append", choices=PEERS, help="run this one only, repeatable")
    parser.add_argument("--kind", default="", help="run the ways whose title holds this only")
    parser.add_argument("--verbose", action="store_true", help="print what the processes printed")
    return parser.parse_args(arguments)


def run(kind: Kind, command: tuple[str, ...], limit: float) -> Trace:
    """Run one suite to its end, or to the end of its time."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_SETTINGS)}
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "notes")
        notes.touch()
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=clean
            | {
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                KIND_VARIABLE: str(KINDS.index(kind)),
                NOTES_VARIABLE: str(notes),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        with process:
            try:
                output, _ = process.communicate(timeout=limit)
                status: int | None = process.returncode
            except subprocess.TimeoutExpired:
                status = None
                os.killpg(process.pid, signal.SIGKILL)
                output, _ = process.communicate()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # the children that it has left
        return Trace(status, frozenset(notes.read_text(encoding="utf-8").splitlines()), output)


def run_all(kinds: list[Kind], peers: list[str], options: argparse.Namespace) -> dict[str, list[Outcome]]:
    """Run every kind under every peer, a few at a time, and return what became of them, by peer and kind."""
    lines = lines_that_hang()

    def outcome(kind: Kind, peer: str) -> Outcome:
        traces = [run(kind, PEERS[peer], options.limit) for _ in range(options.repeats)]
        if options.verbose:
            text = "".join(f"\n{trace.status}, {sorted(trace.notes)}\n{trace.output}" for trace in traces)
            print(f"\n##### {peer}: {kind.title}: {text}", flush=True)
        return worst([judge(kind, trace, FILE, lines) for trace in traces])

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        futures = {peer: [pool.submit(outcome, kind, peer) for kind in kinds] for peer in peers}
        return {peer: [future.result() for future in of_peer] for peer, of_peer in futures.items()}


def missing() -> list[str]:
    """Return the names of what the peers need and is not installed."""
    return [name for name in REQUIREMENTS if importlib.util.find_spec(name.replace("-", "_")) is None]


def describe() -> str:
    """Say in one line what is compared."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in REQUIREMENTS if name not in missing())
    return f"CPython {platform.python_version()}, {platform.system()}; {versions or 'no peers'}"


def main(arguments: list[str] | None = None) -> int:
    """Run, and print the tables."""
    options = parse_arguments(arguments)
    peers = options.peer or list(PEERS)
    if missing():
        print(f"Not installed for this Python, so pytest is left out: {', '.join(missing())}.\n")
        peers = [peer for peer in peers if not peer.startswith("pytest")]
    kinds = [kind for kind in KINDS if re.search(re.escape(options.kind), kind.title)]
    outcomes = run_all(kinds, peers, options)
    print(f"{describe()}. {len(kinds)} ways to hang, {options.repeats} runs of each.\n")
    print(table_of_sums(outcomes), table_of_kinds(kinds, outcomes), sep="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
