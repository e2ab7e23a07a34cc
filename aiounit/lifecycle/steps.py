"""Define the steps of a test, and where each one runs.

A step is a hook of unittest, the test itself, or a cleanup. If a class overrides a private hook of the standard
library, such as ``_callSetUp``, that hook is the step instead. `order` creates each step when it is due.
"""

import enum
import types
from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Any, Final, TypeVar
from unittest import IsolatedAsyncioTestCase, TestCase

from aiounit import _stdlib
from aiounit._real import contextvars, inspect, sys
from aiounit.introspect.names import name_of_callable
from aiounit.lifecycle import examples
from aiounit.lifecycle.contexts import EnteredContext
from aiounit.lifecycle.record import Record
from aiounit.limits import user_code
from aiounit.limits.budgets import Phase
from aiounit.loops.owner import LoopOwner

__all__ = ["Step", "Where", "cleanup", "identity", "is_coroutine_function", "set_up", "tear_down", "test"]

T = TypeVar("T")
_NOTHING: Final[Mapping[str, object]] = {}
# The names of the hooks in reports. A private hook has the name of the hook that it calls.
_HOOKS: Final = {name: name for name in ("setUp", "asyncSetUp", "asyncTearDown", "tearDown", "doCleanups")} | {
    "_callSetUp": "setUp",
    "_callTearDown": "tearDown",
}
# The empty hooks of the standard library, which only run an iteration. The user's code has no line with their names.
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
    """Called while no loop runs, and not in the test's context: it may run coroutines in the task."""


class Step:
    """A function to call, and where to call it.

    Not a dataclass: each test creates several steps, and this class is the cheapest to create.

    Args:
        where: Where to call it.
        function: The function.
        arguments: Its arguments.
        keywords: Its keyword arguments.
        phase: The phase whose budget bounds the step; None if the function sets deadlines itself.
    """

    __slots__ = ("arguments", "function", "is_test", "keywords", "phase", "where")

    def __init__(
        self,
        where: Where,
        function: Callable[..., Any],
        arguments: tuple[object, ...] = (),
        keywords: Mapping[str, object] = _NOTHING,
        *,
        phase: Phase | None = None,
    ) -> None:
        self.where = where
        self.function = function
        self.arguments = arguments
        self.keywords = keywords
        self.phase = phase
        self.is_test = phase is Phase.TEST

    def start(self) -> Any:
        """Call the function, and return the coroutine.

        That of an ``async def`` needs no record of its callers, which are aiounit's own. To make one would take longer
        than the rest. Any other function may run code that makes more coroutines.
        """
        plain = getattr(self.function, "__func__", self.function)
        if type(plain) is not types.FunctionType or not plain.__code__.co_flags & inspect.CO_COROUTINE:
            return self.function(*self.arguments, **self.keywords)
        depth = sys.get_coroutine_origin_tracking_depth()
        sys.set_coroutine_origin_tracking_depth(0)
        try:
            return self.function(*self.arguments, **self.keywords)
        finally:
            sys.set_coroutine_origin_tracking_depth(depth)

    def describe(self) -> str:
        """Return the name of the step for messages. A signal handler may call this, so it must not wait for a lock."""
        if self.is_test:
            return "the test"
        manager = getattr(self.function, "__self__", None)
        if isinstance(manager, EnteredContext):
            return f"the exit of {manager.name}"
        name = getattr(self.function, "__name__", "")
        if name in _HOOKS:
            return _EMPTY.get(getattr(self.function, "__func__", None), _HOOKS[name])
        # The private hook and `identity` get the cleanup, or its coroutine, as their first argument.
        cleanup = self.arguments[0] if name in {"_callCleanup", "identity"} else self.function
        module = f"{cleanup.__module__}." if isinstance(cleanup, types.BuiltinFunctionType) else ""
        return f"cleanup {module}{name_of_callable(cleanup)}"

    @property
    def cleans_up(self) -> bool:
        """Whether the step must run even after an error."""
        return self.phase not in {Phase.SET_UP, Phase.TEST}

    @property
    def leaves_context(self) -> bool:
        """Whether the step exits a context manager that was entered for the test."""
        return isinstance(getattr(self.function, "__self__", None), EnteredContext)


