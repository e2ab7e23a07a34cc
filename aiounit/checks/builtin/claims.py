"""How a test takes an error of its loop that it expects: one that has come, or one that comes while a block runs."""

from collections.abc import Callable
from typing import TypeVar
from unittest import TestCase

from aiounit import _stdlib
from aiounit.assertions.errors.expected import Pattern
from aiounit.assertions.errors.loop_errors import ExpectedLoopError
from aiounit.checks.api import current_context
from aiounit.checks.builtin.loop_errors import Errors, is_log_captured
from aiounit.exceptions import CheckUsageError

__all__ = ["take", "watch"]

__unittest = True  # results leave out the frames of this module

E = TypeVar("E", bound=BaseException)


def take(case: TestCase, kind: type[E] | tuple[type[E], ...], match: Pattern | None, msg: object) -> E:
    """Take the first error that has come and matches, or fail the test, as `AsyncTestCase.takeLoopError` says."""
    expected = ExpectedLoopError("takeLoopError", kind, match)
    check = _check()
    if check is None:
        raise CheckUsageError(
            f"no error of the loop can be taken: the check {Errors.name!r} is off, or no test is running"
        )
    error = check.claim(expected.find)
    others = (
        f"these have: {', '.join(map(repr, check.errors()))}" if error is None and check.errors() else "nothing has"
    )
    if error is None:
        raise _stdlib.cases.failure(case, msg, f"{expected} has not reached the event loop; {others}")
    return error


def watch() -> Callable[[ExpectedLoopError[E]], E | None] | None:
    """Return a function that takes an expected error that has come since now, or None if nothing collects errors."""
    check = _check()
    if check is None or is_log_captured():
        return None
    before = check.errors()

    def take_new(expected: ExpectedLoopError[E]) -> E | None:
        if is_log_captured():
            return None
        return check.claim(lambda error: None if any(error is each for each in before) else expected.find(error))

    return take_new


def _check() -> Errors | None:
    subject = current_context.get()
    check = None if subject is None else subject.check(Errors.name)
    return check if isinstance(check, Errors) else None
