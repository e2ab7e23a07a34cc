"""How long each part of a test may take: what a decorator, a class or a setting says, the nearest first."""

import enum
from typing import Any, Final, NamedTuple

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
    """A part of the life of a test; its value is the name of the class attribute and of the setting."""

    SET_UP = "setup_timeout"
    TEST = "timeout"
    TEAR_DOWN = "teardown_timeout"

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute  # looked up several times a test, and an enum's value is slow

    __hash__ = object.__hash__  # an enum's own looks its name up


class Mark(NamedTuple):
    """What a decorator says: of the function itself, and of the set-up and tear-down if it is a test."""

    seconds: float | None
    setup: float | None = None
    teardown: float | None = None


class Budget(NamedTuple):
    """How long something may take in real time, in seconds (None is for ever), who says so, and with which mark."""

    seconds: float | None
    source: str
    mark: Mark | None = None


ATTRIBUTES: Final = tuple(phase.attribute for phase in Phase)

_UNSET: Final = object()
_DEFAULTS: Final = Settings()
_latest: Final[list[Any]] = [None, {}]
_NO_NAMES: Final[dict[str, Any]] = {}


def mark_of(function: object) -> Mark | None:
    """Return what a decorator has said of a function, or None."""
    while isinstance(function, functools.partial):
        function = function.func
    # Not getattr: a mock has any attribute that it is asked for.
    mark: Mark | None = getattr(function, "__dict__", _NO_NAMES).get("_aiounit_mark")
    return mark


def find(kind: Any, phase: Phase, function: object, method: object) -> Budget:
    """Return how long a step of a test may take.

    Args:
        kind: The class of the test.
        phase: What the step belongs to.
        function: What is called: a test, a hook or a cleanup.
        method: The test method.
    """
    mark = mark_of(method if phase is Phase.TEST else function)
    if mark is not None:
        return of_mark(mark)
    if phase is not Phase.TEST and (mark := mark_of(method)) is not None:
        seconds = mark.setup if phase is Phase.SET_UP else mark.teardown
        if seconds is not None:
            return _scaled(seconds, "@async_timeout of the test")
    if _latest[0] is settings.current() and getattr(kind, phase.attribute, _UNSET) is _UNSET:  # as of most
        budget: Budget = _latest[1][phase]
        return budget
    return of_class(kind, phase)


def of_class(kind: Any, phase: Phase) -> Budget:
    """Return how long the steps of a phase may take in a class, unless a decorator says otherwise."""
    seconds: Any = getattr(kind, phase.attribute, _UNSET)
    if seconds is None or isinstance(
        seconds, int | float
    ):  # anything else is a user's own attribute that happens to have the name
        return _scaled(seconds, f"{phase.attribute} of {kind.__qualname__}")
    return of_settings(phase)


def of_mark(mark: Mark) -> Budget:
    """Return how long what a decorator bounds may take itself."""
    return _scaled(mark.seconds, "@async_timeout", mark)


def of_settings(phase: Phase) -> Budget:
    """Return how long what belongs to no class may take."""
    return _of(settings.current())[phase]


def _of(now: Settings) -> dict[Phase, Budget]:
    if _latest[0] is not now:  # which in a process that is not under test itself happens once
        _latest[:] = now, {phase: _make(now, phase) for phase in Phase}
    result: dict[Phase, Budget] = _latest[1]
    return result


def _make(now: Settings, phase: Phase) -> Budget:
    seconds: float | None = getattr(now, phase.attribute)
    by_default = seconds == getattr(_DEFAULTS, phase.attribute)
    return _scaled(seconds, "the default" if by_default else f"the setting {phase.attribute}")


def _scaled(seconds: float | None, source: str, mark: Mark | None = None) -> Budget:
    scale = settings.current().timeout_scale
    if scale == 1.0 or seconds is None:
        return Budget(seconds, source, mark)
    return Budget(seconds * scale, f"{source}, scaled by {scale:g}", mark)
