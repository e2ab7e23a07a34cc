"""How resources are declared: a function becomes a descriptor, which a test class names.

Nothing runs here. What can be known to be wrong when a function is declared is an error at once.
"""

import difflib
import enum
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from aiounit.exceptions import DeclarationError, ResourceError, ScopeError

__all__ = ["Declared", "Factory", "Resource", "Scope", "depends", "factory", "resource"]

P = ParamSpec("P")
T = TypeVar("T")


class Scope(enum.Enum):
    """How long a resource lives, the shortest first."""

    TEST = "test"
    CLASS = "class"
    MODULE = "module"
    RUN = "run"

    def outlives(self, other: "Scope") -> bool:
        """Tell whether this scope lives as long as the other, or longer."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


class Declared:
    """A function that is a resource or makes some, and what it depends on.

    Attributes:
        function: The function.
        name: The function's name.
        place: Where it stands, for reports.
        scope: How long what it makes lives.
        dependencies: The resources that its parameters depend on.
        takes_owner: Whether it is a method: it is given the test, or the class for scopes wider than a test.
        declared_in: The class whose body names it first.
    """

    def __init__(self, function: Callable[..., Any], scope: Scope) -> None:
        self.function = function
        self.name: str = getattr(function, "__qualname__", repr(function)).rpartition("<locals>.")[2]
        self.place = _place(function)
        self.scope = scope
        self.dependencies, self.takes_owner = _read_parameters(self)
        self.declared_in: type | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        if self.declared_in is None:
            self.declared_in = owner

    def __repr__(self) -> str:
        return f"<resource {self} of scope {self.scope.value}>"

    def __str__(self) -> str:
        return f"{self.name!r}{self.place}"


class Resource(Declared, Generic[T]):
    """A resource: named in the body of a test class, it is what the tests find under that name.

    Made by `resource`.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        if instance is None:
            return self
        # A resource that is there is an attribute of the test, which comes before this descriptor.
        raise ResourceError(
            f"resource {self} is not there: it starts before setUp of a test that runs, and is closed after its last "
            f"cleanup. Use it in between, or take it with 'await self.use(...)'"
        )


class Factory(Declared, Generic[P, T]):
    """Makes as many resources as a test asks for, each closed when the test ends.

    Made by `factory`.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, instance: Any, owner: type) -> Self | Callable[P, Coroutine[Any, Any, T]]:
        if instance is None:
            return self
        maker: Callable[P, Coroutine[Any, Any, T]] = instance._aiounit_make(self)
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
    if not isinstance(resource, Resource):
        raise DeclarationError(f"depends() takes a resource, and got {resource!r}. Did you forget @resource on it?")
    mark: Any = _Dependency(resource)
    result: T = mark
    return result


class _Decorator(Protocol):
    """What ``@resource(scope=...)`` is: a decorator with the forms of `resource`."""

    @overload
    def __call__(self, function: Callable[..., AsyncIterator[T]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., Awaitable[T]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., Iterator[T]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., AbstractAsyncContextManager[T, Any]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., AbstractContextManager[T, Any]], /) -> Resource[T]: ...


@overload
def resource(function: Callable[..., AsyncIterator[T]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., Awaitable[T]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., Iterator[T]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., AbstractAsyncContextManager[T, Any]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., AbstractContextManager[T, Any]], /) -> Resource[T]: ...
@overload
def resource(*, scope: str = "test") -> _Decorator: ...


def resource(function: Any = None, /, *, scope: str = "test") -> Any:
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
    known = _scope(scope, function)
    if function is None:
        return lambda function: Resource[Any](function, known)
    return Resource[Any](function, known)


@overload
def factory(function: Callable[P, AsyncIterator[T]], /) -> Factory[P, T]: ...
@overload
def factory(function: Callable[P, Awaitable[T]], /) -> Factory[P, T]: ...
@overload
def factory(function: Callable[P, Iterator[T]], /) -> Factory[P, T]: ...
@overload
def factory(function: Callable[P, AbstractAsyncContextManager[T, Any]], /) -> Factory[P, T]: ...
@overload
def factory(function: Callable[P, AbstractContextManager[T, Any]], /) -> Factory[P, T]: ...


def factory(function: Any, /) -> Any:
    """Declare what makes as many resources as a test asks for: ``await self.connect("a")``, each closed at its end.

    Args:
        function: As for `resource`; its other parameters are given with each call.

    Returns:
        The factory, to be named in the body of test classes.

    Raises:
        DeclarationError: It can't make resources; the message says why.
    """
    return Factory[Any, Any](function, Scope.TEST)


def _scope(scope: str, function: object) -> Scope:
    try:
        return Scope(scope)
    except ValueError:
        known = ", ".join(repr(each.value) for each in Scope)
        close = difflib.get_close_matches(str(scope), [each.value for each in Scope], n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        of = "" if function is None else f" of {function!r}"
        raise ScopeError(f"there is no scope {scope!r}{of}{hint} Known are {known}") from None


def _read_parameters(declared: Declared) -> tuple[Mapping[str, Resource[Any]], bool]:
    """Return the dependencies of a function, and whether its first parameter is the test or the class."""
    function = declared.function
    if not callable(function):
        raise DeclarationError(f"a resource is made of a function, and this is {function!r}")
    try:
        parameters = list(inspect.signature(function).parameters.values())
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


def _check_given(declared: Declared, parameters: list[inspect.Parameter]) -> None:
    for parameter in parameters:
        is_single = parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        if is_single and parameter.default is parameter.empty:
            raise DeclarationError(
                f"resource {declared}: nobody gives a value for its parameter {parameter.name!r}. "
                f"Write {parameter.name}=depends(...) with the resource that it is, or give it a default"
            )


def check_scope(declared: Declared, dependency: Resource[Any]) -> None:
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


def _place(function: Any) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return f" ({code.co_filename}, line {code.co_firstlineno})" if code else ""
