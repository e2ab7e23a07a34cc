"""Close an event loop and everything that is left on it, in bounded time.

``asyncio.Runner.close`` waits without a bound for tasks that refuse to end and for threads of the executor, and only
logs errors. Here each step has a deadline, and all errors are returned. No task is used to wait for the others, so the
waiting also works on a loop that is broken.
"""

from collections.abc import Iterable
from typing import Any, Final

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib, functools, inspect
from aiounit._stdlib.cancel import cancel
from aiounit.exceptions import LoopCloseError, TimeoutFailure
from aiounit.introspect import awaits, descriptions, places
from aiounit.limits import ctrl_c, escalation, user_code, watchdog
from aiounit.limits.alarms import Interrupt
from aiounit.limits.budgets import Budget, Phase
from aiounit.limits.deadline import Deadline
from aiounit.loops.executor import DaemonExecutor
from aiounit.loops.relay import CoroutineOf

__all__ = ["close", "end", "is_abandoned", "keep"]

# How many iterations the loop may run at the end for callbacks that are still scheduled. stdlib's Runner needs about as
# many for the coroutines that close the generators and the executor.
_LAST_ITERATIONS: Final = 6

# How often a loop may raise an error of its own before it is left as it is.
_TRIES: Final = 3

# Tasks that did not end in time. They are kept alive on purpose: closing a coroutine that refuses to end can block for
# ever, and the garbage collector would close it.
_abandoned: Final[list[asyncio.Task[object]]] = []


def close_unbegun(coroutine: CoroutineOf[object]) -> None:
    """Close a coroutine that has not begun, which would warn that it was never awaited."""
    # A generator-based coroutine has no cr_frame, and never warns.
    if hasattr(coroutine, "cr_frame") and inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
        coroutine.close()


def keep(task: asyncio.Task[object], *coroutines: CoroutineOf[object]) -> None:
    """Keep a pending task alive for ever, without warnings; it is never waited for again.

    Args:
        task: The task.
        coroutines: The coroutines that were made for it. Those that have not begun are closed.
    """
    _stdlib.tasks.silence(task)
    for coroutine in coroutines:
        close_unbegun(coroutine)
    _stdlib.interpreter.keep_for_ever(task)
    _abandoned.append(task)


def close(
    loop: asyncio.AbstractEventLoop, executor: DaemonExecutor | None, *, is_told: bool = False
) -> list[BaseException]:
    """Cancel the tasks of a loop, close its asynchronous generators and its default executor, then the loop.

    Each of the three steps has the teardown timeout of the test class.

    Args:
        loop: An open loop that is not running.
        executor: The default executor that the loop was given; None if it makes one at its first job.
        is_told: Whether a report already says that the loop is broken.

    Returns:
        The errors that tasks and generators raised while they were closed, each with a note that names its origin, and
        a `LoopCloseError` for each abandoned task, for the generators and for the executor if they timed out.
    """
    is_used = executor is not None and executor.is_used
    if not is_used and _stdlib.loops.is_idle(loop, executor) and not _stdlib.tasks.tasks_of(loop):
        loop.close()  # as after most tests
        return []
    closing = _Closing(loop, is_told=is_told)
    closing.iterate(1)
    closing.cancel(_stdlib.tasks.tasks_of(loop))
    if _stdlib.loops.has_asyncgens(loop):
        closing.close_asyncgens()
    closing.close_executor(executor)
    closing.iterate(_LAST_ITERATIONS)
    loop.close()
    return closing.errors


def is_abandoned(task: asyncio.Task[object]) -> bool:
    """Return whether a task was abandoned. Its own test has reported it."""
    return task in _abandoned


def end(loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[object]]) -> list[BaseException]:
    """Cancel some tasks of a loop that stays open.

    Args:
        loop: An open loop that is not running.
        tasks: The tasks.

    Returns:
        The errors of these tasks, as `close` returns them.
    """
    closing = _Closing(loop)
    closing.iterate(1)
    closing.cancel(tasks)
    closing.iterate(_LAST_ITERATIONS)
    return closing.errors


