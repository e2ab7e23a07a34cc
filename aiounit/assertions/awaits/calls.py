"""Compare the arguments of a call with the expected ones, argument by argument, and put the difference into words.

Two calls are equal if the signature binds them to equal arguments, as in unittest.mock: ``f(1)`` is ``f(item=1)``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import TestCase
from unittest.util import safe_repr

from aiounit import _stdlib
from aiounit._real import contextlib, difflib, inspect, pprint
from aiounit.introspect.representation import call_text, shown
from aiounit.mocks.recording.recorder import mock_of

__all__ = ["Arguments", "Expectation", "changed", "in_words"]

# The longest text of two values that is shown on one line, in characters.
_LONGEST: Final = 120
_NOTHING: Final = object()


@dataclass(frozen=True, slots=True, eq=False)
class Arguments:
    """The arguments of a call.

    Attributes:
        args: The positional arguments.
        kwargs: The keyword arguments.
        originals: Maps the identity of each argument that is a copy to the object that it is a copy of.
    """

    args: tuple[object, ...]
    kwargs: dict[str, object]
    originals: Mapping[int, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the call as source code.

        Args:
            name: The name of the function.
        """
        return call_text(name, self.args, self.kwargs)


class Expectation:
    """The expected arguments of a call.

    Args:
        arguments: The arguments.
        signature: The signature to bind them to, or None.
        most: The longest difference to show in a message, in characters: the ``maxDiff`` of the test. None is no limit.

    Attributes:
        arguments: The arguments.
        problem: Why no call can have these arguments, or None.
        most: As above.
    """

    def __init__(
        self, arguments: Arguments, signature: inspect.Signature | None, most: int | None = TestCase.maxDiff
    ) -> None:
        self.arguments = arguments
        self.most = most
        self.problem: str | None = None
        self._signature = signature
        self._named: dict[str, object] = {}
        try:
            self._named = _named(arguments, signature)
        except TypeError as error:
            self.problem = f"does not fit the signature {signature}: {error}"

    def matches(self, actual: Arguments) -> bool:
        """Return whether a call had these arguments."""
        return self.problem is None and not self.differences(actual)

    def differences(self, actual: Arguments) -> dict[str, tuple[object, object]]:
        """Return the expected and the given value of each argument that differs, by the name of the argument."""
        expected = self._named
        try:
            given = _named(actual, self._signature)
        except TypeError:  # the signature forbids this call, but only autospec enforces that
            expected, given = _named(self.arguments, None), _named(actual, None)
        pairs = {name: (expected.get(name, _NOTHING), given.get(name, _NOTHING)) for name in {**expected, **given}}
        return {name: pair for name, pair in pairs.items() if not _is_equal(*pair, actual.originals)}

    def nearest(self, candidates: list[Arguments]) -> tuple[int, dict[str, tuple[object, object]]]:
        """Return the index of the call that differs least, the last of several, and its differences."""
        differences = [self.differences(each) for each in candidates]
        index = min(range(len(candidates)), key=lambda index: (len(differences[index]), -index))
        return index, differences[index]


def changed(changes: Mapping[int | str, str], signature: inspect.Signature | None) -> dict[str, str]:
    """Return how arguments have changed since the call, by their names.

    Args:
        changes: The change of each argument, by its index or keyword in the call.
        signature: The signature to bind the call to, or None.
    """
    places = [key for key in changes if isinstance(key, int)]
    args = tuple(changes.get(place, "") for place in range(max(places, default=-1) + 1))
    kwargs: dict[str, object] = {key: words for key, words in changes.items() if isinstance(key, str)}
    named = _named(Arguments(args, kwargs), None)
    with contextlib.suppress(TypeError):
        named = _named_partially(Arguments(args, kwargs), signature)
    return {name: str(words) for name, words in named.items() if words}


def in_words(differences: dict[str, tuple[object, object]], most: int | None = TestCase.maxDiff) -> Iterator[str]:
    """Yield lines that describe how a call differs from the expected one.

    Args:
        differences: The expected and the given values, by the names of the arguments.
        most: The longest difference of one argument to show, in characters; None for any length.
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
                yield f"  {_stdlib.cases.DIFF_OMITTED % length}"


def _whole(value: object) -> str:
    if value is _NOTHING:
        return "nothing"
    return shown(value) if mock_of(value) is not None else safe_repr(value)


def _line_by_line(expected: object, given: object) -> Iterator[str]:
    """Yield a diff of the two values as `pprint` formats them, with one line of context around each difference."""
    before, after = ([] if value is _NOTHING else pprint.pformat(value).splitlines() for value in (expected, given))
    lines = list(difflib.unified_diff(before, after, lineterm="", n=1))[3:]  # skip the file names and the first "@@"
    for line in lines:
        yield "..." if line.startswith("@@") else f"{line[0]} {line[1:]}"


def _named(arguments: Arguments, signature: inspect.Signature | None) -> dict[str, object]:
    """Return the arguments by their names in the signature; without one, positional arguments by their positions."""
    if signature is None:
        places = {f"argument {place}": value for place, value in enumerate(arguments.args, 1)}
        return places | arguments.kwargs
    return _by_name(signature.bind(*arguments.args, **arguments.kwargs), signature)


def _named_partially(arguments: Arguments, signature: inspect.Signature | None) -> dict[str, object]:
    if signature is None:
        return _named(arguments, None)
    return _by_name(signature.bind_partial(*arguments.args, **arguments.kwargs), signature)


def _by_name(bound: inspect.BoundArguments, signature: inspect.Signature) -> dict[str, object]:
    named: dict[str, object] = {}
    for name, value in bound.arguments.items():
        match signature.parameters[name].kind:
            case inspect.Parameter.VAR_POSITIONAL:
                named |= {f"{name}[{index}]": each for index, each in enumerate(value)}
            case inspect.Parameter.VAR_KEYWORD:
                named |= {f"{name}[{key!r}]" if key in named else key: each for key, each in value.items()}
            case _:
                named[name] = value
    return named


def _is_equal(expected: Any, given: Any, originals: Mapping[int, object]) -> bool:
    """Return whether two values are equal, with the expected one on the left: it may be a matcher such as ``ANY``.

    A recorded copy stands for the object that was given. An object that has changed since the call equals both itself
    and its copy from the time of the call.
    """
    if expected is given or originals.get(id(given), given) is expected or expected == given:
        return True
    if not originals or type(expected) is not type(given):
        return False
    if type(expected) in (list, tuple):
        return len(expected) == len(given) and all(map(_is_equal, expected, given, [originals] * len(given)))
    if type(expected) is dict:
        return expected.keys() == given.keys() and all(_is_equal(expected[key], given[key], originals) for key in given)
    return False
