"""How serious the findings of a check are, and how users write that: in a class, a decorator, a file or a variable."""

import enum
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["ALL", "NO_LEVELS", "Level", "Levels", "Setting", "from_table", "from_text", "merge"]

# In place of the name of a check: every check that is not off by default.
ALL: Final = "all"


class Level(enum.Enum):
    """What becomes of the findings of a check."""

    FAIL = "fail"
    """They are an error of the test."""
    WARN = "warn"
    """They are warned of."""
    OFF = "off"
    """Nobody looks for them."""


Levels = Mapping[str, Level]

NO_LEVELS: Final[Levels] = MappingProxyType({})


class Setting(NamedTuple):
    """Levels that a file or a variable says.

    Attributes:
        levels: The levels.
        where: What says them, and in which words, for errors.
    """

    levels: Levels
    where: str


def from_text(text: str) -> Levels:
    """Read levels from text like ``tasks=warn,blocking=off``.

    Args:
        text: Names of checks with their levels.

    Raises:
        ValueError: It is nothing like that; the words go on from "... is 'value', but".
    """
    levels = {}
    for part in text.split(","):
        name, equals, level = part.partition("=")
        if not (name.strip() and equals):
            raise ValueError(f"{part.strip()!r} in it is not a check and its level, as in 'tasks=warn,blocking=off'")
        levels[name.strip()] = _level(name.strip(), level.strip())
    return levels


def from_table(table: object) -> Levels:
    """Read levels from a mapping of names to levels.

    Args:
        table: What the user has written, of whatever type.

    Raises:
        ValueError: It is no such mapping; the words go on from "... is value, but".
    """
    if not isinstance(table, Mapping) or not all(isinstance(name, str) for name in table):
        raise ValueError("it takes a mapping of checks to levels, for example {'tasks': 'warn', 'blocking': 'off'}")
    return {name: _level(name, level) for name, level in table.items()}


def merge(defaults: Levels, layers: Iterable[Levels]) -> dict[str, Level]:
    """Put levels together.

    Args:
        defaults: The level of every check there is.
        layers: What was said about them, what counts more later. In each layer a name counts more than ``all``, and
            ``all`` leaves alone what is off by default and was not turned on by its name.
    """
    merged = dict(defaults)
    for layer in layers:
        if (level := layer.get(ALL)) is not None:
            for name, default in defaults.items():
                if default is not Level.OFF or merged[name] is not Level.OFF:
                    merged[name] = level
        merged.update({name: level for name, level in layer.items() if name != ALL})
    return merged


def _level(name: str, level: object) -> Level:
    if isinstance(level, Level):
        return level
    for each in Level:
        if each.value == level:
            return each
    known = ", ".join(each.value for each in Level)
    raise ValueError(f"{level!r} is no level for {name!r}: there are {known}")
