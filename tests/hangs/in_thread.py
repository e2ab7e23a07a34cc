"""Runs tests as ``python -m unittest`` does, but in another thread: ``python -m tests.hangs.in_thread NAME...``."""

import sys
import threading
import unittest


def main() -> int:
    """Run the tests that the command line names, and return the exit status."""
    results: list[unittest.TestResult] = []

    def run() -> None:
        program = unittest.main(module=None, argv=["python -m unittest", *sys.argv[1:]], exit=False)
        results.append(program.result)

    thread = threading.Thread(target=run, name="runner")
    thread.start()
    thread.join()
    return 0 if results and results[0].wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
