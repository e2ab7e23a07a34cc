"""Run the steps of one test as one coroutine in one task, from its first hook to its last cleanup.

Coroutine functions run inside the task. Other functions run outside it, while the loop is stopped. Synchronous steps
before the first asynchronous one need no task yet, so a test without asynchronous steps never runs the loop, and has
none unless it asks for it.
"""

import types
from collections.abc import Generator
from typing import Any, Final

from aiounit import _stdlib
from aiounit._real import asyncio, contextlib
from aiounit._stdlib.cancel import cancel
from aiounit.checks.session import CheckSession
from aiounit.exceptions import LoopError
from aiounit.lifecycle import misuse
from aiounit.lifecycle.order import Order
from aiounit.lifecycle.stdlib_runner import Runner
from aiounit.lifecycle.steps import Step, Where
from aiounit.limits import budgets, ctrl_c, deadline, user_code, watchdog
from aiounit.limits.alarms import Interrupt
from aiounit.limits.deadline import Deadline
from aiounit.loops.driver import Driver, LoopLost, TaskLost
from aiounit.loops.handover import pause
from aiounit.loops.relay import in_place

__all__ = ["Lifecycle"]

_CLOSED: Final = (
    "the event loop of the test was closed before the test had ended. Something called loop.close(): leave the loop "
    "to aiounit, which closes it after the last cleanup"
)


