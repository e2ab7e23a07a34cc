"""How resources are declared: a function becomes a descriptor, which a test class names.

Nothing runs here. What can be known to be wrong when a function is declared is an error at once.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Concatenate, Generic, NoReturn, ParamSpec, Protocol, Self, TypeVar, overload
from unittest import TestCase

from aiounit._real import functools, inspect
from aiounit.exceptions import DeclarationError, ResourceError, ScopeError
from aiounit.introspect.places import Place
from aiounit.resources.scopes import Scope, ScopeName, scope_named

if sys.version_info >= (3, 14):
    import annotationlib

__all__ = ["Declared", "Resource", "ResourceFactory", "Scope", "depends", "resource", "resource_factory"]

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
C = TypeVar("C", bound=TestCase)


class Declared:
    """A function that is a resource or makes some, and what it depends on.

    Attributes:
        function: The function.
        name: What to call it in reports: the function's name if nothing else is said.
        place: Where the function stands, for reports; empty if it is none of the user's.
        scope: How long what it makes lives.
        dependencies: The resources that its parameters depend on.
        takes_owner: Whether it is a method: it is given the test, or the class for scopes wider than a test.
        declared_in: The class whose body names it first.
        nodes: The nodes of the graph of resources that were made for it, by their dependencies.
    """

    def __init__(self, function: Callable[..., Any], scope: Scope, name: str = "") -> None:
        self.function = function
        self.name = name or _name(function)
        self.place = "" if name else _place(function)
        self.scope = scope
        self.dependencies, self.takes_owner = _read_parameters(self)
        self.declared_in: type | None = None
        self.nodes: dict[object, Any] = {}

    def __set_name__(self, owner: type, name: str) -> None:
        if self.declared_in is None:
            self.declared_in = owner
        if name.startswith("test") and isinstance(self, _Called):
            self.__class__ = type(self).__mro__[2]  # or the loader would collect it as a test

    def has_made(self, stack: Iterable[Place]) -> bool:
        """Tell whether something was made in the function itself, or in what it called.

        Args:
            stack: Where it was made.
        """
        code = getattr(inspect.unwrap(self.function), "__code__", None) if self.place else None
        if code is None:
            return False
        last = max(line for _, _, line in code.co_lines() if line is not None)
        return any(each.file == code.co_filename and code.co_firstlineno <= each.line <= last for each in stack)

    def __repr__(self) -> str:
        return f"<resource {self} of scope {self.scope.value}>"

    def __str__(self) -> str:
        return f"{self.name!r}{self.place}"


class Resource(Declared, Generic[T_co]):
    """A resource: named in the body of a test class, it is what the tests find under that name.

    Made by `resource`.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T_co: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T_co:
        if instance is None:
            return self
        # A resource that is there is an attribute of the test, which comes before this descriptor.
        raise ResourceError(
            f"resource {self} is not there: a test has it from setUp to its last cleanup. To use it in another "
            f"resource, give that a parameter with the default depends({self.name.rpartition('.')[2]})"
        )


class _Called:
    """What a resource or factory does when it is called like a function, as newcomers from pytest try once."""

    def __call__(self, *_args: object, **_keywords: object) -> NoReturn:
        name = self.name.rpartition(".")[2]  # type: ignore[attr-defined] # mixed into a Declared
        if isinstance(self, ResourceFactory):
            use = f"and await self.{name}(...) in a test"
        else:
            use = f"and use self.{name}, or write await self.use({name}) in a test"
        kind = "factory" if isinstance(self, ResourceFactory) else "resource"
        raise ResourceError(
            f"{kind} {self} can't be called: aiounit calls it, and closes what it makes. "
            f"Write {name} = {name} in the body of the class, {use}"
        )


class _CalledResource(_Called, Resource[T_co]):
    """A resource as `resource` makes it."""


