"""Asynchronous fixtures of classes and modules, hung on stdlib's own, so that the stock runner drives them.

Set-up runs the synchronous fixture first, tear-down runs it last, and what goes wrong is reported where unittest
reports it.
"""

import contextlib
import functools
import inspect
import sys
import types
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

from aiounit import tracebacks
from aiounit.exceptions import DeclarationError

__all__ = ["Caller", "hang_on_class", "hang_on_module", "has_module_fixtures", "overrides_class_fixtures"]

__unittest = True  # as in _stdlib: errors of the users' fixtures pass through here

Caller = Callable[[type, Coroutine[Any, Any, Any], str], Any]

# Each synchronous fixture of a class or a module has an asynchronous counterpart.
_CLASS: Final = {"setUpClass": "asyncSetUpClass", "tearDownClass": "asyncTearDownClass"}
_MODULE: Final = {"setUpModule": "asyncSetUpModule", "tearDownModule": "asyncTearDownModule"}
_SET_UPS: Final = {"setUpClass", "setUpModule"}
_NO_NAMES: Final[dict[str, object]] = {}

# The fixtures that are being called: a subclass calls its ancestor's with super(), which must not run it twice.
_under_way: Final[set[tuple[type, str]]] = set()
# For each module a test class that stands in it, and what runs a coroutine for it.
_classes: Final[weakref.WeakKeyDictionary[types.ModuleType, tuple[type, Caller]]] = weakref.WeakKeyDictionary()


def overrides_class_fixtures(kind: type, base: type) -> bool:
    """Tell whether a class has asynchronous fixtures of its own.

    Args:
        kind: The class.
        base: The class whose fixtures do nothing.

    Raises:
        DeclarationError: One of them is no coroutine function that is a class method.
    """
    found = False
    for name in _CLASS.values():
        fixture = inspect.getattr_static(kind, name)
        if fixture is inspect.getattr_static(base, name):
            continue
        found = True
        if not isinstance(fixture, classmethod) or not inspect.iscoroutinefunction(fixture.__func__):
            raise DeclarationError(
                f"{kind.__module__}.{kind.__qualname__}: {name} must be an async def function under @classmethod, and "
                f"is {fixture!r}"
            )
    return found


def hang_on_class(kind: Any, call: Caller) -> None:
    """Make ``setUpClass`` and ``tearDownClass`` of a class run ``asyncSetUpClass`` and ``asyncTearDownClass``.

    Args:
        kind: The class, which has both.
        call: Runs a coroutine for a class on its loop.
    """
    for name in _CLASS:
        original = inspect.getattr_static(kind, name)
        if not getattr(getattr(original, "__func__", None), "calls_asynchronous", False):
            setattr(kind, name, classmethod(_wrap_class_fixture(original, name, call)))


def _wrap_class_fixture(original: Any, name: str, call: Caller) -> Any:
    @functools.wraps(getattr(original, "__func__", original))
    def fixture(kind: Any) -> None:
        synchronous = original.__get__(None, kind)
        if (kind, name) in _under_way:
            synchronous()
            return
        what = f"{_CLASS[name]} of {kind.__module__}.{kind.__qualname__}"
        with _mark(kind, name):
            _run(name, synchronous, functools.partial(_call, kind, getattr(kind, _CLASS[name]), what, call))

    vars(fixture)["calls_asynchronous"] = True
    return fixture


def hang_on_module(kind: type, call: Caller) -> None:
    """Make ``setUpModule`` and ``tearDownModule`` of the module of a class run their asynchronous counterparts.

    The class is defined before its module is loaded to the end, and pytest looks the fixtures up before there is a
    test. So the module gets a class of its own, which puts them together when they are looked up.

    Args:
        kind: A test class of the module.
        call: Runs a coroutine for a class on its loop.
    """
    module = sys.modules.get(kind.__module__)
    if not isinstance(module, types.ModuleType) or module in _classes:
        return
    _classes[module] = (kind, call)
    module.__class__ = type(type(module).__name__, (_WithFixtures, type(module)), {"__module__": __name__})


def has_module_fixtures(kind: type) -> bool:
    """Tell whether the module of a test class has asynchronous fixtures.

    Args:
        kind: The test class, in a module that is loaded to the end.
    """
    names = getattr(sys.modules.get(kind.__module__), "__dict__", _NO_NAMES)  # for each test: it has to be quick
    return "asyncSetUpModule" in names or "asyncTearDownModule" in names


class _ModuleFixture:
    """What a module shows as one of its fixtures: the synchronous and the asynchronous one in one, if there is any."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, module: Any, _owner: type) -> Callable[[], None]:
        names = vars(module)
        synchronous = names.get(self._name)
        asynchronous = names.get(_MODULE[self._name])
        if asynchronous is None:
            if synchronous is None:
                raise AttributeError(f"module {module.__name__!r} has no attribute {self._name!r}")
            plain: Callable[[], None] = synchronous
            return plain
        kind, call = _classes[module]
        what = f"{_MODULE[self._name]} of {module.__name__}"

        def fixture() -> None:
            _run(self._name, synchronous or _nothing, functools.partial(_call, kind, asynchronous, what, call))

        return fixture

    def __set__(self, module: Any, value: object) -> None:
        vars(module)[self._name] = value

    def __delete__(self, module: Any) -> None:
        del vars(module)[self._name]


class _WithFixtures:
    """What the class of a module gets from us."""

    setUpModule = _ModuleFixture("setUpModule")
    tearDownModule = _ModuleFixture("tearDownModule")


def _call(kind: type, function: Callable[[], Coroutine[Any, Any, Any]], what: str, call: Caller) -> None:
    if not inspect.iscoroutinefunction(function):
        raise DeclarationError(f"{what} must be an async def function, and is {function!r}")
    call(kind, function(), what)


def _run(name: str, synchronous: Callable[[], object], asynchronous: Callable[[], object]) -> None:
    """Call both; set-up stops at the first error, tear-down calls both all the same and raises what went wrong."""
    is_set_up = name in _SET_UPS
    errors: list[BaseException] = []
    for part in (synchronous, asynchronous) if is_set_up else (asynchronous, synchronous):
        try:
            part()
        except BaseException as error:
            tracebacks.trim(error)
            if is_set_up or isinstance(error, KeyboardInterrupt):
                raise
            errors.append(error)
    if len(errors) > 1:
        raise BaseExceptionGroup(f"{name} and its asynchronous counterpart both failed", errors)
    if errors:
        raise errors[0]


@contextlib.contextmanager
def _mark(kind: type, name: str) -> Iterator[None]:
    _under_way.add((kind, name))
    try:
        yield
    finally:
        _under_way.discard((kind, name))


def _nothing() -> None:
    """Stand in for a fixture that the module does not have."""