class Lifecycle:
    """Runs one test.

    Args:
        order: The steps of the test.
        driver: Drives the test. The lifecycle opens and finishes the loop of the driver's owner.
        session: The checks of the test; None if all are off.
    """

    __slots__ = (
        "_case",
        "_context",
        "_deadline",
        "_dog",
        "_driver",
        "_has_left",
        "_is_before",
        "_is_in_step",
        "_is_open",
        "_name",
        "_owner",
        "_runner",
        "_step",
        "order",
        "record",
        "session",
    )

    def __init__(self, order: Order, driver: Driver, session: CheckSession | None) -> None:
        self.order = order
        self.record = order.record
        self.session = session
        self._case = order.case
        self._driver = driver
        self._owner = driver.owner
        self._context = driver.context
        self._name = order.case.id() if session is None else session.name
        self._runner = Runner(driver)
        self._dog = watchdog.current()
        self._deadline = Deadline(driver, self._dog)
        self._step: Step | None = None
        self._is_in_step = self._is_before = self._is_open = self._has_left = False
        _stdlib.isolated.attach(order.case, self._runner, self._context)

    def run(self) -> None:
        """Run the test and its clean-up, and close the loop; errors go to the record.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed a second time; the rest of the test does not run.
        """
        self._dog.hold(self._name, type(self._case), self._driver)
        self._driver.has_ctrl_c = True
        try:
            self._open()
            self._step = self.order.first()
            self._run_steps()
            while self._step is not None or not self._is_open:
                if not self._is_open:
                    self._owner.leave()
                    self._open()  # a new loop for the clean-up, which runs even if the test has closed its loop
                self._run_steps()
        except Exception as error:  # from the user's loop factory, for example
            self.record.add(error)
        else:
            try:
                self._finish()
            except Exception as error:  # the test has patched a function that the loop calls
                self.record.add(error)
        finally:
            if self._deadline.budget is not None:
                self._deadline.end()
            self.order.end()
            self._runner.driver = None
            if not self._has_left:
                with contextlib.suppress(Exception):  # an error is reported already, and this is the same or its effect
                    self._owner.leave()
            if self.session is not None and not self.session.is_over:
                self.session.end()
            self._dog.release()

    def _open(self) -> None:
        session = self.session
        if session is not None:
            session.begin(self._context)
        needs_loop = self.order.is_asynchronous or (session is not None and session.needs_loop)
        if needs_loop or not self._owner.promise(self._listen):
            self._listen(self._owner.open())
        self._is_open = True

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.session is not None:
            self.session.listen(loop)

    def _run_steps(self) -> None:
        """Run the remaining steps, up to the last or until the loop or the task is lost."""
        if self._step is not None and self._step.where is not Where.INSIDE:
            self._run_outside()
        step, is_lost = self._step, False
        if step is not None and self._is_open:
            try:
                coroutine: Any = self._run_inside()  # for type checkers, types.coroutine makes only an awaitable
                self._driver.drive(coroutine, name=self._name)
            except (LoopLost, TaskLost) as error:
                # If the loop itself does not run, the step is lost before it begins.
                is_lost = isinstance(error, TaskLost) and self._step is step
                self._is_open = self._owner.is_open
        if self._is_in_step or is_lost:
            self._go_on()  # the step has ended with its task or its loop
        if self._driver.interruptions.errors:  # of a task that was lost before it could take them
            self.order.causes.add_interruptions()

    def _finish(self) -> None:
        # The order matters. An error that the record still holds belongs to the test, and comes before the findings.
        # `look` runs the checks before the owner ends the leftovers, `report` those that need the loop closed or idle.
        self.record.close()
        session = self.session if self.record.interrupt is None else None  # after Ctrl-C, leftovers are no surprise
        if session is not None:
            for error in session.look(self._driver, self.record.failure):
                self.order.causes.add(error)
        errors = self._owner.finish()
        self._has_left = True
        if session is not None:
            errors += session.report()
        for error in errors:
            self.record.add(error)

    # Not "async def": Python would look up the callers of each such coroutine, which takes longer than its own work
    # here. pyright does not let a generator delegate to the result of "types.coroutine", hence the comments for it.

    @types.coroutine
    def _run_inside(self) -> Generator[object, Any, None]:
        task = asyncio.current_task()
        assert task is not None
        is_behind = True  # the loop has run all callbacks that were ready before this step
        while (step := self._step) is not None:
            if step.where is Where.INSIDE:
                if is_behind or (yield from self._iterate_before(step, task)):
                    yield from self._await(step, task)  # pyright: ignore[reportGeneralTypeIssues]
            else:
                yield from self._driver.outside(self._run_outside)
                self.order.causes.note(self._driver.take_cancellation())
            if self._driver.task is not task:
                return  # this task was abandoned, and another one has continued the test
            is_behind = step.where is not Where.INSIDE

    async def _iterate_before(self, step: Step, task: asyncio.Task[None]) -> bool:
        """Run one iteration of the loop between two asynchronous steps, and return whether the second must still run.

        Together with the one at the end of the first step, the loop then runs as many iterations as in the standard
        library, where each step is awaited by its own call of the runner.
        """
        if step.leaves_context or not self._owner.ready:
            return True
        failure, self._is_before = self.record.failure, True
        await self._iterate(step)
        if self._driver.task is not task:
            return False
        if not self._driver.interruptions.errors and self.record.failure is failure:
            self._is_before = self._is_in_step = False
            return True
        self._go_on()
        return self._step is step

    async def _iterate(self, step: Step) -> None:
        """Run one iteration of the loop within the deadline of a step, to which errors of ready callbacks belong."""
        self._begin(step)
        try:
            try:
                await pause()
            except asyncio.CancelledError as error:
                self.order.causes.note(error)
            self._deadline.end()
        except Interrupt as error:
            self._raised(step, error)

    @user_code.entry
    @types.coroutine
    def _await(self, step: Step, task: asyncio.Task[None]) -> Generator[object, Any, None]:
        if (cancellation := self.record.cancellation) is not None and not step.leaves_context:
            # It arrived between two steps. The user's code gets it at its next await, as it would within one function.
            # The count of cancellations must not change: the timeout or task group that asked for this one compares it.
            self.record.cancellation = None
            task.uncancel()
            cancel(task, *cancellation.args)
        failure: BaseException | None = None
        value = None
        self._begin(step)
        try:
            try:
                users = in_place(step.start())
                value = yield from users  # pyright: ignore[reportGeneralTypeIssues]
            except BaseException as error:
                failure = error
            if self._driver.task is not task:
                return
            self._deadline.end()
        except Interrupt as error:  # another thread raises it asynchronously, so it may arrive as late as here
            failure = failure or error
        if failure is not None:
            self._raised(step, failure)
        if task.cancelling():
            failure = yield from self._catch_up(step, task, failure)
        elif self._owner.ready and not self.record.entered:  # an entered manager waits for its own tasks when it exits
            yield from self._iterate(step)
        if self._driver.task is not task:
            return
        if value is not None and failure is None:
            self._check_returned(step, value)
        self._go_on()

    async def _catch_up(
        self, step: Step, task: asyncio.Task[None], failure: BaseException | None
    ) -> BaseException | None:
        """Deliver a pending cancellation that the step never awaited, then account for it.

        Args:
            step: The step that has just ended.
            task: The task.
            failure: The error of the step.

        Returns:
            The error of the step, or else the cancellation.
        """
        caught: BaseException | None = None
        self._begin(step)
        try:
            await pause()
        except asyncio.CancelledError as error:
            caught = error
            if not self.record.entered and failure is None:
                self._raised(step, error)
            elif not isinstance(failure, asyncio.CancelledError):
                self.order.causes.note(error)
        self._deadline.end()
        if not self.record.entered:
            # The cancellation is reported, and no context manager is left that compares the count.
            while task.cancelling():
                task.uncancel()
        return failure or caught

    def _run_outside(self) -> None:
        """Run steps until one needs the task, or the loop is closed."""
        while (step := self._step) is not None and step.where is not Where.INSIDE:
            if step.where is Where.TRAMPOLINE and not self._driver.is_driving:
                return
            self._begin(step)
            failure: BaseException | None = None
            value = None
            try:
                if step.where is Where.OUTSIDE:
                    value = self._driver.call_in_context(user_code.call, step.function, step.arguments, step.keywords)
                else:
                    value = user_code.call(step.function, step.arguments, step.keywords)
                # Inside the block: an Interrupt may still be raised until the deadline has ended.
                self._deadline.end()
            except BaseException as error:
                failure = error
                self._deadline.end()
            if failure is not None:
                self._raised(step, failure)
                failure = None  # its traceback holds this frame
            elif value is not None:
                self._check_returned(step, value)
            self._go_on()
            if not self._is_open:
                return

    def _begin(self, step: Step) -> None:
        self._is_in_step = True
        self.order.returned = None
        if step.phase is not None:
            budget = budgets.find(type(self._case), step.phase, step.function, self.order.method)
            self._deadline.begin(budget, self._describe_step)

    def _describe_step(self) -> str:
        """Describe the current step when its deadline has passed, maybe in a signal handler: it must not wait."""
        assert self._step is not None
        if self.session is not None:
            self.session.note_limit()
        return self._step.describe()

    def _go_on(self) -> None:
        self._is_in_step = False
        if self._deadline.budget is not None:  # the step was lost with its task or its loop
            self._deadline.end()
        ctrl_c.check()
        if self._driver.interruptions.errors:  # the step has suppressed the cancellation, or there was none
            self.order.causes.add_interruptions()
        self._is_open = self._owner.is_open
        if not self._is_open:
            self.record.add(LoopError(_CLOSED))
        if self._is_before:
            # An error in the iteration before a step counts as the step's own, and the step is skipped. But a clean-up
            # step runs in any case.
            self._is_before = False
            if self._step is not None and self._step.cleans_up:
                return
        self._step = self.order.following()

    # A timeout reaches the record by three routes:
    # 1. The deadline gives the failure to the driver, which cancels the task. The step ends with that cancellation, and
    #    `_raised` reports the failure in its place.
    # 2. The alarm raises an `Interrupt` in the user's code, which carries the failure. `_raised` splits it off. The
    #    driver may have the failure already, so it is posted there, which keeps one of the two.
    # 3. The step suppresses the cancellation, or is lost with its task or loop. Then `_go_on` or `_run_steps` takes
    #    the failure from the driver.
    # One timeout may take several of them. `Causes.add` ignores it when it comes again.

    def _raised(self, step: Step, error: BaseException) -> None:
        self.order.returned = None
        if isinstance(error, GeneratorExit) and not self._owner.is_open:
            raise error  # not an error of the test: the task is being closed because its loop is
        if isinstance(error, LoopLost):
            return  # `_go_on` finds the loop closed, and reports that
        expected = step.is_test and self.order.expects_failure
        failure, rest = deadline.split(error)
        if failure is not None:
            self._driver.post(failure)
            self.order.causes.add_interruptions()
        if rest is None:
            return
        error = rest
        if isinstance(error, asyncio.CancelledError) and self.order.causes.add_interruptions(error, expected=expected):
            return
        if isinstance(error, KeyboardInterrupt):
            if self._driver.interrupted or ctrl_c.is_over():
                raise error  # the second Ctrl-C ends the run at once
            self._driver.interrupted = True
        misuse.explain_arguments(error, type(self._case), step.function)
        self.record.note_cancellation(error, step.function)
        self.order.causes.add(error, expected=expected)

    def _check_returned(self, step: Step, value: object) -> None:
        self.order.returned = value
        if not step.is_test:
            return
        error = misuse.check_returned(self._case, self.order.method, value)
        if isinstance(error, DeprecationWarning):
            self._raised(step, error)
        elif error is not None:
            self.record.add(error)
