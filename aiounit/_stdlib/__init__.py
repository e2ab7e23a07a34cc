"""Keep the private names of the standard library that aiounit uses in one folder: a module for each subject.

The names were read in CPython 3.11 to 3.15. Each has a canary test, in the test file of its module, which fails on a
version that changes it. No other module of aiounit uses a private name, and nothing else belongs here.
"""

import typing

from aiounit import _later

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
    "replacements",
    "signals",
    "suites",
    "tasks",
    "threads",
    "timeouts",
    "transports",
    "unawaited",
    "values",
]

if typing.TYPE_CHECKING:
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
        replacements,
        signals,
        suites,
        tasks,
        threads,
        timeouts,
        transports,
        unawaited,
        values,
    )
else:
    __getattr__ = _later.submodules(__name__, __all__)
