"""Attach the asynchronous fixtures of classes and modules to the synchronous ones, which every unittest runner runs.

Set-up runs the synchronous fixture first, tear-down runs it last. unittest reports the errors as those of its own
fixtures.
"""

import types
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final
from unittest import SkipTest

from aiounit._real import contextlib, functools, inspect, sys, weakref
from aiounit.exceptions import DeclarationError
from aiounit.introspect import classes, namespaces, tracebacks
from aiounit.introspect.names import qualified
from aiounit.limits import budgets, ctrl_c, deadline, user_code, watchdog
from aiounit.limits.budgets import Budget, Phase
from aiounit.limits.deadline import Deadline
from aiounit.runs import verdicts

__all__ = [
    "Caller",
    "call_bounded",
    "hang_on_class",
    "hang_on_module",
    "has_module_fixtures",
    "overrides_class_fixtures",
]

__unittest = True  # as in _stdlib: errors of the users' fixtures pass through here

Caller = Callable[[type, Coroutine[object, object, object], str, Budget], object]

_Part = Callable[[], None]

# Each synchronous fixture of a class or a module has an asynchronous counterpart.
_CLASS: Final = {"setUpClass": "asyncSetUpClass", "tearDownClass": "asyncTearDownClass"}
_FIXTURES: Final = frozenset([*_CLASS, *_CLASS.values()])
_MODULE: Final = {"setUpModule": "asyncSetUpModule", "tearDownModule": "asyncTearDownModule"}
_PHASES: Final = {
    "setUpClass": Phase.SET_UP,
    "setUpModule": Phase.SET_UP,
    "tearDownClass": Phase.TEAR_DOWN,
    "tearDownModule": Phase.TEAR_DOWN,
}
_NO_NAMES: Final[dict[str, object]] = {}

# The fixtures that are running. A subclass may call its ancestor's fixture with super(), which is wrapped as well; that
# call must not run the asynchronous fixture a second time.
_under_way: Final[set[tuple[type, str]]] = set()
# For each module one of its test classes, and the function that runs a coroutine for that.
_classes: Final[weakref.WeakKeyDictionary[types.ModuleType, tuple[type, Caller]]] = weakref.WeakKeyDictionary()


def overrides_class_fixtures(kind: type, base: type) -> bool:
    """Return whether a class defines or inherits asynchronous fixtures.

    Args:
        kind: The class.
        base: The class with the empty fixtures.

    Raises:
        DeclarationError: A fixture is not a class method that is ``async def``.
    """
    found = False
    if not _has_any(kind):
        return False
    for name in _CLASS.values():
        fixture = classes.static(kind, name)
        if fixture is classes.static(base, name):
            continue
        found = True
        if not isinstance(fixture, classmethod) or not inspect.iscoroutinefunction(fixture.__func__):
            raise DeclarationError(
                f"{qualified(kind)}: {name} must be an async def function under @classmethod, and is {fixture!r}"
            )
    return found


def _has_any(kind: type) -> bool:
    for each in classes.of_users(kind):  # noqa: SIM110 (every class: any() would call a generator)
        if not _FIXTURES.isdisjoint(each.__dict__):
            return True
    return False


def hang_on_class(kind: type, base: type, call: Caller) -> None:
    """Make ``setUpClass`` and ``tearDownClass`` of a class run their asynchronous counterparts, within their limits.

    Args:
        kind: The class, which has both.
        base: The class with the empty fixtures.
        call: Runs a coroutine for a class on its loop.
    """
    if not _has_any(kind):
        return
    for name, counterpart in _CLASS.items():
        original = classes.static(kind, name)
        is_wrapped = getattr(getattr(original, "__func__", None), "calls_asynchronous", False)
        has_any = any(classes.static(kind, each) is not classes.static(base, each) for each in (name, counterpart))
        if has_any and not is_wrapped:
            setattr(kind, name, classmethod(_wrap_class_fixture(original, name, base, call)))


