"""Run coroutines of a class or a module on the loop that its tests share: fixtures, cleanups, context managers."""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from aiounit import settings
from aiounit._later import Later
from aiounit._real import asyncio, contextvars, functools, sys
from aiounit.exceptions import LoopError
from aiounit.introspect import names, tracebacks
from aiounit.introspect.names import qualified
from aiounit.limits import budgets
from aiounit.limits.budgets import Budget, Phase
from aiounit.loops.declared import loop_factory_of, loop_key_of
from aiounit.resources.declaration import Declared, Scope
from aiounit.runs import fixtures
from aiounit.runs.run import Run, current_run, latest_run

if TYPE_CHECKING:
    from aiounit.resources.instance import Trace
    from aiounit.runs import shared_loop as loops
    from aiounit.runs.shared_loop import SharedLoop
else:
    loops = Later("aiounit.runs.shared_loop", globals())

__all__ = [
    "call_class_cleanup",
    "call_cleanup",
    "call_for_class",
    "call_for_module",
    "enter_for_class",
    "shared_loop",
    "trace_of",
]

__unittest = True  # as in _stdlib: class cleanups are called here

T = TypeVar("T")


def call_for_class(kind: type, coroutine: Coroutine[object, object, object], name: str, budget: Budget) -> None:
    """Run a coroutine of a class on the loop that its tests share.

    Args:
        kind: The test class.
        coroutine: The coroutine.
        name: The name of the task.
        budget: The time limit.
    """
    shared = _shared_loop_of_class(kind)
    shared.call(
        lambda: shared.of_class(kind, contextvars.copy_context(), trace_of(settings.current())),
        coroutine,
        name,
        kind=kind,
        budget=budget,
    )


def call_for_module(kind: type, coroutine: Coroutine[object, object, object], name: str, budget: Budget) -> None:
    """Run a coroutine of a module on the loop that the tests of one of its classes share.

    Args:
        kind: The test class.
        coroutine: The coroutine.
        name: The name of the task.
        budget: The time limit.
    """
    shared = _shared_loop_of_class(kind)
    shared.call(
        lambda: shared.of_module(kind.__module__, contextvars.copy_context(), trace_of(settings.current())),
        coroutine,
        name,
        kind=kind,
        budget=budget,
    )


async def enter_for_class(kind: type, manager: AbstractAsyncContextManager[T]) -> T:
    """Enter a context manager for a class, in a task of its own; it exits with the class cleanups.

    Args:
        kind: The test class.
        manager: An asynchronous context manager.

    Raises:
        TypeError: ``manager`` is not an asynchronous context manager.
        LoopError: The running loop is not the one that the tests of the class share.
    """
    described = qualified(type(manager))
    if not isinstance(manager, AbstractAsyncContextManager):
        raise TypeError(f"{described!r} object does not support the asynchronous context manager protocol")
    shared = shared_loop(latest_run(), kind, kind)
    if not shared.owner.is_open or shared.owner.loop is not asyncio.get_running_loop():
        raise LoopError(
            f"enterClassAsyncContext() can't enter {described} here: the running event loop does not live as long as "
            f"{qualified(kind)}. Call it in asyncSetUpClass"
        )
    holder = shared.of_class(kind, contextvars.copy_context(), trace_of(settings.current()))
    instance = await holder.add(Declared(lambda: manager, Scope.CLASS, described), None, ((), {}))
    problem = holder.problem(instance)
    if problem is not None:
        raise problem
    loops.add_class_cleanup(kind, call_cleanup, kind, shared.leave, holder, instance)
    value: T = instance.value
    return value


def call_class_cleanup(kind: type, function: Callable[..., object], /, *args: object, **kwargs: object) -> None:
    """Call a function as a class cleanup, within the time limit of a tear-down."""
    name = f"class cleanup {names.name_of_callable(function)} of {qualified(kind)}"
    try:
        fixtures.call_bounded(kind, functools.partial(function, *args, **kwargs), name, Phase.TEAR_DOWN)
    except BaseException as error:
        tracebacks.trim(error)
        raise


def call_cleanup(kind: type, function: Callable[..., Any], /, *args: object, **kwargs: object) -> None:
    """Run a coroutine function as a class cleanup, within the time limit of a tear-down."""
    name = f"class cleanup {names.name_of_callable(function)} of {qualified(kind)}"
    budget = budgets.find(kind, Phase.TEAR_DOWN, function, None)
    try:
        call_for_class(kind, function(*args, **kwargs), name, budget)
    except BaseException as error:
        tracebacks.trim(error)
        raise


def _shared_loop_of_class(kind: type) -> "SharedLoop":
    run = current_run()
    run.ending.end_with(None)
    return shared_loop(run, kind, kind)


def shared_loop(run: Run, kind: type, case: object) -> "SharedLoop":
    """Return the loop that the tests of a class share.

    Args:
        run: The run.
        kind: The class.
        case: One of its tests, or the class itself.
    """
    factory = loop_factory_of(case) or settings.current().loop_factory
    return run.loop(loop_key_of(kind), factory)


def trace_of(now: settings.Settings) -> "Trace | None":
    """Return the function that prints the starts and closes of resources, or None if the setting ``trace`` is off."""
    return _print_trace if now.trace else None


def _print_trace(text: str) -> None:
    """Print a line about a resource. It begins with a newline because ``-v`` leaves the line of the test unfinished."""
    print(f"\naiounit: {text}", file=sys.stderr, flush=True)
