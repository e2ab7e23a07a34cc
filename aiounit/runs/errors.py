"""Errors of what is closed at the end of a class, a module or the run: raised as one, or printed."""

from aiounit._real import sys, traceback
from aiounit.exceptions import ResourceError
from aiounit.introspect import tracebacks

__all__ = ["print_all", "raise_all"]

__unittest = True  # as in _stdlib: errors of class and module cleanups are raised here


def raise_all(errors: list[BaseException], what: str) -> None:
    """Raise errors, several as a group; do nothing if there are none.

    Args:
        errors: The errors.
        what: What was done, for the message of a group.
    """
    for error in errors:
        tracebacks.trim(error)
    whole = BaseExceptionGroup(f"several errors while {what}", errors) if len(errors) > 1 else None
    for error in errors:
        if isinstance(error, KeyboardInterrupt):
            raise error from whole
    for error in [whole or error for error in errors]:
        if isinstance(error, Exception):
            raise error
        # unittest takes only an Exception for an error of a class or a module: anything else would end the run.
        raise ResourceError(f"{type(error).__name__} was raised while {what}") from error


def print_all(errors: list[BaseException]) -> None:
    """Print errors where there is nothing to report them to.

    Args:
        errors: The errors.
    """
    for error in errors:
        print("aiounit: while closing the resources of the run:", file=sys.stderr)
        traceback.print_exception(error)
