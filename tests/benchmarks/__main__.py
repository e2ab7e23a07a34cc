"""The command line of the benchmarks: ``python -m tests.benchmarks --help``."""

import argparse
import sys

from .children import ChildError, Interpreter, probe, run_child
from .collect import collect_costs, collect_imports
from .report import baselines, imports, markdown, plain_text, table
from .results import import_time

# A process start is short and noisy, so that imports are repeated more often than suites, which hold many tests.
IMPORT_REPEATS_PER_REPEAT = 6


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--python", action="append", metavar="PATH", help="an interpreter to measure on, repeatable")
    parser.add_argument("--tests", type=int, default=300, help="tests per suite (default: %(default)s)")
    parser.add_argument(
        "--repeats", type=int, default=7, help="repeats, each in fresh processes (default: %(default)s)"
    )
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    return parser.parse_args(arguments)


def report_on(interpreter: Interpreter, options: argparse.Namespace) -> str:
    """Measure on one Python and write its section of the report."""
    heading = interpreter.describe()
    parts = [f"## {heading}" if options.markdown else heading]
    if interpreter.missing:
        parts.append(f"Not installed for this Python, so left out: {', '.join(interpreter.missing)}.")
    samples = collect_costs(interpreter, options.tests, options.repeats)
    parts.append((markdown if options.markdown else plain_text)(table(samples)))
    parts.append(baselines(samples))
    parts.append(imports(import_time(collect_imports(interpreter, options.repeats * IMPORT_REPEATS_PER_REPEAT))))
    seconds = run_child(interpreter.path, "-m", "tests.benchmarks.concurrency")
    parts.append(f"Two independent resources that take 0.3 s each are ready after {seconds:.2f} s.")
    return "\n\n".join(parts) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Measure on every Python that was named; return 1 if one of them could not be measured."""
    options = parse_arguments(arguments)
    print(
        "Cost of a test above an empty synchronous test in the same runner; in brackets, how many times aiounit's.\n"
        f"Medians of {options.repeats} repeats of {options.tests} tests.\n"
    )
    status = 0
    for python in options.python or [sys.executable]:
        try:
            print(report_on(probe(python), options), flush=True)
        except ChildError as error:
            print(f"{python} was not measured:\n{error}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
