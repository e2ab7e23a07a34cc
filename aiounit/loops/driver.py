"""Drive one coroutine on a loop as a single task, stepping out of the loop to run synchronous code.

Synchronous hooks must find no running loop, or they could not call ``asyncio.run``. So the coroutine hands a function
to its driver and stops the loop; the driver calls the function and lets the loop run on. The function may in turn have
a coroutine run, by `Driver.run`: it runs inside the same task.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

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
from aiounit.loops.relay import in_place, make_task

__all__ = ["Driver", "LoopLost", "TaskLost"]

T = TypeVar("T")


class Driver:
    """Drives coroutines of one test or fixture, one at a time, on a loop that others may share.

    Args:
        owner: Owns the loop.
        context: The context of what runs: of its task, and of synchronous code.
    """

    def __init__(self, owner: LoopOwner, context: contextvars.Context) -> None:
        self.owner = owner
        self.context = context
        self._task: asyncio.Task[Any] | None = None
        self._call: Call | None = None
        self._serving: Call | None = None
        self.interruptions = Interruptions()
        """Why the task was interrupted, until `take_interruptions` is called."""
        self._begun: asyncio.Task[Any] | None = None
        self._given_up: TimeoutFailure | None = None
        self._cancellation: asyncio.CancelledError | None = None
        self._spinning = False
        self._stops = 0
        self._stopped: LoopError | None = None
        self._is_entered = False
        self.interrupted = False
        """Whether a Ctrl-C was seen: the next one ends everything at once."""

    def another(self, context: contextvars.Context) -> "Driver":
        """Return a driver for what else has to run on the loop for the same test.

        Args:
            context: The context of what runs.
        """
        driver = Driver(self.owner, context)
        driver.interrupted = self.interrupted
        return driver

    @property
    def is_driving(self) -> bool:
        """Whether a coroutine is being driven: what is called outside the loop can then run coroutines inside it."""
        return self._task is not None

    def call_in_context(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Call a function of the test in the test's context."""
        self._is_entered = True
        try:
            return self.context.run(function, *args, **kwargs)
        finally:
            self._is_entered = False

    def is_in_context(self) -> bool:
        """Tell whether synchronous code holds the test's context."""
        return self._is_entered

    def drive(self, coroutine: Coroutine[Any, Any, None], *, name: str) -> None:
        """Run a coroutine as one task to its end, and answer its calls for the outside.

        Args:
            coroutine: What to run.
            name: The name of the task.

        Raises:
            LoopLost: The loop was closed by what ran on it; the coroutine is closed.
            TaskLost: The task was given up, or the loop does not run; the coroutine is left where it is.
            KeyboardInterrupt: A second Ctrl-C; the coroutine is left where it is.
        """
        loop = self.owner.loop
        self._given_up, self.owner.is_broken, self._stops = None, False, 0
        depth = sys.get_coroutine_origin_tracking_depth()
        task = self._task = make_task(self._to_the_end, coroutine, loop=loop, context=self.context, name=name)
        ctrl_c.take(self)
        try:
            if (lost := self._follow(task)) is not None:
                task.relay.close()  # not while the error is handled, which is no context of what the test raises
                raise lost
        finally:
            if not task.done():
                if self.owner.is_broken and (error := task.relay.leave()) is not None:
                    self.interruptions.add(None, error)  # there is no task any more that could be cancelled
                closing.keep(task, task.relay, coroutine)
            ctrl_c.release()
            sys.set_coroutine_origin_tracking_depth(depth)
            self._task = self._begun = self._call = self._serving = None

    def _follow(self, task: asyncio.Task[Any]) -> LoopLost | None:
        """Run the loop until the task is done, serving its calls; return the error if the loop was closed."""
        try:
            while not task.done():
                self._spin()
                call, self._call = self._call, None
                if call is not None:
                    self._serve(call)
                if self._given_up is not None:
                    raise TaskLost
            if not task.cancelled():  # at its very end: nothing of it is lost
                task.result()
        except LoopLost as error:
            return error
        return None

    async def _to_the_end(self, coroutine: Coroutine[Any, Any, None]) -> None:
        loop, task = self.owner.loop, asyncio.current_task()
        assert task is not None
        self._begun = task
        self.interruptions.begin(task)
        try:
            await coroutine
        finally:
            if task is self._task and not _stdlib.loops.is_closed(loop):
                _stdlib.loops.stop(loop)  # no done callback: that would take another turn of the loop

    @user_code.entry
    def _spin(self) -> None:
        """Run the loop until the task has ended or wants something; take care of whatever else stops the loop."""
        loop, task = self.owner.loop, self._task
        assert task is not None
        self._spinning = True
        try:
            loop.run_forever()
        except BaseException as error:
            if task.done():
                return  # it is the task's own, and raised by its result
            if isinstance(error, Interrupt) and error.failure is not None:
                self.interrupt(error.failure)
                return
            if isinstance(error, KeyboardInterrupt):
                if self.interrupted or ctrl_c.is_over():
                    raise  # the second: at once
                self.interrupted = True
            elif isinstance(error, Exception):  # no callback's doing: the loop itself does not run
                if self.owner.is_broken:
                    raise TaskLost from error
                self.owner.is_broken = True
                interruptions.explain_broken(error)
            self.interrupt(error)
        else:
            self.owner.is_broken = False
            if self._call is None and self._given_up is None and not task.done():
                self._note_stop()
        finally:
            self._spinning = False

    def _note_stop(self) -> None:
        self._stops += 1
        self._stopped = self._stopped or interruptions.stopped()
        if self._stops > interruptions.MOST_STOPS:
            raise TaskLost from self._stopped
        self.interrupt(self._stopped)

    def _serve(self, call: Call) -> None:
        """Call what the task wants called, and let the task go on."""
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
        """Have ``function`` called with no loop running, and wait until it has returned.

        For the driven coroutine only. A cancellation that arrives meanwhile interrupts nobody's code; it is kept for
        `take_cancellation`.

        Args:
            function: Is called once, even if the task is cancelled; it must not raise.
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
        while not call.answered:  # more than once only after a cancellation: loops differ in how soon they stop
            call.future = asyncio.Future(loop=loop)
            try:
                await call.future
            except asyncio.CancelledError as error:
                self._cancellation = error

    @user_code.entry
    def run(self, coro: Coroutine[Any, Any, T], *, context: contextvars.Context | None = None) -> T:
        """Run a coroutine from synchronous code and return what it returns, as ``asyncio.Runner.run`` does.

        It runs inside the driven task while that has a function called outside the loop, unless the function is in the
        context of that task: no context can be entered twice. Then it runs in a task of its own, in a copy.

        Args:
            coro: The coroutine.
            context: Its context; the default is that of the test.

        Raises:
            RuntimeError: A loop is running in this thread.
        """
        loop = self.owner.loop
        if _stdlib.loops.is_loop_running():
            raise RuntimeError("Runner.run() cannot be called from a running event loop")
        if _stdlib.loops.is_closed(loop):
            coro.close()  # nobody is going to await it, and the test is told why
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
                self._spin()
            except TaskLost as error:
                self.take_interruptions()  # that is why
                raise (error.__cause__ or error) from None
            if self._given_up is not None:
                raise self._given_up
        self._call = None
        value: T = request.result()
        return value

    def call(self, coroutine: Coroutine[Any, Any, T], *, name: str) -> T:
        """Drive a coroutine to its end, as `drive` does, and return what it returns, or raise what it raises.

        Raises:
            TimeoutFailure: It was given up.
            Exception: The loop itself raised it, twice.
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
            interruptions = self.take_interruptions()  # that is why
            closing.close_unbegun(coroutine)
            raise self._given_up or interruptions[0] from None
        causes = self.take_interruptions()
        if errors and split(errors[0])[0] is not None:
            raise errors[0]  # an interrupt, of which the block that is bounded makes the failure
        if causes or errors:
            raise [*causes, *errors][0]
        return values[0]

    @property
    def task(self) -> asyncio.Task[Any] | None:
        """The task that is driven now."""
        return self._task

    @property
    def running_loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop, while the driver runs it: in the outside, the user's synchronous code may run it as well."""
        return self.owner.loop if self._spinning and self.owner.is_open and self.owner.loop.is_running() else None

    def interrupt(self, error: BaseException) -> None:
        """Cancel what the driven task does now, or cancel it again; `take_interruptions` tells it why.

        Args:
            error: What happened, to be reported in place of the cancellation.
        """
        self.owner.check_open()
        self.interruptions.add(self._begun, error)

    def post(self, error: BaseException) -> None:
        """Take an error to be reported of what is driven now: `take_interruptions` returns it.

        Args:
            error: What happened.
        """
        self.interruptions.post(error)

    def abandon(self, error: TimeoutFailure) -> None:
        """Stop waiting for what the driven task does: `drive` raises `TaskLost`.

        Args:
            error: What synchronous code is told that waits for a coroutine in the task.
        """
        if self._task is not None:
            self._given_up = error
            _stdlib.loops.stop(self.owner.loop)

    def take_interruptions(self) -> list[BaseException]:
        """Return why the task was interrupted since the last call, and forget it and its cancellations."""
        ctrl_c.check()
        self._stopped = None
        return self.interruptions.take(self._task)

    def take_cancellation(self) -> asyncio.CancelledError | None:
        """Return the cancellation that arrived while the task was outside, or None, and forget it."""
        error, self._cancellation = self._cancellation, None
        return error

    def take_ctrl_c(self) -> bool:
        """Interrupt the task because of Ctrl-C; return False in synchronous code, which no cancellation reaches."""
        if self.interrupted or not self._spinning:
            return False
        self.interrupted = True
        self.interrupt(KeyboardInterrupt())
        self.owner.loop.call_soon_threadsafe(bool)  # the loop may be waiting for input
        return True
