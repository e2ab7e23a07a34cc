"""Whether somebody is debugging: then a test that stands still is no test that hangs."""

from types import FrameType
from typing import Final

from aiounit._real import sys

__all__ = ["is_active"]

# Debuggers that are not made of bdb.Bdb, by the package of their trace function.
_PACKAGES: Final = frozenset({"_pydevd_bundle", "_pydevd_frame_eval", "debugpy", "pydevd", "pydevd_file_utils"})
# Modules that are on the stack while a debugger waits for a command.
_PROMPTS: Final = frozenset({"bdb", "pdb"})


def is_active(frame: FrameType | None) -> bool:
    """Tell whether a debugger follows this thread or waits for a command in it.

    Coverage and profilers use the same hooks, and are none.

    Args:
        frame: The innermost frame of the thread.
    """
    trace = sys.gettrace()
    bdb = sys.modules.get("bdb")  # where nobody has imported it, nobody debugs with it
    if trace is not None and (
        (bdb is not None and isinstance(getattr(trace, "__self__", None), bdb.Bdb))
        or str(getattr(trace, "__module__", None)).partition(".")[0] in _PACKAGES
    ):
        return True
    if sys.version_info >= (3, 12) and sys.monitoring.get_tool(sys.monitoring.DEBUGGER_ID) is not None:
        return True
    while frame is not None:
        if frame.f_globals.get("__name__") in _PROMPTS:
            return True
        frame = frame.f_back
    return False
