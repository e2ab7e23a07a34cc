"""Keep the private names of the standard library that aiounit uses in one folder: a module for each subject.

The names were read in CPython 3.11 to 3.15. Each has a canary test, in the test file of its module, which fails on a
version that changes it. No other module of aiounit uses a private name, and nothing else belongs here.
"""

from typing import TYPE_CHECKING

from aiounit._later import Later

if TYPE_CHECKING:
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
    cancel = Later("aiounit._stdlib.cancel", globals())
    cases = Later("aiounit._stdlib.cases", globals())
    frames = Later("aiounit._stdlib.frames", globals())
    handles = Later("aiounit._stdlib.handles", globals())
    hooks = Later("aiounit._stdlib.hooks", globals())
    interpreter = Later("aiounit._stdlib.interpreter", globals())
    isolated = Later("aiounit._stdlib.isolated", globals())
    loops = Later("aiounit._stdlib.loops", globals())
    mocks = Later("aiounit._stdlib.mocks", globals())
    policy = Later("aiounit._stdlib.policy", globals())
    recycled = Later("aiounit._stdlib.recycled", globals())
    replacements = Later("aiounit._stdlib.replacements", globals())
    signals = Later("aiounit._stdlib.signals", globals())
    suites = Later("aiounit._stdlib.suites", globals())
    tasks = Later("aiounit._stdlib.tasks", globals())
    threads = Later("aiounit._stdlib.threads", globals())
    timeouts = Later("aiounit._stdlib.timeouts", globals())
    transports = Later("aiounit._stdlib.transports", globals())
    unawaited = Later("aiounit._stdlib.unawaited", globals())
    values = Later("aiounit._stdlib.values", globals())

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