def set_up(case: IsolatedAsyncioTestCase, record: Record, owner: LoopOwner, *, has_hooks: bool) -> Iterator[Step]:
    """Yield the set-up of a test: setUp, then asyncSetUp if setUp succeeded.

    Args:
        case: The test.
        record: Knows whether setUp failed.
        owner: Owns the loop. If callbacks are ready there, asyncSetUp is a step even if it is the empty one of the
            standard library, which always runs an iteration of the loop for it.
        has_hooks: Whether its class overrides a private hook around its tests.
    """
    hook = _stdlib.isolated.call_hook(case, "_callSetUp") if has_hooks else None
    if hook is not None:
        yield Step(Where.TRAMPOLINE, hook, phase=Phase.SET_UP)
        return
    if getattr(case.setUp, "__func__", None) is not TestCase.setUp:
        yield Step(Where.OUTSIDE, case.setUp, phase=Phase.SET_UP)
    if record.failure is not None:
        return
    if owner.ready or getattr(case.asyncSetUp, "__func__", None) is not IsolatedAsyncioTestCase.asyncSetUp:
        yield Step(Where.INSIDE, case.asyncSetUp, phase=Phase.SET_UP)


def test(
    case: IsolatedAsyncioTestCase, method: Callable[[], object], context: contextvars.Context, *, has_hooks: bool
) -> Step:
    """Return the step of the test itself; see `set_up`."""
    hook = _stdlib.isolated.call_hook(case, "_callTestMethod") if has_hooks else None
    if hook is not None:
        return Step(Where.TRAMPOLINE, hook, (method,), phase=Phase.TEST)
    if is_coroutine_function(method):
        return Step(Where.INSIDE, method, phase=Phase.TEST)
    if examples.are_asynchronous(method):
        # The examples run in the task, in the test's context. So that context must not be entered here: a copy is.
        return Step(Where.TRAMPOLINE, context.copy().run, (examples.run, case, method), phase=Phase.TEST)
    return Step(Where.OUTSIDE, method, phase=Phase.TEST)


def tear_down(case: IsolatedAsyncioTestCase, record: Record, owner: LoopOwner, *, has_hooks: bool) -> Iterator[Step]:
    """Yield the tear-down of a test: asyncTearDown, then tearDown even if that failed.

    Args:
        case: The test.
        record: Knows whether a context manager is entered. Then the empty asyncTearDown needs no iteration: the manager
            waits for its tasks when it exits, and reports their errors there.
        owner: As in `set_up`.
        has_hooks: As in `set_up`.
    """
    hook = _stdlib.isolated.call_hook(case, "_callTearDown") if has_hooks else None
    if hook is not None:
        yield Step(Where.TRAMPOLINE, hook, phase=Phase.TEAR_DOWN)
        return
    must_iterate = owner.ready and not record.entered
    if must_iterate or getattr(case.asyncTearDown, "__func__", None) is not IsolatedAsyncioTestCase.asyncTearDown:
        yield Step(Where.INSIDE, case.asyncTearDown, phase=Phase.TEAR_DOWN)
    if getattr(case.tearDown, "__func__", None) is not TestCase.tearDown:
        yield Step(Where.OUTSIDE, case.tearDown, phase=Phase.TEAR_DOWN)


def cleanup(case: IsolatedAsyncioTestCase, entry: _stdlib.cases.Cleanup) -> Step:
    """Return the step that runs a cleanup."""
    function, arguments, keywords = entry
    hook = _stdlib.isolated.call_hook(case, "_callCleanup")
    if hook is not None:
        return Step(Where.TRAMPOLINE, hook, (function, *arguments), keywords, phase=Phase.TEAR_DOWN)
    where = Where.INSIDE if is_coroutine_function(function) else Where.OUTSIDE
    return Step(where, function, arguments, keywords, phase=Phase.TEAR_DOWN)


def is_coroutine_function(function: Callable[..., object]) -> bool:
    """Return whether a function must be awaited in the task."""
    plain = getattr(function, "__func__", function)
    if type(plain) is types.FunctionType and not plain.__dict__:
        # The usual case. Reading the flag is faster, and works while a test patches functions that inspect calls.
        return bool(plain.__code__.co_flags & inspect.CO_COROUTINE)
    return inspect.iscoroutinefunction(function)


@user_code.entry
async def identity(coroutine: Coroutine[object, object, T]) -> T:
    """Await a coroutine that already exists, as a step."""
    return await coroutine
