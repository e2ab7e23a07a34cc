"""Follow chains of awaits: find out where code is suspended, and what it waits for.

It runs in a signal handler and in other threads, at any moment. So nothing here awaits, raises or calls the user's
code, such as a ``__repr__``, which may block. The results are only text and numbers.
"""

from collections.abc import Iterable, Iterator, Sequence
from types import FrameType
from typing import Any, Final, TypeAlias

from aiounit import _stdlib
from aiounit._real import asyncio, concurrent, gc
from aiounit.introspect.attempts import attempt
from aiounit.introspect.machinery import package_of
from aiounit.introspect.names import name_of_task, short
from aiounit.introspect.places import Place, frames_of, places_of, stack_of

__all__ = ["await_chain", "first_attribute", "is_running", "is_task", "suspension_of", "task_chain", "waits_for"]

# A link of a chain: anything that can be awaited, such as a coroutine, a generator, a future or an iterator of one.
# It is asked only for attributes that its type has.
Link: TypeAlias = Any
Task: TypeAlias = asyncio.Task[object]

# How far chains are followed, and how many names are shown.
_LONGEST: Final = 100_000
_MOST: Final = 5

# The attributes of a coroutine, a generator and an asynchronous generator with the object that it awaits, and with its
# frame.
_AWAITED: Final = ("cr_await", "gi_yieldfrom", "ag_await")
_FRAMES: Final = ("cr_frame", "gi_frame", "ag_frame")

# Iterators that the interpreter puts between those. They have no such attribute, but the garbage collector finds the
# object that they wrap first.
_WRAPPERS: Final = frozenset(
    {"FutureIter", "anext_awaitable", "async_generator_asend", "async_generator_athrow", "coroutine_wrapper"}
)


def await_chain(awaitable: object, *, into_tasks: bool = True) -> list[Place]:
    """Return the source lines at which an awaitable is suspended, outermost first.

    Args:
        awaitable: A coroutine, a generator, an asynchronous generator, a task, or an object that one of them awaits.
        into_tasks: Whether to go on into a task that is waited for.
    """
    return places_of(_frames_in(_links(awaitable, into_tasks=into_tasks)))


def task_chain(task: Task, frame: FrameType | None = None, *, into_tasks: bool = True) -> list[Place]:
    """Return the source lines at which a task is suspended or runs, outermost first.

    Args:
        task: The task.
        frame: The innermost frame of the thread that runs it. It may be any other if the task is suspended.
        into_tasks: Whether to go on into a task that is waited for.
    """
    frames = frames_of(frame) if attempt(True, _may_run, task) else []  # for each task it would take too long
    if not frames:
        return await_chain(task, into_tasks=into_tasks)
    outermost = next(_frames_in(_links(task, into_tasks=False)), None)
    if outermost not in frames:
        return await_chain(task, into_tasks=into_tasks)
    return stack_of(frame)[-frames.index(outermost) - 1 :]


def suspension_of(task: Task) -> tuple[list[Place], str]:
    """Return the source lines at which a task is suspended, outermost first, and what it waits for, as `waits_for`."""
    links = _links(task, into_tasks=False)
    return places_of(_frames_in(links)), attempt("", _waits_for, links)


def waits_for(awaitable: object) -> str:
    """Describe in a few words what a suspended awaitable waits for; return an empty text if that is unknown."""
    return attempt("", _waits_for, _links(awaitable, into_tasks=False))


def _links(thing: Link, *, into_tasks: bool) -> list[Link]:
    """Return an object, the object that it awaits, and so on; the last one is a future, or does not await."""
    links: list[Link] = []
    seen: set[int] = set()  # tasks may wait for each other
    task = None
    while thing is not None and id(thing) not in seen and len(links) < _LONGEST:
        links.append(thing)
        seen.add(id(thing))
        task = thing if attempt(False, asyncio.isfuture, thing) else task
        thing = attempt(None, _next, links, task, into_tasks)
    return links


