"""Define how serious the findings of a check are, and read that from a class, a decorator, a file or a variable."""

import enum
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["ALL", "NO_LEVELS", "Level", "Levels", "Setting", "from_table", "from_text", "merge"]

# Means every check that is not off by default, in place of the name of a check.
ALL: Final = "all"


class Level(enum.Enum):
    """The consequence of the findings of a check."""

    FAIL = "fail"
    """The test fails with them."""
    WARN = "warn"
    """They are reported as warnings."""
    OFF = "off"
    """The check does not run."""


Levels = Mapping[str, Level]

NO_LEVELS: Final[Levels] = MappingProxyType({})


class Setting(NamedTuple):
    """Levels that a file or a variable sets.

    Attributes:
        levels: The levels.
        where: The file or the variable, and its value, for errors.
    """

    levels: Levels
    where: str


def from_text(text: str) -> Levels:
    """Read levels from text like ``tasks=warn,blocking=off``.

    Args:
        text: The names of checks with their levels.

    Raises:
        ValueError: The text has another form. The message continues "... is 'value', but".
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
        table: The value that the user has written, of any type.

    Raises:
        ValueError: It is not such a mapping. The message continues "... is value, but".
    """
    if not isinstance(table, Mapping) or not all(isinstance(name, str) for name in table):
        raise ValueError("it takes a mapping of checks to levels, for example {'tasks': 'warn', 'blocking': 'off'}")
    return {name: _level(name, level) for name, level in table.items()}


def merge(defaults: Levels, layers: Iterable[Levels]) -> dict[str, Level]:
    """Merge levels.

    Args:
        defaults: The default level of every check.
        layers: The levels that were set; later layers override earlier ones. In each layer a name overrides ``all``.
            ``all`` does not apply to checks that are off by default and were not turned on by name.
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
    raise ValueError(f"{level!r} is not a level for {name!r}; the levels are {known}")
