"""Mocks that imitate an object: ``create_autospec``, completed for asynchronous code.

unittest.mock makes the mocks. Each attribute is completed when it is first accessed: the streams of asynchronous
generators, the values of context managers, types from annotations, and a better error for a missing attribute.
"""

import types
import typing
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar
from unittest.mock import AsyncMock, MagicMock, NonCallableMock, PropertyMock, create_autospec

from aiounit import _stdlib
from aiounit._real import functools, inspect
from aiounit.introspect import classes
from aiounit.introspect.representation import brief
from aiounit.mocks.doubles.streams import async_stream
from aiounit.mocks.recording.recorder import mock_of, record
from aiounit.mocks.specs import descriptors, hints
from aiounit.mocks.specs.annotations import Hint
from aiounit.mocks.specs.conversions import Context, context_of, convert, iterate
from aiounit.mocks.specs.models import make_like
from aiounit.mocks.specs.suggestions import is_assertion_typo, missing_attribute, name_of

__all__ = ["autospec", "autospec_member", "guard", "is_function"]

M = TypeVar("M", bound=NonCallableMock)

_STREAMS: Final = (AsyncGenerator, AsyncIterable, AsyncIterator)
# Kinds of awaitables, each with the index of the type argument for its result.
_AWAITED: Final[dict[object, int]] = {Awaitable: 0, Coroutine: 2}


def autospec(spec: object, name: str | None = None) -> NonCallableMock:
    """Make a mock of an instance of a class, or of another object.

    Args:
        spec: A class, for a mock of its instance; or a function, a module or another object.
        name: The name of the mock in messages; by default, that of the spec.

    Returns:
        The mock. Its calls are checked against the signature when they are made.

    Raises:
        TypeError: ``spec`` is a mock.
    """
    if mock_of(spec) is not None:
        raise TypeError(f"{brief(spec)} is already a mock. Give the class, function or object that it imitates")
    spec = hints.unwrapped(spec)
    if inspect.isclass(hints.class_of(spec)):
        return _instance(spec, name or name_of(hints.class_of(spec)))
    if inspect.isroutine(spec) or isinstance(spec, functools.partial):
        return _member(name or name_of(spec), staticmethod(_routine(spec)), None)
    return _complete(_create(spec, name=name or name_of(spec)), spec, type(spec))


def autospec_member(owner: object, name: str, original: object) -> NonCallableMock:
    """Make a mock that replaces an attribute.

    Args:
        owner: The class, module or other object that has the attribute.
        name: The name of the attribute.
        original: Its value, from the ``__dict__`` of the owner if it is there.

    Returns:
        The mock. For a class it is a mock of the class, for a property a ``PropertyMock``. The mock of a method is
        called without ``self``.

    Raises:
        TypeError: ``original`` is a mock.
    """
    if inspect.isclass(original):
        return _complete_class(_create(original, name=name), original)
    if not inspect.isclass(owner):
        return autospec(original, name)
    if isinstance(original, types.FunctionType | staticmethod | classmethod):
        return _member(name, original, owner)
    if isinstance(original, functools.partialmethod):
        return autospec(original.__get__(object(), owner), name)
    if inspect.isdatadescriptor(original) or isinstance(original, functools.cached_property):
        return guard(PropertyMock(name=name))
    return autospec(original, name)


def guard(mock: M) -> M:
    """Let a mock without a spec, and all mocks that are its attributes, reject misspelt assertions.

    Args:
        mock: The mock.

    Returns:
        The mock.
    """
    _watch(mock, None, dict, lambda child, _name: guard(child))
    return mock


def is_function(mock: NonCallableMock) -> bool:
    """Return whether a mock made by `autospec` imitates a function or method."""
    return "_aiounit_is_function" in vars(mock)


# Making mocks


