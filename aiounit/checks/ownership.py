"""Hand over leftovers to the wider scopes that own them: a pool of the class opens a connection for a test.

Such a connection is the pool's, and neither blamed on the test nor ended with it. A thing belongs to the widest scope
that holds it: the scope reaches it from the values of its resources, or from attributes of its class or module. This
search is made only when a test, a class or a module has left something.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars, threading
from aiounit.checks import owner_names, starters
from aiounit.checks.api import CheckContext, Task, current_context
from aiounit.checks.leftovers import Leftover, Leftovers
from aiounit.introspect import reach
from aiounit.loops import closing

__all__ = ["Keeper", "end_tasks", "hand_over", "owner", "residents"]

# The test or the scope that owns a task, at any level of its checks: inherited with the context of its maker.
owner: Final[contextvars.ContextVar[object]] = contextvars.ContextVar("aiounit.owner", default=None)

# The tasks of open resources that outlive tests, in all loops. No test owns them, so none has to look at them.
residents: Final[set[Task]] = set()


class Keeper(NamedTuple):
    """A scope that is wider than the one that ends.

    Attributes:
        token: The value of `owner` for the scope.
        subject: The session that looks at the scope; None if all of its checks are off.
        roots: Its resources and attributes: a name and the value of each.
    """

    token: object
    subject: CheckContext | None
    roots: Sequence[tuple[str, object]]


def end_tasks(loop: asyncio.AbstractEventLoop, token: object, keepers: Iterable[Keeper]) -> list[BaseException]:
    """End the tasks of a test or a scope, except those that belong to wider scopes.

    Args:
        loop: An open loop that is not running.
        token: The value of `owner` for the test or the scope.
        keepers: The wider scopes, the widest first.

    Returns:
        The errors.
    """
    tasks = _tasks_of(loop, token)
    if tasks:
        hand_over([(None, task) for task in tasks], keepers, loop)
        tasks = _tasks_of(loop, token)
    return closing.end(loop, tasks)


def _tasks_of(loop: asyncio.AbstractEventLoop, token: object) -> set[Task]:
    tasks = _stdlib.tasks.other_tasks_of(loop, residents)
    return {task for task in tasks if _stdlib.tasks.tag_of(task, owner) is token}


def hand_over(
    left: Iterable[tuple[Leftovers[Any] | None, object]],
    keepers: Iterable[Keeper],
    loop: asyncio.AbstractEventLoop | None,
) -> None:
    """Let wider scopes have the things that belong to them.

    Args:
        left: The things that a test or a scope has left, each with the check that has found it.
        keepers: The wider scopes, the widest first.
        loop: The loop, which does not run.
    """
    left = list(left)
    for keeper in keepers if left else ():
        found = reach.find(keeper.roots, {id(anchor) for _, thing in left for anchor in _anchors(thing)})
        rest = []
        for check, thing in left:
            object_of_it = thing.key if isinstance(thing, Leftover) else thing
            if object_of_it is None:
                continue  # it was destroyed meanwhile
            owners = [found[id(anchor)] for anchor in _anchors(thing) if id(anchor) in found]
            if not owners:
                rest.append((check, thing))
                continue
            if check is not None:
                check.give(thing, None if keeper.subject is None else keeper.subject.check(check.name))
            owner_names.name(object_of_it, owners[0])
            _adopt(object_of_it, keeper, loop)
        left = rest


def _anchors(thing: object) -> Sequence[object]:
    return thing.anchors if isinstance(thing, Leftover) else [thing]


def _adopt(thing: object, keeper: Keeper, loop: asyncio.AbstractEventLoop | None) -> None:
    """Let all that is made in the contexts of a thing from now on be the scope's."""
    if isinstance(thing, threading.Thread):
        starters.adopt(thing, keeper.subject)
    for context in _contexts_of(thing, loop):
        context.run(current_context.set, keeper.subject)
        context.run(owner.set, keeper.token)


def _contexts_of(thing: object, loop: asyncio.AbstractEventLoop | None) -> list[contextvars.Context]:
    """Return the contexts in which a loop runs a task, or calls the callbacks of a transport or a handle."""
    if issubclass(type(thing), asyncio.Future):
        contexts = [_stdlib.tasks.context_of(thing)]
    else:
        contexts = [_stdlib.handles.context_of_handle(handle) for handle in _stdlib.handles.handles_of(loop, thing)]
    return [context for context in contexts if context is not None]
