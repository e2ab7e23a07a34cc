"""Tasks that are pending when the test has ended."""

from typing import ClassVar, Final

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit._typing import override
from aiounit.checks import owner_names
from aiounit.checks.api import CheckContext, Task
from aiounit.checks.findings import Finding
from aiounit.checks.leftovers import Leftovers
from aiounit.introspect import awaits, places, sites
from aiounit.loops import closing

__all__ = ["Tasks"]
_REMEDY: Final = (
    "Await it, or cancel it and then await it, or make it in an asyncio.TaskGroup that is left before the end"
)


class Tasks(Leftovers[Task]):
    """Finds tasks that are pending."""

    name: ClassVar[str] = "tasks"
    settles: ClassVar[bool] = True

    @override
    def left(self, test: CheckContext) -> list[Task]:
        """Return the tasks that belong to the test and are pending, in the order of their names."""
        tasks = _stdlib.tasks.tasks_of(test.loop)
        if not tasks:
            return []  # as for most tests
        current = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
        pending = [
            task
            for task in tasks
            if task is not current and not closing.is_abandoned(task) and test.owns(_stdlib.tasks.context_of(task))
        ]
        return sorted(pending, key=lambda task: (len(task.get_name()), task.get_name()))

    @override
    def describe(self, thing: Task, test: CheckContext) -> Finding:
        """Describe a task."""
        coroutine = _stdlib.tasks.coroutine_of(thing)
        function = getattr(coroutine, "__qualname__", repr(coroutine))
        chain = places.without_machinery(awaits.task_chain(thing, into_tasks=False))
        waits = awaits.waits_for(thing)
        doing = f"it waits for {waits}" if waits else "it is"
        return Finding(
            f"task {thing.get_name()!r} of {function}() was still pending when the {test.scope} had ended",
            _REMEDY,
            name=thing.get_name(),
            stack=sites.creation(sites.creation_of(thing)),
            details=(f"{doing} here:", *(f"  {place}" for place in chain)) if chain else (doing,) if waits else (),
            owner=owner_names.name_of(thing),
        )
