"""Jobs of the loop's threads, ``asyncio.to_thread`` included, that are running when the test has ended."""

from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import ClassVar, Final

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, functools, inspect, threading, weakref
from aiounit._typing import override
from aiounit.checks import owner_names, starters
from aiounit.checks.api import Check, CheckContext, Future, Job, current_context
from aiounit.checks.findings import Finding
from aiounit.checks.leftovers import Leftover, Leftovers
from aiounit.introspect import sites
from aiounit.introspect.machinery import AIOUNIT
from aiounit.introspect.places import stack_of, without_machinery

__all__ = ["Executor"]

_REMEDY: Final = "Await it, and have it end when the test does: to cancel what awaits it does not stop it"


# Beyond this number, references to jobs that have ended are dropped.
_MANY: Final = 100


class _Job(Leftover):
    """A function that is called in a thread, wrapped as a decorator would."""

    def __init__(self, function: Job, site: sites.Site) -> None:
        self.__wrapped__ = function
        self.subject = current_context.get()
        self.site = site
        self.thread: int | None = None
        self.has_ended = False
        self._future: weakref.ref[Future] | None = None

    def __call__(self, *args: object) -> object:
        """Call the function."""
        self.thread = threading.get_ident()
        try:
            with starters.belonging_to(self.subject):
                result = self.__wrapped__(*args)
                starters.note_result(result, self.site)
                return result
        finally:
            self.has_ended = True

    @property
    def future(self) -> "Future | None":
        """The future that the loop returned for it, as long as that exists: its result is the test's to keep."""
        return None if self._future is None else self._future()

    @future.setter
    def future(self, future: Future) -> None:
        with contextlib.suppress(TypeError):  # a loop of the user's may return something that takes none
            self._future = weakref.ref(future)

    @property
    @override
    def anchors(self) -> list[Future]:
        """The future of the job: the owner holds that, or a task that waits for it."""
        future = self.future
        return [] if future is None else [future]

    @property
    def is_left(self) -> bool:
        """Whether it runs, or is still going to."""
        if self.has_ended:
            return False
        future = self.future
        return self.thread is not None or (future is not None and not future.done())


class _Jobs:
    """Some jobs, each as long as an executor has it: its arguments and its result are released when it ends."""

    def __init__(self) -> None:
        self._references: list[weakref.ref[_Job]] = []
        self._many = _MANY

    def add(self, job: _Job) -> None:
        """Add a job, and now and then forget those that are gone."""
        self._references.append(weakref.ref(job))
        if len(self._references) > self._many:
            self._references = [weakref.ref(each) for each in self.left()]
            self._many = max(_MANY, 2 * len(self._references))

    def remove(self, job: _Job) -> None:
        """Forget a job."""
        self._references = [each for each in self._references if each() is not job]

    def left(self) -> list[_Job]:
        """Return the jobs that are running or are going to."""
        return [job for each in self._references if (job := each()) is not None and job.is_left]


class Executor(Leftovers[_Job]):
    """Finds jobs that are running."""

    name: ClassVar[str] = "executor"
    settles: ClassVar[bool] = True

    def __init__(self) -> None:
        self._jobs = _Jobs()
        self._given = _Jobs()
        self._frames: dict[int, FrameType] | None = None

    @override
    def on_job(self, executor: object, function: Job) -> Job:
        """Take a job, and return the function to call in its place.

        Args:
            executor: The executor that runs it; None is the default.
            function: The function.
        """
        if not (executor is None or isinstance(executor, ThreadPoolExecutor)):
            return function  # the wrapper could not be sent to another process
        if inspect.iscoroutinefunction(function) and asyncio.get_running_loop().get_debug():
            return function  # a mistake that asyncio's debug mode finds in its argument
        job = _Job(function, sites.note(_stdlib.frames.frame(3)))
        self._jobs.add(job)
        return job

    @override
    def left(self, test: CheckContext) -> list[_Job]:
        """Return the jobs that are running or are going to."""
        self._frames = None
        return self._jobs.left()

    def _frame_of(self, job: _Job) -> FrameType | None:
        """Return what the thread of a job runs. All threads are asked at once: there may be many jobs."""
        if self._frames is None:
            frames = _stdlib.frames.current_frames()
            threads = [each.thread for each in self._jobs.left()]
            self._frames = {thread: frames[thread] for thread in threads if thread in frames}
        return self._frames.get(job.thread or 0)

    @override
    def describe(self, thing: _Job, test: CheckContext) -> Finding:
        """Describe a job."""
        function = _inner(thing.__wrapped__)
        name = getattr(function, "__qualname__", repr(function))
        frame = self._frame_of(thing)
        stack = without_machinery(stack_of(frame))
        places = [place for place in stack if place.package not in {"concurrent", AIOUNIT}]
        return Finding(
            f"{name}() was still running in a thread of the executor" if frame else f"{name}() was still to be run",
            _REMEDY,
            name=name,
            stack=sites.places(thing.site),
            details=("it is here:", *(f"  {place}" for place in places)) if places else (),
            owner=owner_names.name_of(thing),
        )

    @override
    def give(self, thing: _Job, other: Check | None) -> None:
        """Leave a job to another check. Its thread is not a leftover of the test either."""
        self._jobs.remove(thing)
        self._given.add(thing)
        if isinstance(other, Executor):
            other.take(thing)

    def take(self, job: _Job) -> None:
        """Take a job that another check has left to this one."""
        self._jobs.add(job)

    def busy_threads(self) -> set[int | None]:
        """Return the identifiers of the threads that run jobs."""
        return {job.thread for job in self._jobs.left() + self._given.left()}


def _inner(function: object) -> object:
    """Return the user's function of a job: ``asyncio.to_thread`` gives a partial of a method of a context."""
    while isinstance(function, functools.partial):
        is_context = getattr(function.func, "__name__", "") == "run" and function.args
        function = function.args[0] if is_context else function.func
    return function
