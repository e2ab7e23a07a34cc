"""Snapshot what every task and thread was doing when a limit expired, taken before anything is disturbed, as text."""

from types import FrameType
from typing import NamedTuple

from aiounit._real import asyncio
from aiounit.introspect import descriptions
from aiounit.introspect.awaits import task_chain
from aiounit.introspect.machinery import AIOUNIT, MACHINERY, package_of
from aiounit.introspect.places import Place, format_places, inner_place, stack_of, without_machinery
from aiounit.limits import own_threads

__all__ = ["Report", "frames_of_user", "of_loop", "of_thread"]


class Report(NamedTuple):
    """A snapshot.

    Attributes:
        place: The source line where the code was suspended or running, with "at" or "in" before it.
        details: The tasks, the stack and the other threads, in several paragraphs.
        line: The user's source line; None if the code is not written in Python.
    """

    place: str
    details: str
    line: Place | None = None


def of_loop(
    loop: asyncio.AbstractEventLoop, task: asyncio.Task[object] | None, frame: FrameType | None, ident: int
) -> Report:
    """Take a snapshot of a loop, its tasks and all threads.

    Args:
        loop: The loop, which runs in the thread of ``frame``.
        task: The task that has timed out.
        frame: The innermost frame of the thread.
        ident: The identifier of the thread.
    """
    chain = [] if task is None else without_machinery(task_chain(task, frame))
    stack = _stack(frame)
    parts = [f"What the tasks were doing:\n{descriptions.describe_tasks(loop, task, frame)}"]
    if stack and stack[-1].module != "selectors":
        parts.append(f"The loop was running:\n{format_places(stack)}")
    return _make(chain, parts, ident)


def of_thread(frame: FrameType | None, ident: int) -> Report:
    """Take a snapshot of a thread that runs synchronous code, and of the other threads.

    Args:
        frame: The innermost frame of the thread.
        ident: The identifier of the thread.
    """
    stack = _stack(frame)
    parts = [f"The code was here:\n{format_places(stack)}"] if stack else []
    loop = _loop_of(frame)  # the code may have called asyncio.run()
    if loop is not None:
        parts.append(descriptions.describe_tasks(loop, None, frame))
    return _make(stack, parts, ident)


def frames_of_user(frame: FrameType | None) -> list[FrameType]:
    """Return the running frames of user code, innermost first, up to the first frame of aiounit.

    Frames of asyncio are left out: a loop that user code runs must be able to end in its own way.
    """
    frames = []
    while frame is not None and (package := package_of(frame)) != AIOUNIT:
        if package != "asyncio":
            frames.append(frame)
        frame = frame.f_back
    return frames


def _loop_of(frame: FrameType | None) -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs in a thread, or None. asyncio itself knows it for the current thread only."""
    while frame is not None and frame.f_code is not asyncio.BaseEventLoop.run_forever.__code__:
        frame = frame.f_back
    loop: asyncio.AbstractEventLoop | None = None if frame is None else frame.f_locals["self"]
    return loop


def _stack(frame: FrameType | None) -> list[Place]:
    """Return the stack of the user's code; empty if aiounit or asyncio has called code not written in Python."""
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
