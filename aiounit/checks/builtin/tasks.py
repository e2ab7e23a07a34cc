"""Tasks that are pending when the test has ended."""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from aiounit import _stdlib
from aiounit._real import asyncio
from aiounit._typing import override
from aiounit.checks import owner_names
from aiounit.checks.api import CheckContext, Task
from aiounit.checks.findings import Finding
from aiounit.checks.leftovers import Leftovers
from aiounit.checks.ownership import residents
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
    _aiounit_finder: ClassVar[Callable[[Any], object] | None] = staticmethod(
        lambda loop: _stdlib.tasks.other_tasks_of(loop, residents)
    )

    def __init__(self) -> None:
        # What was found out about tasks that were made, or are suspended, at the same lines: there may be thousands.
        self._creations: dict[tuple[places.Place, ...], tuple[places.Place, ...]] = {}
        self._chains: dict[tuple[places.Place, ...], tuple[str, ...]] = {}

    @override
    def left(self, test: CheckContext) -> list[Task]:
        """Return the tasks that belong to the test and are pending, in the order of their names."""
        tasks = () if test.loop is None else _stdlib.tasks.other_tasks_of(test.loop, residents)
        if not tasks:
            return []  # as for most tests
        current = asyncio.current_task() if _stdlib.loops.is_loop_running() else None
        pending = [
            task
            for task in tasks
            if task is not current and not closing.is_abandoned(task) and test.owns(_stdlib.tasks.context_of(task))
        ]
        return sorted(pending, key=_order)

    @override
    def describe(self, thing: Task, test: CheckContext) -> Finding:
        """Describe a task."""
        coroutine = _stdlib.tasks.coroutine_of(thing)
        function = getattr(coroutine, "__qualname__", repr(coroutine))
        suspended, waits = awaits.suspension_of(thing)
        made, at = tuple(sites.creation_of(thing)), tuple(suspended)
        if made not in self._creations:
            self._creations[made] = sites.creation(list(made))
        if at not in self._chains:
            self._chains[at] = tuple(f"  {place}" for place in places.without_machinery(at))
        chain = self._chains[at]
        doing = f"it waits for {waits}" if waits else "it is"
        return Finding(
            f"task {thing.get_name()!r} of {function}() was still pending when the {test.scope} had ended",
            _REMEDY,
            name=thing.get_name(),
            stack=self._creations[made],
            details=(f"{doing} here:", *chain) if chain else (doing,) if waits else (),
            owner=owner_names.name_of(thing),
        )


def _order(task: Task) -> tuple[int, str]:
    name = task.get_name()
    return len(name), name
