"""Jobs of the loop's threads, ``asyncio.to_thread`` included, that are running when the test has ended."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Final

from typing_extensions import override

from aiounit import _stdlib, introspect
from aiounit._real import asyncio, functools, inspect, threading
from aiounit.checks import owners, sites, starters
from aiounit.checks.check import Check, Subject, ToldCheck, current
from aiounit.findings import Finding

__all__ = ["Executor"]

_REMEDY: Final = "Await it, and have it end when the test does: to cancel what awaits it does not stop it"


class _Job(owners.Leftover):
    """A function that is called in a thread, wrapped as a decorator would."""

    def __init__(self, function: Callable[..., Any], site: sites.Site) -> None:
        self.__wrapped__ = function
        self.subject = current.get()
        self.site = site
        self.thread: int | None = None
        self.has_ended = False
        self.future: asyncio.Future[Any] | None = None

    def __call__(self, *args: Any) -> Any:
        """Call the function."""
        self.thread = threading.get_ident()
        try:
            with starters.belonging_to(self.subject):
                return self.__wrapped__(*args)
        finally:
            self.has_ended = True

    @property
    @override
    def anchors(self) -> list[Any]:
        """The future of the job: it is its owner's who holds that, or what waits for it."""
        return [] if self.future is None else [self.future]

    @property
    def is_left(self) -> bool:
        """Whether it runs, or is still going to."""
        if self.has_ended:
            return False
        return self.thread is not None or (self.future is not None and not self.future.done())


class Executor(ToldCheck):
    """Finds jobs that are running."""

    name: ClassVar[str] = "executor"
    settles: ClassVar[bool] = True

    def __init__(self) -> None:
        self._jobs: list[_Job] = []
        self._given: list[_Job] = []

    def note(self, executor: object, function: Callable[..., Any]) -> Callable[..., Any]:
        """Take a job, and return what is to be called in its place.

        Args:
            executor: What is going to run it; None is the default.
            function: The function.
        """
        if not (executor is None or isinstance(executor, ThreadPoolExecutor)):
            return function  # another process could not be sent what stands for it
        if inspect.iscoroutinefunction(function):
            return function  # a mistake that asyncio's debug mode tells by what it is given
        job = _Job(function, sites.note(_stdlib.frame(3)))
        self._jobs = [each for each in self._jobs if each.is_left]
        self._jobs.append(job)
        return job

    @override
    def end(self, test: Subject) -> Iterable[Finding]:
        """Return the jobs that are running or are going to."""
        return [_describe(job) for job in self._jobs if job.is_left]

    @override
    def left(self, test: Subject) -> list[Any]:
        """Return the jobs that are running or are going to."""
        return [job for job in self._jobs if job.is_left]

    @override
    def give(self, thing: Any, other: Check | None) -> None:
        """Leave a job to another check. Its thread is no leftover of the test either."""
        self._jobs.remove(thing)
        self._given.append(thing)
        if isinstance(other, Executor):
            other.take(thing)

    def take(self, job: _Job) -> None:
        """Take a job that another check has left to this one."""
        self._jobs.append(job)

    def busy_threads(self) -> set[int | None]:
        """Return the identifiers of the threads that run jobs."""
        return {job.thread for job in (*self._jobs, *self._given) if job.is_left}


def _describe(job: _Job) -> Finding:
    function = _inner(job.__wrapped__)
    name = getattr(function, "__qualname__", repr(function))
    frame = _stdlib.current_frames().get(job.thread or 0)
    stack = introspect.without_machinery(introspect.stack_of(frame))
    places = [place for place in stack if not place.module.startswith(("concurrent.", "aiounit."))]
    return Finding(
        f"{name}() was still running in a thread of the executor" if frame else f"{name}() was still to be run",
        _REMEDY,
        name=name,
        stack=sites.places(job.site),
        details=("it is here:", *(f"  {place}" for place in places)) if places else (),
        owner=owners.name_of(job),
    )


def _inner(function: Any) -> Any:
    """Return what a job is really about: ``asyncio.to_thread`` gives a partial of a method of a context."""
    while isinstance(function, functools.partial):
        is_context = getattr(function.func, "__name__", "") == "run" and function.args
        function = function.args[0] if is_context else function.func
    return function