def _wrap_class_fixture(original: Any, name: str, base: type, call: Caller) -> Callable[[type], None]:
    function = getattr(original, "__func__", original)
    nothing = classes.static(base, _CLASS[name])

    @functools.wraps(function)
    def fixture(kind: type) -> None:
        synchronous = original.__get__(None, kind)
        if (kind, name) in _under_way:
            synchronous()
            return
        where = f"of {qualified(kind)}"
        parts: list[_Part] = [functools.partial(call_bounded, kind, synchronous, f"{name} {where}", _PHASES[name])]
        if classes.static(kind, _CLASS[name]) is not nothing:
            described = f"{_CLASS[name]} {where}"
            parts.append(functools.partial(_call, kind, getattr(kind, _CLASS[name]), described, name, call))
        with _mark(kind, name):
            _run(name, parts)

    vars(fixture)["calls_asynchronous"] = True
    return fixture


def call_bounded(kind: type, function: Callable[[], object], name: str, phase: Phase) -> None:
    """Call a synchronous fixture or cleanup of a class within its time limit.

    Args:
        kind: The test class.
        function: The fixture or cleanup.
        name: Its name in messages.
        phase: The phase whose budget bounds it.

    Raises:
        TimeoutFailure: It timed out.
    """
    if ctrl_c.is_over():
        return  # after the second Ctrl-C, pytest still calls the tear-downs of open scopes
    budget = budgets.find(kind, phase, function, None)
    with watchdog.held(name, kind):
        with deadline.bounded(Deadline(None), budget, name):
            user_code.call(function)
        ctrl_c.check()


def hang_on_module(kind: type, call: Caller) -> None:
    """Make ``setUpModule`` and ``tearDownModule`` of the module of a class run their asynchronous counterparts.

    The class is defined before its module is fully loaded, and pytest looks the fixtures up before it creates a test.
    So the module gets a class of its own, whose descriptors combine the fixtures when they are looked up.

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
    """Return whether the module of a test class has asynchronous fixtures.

    Args:
        kind: The test class, in a module that is fully loaded.
    """
    names = getattr(sys.modules.get(kind.__module__), "__dict__", _NO_NAMES)  # runs for each test, so it must be fast
    return "asyncSetUpModule" in names or "asyncTearDownModule" in names


class _ModuleFixture:
    """The descriptor of one fixture of a module: returns a function that runs the synchronous and asynchronous one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, module: types.ModuleType, _owner: type) -> Callable[[], None]:
        names = vars(module)
        synchronous = names.get(self._name)
        asynchronous = names.get(_MODULE[self._name])
        if synchronous is None and asynchronous is None:
            raise AttributeError(f"module {module.__name__!r} has no attribute {self._name!r}")
        kind, call = _classes[module]
        where = f"of {module.__name__}"
        parts: list[_Part] = []
        if synchronous is not None:
            described = f"{self._name} {where}"
            parts.append(functools.partial(call_bounded, kind, synchronous, described, _PHASES[self._name]))
        if asynchronous is not None:
            described = f"{_MODULE[self._name]} {where}"
            parts.append(functools.partial(_call, kind, asynchronous, described, self._name, call))

        def fixture() -> None:
            namespaces.note_module(module.__name__)
            _run(self._name, parts)

        return fixture

    def __set__(self, module: types.ModuleType, value: object) -> None:
        vars(module)[self._name] = value

    def __delete__(self, module: types.ModuleType) -> None:
        del vars(module)[self._name]


class _WithFixtures:
    """The mixin for the classes of modules."""

    setUpModule = _ModuleFixture("setUpModule")
    tearDownModule = _ModuleFixture("tearDownModule")


def _call(
    kind: type, function: Callable[[], Coroutine[object, object, object]], described: str, name: str, call: Caller
) -> None:
    if not inspect.iscoroutinefunction(function):
        raise DeclarationError(f"{described} must be an async def function, and is {function!r}")
    call(kind, function(), described, budgets.find(kind, _PHASES[name], function, None))


def _run(name: str, parts: list[_Part]) -> None:
    """Call the parts of a fixture. Set-up stops at the first error; tear-down calls all, then raises the errors."""
    is_set_up = _PHASES[name] is Phase.SET_UP
    errors: list[BaseException] = []
    for part in parts if is_set_up else reversed(parts):
        try:
            part()
        except BaseException as error:
            tracebacks.trim(error)
            if isinstance(skip := verdicts.verdict(error), SkipTest) and is_set_up:
                raise skip from None
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
