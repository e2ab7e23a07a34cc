"""Declare resources: a function becomes a descriptor, to be named in test classes.

Nothing runs here. Mistakes that can be seen in the declaration are errors at once.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Concatenate, Generic, NoReturn, ParamSpec, Self, TypeAlias, TypeVar, cast, overload
from unittest import TestCase

from aiounit._real import functools, inspect
from aiounit._typing import Protocol
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
# The values that a coroutine yields and receives are a matter between it and the loop.
CoroutineOf: TypeAlias = Coroutine[Any, Any, T_co]


class Declared:
    """A function that is a resource or a factory of resources, with its dependencies.

    Attributes:
        function: The function.
        name: The name in reports; by default, that of the function.
        place: The source line of the function, for reports; empty if the function is not the user's.
        scope: The lifetime of the resources that the function makes.
        dependencies: The resources that its parameters depend on.
        takes_owner: Whether it is a method: its first argument is the test, or the class for scopes wider than a test.
        declared_in: The first class whose body names it.
        nodes: Its nodes in the graph of resources, by their dependencies.
    """

    def __init__(self, function: Callable[..., Any], scope: Scope, name: str = "") -> None:
        self.function = function
        self.name = name or _name(function)
        self.place = "" if name else _place(function)
        self.scope = scope
        self.dependencies, self.takes_owner = _read_parameters(self)
        self.declared_in: type | None = None
        self.nodes: dict[object, object] = {}

    def __set_name__(self, owner: type, name: str) -> None:
        if self.declared_in is None:
            self.declared_in = owner
        if name.startswith("test") and isinstance(self, _Called):
            self.__class__ = type(self).__mro__[2]  # not callable: the loader collects callables named test*

    def has_made(self, stack: Iterable[Place]) -> bool:
        """Return whether an object was made in the function itself, or in a function that it called.

        Args:
            stack: The frames in which the object was made.
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
    """A resource. Name it in the body of a test class, and each test has its value under that name.

    Made by `resource`.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T_co: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T_co:
        if instance is None:
            return self
        # A test that has the resource has its value in its __dict__, which takes precedence over this descriptor.
        raise ResourceError(
            f"resource {self} is not available: a test has it from setUp to its last cleanup. To use it in another "
            f"resource, give that a parameter with the default depends({self.name.rpartition('.')[2]})"
        )


class _Called:
    """Explains, on a call, why a resource or factory can't be called. Users of pytest often try it."""

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
    """A factory: it makes as many resources as a test asks for. They are closed when the test ends.

    Made by `resource_factory`.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Callable[P, CoroutineOf[T_co]]: ...

    def __get__(self, instance: Any, owner: type) -> Self | Callable[P, CoroutineOf[T_co]]:
        if instance is None:
            return self
        maker: Callable[P, CoroutineOf[T_co]] = instance._aiounit_make(self)
        return maker


class _Dependency:
    """The mark that `depends` really returns. It is found when the function is declared."""

    def __init__(self, resource: Resource[object]) -> None:
        self.resource = resource


def depends(resource: Resource[T]) -> T:
    """Make a parameter of a resource depend on another resource.

    Args:
        resource: The other resource. Its scope must not be narrower than that of the resource that depends on it.

    Returns:
        A mark, to be the default of the parameter. To type checkers it is the value of the other resource.

    Raises:
        DeclarationError: ``resource`` is not a resource.

    Example:
        A server that depends on its configuration::

            @resource(scope="class")
            async def server(config: Config = depends(configuration)) -> AsyncIterator[Server]:
                async with serve(config) as server:
                    yield server
    """
    check_is_resource(resource, "depends()")
    return cast("T", _Dependency(resource))


def check_is_resource(resource: object, caller: str) -> None:
    """Reject a value that is not a resource.

    Args:
        resource: The value.
        caller: The function that received it, for the message.

    Raises:
        DeclarationError: ``resource`` is not a resource.
    """
    if isinstance(resource, ResourceFactory):
        raise DeclarationError(
            f"{caller} takes a resource, but {resource} is a factory of resources. Name it in the body of the class, "
            f"and await self.{resource.name.rpartition('.')[2]}(...)"
        )
    if not isinstance(resource, Resource):
        hint = " Did you forget @resource on it?" if callable(resource) else ""
        raise DeclarationError(f"{caller} takes a resource, not {resource!r}.{hint}")


class _Decorator(Protocol):
    """The decorator that ``@resource(scope=...)`` is, with the overloads of `resource`."""

    @overload
    def __call__(self, function: Callable[..., AbstractAsyncContextManager[T]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., AbstractContextManager[T]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., AsyncIterator[T]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., Awaitable[T]], /) -> Resource[T]: ...
    @overload
    def __call__(self, function: Callable[..., Iterator[T]], /) -> Resource[T]: ...


@overload
def resource(function: Callable[..., AbstractAsyncContextManager[T]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., AbstractContextManager[T]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., AsyncIterator[T]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., Awaitable[T]], /) -> Resource[T]: ...
@overload
def resource(function: Callable[..., Iterator[T]], /) -> Resource[T]: ...
@overload
def resource(*, scope: ScopeName = "test") -> _Decorator: ...


def resource(function: Callable[..., object] | None = None, /, *, scope: ScopeName = "test") -> object:
    """Declare a resource.

    Args:
        function: An asynchronous or synchronous generator function that yields once, a coroutine function, or a
            callable that returns an asynchronous or synchronous context manager. Its parameters can be other resources,
            by `depends`. A method receives the test, or the class if the scope is wider than a test.
        scope: The lifetime of the resource: ``"test"``, ``"class"``, ``"module"`` or ``"run"``.

    Returns:
        The resource, to be named in the body of test classes.

    Raises:
        DeclarationError: ``function`` can't be a resource. The message gives the reason.
        ScopeError: There is no such scope, or a dependency has a narrower one.

    Example:
        A database that is new for every test::

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


