"""Use the private names of asyncio's tasks and futures."""

import sys
from typing import Any, Final, TypeAlias, TypeVar, cast

from aiounit._real import asyncio, concurrent, contextvars, traceback
from aiounit._typing import Protocol

__all__ = [
    "context_of",
    "coroutine_of",
    "few_tasks_of",
    "futures_behind",
    "has_lost_error",
    "lost_error",
    "other_tasks_of",
    "silence",
    "source_traceback",
    "tag_of",
    "tag_tasks",
    "tasks_of",
    "waiter_of",
]

T = TypeVar("T")
Task: TypeAlias = asyncio.Task[Any]
Future: TypeAlias = asyncio.Future[Any] | concurrent.futures.Future[Any]
# It may be any object that can be awaited like a coroutine.
TaskCoroutine: TypeAlias = Any

# The stubs know no private names, so this module is untyped here.
_tasks: Any = asyncio.tasks
_IS_BEFORE_3_12: Final = sys.version_info < (3, 12)
_CAN_ASK_EAGER_TASKS: Final = sys.version_info >= (3, 12, 2)

# Modules of the done callbacks by which a future stands for others.
_CHAINING: Final = frozenset({"asyncio.futures", "asyncio.tasks"})


class PrivateTask(Protocol):
    """The private attributes of a task."""

    _coro: TaskCoroutine
    _exception: BaseException | None
    _log_destroy_pending: bool


if sys.version_info >= (3, 14):
    tasks_of = asyncio.all_tasks

    def other_tasks_of(loop: asyncio.AbstractEventLoop, known: set[Task]) -> set[Task]:
        """Return the pending tasks of a loop, except known ones."""
        return asyncio.all_tasks(loop) - known

    def few_tasks_of(loop: asyncio.AbstractEventLoop, most: int) -> set[Task]:
        """Return the pending tasks of a loop; none if there are more than a number."""
        tasks = asyncio.all_tasks(loop)
        return tasks if len(tasks) <= most else set()
else:

    def tasks_of(loop: asyncio.AbstractEventLoop) -> set[Task]:
        """Return the pending tasks of a loop; at once if no loop has any."""
        # asyncio goes through a WeakSet for that, which takes much longer than to check the set below it.
        has_any = _tasks._all_tasks.data if _IS_BEFORE_3_12 else _tasks._scheduled_tasks.data or _tasks._eager_tasks
        return asyncio.all_tasks(loop) if has_any else set()

    def other_tasks_of(loop: asyncio.AbstractEventLoop, known: set[Task]) -> set[Task]:
        """Return the pending tasks of a loop, except known ones, without a look at each of these."""
        references = _tasks._all_tasks.data if _IS_BEFORE_3_12 else _tasks._scheduled_tasks.data
        others: set[Task] = set() if _IS_BEFORE_3_12 else _tasks._eager_tasks - known
        if not others and len(references) == len(known):
            return others  # as after most tests
        others |= {task for each in references.copy() if (task := each()) is not None and task not in known}
        return {task for task in others if task.get_loop() is loop and not task.done()}

    def few_tasks_of(loop: asyncio.AbstractEventLoop, most: int) -> set[Task]:
        """Return the pending tasks of a loop; none if there are more than a number, of which few are looked at."""
        references = _tasks._all_tasks.data if _IS_BEFORE_3_12 else _tasks._scheduled_tasks.data
        eager: set[Task] = set() if _IS_BEFORE_3_12 else _tasks._eager_tasks
        tasks = {task for task in eager.copy() if task.get_loop() is loop and not task.done()}
        for each in references.copy():
            if (task := each()) is not None and task.get_loop() is loop and not task.done():
                tasks.add(task)
            if len(tasks) > most:
                return set()
        return tasks


if sys.version_info >= (3, 12):

    def tag_tasks(_loop: asyncio.AbstractEventLoop) -> None:
        """Do nothing: a task can be asked for its context."""

    def context_of(task: object) -> contextvars.Context | None:
        """Return the context of a task; None for a future that is not a task."""
        return task.get_context() if isinstance(task, asyncio.Task) else None

else:

    def tag_tasks(loop: asyncio.AbstractEventLoop) -> None:
        """Have each task that the loop makes remember its context."""
        make: Any = loop.get_task_factory() or asyncio.Task
        is_plain: bool = make is asyncio.Task

        def make_and_tag(loop: asyncio.AbstractEventLoop, coro: TaskCoroutine, **keywords: object) -> Task:
            context = keywords.get("context")  # which is false if it is empty
            own = contextvars.copy_context() if context is None else context
            if is_plain:  # a task factory of the user's need not accept a context
                keywords["context"] = own
            task: Task = make(coro, loop=loop, **keywords) if is_plain else make(loop, coro, **keywords)
            cast("Any", task)._aiounit_context = own
            return task

        loop.set_task_factory(make_and_tag)

    def context_of(task: object) -> contextvars.Context | None:
        """Return the context of a task that the loop has made."""
        return getattr(task, "_aiounit_context", None)


def tag_of(task: Task, variable: contextvars.ContextVar[T]) -> T | None:
    """Return the value of a variable in the context of a task."""
    context = context_of(task)
    return None if context is None else context.get(variable)


def silence(task: Task) -> None:
    """Keep asyncio from logging an abandoned task as destroyed while pending: its test has reported the task."""
    cast("PrivateTask", task)._log_destroy_pending = False


def coroutine_of(task: Task) -> TaskCoroutine:
    """Return the coroutine of a task; None for an eager task that has ended at once: its get_coro() crashes 3.12.1."""
    return task.get_coro() if _CAN_ASK_EAGER_TASKS or not task.done() else cast("PrivateTask", task)._coro


def waiter_of(task: object) -> object:
    """Return the future that a suspended task waits for; None if it is about to run, or of an unknown kind."""
    return getattr(task, "_fut_waiter", None)


def futures_behind(thing: object) -> list[Future]:
    """Return the futures that a future or a task group of asyncio stands for, including those of executors."""
    for name in ("_children", "_tasks"):
        if isinstance(found := getattr(thing, name, None), list | set):
            return list(found)
    callbacks = [callback for callback, _ in getattr(thing, "_callbacks", None) or ()]
    variables = [
        (name, cell.cell_contents)
        for callback in callbacks
        if getattr(callback, "__module__", None) in _CHAINING
        for name, cell in zip(callback.__code__.co_freevars, callback.__closure__ or (), strict=True)
    ]
    return [value for name, value in variables if name in {"inner", "source"}]


def source_traceback(task: Task) -> list[traceback.FrameSummary]:
    """Return where a task was made, outermost first; nothing unless its loop was in debug mode."""
    return getattr(task, "_source_traceback", None) or []


def has_lost_error(future: object) -> bool:
    """Return whether a future has an exception that was never retrieved."""
    return bool(getattr(future, "_log_traceback", False))


def lost_error(future: Future) -> BaseException | None:
    """Return the exception of a future that was never retrieved, without retrieving it; None if there is none."""
    return cast("PrivateTask", future)._exception if has_lost_error(future) else None
