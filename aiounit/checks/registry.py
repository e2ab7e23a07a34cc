"""All checks there are, by name, in the order in which their findings are reported."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from aiounit._real import inspect
from aiounit.arguments import close_names, question
from aiounit.checks.api import Check
from aiounit.checks.builtin.asyncgens import Asyncgens
from aiounit.checks.builtin.blocking import Blocking
from aiounit.checks.builtin.coroutines import Coroutines
from aiounit.checks.builtin.executor_jobs import Executor
from aiounit.checks.builtin.loop_errors import Errors
from aiounit.checks.builtin.mock_calls import Mocks
from aiounit.checks.builtin.tasks import Tasks
from aiounit.checks.builtin.threads import Threads
from aiounit.checks.builtin.timers import Timers
from aiounit.checks.builtin.transports import Transports
from aiounit.checks.leftovers import Leftovers
from aiounit.exceptions import DeclarationError
from aiounit.introspect.names import qualified
from aiounit.levels import ALL, Level, Levels

__all__ = ["ALL_CHECKS", "complaint_about", "defaults", "make", "register_check"]

C = TypeVar("C", bound=type[Check])

_BUILT_IN: Final = (
    Tasks,
    Coroutines,
    Mocks,
    Errors,
    Asyncgens,
    Transports,
    Executor,
    Threads,
    Timers,
    Blocking,
)

# Grows with each registration, so its length tells whether there was one.
ALL_CHECKS: Final[dict[str, type[Check]]] = {check.name: check for check in _BUILT_IN}

# The methods that a check overrides to be told of events.
_EVENTS: Final = tuple(name for name in vars(Check) if name.startswith("on_"))


def register_check(check: C) -> C:
    """Add a check of your own to those that look at every test, for all tests that have not begun.

    Args:
        check: A class derived from `Check`, with a name that no other check has.

    Returns:
        The class, so that this can be a decorator.

    Raises:
        DeclarationError: The class does not derive from `Check`, its name is missing or taken, it can't be
            instantiated, or one of its methods is missing, misspelled or of the wrong kind (async or not).
    """
    if not (inspect.isclass(check) and issubclass(check, Check)):
        raise DeclarationError(f"{check!r} can't be registered: it must be a class derived from aiounit.checks.Check")
    name = getattr(check, "name", None)
    described = qualified(check)
    if not (isinstance(name, str) and name.isidentifier()) or name == ALL:
        raise DeclarationError(f"{described} can't be registered: its name must be an identifier, and is {name!r}")
    if not isinstance(check.level, Level):
        raise DeclarationError(f"{described} can't be registered: its level must be a Level, and is {check.level!r}")
    for complaint in _complaints(check):
        raise DeclarationError(f"{described} can't be registered: {complaint}")
    other = ALL_CHECKS.get(name)
    if other is not None and other is not check:
        raise DeclarationError(f"{described} can't be registered: {qualified(other)} has the name {name!r} already")
    ALL_CHECKS[name] = check
    return check


def _complaints(check: type[Check]) -> Iterator[str]:
    """Yield the complaints about the methods of a check."""
    if check.end is Check.end:
        yield "it needs a method end(), which returns its findings"
    missing = sorted(getattr(check, "__abstractmethods__", ()))
    if missing:
        yield f"it needs {' and '.join(f'{name}()' for name in missing)}, as each class derived from Leftovers"
    try:
        inspect.signature(check).bind()
    except TypeError as error:
        yield f"its __init__() must take no arguments, because each test makes an instance: {error}"
    for name, method in inspect.getmembers(check, inspect.isfunction):
        events = [] if hasattr(Check, name) or not name.startswith("on_") else close_names(name, _EVENTS)
        if events:
            yield f"there is no event {name}().{question(events)}"
        is_called = name != "clean" and hasattr(Leftovers, name)
        if is_called and (inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method)):
            yield f"its {name}() must be def, not async def: only clean() is called on the loop"
    if not inspect.iscoroutinefunction(check.clean):
        yield "its clean() must be async def"


def defaults() -> Levels:
    """Return the level that each check has by default."""
    return {name: check.level for name, check in ALL_CHECKS.items()}


def make(levels: Levels, *, for_fixtures: bool = False) -> tuple[type[Check], ...]:
    """Return the checks that are not off.

    Args:
        levels: The level of each.
        for_fixtures: Whether only those are wanted that can look at the fixtures of a class, a module or the run.
    """
    return tuple(
        check
        for name, check in ALL_CHECKS.items()
        if levels.get(name, check.level) is not Level.OFF and (check.looks_at_fixtures or not for_fixtures)
    )


def complaint_about(names: Iterable[str]) -> str | None:
    """Return the complaint about the first name that is neither a check nor ``all``, or None.

    Args:
        names: The names.
    """
    for name in names:
        if name != ALL and name not in ALL_CHECKS:
            meant = question(close_names(name, ALL_CHECKS))
            return f"there is no check {name!r}.{meant} There are {', '.join(sorted(ALL_CHECKS))}, and all"
    return None
