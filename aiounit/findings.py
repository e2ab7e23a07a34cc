"""What a check has found, and what becomes of it: an error of the test, a warning, and a line of the summary."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from aiounit import introspect
from aiounit.exceptions import CheckError, LeakError
from aiounit.introspect import Place

__all__ = ["Finding", "Reported", "make_error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check has found.

    Attributes:
        what: What it is, in one sentence without a full stop.
        remedy: What to do, in one sentence without a full stop.
        name: The name that ``@allow(name=...)`` is compared with.
        stack: Where it was made, from the outermost call to the innermost.
        heading: What the stack shows.
        where: The line to blame if it isn't known where it was made.
        details: More lines to print below.
        error: The exception that it is about, printed with its traceback.
    """

    what: str
    remedy: str = ""
    name: str = ""
    stack: tuple[Place, ...] = ()
    heading: str = "made here, most recent call last:"
    where: Place | None = None
    details: tuple[str, ...] = ()
    error: BaseException | None = field(default=None, compare=False)

    @property
    def place(self) -> Place | None:
        """The line to blame: the innermost one of the user's own where it was made."""
        return introspect.inner_place(self.stack) or self.where


@dataclass(frozen=True, slots=True)
class Reported:
    """A finding and the name of the check that has found it."""

    check: str
    finding: Finding

    def text(self) -> str:
        """Return all that there is to say about it."""
        finding = self.finding
        lines = [finding.what]
        if finding.stack:
            lines.append(finding.heading)
            lines += [f"  {place}" for place in finding.stack]
        lines += finding.details
        if finding.remedy:
            lines.append(finding.remedy)
        return "\n".join(lines)


def make_error(whose: str, found: Sequence[Reported]) -> LeakError:
    """Return the one error that reports all findings.

    Args:
        whose: Who left it, for example the id of a test.
        found: The findings, at least one.
    """
    errors = []
    for each in found:
        error = CheckError(each.check, each.text())
        error.__cause__ = each.finding.error
        errors.append(error)
    count = "something" if len(found) == 1 else f"{len(found)} things"
    return LeakError(f"{whose} left {count} behind", errors)