def _next(links: Sequence[Link], task: Link, into_tasks: bool) -> Link:
    last = links[-1]
    if last is not task:
        if type(last).__name__ in _WRAPPERS:
            return next((each for each in gc.get_referents(last) if not isinstance(each, type)), None)
        if is_running(last):
            return None  # 3.12.1 crashes if a signal handler asks what it awaits when it has just been resumed
        return first_attribute(last, *_AWAITED) or _stdlib.tasks.waiter_of(task)
    if last.done() or (len(links) > 1 and not into_tasks):
        return None
    inside = [_stdlib.tasks.coroutine_of(links[-1])] if is_task(last) else _behind(links)
    return inside[0] if len(inside) == 1 else None


def _behind(links: Sequence[Link]) -> list[Link]:
    """Return the pending futures that the last link stands for: asyncio waits for them, and it only notifies it."""
    futures: list[Link] = [*_stdlib.tasks.futures_behind(links[-1])]
    frame = next(_frames_in(reversed(links)), None)
    if not futures and frame is not None and package_of(frame) == "asyncio":
        values, name = frame.f_locals, frame.f_code.co_name
        if name in {"wait", "_wait"}:
            futures = list(values.get("fs", ()))
        elif name == "wait_for":  # which makes a task on 3.11
            futures = [values["fut"]]
        elif isinstance(values.get("self"), asyncio.TaskGroup):
            futures = [*_stdlib.tasks.futures_behind(values["self"])]
    return [each for each in futures if each is not links[-1] and not each.done()]


def _frames_in(links: Iterable[Link]) -> Iterator[FrameType]:
    frames = (attempt(None, first_attribute, link, *_FRAMES) for link in links)
    return (frame for frame in frames if isinstance(frame, FrameType))


def first_attribute(thing: object, *names: str) -> Link:
    """Return the first attribute that the type of an object has, or None.

    An attribute that only the object has may be the user's code.
    """
    kind = type(thing)
    for name in names:  # not next(), which would call a generator: a report may ask very many objects
        if hasattr(kind, name):
            return getattr(thing, name)
    return None


def is_task(thing: object) -> bool:
    """Return whether an object is a task, of whatever class."""
    return hasattr(type(thing), "get_coro")


def is_running(thing: object) -> bool:
    """Return whether a coroutine or a generator runs."""
    # Not ag_running: an asynchronous generator counts as running even while the object that it awaits is suspended.
    return first_attribute(thing, "cr_running", "gi_running") is True


def _may_run(task: Task) -> bool:
    return first_attribute(_stdlib.tasks.coroutine_of(task), "cr_running", "gi_running") is not False


def _waits_for(links: Sequence[Link]) -> str:
    last = links[-1]
    if len(links) == 1 or any(map(is_running, links)):
        return ""
    if not asyncio.isfuture(last):
        has_begun = first_attribute(last, "cr_suspended", "gi_suspended")
        return "" if has_begun is None else f"{'the next' if has_begun else 'its first'} iteration of the loop"
    if last.done():
        return "the next iteration of the loop"
    behind = [last] if is_task(last) else _behind(links)
    if behind and isinstance(behind[0], concurrent.futures.Future):
        return f"a concurrent.futures.Future that is {'running' if behind[0].running() else 'pending'}"
    return _call_in(links, _names(behind)) or _names(behind) or f"<{type(last).__name__} pending>"


def _call_in(links: Sequence[Link], names: str) -> str:
    """Return the call of a public function of asyncio that has made the last link."""
    for frame in _frames_in(reversed(links)):
        owner, _, method = frame.f_code.co_qualname.rpartition(".")
        if package_of(frame) != "asyncio":
            break
        if not method.startswith("_") or method.startswith("__a"):
            values = frame.f_locals
            delay = str(values["delay"]) if method == "sleep" and type(values["delay"]) in {int, float} else ""
            whole = names or (_repr(values["self"]) if "self" in values else "")
            return f"{owner or 'asyncio'}.{method}({delay})" + (f" of {whole}" if whole else "")
    return ""


def _repr(thing: object) -> str:
    if type(thing).__module__ == "asyncio.locks":  # whose __repr__ does not call another
        return repr(thing)
    return f"<{type(thing).__name__} at {id(thing):#x}>"


def _names(futures: Iterable[Link]) -> str:
    names = [repr(short(name_of_task(each))) for each in futures if is_task(each)]
    return f"task{'s' * (len(names) > 1)} {_listed(names)}" if names else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"
