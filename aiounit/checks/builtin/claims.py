"""How a test claims an error of its loop that it is about: by saying so before, or by taking it afterwards."""

from aiounit import _stdlib
from aiounit._real import re
from aiounit.assertions.arguments import check_kinds, swapped
from aiounit.checks.api import current_context
from aiounit.checks.builtin.loop_errors import Errors, Expected
from aiounit.exceptions import CheckUsageError
from aiounit.introspect import sites
from aiounit.introspect.representation import brief

__all__ = ["expect", "take"]

__unittest = True  # results leave out the frames of this module

_ErrorTypes = type[BaseException] | tuple[type[BaseException], ...]


def expect(kinds: _ErrorTypes, pattern: str | None) -> None:
    """Claim all errors of a kind that are going to reach the loop.

    Args:
        kinds: The type of error, or several.
        pattern: A regular expression for its message; None takes any.

    Raises:
        CheckUsageError: The check ``errors`` is off, or no test is running.
        TypeError: ``kinds`` is no class of exceptions, or ``pattern`` is no regular expression.
    """
    _check_arguments("expectLoopError", kinds, pattern)
    _check().expect(Expected(kinds, pattern, sites.note(_stdlib.frames.frame(2))))


def take(kinds: _ErrorTypes, pattern: str | None) -> tuple[BaseException | None, str]:
    """Claim the first error of a kind that has reached the loop.

    Args:
        kinds: The type of error, or several.
        pattern: A regular expression for its message; None takes any.

    Returns:
        The error, or None; and what to say if there is none.

    Raises:
        CheckUsageError: The check ``errors`` is off, or no test is running.
        TypeError: ``kinds`` is no class of exceptions, or ``pattern`` is no regular expression.
    """
    _check_arguments("claimLoopError", kinds, pattern)
    check = _check()
    expected = Expected(kinds, pattern)
    error = check.claim(expected)
    seen = check.seen()
    others = f"what has: {', '.join(seen)}" if seen else "nothing has"
    return error, f"{expected} has not reached the event loop; {others}"


def _check_arguments(method: str, kinds: object, pattern: object) -> None:
    """Refuse what would fail only when an error comes, inside the exception handler of the loop."""
    if isinstance(kinds, str) and isinstance(pattern, type | tuple):
        raise swapped(method, "the class of the error", "the regular expression")
    check_kinds(f"expected of {method}()", kinds)
    if pattern is not None and not isinstance(pattern, str | re.Pattern):
        raise TypeError(f"regex of {method}() must be a regular expression, not {brief(pattern)}")
    re.compile(pattern or "")


def _check() -> Errors:
    subject = current_context.get()
    check = None if subject is None else subject.check(Errors.name)
    if not isinstance(check, Errors):
        raise CheckUsageError(
            f"no error of the loop can be claimed: the check {Errors.name!r} is off, or no test is running"
        )
    return check
