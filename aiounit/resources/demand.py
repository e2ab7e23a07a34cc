"""Which resources the methods of a test class take on demand, as far as their code tells before it runs."""

from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from aiounit._real import inspect
from aiounit.introspect.machinery import NOT_USERS, top_package
from aiounit.resources.declaration import Resource, Scope

__all__ = ["takes_wider"]


def takes_wider(kind: type) -> bool:
    """Tell whether a method that calls ``use`` names a resource that lives longer than a test, or depends on one.

    Only names count that have their values when the class is defined: of its module, of modules and classes that it
    names, and of the functions around the method.

    Args:
        kind: The test class, with all that it inherits.
    """
    return any(
        _is_wider(value)
        for function in _functions(kind)
        if _calls_use(function.__code__)
        for value in _values(function, set(_names(function.__code__)))
    )


def _functions(kind: type) -> Iterator[FunctionType]:
    for ancestor in kind.__mro__:
        if top_package(ancestor.__module__) in NOT_USERS:
            continue
        for attribute in vars(ancestor).values():
            function: Any = attribute.__func__ if type(attribute) in {staticmethod, classmethod} else attribute
            if type(function) is FunctionType and function.__dict__:
                function = inspect.unwrap(function)
            if type(function) is FunctionType:
                yield function


def _calls_use(code: CodeType) -> bool:
    if "use" in code.co_names:
        return True
    for each in code.co_consts:  # noqa: SIM110 (every function of every class: any() takes twice as long)
        if type(each) is CodeType and _calls_use(each):
            return True
    return False


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _values(function: FunctionType, names: set[str]) -> Iterator[object]:
    found = [function.__globals__.get(name) for name in names]
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not there yet
            continue
    for value in found:
        yield value
        if issubclass(type(value), ModuleType | type):
            yield from (vars(value).get(each) for each in names)


def _is_wider(value: Any) -> bool:
    if not issubclass(type(value), Resource):  # isinstance() asks what is lazy for its class, and that loads it
        return False
    return value.scope is not Scope.TEST or any(map(_is_wider, value.dependencies.values()))
