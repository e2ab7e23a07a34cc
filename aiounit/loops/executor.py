"""Run the jobs of a test's loop in daemon threads that can be abandoned.

The interpreter waits for the threads of stdlib's executor before it exits, so a job that never ends keeps the process
alive for ever. Here the threads are daemons, and the executor can describe its running jobs and abandon them.
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

# Held while the pool of an executor is made, at its first job. Reentrant: the garbage collector may close a loop, and
# so call `shutdown`, in a thread that holds this.
_making: Final = threading.RLock()


class DaemonExecutor(ThreadPoolExecutor):
    """A ``ThreadPoolExecutor`` for ``loop.set_default_executor`` that blocks neither its owner nor the process exit.

    Each test has one and few use it, so making it and shutting it down is almost free until it gets a job.

    Args:
        max_workers: The maximum number of threads; None for stdlib's default.
    """

    _pool: "_Pool | None" = None
    _is_shut_down = False

    def __init__(self, max_workers: int | None = None) -> None:
        self._wanted = max_workers

    @property
    def is_used(self) -> bool:
        """Whether a job was ever submitted."""
        return self._pool is not None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call a function in a thread.

        Args:
            fn: The function.
            args: Its positional arguments.
            kwargs: Its keyword arguments.

        Raises:
            RuntimeError: The executor was shut down or abandoned, or the interpreter is about to exit.
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
        """Accept no more jobs.

        Args:
            wait: Whether to wait until all jobs have ended or are abandoned.
            cancel_futures: Whether to cancel the jobs that have not begun.
        """
        with _making:
            self._is_shut_down = True
        if self._pool is not None:
            self._pool.end(cancel=cancel_futures)
            if wait:
                self._pool.wait()

    def running(self) -> list[str]:
        """Return a description of each running job: its function, its thread and its current source line."""
        return [] if self._pool is None else [_describe(*each) for each in list(self._pool.running.items())]

    def abandon(self) -> None:
        """Accept no more jobs, cancel those that have not begun, and abandon those that are running.

        `shutdown` stops waiting for them, and their results and errors are dropped. Each thread ends with its job.
        """
        self.shutdown(wait=False, cancel_futures=True)
        if self._pool is not None:
            self._pool.abandon()


class _Job(NamedTuple):
    """A function to call, and the future for its result."""

    future: Future[Any]
    function: Callable[..., object]
    arguments: tuple[object, ...]
    keywords: Mapping[str, object]


class _Pool:
    """The jobs and threads of an executor. The threads refer to the pool only, so they do not keep the executor alive.

    Args:
        most: The maximum number of threads.
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
        # Reentrant: the garbage collector may finalize an executor, and so call `end`, in a thread that holds this.
        self._changed = threading.Condition(threading.RLock())

    def put(self, job: _Job) -> None:
        """Add a job. Start a thread for it if none is idle and the maximum is not reached."""
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
        """Accept no more jobs. The threads end after the last job has ended or has been cancelled."""
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
        """Forget the running jobs, and stop waiting for them."""
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
        """Record that the calling thread is about to end."""
        with self._changed:
            self._alive.discard(threading.current_thread())
            self._changed.notify_all()


def _work(pool: _Pool) -> None:
    """Run jobs until the pool has ended. This is the body of each thread."""
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
            del job  # or an idle thread would keep its last job alive
    finally:
        pool.leave()


def is_idle(frame: types.FrameType) -> bool:
    """Return whether a frame is the body of a thread of such an executor that waits for a job."""
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
        del job  # the error refers to this frame, and the future of the job to the error: a reference cycle
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
    """Return the name of the user's function, which may be in a partial: ``asyncio.to_thread`` submits one."""
    function = inspect.getattr_static(function, "__wrapped__", function)  # static, so that no user code is called
    while isinstance(function, functools.partial):
        runs = isinstance(function.func, types.BuiltinMethodType) and type(function.func.__self__)
        function = function.args[0] if runs is contextvars.Context else function.func
    named = function if inspect.isroutine(function) or isinstance(function, type) else type(function)
    return named.__qualname__ if named.__module__ in {None, "builtins"} else f"{named.__module__}.{named.__qualname__}"
