"""Find the resources that methods of a test class use on demand, as far as their code shows before it runs."""

from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Final, cast

from aiounit._real import inspect
from aiounit.introspect import classes
from aiounit.introspect.machinery import NOT_USERS, top_package
from aiounit.resources.declaration import Resource, Scope

__all__ = ["takes_wider"]

_WRAPPERS: Final = {staticmethod, classmethod}


def takes_wider(kind: type) -> bool:
    """Return whether a method that calls ``use`` names a resource whose scope, or a dependency's, is wider than a test.

    A name counts if it has its value when the class is defined: a name in the method's module, in a module or class
    that the method names, or in a function around the method.

    Args:
        kind: The test class. Methods of its base classes count, too.
    """
    return any(
        _is_wider(value)
        for function in _functions_with_use(kind)
        for value in _values(function, set(_names(function.__code__)))
    )


def _functions_with_use(kind: type) -> list[FunctionType]:
    found: list[FunctionType] = []
    for ancestor in classes.of_users(kind):
        if top_package(ancestor.__module__) in NOT_USERS:
            continue
        for attribute in ancestor.__dict__.values():  # every function of every class: it calls as little as possible
            function: object = getattr(attribute, "__func__", None) if type(attribute) in _WRAPPERS else attribute
            if type(function) is FunctionType and function.__dict__:
                function = inspect.unwrap(function)
            if type(function) is FunctionType:
                code = function.__code__
                if "use" in code.co_names or (CodeType in map(type, code.co_consts) and "use" in _names(code)):
                    found.append(function)
    return found


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
        except ValueError:  # the variable has no value yet
            continue
    for value in found:
        yield value
        if issubclass(type(value), ModuleType | type):
            yield from (vars(value).get(each) for each in names)


def _is_wider(value: object) -> bool:
    # Not isinstance(): that asks a lazy object for its class, which loads it.
    if not issubclass(type(value), Resource):
        return False
    resource = cast("Resource[object]", value)
    return resource.scope is not Scope.TEST or any(map(_is_wider, resource.dependencies.values()))
