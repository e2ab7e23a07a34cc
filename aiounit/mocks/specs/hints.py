"""Information from annotations about a mocked object: the types that methods return, and the attributes it has.

Annotations that can't be evaluated give none, for example names that are imported only for type checkers.
"""

import sys
import types
import typing
from collections.abc import Mapping
from typing import Any, Final

from aiounit._real import contextlib, dis, functools, inspect, weakref
from aiounit.introspect import classes
from aiounit.mocks.specs.annotations import Hint, annotated_in, annotations_of, evaluate

__all__ = ["argument_of", "attribute_hints", "class_of", "parameter_hints", "resolve", "return_hint", "unwrapped"]

_NOTHING: Final = object()
_WRAPPERS: Final = (typing.Annotated, typing.ClassVar, typing.Final, typing.Required, typing.NotRequired)


def class_of(hint: Hint) -> Any:
    """Return the class of a generic with arguments, and any other hint unchanged."""
    return typing.get_origin(hint) or hint


def return_hint(function: object, owner: Hint) -> Hint:
    """Return the evaluated return annotation of a function.

    Args:
        function: The function or property.
        owner: The class in which it was found, with or without arguments (``Box[int]``), or None.

    Returns:
        The hint, in which ``Self`` and the type parameters of the class are resolved; ``Any`` if there is none.
    """
    function = _plain(function)
    if not inspect.isfunction(function):
        return Any
    hint = evaluate(annotations_of(function).get("return", Any), function.__globals__)
    return resolve(hint, owner)


def argument_of(hint: Hint, index: int, owner: Hint) -> Hint:
    """Return an argument of a hint, resolved as by `return_hint`; ``Any`` if there is none at the index.

    Args:
        hint: An iterator, a generator or a context manager with arguments.
        index: The index of the argument.
        owner: As for `return_hint`.
    """
    arguments = typing.get_args(hint)
    return resolve(arguments[index], owner) if index < len(arguments) else Any


def attribute_hints(owner: Hint) -> dict[str, Hint]:
    """Return the hints of the attributes that instances of a class have and the class does not, by their names.

    These are annotated attributes, and attributes that ``__init__`` sets. The hint of an unannotated one is ``Any``.

    Args:
        owner: The class, with or without arguments.
    """
    kind = class_of(owner)
    hints: dict[str, Hint] = {}
    for base in reversed(kind.__mro__):
        for name in ("__init__", "__post_init__"):
            function = vars(base).get(name)
            hints = dict[str, Hint].fromkeys(_set_by(function), Any) | hints
            hints |= annotated_in(function).own
        module = sys.modules.get(base.__module__)
        namespace = {} if module is None else vars(module)
        hints |= {name: evaluate(hint, namespace) for name, hint in annotations_of(base).items()}
    unset = [name for name in hints if _is_unset(classes.static(kind, name, _NOTHING))]
    return {name: resolve(hints[name], owner) for name in unset}


def parameter_hints(owner: Hint) -> dict[str, Hint]:
    """Return the hints of the attributes that ``__init__`` sets to annotated parameters, by their names.

    Args:
        owner: The class, with or without arguments.
    """
    hints: dict[str, Hint] = {}
    for base in reversed(class_of(owner).__mro__):
        hints |= annotated_in(vars(base).get("__init__")).parameters
    return {name: resolve(hint, owner) for name, hint in hints.items()}


def _is_unset(value: object) -> bool:
    """Return whether a class has no value for an attribute: nothing, only a slot, or None as a placeholder."""
    return value is _NOTHING or value is None or inspect.ismemberdescriptor(value)


def unwrapped(hint: Any) -> Hint:
    """Return a hint without ``Optional``, ``Annotated``, ``ClassVar`` and the like, and without aliases."""
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


# The attributes that functions set, with the code that does.
_set: Final[weakref.WeakKeyDictionary[types.FunctionType, tuple[types.CodeType, list[str]]]] = (
    weakref.WeakKeyDictionary()
)


def _set_by(function: object) -> list[str]:
    """Return the names of the attributes that a function sets, mostly on ``self``."""
    if not inspect.isfunction(function):
        return []
    code, names = _set.get(function, (None, []))
    if code is not function.__code__:
        names = [each.argval for each in dis.get_instructions(function) if each.opname == "STORE_ATTR"]
        _set[function] = function.__code__, names
    return names


def _plain(function: Any) -> object:
    """Return the function inside a property, a method or a decorated function."""
    if isinstance(function, property):
        function = function.fget
    elif isinstance(function, functools.cached_property):
        function = function.func
    with contextlib.suppress(ValueError):  # it wraps itself
        function = inspect.unwrap(function)
    return getattr(function, "__func__", function)


# Type parameters of classes


def resolve(hint: Hint, owner: Hint) -> Hint:
    """Replace ``Self`` and type parameters by the types that they have in a class."""
    if hint is types.NoneType:
        return None
    if hint is typing.Self:
        return Any if owner is None else owner
    if isinstance(hint, typing.TypeVar):
        return Any if owner is None else _parameters(owner).get(hint, Any)
    return hint


def _parameters(owner: Hint) -> Mapping[object, Hint]:
    """Return the types of the parameters of a class and its bases; ``object`` for a parameter without a type."""
    kind = class_of(owner)
    known: dict[object, Hint] = dict.fromkeys(getattr(kind, "__parameters__", ()), object)
    known |= dict(zip(known, typing.get_args(owner), strict=False))
    for base in kind.__mro__:
        for generic in vars(base).get("__orig_bases__", ()):
            parameters = getattr(class_of(generic), "__parameters__", ())
            arguments = [known.get(argument, argument) for argument in typing.get_args(generic)]
            known = dict(zip(parameters, arguments, strict=False)) | known
    return known
