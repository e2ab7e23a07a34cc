"""The private names of the standard library that aiounit uses, and nothing else: an area a file, a canary test a name.

Imports `_real` and `exceptions` only. A private name of `asyncio`, `unittest` or `threading` anywhere else is a
mistake, and so is anything here that is not about such a name.
"""

from aiounit._stdlib import (
    cancel,
    cases,
    frames,
    handles,
    hooks,
    interpreter,
    isolated,
    loops,
    mocks,
    policy,
    recycled,
    signals,
    suites,
    tasks,
    threads,
    timeouts,
    values,
)

__all__ = [
    "cancel",
    "cases",
    "frames",
    "handles",
    "hooks",
    "interpreter",
    "isolated",
    "loops",
    "mocks",
    "policy",
    "recycled",
    "signals",
    "suites",
    "tasks",
    "threads",
    "timeouts",
    "values",
]
