"""Find the time limit of each part of a test: that of a decorator, of its class or of a setting, in this order."""

import enum
from typing import Final, NamedTuple

from aiounit import settings
from aiounit._real import functools
from aiounit.settings import Settings

__all__ = [
    "ATTRIBUTES",
    "Budget",
    "Mark",
    "Phase",
    "find",
    "mark_of",
    "of_class",
    "of_mark",
    "of_settings",
]


class Phase(enum.Enum):
    """A part of a test; its value is the name of the class attribute and of the setting."""

    SET_UP = "setup_timeout"
    TEST = "timeout"
    TEAR_DOWN = "teardown_timeout"

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute  # read several times a test, and the value of an enum is slow

    __hash__ = object.__hash__  # an enum's own hashes its name


class Mark(NamedTuple):
    """The limits that a decorator sets: of the function itself, and of the set-up and tear-down if it is a test."""

    seconds: float | None
    setup: float | None = None
    teardown: float | None = None


class Budget(NamedTuple):
    """A time limit.

    Attributes:
        seconds: The limit in seconds of real time; None for no limit.
        source: The decorator, the attribute or the setting that sets it, or "the default", for messages.
        mark: The mark of the decorator, if it is set by one.
    """

    seconds: float | None
    source: str
    mark: Mark | None = None


ATTRIBUTES: Final = tuple(phase.attribute for phase in Phase)

_UNSET: Final = object()
_DEFAULTS: Final = Settings()
_NO_NAMES: Final[dict[str, Mark]] = {}


class _Latest:
    """The limits of the latest settings."""

    settings: Settings | None = None
    budgets: dict[Phase, Budget]


_latest: Final = _Latest()


def mark_of(function: object) -> Mark | None:
    """Return the limits that a decorator has set for a function; None without a decorator."""
    while isinstance(function, functools.partial):
        function = function.func
    # Not getattr: a mock has every attribute.
    mark: Mark | None = getattr(function, "__dict__", _NO_NAMES).get("_aiounit_mark")
    return mark


def find(kind: type, phase: Phase, function: object, method: object) -> Budget:
    """Return the time limit of a step of a test.

    Args:
        kind: The class of the test.
        phase: The part of the test that the step belongs to.
        function: The function that is called: a test, a hook or a cleanup.
        method: The test method.
    """
    # Most functions have no attributes at all, and so no mark.
    if getattr(function, "__dict__", True) or getattr(method, "__dict__", True):
        budget = _marked(phase, function, method)
        if budget is not None:
            return budget
    if _latest.settings is settings.current() and getattr(kind, phase.attribute, _UNSET) is _UNSET:  # as of most
        return _latest.budgets[phase]
    return of_class(kind, phase)


def _marked(phase: Phase, function: object, method: object) -> Budget | None:
    """Return the time limit that a decorator has set."""
    mark = mark_of(method if phase is Phase.TEST else function)
    if mark is not None:
        return of_mark(mark)
    if phase is not Phase.TEST and (mark := mark_of(method)) is not None:
        seconds = mark.setup if phase is Phase.SET_UP else mark.teardown
        if seconds is not None:
            return _scaled(seconds, "@async_timeout of the test")
    return None


def of_class(kind: type, phase: Phase) -> Budget:
    """Return the time limit of a step in a class, unless a decorator sets another."""
    seconds: object = getattr(kind, phase.attribute, _UNSET)
    # Any other object is a user's own attribute that happens to have the name.
    if seconds is None or isinstance(seconds, int | float):
        return _scaled(seconds, f"{phase.attribute} of {kind.__qualname__}")
    return of_settings(phase)


def of_mark(mark: Mark) -> Budget:
    """Return the time limit that a decorator sets for its own function."""
    return _scaled(mark.seconds, "@async_timeout", mark)


def of_settings(phase: Phase) -> Budget:
    """Return the time limit of a step that does not belong to a class."""
    return _of(settings.current())[phase]


def _of(now: Settings) -> dict[Phase, Budget]:
    if _latest.settings is not now:  # which happens once, except in tests of aiounit
        _latest.budgets, _latest.settings = {phase: _make(now, phase) for phase in Phase}, now
    return _latest.budgets


def _make(now: Settings, phase: Phase) -> Budget:
    seconds: float | None = getattr(now, phase.attribute)
    by_default = seconds == getattr(_DEFAULTS, phase.attribute)
    return _scaled(seconds, "the default" if by_default else f"the setting {phase.attribute}")


def _scaled(seconds: float | None, source: str, mark: Mark | None = None) -> Budget:
    scale = settings.current().timeout_scale
    if scale == 1.0 or seconds is None:
        return Budget(seconds, source, mark)
    return Budget(seconds * scale, f"{source}, scaled by {scale:g}", mark)
