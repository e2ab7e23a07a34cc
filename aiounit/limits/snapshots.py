"""What stood where when the time of something was over: looked at before anything is disturbed, and kept as text."""

from types import FrameType
from typing import Any, NamedTuple

from aiounit._real import asyncio
from aiounit.introspect import descriptions
from aiounit.introspect.awaits import task_chain
from aiounit.introspect.machinery import AIOUNIT, MACHINERY, package_of
from aiounit.introspect.places import Place, format_places, inner_place, stack_of, without_machinery
from aiounit.limits import own_threads

__all__ = ["Report", "frames_of_user", "of_loop", "of_thread"]


class Report(NamedTuple):
    """Where something stood: in a line that begins with "at" or "in", and in full."""

    place: str
    details: str
    line: Place | None = None
    """The user's line."""


def of_loop(
    loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any] | None, frame: FrameType | None, ident: int
) -> Report:
    """Look at what runs on a loop.

    Args:
        loop: The loop, which runs in the thread of ``frame``.
        task: The task that is watched.
        frame: Where the thread is.
        ident: Which thread it is.
    """
    chain = [] if task is None else without_machinery(task_chain(task, frame))
    stack = _stack(frame)
    parts = [f"What the tasks were doing:\n{descriptions.describe_tasks(loop, task, frame)}"]
    if stack and stack[-1].module != "selectors":
        parts.append(f"The loop was running:\n{format_places(stack)}")
    return _make(chain, parts, ident)


def of_thread(frame: FrameType | None, ident: int) -> Report:
    """Look at a thread in which synchronous code runs.

    Args:
        frame: Where the thread is.
        ident: Which thread it is.
    """
    stack = _stack(frame)
    parts = [f"The code was here:\n{format_places(stack)}"] if stack else []
    loop = _loop_of(frame)  # of the code itself, by asyncio.run()
    if loop is not None:
        parts.append(descriptions.describe_tasks(loop, None, frame))
    return _make(stack, parts, ident)


def frames_of_user(frame: FrameType | None) -> list[FrameType]:
    """Return the frames of the user's code that runs, the innermost first: those inside the first of ours.

    Those of asyncio are left out: a loop of the user's own must be left as it is meant to be left.
    """
    frames = []
    while frame is not None and (package := package_of(frame)) != AIOUNIT:
        if package != "asyncio":
            frames.append(frame)
        frame = frame.f_back
    return frames


def _loop_of(frame: FrameType | None) -> Any:
    """Return the loop that runs in a thread, or None: of another thread only its frames tell."""
    while frame is not None and frame.f_code is not asyncio.BaseEventLoop.run_forever.__code__:
        frame = frame.f_back
    return None if frame is None else frame.f_locals["self"]


def _stack(frame: FrameType | None) -> list[Place]:
    """Return where the user's code is; nowhere, if what we or asyncio have called is not written in Python."""
    stack = without_machinery(stack_of(frame))
    is_ours = len(stack) == 1 and stack[0].package in MACHINERY
    return [] if is_ours else stack


def _make(places: list[Place], parts: list[str], ident: int) -> Report:
    place = inner_place(places)
    threads = descriptions.describe_threads(but=own_threads.idents() | {ident})
    if threads:
        parts.append(f"Other threads:\n{threads}")
    where = "in code that is not Python's" if place is None else f"at {place}"
    return Report(where, "\n\n".join(part for part in parts if part), place)
