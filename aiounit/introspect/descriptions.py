"""Describe what tasks and threads are doing; those that are alike are described once, with their number.

Nothing here awaits, raises, or calls the user's code. A process may have 10,000 tasks, 1,000 threads and names of any
length, so the length of the text and the time that it takes are bounded.
"""

import types
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from aiounit import _stdlib
from aiounit._real import asyncio, threading
from aiounit.introspect import sites
from aiounit.introspect.attempts import attempt
from aiounit.introspect.awaits import is_running, task_chain, waits_for
from aiounit.introspect.machinery import AIOUNIT, EXECUTOR
from aiounit.introspect.names import name_of_task, short
from aiounit.introspect.places import Place, format_places, has_users, stack_of, without_machinery

__all__ = ["describe_task", "describe_tasks", "describe_threads"]

# How many names, source lines and descriptions are shown.
_MOST: Final = 5
_MOST_KINDS: Final = 50
# How many of the tasks that are suspended at the same lines are compared in full.
_COMPARED: Final = 10
# How many coroutines of a task are compared with those of others.
_DEPTH: Final = 50

_EXECUTORS: Final = frozenset({"concurrent.futures.thread", EXECUTOR})
_WORKERS: Final = frozenset({"_worker", "_work"})
_NOT_PYTHON: Final = "in code that is not Python's"

_Task: TypeAlias = asyncio.Task[object]


def describe_task(task: _Task, frame: types.FrameType | None = None, *, title: str | None = None) -> str:
    """Describe what a task is doing, where, and where it was made, in several lines like a traceback.

    Args:
        task: The task.
        frame: The innermost frame of the thread that runs it. It may be any other if the task is suspended.
        title: A title for it; None for its name and that of its coroutine.
    """
    return _describe(task, _facts(task, frame), title)


def describe_tasks(
    loop: asyncio.AbstractEventLoop, first: _Task | None = None, frame: types.FrameType | None = None
) -> str:
    """Describe what all tasks of a loop are doing; those that are alike are described once.

    Args:
        loop: The loop, which may run in any thread.
        first: The task to begin with.
        frame: The innermost frame of the thread that runs the loop.
    """
    tasks: set[_Task] = attempt(set(), asyncio.all_tasks, loop)
    parts = [] if first is None else [describe_task(first, frame)]
    kinds = list(_kinds(sorted(tasks - {first}, key=_order), frame))
    for facts, members in kinds[:_MOST_KINDS]:
        parts.append(_describe(members[0], facts))
        parts += _likewise("task", [_name(each) for each in members[1 : _MOST + 1]], len(members) - 1)
    parts += _elsewhere("task", [members for _, members in kinds[_MOST_KINDS:]])
    return "\n".join(parts)


def describe_threads(*, but: Collection[int] = ()) -> str:
    """Describe what the other threads are doing; one line for a thread that does not run the user's code.

    Args:
        but: The identifiers of threads to leave out. The calling thread and those of aiounit always are.
    """
    threads = {thread.ident: thread for thread in threading.enumerate()}
    alike: dict[str, list[tuple[int, threading.Thread | None]]] = {}
    for ident, frame in sorted(_stdlib.frames.current_frames().items()):
        stack = stack_of(frame)
        if ident not in {threading.get_ident(), *but} and stack[0].package != AIOUNIT:
            alike.setdefault(_doing(stack), []).append((ident, threads.get(ident)))
    parts = []
    for doing, members in list(alike.items())[:_MOST_KINDS]:
        parts.append(f"{_thread(*members[0])} is {doing}")
        names = ["?" if thread is None else short(thread.name) for _, thread in members[1 : _MOST + 1]]
        parts += _likewise("thread", names, len(members) - 1)
    parts += _elsewhere("thread", list(alike.values())[_MOST_KINDS:])
    return "\n".join(parts)


class _Facts(NamedTuple):
    """The description of a task without its name."""

    state: str
    coroutine: str
    chain: tuple[Place, ...]
    made: tuple[Place, ...]


