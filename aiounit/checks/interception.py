"""Replace functions of the standard library while tests run, so that checks hear of threads, errors and coroutines.

They are put in when the first test or scope begins. They are taken out when the outermost run ends and not with each
test: a coroutine, or a task of a loop that is gone, may be destroyed when its test is over, up to the last garbage
collection of the run, and is reported with the run. To replace methods of classes for each test would also cost more
than all checks. The class of a loop is replaced too (`_stdlib.hooks.listen`), and dies with its loop.
"""

from typing import Final

from aiounit import _stdlib
from aiounit._stdlib.replacements import Replacement
from aiounit.checks.api import CheckContext

__all__ = ["put_in", "replacements", "take_out", "users"]

# Each test or scope puts in those that are not there: the first one all, and a later one those that were lost with a
# patch that was there before and was undone.
replacements: Final[list[Replacement]] = []

# The tests and scopes that run, in all threads.
users: Final[set[CheckContext]] = set()


def put_in() -> None:
    """Put all functions in that are not there, also if all checks of a test are off: for the end of the process."""
    for each in replacements:
        each.put_in()


def take_out() -> None:
    """Take them out, because a run has ended; another thread may still run tests, and takes them out later."""
    if not users:
        for each in (*replacements, *_stdlib.threads.of_uvloop):
            each.take_out()
