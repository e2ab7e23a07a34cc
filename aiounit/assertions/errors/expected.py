"""What an exception is expected to be, and why one is not that: single ones, and groups of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from typing_extensions import override

from aiounit._real import re, textwrap
from aiounit.arguments import check_kinds
from aiounit.assertions.errors.pairing import pair
from aiounit.assertions.waiting.conditions import check_returned, is_true
from aiounit.assertions.words import in_kinds, name_of
from aiounit.introspect.representation import brief

__all__ = ["Expected", "ExpectedError", "ExpectedGroup", "Spec"]

E_co = TypeVar("E_co", bound=BaseException, covariant=True)
E = TypeVar("E", bound=BaseException)

Pattern = str | re.Pattern[str]


class Expected(ABC, Generic[E_co]):
    """What an exception is expected to be: `ExpectedError` or `ExpectedGroup`.

    Args:
        what: What is expected besides, as the arguments of the class are written.
        match: A regular expression that is to be found in its message or its notes.
        check: Is called with it, and must return a true value.
        passes: Is called with it, and must not fail an assertion.
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
        """Return it as it was made."""
        return self._text

    def mismatch(self, error: BaseException) -> str | None:
        """Say why an exception is not what is expected, as a sentence about it, or return None if it is.

        Args:
            error: The exception.

        Raises:
            TypeError: ``check`` returned None, or one of the functions returned a coroutine.
        """
        return (
            self._shape_mismatch(error)
            or self._message_mismatch(error)
            or self._check_mismatch(error)
            or self._passes_mismatch(error)
        )

    @abstractmethod
    def _shape_mismatch(self, error: BaseException) -> str | None:
        """Do the same for its class, and for its members if it is a group."""

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
    """An exception that is expected in a group, where its class alone does not say enough.

    Args:
        kind: Its class, or a tuple of classes.
        match: A regular expression that is to be found in its message or its notes.
        check: Is called with it, and must return a true value. None is an error.
        passes: Is called with it, and must not fail: a function made of assertions. What it returns does not matter.

    Raises:
        TypeError: ``kind`` is not a class of exceptions, or ``check`` or ``passes`` can't be called.

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
        return None if isinstance(error, self._kind) else f"it is no {in_kinds(self._kind, ' and no ')}"


Spec = type[E] | tuple[type[E], ...] | Expected[E]


class ExpectedGroup(Expected[BaseExceptionGroup[E]]):
    """A group of exceptions that is expected: all of these, no others, in any order.

    Args:
        *specs: What its members are to be: classes of exceptions, tuples of some, `ExpectedError` or `ExpectedGroup`.
        match: A regular expression that is to be found in the message or the notes of the group.
        check: Is called with the group, and must return a true value. None is an error.
        passes: Is called with the group, and must not fail: a function made of assertions.
        flatten: Whether the members of groups inside it count as its own.

    Raises:
        TypeError: A spec is something else, or ``check`` or ``passes`` can't be called.
        ValueError: There are no specs, or groups among them although ``flatten`` leaves none.

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
            raise ValueError("a group has at least one exception: say which")
        self.members: list[Expected[Any]] = [
            spec if isinstance(spec, Expected) else ExpectedError(spec) for spec in specs
        ]
        if flatten and any(isinstance(member, ExpectedGroup) for member in self.members):
            raise ValueError(
                "flatten=True leaves no groups inside the group. Say what is in ExpectedGroup(...) instead"
            )
        what = [repr(member) for member in self.members]
        super().__init__([*what, "flatten=True"] if flatten else what, match, check, passes)
        self._flatten = flatten

    @override
    def _shape_mismatch(self, error: BaseException) -> str | None:
        if not isinstance(error, BaseExceptionGroup):
            return "it is no group"
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


def _leaves(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each
