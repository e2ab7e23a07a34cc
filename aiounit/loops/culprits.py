"""Find the code that blocks a loop, and tell apart code that no test is to blame for: imports, debuggers, aiounit."""

from types import CodeType, FrameType
from typing import Final

from aiounit import _stdlib
from aiounit._real import functools, gc, os
from aiounit.introspect.machinery import AIOUNIT, FORWARDERS, INSPECTORS, module_of, top_package
from aiounit.introspect.sites import Site
from aiounit.limits import user_code

__all__ = ["is_innocent", "site_of"]

# Imports, wherever they are in the stack: each is done once. And debuggers: who stops in one is not blocked.
_IMPORTS: Final = frozenset({"importlib._bootstrap", "importlib._bootstrap_external", "_frozen_importlib"})
_DEBUGGERS: Final = frozenset({"bdb", "pdb", "pydevd", "debugpy", "_pydevd_bundle", "IPython"})

# What unittest compares values with when an assertion fails.
_DIFFERENCES: Final = frozenset({"difflib", "pprint", "unittest.util"})

_STDLIB: Final = f"{os.path.dirname(os.__file__)}{os.sep}"
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")

# How many calls are noted at most.
_MOST: Final = 2000


def site_of(frame: FrameType | None) -> Site:
    """Return all calls in an iteration of a loop.

    Args:
        frame: The innermost frame.
    """
    calls: list[tuple[CodeType, int, str]] = []
    while frame is not None and not _stdlib.frames.is_iteration_frame(frame) and len(calls) < _MOST:
        calls.append((frame.f_code, frame.f_lineno, module_of(frame)))
        frame = frame.f_back
    return Site(tuple(calls))


def is_innocent(frame: FrameType | None) -> bool:
    """Tell whether an iteration of a loop is at something that no test is to blame for.

    Work is aiounit's if its frame is the innermost but for those of the standard library, and it does not just call a
    function of the user's.

    Args:
        frame: The innermost frame.
    """
    is_ours: bool | None = None
    is_comparing = False
    of_collector = {getattr(each, "__code__", None) for each in gc.callbacks}
    while frame is not None and not _stdlib.frames.is_iteration_frame(frame):
        module = module_of(frame)
        if module in _IMPORTS or top_package(module) in _DEBUGGERS or module in INSPECTORS:
            return True
        if frame.f_code in of_collector:
            return True
        if is_ours is None and module not in FORWARDERS:
            is_comparing = is_comparing or module in _DIFFERENCES
            if top_package(module) == AIOUNIT:
                is_ours = not user_code.is_entry(frame.f_code)
            elif module == "unittest.case" and is_comparing:
                is_ours = True
            elif not _is_stdlib(frame.f_code.co_filename):
                is_ours = False
        frame = frame.f_back
    return bool(is_ours)


@functools.lru_cache(maxsize=1024)
def _is_stdlib(file: str) -> bool:
    return file.startswith("<frozen ") or (
        file.startswith(_STDLIB) and not any(folder in file for folder in _INSTALLED)
    )
