"""What a mock was to be awaited with: bound to its signature, compared argument by argument, and put into words.

Two calls are the same if they mean the same to the signature, as they are for unittest.mock: ``f(1)`` is ``f(item=1)``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from unittest import TestCase
from unittest.util import safe_repr

from aiounit import _stdlib
from aiounit._real import difflib, inspect, pprint
from aiounit.mocks.recorder import mock_of
from aiounit.representation import call_text, shown

__all__ = ["Arguments", "Expectation", "in_words"]

# The longest text of two values side by side, in characters.
_LONGEST: Final = 120
_NOTHING: Final = object()


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """The arguments of a call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def text(self, name: str) -> str:
        """Return the call as it would be written.

        Args:
            name: What is called.
        """
        return call_text(name, self.args, self.kwargs)


class Expectation:
    """The arguments that are expected.

    Args:
        arguments: The arguments.
        signature: The signature that they are bound to, or None.
        most: How long a difference may be that a message shows, in characters: the ``maxDiff`` of the test.

    Attributes:
        arguments: The arguments.
        problem: Why no call can have them, or None.
        most: As above.
    """

    def __init__(
        self, arguments: Arguments, signature: inspect.Signature | None, most: int | None = TestCase.maxDiff
    ) -> None:
        self.arguments = arguments
        self.most = most
        self.problem: str | None = None
        self._signature = signature
        self._named: dict[str, Any] = {}
        try:
            self._named = _named(arguments, signature)
        except TypeError as error:
            self.problem = f"does not fit the signature {signature}: {error}"

    def matches(self, actual: Arguments) -> bool:
        """Tell whether a call had these arguments."""
        return self.problem is None and not self.differences(actual)

    def differences(self, actual: Arguments) -> dict[str, tuple[Any, Any]]:
        """Return what is expected and what was given, by the names of the arguments that differ."""
        expected = self._named
        try:
            given = _named(actual, self._signature)
        except TypeError:  # a call that the signature forbids, which only autospec prevents
            expected, given = _named(self.arguments, None), _named(actual, None)
        pairs = {name: (expected.get(name, _NOTHING), given.get(name, _NOTHING)) for name in {**expected, **given}}
        return {name: pair for name, pair in pairs.items() if not _is_equal(*pair)}

    def nearest(self, candidates: list[Arguments]) -> tuple[int, dict[str, tuple[Any, Any]]]:
        """Return the index of the last of the calls that differ least, and in what it differs."""
        differences = [self.differences(each) for each in candidates]
        index = min(range(len(candidates)), key=lambda index: (len(differences[index]), -index))
        return index, differences[index]


def in_words(differences: dict[str, tuple[Any, Any]], most: int | None = TestCase.maxDiff) -> Iterator[str]:
    """Yield lines that say in what a call differs from what is expected.

    Args:
        differences: What is expected and what was given, by the names of the arguments.
        most: How many characters the difference of an argument may have; None for any number.
    """
    for name, (expected, given) in differences.items():
        texts = [_whole(value) for value in (expected, given)]
        if texts[0] == texts[1]:
            yield f"{name}: expected {shown(expected)}, got one that looks the same and is not equal"
        elif max(map(len, texts)) <= _LONGEST and not any("\n" in text for text in texts):
            yield f"{name}: expected {texts[0]}, got {texts[1]}"
        else:
            lines = [f"  {line}" for line in _line_by_line(expected, given)]
            length = len("\n".join(lines))
            if most is None or length <= most:
                yield f"{name}: expected (-), got (+)"
                yield from lines
            else:
                yield f"{name}: expected {shown(expected)}, got {shown(given)}"
                yield f"  {_stdlib.DIFF_OMITTED % length}"


def _whole(value: object) -> str:
    if value is _NOTHING:
        return "nothing"
    return shown(value) if mock_of(value) is not None else safe_repr(value)


def _line_by_line(expected: object, given: object) -> Iterator[str]:
    """Yield lines of the two values as `pprint` writes them: those that differ, and one around each."""
    before, after = ([] if value is _NOTHING else pprint.pformat(value).splitlines() for value in (expected, given))
    lines = list(difflib.unified_diff(before, after, lineterm="", n=1))[3:]  # after the names of files and "@@"
    for line in lines:
        yield "..." if line.startswith("@@") else f"{line[0]} {line[1:]}"


def _named(arguments: Arguments, signature: inspect.Signature | None) -> dict[str, Any]:
    """Return the arguments by their names in the signature; without one, positional ones by their places."""
    if signature is None:
        places = {f"argument {place}": value for place, value in enumerate(arguments.args, 1)}
        return places | arguments.kwargs
    named: dict[str, Any] = {}
    for name, value in signature.bind(*arguments.args, **arguments.kwargs).arguments.items():
        match signature.parameters[name].kind:
            case inspect.Parameter.VAR_POSITIONAL:
                named |= {f"{name}[{index}]": each for index, each in enumerate(value)}
            case inspect.Parameter.VAR_KEYWORD:
                named |= {f"{name}[{key!r}]" if key in named else key: each for key, each in value.items()}
            case _:
                named[name] = value
    return named


def _is_equal(expected: object, given: object) -> bool:
    """Compare as containers do, with what is expected first: it may be a matcher such as ``ANY``."""
    return expected is given or bool(expected == given)
