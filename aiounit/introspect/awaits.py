"""Chains of awaits: where something is suspended, outermost first, and what the innermost waits for.

It is called from a signal handler and from other threads, while anything may be half done. So nothing here awaits,
raises, or calls code of the user's, whose ``__repr__`` may block. What it returns is text and numbers only.
"""

from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, Final

from aiounit import _stdlib
from aiounit._real import asyncio, concurrent, gc
from aiounit.introspect.attempts import attempt
from aiounit.introspect.names import name_of_task, short
from aiounit.introspect.places import Place, frames_of, place_of, places_of, stack_of

__all__ = ["await_chain", "first_attribute", "is_running", "is_task", "task_chain", "waits_for"]

# How far await chains are followed, and how many names are shown where a few say as much as all.
_LONGEST: Final = 100_000


_MOST: Final = 5


# What a coroutine, a generator and an asynchronous generator wait for, and their frames.
_AWAITED: Final = ("cr_await", "gi_yieldfrom", "ag_await")


_FRAMES: Final = ("cr_frame", "gi_frame", "ag_frame")


# Iterators that the interpreter puts between those. None says what it is around, but the first thing that the garbage
# collector finds in it is that.
_WRAPPERS: Final = frozenset(
    {"FutureIter", "anext_awaitable", "async_generator_asend", "async_generator_athrow", "coroutine_wrapper"}
)


def await_chain(awaitable: object, *, into_tasks: bool = True) -> list[Place]:
    """Return where something that is awaited is suspended, outermost first.

    Args:
        awaitable: A coroutine, a generator, an asynchronous generator, a task, or what their ``await`` goes through.
        into_tasks: Whether to go on into the task that is waited for, if it is one.
    """
    return places_of(_frames_in(_links(awaitable, into_tasks=into_tasks)))


def task_chain(task: asyncio.Task[Any], frame: FrameType | None = None, *, into_tasks: bool = True) -> list[Place]:
    """Return where a task is, outermost first, also if it is running.

    Args:
        task: The task.
        frame: The innermost frame of the thread that runs it. It may be any other if the task is suspended.
        into_tasks: Whether to go on into the task that is waited for, if it is one.
    """
    frames = frames_of(frame) if attempt(True, _may_run, task) else []  # to ask each task for the frames takes too long
    outermost = next(_frames_in(_links(task, into_tasks=False)), None)
    if outermost not in frames:
        return await_chain(task, into_tasks=into_tasks)
    return stack_of(frame)[-frames.index(outermost) - 1 :]


def waits_for(awaitable: object) -> str:
    """Return in a few words what something that is suspended waits for; nothing where it can't be told."""
    return attempt("", _waits_for, _links(awaitable, into_tasks=False))


def _links(thing: Any, *, into_tasks: bool) -> list[Any]:
    """Return a thing, what it awaits, what that awaits, and so on; the last is a future, or not waited for."""
    links: list[Any] = []
    seen: set[int] = set()  # tasks may wait for each other
    task = None
    while thing is not None and id(thing) not in seen and len(links) < _LONGEST:
        links.append(thing)
        seen.add(id(thing))
        task = thing if attempt(False, asyncio.isfuture, thing) else task
        thing = attempt(None, _next, links, task, into_tasks)
    return links


def _next(links: list[Any], task: Any, into_tasks: bool) -> Any:
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


def _behind(links: list[Any]) -> list[Any]:
    """Return the pending futures that asyncio waits for in the place of the last link, which only tells it of them."""
    futures = _stdlib.tasks.futures_behind(links[-1])
    frame = next(_frames_in(reversed(links)), None)
    if not futures and frame is not None and place_of(frame).package == "asyncio":
        values, name = frame.f_locals, frame.f_code.co_name
        if name in {"wait", "_wait"}:
            futures = list(values.get("fs", ()))
        elif name == "wait_for":  # which makes a task on 3.11
            futures = [values["fut"]]
        elif isinstance(values.get("self"), asyncio.TaskGroup):
            futures = _stdlib.tasks.futures_behind(values["self"])
    return [each for each in futures if each is not links[-1] and not each.done()]


def _frames_in(links: Iterable[object]) -> Iterator[FrameType]:
    frames = (attempt(None, first_attribute, link, *_FRAMES) for link in links)
    return (frame for frame in frames if isinstance(frame, FrameType))


def first_attribute(thing: object, *names: str) -> Any:
    """Return the first attribute that the type has, or None: what only an instance has may be the user's code."""
    return next((getattr(thing, name) for name in names if hasattr(type(thing), name)), None)


def is_task(thing: object) -> bool:
    return hasattr(type(thing), "get_coro")


def is_running(thing: object) -> bool:
    # Not ag_running: an asynchronous generator counts as running as well while what it awaits is suspended.
    return first_attribute(thing, "cr_running", "gi_running") is True


def _may_run(task: asyncio.Task[Any]) -> bool:
    return first_attribute(_stdlib.tasks.coroutine_of(task), "cr_running", "gi_running") is not False


def _waits_for(links: list[Any]) -> str:
    last = links[-1]
    if len(links) == 1 or any(map(is_running, links)):
        return ""
    if not asyncio.isfuture(last):
        has_begun = first_attribute(last, "cr_suspended", "gi_suspended")
        return "" if has_begun is None else f"{'the next' if has_begun else 'its first'} turn of the loop"
    if last.done():
        return "the next turn of the loop"
    behind = [last] if is_task(last) else _behind(links)
    if behind and isinstance(behind[0], concurrent.futures.Future):
        return f"a concurrent.futures.Future that is {'running' if behind[0].running() else 'pending'}"
    return _call_in(links, _names(behind)) or _names(behind) or f"<{type(last).__name__} pending>"


def _call_in(links: list[Any], names: str) -> str:
    """Return the call of a public function of asyncio's that the last link was made in."""
    for frame in _frames_in(reversed(links)):
        owner, _, method = frame.f_code.co_qualname.rpartition(".")
        if place_of(frame).package != "asyncio":
            break
        if not method.startswith("_") or method.startswith("__a"):
            values = frame.f_locals
            delay = str(values["delay"]) if method == "sleep" and type(values["delay"]) in {int, float} else ""
            whole = names or (_repr(values["self"]) if "self" in values else "")
            return f"{owner or 'asyncio'}.{method}({delay})" + (f" of {whole}" if whole else "")
    return ""


def _repr(thing: object) -> str:
    if type(thing).__module__ == "asyncio.locks":  # whose __repr__ calls nobody else's
        return repr(thing)
    return f"<{type(thing).__name__} at {id(thing):#x}>"


def _names(futures: Iterable[Any]) -> str:
    names = [repr(short(name_of_task(each))) for each in futures if is_task(each)]
    return f"task{'s' * (len(names) > 1)} {_listed(names)}" if names else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"