# Methods come first: their callers don't pass the test.
@overload
def resource_factory(
    function: Callable[Concatenate[C, P], AbstractAsyncContextManager[T]], /
) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[Concatenate[C, P], AbstractContextManager[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[Concatenate[C, P], AsyncIterator[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[Concatenate[C, P], Awaitable[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[Concatenate[C, P], Iterator[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, AbstractAsyncContextManager[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, AbstractContextManager[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, AsyncIterator[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, Awaitable[T]], /) -> ResourceFactory[P, T]: ...
@overload
def resource_factory(function: Callable[P, Iterator[T]], /) -> ResourceFactory[P, T]: ...


def resource_factory(function: Callable[..., object], /) -> object:
    """Declare a factory of resources: ``await self.connect("a")`` makes one, and the end of the test closes it.

    Args:
        function: As for `resource`. Its other parameters are passed with each call.

    Returns:
        The factory, to be named in the body of test classes.

    Raises:
        DeclarationError: ``function`` can't make resources. The message gives the reason.
    """
    return _make(ResourceFactory, _CalledFactory, function, Scope.TEST)


class _CalledFactory(_Called, ResourceFactory[P, T_co]):
    """A factory as `resource_factory` makes it."""


def _make(kind: type[Declared], called: type[Declared], function: Callable[..., object], scope: Scope) -> Declared:
    # unittest and pytest collect every callable with a name like test*.
    is_like_a_test = getattr(function, "__name__", "").startswith("test")
    return (kind if is_like_a_test else called)(function, scope)


def _read_parameters(declared: Declared) -> tuple[Mapping[str, Resource[object]], bool]:
    """Return the dependencies of a function, and whether it is a method, whose first parameter is the test or class."""
    function = declared.function
    if not callable(function) or isinstance(function, Declared):
        raise DeclarationError(_complaint(function))
    try:
        parameters = list(_signature(function).parameters.values())
    except ValueError:  # some classes written in C have none
        return {}, False
    dependencies: dict[str, Resource[object]] = {}
    for parameter in parameters:
        if isinstance(parameter.default, _Dependency):
            dependencies[parameter.name] = parameter.default.resource
            check_scope(declared, parameter.default.resource)
    takes_owner = bool(parameters) and _is_method(function) and parameters[0].name not in dependencies
    if isinstance(declared, Resource):
        _check_given(declared, parameters[takes_owner:])
    return dependencies, takes_owner


def _complaint(function: object) -> str:
    reason = f"a resource is made from a function, not from {function!r}."
    if isinstance(function, str):
        return f"{reason} The scope is a keyword: write @resource(scope={function!r})"
    if isinstance(function, classmethod):
        return f"{reason} Remove @classmethod: a resource with a scope wider than a test receives the class anyway"
    if isinstance(function, Declared):
        return f"{reason} It is already a resource: name it in the body of a class"
    return f"{reason} Put @resource on a function that yields or returns it"


if sys.version_info >= (3, 14):

    def _signature(function: Callable[..., object]) -> inspect.Signature:
        # Annotations are not needed, and may use names that are imported only for type checkers.
        return inspect.signature(function, annotation_format=annotationlib.Format.FORWARDREF)

else:

    def _signature(function: Callable[..., object]) -> inspect.Signature:
        return inspect.signature(function)


def _check_given(declared: Declared, parameters: list[inspect.Parameter]) -> None:
    for parameter in parameters:
        is_single = parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        if is_single and parameter.default is parameter.empty:
            raise DeclarationError(
                f"resource {declared}: its parameter {parameter.name!r} gets no value. "
                f"Write {parameter.name}=depends(...) with a resource, or give it a default"
            )


def check_scope(declared: Declared, dependency: Declared) -> None:
    """Reject a dependency whose scope is narrower.

    Args:
        declared: The resource or factory.
        dependency: The resource that it depends on.

    Raises:
        ScopeError: The dependency has a narrower scope.
    """
    if not dependency.scope.outlives(declared.scope):
        raise ScopeError(
            f"resource {declared} lives for a {declared.scope.value} and depends on {dependency}, which lives only for "
            f"a {dependency.scope.value}. Give {dependency.name!r} the scope {declared.scope.value!r}, or "
            f"{declared.name!r} the scope {dependency.scope.value!r}"
        )


def _is_method(function: Callable[..., object]) -> bool:
    """Return whether a function is defined in the body of a class."""
    within, _, _ = getattr(function, "__qualname__", "").rpartition(".")
    return inspect.isfunction(inspect.unwrap(function)) and bool(within) and not within.endswith("<locals>")


def _name(function: object) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    name: str = getattr(function, "__qualname__", "") or type(function).__qualname__
    return name.rpartition("<locals>.")[2]


def _place(function: object) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return f" ({code.co_filename}, line {code.co_firstlineno})" if code else ""
