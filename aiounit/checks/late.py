"""Findings that come when the test which they belong to is over: they are reported with the run, under its name."""

from collections.abc import Callable
from typing import Final, NamedTuple

from aiounit.checks.policy import Policy
from aiounit.findings import Finding

__all__ = ["Late", "note", "take"]


class Late(NamedTuple):
    """A finding, which is described only when it is reported, and whose it is."""

    name: str
    policy: Policy
    check: str
    describe: Callable[[], Finding]


_found: Final[list[Late]] = []


def note(name: str, policy: Policy, check: str, describe: Callable[[], Finding]) -> None:
    """Take a finding.

    Args:
        name: Whose it is: the id of a test.
        policy: What becomes of the findings of that test.
        check: The name of the check.
        describe: Returns the finding.
    """
    _found.append(Late(name, policy, check, describe))


def take() -> list[Late]:
    """Return what has come since the last call."""
    found = _found.copy()
    _found.clear()
    return found
