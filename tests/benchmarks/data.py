"""The data of a run of the benchmark: a JSON file with every figure that was measured, and on what."""

import json
import os
import platform
import re
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from .groups.blocks import Samples

DIGITS = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """The samples of one interpreter.

    Attributes:
        version: Its version, such as "3.13.0".
        peers: The versions of other tools, by name.
        groups: Samples, by the name of their group.
    """

    version: str
    peers: dict[str, str]
    groups: dict[str, Samples] = field(default_factory=dict)

    @property
    def short_version(self) -> str:
        """The version without its last part."""
        return self.version.rpartition(".")[0]

    def samples(self, group: str, scenario: str) -> dict[str, list[float]]:
        """Return the samples of a scenario by row, or none if it wasn't measured."""
        return self.groups.get(group, {}).get(scenario, {})


@dataclass(frozen=True, slots=True)
class Data:
    """A run of the benchmark.

    Attributes:
        date: Its day, as YYYY-MM-DD.
        system: The name of the operating system.
        cores: The number of processors.
        is_quick: Whether little was measured, so that figures are unsteady.
        pythons: What was measured, an interpreter each.
    """

    date: str
    system: str
    cores: int
    is_quick: bool = False
    pythons: list[Measured] = field(default_factory=list)


def new_data(*, is_quick: bool) -> Data:
    """Return data of this machine and this day, without figures."""
    return Data(date.today().isoformat(), platform.system(), os.cpu_count() or 1, is_quick)


def rounded(value: object) -> object:
    """Return what is to be written with fewer digits, in lists and dictionaries as well."""
    match value:
        case float():
            return float(f"{value:.{DIGITS}g}")
        case list():
            return [rounded(each) for each in value]
        case dict():
            return {key: rounded(each) for key, each in value.items()}
        case _:
            return value


def to_json(data: Data) -> str:
    """Write data as JSON, with the samples of a row in one line."""
    text = json.dumps(rounded(asdict(data)), indent=1)
    return re.sub(r"\[[-\d.,e+\s]*\]", lambda found: re.sub(r"\s+", " ", found[0]), text) + "\n"


def read(file: Path) -> Data:
    """Read a file that `to_json` made."""
    fields = json.loads(file.read_text(encoding="utf-8"))
    return Data(**(fields | {"pythons": [Measured(**each) for each in fields["pythons"]]}))
