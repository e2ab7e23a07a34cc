"""Closing an event loop with all that was left on it, in bounded time.

``asyncio.Runner.close`` waits without a bound for tasks that refuse to end and for threads of the executor, and only
logs what goes wrong. Here no step waits longer than its share, and all that went wrong is returned. It uses no task to
wait for others, because the waiting itself must not need a loop that still works.
"""

from collections.abc import Coroutine, Iterable
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

__all__ = ["close", "end", "is_abandoned", "keep"]

# How often the loop may turn at the end for what is still to be called. stdlib's Runner turns it about as often, with
# the coroutines that it runs to close generators and the executor.
_LAST_TURNS: Final = 6

# How often a loop may raise an error of its own before it is left as it is.
_TRIES: Final = 3

# What did not end in time. It is kept alive on purpose: closing a coroutine that refuses to end can block for ever.
_abandoned: Final[list[asyncio.Task[Any]]] = []


def close_unbegun(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Close a coroutine that has not begun; a generator that is one needs none of that."""
    if hasattr(coroutine, "cr_frame") and inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
        coroutine.close()


def keep(task: asyncio.Task[Any], *coroutines: Coroutine[Any, Any, Any]) -> None:
    """Keep a task that has not ended, for ever and without warnings about it; it is not waited for again.

    Args:
        task: The task.
        coroutines: What was made for it; what of it has not begun is closed.
    """
    _stdlib.tasks.silence(task)
    for coroutine in coroutines:
        close_unbegun(coroutine)
    _stdlib.interpreter.keep_for_ever(task)
    _abandoned.append(task)


def close(loop: asyncio.AbstractEventLoop, executor: DaemonExecutor, *, is_told: bool = False) -> list[BaseException]:
    """Cancel the tasks of a loop, close its asynchronous generators and its default executor, then the loop.

    Each of the three has the time of a tear-down of the test class that is watched.

    Args:
        loop: An open loop that is not running.
        executor: The default executor that it was given.
        is_told: Whether it is reported already that the loop does not run.

    Returns:
        The errors that tasks and generators raised while they were closed, each with a note that says which one it
        was, and a `LoopCloseError` for what did not end in time.
    """
    if _has_nothing(loop, executor):  # as after most tests
        loop.close()
        return []
    closing = _Closing(loop, is_told=is_told)
    closing.turn(1)
    closing.cancel(_stdlib.tasks.tasks_of(loop))
    if _stdlib.loops.has_asyncgens(loop):
        closing.close_asyncgens()
    closing.close_executor(executor)
    closing.turn(_LAST_TURNS)
    loop.close()
    return closing.errors


def _has_nothing(loop: asyncio.AbstractEventLoop, executor: DaemonExecutor) -> bool:
    return not (
        _stdlib.loops.has_ready(loop)
        or executor.is_used
        or _stdlib.loops.executor_of(loop) is not executor
        or _stdlib.loops.has_asyncgens(loop)
        or _stdlib.tasks.tasks_of(loop)
    )


def is_abandoned(task: asyncio.Task[Any]) -> bool:
    """Tell whether a task was given up: its own test has reported it."""
    return task in _abandoned


def end(loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]]) -> list[BaseException]:
    """Cancel some tasks of a loop that stays open.

    Args:
        loop: An open loop that is not running.
        tasks: The tasks.

    Returns:
        What `close` returns of its tasks.
    """
    closing = _Closing(loop)
    closing.turn(1)
    closing.cancel(tasks)
    closing.turn(_LAST_TURNS)
    return closing.errors


class _Closing:
    """What there is to do to close a loop; also what the watchdog sees of it, which interrupts what blocks the loop."""

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
    def _limit(self) -> Deadline:
        return Deadline(self)

    @property
    def running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, while it runs."""
        return self._loop if self._loop.is_running() else None

    def post(self, error: TimeoutFailure) -> None:
        """Do nothing: `Deadline.end` returns the failure."""

    def interrupt(self, error: TimeoutFailure) -> None:
        """Wait no longer: the time is over, though the loop, whose clock may stand still, has not noticed.

        Unless it was blocked before, there is nothing to say of that: what has not ended is given up as ever.
        """
        if not self._limit.has_raised:
            self._noticed = error
        self._be_late()

    abandon = interrupt

    def _be_late(self) -> None:
        self._is_late = True
        _stdlib.loops.stop(self._loop)

    def turn(self, times: int) -> None:
        """Let the loop turn while it has something to do at once, at most some times.

        What a test scheduled last must still happen: transports close, and anyio ends its threads, in callbacks.
        """
        for _ in range(times):
            if not _stdlib.loops.has_ready(self._loop) or self._breaks:
                return
            self._loop.call_soon(self._loop.stop)
            self._run(set())

    def cancel(self, tasks: Iterable[asyncio.Task[Any]]) -> None:
        """Cancel tasks and wait for them."""
        tasks = {task for task in tasks if not task.done() and task not in _abandoned}
        if not tasks:
            return
        for task in tasks:
            cancel(task)
        stuck = self._settle(tasks)
        for task in tasks:
            if task in stuck:
                self._give_up(task, f"task {task.get_name()!r} is", f"\n{descriptions.describe_task(task)}")
            elif not task.cancelled() and not isinstance(error := task.exception(), Interrupt | None):
                error.add_note(f"raised by task {task.get_name()!r} when it was cancelled at the end of the test")
                self.errors.append(error)

    def close_asyncgens(self) -> None:
        """Close the asynchronous generators that were not run to their end."""
        handler = self._loop.get_exception_handler()

        def collect(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if "asyncgen" in context and context["asyncgen"].ag_running and _abandoned:
                return  # it is what was given up
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
            self._give_up(shutdown, "asynchronous generators are", f"\n{text}")
        self._loop.set_exception_handler(handler)

    def close_executor(self, executor: DaemonExecutor) -> None:
        """Wait for the jobs of the default executor."""
        now = _stdlib.loops.executor_of(self._loop)
        is_ours = now is executor or now is ...
        if is_ours and not executor.is_used:
            return
        shutdown = asyncio.Task(self._loop.shutdown_default_executor(), loop=self._loop)
        try:
            is_stuck = self._settle({shutdown})
        except KeyboardInterrupt:
            executor.abandon()  # or the thread that waits for it would keep the process
            raise
        if is_stuck:
            jobs = "".join(f"\n  {job}" for job in executor.running()) if is_ours else f" {shutdown.get_coro()!r}"
            executor.abandon()
            if is_ours:
                self._settle({shutdown})  # whose thread goes on at once, and needs the loop to say so
            self._give_up(shutdown, "jobs of the default executor are", jobs)

    def _settle(self, tasks: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
        """Run the loop until the tasks have ended or the time is over; return those that have not ended."""
        loop, seconds = self._loop, self._budget.seconds
        waiting = {task for task in tasks if not task.done()}

        def ended(task: asyncio.Task[Any]) -> None:
            waiting.discard(task)
            if not waiting:
                _stdlib.loops.stop(loop)

        for task in tasks:
            task.add_done_callback(ended)
        # The clock is not asked: when its timer is called, uvloop's may stand just before that.
        self._is_late = False
        timer = None
        with contextlib.suppress(Exception):  # a patched clock; there is another limit, in real time
            timer = None if seconds is None else loop.call_later(seconds, self._be_late)
        self._breaks = 0
        while (
            waiting and not self._is_late and self._breaks < _TRIES
        ):  # again where the test's own code stopped the loop or raised
            self._run(tasks)
        if timer is not None:
            timer.cancel()
        for task in waiting:
            task.remove_done_callback(ended)
        return waiting

    @user_code.entry
    def _run(self, tasks: set[asyncio.Task[Any]]) -> None:
        """Run the loop until something stops it; keep what is raised, but for the errors of ``tasks`` themselves."""
        self._limit.begin(self._budget, lambda: "closing the loop", patience=escalation.PATIENCE)
        try:
            self._loop.run_forever()
        except BaseException as error:
            is_a_task_s = any(task.done() and not task.cancelled() and task.exception() is error for task in tasks)
            if isinstance(error, KeyboardInterrupt):
                raise
            ctrl_c.check()
            if is_a_task_s or isinstance(error, Interrupt):
                return
            # No callback's doing, but that of something that the loop calls itself: a patched clock, for example.
            is_known = isinstance(error, Exception) and self._is_told
            self._breaks += isinstance(error, Exception)
            self._is_told = self._breaks > 0
            if not is_known:
                self.errors.append(error)
        finally:
            failure = self._limit.end(is_lenient=True)
            if failure is not None and failure is not self._noticed:  # something blocks
                self.errors.append(failure)

    def _give_up(self, task: asyncio.Task[Any], what: str, details: str) -> None:
        keep(task)
        if self._breaks == _TRIES:
            return
        seconds = f"{self._budget.seconds:g} s"
        self.errors.append(
            LoopCloseError(f"{what} still running {seconds} after the end of the test, and given up:{details}")
        )
