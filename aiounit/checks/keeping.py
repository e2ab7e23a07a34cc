"""What a test has made for something that lives longer: a pool of the class that opens a connection when it needs one.

Such a thing is the pool's, not the test's. It is told by being reachable from what a resource gives or a fixture has
set, which is looked for only when a test on the shared loop has left something.
"""

import types
import unittest
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars, gc
from aiounit.checks.check import Check, Subject, current

__all__ = ["Keeper", "hand_over"]

# How many objects are looked at for one keeper.
_MOST: Final = 100_000

# What leads to everything, or to nothing of interest.
_CLOSED: Final = (
    asyncio.AbstractEventLoop,
    contextvars.Context,
    types.CodeType,
    types.FrameType,
    types.ModuleType,
    type,
    str,
    bytes,
    unittest.TestCase,
)


class Keeper(NamedTuple):
    """A scope that is wider than a test.

    Attributes:
        values: What its resources give and its fixtures have set.
        subject: What looks at the scope; None if nobody does.
        disown: Makes what runs in a context belong to no test.
    """

    values: Sequence[object]
    subject: Subject | None
    disown: Callable[[contextvars.Context], None]


def hand_over(test: Subject, checks: Iterable[Check], keepers: Iterable[Keeper]) -> None:
    """Let wider scopes have what belongs to them.

    Args:
        test: The test that has made it.
        checks: The checks that look at the test.
        keepers: The scopes, the narrowest first.
    """
    checks = list(checks)
    for keeper in keepers:
        left = [(check, thing) for check in checks for thing in check.left(test)]
        reached = _reach(keeper.values) if left else set()
        for check, thing in left:
            if id(thing) in reached:
                other = None if keeper.subject is None else keeper.subject.check(check.name)
                check.give(thing, other)
                context = _stdlib.context_of(thing) if isinstance(thing, asyncio.Task) else None
                if context is not None:
                    context.run(current.set, keeper.subject)
                    keeper.disown(context)


def _reach(values: Iterable[object]) -> set[int]:
    """Return the identities of what can be reached from some objects."""
    waiting: list[Any] = list(values)
    reached: set[int] = set()
    while waiting and len(reached) < _MOST:
        thing = waiting.pop()
        if id(thing) in reached or isinstance(thing, _CLOSED):
            continue
        reached.add(id(thing))
        if not isinstance(thing, types.FunctionType):
            waiting += gc.get_referents(thing)
        else:
            waiting += [cell.cell_contents for cell in thing.__closure__ or () if _is_filled(cell)]
    return reached


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 (an empty cell raises)
    except ValueError:
        return False
    return True