def _instance(owner: Hint, name: str | None = None) -> NonCallableMock:
    """Make a mock of an instance of a class, which may have arguments (``Box[int]``)."""
    kind = hints.class_of(owner)
    mock = make_like(kind, name, lambda: _create(kind, instance=True, name=name))
    return _complete(mock, kind, owner)


def _create(spec: object, *, name: str | None, instance: bool = False) -> NonCallableMock:
    try:
        mock: NonCallableMock = create_autospec(spec, instance=instance, name=name)
    except _stdlib.mocks.InvalidSpecError as error:
        raise TypeError(
            f"{name_of(spec)} has an attribute that is already a mock, so a mock can't imitate it: {error}. "
            f"Make this mock before you patch that attribute"
        ) from None
    except Exception as error:
        error.add_note(
            f"raised by an attribute of {name_of(spec)}, all of which are read to make a mock that imitates it. "
            f"Give its class, or in a patch spec=False"
        )
        raise
    return mock


def _member(name: str, function: object, owner: Hint) -> NonCallableMock:
    """Make a mock of a function. As a member of a class it is called and checked alike on all versions of Python."""
    plain = function.__func__ if type(function) is staticmethod else None
    mock = make_like(plain, name, functools.partial(_create_member, function))
    _stdlib.mocks.name_mock(mock, name)
    _complete_function(mock, function, owner)
    return mock


def _create_member(function: object) -> NonCallableMock:
    mock: NonCallableMock = create_autospec(type("Holder", (), {"member": function}), instance=True).member
    return mock


def _routine(spec: Callable[..., object]) -> Any:
    """Return a function with the signature of a partial or built-in one, for which create_autospec checks no calls."""
    if isinstance(spec, types.FunctionType | types.MethodType):
        return spec
    try:
        signature = inspect.signature(spec)
    except ValueError:  # some functions written in C have none
        return spec

    async def stand_in_async() -> None:
        """Stand in for a coroutine function."""

    def stand_in() -> None:
        """Stand in for a function."""

    function: Any = stand_in_async if inspect.iscoroutinefunction(spec) else stand_in
    function.__signature__ = signature
    function.__annotations__ = getattr(getattr(spec, "func", None), "__annotations__", {})
    return function


# Completing mocks


def _complete_class(mock: NonCallableMock, kind: type) -> NonCallableMock:
    """Complete the mock of a class and the mock of its instance, and return it."""
    _watch(mock, kind, dict, functools.partial(_complete_child, mock, kind, kind))
    _complete(mock.return_value, kind, kind)
    return mock


def _complete(mock: NonCallableMock, spec: object, owner: Hint) -> NonCallableMock:
    """Complete the mock of an object, and return it.

    Args:
        mock: The mock.
        spec: The object, or its class.
        owner: The class, with or without arguments.
    """
    kind = hints.class_of(owner)
    extra = functools.cache(functools.partial(_extra_hints, owner)) if spec is kind else dict
    _complete_call(mock, kind, owner)
    _watch(mock, spec, extra, functools.partial(_complete_child, mock, spec, owner))
    if hasattr(kind, "__aiter__"):
        iterate(mock)
    for enter in ("__aenter__", "__enter__"):
        if hasattr(kind, enter):
            _stdlib.mocks.complete_magic(mock, enter, functools.partial(_complete_enter, mock, enter, owner))
    if hasattr(kind, "__await__"):
        _let_await(mock, hints.return_hint(kind.__await__, owner), owner)
    return mock


def _extra_hints(owner: Hint) -> dict[str, Hint]:
    """Return the hints of the attributes that the class itself does not have."""
    extra = hints.attribute_hints(owner)
    if Any in extra.values():
        given = hints.parameter_hints(owner)
        extra = {name: given.get(name, Any) if hint is Any else hint for name, hint in extra.items()}
    return extra


def _complete_enter(mock: NonCallableMock, name: str, owner: Hint, method: NonCallableMock) -> None:
    _give(method, mock, hints.return_hint(getattr(hints.class_of(owner), name), owner), hints.class_of(owner))


