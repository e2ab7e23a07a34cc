"""Find out whether a debugger is active: then a test that makes no progress does not hang."""

import sys
from types import FrameType
from typing import Final

from aiounit.introspect.machinery import top_package

__all__ = ["is_active"]

# The packages of the trace functions of debuggers that do not derive from bdb.Bdb.
_PACKAGES: Final = frozenset({"_pydevd_bundle", "_pydevd_frame_eval", "debugpy", "pydevd", "pydevd_file_utils"})
# The modules on the stack while a debugger waits for a command.
_PROMPTS: Final = frozenset({"bdb", "pdb"})
_gettrace: Final = sys.gettrace

if sys.version_info >= (3, 12):
    _get_tool: Final = sys.monitoring.get_tool
    _DEBUGGER: Final = sys.monitoring.DEBUGGER_ID

    def _is_monitored() -> bool:
        return _get_tool(_DEBUGGER) is not None

else:

    def _is_monitored() -> bool:
        return False


def is_active(frame: FrameType | None) -> bool:
    """Return whether a debugger traces this thread or waits for a command in it.

    Coverage and profilers use the same hooks, and do not count.

    Args:
        frame: The innermost frame of the thread.
    """
    trace = _gettrace()
    bdb = sys.modules.get("bdb")  # not imported here: a debugger that uses it has imported it
    if trace is not None and (
        (bdb is not None and isinstance(getattr(trace, "__self__", None), bdb.Bdb))
        or top_package(str(getattr(trace, "__module__", None))) in _PACKAGES
    ):
        return True
    if _is_monitored():
        return True
    while frame is not None:
        if frame.f_globals.get("__name__") in _PROMPTS:
            return True
        frame = frame.f_back
    return False
