"""Describe an expected exception or group of exceptions, and explain why another one does not match."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from aiounit._real import re, textwrap
from aiounit._typing import override
from aiounit.arguments import check_kinds
from aiounit.assertions.errors.pairing import pair
from aiounit.assertions.messages import in_kinds, name_of
from aiounit.assertions.waiting.conditions import check_returned, is_true
from aiounit.introspect.representation import brief

__all__ = ["Expected", "ExpectedError", "ExpectedGroup", "Spec"]

E_co = TypeVar("E_co", bound=BaseException, covariant=True)
E = TypeVar("E", bound=BaseException)

Pattern = str | re.Pattern[str]


class Expected(ABC, Generic[E_co]):
    """A description of an expected exception: `ExpectedError` or `ExpectedGroup`.

    Args:
        what: The other arguments of the class as source code, for its representation.
        match: A regular expression to search for in the message and the notes.
        check: Is called with the exception, and must return a true value.
        passes: Is called with the exception, and must not fail an assertion.
    """

    def __init__(
        self,
        what: list[str],
        match: Pattern | None,
        check: Callable[[Any], object] | None,
        passes: Callable[[Any], object] | None,
    ) -> None:
        for name, function in (("check", check), ("passes", passes)):
            if function is not None and not callable(function):
                raise TypeError(f"{name} must be a function that takes an exception, not {brief(function)}")
        self._pattern = None if match is None else re.compile(match)
        self._check = check
        self._passes = passes
        if self._pattern is not None:
            what = [*what, f"match={self._pattern.pattern!r}"]
        if check is not None:
            what = [*what, f"check={name_of(check)}"]
        if passes is not None:
            what = [*what, f"passes={name_of(passes)}"]
        self._text = f"{type(self).__name__}({', '.join(what)})"

    def __repr__(self) -> str:
        """Return the expression that creates it."""
        return self._text

    def mismatch(self, error: BaseException) -> str | None:
        """Return why an exception does not match, as a sentence about the exception, or None if it matches.

        Args:
            error: The exception.

        Raises:
            TypeError: ``check`` returned None, or ``check`` or ``passes`` returned a coroutine.
        """
        return (
            self._shape_mismatch(error)
            or self._message_mismatch(error)
            or self._check_mismatch(error)
            or self._passes_mismatch(error)
        )

    @abstractmethod
    def _shape_mismatch(self, error: BaseException) -> str | None:
        """Do the same for the class of the exception, and for its members if it is a group."""

    def _message_mismatch(self, error: BaseException) -> str | None:
        if self._pattern is None:
            return None
        message = error.message if isinstance(error, BaseExceptionGroup) else str(error)  # without "(2 sub-exceptions)"
        text = "\n".join([message, *getattr(error, "__notes__", [])])
        return None if self._pattern.search(text) else f"its message does not match {self._pattern.pattern!r}"

    def _check_mismatch(self, error: BaseException) -> str | None:
        if self._check is None:
            return None
        name = name_of(self._check)
        try:
            answer = self._check(error)
        except AssertionError as failure:
            return f"{name} failed: {failure}"
        check_returned(self._check, answer)
        if answer is None:
            raise TypeError(
                f"{name} returned None, which says neither yes nor no. Return a value that is true for the expected "
                f"exception, or give a function made of assertions as passes="
            )
        return None if is_true(answer) is None else f"{name} returned {brief(answer)}"

    def _passes_mismatch(self, error: BaseException) -> str | None:
        if self._passes is None:
            return None
        try:
            answer = self._passes(error)
        except AssertionError as failure:
            return f"{name_of(self._passes)} failed: {failure}"
        check_returned(self._passes, answer)
        return None


class ExpectedError(Expected[E_co]):
    """An expected exception in a group, for when the class alone is not specific enough.

    Args:
        kind: The class of the exception, or a tuple of classes.
        match: A regular expression to search for in the message and the notes.
        check: Is called with the exception, and must return a true value. None is an error.
        passes: Is called with the exception, and must not fail: a function that consists of assertions. Its return
            value is ignored.

    Raises:
        TypeError: ``kind`` is not a class of exceptions, or ``check`` or ``passes`` is not callable.

    Example:
        ``with self.assertRaisesGroup(KeyError, ExpectedError(OSError, match="refused")):``
    """

    def __init__(
        self,
        kind: type[E_co] | tuple[type[E_co], ...],
        *,
        match: Pattern | None = None,
        check: Callable[[E_co], object] | None = None,
        passes: Callable[[E_co], object] | None = None,
    ) -> None:
        check_kinds("what is expected", kind)
        super().__init__([in_kinds(kind)], match, check, passes)
        self._kind = kind
        if match is None and check is None and passes is None:
            self._text = in_kinds(kind)

    @override
    def _shape_mismatch(self, error: BaseException) -> str | None:
        return None if isinstance(error, self._kind) else f"it is not an instance of {in_kinds(self._kind)}"


Spec = type[E] | tuple[type[E], ...] | Expected[E]


class ExpectedGroup(Expected[BaseExceptionGroup[E]]):
    """An expected group of exceptions: it has all of these members, no others, in any order.

    Args:
        *specs: One spec for each member: a class of exceptions, a tuple of classes, `ExpectedError` or `ExpectedGroup`.
        match: A regular expression to search for in the message and the notes of the group.
        check: Is called with the group, and must return a true value. None is an error.
        passes: Is called with the group, and must not fail: a function that consists of assertions.
        flatten: Whether to replace each nested group by its members.

    Raises:
        TypeError: A spec is something else, or ``check`` or ``passes`` is not callable.
        ValueError: There are no specs, or ``flatten`` is true and a spec is an `ExpectedGroup`, which can't match then.

    Example:
        ``with self.assertRaisesGroup(ExpectedGroup(KeyError, OSError), ValueError):``
    """

    def __init__(
        self,
        *specs: Spec[E],
        match: Pattern | None = None,
        check: Callable[[BaseExceptionGroup[E]], object] | None = None,
        passes: Callable[[BaseExceptionGroup[E]], object] | None = None,
        flatten: bool = False,
    ) -> None:
        if not specs:
            raise ValueError("ExpectedGroup needs at least one spec: a group has at least one exception")
        self.members: list[Expected[Any]] = [
            spec if isinstance(spec, Expected) else ExpectedError(spec) for spec in specs
        ]
        if flatten and any(isinstance(member, ExpectedGroup) for member in self.members):
            raise ValueError(
                "flatten=True leaves no groups inside the group. Give the members of ExpectedGroup(...) themselves"
            )
        what = [repr(member) for member in self.members]
        super().__init__([*what, "flatten=True"] if flatten else what, match, check, passes)
        self._flatten = flatten

    @override
    def _shape_mismatch(self, error: BaseException) -> str | None:
        if not isinstance(error, BaseExceptionGroup):
            return "it is not a group"
        found: list[BaseException] = list(_leaves(error)) if self._flatten else list(error.exceptions)
        reasons = [[member.mismatch(each) for each in found] for member in self.members]
        partners = pair(len(self.members), len(found), lambda row, column: reasons[row][column] is None)
        pairs = {row: column for row, column in enumerate(partners) if column is not None}
        if len(pairs) == len(self.members) == len(found):
            return None
        lines = [*self._missing(found, reasons, pairs), *self._unexpected(found, reasons, pairs)]
        return "\n".join(["its members differ:", *(textwrap.indent(line, "  ") for line in lines)])

    def _missing(
        self, found: list[BaseException], reasons: list[list[str | None]], pairs: dict[int, int]
    ) -> Iterator[str]:
        owners = {column: row for row, column in pairs.items()}
        for row, member in enumerate(self.members):
            if row in pairs:
                continue
            fitting = [column for column, reason in enumerate(reasons[row]) if reason is None]
            taken = [
                f"{brief(found[column])}, which was needed for {self.members[owners[column]]!r}" for column in fitting
            ]
            yield f"{member!r} is missing" + (f": it would be {' or '.join(taken)}" if taken else "")

    def _unexpected(
        self, found: list[BaseException], reasons: list[list[str | None]], pairs: dict[int, int]
    ) -> Iterator[str]:
        for column, error in enumerate(found):
            if column in pairs.values():
                continue
            why = []
            for row, member in enumerate(self.members):
                reason = reasons[row][column]
                if reason is None:
                    why.append(f"{member!r} was needed for {brief(found[pairs[row]])}")
                elif row not in pairs:
                    why.append(reason)
            yield f"{brief(error)} was not expected" + (f": {'; '.join(why)}" if why else "")


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each
