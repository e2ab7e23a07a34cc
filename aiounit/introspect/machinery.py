"""Find out whose code runs, by the package of a frame or a module.

The modules of aiounit that other modules search stacks for are named here, and a test shows that they exist.
"""

from types import FrameType
from typing import Final

__all__ = [
    "AIOUNIT",
    "EXECUTOR",
    "FORWARDERS",
    "HELPERS",
    "INSPECTORS",
    "MACHINERY",
    "NOT_USERS",
    "RUNNER",
    "is_ours",
    "module_of",
    "package_of",
    "top_package",
]

AIOUNIT: Final = "aiounit"

# The packages whose frames say nothing about a test.
MACHINERY: Final = frozenset({AIOUNIT, "asyncio"})

# The packages of the base classes of a test case that are not the user's.
NOT_USERS: Final = frozenset({AIOUNIT, "builtins", "unittest"})

# It runs a test: the calls around it are not the user's.
RUNNER: Final = "aiounit.lifecycle.run"

# It runs the jobs of the default executor.
EXECUTOR: Final = "aiounit.loops.executor"

# They inspect the user's objects, whose properties may run any code.
INSPECTORS: Final = frozenset(
    {"aiounit.mocks.specs.hints", "aiounit.mocks.replacements", "aiounit.mocks.specs.autospec"}
)

# They only pass a call on to the user's function.
FORWARDERS: Final = frozenset(
    {"aiounit.mocks.doubles.behaviours", "aiounit.mocks.recording.recorder", "aiounit.mocks.spies"}
)

# Packages whose code could be the user's own: assertions and mocks.
HELPERS: Final = ("aiounit.assertions.", "aiounit.mocks.")


def top_package(module: str) -> str:
    """Return the outermost package of a module, by its full name."""
    return module.partition(".")[0]


def module_of(frame: FrameType) -> str:
    """Return the name of the module that a frame runs in; an empty one if it has none."""
    return str(frame.f_globals.get("__name__", ""))


def package_of(frame: FrameType) -> str:
    """Return the outermost package that a frame runs in."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def is_ours(frame: FrameType) -> bool:
    """Return whether a frame runs code of aiounit."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == AIOUNIT
