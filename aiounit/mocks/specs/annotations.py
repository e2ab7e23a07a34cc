"""Annotations, evaluated as far as they can be: those of classes and functions, and those inside ``__init__``.

Python does not keep what is annotated inside a function. So it is read in the source, if there is one.
"""

import sys
import typing
from typing import Any, NamedTuple

from aiounit._real import ast, contextlib, inspect

__all__ = ["Annotated", "annotated_in", "annotations_of", "evaluate"]

if sys.version_info >= (3, 14):
    import annotationlib

    def annotations_of(thing: Any) -> dict[str, Any]:
        """Return the annotations of a class or function, as far as they can be evaluated."""
        return annotationlib.get_annotations(thing, format=annotationlib.Format.FORWARDREF)

else:

    def annotations_of(thing: Any) -> dict[str, Any]:
        """Return the annotations of a class or function."""
        return inspect.get_annotations(thing)


def evaluate(hint: Any, namespace: dict[str, Any]) -> Any:
    """Return what an annotation says, which may be a string; ``Any`` if that can't be evaluated."""
    if not isinstance(hint, str):
        return Any if isinstance(hint, typing.ForwardRef) else hint  # as which Python 3.14 gives what it can't evaluate

    def annotated() -> None:
        """Carry the annotation."""

    annotated.__annotations__ = {"return": hint}
    try:
        return typing.get_type_hints(annotated, globalns=namespace)["return"]
    except Exception:  # whatever the evaluation of somebody's annotation raises
        return Any


class Annotated(NamedTuple):
    """The attributes that a method annotates, by their names: those of its first argument.

    Attributes:
        own: Those with an annotation of their own, ``self.sender: Sender = ...``.
        parameters: Those that take the value of an annotated parameter, ``self.sender = sender``.
    """

    own: dict[str, Any]
    parameters: dict[str, Any]


def annotated_in(function: Any) -> Annotated:
    """Return what a method annotates in its source.

    Args:
        function: The method; anything else annotates nothing.
    """
    found = Annotated({}, {})
    if inspect.isfunction(function):
        with contextlib.suppress(Exception):  # there is no source, or it is no longer that of the function
            _read(function, found)
    return found


def _read(function: Any, found: Annotated) -> None:
    tree = ast.parse("if True:\n" + _indented(inspect.getsource(function)))
    definition = next(each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))
    owner = [*definition.args.posonlyargs, *definition.args.args][0].arg
    namespace = function.__globals__ | _closure_of(function)
    parameters = {name: evaluate(hint, namespace) for name, hint in annotations_of(function).items()}
    for node in ast.walk(definition):
        if isinstance(node, ast.AnnAssign) and (name := _attribute(node.target, owner)):
            found.own[name] = evaluate(ast.unparse(node.annotation), namespace)
        elif isinstance(node, ast.Assign) and (source := _name_in(node.value)) in parameters:
            for name in filter(None, (_attribute(target, owner) for target in node.targets)):
                found.parameters[name] = parameters[source]


def _indented(source: str) -> str:
    return source if source[:1].isspace() else "".join(f" {line}" for line in source.splitlines(keepends=True))


def _closure_of(function: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # it is empty
            found[name] = cell.cell_contents
    return found


def _attribute(target: Any, owner: str) -> str | None:
    """Return the name of the attribute that is assigned to, if it is one of the owner."""
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == owner:
        return target.attr
    return None


def _name_in(value: Any) -> str:
    """Return the name that a value is, also in ``name or Client()``; nothing for any other value."""
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
        value = value.values[0]
    return value.id if isinstance(value, ast.Name) else ""
