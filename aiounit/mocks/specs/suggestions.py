"""Messages for an attribute that a mock does not have: the error, and the name that was probably meant."""

from collections.abc import Iterable
from unittest.mock import AsyncMock, NonCallableMock

from aiounit import _stdlib
from aiounit._real import difflib, inspect
from aiounit.arguments import close_names, question

__all__ = ["closest", "in_words", "is_assertion_typo", "missing_attribute", "name_of"]

# unittest.mock takes names with these beginnings for misspelt assertions, if the mock has no such attribute.
_PREFIXES = ("assert", "assret", "asert", "aseert", "assrt")

# Names that look like an assertion or a list of unittest.mock but are not, with the right names.
_MEANT = {
    "any_awaits": "assert_any_await",
    "awaited": "assert_awaited",
    "has_await": "assert_has_awaits",
    "mock_awaits": "await_args_list",
}


def is_assertion_typo(name: str) -> bool:
    """Return whether an attribute that a mock does not have is a misspelt assertion.

    Args:
        name: The name of the attribute.
    """
    return name.startswith(_PREFIXES) or name in _MEANT or f"assert_{name}" in _ALL


def missing_attribute(mock: NonCallableMock, name: str, spec: object, names: Iterable[str]) -> AttributeError:
    """Return the error for an attribute that a mock does not have.

    It has the mock as ``obj`` but no ``name``, because with a name Python would add a suggestion of its own.

    Args:
        mock: The mock.
        name: The name of the attribute.
        spec: The object that the mock imitates, or None.
        names: The names of the attributes that exist.
    """
    if not is_assertion_typo(name):
        owner = in_words(spec) if spec is not None else f"the mock {_stdlib.mocks.name_of_mock(mock)!r}"
        return AttributeError(f"{owner} has no attribute {name!r}{closest(name, names)}", obj=mock)
    known = [each for each in dir(type(mock)) if each.startswith("assert_")]
    right = _MEANT.get(name, name if name.startswith(_PREFIXES) else f"assert_{name}")
    reason = f"{name!r} is not an assertion of the mock {_stdlib.mocks.name_of_mock(mock)!r}"
    if "await" in name and not _stdlib.mocks.is_async_mock(mock):
        right = right.replace("awaited", "called").replace("await", "call")
        reason += ", which is called and not awaited: the function that it imitates is not async def"
    if right.startswith(_PREFIXES) and right not in known:
        right = difflib.get_close_matches(right, known, n=1, cutoff=0)[0]
    return AttributeError(f"{reason}. Did you mean {right!r}?", obj=mock)


def closest(name: str, names: Iterable[str]) -> str:
    """Return a question that suggests the closest names, to append to a message; "" if none is close.

    Args:
        name: The misspelt name.
        names: The names that exist.
    """
    public = [each for each in names if name.startswith("_") or not each.startswith("_")]
    asked = question(close_names(name, public, most=3))
    return f".{asked}" if asked else ""


def name_of(spec: object) -> str:
    """Return the name of an object that a mock imitates.

    Args:
        spec: A class, a function, a module or another object, which has the name of its class.
    """
    if inspect.ismodule(spec):
        return spec.__name__
    named = spec if hasattr(spec, "__qualname__") else type(spec)
    name: str = getattr(named, "__qualname__")  # noqa: B009 (it is there, as has just been checked)
    return name.rpartition("<locals>.")[2]


def in_words(spec: object) -> str:
    """Return the words for an object that a mock imitates, for a message.

    Args:
        spec: A class, a function, a module or another object.
    """
    return f"the module {name_of(spec)}" if inspect.ismodule(spec) else name_of(spec)


_ALL = frozenset(each for each in dir(AsyncMock) if each.startswith("assert_"))
