"""Check a test class when it is defined, so that a mistake in it is an error before anything runs.

The standard library accepts some of these mistakes silently: an ``async def setUp`` never runs, and a test that is an
asynchronous generator passes without running.
"""

from collections.abc import Iterator
from types import FunctionType
from typing import Final
from unittest import IsolatedAsyncioTestCase, TestCase

from aiounit import _later, _stdlib
from aiounit._real import functools, inspect, warnings, weakref
from aiounit.arguments import check_limit
from aiounit.exceptions import DeclarationError, RunnerWarning
from aiounit.introspect import classes
from aiounit.introspect.names import location, qualified
from aiounit.limits import budgets
from aiounit.loops.sampler import THRESHOLD
from aiounit.resources.declaration import Declared
from aiounit.resources.graph import Plan

__all__ = ["check", "check_replaced_runner"]

# Only mocks and `async_timeout` need these.
_LATER: Final = ("mocks", "timeouts")

# All that runs a test is imported before one can patch what it imports.
_later.load("aiounit.lifecycle.run", *(f"aiounit._stdlib.{name}" for name in _stdlib.__all__ if name not in _LATER))

# For each synchronous hook, its asynchronous counterpart, and the private hook that may call it in another way.
_SYNCHRONOUS: Final = {
    "setUp": ("asyncSetUp", "_callSetUp"),
    "tearDown": ("asyncTearDown", "_callTearDown"),
    "setUpClass": ("asyncSetUpClass", ""),
    "tearDownClass": ("asyncTearDownClass", ""),
}
# The classes that replace the runner of the standard library, and about which a warning was given.
_told: weakref.WeakSet[type] = weakref.WeakSet()
_ASYNCHRONOUS: Final = {"asyncSetUp": "_callSetUp", "asyncTearDown": "_callTearDown"}
_SETTINGS: Final = frozenset(
    {"loop_factory", "shared_loop", "blocking_threshold", "loop_debug", "debug", *budgets.ATTRIBUTES}
)
_GENERATOR: Final = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


def check(kind: type) -> None:
    """Check a test class.

    Args:
        kind: The class, with everything that it inherits.

    Raises:
        DeclarationError: It has a mistake; the message names the object, its source line, and the remedy.
    """
    for complaint in _complaints(kind):
        raise DeclarationError(f"{qualified(kind)}: {complaint}")


def check_replaced_runner(kind: type, plan: Plan) -> None:
    """Warn of a class that replaces the runner of the standard library, once for each class that defines such a hook.

    Args:
        kind: The test class, which replaces it.
        plan: The resources of the class.

    Raises:
        DeclarationError: It has resources or a shared loop.
    """
    if plan.attributes or plan.factories or plan.is_shared:
        raise DeclarationError(
            f"{qualified(kind)} replaces stdlib's _setupAsyncioRunner or _tearDownAsyncioRunner, "
            f"so its tests run on loops of its own, where no resource can live. Leave the loops to aiounit, with "
            f"loop_factory and shared_loop, or use no resources, asyncSetUpClass and asyncTearDownClass there"
        )
    hooks = [
        hook
        for hook in _stdlib.isolated.RUNNER_HOOKS
        if getattr(kind, hook) is not getattr(IsolatedAsyncioTestCase, hook)
    ]
    owner = next(each for each in kind.__mro__ if hooks[0] in vars(each))
    if owner in _told:
        return
    _told.add(owner)
    names = " and ".join(hooks)
    code = getattr(vars(owner)[hooks[0]], "__code__", None)
    warnings.warn_explicit(
        f"{qualified(owner)} replaces {names}, so the tests of "
        f"{qualified(kind)} run as on unittest.IsolatedAsyncioTestCase: the timeouts, checks and resources of "
        f"aiounit do not work there. Remove {names}, and set a class attribute instead: loop_debug for debug mode, "
        f"loop_factory for another loop, shared_loop = True for one loop for all tests",
        RunnerWarning,
        code.co_filename if code else kind.__module__,
        code.co_firstlineno if code else 1,
    )


def _complaints(kind: type) -> Iterator[str]:
    users = classes.of_users(kind)
    names: set[str] = set().union(*map(vars, users))  # few classes have a hook or a setting among them
    yield from _complaints_about_bases(users)
    yield from _complaints_about_names(kind, users)
    for name, (instead, hook) in _SYNCHRONOUS.items():
        if name not in names:
            continue
        function = _function(kind, name)
        if _is_asynchronous(function) and not (hook and _stdlib.isolated.overrides(kind, hook)):
            yield (
                f"{name} is async def{_place(function)}, so it would never be awaited. "
                f"Move what it awaits into async def {instead}, or make it a plain def"
            )
    for name, hook in _ASYNCHRONOUS.items():
        if name not in names:
            continue
        function = _function(kind, name)
        if not inspect.iscoroutinefunction(function) and not _stdlib.isolated.overrides(kind, hook):
            yield f"{name} must be an async def function, and is {function!r}{_place(function)}. Make it async def"
    if not _stdlib.isolated.overrides(kind, "_callTestMethod"):
        yield from _complaints_about_tests(kind, users)
    if not (names.isdisjoint(_SETTINGS) and _has_defaults(kind)):
        yield from _complaints_about_settings(kind)


