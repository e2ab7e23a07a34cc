"""Descriptors that libraries define: the type of their value on an object, as far as annotations say.

Examples are discord.py's ``cached_slot_property``, and SQLAlchemy's ``hybrid_property`` and mapped columns.
"""

import typing
from types import FunctionType
from typing import Any, Final

from aiounit._real import functools, inspect
from aiounit.mocks.recording.attributes import attributes_of
from aiounit.mocks.specs.annotations import Hint, annotations_of, evaluate
from aiounit.mocks.specs.hints import class_of, resolve, return_hint, unwrapped

__all__ = ["function_in", "gives_value", "is_method", "value_hint"]

_METHODS: Final = (
    *(staticmethod, classmethod, functools.partialmethod, functools.singledispatchmethod),
    *(property, functools.cached_property, type),
)
# Attributes in which descriptors keep the function that they were made from.
_PLACES: Final = ("fget", "func", "function", "fn", "method", "__wrapped__", "wrapped", "getter")


def gives_value(descriptor: object) -> bool:
    """Return whether an attribute of a class is a descriptor that gives a value, and is not one of Python's own."""
    return (
        hasattr(type(descriptor), "__get__")
        and not isinstance(descriptor, _METHODS)
        and not inspect.ismemberdescriptor(descriptor)
        and not inspect.isgetsetdescriptor(descriptor)
        and not callable(descriptor)
    )


def function_in(descriptor: object, name: str) -> FunctionType | None:
    """Return the function that a descriptor was made from, or None.

    Args:
        descriptor: The descriptor.
        name: The name of the attribute, which usually is also that of the function.
    """
    attributes = attributes_of(descriptor)
    functions = {place: each for place, each in attributes.items() if isinstance(each, FunctionType)}
    named = [each for each in functions.values() if each.__name__ == name]
    known = [functions[place] for place in _PLACES if place in functions]
    return next(iter([*named, *known]), None)


def is_method(function: FunctionType) -> bool:
    """Return whether a function takes arguments besides the object."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return sum(each.kind in kinds and each.default is each.empty for each in parameters) > 1


def value_hint(descriptor: object, name: str, owner: Hint) -> Hint:
    """Return the annotated type of a descriptor's value on an object; ``Any`` if there is none.

    Args:
        descriptor: The descriptor.
        name: The name of the attribute.
        owner: The class that has it, with or without arguments.
    """
    function = function_in(descriptor, name)
    hints: list[Hint] = [return_hint(function, owner) if function is not None else Any]
    annotation = _annotation_of(class_of(owner), name)
    kind = type(descriptor)
    if annotation is not Any and not _is_kind(annotation, kind):
        hints.append(resolve(annotation, owner))
    for known in (annotation, getattr(descriptor, "__orig_class__", Any), kind):
        if known is not Any and _is_kind(known, kind):
            hints += _given_by(kind, known)
    return next((hint for hint in hints if hint is not Any and not _is_kind(hint, kind)), Any)


def _annotation_of(kind: type, name: str) -> Hint:
    """Return the annotation of an attribute in a class or its base classes; ``Any`` if there is none."""
    for base in kind.__mro__:
        if name in (found := annotations_of(base)):
            return unwrapped(evaluate(found[name], vars(inspect.getmodule(base) or typing)))
    return Any


def _is_kind(hint: Hint, kind: type) -> bool:
    named = class_of(hint)
    return inspect.isclass(named) and issubclass(kind, named) and named is not object


def _given_by(kind: type, owner: Hint) -> list[Hint]:
    """Return the return annotations of ``__get__``: those for objects, then those for the class."""
    get = kind.__get__  # type: ignore[attr-defined]
    hints: list[Hint] = []
    for function in [*typing.get_overloads(get), get]:
        hint = return_hint(function, None)
        parts = typing.get_args(hint) if class_of(hint) in _UNIONS else [hint]
        hints += [resolve(part, owner) for part in parts if part not in (typing.Self, None)]
    return hints


_UNIONS: Final = (typing.Union, type(int | str))
