"""The findings of one run that outlive their test: those that were only warned of, and those that come too late."""

import collections
from collections.abc import Callable
from typing import NamedTuple

from aiounit.checks.findings import Finding
from aiounit.checks.policy import Allowance, Policy

__all__ = ["Late", "Ledger"]


class Late(NamedTuple):
    """A finding that comes when its test has ended: whose it is, if that is known, and a function that describes it."""

    name: str
    policy: Policy
    check: str
    describe: Callable[[], Finding]


class Ledger:
    """Belongs to one run: runs inside a test, and in several threads, keep their findings apart.

    Attributes:
        warned: How often each check has warned of a source line.
        tried: The class and name of the tests that have passed with each allowance.
        summary: The summary of the run, as soon as that has ended.
    """

    def __init__(self) -> None:
        self.warned: collections.Counter[tuple[str, str]] = collections.Counter()
        self.tried: dict[Allowance, set[tuple[type, str]]] = {}
        self.summary = ""
        self._late: list[Late] = []
        self._heir: Ledger | None = None

    def note_late(self, late: Late) -> None:
        """Take a finding that comes when its test has ended."""
        if self._heir is None:
            self._late.append(late)
        else:
            self._heir.note_late(late)

    def take_late(self) -> list[Late]:
        """Return the findings that have come too late since the last call."""
        late, self._late = self._late, []
        return late

    def take_summary(self) -> str:
        """Return the summary, once."""
        summary, self.summary = self.summary, ""
        return summary

    def bequeath(self, heir: "Ledger") -> None:
        """Leave everything that is not reported yet, and all that is still to come, to another run.

        Args:
            heir: Belongs to the run that this one began in.
        """
        heir.warned.update(self.warned)
        for allowance, tests in self.tried.items():
            heir.tried.setdefault(allowance, set()).update(tests)
        for late in self.take_late():
            heir.note_late(late)
        self._heir = heir
