"""Fail the process for an error that comes when the runner has reported already, and no result can take it any more.

A function of `atexit` can't choose the exit status, and to end the process at once would skip the other functions. But
CPython makes the status 120 if it can't flush standard error when the interpreter ends (see `sys.exit`), and prints
nothing of that.
"""

import sys
from typing import Any, Final

from aiounit._real import inspect

__all__ = ["fail", "is_worker"]

# What CPython makes of it.
_STATUS: Final = 120
# Of the interpreter, whatever a test puts in its place.
_modules: Final = sys.modules


class _Failing:
    """Pass everything on to a stream, and refuse the flush with which the interpreter ends.

    Args:
        stream: The stream; None in a program that has none.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def flush(self) -> None:
        """Flush the stream.

        Raises:
            ValueError: No Python code calls this, so the interpreter is ending.
        """
        if self._stream is not None:
            self._stream.flush()
        if getattr(inspect.currentframe(), "f_back", self) is None:  # pragma: no cover (coverage has ended by then)
            raise ValueError("the run has failed")


def fail(reason: str) -> None:
    """Make the exit status of this process 120 when it ends, and say so; everything else goes on as before.

    Args:
        reason: Why.
    """
    print(f"aiounit: {reason}, so the exit status is {_STATUS}", file=sys.stderr)
    sys.stderr = _Failing(sys.stderr)


def is_worker() -> bool:
    """Tell whether `multiprocessing` has started this process: its runner is another one, which sees no exit status."""
    multiprocessing: Any = _modules.get("multiprocessing")  # to import it would cost more than all else here
    return multiprocessing is not None and multiprocessing.parent_process() is not None
