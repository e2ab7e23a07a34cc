"""The default executor of a test's loop: its threads can be left behind.

Before the interpreter ends it waits for the threads of stdlib's executor, so one job that never ends keeps the process
for ever. The threads here are daemons; and the executor can say what its jobs are doing, and give them up.
"""

import types
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, NamedTuple, ParamSpec, TypeVar

from aiounit import _stdlib
from aiounit._real import contextlib, contextvars, functools, inspect, queue, sys, threading, weakref
from aiounit.introspect.machinery import AIOUNIT
from aiounit.introspect.places import inner_place, stack_of

__all__ = ["DaemonExecutor", "is_idle"]

P = ParamSpec("P")
T = TypeVar("T")

_SHUT_DOWN: Final = "cannot schedule new futures after shutdown"

# Held while the threads of an executor are provided for, which happens at its first job. Reentrant, as that below.
_making: Final = threading.RLock()


class DaemonExecutor(ThreadPoolExecutor):
    """A ``ThreadPoolExecutor`` for ``loop.set_default_executor`` that keeps neither its owner nor the process waiting.

    To make one and to shut it down costs next to nothing unless it is given a job: each test has one, and few use it.

    Args:
        max_workers: How many threads there may be; None is stdlib's own default.
    """

    _pool: "_Pool | None" = None
    _is_shut_down = False

    def __init__(self, max_workers: int | None = None) -> None:
        self._wanted = max_workers

    @property
    def is_used(self) -> bool:
        """Whether it was ever given a job."""
        return self._pool is not None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function called in a thread.

        Args:
            fn: The function.
            args: Its positional arguments.
            kwargs: Its keyword arguments.

        Raises:
            RuntimeError: The executor was shut down or abandoned, or the interpreter is about to end.
        """
        if sys.is_finalizing():
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")
        with _making:
            if self._pool is None and not self._is_shut_down:
                super().__init__(self._wanted, thread_name_prefix="asyncio")
                self._pool = _Pool(_stdlib.loops.max_workers(self))
                weakref.finalize(self, self._pool.end).atexit = False
            pool = self._pool
        if pool is None:
            raise RuntimeError(_SHUT_DOWN)
        future: Future[T] = Future()
        pool.put(_Job(future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more jobs.

        Args:
            wait: Whether to wait until all jobs have ended, or somebody calls `abandon`.
            cancel_futures: Whether to cancel those that have not begun.
        """
        with _making:
            self._is_shut_down = True
        if self._pool is not None:
            self._pool.end(cancel=cancel_futures)
            if wait:
                self._pool.wait()

    def running(self) -> list[str]:
        """Return which jobs are running, in which thread and where."""
        return [] if self._pool is None else [_describe(*each) for each in list(self._pool.running.items())]

    def abandon(self) -> None:
        """Take no more jobs, cancel those that have not begun, and forget those that run.

        Nobody waits for them any more, and what they return or raise is dropped. Their threads end when they do.
        """
        self.shutdown(wait=False, cancel_futures=True)
        if self._pool is not None:
            self._pool.abandon()


class _Job(NamedTuple):
    """A function to be called, and who waits for what it returns."""

    future: Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]


class _Pool:
    """The jobs and the threads of an executor, which it shares with the threads: they must not keep it alive.

    Args:
        most: How many threads there may be.
    """

    def __init__(self, most: int) -> None:
        self.running: dict[threading.Thread, _Job] = {}
        self.jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.idle = threading.Semaphore(0)
        self._most = most
        self._threads: list[threading.Thread] = []
        self._alive: set[threading.Thread] = set()
        self._is_ended = False
        self._is_abandoned = False
        # Reentrant, because the garbage collector may end the pool wherever its threads are.
        self._changed = threading.Condition(threading.RLock())

    def put(self, job: _Job) -> None:
        """Add a job, and a thread if none is idle and there may be one more."""
        with self._changed:
            if self._is_ended:
                raise RuntimeError(_SHUT_DOWN)
            self.jobs.put(job)
            if self.idle.acquire(blocking=False) or len(self._threads) == self._most:
                return
            thread = threading.Thread(target=_work, args=(self,), name=f"asyncio_{len(self._threads)}", daemon=True)
            thread.start()
            self._threads.append(thread)
            self._alive.add(thread)

    def end(self, *, cancel: bool = False) -> None:
        """Take no more jobs; the threads end when those there are have ended, or have been cancelled."""
        with self._changed:
            self._is_ended = True
        if cancel:
            with contextlib.suppress(queue.Empty):
                while True:
                    job = self.jobs.get_nowait()
                    if job is not None:
                        job.future.cancel()
        self.jobs.put(None)

    def abandon(self) -> None:
        """Forget what runs."""
        with self._changed:
            self._is_abandoned = True
            self.running.clear()
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until all threads have ended, or are abandoned."""
        if threading.current_thread() in self._alive:
            raise RuntimeError("cannot join current thread")
        with self._changed:
            self._changed.wait_for(lambda: self._is_abandoned or not self._alive)
        if not self._is_abandoned:
            for thread in self._threads:
                thread.join()

    def leave(self) -> None:
        """Take note that the calling thread is about to end."""
        with self._changed:
            self._alive.discard(threading.current_thread())
            self._changed.notify_all()


def _work(pool: _Pool) -> None:
    """Do jobs until there will be no more: the body of a thread."""
    try:
        while True:
            try:
                job = pool.jobs.get_nowait()
            except queue.Empty:
                pool.idle.release()
                job = pool.jobs.get()
            if job is None:
                pool.jobs.put(None)  # for the other threads
                return
            _do(pool, job)
            del job  # nothing of it is kept while the thread is idle
    finally:
        pool.leave()


def is_idle(frame: types.FrameType) -> bool:
    """Tell whether what runs in a frame is a thread of such an executor that waits for a job."""
    return frame.f_code is _work.__code__


def _do(pool: _Pool, job: _Job) -> None:
    if not job.future.set_running_or_notify_cancel():
        return
    thread = threading.current_thread()
    pool.running[thread] = job
    try:
        value = job.function(*job.arguments, **job.keywords)
    except BaseException as error:
        if pool.running.pop(thread, None) is not None:
            job.future.set_exception(error)
        del job  # the error holds this frame, which must not hold the error in turn
    else:
        if pool.running.pop(thread, None) is not None:
            job.future.set_result(value)


def _describe(thread: threading.Thread, job: _Job) -> str:
    places = stack_of(_stdlib.frames.current_frames().get(thread.ident or 0))
    ours = [index for index, place in enumerate(places) if place.package == AIOUNIT]
    inner = inner_place(places[max(ours, default=len(places)) + 1 :])
    where = f"{_name(job.function)} in thread {thread.name!r}"
    return where if inner is None else f"{where}, at {inner}"


def _name(function: Any) -> str:
    """Return the name of the function that is called in the end: ``asyncio.to_thread`` calls it in a context."""
    function = inspect.getattr_static(function, "__wrapped__", function)  # as no code of the user's is called
    while isinstance(function, functools.partial):
        runs = isinstance(function.func, types.BuiltinMethodType) and type(function.func.__self__)
        function = function.args[0] if runs is contextvars.Context else function.func
    named = function if inspect.isroutine(function) or isinstance(function, type) else type(function)
    return named.__qualname__ if named.__module__ in {None, "builtins"} else f"{named.__module__}.{named.__qualname__}"
