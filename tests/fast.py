"""Run the fast part of the tests, in two processes at a time: ``python -m tests.fast``."""

import re
import subprocess
import sys
import time
import unittest
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import StrictSuite

# Left out: folders, modules and classes, and why. All other tests are fast.
SLOW = {
    "tests.assertions.test_differential_awaits": "makes up hundreds of tests",
    "tests.benchmarks": "measures",
    "tests.checks.builtin.test_blocking.OwnWorkTests": "waits for the thread that samples",
    "tests.checks.test_ownership": "starts processes, with third parties",
    "tests.checks.test_places": "starts processes",
    "tests.checks.test_seeds": "runs hundreds of suites",
    "tests.invisible.test_sweep": "runs hundreds of suites",
    "tests.limits.test_ctrl_c.ProcessTests": "starts processes that hang",
    "tests.limits.test_sentinel.ProcessTests": "starts processes that hang",
    "tests.runs.test_exit_status": "starts processes",
    "tests.runs.test_exits.ProcessTests": "starts processes",
    "tests.runs.test_endings.ProcessTest": "starts processes, with third parties",
    "tests.test_case.CommandTest": "starts processes",
    "tests.test_coming_from": "starts processes, with third parties",
    "tests.test_differential": "makes up hundreds of tests",
    "tests.test_docs": "runs every example",
    "tests.test_hangs": "starts processes that hang",
    "tests.test_site": "builds a site",
    "tests.test_iterations.DifferentialTest": "runs hundreds of suites",
    "tests.test_tutorial": "starts processes",
    "tests.test_typing": "runs type checkers",
    "tests.test_walk.ScenarioTests": "follows each call of many tests",
    "tests.thirdparty": "runs suites of third parties",
}
PROCESSES = 2
# More than processes, so that neither waits long for the other.
SHARES = 6
ROOT = Path(__file__).parent.parent


def modules() -> list[str]:
    """Return the names of the modules with fast tests."""
    files = sorted(ROOT.glob("tests/**/test_*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in files]
    return [name for name in names if not is_slow(name)]


def is_slow(name: str) -> bool:
    """Return whether a module, a class or a test is in the list of slow ones, by itself or with what it is in."""
    return any(name == slow or name.startswith(f"{slow}.") for slow in SLOW)


def fast(suite: Iterable[unittest.TestSuite | unittest.TestCase]) -> Iterator[unittest.TestCase]:
    """Yield the tests of a suite that are not slow."""
    for test in suite:
        if isinstance(test, unittest.TestCase):
            if not is_slow(test.id()):
                yield test
        else:
            yield from fast(test)


def run_share(names: list[str]) -> bool:
    """Run the fast tests of some modules, and return whether they passed."""
    suite = StrictSuite(fast(unittest.TestLoader().loadTestsFromNames(names)))
    return unittest.TextTestRunner(verbosity=0, warnings="error").run(suite).wasSuccessful()


def start_share(names: list[str]) -> tuple[int, str]:
    """Run the fast tests of some modules in a process; return its exit status and what it has written."""
    command = [sys.executable, "-W", "error", "-m", "tests.fast", *names]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return ended.returncode, ended.stdout


def main(names: list[str]) -> int:
    """Run the share of the modules that are named, or all shares.

    Returns:
        The exit status, which is 0 if all tests passed.
    """
    if names:
        return 0 if run_share(names) else 1
    start, failed, ran = time.monotonic(), 0, 0
    shares = [list(modules()[share::SHARES]) for share in range(SHARES)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        for status, output in pool.map(start_share, filter(None, shares)):  # an empty one would run all
            print(output, flush=True)
            failed += status != 0
            ran += sum(map(int, re.findall(r"^Ran (\d+) tests? in", output, re.MULTILINE)))
    print(f"{ran} fast tests in {time.monotonic() - start:.0f} s: {'FAILED' if failed else 'OK'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
