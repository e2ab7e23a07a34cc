"""Fail the process for an error that occurs after the runner's report, when no result can receive it.

A function of `atexit` can't set the exit status, and ending the process at once would skip the other such functions.
But CPython exits with status 120 if it can't flush standard error at its end (see `sys.exit`), and prints nothing about
that.
"""

import sys
from typing import Any, Final, TextIO

from aiounit._real import inspect

__all__ = ["fail", "is_worker"]

# The exit status of CPython after a failed flush.
_STATUS: Final = 120
# Kept here because a test may replace `sys.modules`.
_modules: Final = sys.modules


class _Failing:
    """Forward everything to a stream, except the flush at the end of the interpreter, which fails.

    Args:
        stream: The stream; None in a program without standard error.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def flush(self) -> None:
        """Flush the stream.

        Raises:
            ValueError: The caller is not Python code, so the interpreter is ending.
        """
        if self._stream is not None:
            self._stream.flush()
        if getattr(inspect.currentframe(), "f_back", self) is None:  # pragma: no cover (coverage has ended by then)
            raise ValueError("the run has failed")


def fail(reason: str) -> None:
    """Make this process exit with status 120 when it ends, and print the reason. Nothing else changes.

    Args:
        reason: The reason.
    """
    print(f"aiounit: {reason}, so the exit status is {_STATUS}", file=sys.stderr)
    sys.stderr = _Failing(sys.stderr)


def is_worker() -> bool:
    """Return whether `multiprocessing` has started this process. Then the runner's process ignores its exit status."""
    multiprocessing: Any = _modules.get("multiprocessing")  # importing it here would cost more than everything else
    return multiprocessing is not None and multiprocessing.parent_process() is not None