class ResourceFactory(Declared, Generic[P, T_co]):
    """Makes as many resources as a test asks for, each closed when the test ends.

    Made by `resource_factory`.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Callable[P, Coroutine[Any, Any, T_co]]: ...

    def __get__(self, instance: Any, owner: type) -> Self | Callable[P, Coroutine[Any, Any, T_co]]:
        if instance is None:
            return self
        maker: Callable[P, Coroutine[Any, Any, T_co]] = instance._aiounit_make(self)
        return maker


class _Dependency:
    """What `depends` really returns: a mark, seen when the function is declared."""

    def __init__(self, resource: Resource[Any]) -> None:
        self.resource = resource


def depends(resource: Resource[T]) -> T:
    """Say that a parameter of a resource is another resource.

    Args:
        resource: The other resource. It must live as long as the one that depends on it, or longer.

    Returns:
        A mark to be the default of the parameter; to a type checker, what the other resource gives.

    Raises:
        DeclarationError: ``resource`` is no resource.

    Example:
        A server that is told its configuration::

            @resource(scope="class")
            async def server(config: Config = depends(configuration)) -> AsyncIterator[Server]:
                async with serve(config) as server:
                    yield server
    """
    check_is_resource(resource, "depends()")
    mark: Any = _Dependency(resource)
    result: T = mark
    return result


def check_is_resource(resource: object, who: str) -> None:
    """Check that something is a resource.

    Args:
        resource: What should be one.
        who: What takes it.

    Raises:
        DeclarationError: It is none.
    """
    if isinstance(resource, ResourceFactory):
        raise DeclarationError(
            f"{who} takes a resource, and factory {resource} makes many. Name it in the body of the class, and await "
            f"self.{resource.name.rpartition('.')[2]}(...)"
        )
    if not isinstance(resource, Resource):
        hint = " Did you forget @resource on it?" if callable(resource) else ""
        raise DeclarationError(f"{who} takes a resource, and got {resource!r}.{hint}")


class _Decorator(Protocol):
    """What ``@resource(scope=...)`` is: a decorator with the forms of `resource`."""

    @overload
    def __call__(self, function: Callable[..., AbstractAsyncContextManager[T, Any]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., AbstractContextManager[T, Any]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., AsyncIterator[T]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., Awaitable[T]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., Iterator[T]], /) -> Resource[T]: ...


@overload
def resource(function: Callable[..., AbstractAsyncContextManager[T, Any]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., AbstractContextManager[T, Any]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., AsyncIterator[T]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., Awaitable[T]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., Iterator[T]], /) -> Resource[T]: ...
@overload
def resource(*, scope: ScopeName = "test") -> _Decorator: ...


def resource(function: Any = None, /, *, scope: ScopeName = "test") -> Any:
    """Declare a resource.

    Args:
        function: An asynchronous or synchronous generator function that yields once, a coroutine function, or a
            callable that returns an asynchronous or synchronous context manager. Parameters take other resources
            through `depends`. A method is given the test, or the class if the scope is wider than a test.
        scope: How long the resource lives: ``"test"``, ``"class"``, ``"module"`` or ``"run"``.

    Returns:
        The resource, to be named in the body of test classes.

    Raises:
        DeclarationError: It can't be a resource; the message says why.
        ScopeError: There is no such scope, or a resource that it depends on does not live as long.

    Example:
        A database, new for every test::

            @resource
            async def database() -> AsyncIterator[Connection]:
                async with aiosqlite.connect(":memory:") as connection:
                    yield connection

            class OrdersTest(AsyncTestCase):
                database = database
    """
    known = scope_named(scope)
    if function is None:
        return lambda function: _make(Resource, _CalledResource, function, known)
    return _make(Resource, _CalledResource, function, known)


# A method first: its users do not give the test.
@overload
def resource_factory(
    function: Callable[Concatenate[C, P], AbstractAsyncContextManager[T, Any]], /
) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(
    function: Callable[Concatenate[C, P], AbstractContextManager[T, Any]], /
) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[Concatenate[C, P], AsyncIterator[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[Concatenate[C, P], Awaitable[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[Concatenate[C, P], Iterator[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, AbstractAsyncContextManager[T, Any]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, AbstractContextManager[T, Any]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, AsyncIterator[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, Awaitable[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, Iterator[T]], /) -> ResourceFactory[P, T]: ...


def resource_factory(function: Any, /) -> Any:
    """Declare what makes as many resources as a test asks for: ``await self.connect("a")``, each closed at its end.

    Args:
        function: As for `resource`; its other parameters are given with each call.

    Returns:
        The factory, to be named in the body of test classes.

    Raises:
        DeclarationError: It can't make resources; the message says why.
    """
    return _make(ResourceFactory, _CalledFactory, function, Scope.TEST)


class _CalledFactory(_Called, ResourceFactory[P, T_co]):
    """A factory as `resource_factory` makes it."""


def _make(kind: type[Declared], called: type[Declared], function: Callable[..., Any], scope: Scope) -> Declared:
    # unittest and pytest take anything that can be called and has such a name for a test.
    is_like_a_test = getattr(function, "__name__", "").startswith("test")
    return (kind if is_like_a_test else called)(function, scope)


def _read_parameters(declared: Declared) -> tuple[Mapping[str, Resource[Any]], bool]:
    """Return the dependencies of a function, and whether its first parameter is the test or the class."""
    function = declared.function
    if not callable(function) or isinstance(function, Declared):
        raise DeclarationError(_complaint(function))
    try:
        parameters = list(_signature(function).parameters.values())
    except ValueError:  # of some classes in C
        return {}, False
    dependencies: dict[str, Resource[Any]] = {}
    for parameter in parameters:
        if isinstance(parameter.default, _Dependency):
            dependencies[parameter.name] = parameter.default.resource
            check_scope(declared, parameter.default.resource)
    takes_owner = bool(parameters) and _is_method(function) and parameters[0].name not in dependencies
    if isinstance(declared, Resource):
        _check_given(declared, parameters[takes_owner:])
    return dependencies, takes_owner


def _complaint(function: object) -> str:
    what = f"a resource is made of a function, and this is {function!r}."
    if isinstance(function, str):
        return f"{what} The scope has a name: write @resource(scope={function!r})"
    if isinstance(function, classmethod):
        return f"{what} Leave @classmethod out: a resource that lives longer than a test is given the class anyway"
    if isinstance(function, Declared):
        return f"{what} It is a resource already: name it in the body of a class"
    return f"{what} Put @resource on a function that yields or returns it"


if sys.version_info >= (3, 14):

    def _signature(function: Callable[..., Any]) -> inspect.Signature:
        # The annotations say nothing here, and may name what is imported for type checkers only.
        return inspect.signature(function, annotation_format=annotationlib.Format.FORWARDREF)

else:

    def _signature(function: Callable[..., Any]) -> inspect.Signature:
        return inspect.signature(function)


def _check_given(declared: Declared, parameters: list[inspect.Parameter]) -> None:
    for parameter in parameters:
        is_single = parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        if is_single and parameter.default is parameter.empty:
            raise DeclarationError(
                f"resource {declared}: nobody gives a value for its parameter {parameter.name!r}. "
                f"Write {parameter.name}=depends(...) with the resource that it is, or give it a default"
            )


def check_scope(declared: Declared, dependency: Declared) -> None:
    """Check that a resource lives as long as what depends on it.

    Args:
        declared: What depends on it.
        dependency: The resource.

    Raises:
        ScopeError: It does not.
    """
    if not dependency.scope.outlives(declared.scope):
        raise ScopeError(
            f"resource {declared} lives for a {declared.scope.value} and depends on {dependency}, which lives only for "
            f"a {dependency.scope.value}. Give {dependency.name!r} the scope {declared.scope.value!r}, or "
            f"{declared.name!r} the scope {dependency.scope.value!r}"
        )


def _is_method(function: Any) -> bool:
    """Tell whether a function is written in the body of a class."""
    within, _, _ = getattr(function, "__qualname__", "").rpartition(".")
    return inspect.isfunction(inspect.unwrap(function)) and bool(within) and not within.endswith("<locals>")


def _name(function: object) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    name: str = getattr(function, "__qualname__", "") or type(function).__qualname__
    return name.rpartition("<locals>.")[2]


def _place(function: Any) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return f" ({code.co_filename}, line {code.co_firstlineno})" if code else ""
