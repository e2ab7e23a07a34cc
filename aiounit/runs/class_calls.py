"""Run coroutines of a class or a module on the loop that its tests share: fixtures, cleanups, context managers."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from aiounit import settings
from aiounit._real import asyncio, contextvars, functools, sys
from aiounit.exceptions import LoopError
from aiounit.introspect import names, tracebacks
from aiounit.introspect.names import qualified
from aiounit.limits import budgets
from aiounit.limits.budgets import Budget, Phase
from aiounit.loops.declared import loop_factory_of, loop_key_of
from aiounit.resources.declaration import Declared, Scope
from aiounit.resources.instance import Trace
from aiounit.runs import fixtures
from aiounit.runs.run import Run, current_run, latest_run
from aiounit.runs.shared_loop import SharedLoop, add_class_cleanup

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


def call_for_class(kind: type, coroutine: Any, name: str, budget: Budget) -> Any:
    """Run a coroutine of a class on the loop that its tests share.

    Args:
        kind: The test class.
        coroutine: What to run.
        name: The name of the task.
        budget: How long it may take.
    """
    shared = _shared_loop_of_class(kind)
    return shared.call(
        lambda: shared.of_class(kind, contextvars.copy_context(), trace_of(settings.current())),
        coroutine,
        name,
        kind=kind,
        budget=budget,
    )


def call_for_module(kind: type, coroutine: Any, name: str, budget: Budget) -> Any:
    """Run a coroutine of a module on the loop that the tests of one of its classes share.

    Args:
        kind: The test class.
        coroutine: What to run.
        name: The name of the task.
        budget: How long it may take.
    """
    shared = _shared_loop_of_class(kind)
    return shared.call(
        lambda: shared.of_module(kind.__module__, contextvars.copy_context(), trace_of(settings.current())),
        coroutine,
        name,
        kind=kind,
        budget=budget,
    )


async def enter_for_class(kind: type, manager: AbstractAsyncContextManager[T]) -> T:
    """Enter a context manager for a class, in a task of its own; it is left with the class cleanups.

    Args:
        kind: The test class.
        manager: An asynchronous context manager.

    Raises:
        TypeError: It is none.
        LoopError: The loop that runs is not the one that the tests of the class share.
    """
    described = qualified(type(manager))
    if not isinstance(manager, AbstractAsyncContextManager):
        raise TypeError(f"{described!r} object does not support the asynchronous context manager protocol")
    shared = shared_loop(latest_run(), kind, kind)
    if not shared.owner.is_open or shared.owner.loop is not asyncio.get_running_loop():
        raise LoopError(
            f"enterClassAsyncContext() can't enter {described} here: the event loop that runs does not live as long as "
            f"{qualified(kind)}. Call it in asyncSetUpClass"
        )
    holder = shared.of_class(kind, contextvars.copy_context(), trace_of(settings.current()))
    instance = await holder.add(Declared(lambda: manager, Scope.CLASS, described), None, ((), {}))
    problem = holder.problem(instance)
    if problem is not None:
        raise problem
    add_class_cleanup(kind, call_cleanup, kind, shared.leave, holder, instance)
    value: T = instance.value
    return value


def call_class_cleanup(kind: type, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
    """Call a function as a class cleanup, in the time that it has."""
    name = names.name_of_callable(function)
    what = f"class cleanup {name} of {qualified(kind)}"
    try:
        fixtures.call_bounded(kind, functools.partial(function, *args, **kwargs), what, Phase.TEAR_DOWN)
    except BaseException as error:
        tracebacks.trim(error)
        raise


def call_cleanup(kind: type, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
    """Run a coroutine function as a class cleanup."""
    name = f"class cleanup {names.name_of_callable(function)}"
    budget = budgets.find(kind, Phase.TEAR_DOWN, function, None)
    try:
        call_for_class(kind, function(*args, **kwargs), f"{name} of {qualified(kind)}", budget)
    except BaseException as error:
        tracebacks.trim(error)
        raise


def _shared_loop_of_class(kind: type) -> SharedLoop:
    run = current_run()
    run.ending.end_with(None)
    return shared_loop(run, kind, kind)


def shared_loop(run: Run, kind: type, case: object) -> SharedLoop:
    """Return the loop that the tests of a class share.

    Args:
        run: The run.
        kind: The class.
        case: One of its tests, or the class.
    """
    factory = loop_factory_of(case) or settings.current().loop_factory
    return run.loop(loop_key_of(kind), factory)


def trace_of(now: settings.Settings) -> Trace | None:
    """Return what is told of the starts and closes of resources, or None if the settings ask for no trace."""
    return _print_trace if now.trace else None


def _print_trace(text: str) -> None:
    """Print a line about a resource on a line of its own: with ``-v`` the name of the test stands open before it."""
    print(f"\naiounit: {text}", file=sys.stderr, flush=True)
