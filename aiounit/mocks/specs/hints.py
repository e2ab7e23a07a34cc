"""What annotations tell about the things that a mock stands for: what a method returns, which attributes there are.

Annotations that can't be evaluated tell nothing: names that are imported for type checkers only, for example.
"""

import sys
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final

from aiounit._real import contextlib, dis, functools, inspect
from aiounit.mocks.specs.annotations import annotated_in, annotations_of, evaluate

__all__ = ["argument_of", "attribute_hints", "class_of", "parameter_hints", "resolve", "return_hint", "unwrapped"]

_NOTHING: Final = object()
_WRAPPERS: Final = (typing.Annotated, typing.ClassVar, typing.Final, typing.Required, typing.NotRequired)


def class_of(hint: Any) -> Any:
    """Return the class of a generic one with arguments, and anything else as it is."""
    return typing.get_origin(hint) or hint


def return_hint(function: object, owner: Any) -> Any:
    """Return what a function returns by its annotation.

    Args:
        function: The function, or a property.
        owner: The class that it is looked up in, which may have arguments, as ``Box[int]``; or None.

    Returns:
        The evaluated annotation, with what ``Self`` and the parameters of the class stand for. ``Any`` if there is none
        that says anything.
    """
    function = _plain(function)
    if not inspect.isfunction(function):
        return Any
    hint = evaluate(annotations_of(function).get("return", Any), function.__globals__)
    return resolve(hint, owner)


def argument_of(hint: Any, index: int, owner: Any) -> Any:
    """Return an argument of a hint, as `return_hint` does; ``Any`` if it has none there.

    Args:
        hint: The hint: an iterator, a generator or a context manager.
        index: The place of the argument.
        owner: As for `return_hint`.
    """
    arguments = typing.get_args(hint)
    return resolve(arguments[index], owner) if index < len(arguments) else Any


def attribute_hints(owner: Any) -> dict[str, Any]:
    """Return the attributes that the instances of a class have and the class has not, by their names.

    Those are the annotated ones, and those that ``__init__`` sets. What is not annotated has the hint ``Any``.

    Args:
        owner: The class, which may have arguments.
    """
    kind = class_of(owner)
    hints: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        for name in ("__init__", "__post_init__"):
            function = vars(base).get(name)
            hints = dict.fromkeys(_set_by(function), Any) | hints
            hints |= annotated_in(function).own
        module = sys.modules.get(base.__module__)
        namespace = {} if module is None else vars(module)
        hints |= {name: evaluate(hint, namespace) for name, hint in annotations_of(base).items()}
    unset = [name for name in hints if _is_unset(inspect.getattr_static(kind, name, _NOTHING))]
    return {name: resolve(hints[name], owner) for name in unset}


def parameter_hints(owner: Any) -> dict[str, Any]:
    """Return the attributes that ``__init__`` sets to annotated parameters, by their names.

    Args:
        owner: The class, which may have arguments.
    """
    hints: dict[str, Any] = {}
    for base in reversed(class_of(owner).__mro__):
        hints |= annotated_in(vars(base).get("__init__")).parameters
    return {name: resolve(hint, owner) for name, hint in hints.items()}


def _is_unset(value: object) -> bool:
    """Tell whether the class has no value for an attribute: it has none, only a slot, or None for the time being."""
    return value is _NOTHING or value is None or inspect.ismemberdescriptor(value)


def unwrapped(hint: Any) -> Any:
    """Return what a hint says in the end: without ``Optional``, ``Annotated``, ``ClassVar``, and names for it."""
    while True:
        if type(hint).__name__ == "TypeAliasType":
            hint = hint.__value__
        elif isinstance(hint, typing.NewType):
            hint = hint.__supertype__
        elif typing.get_origin(hint) in _WRAPPERS:
            hint = typing.get_args(hint)[0]
        elif isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
            parts = [part for part in typing.get_args(hint) if part is not types.NoneType]
            if len(parts) != 1:
                return Any
            hint = parts[0]
        else:
            return hint


def _set_by(function: object) -> Iterator[str]:
    """Yield the names of the attributes that a function sets: those of ``self``, and it may be of others."""
    if inspect.isfunction(function):
        yield from (each.argval for each in dis.get_instructions(function) if each.opname == "STORE_ATTR")


def _plain(function: Any) -> Any:
    """Return the function inside a property, a method or a decorated function."""
    if isinstance(function, property):
        function = function.fget
    elif isinstance(function, functools.cached_property):
        function = function.func
    with contextlib.suppress(ValueError):  # what wraps itself
        function = inspect.unwrap(function)
    return getattr(function, "__func__", function)


# Parameters of classes


def resolve(hint: Any, owner: Any) -> Any:
    """Return what an annotation means in a class."""
    if hint is types.NoneType:
        return None
    if hint is typing.Self:
        return Any if owner is None else owner
    if isinstance(hint, typing.TypeVar):
        return Any if owner is None else _parameters(owner).get(hint, Any)
    return hint


def _parameters(owner: Any) -> Mapping[Any, Any]:
    """Return what the parameters of a class and its base classes stand for; ``object`` if nobody has said it."""
    kind = class_of(owner)
    known: dict[Any, Any] = dict.fromkeys(getattr(kind, "__parameters__", ()), object)
    known |= dict(zip(known, typing.get_args(owner), strict=False))
    for base in kind.__mro__:
        for generic in vars(base).get("__orig_bases__", ()):
            parameters = getattr(class_of(generic), "__parameters__", ())
            arguments = [known.get(argument, argument) for argument in typing.get_args(generic)]
            known = dict(zip(parameters, arguments, strict=False)) | known
    return known
