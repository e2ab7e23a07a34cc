"""Runs modules of tests while every mock that they make is recorded, and prints what went wrong.

A program of its own: it replaces the constructors of unittest.mock, and must do so before anything else uses them.
"""

import functools
import sys
import unittest
import unittest.mock
from typing import Any

from aiounit.mocks.recording.recorder import mock_of, record

# The constructor of one of these is the outermost of every mock. Not every version has all.
CLASSES = ("NonCallableMock", "CallableMixin", "MagicMixin", "AsyncMagicMixin", "AsyncMockMixin", "ThreadingMixin")


def record_every_mock() -> list[int]:
    """Have each mock recorded when it is made; return a list that has the number of those mocks."""
    count = [0]
    unfinished: set[int] = set()

    def replace(kind: Any) -> None:
        original: Any = kind.__init__

        @functools.wraps(original)
        def construct(self: Any, /, *args: Any, **kwargs: Any) -> None:
            if id(self) in unfinished:
                original(self, *args, **kwargs)
                return
            unfinished.add(id(self))
            try:
                original(self, *args, **kwargs)
            finally:
                unfinished.remove(id(self))
            if mock_of(self) is not None:  # one of the tests imports unittest.mock a second time
                record(self)
                count[0] += 1

        kind.__init__ = construct

    for name in CLASSES:
        kind = getattr(unittest.mock, name, None)
        if kind is not None and "__init__" in vars(kind):
            replace(kind)
    return count


def main() -> None:
    """Run the modules that the command line names."""
    count = record_every_mock()
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])
    result = unittest.TextTestRunner(sys.stdout, verbosity=0).run(suite)
    print("tests", result.testsRun, "mocks", count[0])
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