class _Closing:
    """Closes the parts of a loop. It is the `Target` of its own deadline, so the watchdog interrupts blocking code."""

    task = None

    def __init__(self, loop: asyncio.AbstractEventLoop, *, is_told: bool = False) -> None:
        self.errors: list[BaseException] = []
        self._loop = loop
        self._is_told = is_told
        self._breaks = 0
        self._is_late = False
        self._noticed: TimeoutFailure | None = None

    @functools.cached_property
    def _budget(self) -> Budget:
        return watchdog.current().budget(Phase.TEAR_DOWN)

    @functools.cached_property
    def _deadline(self) -> Deadline:
        return Deadline(self)

    @property
    def running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, while it runs."""
        return self._loop if self._loop.is_running() else None

    def post(self, error: TimeoutFailure) -> None:
        """Do nothing, because `Deadline.end` returns the failure."""

    def interrupt(self, error: TimeoutFailure) -> None:
        """Stop waiting.

        The real-time limit has passed even though the loop's clock, which may be virtual, has not reached it. This is
        reported only if the loop was blocked; whatever is still running is abandoned as usual.
        """
        if not self._deadline.has_raised:
            self._noticed = error
        self._expire()

    abandon = interrupt

    def _expire(self) -> None:
        self._is_late = True
        _stdlib.loops.stop(self._loop)

    def iterate(self, times: int) -> None:
        """Run iterations of the loop while it has callbacks that are ready, up to a number of times.

        The last callbacks that a test has scheduled must still run: in them transports close, and anyio ends its
        threads.
        """
        for _ in range(times):
            if not _stdlib.loops.has_ready(self._loop) or self._breaks:
                return
            self._loop.call_soon(self._loop.stop)
            self._run(set())

    def cancel(self, tasks: Iterable[asyncio.Task[object]]) -> None:
        """Cancel tasks and wait for them."""
        tasks = {task for task in tasks if not task.done() and task not in _abandoned}
        if not tasks:
            return
        for task in tasks:
            cancel(task)
        stuck = self._settle(tasks)
        for task in tasks:
            if task in stuck:
                self._abandon(task, f"task {task.get_name()!r} is", f"\n{descriptions.describe_task(task)}")
            elif not task.cancelled() and not isinstance(error := task.exception(), Interrupt | None):
                error.add_note(f"raised by task {task.get_name()!r} when it was cancelled at the end of the test")
                self.errors.append(error)

    def close_asyncgens(self) -> None:
        """Close the asynchronous generators that are not exhausted."""
        handler = self._loop.get_exception_handler()

        def collect(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if "asyncgen" in context and context["asyncgen"].ag_running and _abandoned:
                return  # an abandoned task runs it, so it can't be closed
            if "asyncgen" in context:
                error: BaseException = context["exception"]
                error.add_note(f"raised by {context['asyncgen']!r} when it was closed at the end of the test")
                self.errors.append(error)
            elif handler is not None:
                handler(loop, context)
            else:
                loop.set_exception_handler(None)
                loop.call_exception_handler(context)  # and so to the checks of the test
                loop.set_exception_handler(collect)

        self._loop.set_exception_handler(collect)
        generators = _stdlib.loops.asyncgens_of(self._loop)
        shutdown = asyncio.Task(self._loop.shutdown_asyncgens(), loop=self._loop)
        if self._settle({shutdown}):
            chains = map(awaits.await_chain, generators)
            text = "\n".join(places.format_places(places.without_machinery(chain)) for chain in chains)
            self._abandon(shutdown, "asynchronous generators are", f"\n{text}")
        self._loop.set_exception_handler(handler)

    def close_executor(self, given: DaemonExecutor | None) -> None:
        """Wait for the jobs of the default executor."""
        now = _stdlib.loops.executor_of(self._loop)
        executor = given if now is ... else now  # uvloop does not tell whether the test has set another
        ours = executor if isinstance(executor, DaemonExecutor) else None
        if executor is None or (ours is not None and not ours.is_used):
            return
        shutdown = asyncio.Task(self._loop.shutdown_default_executor(), loop=self._loop)
        try:
            is_stuck = self._settle({shutdown})
        except KeyboardInterrupt:
            if ours is not None:
                ours.abandon()  # or asyncio's thread that waits for it would keep the process alive
            raise
        if not is_stuck:
            return
        jobs = f" {shutdown.get_coro()!r}"
        if ours is not None:
            jobs = "".join(f"\n  {job}" for job in ours.running())
            ours.abandon()
            self._settle({shutdown})  # its thread now stops waiting, and reports that to the loop
        self._abandon(shutdown, "jobs of the default executor are", jobs)

    def _settle(self, tasks: set[asyncio.Task[object]]) -> set[asyncio.Task[object]]:
        """Run the loop until the tasks have ended or the budget is used up; return the tasks that have not ended."""
        loop, seconds = self._loop, self._budget.seconds
        waiting = {task for task in tasks if not task.done()}

        def ended(task: asyncio.Task[object]) -> None:
            waiting.discard(task)
            if not waiting:
                _stdlib.loops.stop(loop)

        for task in tasks:
            task.add_done_callback(ended)
        # The timer decides, not the clock: in a callback of a timer, uvloop's clock may be just before its moment.
        self._is_late = False
        timer = None
        with contextlib.suppress(Exception):  # raised by a patched clock; `_deadline` counts real time as well
            timer = None if seconds is None else loop.call_later(seconds, self._expire)
        self._breaks = 0
        # The test's own code may stop the loop or raise out of it, so one run may not be enough.
        while waiting and not self._is_late and self._breaks < _TRIES:
            self._run(tasks)
        if timer is not None:
            timer.cancel()
        for task in waiting:
            task.remove_done_callback(ended)
        return waiting

    @user_code.entry
    def _run(self, tasks: set[asyncio.Task[object]]) -> None:
        """Run the loop until it stops. Collect the error that it raises, unless that is an error of ``tasks``."""
        self._deadline.begin(self._budget, lambda: "closing the loop", patience=escalation.PATIENCE)
        try:
            self._loop.run_forever()
        except BaseException as error:
            is_a_task_s = any(task.done() and not task.cancelled() and task.exception() is error for task in tasks)
            if isinstance(error, KeyboardInterrupt):
                raise
            ctrl_c.check()
            if is_a_task_s or isinstance(error, Interrupt):
                return
            # asyncio handles each Exception of a callback. One that gets here comes from a function that the loop
            # itself calls, such as a patched clock.
            is_known = isinstance(error, Exception) and self._is_told
            self._breaks += isinstance(error, Exception)
            self._is_told = self._breaks > 0
            if not is_known:
                self.errors.append(error)
        finally:
            failure = self._deadline.end(is_lenient=True)
            if failure is not None and failure is not self._noticed:  # the loop was blocked
                self.errors.append(failure)

    def _abandon(self, task: asyncio.Task[object], subject: str, details: str) -> None:
        keep(task)
        if self._breaks == _TRIES:
            return  # the errors of the loop are reported, and they are the reason
        seconds = f"{self._budget.seconds:g} s"
        self.errors.append(
            LoopCloseError(f"{subject} still running {seconds} after the end of the test, and abandoned:{details}")
        )
