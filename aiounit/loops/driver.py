"""Drive one coroutine on a loop as a single task, stepping out of the loop to run synchronous code.

Synchronous hooks must find no running loop, or they could not call ``asyncio.run``. So the coroutine hands a function
to its driver and stops the loop; the driver calls the function and resumes the loop. The function may in turn run a
coroutine with `Driver.run`, which runs it inside the same task.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars, sys
from aiounit.exceptions import LoopError, TimeoutFailure
from aiounit.limits import ctrl_c, user_code
from aiounit.limits.alarms import Interrupt
from aiounit.limits.deadline import split
from aiounit.loops import closing, interruptions
from aiounit.loops.handover import Call, LoopLost, Request, TaskLost
from aiounit.loops.interruptions import Interruptions
from aiounit.loops.owner import LoopOwner
from aiounit.loops.relay import CoroutineOf, in_place, make_task

__all__ = ["Driver", "LoopLost", "TaskLost"]

P = ParamSpec("P")
T = TypeVar("T")


class Driver:
    """Drives coroutines of one test or fixture, one at a time, on a loop that others may share.

    Args:
        owner: The owner of the loop.
        context: The context of the tasks, and of the synchronous code that they call.
    """

    __slots__ = (
        "_abandoned",
        "_begun",
        "_call",
        "_cancellation",
        "_is_entered",
        "_serving",
        "_spinning",
        "_stopped",
        "_stops",
        "context",
        "has_ctrl_c",
        "interrupted",
        "interruptions",
        "owner",
        "task",
    )

    def __init__(self, owner: LoopOwner, context: contextvars.Context) -> None:
        self.owner = owner
        self.context = context
        self.task: asyncio.Task[object] | None = None
        """The task that is driven now."""
        self._call: Call | None = None
        self._serving: Call | None = None
        self.interruptions = Interruptions()
        """The errors that have interrupted the task, until `take_interruptions` is called."""
        self._begun: asyncio.Task[object] | None = None
        self._abandoned: TimeoutFailure | None = None
        self._cancellation: asyncio.CancelledError | None = None
        self._spinning = False
        self._stops = 0
        self._stopped: LoopError | None = None
        self._is_entered = False
        self.interrupted = False
        """Whether Ctrl-C was pressed. The next one ends the run at once."""
        self.has_ctrl_c = False
        """Whether Ctrl-C interrupts this driver as long as its test runs, and not only while it drives."""

    def another(self, context: contextvars.Context) -> "Driver":
        """Return a driver for other coroutines of the same test, on the same loop.

        Args:
            context: The context of its tasks and synchronous code.
        """
        driver = Driver(self.owner, context)
        driver.interrupted = self.interrupted
        return driver

    @property
    def is_driving(self) -> bool:
        """Whether a coroutine is being driven. If so, a function called outside the loop can run coroutines in it."""
        return self.task is not None

    def call_in_context(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function of the test in the test's context."""
        self._is_entered = True
        try:
            return self.context.run(function, *args, **kwargs)
        finally:
            self._is_entered = False

    def is_in_context(self) -> bool:
        """Return whether synchronous code has entered the test's context."""
        return self._is_entered

    def drive(self, coroutine: CoroutineOf[None], *, name: str) -> None:
        """Run a coroutine as one task to its end, and serve its calls outside the loop.

        Args:
            coroutine: The coroutine.
            name: The name of the task.

        Raises:
            LoopLost: Code on the loop has closed it. The coroutine is closed.
            TaskLost: The task was abandoned, or the loop is broken. The coroutine stays suspended.
            KeyboardInterrupt: Ctrl-C was pressed a second time. The coroutine stays suspended.
        """
        loop = self.owner.loop
        if self.owner.is_broken:
            self.owner.note_broken(is_broken=False)
        self._abandoned, self._stops = None, 0
        depth = sys.get_coroutine_origin_tracking_depth()
        task = self.task = make_task(self._to_the_end, coroutine, loop=loop, context=self.context, name=name)
        if not self.has_ctrl_c:
            ctrl_c.take(self)
        try:
            if (lost := self._follow(loop, task)) is not None:
                task.relay.close()  # not in an except clause, or `lost` would be the context of the test's errors
                raise lost
        finally:
            if not task.done():
                if self.owner.is_broken and (error := task.relay.leave()) is not None:
                    self.interruptions.add(None, error)  # the loop runs no task, so there is none to cancel
                closing.keep(task, task.relay, coroutine)
            if not self.has_ctrl_c:
                ctrl_c.release()
            sys.set_coroutine_origin_tracking_depth(depth)
            self.task = self._begun = self._call = self._serving = None

    def _follow(self, loop: asyncio.AbstractEventLoop, task: asyncio.Task[object]) -> LoopLost | None:
        """Run the loop until the task is done, and serve its calls; return the error if the loop was closed."""
        try:
            while not task.done():
                self._spin(loop)
                call, self._call = self._call, None
                if call is not None:
                    self._serve(call)
                if self._abandoned is not None:
                    raise TaskLost
            if not task.cancelled():  # a cancellation after the last step loses nothing
                task.result()
        except LoopLost as error:
            return error
        return None

    async def _to_the_end(self, coroutine: CoroutineOf[None]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._begun = task
        if self.interruptions.errors:
            self.interruptions.begin(task)
        try:
            await coroutine
        finally:
            if task is self.task:  # not in a done callback, which would cost another iteration of the loop
                _stdlib.loops.stop(task.get_loop())

    @user_code.entry
    def _spin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run the loop until the task ends or makes a call; interrupt the task if anything else stops the loop.

        This is the frame around all code on the loop: `Interrupt` and `KeyboardInterrupt` come out of ``run_forever``.
        """
        task = self.task
        assert task is not None
        self._spinning = True
        try:
            loop.run_forever()
        except BaseException as error:
            if not task.done():  # otherwise it is the task's own error, and `_follow` raises it
                self._take_error(error)
        else:
            if self.owner.is_broken:
                self.owner.note_broken(is_broken=False)
            if self._call is None and self._abandoned is None and not task.done():
                self._note_stop()
        finally:
            self._spinning = False

    def _take_error(self, error: BaseException) -> None:
        """Interrupt the task because of an error that has come out of the loop; raise one that has to end the run."""
        if isinstance(error, Interrupt) and error.failure is not None:
            self.interrupt(error.failure)
            return
        if isinstance(error, KeyboardInterrupt):
            if self.interrupted or ctrl_c.is_over():
                raise error  # the second Ctrl-C ends the run at once
            self.interrupted = True
        elif isinstance(error, Exception):  # asyncio handles those of callbacks, so the loop itself is broken
            if self.owner.is_broken:
                raise TaskLost from error
            self.owner.note_broken(is_broken=True)
            interruptions.explain_broken(error)
        self.interrupt(error)

    def _note_stop(self) -> None:
        self._stops += 1
        self._stopped = self._stopped or interruptions.stopped()
        if self._stops > interruptions.MOST_STOPS:
            raise TaskLost from self._stopped
        self.interrupt(self._stopped)

    def _serve(self, call: Call) -> None:
        """Call the function that the task has handed over, and resume the task."""
        before, self._serving = self._serving, call
        try:
            call.function()
        finally:
            self._serving = before
        self._answer(call)

    def _answer(self, call: Call) -> None:
        self.owner.check_open()
        call.answered = True
        assert call.future is not None
        if not call.future.done():
            call.future.set_result(None)

    async def outside(self, function: Callable[[], None]) -> None:
        """Call ``function`` outside the loop, and wait until it has returned.

        Only the driven coroutine may await this. A cancellation that arrives meanwhile does not interrupt the function;
        it is kept for `take_cancellation`.

        Args:
            function: The function. It is called once, even if the task is cancelled, and must not raise.
        """
        await self._hand_over(call := Call(function))
        while (request := call.request) is not None:
            await request.serve()
            call.request = None
            await self._hand_over(call)

    async def _hand_over(self, call: Call) -> None:
        loop = self.owner.loop
        call.answered = False
        self._call = call
        _stdlib.loops.stop(loop)
        # A cancellation may arrive before the loop stops, and loops differ in how many iterations that takes. So wait
        # again until the driver has answered.
        while not call.answered:
            call.future = asyncio.Future(loop=loop)
            try:
                await call.future
            except asyncio.CancelledError as error:
                self._cancellation = error

    @user_code.entry
    def run(self, coro: CoroutineOf[T], *, context: contextvars.Context | None = None) -> T:
        """Run a coroutine from synchronous code and return its result, as ``asyncio.Runner.run`` does.

        If the driven task waits for a call outside the loop, the coroutine runs inside that task. It gets a task of its
        own, with a copy of the context, if the caller has entered the task's context: a context can't be entered twice.

        Args:
            coro: The coroutine.
            context: Its context; the default is that of the test.

        Raises:
            RuntimeError: A loop is running in this thread.
            LoopLost: The loop is closed.
        """
        loop = self.owner.loop
        if _stdlib.loops.is_loop_running():
            raise RuntimeError("Runner.run() cannot be called from a running event loop")
        if _stdlib.loops.is_closed(loop):
            coro.close()  # or it warns that it was never awaited; `LoopLost` is the reason
            raise LoopLost
        call = self._serving
        is_foreign = context is not None and context is not self.context
        if call is None or self._is_entered or is_foreign:
            own = context if is_foreign else contextvars.copy_context()
            return loop.run_until_complete(asyncio.Task(coro, loop=loop, context=own))
        request = call.request = Request(coro, loop)
        self._answer(call)
        while self._call is not call:
            try:
                self._spin(loop)
            except TaskLost as error:
                self.take_interruptions()  # the same error, which is raised here instead
                raise (error.__cause__ or error) from None
            if self._abandoned is not None:
                raise self._abandoned
        self._call = None
        return request.result()

    def call(self, coroutine: CoroutineOf[T], *, name: str) -> T:
        """Drive a coroutine to its end, as `drive` does, and return its result or raise its error.

        Raises:
            TimeoutFailure: The task was abandoned.
            Exception: The loop itself raised an error, twice.
        """
        values: list[T] = []
        errors: list[BaseException] = []

        async def collect() -> None:
            try:
                values.append(await in_place(coroutine))
            except BaseException as error:
                errors.append(error)

        try:
            self.drive(collect(), name=name)
        except TaskLost:
            causes = self.take_interruptions()
            closing.close_unbegun(coroutine)
            raise self._abandoned or causes[0] from None
        causes = self.take_interruptions()
        if errors and split(errors[0])[0] is not None:
            raise errors[0]  # an interrupt, which `deadline.bounded` around this call turns into the failure
        if causes or errors:
            raise [*causes, *errors][0]
        return values[0]

    @property
    def running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, while the driver runs it. Synchronous code outside may run the same loop, which does not count."""
        return self.owner.loop if self._spinning and self.owner.is_open and self.owner.loop.is_running() else None

    def interrupt(self, error: BaseException) -> None:
        """Cancel the driven task, or cancel it again.

        Args:
            error: The reason, which `take_interruptions` returns. It is reported instead of the cancellation.
        """
        self.owner.check_open()
        self.interruptions.add(self._begun, error)

    def post(self, error: BaseException) -> None:
        """Keep an error of the driven task for `take_interruptions`, without a cancellation. Any thread may call this.

        Args:
            error: The error to report.
        """
        self.interruptions.post(error)

    def abandon(self, error: TimeoutFailure) -> None:
        """Stop waiting for the driven task: `drive` raises `TaskLost`.

        Args:
            error: The error that `run` raises in synchronous code that waits for a coroutine in the task.
        """
        if self.task is not None:
            self._abandoned = error
            _stdlib.loops.stop(self.owner.loop)

    def take_interruptions(self) -> list[BaseException]:
        """Return the errors that have interrupted the task since the last call, and undo its cancellations."""
        ctrl_c.check()
        self._stopped = None
        return self.interruptions.take(self.task)

    def take_cancellation(self) -> asyncio.CancelledError | None:
        """Return and forget the cancellation that arrived during a call outside the loop, or return None."""
        error, self._cancellation = self._cancellation, None
        return error

    def take_ctrl_c(self) -> bool:
        """Interrupt the task because of Ctrl-C; return False in synchronous code, which no cancellation reaches.

        Called by the handler of SIGINT, so it only cancels the task and wakes the loop.
        """
        if self.interrupted or not self._spinning:
            return False
        self.interrupted = True
        self.interrupt(KeyboardInterrupt())
        self.owner.loop.call_soon_threadsafe(bool)  # wakes the loop, which may be waiting for input
        return True
