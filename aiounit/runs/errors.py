"""Raise or print the errors of closing a class, a module or the run."""

from aiounit._real import sys, traceback
from aiounit.exceptions import ResourceError
from aiounit.introspect import tracebacks

__all__ = ["print_all", "raise_all"]

__unittest = True  # as in _stdlib: errors of class and module cleanups are raised here


def raise_all(errors: list[BaseException], action: str) -> None:
    """Raise errors, several as a group; do nothing if there are none.

    Args:
        errors: The errors.
        action: The action that failed, such as ``"closing the resources of module x"``, for messages.
    """
    for error in errors:
        tracebacks.trim(error)
    whole = BaseExceptionGroup(f"several errors while {action}", errors) if len(errors) > 1 else None
    for error in errors:
        if isinstance(error, KeyboardInterrupt):
            raise error from whole
    for error in [whole or error for error in errors]:
        if isinstance(error, Exception):
            raise error
        # unittest reports only an Exception of class and module cleanups. Any other error would end the run.
        raise ResourceError(f"{type(error).__name__} was raised while {action}") from error


def print_all(errors: list[BaseException]) -> None:
    """Print errors to standard error, when there is no result for them.

    Args:
        errors: The errors.
    """
    for error in errors:
        print("aiounit: while closing the resources of the run:", file=sys.stderr)
        traceback.print_exception(error)
