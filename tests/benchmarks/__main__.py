"""The command line of the benchmark: ``python -m tests.benchmarks --help``."""

import argparse
import sys
import time
from pathlib import Path

from . import page
from .children import ChildError, probe
from .collect import FULL, GROUPS, QUICK, UnavailableError, collect
from .data import Data, Measured, new_data, to_json
from .report import report


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Measure what a test costs under aiounit and under its peers."
    )
    parser.add_argument("--python", action="append", metavar="PATH", help="an interpreter to measure on, repeatable")
    parser.add_argument("--quick", action="store_true", help="measure less, for a look: the figures are unsteady")
    parser.add_argument("--only", action="append", choices=GROUPS, help="measure this group, repeatable")
    parser.add_argument("--data", type=Path, metavar="FILE", help="write everything that was measured into this file")
    parser.add_argument("--page", action="store_true", help="make docs/performance.md of it, with its data and picture")
    return parser.parse_args(arguments)


def measure(python: str, options: argparse.Namespace) -> Measured:
    """Measure on one Python.

    Raises:
        ChildError: A part of it failed.
    """
    interpreter = probe(python)
    measured = Measured(interpreter.version, interpreter.peers)
    start = time.monotonic()
    for name, found in collect(interpreter, QUICK if options.quick else FULL, options.only or list(GROUPS)):
        if isinstance(found, UnavailableError):
            print(f"{interpreter.version}, {name}: left out, {found}", file=sys.stderr, flush=True)
        else:
            measured.groups[name] = found
            print(f"{interpreter.version}, {name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return measured


def publish(data: Data, options: argparse.Namespace) -> None:
    """Write what was measured so far into the files that are asked for."""
    if options.data is not None:
        options.data.write_text(to_json(data), encoding="utf-8")
    if options.page:
        page.DATA.write_text(to_json(data), encoding="utf-8")
        page.main()


def main(arguments: list[str] | None = None) -> int:
    """Measure on every Python that was named; return 1 if one of them could not be measured."""
    options = parse_arguments(arguments)
    data, status = new_data(is_quick=options.quick), 0
    for python in options.python or [sys.executable]:
        try:
            measured = measure(python, options)
        except ChildError as error:
            print(f"{python} was not measured:\n{error}", file=sys.stderr)
            status = 1
            continue
        data.pythons.append(measured)
        print(report(data, measured), flush=True)
        publish(data, options)
    return status


if __name__ == "__main__":
    sys.exit(main())