def _kinds(tasks: Iterable[_Task], frame: types.FrameType | None) -> Iterator[tuple[_Facts, list[_Task]]]:
    """Yield each group of tasks that are alike with its description, in the order of the first of each."""
    at_same_lines: dict[tuple[object, ...], list[_Task]] = {}
    for task in tasks:
        at_same_lines.setdefault(attempt((), _lines, task), []).append(task)
    for at_same in at_same_lines.values():
        chain = task_chain(at_same[0], frame, into_tasks=False)
        if {place.package == AIOUNIT for place in chain} == {True}:
            continue  # a resource that is open
        alike: dict[object, tuple[_Facts, list[_Task]]] = {}
        members: list[_Task] = []
        for task in at_same[:_COMPARED]:
            facts = _facts(task, frame)
            key = (facts.state.partition(" at 0x")[0], *facts[1:])
            members = alike.setdefault(key, (facts, []))[1]
            members.append(task)
        members += at_same[_COMPARED:]
        yield from alike.values()


def _lines(task: _Task) -> tuple[object, ...]:
    """Return the lines that a task is suspended at; it is quick, since there may be very many tasks."""
    link = _stdlib.tasks.coroutine_of(task)
    lines: list[object] = [type(task), task.cancelling(), getattr(link, "__qualname__", None)]
    for _ in range(_DEPTH):
        if type(link) is types.CoroutineType:
            frame, link = link.cr_frame, link.cr_await
        elif type(link) is types.GeneratorType:
            frame, link = link.gi_frame, link.gi_yieldfrom
        else:
            break
        lines.append(None if frame is None else (frame.f_code, frame.f_lasti))  # None if it has just ended
    lines.append(type(link))
    return tuple(lines)


def _order(task: _Task) -> tuple[int, str]:
    name = _name(task)
    return len(name), name


def _name(task: _Task) -> str:
    return short(name_of_task(task))


def _facts(task: _Task, frame: types.FrameType | None) -> _Facts:
    coroutine = attempt(None, _stdlib.tasks.coroutine_of, task)
    name = attempt(type(coroutine).__name__, getattr, coroutine, "__qualname__")
    places = task_chain(task, frame, into_tasks=False)
    chain = without_machinery(places)
    if places and places[0].package == AIOUNIT:  # the user's function says more than a coroutine of ours
        name = chain[0].function
    return _Facts(_state_of(task), short(str(name)), tuple(chain), tuple(sites.made_at(task)[-_MOST:]))


def _describe(task: _Task, facts: _Facts, title: str | None = None) -> str:
    head = f"{title or f'Task {_name(task)!r} of {facts.coroutine}'} {facts.state}"
    parts = [head, format_places(facts.chain)]
    if facts.made:
        parts += ["  made at", format_places(facts.made)]
    return "\n".join(filter(None, parts))


def _doing(stack: list[Place]) -> str:
    if stack[-1].module in _EXECUTORS or stack[-1].package == AIOUNIT:
        return "idle" if stack[-1].function in _WORKERS else _NOT_PYTHON
    if not has_users(stack):
        return f"at {stack[-1]}"
    return f"at\n{format_places(without_machinery(stack))}"


def _thread(ident: int, thread: threading.Thread | None) -> str:
    if thread is None:
        return f"Thread ({ident})"
    return f"{'Daemon thread' if thread.daemon else 'Thread'} {short(thread.name)!r} ({ident})"


def _likewise(kind: str, names: list[str], number: int) -> list[str]:
    """Return the line for the others that are alike; nothing if there are none."""
    if not number:
        return []
    listed = ", ".join(map(repr, names)) + (", ..." if number > len(names) else "")
    return [f"  {_more(number, kind)} like this one: {listed}"]


def _elsewhere(kind: str, groups: Sequence[Sequence[object]]) -> list[str]:
    """Return the line for the groups that there is no room for; nothing if there are none."""
    return [f"{_more(sum(map(len, groups)), kind)} at {len(groups):,} other source lines"] if groups else []


def _more(number: int, kind: str) -> str:
    return f"{number:,} more {kind}{'s' * (number > 1)}"


def _state_of(task: _Task) -> str:
    """Describe what a task is doing, as the rest of a sentence."""
    return attempt("can't be described", _state, task)


def _state(task: _Task) -> str:
    if task.done():
        return "was cancelled" if task.cancelled() else "is done"
    times = task.cancelling()
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    waits = f"is waiting for {waits_for(task)}".removesuffix(" for ")
    state = "is running" if is_running(_stdlib.tasks.coroutine_of(task)) else waits
    return f"was cancelled {often} and {state}" if times else state
