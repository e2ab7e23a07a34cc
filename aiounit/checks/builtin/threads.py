"""Threads that a test has started and that are running when it has ended."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from typing_extensions import override

from aiounit import _stdlib
from aiounit._real import threading, time, weakref
from aiounit.checks import owner_names, starters
from aiounit.checks.api import Check, CheckContext
from aiounit.checks.builtin.executor_jobs import Executor
from aiounit.checks.findings import Finding
from aiounit.introspect import sites
from aiounit.introspect.machinery import top_package
from aiounit.introspect.places import stack_of, without_machinery
from aiounit.levels import Level
from aiounit.loops import executor

__all__ = ["Threads"]

_REMEDY: Final = "Tell it to end, and join it"

# How long a thread may take that is about to end, in seconds of the clock on the wall: no loop is there to ask.
_MOMENT: Final = 0.05

# Threads that end by themselves: those that wait for a child of asyncio's.
_INNOCENT: Final = ("waitpid-", "asyncio-waitpid-")

# Libraries with objects whose one thread is there for the process: grpc.aio has one that polls its completion queue.
_PROCESS_WIDE: Final = frozenset({"grpc"})


class Threads(Check):
    """Finds threads that are running and have something to do."""

    name: ClassVar[str] = "threads"
    level: ClassVar[Level] = Level.WARN
    looks_after_close: ClassVar[bool] = True

    def __init__(self) -> None:
        self._started: list[tuple[weakref.ref[threading.Thread], sites.Site]] = []

    def note(self, thread: threading.Thread, site: sites.Site) -> None:
        """Take a thread that is being started, and where."""
        self._started.append((weakref.ref(thread), site))

    @override
    def end(self, test: CheckContext) -> Iterable[Finding]:
        """Return the threads that are running."""
        if not self._started:
            return []
        deadline = time.monotonic() + _MOMENT
        for thread, _ in self._running(test):
            thread.join(max(0.0, deadline - time.monotonic()))
        # A worker of an executor may have come back from its job meanwhile: that ends nothing, and leaves nothing.
        return [_describe(thread, site) for thread, site in self._running(test)]

    def _running(self, test: CheckContext) -> Iterator[tuple[threading.Thread, sites.Site]]:
        for reference, site in self._started:
            thread = reference()
            if thread is not None and thread.is_alive() and not (_is_innocent(thread) or _has_job(thread, test)):
                yield thread, site

    @override
    def left(self, test: CheckContext) -> list[Any]:
        """Return the threads that are running."""
        return [thread for thread, _ in self._running(test)]

    @override
    def give(self, thing: Any, other: Check | None) -> None:
        """Leave a thread to another check."""
        given = [entry for entry in self._started if entry[0]() is thing]
        self._started = [entry for entry in self._started if entry not in given]
        if isinstance(other, Threads):
            other.take(given)

    def take(self, started: "list[tuple[weakref.ref[threading.Thread], sites.Site]]") -> None:
        """Take threads that another check has left to this one."""
        self._started += started


def _note(subject: CheckContext, thread: threading.Thread, site: sites.Site) -> None:
    check = subject.check(Threads.name)
    if isinstance(check, Threads):
        check.note(thread, site)


def _is_innocent(thread: threading.Thread) -> bool:
    frame = _stdlib.frames.current_frames().get(thread.ident or 0)
    target = _stdlib.threads.target_of(thread)
    module = str(type(getattr(target, "__self__", None)).__module__)
    if thread.name.startswith(_INNOCENT) or top_package(module) in _PROCESS_WIDE:
        return True
    return frame is not None and (_stdlib.frames.is_idle_worker(frame) or executor.is_idle(frame))


def _has_job(thread: threading.Thread, test: CheckContext) -> bool:
    """Tell whether a thread is of an executor and has a job that the check of those looks at."""
    check = test.check(Executor.name)
    return isinstance(check, Executor) and thread.ident in check.busy_threads()


def _describe(thread: threading.Thread, site: sites.Site) -> Finding:
    frame = _stdlib.frames.current_frames().get(thread.ident or 0)
    places = without_machinery(stack_of(frame))
    function = getattr(_stdlib.threads.target_of(thread), "__qualname__", type(thread).__qualname__)
    return Finding(
        f"thread {thread.name!r} of {function}() was still running",
        _REMEDY,
        name=thread.name,
        stack=sites.places(site),
        details=("it is here:", *(f"  {place}" for place in places)) if places else (),
        owner=owner_names.name_of(thread),
    )


starters.on_start(_note)
