"""The decorators that configure checks for a test or a class: ``@allow`` and ``@check_levels``."""

from collections.abc import Callable
from typing import TypeVar

from aiounit import _stdlib, levels
from aiounit.checks import registry
from aiounit.checks.policy import ALLOWED, Allowance
from aiounit.exceptions import DeclarationError
from aiounit.introspect.places import stack_of
from aiounit.levels import Level, Levels

__all__ = ["LEVELS", "allow", "check_levels"]

T = TypeVar("T", bound=Callable[..., object])  # a class or a function

# Where the decorator leaves the levels, on the function or the class.
LEVELS = "_aiounit_levels"


def allow(
    check: str, *, name: str | None = None, creator: str | None = None, file: str | None = None, reason: str
) -> Callable[[T], T]:
    """Suppress matching findings of a check for the decorated test or class.

    All patterns that are given must match, as ``fnmatch`` has it. An ``@allow`` that allows nothing is warned of.

    Args:
        check: The name of the check.
        name: A pattern for the name of the task, thread, mock or coroutine function that is found.
        creator: A pattern for the function that has made it, with or without its module, or that has called this.
        file: A pattern for the file of such a function, absolute or as reports name it, from the working directory.
        reason: Why it is not a mistake.

    Returns:
        A decorator for a test method or a test class.

    Raises:
        DeclarationError: The check does not exist, or no reason is given.

    Example:
        ``@allow("tasks", name="heartbeat*", reason="the client library never stops its heartbeat")``
    """
    complaint = registry.complaint_about([check])
    if complaint is not None or check == levels.ALL:
        raise DeclarationError(
            f"@allow({check!r}): {complaint or 'name the check; @check_levels(all=...) is for all of them'}"
        )
    if not reason.strip():
        raise DeclarationError(f"@allow({check!r}): say in reason why it is no mistake")
    place = stack_of(_stdlib.frames.frame(1))[-1]
    allowance = Allowance(check, name, creator, file, reason, place)

    def decorate(target: T) -> T:
        setattr(target, ALLOWED, (*vars(target).get(ALLOWED, ()), allowance))
        return target

    return decorate


def check_levels(**wanted: str | Level) -> Callable[[T], T]:
    """Set the levels of checks for a test, or for the tests of a class.

    Args:
        **wanted: ``fail``, ``warn`` or ``off`` for the name of a check, or for ``all``.

    Returns:
        A decorator for a test method or a test class.

    Raises:
        DeclarationError: A check or a level does not exist.

    Example:
        ``@check_levels(blocking="off", threads="fail")``
    """
    read = read_levels(wanted, "@check_levels")

    def decorate(target: T) -> T:
        setattr(target, LEVELS, {**vars(target).get(LEVELS, {}), **read})
        return target

    return decorate


def read_levels(wanted: object, where: str) -> Levels:
    """Return levels that the user has written in code.

    Args:
        wanted: The value in the code.
        where: Where, for the error.

    Raises:
        DeclarationError: A check or a level does not exist.
    """
    try:
        read = levels.from_table(wanted)
    except ValueError as error:
        raise DeclarationError(f"{where} is {wanted!r}, but {error}") from None
    complaint = registry.complaint_about(read)
    if complaint is not None:
        raise DeclarationError(f"{where} is {wanted!r}, but {complaint}")
    return read
