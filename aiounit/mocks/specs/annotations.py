"""Annotations of classes and functions, and those inside ``__init__``, evaluated as far as possible.

Python does not keep the annotations inside a function. They are read from its source, if there is one.
"""

import sys
import typing
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple, TypeAlias

from aiounit._real import ast, contextlib, inspect, weakref

__all__ = ["Annotated", "Hint", "annotated_in", "annotations_of", "evaluate"]

# An evaluated annotation: a class, a generic with arguments, ``Any`` and so on.
Hint: TypeAlias = object

if sys.version_info >= (3, 14):
    import annotationlib

    def annotations_of(thing: Callable[..., object]) -> dict[str, Hint]:
        """Return the annotations of a class or function, evaluated as far as possible."""
        return annotationlib.get_annotations(thing, format=annotationlib.Format.FORWARDREF)

else:

    def annotations_of(thing: Callable[..., object]) -> dict[str, Hint]:
        """Return the annotations of a class or function."""
        return inspect.get_annotations(thing)


def evaluate(hint: Hint, namespace: dict[str, object]) -> Hint:
    """Evaluate an annotation, which may be a string. The result is ``Any`` if that fails."""
    if not isinstance(hint, str):
        return Any if isinstance(hint, typing.ForwardRef) else hint  # Python 3.14 gives one if it can't evaluate

    def annotated() -> None:
        """Hold the annotation, because get_type_hints() takes a function."""

    annotated.__annotations__ = {"return": hint}
    try:
        return typing.get_type_hints(annotated, globalns=namespace)["return"]
    except Exception:  # evaluating an annotation of the user's can raise anything
        return Any


class Annotated(NamedTuple):
    """The attributes of ``self`` that a method annotates, by their names.

    Attributes:
        own: Attributes with an annotation of their own, ``self.sender: Sender = ...``.
        parameters: Attributes that are set to an annotated parameter, ``self.sender = sender``.
    """

    own: dict[str, Hint]
    parameters: dict[str, Hint]


def annotated_in(function: object) -> Annotated:
    """Read the annotations of attributes in the source of a method.

    Args:
        function: The method. Other objects annotate nothing.
    """
    found = Annotated({}, {})
    if inspect.isfunction(function):
        source = _source_of(function)
        with contextlib.suppress(Exception):  # an annotation that can't be read
            namespace = function.__globals__ | _closure_of(function) if source.own or source.assigned else {}
            found.own.update((name, evaluate(text, namespace)) for name, text in source.own)
            if source.assigned:
                hints = {name: evaluate(hint, namespace) for name, hint in annotations_of(function).items()}
                found.parameters.update((name, hints[each]) for name, each in source.assigned if each in hints)
    return found


class _Source(NamedTuple):
    """The attributes of ``self`` in the source of a function: with the text of an annotation, or with a parameter."""

    code: CodeType
    own: list[tuple[str, str]]
    assigned: list[tuple[str, str]]


# To parse the source takes a millisecond.
_sources: Final[weakref.WeakKeyDictionary[FunctionType, _Source]] = weakref.WeakKeyDictionary()


def _source_of(function: FunctionType) -> _Source:
    source = _sources.get(function)
    if source is None or source.code is not function.__code__:
        source = _sources[function] = _Source(function.__code__, [], [])
        with contextlib.suppress(Exception):  # there is no source, or the file has changed since
            _read(function, source)
    return source


def _read(function: FunctionType, found: _Source) -> None:
    tree = ast.parse("if True:\n" + _indented(inspect.getsource(function)))
    definition = next(each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))
    owner = [*definition.args.posonlyargs, *definition.args.args][0].arg
    for node in ast.walk(definition):
        if isinstance(node, ast.AnnAssign) and (name := _attribute(node.target, owner)):
            found.own.append((name, ast.unparse(node.annotation)))
        elif isinstance(node, ast.Assign) and (source := _name_in(node.value)):
            names = filter(None, (_attribute(target, owner) for target in node.targets))
            found.assigned.extend((name, source) for name in names)


def _indented(source: str) -> str:
    return source if source[:1].isspace() else "".join(f" {line}" for line in source.splitlines(keepends=True))


def _closure_of(function: FunctionType) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # the cell is empty
            found[name] = cell.cell_contents
    return found


def _attribute(target: ast.expr, owner: str) -> str | None:
    """Return the name of the attribute that is the target of an assignment, if its object is the owner."""
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == owner:
        return target.attr
    return None


def _name_in(value: ast.expr) -> str:
    """Return the name that an expression consists of, also for ``name or Client()``; "" for other expressions."""
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        value = value.values[0]
    return value.id if isinstance(value, ast.Name) else ""
