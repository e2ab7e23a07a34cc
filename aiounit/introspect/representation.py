"""Show the values of tests in messages: of a bounded length, and on one line where that is needed."""

from collections.abc import Mapping
from typing import Final
from unittest.util import safe_repr

from aiounit import _stdlib
from aiounit._real import sys

__all__ = ["brief", "call_text", "shortened", "shown"]

# The longest text of an argument in a call, in characters, and how much of a longer one is shown.
_ARGUMENT: Final = 120
_ARGUMENT_ENDS: Final = (80, 20)
_MOST_ARGUMENTS: Final = 20
# The same for a value that a message is about.
_VALUE: Final = 500
_VALUE_ENDS: Final = (300, 100)


def shown(value: object) -> str:
    """Return the representation of an argument or a result on one line, with the middle left out if it is long."""
    mock = _stdlib.mocks.mock_of(value) if "unittest.mock" in sys.modules else None
    if mock is not None:
        return f"<mock {_stdlib.mocks.name_of_mock(mock)}>"  # its repr only adds an address
    return _cut(" ".join(safe_repr(value).splitlines()), _ARGUMENT, _ARGUMENT_ENDS)


def call_text(name: str, args: tuple[object, ...], kwargs: Mapping[str, object]) -> str:
    """Return a call as in source code, without the middle of many arguments.

    Args:
        name: The name of the function.
        args: The positional arguments.
        kwargs: The keyword arguments.
    """
    words = [*map(shown, args), *(f"{key}={shown(value)}" for key, value in kwargs.items())]
    if len(words) > _MOST_ARGUMENTS:
        half = _MOST_ARGUMENTS // 2
        words = [*words[:half], f"[{len(words) - 2 * half} more arguments]", *words[-half:]]
    return f"{name}({', '.join(words)})"


def brief(value: object) -> str:
    """Return the representation of a value that a message is about, with the middle left out if it is long."""
    return shortened(safe_repr(value))


def shortened(text: str) -> str:
    """Return a text with the middle left out if it is long."""
    return _cut(text, _VALUE, _VALUE_ENDS)


def _cut(text: str, most: int, ends: tuple[int, int]) -> str:
    first, last = ends
    return text if len(text) <= most else f"{text[:first]}[{len(text)} characters]{text[-last:]}"
