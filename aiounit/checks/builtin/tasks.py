"""Tasks that are pending when the test has ended."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

from typing_extensions import override

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit.checks import owner_names
from aiounit.checks.api import Check, CheckContext
from aiounit.checks.findings import Finding
from aiounit.introspect import awaits, places, sites
from aiounit.loops import closing

__all__ = ["Tasks", "pending_tasks"]

_REMEDY: Final = (
    "Await it, or cancel it and then await it, or make it in an asyncio.TaskGroup that is left before the end"
)


class Tasks(Check):
    """Finds tasks that are pending."""

    name: ClassVar[str] = "tasks"
    settles: ClassVar[bool] = True

    @override
    def end(self, test: CheckContext) -> Iterable[Finding]:
        """Return the tasks that are pending."""
        pending = pending_tasks(test)
        return (_describe(task, test) for task in pending) if pending else ()

    @override
    def left(self, test: CheckContext) -> list[Any]:
        """Return the tasks that are pending."""
        return list(pending_tasks(test))


def pending_tasks(test: CheckContext) -> list[asyncio.Task[Any]]:
    """Return the tasks that belong to a test and are pending, in the order of their names.

    Args:
        test: The test.
    """
    tasks: Iterable[asyncio.Task[Any]] = _stdlib.tasks.tasks_of(test.loop)
    if not tasks:
        return []  # as for most tests, and it has to be quick
    current = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
    tasks = [
        task
        for task in tasks
        if task is not current and not closing.is_abandoned(task) and test.owns(_stdlib.tasks.context_of(task))
    ]
    return sorted(tasks, key=lambda task: (len(task.get_name()), task.get_name()))


def _describe(task: asyncio.Task[Any], test: CheckContext) -> Finding:
    coroutine = _stdlib.tasks.coroutine_of(task)
    function = getattr(coroutine, "__qualname__", repr(coroutine))
    chain = places.without_machinery(awaits.task_chain(task, into_tasks=False))
    waits = awaits.waits_for(task)
    doing = f"it waits for {waits}" if waits else "it is"
    return Finding(
        f"task {task.get_name()!r} of {function}() was still pending when the {test.scope} had ended",
        _REMEDY,
        name=task.get_name(),
        stack=sites.creation(sites.creation_of(task)),
        details=(f"{doing} here:", *(f"  {place}" for place in chain)) if chain else (doing,) if waits else (),
        owner=owner_names.name_of(task),
    )
