"""Keep a model of the mocks of a class or function, until the class or function changes.

``create_autospec`` looks at every attribute of every base class, and makes a mock for each method. Most suites imitate
the same few classes in every test.
"""

import typing
from abc import ABCMeta
from collections.abc import Callable
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType, MethodDescriptorType, WrapperDescriptorType
from typing import Final, NamedTuple
from unittest.mock import NonCallableMock

from aiounit._real import functools, operator
from aiounit._stdlib.mocks import Model

__all__ = ["make_like"]

# Functions, and classes whose metaclass gives no attributes of its own.
_KEPT: Final = frozenset({FunctionType, type, ABCMeta, type(typing.Protocol)})
_HOLDERS: Final = frozenset({classmethod, staticmethod})
# Descriptors that give the same each time that a class is asked.
_STATIC: Final = frozenset(
    {FunctionType, MemberDescriptorType, GetSetDescriptorType, MethodDescriptorType, WrapperDescriptorType}
    | {property, functools.cached_property}
)
# Python adds it to a class when the annotations are first read.
_IGNORED: Final = frozenset({"__annotations_cache__", "__annotations__"})
# A class that the user can change.
_IS_MUTABLE: Final = 1 << 9
_MOST: Final = 256


class _Known(NamedTuple):
    """A model, and the objects that the imitated object consisted of when the model was made."""

    parts: list[object]
    model: Model


# By the imitated class or function. The models refer to it, so the number of models is limited.
_known: Final[dict[type | FunctionType, _Known]] = {}


def make_like(spec: object, name: str | None, make: Callable[[], NonCallableMock]) -> NonCallableMock:
    """Make a mock as a function makes it, but without the function if it has made one of the same spec before.

    Args:
        spec: The class or function that the mock imitates. Others are not kept.
        name: The name of the mock.
        make: The function.
    """
    parts = _parts_of(spec)
    if parts is None:
        return make()
    key = typing.cast("type | FunctionType", spec)
    known = _known.get(key)
    if known is None or len(parts) != len(known.parts) or not all(map(operator.is_, parts, known.parts)):
        mock = make()
        if len(_known) >= _MOST:
            _known.clear()
        known = _known[key] = _Known(parts, Model(mock))
    made: NonCallableMock = known.model.make(name)
    return made


def _parts_of(spec: object) -> list[object] | None:
    """Return the objects that a class or function consists of; None if they don't determine its mocks."""
    parts: list[object] = []
    kind = typing.cast("type", spec)
    if type(spec) not in _KEPT or "<locals>" in kind.__qualname__:  # a local one is made anew for each test
        return None
    if type(spec) is FunctionType:
        _add_function(parts, spec)
        return parts
    parts.append(kind.__mro__)
    for base in kind.__mro__:
        if not base.__flags__ & _IS_MUTABLE:
            continue
        for name, value in base.__dict__.items():
            if name in _IGNORED:
                continue
            parts += name, value
            held = value.__func__ if type(value) in _HOLDERS else value
            if type(held) is FunctionType:
                _add_function(parts, held)
            elif held is not value or (hasattr(type(value), "__get__") and type(value) not in _STATIC):
                return None
    return parts


def _add_function(parts: list[object], function: object) -> None:
    while type(function) is FunctionType:
        parts += function.__code__, function.__defaults__, function.__kwdefaults__
        names = function.__dict__
        parts += names.values()
        function = names.get("__wrapped__")
