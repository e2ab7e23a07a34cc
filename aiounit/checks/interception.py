"""Replace functions of the standard library while tests run, so that checks hear of threads, errors and coroutines.

They are put in when the first test or scope begins. They are taken out when the outermost run ends and not with each
test: a coroutine, or a task of a loop that is gone, may be destroyed when its test is over, up to the last garbage
collection of the run, and is reported with the run. To replace methods of classes for each test would also cost more
than all checks. The class of a loop is replaced too (`_stdlib.hooks.listen`), and dies with its loop.
"""

import types
from collections.abc import Callable
from typing import ClassVar, Final

from aiounit import _stdlib
from aiounit._real import operator
from aiounit._stdlib.replacements import Replacement
from aiounit.checks.api import CheckContext

__all__ = ["put_in", "put_in_lost", "replacements", "take_out", "users"]

# Each test or scope puts in those that are not there: the first one all, and a later one those that were lost with a
# patch that was there before and was undone.
replacements: Final[list[Replacement]] = []

# The tests and scopes that run, in all threads.
users: Final[set[CheckContext]] = set()


def put_in() -> None:
    """Put all functions in that are not there, also if all checks of a test are off: for the end of the process."""
    for each in replacements:
        each.put_in()


class _Seen:
    """The functions as they were when all were in."""

    root: ClassVar[object] = None
    get: ClassVar[Callable[[object], object]] = id
    functions: ClassVar[object] = None


def put_in_lost() -> None:
    """Put in those that are not there any more. Each test calls this, so all are compared at once."""
    if _Seen.get(_Seen.root) != _Seen.functions:
        _put_in_lost()


def _put_in_lost() -> None:
    owners = {f"owner{index}": each.owner for index, each in enumerate(replacements)}
    _Seen.root = types.SimpleNamespace(**owners)
    names = [f"{owner}.{each.name}" for owner, each in zip(owners, replacements, strict=True)]
    _Seen.get = staticmethod(operator.attrgetter(*names))
    for each in replacements:
        if each.attributes[each.name] is not each.own:
            each.put_in()
    _Seen.functions = _Seen.get(_Seen.root)


def take_out() -> None:
    """Take them out, because a run has ended; another thread may still run tests, and takes them out later."""
    if not users:
        for each in (*replacements, *_stdlib.threads.of_uvloop):
            each.take_out()
    _stdlib.policy.take_out_promises()