def _has_defaults(kind: type) -> bool:
    """Return whether the settings of a class that sets none are the defaults: others may assign to `AsyncTestCase`."""
    return (
        type(kind) is type
        and getattr(kind, "loop_factory", None) is None
        and getattr(kind, "shared_loop", False) is False
        and getattr(kind, "loop_debug", None) is None
        and getattr(kind, "blocking_threshold", THRESHOLD) == THRESHOLD
    )


def _complaints_about_bases(users: list[type]) -> Iterator[str]:
    for base in users:
        if base.__qualname__ == "SimpleTestCase" and base.__module__ == "django.test.testcases":
            yield (
                f"it derives from AsyncTestCase and from {qualified(base)}, which replaces each "
                f"async def test by a function that runs it on another event loop than its hooks. Derive from "
                f"AsyncTestCase alone, and roll the transaction back as the recipe docs/recipes/django.md does"
            )


def _complaints_about_names(kind: type, users: list[type]) -> Iterator[str]:
    for owner in users:
        if owner is not kind and issubclass(owner, TestCase):
            continue  # checked when it was defined
        for name, value in vars(owner).items():
            if isinstance(value, Declared) and (taken := _reserved(kind, name)):
                yield (
                    f"{name} = resource {value} hides {taken}, without which no test can run. Give the attribute "
                    f"another name, for example {name}_resource = ..."
                )


def _reserved(kind: type, name: str) -> str:
    """Return a description of the attribute that test cases need under this name, or the empty string."""
    for owner in kind.__mro__:
        package, _, module = owner.__module__.partition(".")
        is_needed = package == "unittest" or (package == "aiounit" and (module == "case" or name.startswith("_")))
        if is_needed and name in vars(owner):  # a resource may hide a method of a mixin: only the user calls that
            return f"{owner.__qualname__}.{name}"
    if name in budgets.ATTRIBUTES:
        return f"the setting {name}"
    return f"an attribute of every test, {name}" if name in vars(IsolatedAsyncioTestCase()) else ""


def _complaints_about_tests(kind: type, users: list[type]) -> Iterator[str]:
    names = {
        name
        for owner in users
        for name, value in owner.__dict__.items()
        if name.startswith("test")
        and (type(value) is not FunctionType or value.__code__.co_flags & _GENERATOR or value.__dict__)
    }
    for name in sorted(names):
        function = _function(kind, name)
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            sort = "an asynchronous generator" if inspect.isasyncgenfunction(function) else "a generator"
            yield (
                f"{name} is {sort}{_place(function)}, so it would pass without running. Take the yield out of it; "
                f"for several cases in one test, use subTest()"
            )


def _complaints_about_settings(kind: type) -> Iterator[str]:
    factory = classes.static(kind, "loop_factory", None)
    if factory is not None and not isinstance(factory, property):
        factory = getattr(kind, "loop_factory")  # noqa: B009 (no type knows the attribute here)
        if not callable(factory) or _is_asynchronous(factory):
            yield f"loop_factory must be a function or class that makes an event loop, and is {factory!r}"
    shared = classes.static(kind, "shared_loop", False)
    if not isinstance(shared, bool):
        yield f"shared_loop must be True or False, and is {shared!r}"
    threshold = classes.static(kind, "blocking_threshold", 1.0)
    if not isinstance(threshold, int | float) or isinstance(threshold, bool) or threshold <= 0:
        yield f"blocking_threshold must be a number of seconds above zero, and is {threshold!r}"
    debug = classes.static(kind, "loop_debug", None)
    if not (debug is None or isinstance(debug, bool)):
        yield f"loop_debug must be True, False or None, and is {debug!r}"
    for name in budgets.ATTRIBUTES:
        seconds = classes.static(kind, name, None)
        if hasattr(type(seconds), "__get__"):
            continue  # a method or a property of that name is not the setting
        try:
            check_limit(name, seconds)
        except (TypeError, ValueError) as error:
            yield f"{error}. If it is something of your own, give it another name"
    if isinstance(classes.static(kind, "debug"), bool):
        yield "debug is a method of TestCase, and a setting of that name would hide it. Name the setting loop_debug"


def _function(kind: type, name: str) -> object:
    attribute: object = classes.static(kind, name)
    while isinstance(attribute, functools.partialmethod):  # inspect looks through it since 3.13
        attribute = attribute.func
    return attribute.__func__ if isinstance(attribute, staticmethod | classmethod) else attribute


def _is_asynchronous(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _place(function: object) -> str:
    code = getattr(function, "__code__", None)
    return f" {location(code.co_filename, code.co_firstlineno)}" if code else ""
