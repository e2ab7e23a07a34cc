"""The private names of asyncio's tasks and futures.

By the rule of `_stdlib`, each has a test, in tests/_stdlib/test_tasks.py, and stands nowhere else.
"""

import sys
from typing import Any, Final

from aiounit._real import asyncio, contextvars, traceback

__all__ = [
    "context_of",
    "coroutine_of",
    "futures_behind",
    "has_lost_error",
    "lost_error",
    "silence",
    "source_traceback",
    "tag_of",
    "tag_tasks",
    "tasks_of",
    "waiter_of",
]

_tasks: Any = asyncio.tasks


_IS_BEFORE_3_12: Final = sys.version_info < (3, 12)


_CAN_ASK_EAGER_TASKS: Final = sys.version_info >= (3, 12, 2)


if sys.version_info >= (3, 14):
    tasks_of = asyncio.all_tasks
else:

    def tasks_of(loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[Any]]:
        """Return the tasks of the loop that have not ended, at once if there is none of any loop."""
        # asyncio walks a WeakSet for that, which takes much longer than to look at what it is made of.
        has_any = _tasks._all_tasks.data if _IS_BEFORE_3_12 else _tasks._scheduled_tasks.data or _tasks._eager_tasks
        return asyncio.all_tasks(loop) if has_any else set()


if sys.version_info >= (3, 12):

    def tag_tasks(_loop: asyncio.AbstractEventLoop) -> None:
        """Do nothing: a task can be asked for its context."""

    def context_of(task: asyncio.Future[Any]) -> contextvars.Context | None:
        """Return the context of a task; a future that is no task has none."""
        context: contextvars.Context | None = task.get_context() if isinstance(task, asyncio.Task) else None
        return context

else:

    def tag_tasks(loop: asyncio.AbstractEventLoop) -> None:
        """Have each task that the loop makes remember its context."""
        make: Any = loop.get_task_factory() or asyncio.Task
        is_plain: bool = make is asyncio.Task

        def make_and_tag(loop: asyncio.AbstractEventLoop, coro: Any, **keywords: Any) -> Any:
            context = keywords.get("context")  # which is false if it is empty
            own = contextvars.copy_context() if context is None else context
            if is_plain:  # others need not take a context
                keywords["context"] = own
            task = make(coro, loop=loop, **keywords) if is_plain else make(loop, coro, **keywords)
            task._aiounit_context = own
            return task

        loop.set_task_factory(make_and_tag)

    def context_of(task: asyncio.Future[Any]) -> contextvars.Context | None:
        """Return the context of a task that the loop has made."""
        context: contextvars.Context | None = getattr(task, "_aiounit_context", None)
        return context


def tag_of(task: asyncio.Task[Any], variable: contextvars.ContextVar[Any]) -> object:
    """Return the value of a variable in the context of a task."""
    context = context_of(task)
    return None if context is None else context.get(variable)


def silence(task: Any) -> None:
    """Keep a task that is given up from being logged as destroyed while pending: its test has reported it."""
    task._log_destroy_pending = False


def coroutine_of(task: Any) -> Any:
    """Return the coroutine of a task; None of an eager one that has ended at once, where get_coro() crashes 3.12.1."""
    return task.get_coro() if _CAN_ASK_EAGER_TASKS or not task.done() else task._coro


def waiter_of(task: Any) -> object:
    """Return the future that a suspended task waits for, or None if it is to run, or is of an unknown kind."""
    return getattr(task, "_fut_waiter", None)


def futures_behind(thing: Any) -> list[Any]:
    """Return the futures that a future or a task group of asyncio's stands for, also those of executors."""
    for name in ("_children", "_tasks"):
        if isinstance(found := getattr(thing, name, None), list | set):
            return list(found)
    callbacks = [callback for callback, _ in getattr(thing, "_callbacks", None) or ()]
    variables = [
        (name, cell.cell_contents)
        for callback in callbacks
        if getattr(callback, "__module__", None) in {"asyncio.futures", "asyncio.tasks"}
        for name, cell in zip(callback.__code__.co_freevars, callback.__closure__ or (), strict=True)
    ]
    return [value for name, value in variables if name in {"inner", "source"}]


def source_traceback(task: Any) -> list[traceback.FrameSummary]:
    """Return where a task was made, outermost first; nothing unless its loop was in debug mode."""
    return getattr(task, "_source_traceback", None) or []


def has_lost_error(future: Any) -> bool:
    """Tell whether a future has an exception that nobody has asked for."""
    return bool(getattr(future, "_log_traceback", False))


def lost_error(future: Any) -> BaseException | None:
    """Return the exception of a future that nobody has asked for, without asking for it; None if there is none."""
    return future._exception if getattr(future, "_log_traceback", False) else None
