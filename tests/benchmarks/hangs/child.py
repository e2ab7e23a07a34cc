"""What the hanging suites of all peers share: the kind that they are, and notes of what has run.

Notes go to a file, at once: the process may be ended at any time, and pytest captures what is printed.
"""

import os
from collections.abc import Awaitable
from pathlib import Path

from .kinds import KINDS, Phase

# In the environment of a child: the number of the kind, and the file for its notes.
KIND_VARIABLE = "HANGS_KIND"
NOTES_VARIABLE = "HANGS_NOTES"

# The budget of each phase, in seconds.
BUDGET = 1.0

KIND = KINDS[int(os.environ.get(KIND_VARIABLE, "0"))]


def note(event: str) -> None:
    """Note that something has run."""
    with Path(os.environ[NOTES_VARIABLE]).open("a", encoding="utf-8") as file:
        print(event, file=file)


def is_due(phase: Phase, test: str) -> bool:
    """Tell whether the test that hangs is to hang here."""
    return KIND.phase is phase and test == "test_2_hangs"


def hang() -> None:
    """Hang in synchronous code."""
    KIND.function()


async def hang_inside() -> None:
    """Hang in a coroutine, by awaiting or by blocking."""
    value = KIND.function()
    if isinstance(value, Awaitable):
        await value
