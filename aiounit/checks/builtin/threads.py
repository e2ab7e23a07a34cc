"""Threads that a test has started and that are running when it has ended."""

from collections.abc import Iterator
from types import FrameType
from typing import ClassVar, Final

from aiounit import _stdlib
from aiounit._real import threading, time
from aiounit._typing import override
from aiounit.checks import owner_names, starters
from aiounit.checks.api import CheckContext
from aiounit.checks.builtin.executor_jobs import Executor
from aiounit.checks.findings import Finding
from aiounit.checks.leftovers import Noted, NotedLeftovers
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


class Threads(NotedLeftovers[Noted]):
    """Finds threads that are running and have something to do."""

    name: ClassVar[str] = "threads"
    level: ClassVar[Level] = Level.WARN
    looks_after_close: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._deadline: float | None = None
        self._frames: dict[int | None, FrameType | None] = {}

    @override
    def on_thread(self, thread: threading.Thread) -> None:
        """Take a thread that is being started."""
        self.take(Noted(thread, starters.site_of(thread)))

    @override
    def left(self, test: CheckContext) -> list[Noted]:
        """Return the threads that are running, the first time after a moment in which they may end."""
        running = list(self._running(test))
        if running and self._deadline is None:
            self._deadline = time.monotonic() + _MOMENT
            for thread in filter(None, [noted.key for noted in running]):  # one that ends may be gone
                thread.join(max(0.0, self._deadline - time.monotonic()))
            # A worker of an executor may have come back from its job meanwhile: that ends nothing, and leaves nothing.
            running = list(self._running(test))
        return running

    def _running(self, test: CheckContext) -> Iterator[Noted]:
        alive = [(each, thread) for each in self._noted if (thread := each.key) is not None and thread.is_alive()]
        if not alive:
            return
        frames = _stdlib.frames.current_frames()  # asked once: there may be many threads
        jobs = test.check(Executor.name)
        busy = jobs.busy_threads() if isinstance(jobs, Executor) else set()
        self._frames = {}
        for noted, thread in alive:
            frame = frames.get(thread.ident or 0)
            if thread.ident not in busy and not _is_innocent(thread, frame):
                self._frames[thread.ident] = frame
                yield noted

    @override
    def describe(self, thing: Noted, test: CheckContext) -> Finding:
        """Describe a thread."""
        thread = thing.key
        places = without_machinery(stack_of(self._frames.get(thread.ident)))
        function = getattr(_stdlib.threads.target_of(thread), "__qualname__", type(thread).__qualname__)
        return Finding(
            f"thread {thread.name!r} of {function}() was still running",
            _REMEDY,
            name=thread.name,
            stack=sites.places(thing.site),
            details=("it is here:", *(f"  {place}" for place in places)) if places else (),
            owner=owner_names.name_of(thread),
        )


def _is_innocent(thread: threading.Thread, frame: FrameType | None) -> bool:
    target = _stdlib.threads.target_of(thread)
    module = str(type(getattr(target, "__self__", None)).__module__)
    if thread.name.startswith(_INNOCENT) or top_package(module) in _PROCESS_WIDE:
        return True
    return frame is not None and (_stdlib.frames.is_idle_worker(frame) or executor.is_idle(frame))