def _complete_call(mock: NonCallableMock, kind: type, owner: Hint) -> None:
    """Complete the calls of a mock of a callable object."""
    call = classes.static(kind, "__call__")
    if not isinstance(call, types.FunctionType) or not callable(mock):
        return
    _stdlib.mocks.bind_calls(mock)
    is_async = inspect.iscoroutinefunction(call)
    if is_async:
        _stdlib.mocks.make_async(mock)
    hint = hints.return_hint(call, owner)
    if is_async or _instance_hint(hint) is not None:
        _return_later(mock, functools.partial(_value_of, hint))


def _watch(
    mock: NonCallableMock,
    spec: object,
    extra: Callable[[], dict[str, Hint]],
    complete: Callable[[NonCallableMock, str], object],
) -> None:
    """Complete each attribute of a mock when it is first accessed. Each mock has a class of its own to change."""
    kind: Any = type(mock)
    get = kind.__getattr__
    known: dict[str, object] = {}
    # create_autospec also puts methods into the __dict__, which bypasses __getattr__
    mocks = [name for name, each in vars(mock).items() if _stdlib.mocks.is_mock(each) and not name.startswith("__")]
    for name in mocks:
        if name in dir(spec):
            del mock.__dict__[name]

    def get_attribute(self: NonCallableMock, name: str) -> object:
        if name in (found := extra()):
            setattr(self, name, _value_of(found[name]))
            return getattr(self, name)
        if spec is None and is_assertion_typo(name):
            raise missing_attribute(self, name, None, ())
        try:
            child = get(self, name)
        except AttributeError:
            if name.startswith("_"):
                raise
            raise missing_attribute(self, name, spec, {*dir(spec), *dir(type(self)), *found}) from None
        if known.get(name) is not child:
            known[name] = child = complete(child, name)
        return child

    kind.__getattr__ = get_attribute


def _complete_child(mock: NonCallableMock, spec: object, owner: Hint, child: NonCallableMock, name: str) -> object:
    """Complete an attribute of a mock; return it, or its replacement."""
    original = inspect.getattr_static(spec, name, None)
    if isinstance(original, property | functools.cached_property):
        if (hint := hints.return_hint(original, owner)) is Any and spec is not hints.class_of(owner):
            return child  # it imitates the value that the object has
        setattr(mock, name, _value_of(hint))
        return getattr(mock, name)
    if descriptors.gives_value(original):
        return _complete_descriptor(mock, spec, owner, child, name)
    if isinstance(original, types.FunctionType | staticmethod | classmethod):
        _complete_function(child, original, owner)
    elif inspect.isclass(original):
        _complete_class(child, original)
    elif original is None:
        guard(child)
    else:
        _complete(child, original, type(original))
    return child


def _complete_descriptor(mock: NonCallableMock, spec: object, owner: Hint, child: object, name: str) -> object:
    """Replace the mock of a descriptor by the value that an object has, and return that."""
    original = inspect.getattr_static(spec, name)
    hint = descriptors.value_hint(original, name, owner)
    if hint is Any and spec is not hints.class_of(owner):
        return child
    function = descriptors.function_in(original, name)
    is_method = function is not None and descriptors.is_method(function)
    setattr(mock, name, _member(name, function, owner) if is_method else _value_of(hint))
    return getattr(mock, name)


def _complete_function(mock: NonCallableMock, function: Any, owner: Hint) -> None:
    """Complete the mock of a function or method by its return annotation."""
    function = getattr(function, "__func__", function)
    mock.__dict__["_aiounit_is_function"] = True
    _watch(mock, function, dict, lambda child, _name: child)
    hint = hints.return_hint(function, owner)
    origin = hints.class_of(hint)
    is_async = _stdlib.mocks.is_async_mock(mock)
    context = None if is_async else context_of(function, origin)
    if context is not None:
        _return_later(mock, functools.partial(_manager, context, hints.argument_of(hint, 0, owner)))
        convert(mock, context.enter, context.wrap)
    elif inspect.isasyncgenfunction(function) or (not is_async and origin in _STREAMS):
        _return_later(mock, functools.partial(_instance, AsyncGenerator))
        convert(mock, "__aiter__", async_stream)
    elif is_async or _instance_hint(hint) is not None:
        _return_later(mock, functools.partial(_value_of, hint))
        if not is_async and _gives_another(origin, hint):
            convert(mock, "__aenter__", functools.partial(_entered, hint))


