"""The policy of a test: the level of each check, and the findings that are allowed."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Final

from aiounit.checks.api import Check
from aiounit.checks.findings import Finding
from aiounit.introspect.machinery import AIOUNIT, top_package
from aiounit.introspect.places import Place
from aiounit.levels import Level

__all__ = ["ALLOWED", "Allowance", "Policy"]


# Where the decorator leaves the allowances, on the function or the class.
ALLOWED: Final = "_aiounit_allowed"


class Allowance:
    """One ``@allow``: findings that are not mistakes, with the reason.

    Attributes:
        check: The check.
        name: A pattern for the name of a finding; None is any.
        creator: A pattern for a function that made it, directly or through another; None is any.
        file: A pattern for the file of such a function, absolute or seen from the working directory; None is any.
        reason: Why it is allowed.
        place: The line of the decorator.
        is_used: Whether it has allowed anything yet.
    """

    __slots__ = ("check", "creator", "file", "is_used", "name", "place", "reason")

    def __init__(
        self, check: str, name: str | None, creator: str | None, file: str | None, reason: str, place: Place
    ) -> None:
        self.check = check
        self.name = name
        self.creator = creator
        self.file = file
        self.reason = reason
        self.place = place
        self.is_used = False

    def allows(self, check: str, finding: Finding) -> bool:
        """Return whether a finding of a check is allowed, and remember if it was."""
        allowed = (
            check == self.check
            and (self.name is None or fnmatchcase(finding.name, self.name))
            and any(self._is_maker(place) for place in finding.stack or (finding.where or _NOWHERE,))
        )
        self.is_used = self.is_used or allowed
        return allowed

    def _is_maker(self, place: Place) -> bool:
        full_name = f"{place.module}.{place.function}"
        return (
            self.creator is None or fnmatchcase(place.function, self.creator) or fnmatchcase(full_name, self.creator)
        ) and (self.file is None or fnmatchcase(place.file, self.file) or fnmatchcase(_shown(place), self.file))

    def __str__(self) -> str:
        patterns = {"name": self.name, "creator": self.creator, "file": self.file}
        given = [f"{key}={pattern!r}" for key, pattern in patterns.items() if pattern is not None]
        return f"@allow({', '.join([repr(self.check), *given])}) at {self.place.file}, line {self.place.line}"


_NOWHERE: Final = Place("", 0, "", "")

# The methods of checks that are told of something.
_EVENTS: Final = tuple(name for name in vars(Check) if name.startswith("on_"))


def _shown(place: Place) -> str:
    """Return the file of a place as reports name it: from the working directory, if it is in there."""
    return str(place).partition(f", line {place.line}, in ")[0]


class Policy:
    """The levels and the allowances of a test.

    Args:
        levels: The level of each check.
        checks: The classes of those that are not off.
        allowed: The allowances of the test itself.
        allowed_by_class: The allowances of its class.

    Attributes:
        levels: The level of each check.
        checks: The classes of those that are not off.
        allowed: The allowances of the test itself.
        allowed_by_class: The allowances of its class.
        allowances: All that is allowed.
        made_first: The classes of those that are made with the test.
        made_late: The classes of the others, by name: each is made when there is something to tell it.
        finders: The names of those that are made if there may be something on the loop, and the functions that tell.
        foreign: The names of the user's own.
        listeners: For each event, the names of the checks that are told of it.
        hears_timers: Whether one of them is told of scheduled calls.
        interceptors: Replace functions of the standard library for checks.
        wants_coroutines: Whether one of them is told of coroutines that were never awaited.
        begun: The names of the checks that have a `begin` of their own.
        closed: The names of the checks that have a `close` of their own.
        before: The names of the checks that look before the loop is closed.
        after: The names of the checks that look when the loop is closed.
    """

    # It is made once for a class, so that its tests need not find all of this out.

    def __init__(
        self,
        levels: Mapping[str, Level],
        checks: Sequence[type[Check]],
        allowed: tuple[Allowance, ...] = (),
        allowed_by_class: tuple[Allowance, ...] = (),
    ) -> None:
        self.levels = levels
        self.checks = tuple(checks)
        self.allowed = allowed
        self.allowed_by_class = allowed_by_class
        self.allowances = (*allowed, *allowed_by_class)
        self.foreign = {check.name for check in checks if top_package(check.__module__) != AIOUNIT}
        self.listeners = {
            event: tuple(check.name for check in checks if getattr(check, event) is not getattr(Check, event))
            for event in _EVENTS
        }
        self.hears_timers = bool(self.listeners["on_timer"])
        told = {name for names in self.listeners.values() for name in names}
        told.update(check.name for check in checks if check._aiounit_wants_coroutines)
        told -= self.foreign
        self.finders = [
            (check.name, check._aiounit_finder)
            for check in checks
            if check._aiounit_finder is not None and check.name not in self.foreign
        ]
        told.update(name for name, _ in self.finders)
        self.made_first = [check for check in checks if check.name not in told]
        self.made_late = {check.name: check for check in checks if check.name in told}
        self.interceptors = tuple(
            {id(each): each for check in checks if (each := check._aiounit_interceptor) is not None}.values()
        )
        self.wants_coroutines = any(check._aiounit_wants_coroutines for check in checks)
        self.begun = [check.name for check in checks if check.begin is not Check.begin]
        self.closed = {check.name for check in checks if check.close is not Check.close}
        self.before = [check.name for check in checks if not check.looks_after_close]
        self.after = [check.name for check in checks if check.looks_after_close]

    def allows(self, check: str, finding: Finding) -> bool:
        """Return whether a finding of a check is allowed."""
        # All are asked, so that each knows that it was used.
        answers = [allowance.allows(check, finding) for allowance in self.allowances]
        return any(answers)
