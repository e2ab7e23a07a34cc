"""aiounit's own tests, under plain ``unittest.TestCase``. Warnings are errors while they run."""

import gc
import signal
import sys
import threading
import traceback
import unittest
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiounit import _later, _stdlib
from aiounit.limits import own_threads

# A patch would reach the stand-in of one that was not imported yet.
_later.load(*(f"aiounit._stdlib.{name}" for name in _stdlib.__all__))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a shell starts in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


class StrictSuite(unittest.TestSuite):
    """Makes errors of warnings while its tests run, and of what happens where no exception can be raised.

    The runner sets its own filters when it starts, so a filter that is set on import would not hold. What is warned of
    or raised in a destructor (a coroutine that was never awaited, a loop that was not closed) belongs to no test: it
    fails one of its own at the end.
    """

    def run(self, result: unittest.TestResult, debug: bool = False) -> unittest.TestResult:
        unraisable: list[str] = []

        def note(details: Any) -> None:
            lines = traceback.format_exception(details.exc_type, details.exc_value, details.exc_traceback)
            unraisable.append(f"{details.err_msg or 'Exception ignored in'}: {details.object!r}\n{''.join(lines)}")

        def test_nothing_was_raised_in_a_destructor() -> None:
            assert not unraisable, "\n".join(unraisable)

        before, sys.unraisablehook = sys.unraisablehook, note
        # Each run of a suite inside a test ends with a collection, which need not look at these tests every time.
        gc.collect()
        gc.freeze()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                # Hypothesis asks the collector who holds an object, and that knows nothing of what is frozen.
                warnings.filterwarnings("ignore", "It looks like `register_random`")
                super().run(result, debug)
                gc.collect()
        finally:
            sys.unraisablehook = before
            gc.unfreeze()
        unittest.FunctionTestCase(test_nothing_was_raised_in_a_destructor).run(result)
        return result


def start_traced_thread(function: Callable[..., object], arguments: tuple[Any, ...]) -> int:
    """Start a thread that coverage measures, as it does with those of `threading`, and with no others."""

    def run() -> None:
        sys.settrace(threading.gettrace())
        function(*arguments)

    return _start_new_thread(run, ())


_start_new_thread = own_threads._start_new_thread
setattr(own_threads, "_start_new_thread", start_traced_thread)  # noqa: B010 (it is Final to type checkers)


def load_tests(loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: str | None) -> unittest.TestSuite:
    """Find the tests of this package, for ``python -m unittest``."""
    found = loader.discover(str(Path(__file__).parent), pattern or "test*.py")
    return StrictSuite([tests, found])
