"""What an attribute that a mock does not have was meant to be: its message says what is wrong and what is right."""

from collections.abc import Iterable
from typing import Any
from unittest.mock import AsyncMock

from aiounit import _stdlib
from aiounit._real import difflib, inspect
from aiounit.arguments import close_names, question

__all__ = ["closest", "in_words", "is_assertion_typo", "missing_attribute", "name_of"]

# The beginnings that unittest.mock takes for an attempt at an assertion, on a mock that has no such attribute.
_PREFIXES = ("assert", "assret", "asert", "aseert", "assrt")

# What reads like an assertion or a list of unittest.mock, and is none.
_MEANT = {
    "any_awaits": "assert_any_await",
    "awaited": "assert_awaited",
    "has_await": "assert_has_awaits",
    "mock_awaits": "await_args_list",
}


def is_assertion_typo(name: str) -> bool:
    """Tell whether somebody who asks a mock for this attribute means one of its assertions.

    Args:
        name: What the mock is asked for, and does not have.
    """
    return name.startswith(_PREFIXES) or name in _MEANT or f"assert_{name}" in _ALL


def missing_attribute(mock: Any, name: str, spec: object, names: Iterable[str]) -> AttributeError:
    """Return the error that says that a mock has no such attribute.

    It knows the mock, and not the name, because Python would add a suggestion of its own to that.

    Args:
        mock: The mock.
        name: What it is asked for.
        spec: What it stands for, or None.
        names: What it could be asked for.
    """
    if not is_assertion_typo(name):
        owner = in_words(spec) if spec is not None else f"the mock {_stdlib.mocks.name_of_mock(mock)!r}"
        return AttributeError(f"{owner} has no attribute {name!r}{closest(name, names)}", obj=mock)
    known = [each for each in dir(type(mock)) if each.startswith("assert_")]
    right = _MEANT.get(name, name if name.startswith(_PREFIXES) else f"assert_{name}")
    what = f"{name!r} is no assertion of the mock {_stdlib.mocks.name_of_mock(mock)!r}"
    if "await" in name and not _stdlib.mocks.is_async_mock(mock):
        right = right.replace("awaited", "called").replace("await", "call")
        what += ", which is called, and not awaited: what it stands for is not async def"
    if right.startswith(_PREFIXES) and right not in known:
        right = difflib.get_close_matches(right, known, n=1, cutoff=0)[0]
    return AttributeError(f"{what}. Did you mean {right!r}?", obj=mock)


def closest(name: str, names: Iterable[str]) -> str:
    """Return the question whether one of these names was meant, to be put behind a message, or nothing.

    Args:
        name: What was said.
        names: What there is.
    """
    public = [each for each in names if name.startswith("_") or not each.startswith("_")]
    asked = question(close_names(name, public, most=3))
    return f".{asked}" if asked else ""


def name_of(spec: Any) -> str:
    """Return the name of what a mock stands for.

    Args:
        spec: A class, a function, a module or another object, which has the name of its class.
    """
    if inspect.ismodule(spec):
        return spec.__name__
    named = spec if hasattr(spec, "__qualname__") else type(spec)
    name: str = named.__qualname__
    return name.rpartition("<locals>.")[2]


def in_words(spec: Any) -> str:
    """Return what a message calls the thing that a mock stands for.

    Args:
        spec: A class, a function, a module or another object.
    """
    return f"the module {name_of(spec)}" if inspect.ismodule(spec) else name_of(spec)


_ALL = frozenset(each for each in dir(AsyncMock) if each.startswith("assert_"))
