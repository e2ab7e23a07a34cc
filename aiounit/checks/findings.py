"""One finding of a check, and the report of several: equal ones are reported once, with their number."""

import collections
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

from aiounit._real import itertools, re
from aiounit.exceptions import FindingError, FindingsError
from aiounit.introspect import places, tracebacks
from aiounit.introspect.places import Place, is_users

__all__ = ["Finding", "Reported", "changed", "make_error", "merge"]

# How many of the names are listed by which equal findings differ.
_MOST: Final = 5

# How many places of a chain of calls are shown: the outermost, the innermost, and all with the user's own.
_OUTERMOST: Final = 8
_INNERMOST: Final = 12
_LONGEST: Final = 40

# Equal findings may differ in addresses, and in numbers that are not part of a name.
_VARYING: Final = r"0x[0-9a-fA-F]+|(?<![\w.])-?\d+(?:\.\d+)?"


class _Value:
    """A value with the fields that ``__match_args__`` lists, as a dataclass has it, which would be slow to import."""

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"

    def _key(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__ if name != "error")


class Finding(_Value):
    """One thing that a check has found.

    Attributes:
        what: The thing that was found, in one sentence without a full stop.
        remedy: The way to mend it, in one sentence without a full stop.
        name: The name that ``@allow(name=...)`` is compared with.
        stack: Where it was made, from the outermost call to the innermost.
        heading: The line above the stack.
        where: The line to blame if it isn't known where it was made.
        details: More lines to print below.
        error: The exception that it is about, printed with its traceback.
        owner: The resource or attribute that it belongs to, in words; empty if it is known to belong to none.
    """

    __slots__ = ("details", "error", "heading", "name", "owner", "remedy", "stack", "what", "where")
    __match_args__ = ("what", "remedy", "name", "stack", "heading", "where", "details", "error", "owner")

    def __init__(
        self,
        what: str,
        remedy: str = "",
        name: str = "",
        stack: tuple[Place, ...] = (),
        heading: str = "made here, most recent call last:",
        where: Place | None = None,
        details: tuple[str, ...] = (),
        error: BaseException | None = None,
        owner: str = "",
    ) -> None:
        self.what = what
        self.remedy = remedy
        self.name = name
        self.stack = stack
        self.heading = heading
        self.where = where
        self.details = details
        self.error = error
        self.owner = owner

    @property
    def place(self) -> Place | None:
        """The line to blame: the innermost one of the user's own where it was made."""
        return places.inner_place(self.stack) or self.where


def changed(finding: Finding, **changes: Any) -> Finding:
    """Return a finding of which some fields differ from those of another."""
    return Finding(**{name: getattr(finding, name) for name in Finding.__match_args__} | changes)


class Reported(_Value):
    """A finding and the name of the check that has found it.

    Attributes:
        check: The name of the check.
        finding: The finding.
        count: How many findings it stands for that are equal.
        others: The names of the others, as far as they differ from the name of this one.
    """

    __slots__ = ("check", "count", "finding", "others")
    __match_args__ = ("check", "finding", "count", "others")

    def __init__(self, check: str, finding: Finding, count: int = 1, others: tuple[str, ...] = ()) -> None:
        self.check = check
        self.finding = finding
        self.count = count
        self.others = others

    def text(self, note: str = "") -> str:
        """Return all that there is to say about it.

        Args:
            note: Is added to the first line, in parentheses.
        """
        finding = self.finding
        remarks = ", ".join(filter(None, [f"{self.count} times" if self.count > 1 else "", note]))
        whose = f", and belongs to {finding.owner}" if finding.owner else ""
        lines = [finding.what + whose + (f" ({remarks})" if remarks else "")]
        if self.others:
            more = f" and {len(self.others) - _MOST} more" if len(self.others) > _MOST else ""
            lines.append(f"likewise {', '.join(map(repr, self.others[:_MOST]))}{more}")
        if finding.stack:
            lines.append(finding.heading)
            lines += _listed(finding.stack)
        elif finding.where is not None and getattr(finding.error, "__traceback__", None) is None:
            lines.append(f"  {finding.where}")
        lines += finding.details
        if finding.remedy:
            lines.append(finding.remedy)
        return "\n".join(lines)


def _listed(stack: tuple[Place, ...]) -> list[str]:
    """Return a chain of calls as lines: each place once, with its number, and a long chain without its middle.

    The user's own lines are left out last.
    """
    numbers = collections.Counter(stack)
    places = list(numbers)
    shown = [
        place
        for index, place in enumerate(places)
        if index < _OUTERMOST or index >= len(places) - _INNERMOST or is_users(place)
    ]
    if len(shown) > _LONGEST:
        shown = shown[: _LONGEST - _INNERMOST] + shown[-_INNERMOST:]
    lines = []
    for is_shown, group in itertools.groupby(places, set(shown).__contains__):
        calls = list(group)
        if is_shown:
            lines += [f"  {place}" + (f" ({numbers[place]:,} times)" if numbers[place] > 1 else "") for place in calls]
        else:
            left_out = sum(numbers[place] for place in calls)
            lines.append(f"  ... {left_out:,} more call{'s' * (left_out > 1)} ...")
    return lines


def merge(found: Iterable[Reported]) -> list[Reported]:
    """Return findings, of which equal ones are one.

    They are equal if the same check has found them at the same lines of the user's own, and they read the same, except
    for the name, addresses and numbers.

    Args:
        found: The findings.
    """
    alike: dict[object, list[Reported]] = {}
    texts: dict[str, str] = {}
    for each in found:
        alike.setdefault((each.check, *_looks(each.finding, texts)), []).append(each)
    return [_as_one(group) if len(group) > 1 else group[0] for group in alike.values()]


def _looks(finding: Finding, texts: dict[str, str]) -> tuple[object, ...]:
    """Return a key that equal findings have in common.

    Args:
        finding: The finding.
        texts: Lines without what varies, by the lines. There may be very many findings with the same ones.
    """
    name = repr(finding.name)
    text = []
    for each in (finding.what, finding.remedy, *finding.details):
        line = each.replace(name, "#")
        if line not in texts:
            texts[line] = re.sub(_VARYING, "#", line)
        text.append(texts[line])
    own = [place for place in finding.stack if is_users(place)]
    lines_of_it = tuple(dict.fromkeys((place.file, place.line) for place in own or finding.stack))  # however deep
    return tuple(text), lines_of_it, finding.where, finding.owner


def _as_one(group: list[Reported]) -> Reported:
    first = group[0]
    names = dict.fromkeys(name for each in group for name in (each.finding.name, *each.others))
    others = tuple(name for name in names if name != first.finding.name)
    return Reported(first.check, first.finding, sum(each.count for each in group), others)


def make_error(whose: str, found: Sequence[Reported], *, note: str = "") -> FindingError | FindingsError:
    """Return the one error that reports all findings: that of a single one, or a group.

    Args:
        whose: The name of the test or scope, such as the id of a test.
        found: The findings, at least one, each of which is different.
        note: Is added to the first line of each, in parentheses.
    """
    errors = []
    for each in found:
        error = FindingError(each.check, each.text(note))
        error.__cause__ = each.finding.error
        errors.append(error)
    whole = errors[0] if len(errors) == 1 else FindingsError(f"{whose}: {len(errors)} findings", errors)
    tracebacks.point_at(whole, next(filter(None, (each.finding.place for each in found)), None))
    return whole