def _return_later(mock: NonCallableMock, make: Callable[[], object]) -> None:
    """Let a mock return a value that is made when it is first needed. Calls of that value are recorded, too."""

    def make_and_record() -> object:
        mock.return_value = value = make()
        record(mock)
        return value

    _stdlib.mocks.make_return_value(mock, make_and_record)


# Values that mocks return


def _manager(context: Context, hint: Hint) -> NonCallableMock:
    """Make a mock of a context manager whose target of ``as`` has an annotated type."""
    mock = _instance(context.kind)
    _return_later(getattr(mock, context.enter), functools.partial(_value_of, hint))
    return mock


def _give(method: NonCallableMock, mock: NonCallableMock, hint: Hint, kind: type) -> None:
    """Let a method of a mock return the mock itself, or a value of the annotated type if that is another one."""
    if _is_itself(hint, kind):
        method.return_value = mock
    else:
        _return_later(method, functools.partial(_value_of, hint))


def _is_itself(hint: Hint, kind: type) -> bool:
    given = hints.class_of(_instance_hint(hint))
    return hint is Any or (given is not None and issubclass(kind, given))


def _gives_another(kind: type, owner: Hint) -> bool:
    """Return whether ``async with`` on an instance gives another object, as a request gives its response."""
    enter = getattr(kind, "__aenter__", None)
    return enter is not None and not _is_itself(hints.return_hint(enter, owner), kind)


def _entered(owner: Hint, value: object) -> NonCallableMock:
    """Make a mock that gives a value when it is entered or awaited."""
    mock = _instance(owner)
    mock.__aenter__.return_value = value
    return mock


def _let_await(mock: NonCallableMock, hint: Hint, owner: Hint) -> None:
    """Make a mock awaitable. If it is also a context manager, the result is the target of ``as``."""
    kind = hints.class_of(owner)
    if hasattr(kind, "__aenter__"):
        method = mock.__aenter__
    else:
        method = MagicMock()
        _give(method, mock, hints.argument_of(hint, 2, owner), kind)

    async def give() -> object:
        return method.return_value

    type(mock).__await__ = lambda _mock: give().__await__()


def _instance_hint(hint: Hint) -> Hint | None:
    """Return a hint if its instances are mocked, which those of built-in classes are not; otherwise None."""
    hint = hints.unwrapped(hint)
    kind = hints.class_of(hint)
    return hint if inspect.isclass(kind) and kind.__module__ not in {"builtins", "typing"} else None


def _value_of(hint: Hint) -> object:
    """Make a value of an annotated type."""
    if hint is None:
        return None
    if hints.class_of(hints.unwrapped(hint)) is Callable:
        return _callback(typing.get_args(hints.unwrapped(hint)))
    owner = _instance_hint(hint)
    return guard(MagicMock()) if owner is None else _instance(owner)


def _callback(arguments: tuple[Hint, ...]) -> NonCallableMock:
    """Make a mock of a function whose annotation is ``Callable`` with some arguments."""
    hint = arguments[-1] if arguments else Any
    place = _AWAITED.get(hints.class_of(hint))
    mock = guard(MagicMock() if place is None else AsyncMock())
    given = hint if place is None else hints.argument_of(hint, place, None)
    if place is not None or _instance_hint(given) is not None:
        _return_later(mock, functools.partial(_value_of, given))
    return mock
