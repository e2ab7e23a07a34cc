"""What there is to do in a test, step by step, and where each step runs.

A step is made when its turn comes, because what comes next depends on what has happened. It is a hook of unittest's,
the test itself or a cleanup; a private hook of stdlib's that somebody overrides is called in place of what it stands
for.
"""

import enum
import types
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, Final
from unittest import IsolatedAsyncioTestCase, TestCase

from aiounit import _stdlib
from aiounit._real import contextvars, inspect
from aiounit.introspect.names import name_of_callable
from aiounit.lifecycle import examples
from aiounit.lifecycle.contexts import EnteredContext
from aiounit.lifecycle.record import Record
from aiounit.limits import user_code
from aiounit.limits.budgets import Phase

__all__ = ["Step", "Where", "cleanup", "identity", "is_coroutine_function", "set_up", "tear_down", "test"]

_NOTHING: Final[Mapping[str, Any]] = {}
# What the hooks are called in reports: a private one by what it stands for.
_HOOKS: Final = {name: name for name in ("setUp", "asyncSetUp", "asyncTearDown", "tearDown", "doCleanups")} | {
    "_callSetUp": "setUp",
    "_callTearDown": "tearDown",
}
# The empty ones of the standard library, for which the loop only turns: no line of the user's has their names.
_EMPTY: Final[Mapping[object, str]] = {
    IsolatedAsyncioTestCase.asyncSetUp: "the iteration of the loop before the test",
    IsolatedAsyncioTestCase.asyncTearDown: "the iteration of the loop after the test",
}


class Where(enum.Enum):
    """Where a step runs."""

    INSIDE = enum.auto()
    """Awaited in the task."""
    OUTSIDE = enum.auto()
    """Called in the test's context while no loop runs."""
    TRAMPOLINE = enum.auto()
    """Called while no loop runs, and not in the context: it may have coroutines run inside the task."""


class Step:
    """A function to be called, and where.

    A plain class, because every test makes some, and this is the cheapest to make.

    Args:
        where: Where it is called.
        function: What is called.
        arguments: Its arguments.
        keywords: Its keyword arguments.
        phase: Whose time it has; None if what it does has limits of its own.
    """

    __slots__ = ("arguments", "function", "is_test", "keywords", "phase", "where")

    def __init__(
        self,
        where: Where,
        function: Callable[..., Any],
        arguments: tuple[Any, ...] = (),
        keywords: Mapping[str, Any] = _NOTHING,
        *,
        phase: Phase | None = None,
    ) -> None:
        self.where = where
        self.function = function
        self.arguments = arguments
        self.keywords = keywords
        self.phase = phase
        self.is_test = phase is Phase.TEST

    def describe(self) -> str:
        """Say what the step is."""
        if self.is_test:
            return "the test"
        manager = getattr(self.function, "__self__", None)
        if isinstance(manager, EnteredContext):
            return f"leaving {manager.name}"
        name = getattr(self.function, "__name__", "")
        if name in _HOOKS:
            return _EMPTY.get(getattr(self.function, "__func__", None), _HOOKS[name])
        # Of a private hook, and of a coroutine that a plain function has returned, the first argument is what it is.
        what = self.arguments[0] if name in {"_callCleanup", "identity"} else self.function
        module = f"{what.__module__}." if isinstance(what, types.BuiltinFunctionType) else ""
        return f"cleanup {module}{name_of_callable(what)}"

    @property
    def cleans_up(self) -> bool:
        """Whether it has to be run, whatever has happened."""
        return self.phase not in {Phase.SET_UP, Phase.TEST}

    @property
    def leaves_context(self) -> bool:
        """Whether the step leaves a context manager that was entered for the test."""
        return isinstance(getattr(self.function, "__self__", None), EnteredContext)


def set_up(case: IsolatedAsyncioTestCase, record: Record, has_ready: Callable[[], bool]) -> Iterator[Step]:
    """Yield the set-up of a test: setUp, and asyncSetUp if that went well.

    Args:
        case: The test.
        record: What has happened to it.
        has_ready: Tells whether the loop has something to call. Then the hook is called though it is stdlib's own and
            empty: there the loop turns for it in each test.
    """
    hook = _stdlib.isolated.call_hook(case, "_callSetUp")
    if hook is not None:
        yield Step(Where.TRAMPOLINE, hook, phase=Phase.SET_UP)
        return
    if _is_overridden(case.setUp, TestCase.setUp):
        yield Step(Where.OUTSIDE, case.setUp, phase=Phase.SET_UP)
    if record.failure is not None:
        return
    if _is_overridden(case.asyncSetUp, IsolatedAsyncioTestCase.asyncSetUp) or has_ready():
        yield Step(Where.INSIDE, case.asyncSetUp, phase=Phase.SET_UP)


def test(case: IsolatedAsyncioTestCase, method: Callable[[], Any], context: contextvars.Context) -> Step:
    """Return the step of the test itself."""
    hook = _stdlib.isolated.call_hook(case, "_callTestMethod")
    if hook is not None:
        return Step(Where.TRAMPOLINE, hook, (method,), phase=Phase.TEST)
    if is_coroutine_function(method):
        return Step(Where.INSIDE, method, phase=Phase.TEST)
    if examples.are_asynchronous(method):
        # They run inside the task, in the test's context, which therefore must not be entered here.
        return Step(Where.TRAMPOLINE, context.copy().run, (examples.run, case, method), phase=Phase.TEST)
    return Step(Where.OUTSIDE, method, phase=Phase.TEST)


def tear_down(case: IsolatedAsyncioTestCase, has_ready: Callable[[], bool]) -> Iterator[Step]:
    """Yield the tear-down of a test: asyncTearDown and tearDown, whatever becomes of the first.

    Args:
        case: The test.
        has_ready: As in `set_up`.
    """
    hook = _stdlib.isolated.call_hook(case, "_callTearDown")
    if hook is not None:
        yield Step(Where.TRAMPOLINE, hook, phase=Phase.TEAR_DOWN)
        return
    if _is_overridden(case.asyncTearDown, IsolatedAsyncioTestCase.asyncTearDown) or has_ready():
        yield Step(Where.INSIDE, case.asyncTearDown, phase=Phase.TEAR_DOWN)
    if _is_overridden(case.tearDown, TestCase.tearDown):
        yield Step(Where.OUTSIDE, case.tearDown, phase=Phase.TEAR_DOWN)


def cleanup(case: IsolatedAsyncioTestCase, entry: _stdlib.cases.Cleanup) -> Step:
    """Return the step of a cleanup."""
    function, arguments, keywords = entry
    hook = _stdlib.isolated.call_hook(case, "_callCleanup")
    if hook is not None:
        return Step(Where.TRAMPOLINE, hook, (function, *arguments), keywords, phase=Phase.TEAR_DOWN)
    where = Where.INSIDE if is_coroutine_function(function) else Where.OUTSIDE
    return Step(where, function, arguments, keywords, phase=Phase.TEAR_DOWN)


def _is_overridden(hook: Callable[..., Any], original: Callable[..., Any]) -> bool:
    return getattr(hook, "__func__", hook) is not original


def is_coroutine_function(function: Callable[..., Any]) -> bool:
    """Tell whether a function must be awaited in the task."""
    plain = getattr(function, "__func__", function)
    if type(plain) is types.FunctionType and not plain.__dict__:
        # Most often. It tells by itself, and tests patch what inspect calls to find out.
        return bool(plain.__code__.co_flags & inspect.CO_COROUTINE)
    return inspect.iscoroutinefunction(function)


@user_code.entry
async def identity(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Await a coroutine that is there already, as a step."""
    return await coroutine
