"""How a test claims an error of its loop that it is about: by saying so before, or by taking it afterwards."""

from aiounit.checks.check import current
from aiounit.checks.errors import Errors, Expected
from aiounit.exceptions import CheckError

__all__ = ["expect", "take"]

_ErrorTypes = type[BaseException] | tuple[type[BaseException], ...]


def expect(kinds: _ErrorTypes, pattern: str | None) -> None:
    """Claim all errors of a kind that are going to reach the loop.

    Args:
        kinds: The type of error, or several.
        pattern: A regular expression for its message; None takes any.

    Raises:
        CheckError: Nobody collects errors now.
    """
    _check().expect(Expected(kinds, pattern))


def take(kinds: _ErrorTypes, pattern: str | None) -> tuple[BaseException | None, str]:
    """Claim the first error of a kind that has reached the loop.

    Args:
        kinds: The type of error, or several.
        pattern: A regular expression for its message; None takes any.

    Returns:
        The error, or None; and what to say if there is none.

    Raises:
        CheckError: Nobody collects errors now.
    """
    check = _check()
    expected = Expected(kinds, pattern)
    error = check.claim(expected)
    seen = check.seen()
    others = f"what has: {', '.join(seen)}" if seen else "nothing has"
    return error, f"{expected} has not reached the event loop; {others}"


def _check() -> Errors:
    subject = current.get()
    check = None if subject is None else subject.check(Errors.name)
    if not isinstance(check, Errors):
        raise CheckError(Errors.name, "no error of the loop can be claimed: the check is off, or no test is running")
    return check
