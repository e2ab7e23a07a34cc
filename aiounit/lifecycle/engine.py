"""The life of one test: one coroutine, one task, from its first hook to its last cleanup.

Coroutine functions run inside the task; everything else is handed outside, where no loop runs. Synchronous steps before
the first asynchronous one need no task yet, so a test without any never runs the loop.
"""

import types
from collections.abc import Callable, Generator
from typing import Any, Final

from aiounit import _stdlib
from aiounit._real import asyncio, functools
from aiounit._stdlib.cancel import cancel
from aiounit.checks.session import CheckSession
from aiounit.exceptions import LoopError
from aiounit.lifecycle import misuse
from aiounit.lifecycle.causes import Causes
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
        driver: Drives the test; its owner's loop is opened and finished here.
        causes: Takes what goes wrong in a step.
        session: The checks of what the test leaves behind; None if all are off.
    """

    def __init__(self, order: Order, driver: Driver, causes: Causes, session: CheckSession | None) -> None:
        self.order = order
        self.record = order.record
        self.session = session
        self._case = order.case
        self._causes = causes
        self._driver = driver
        self._owner = driver.owner
        self._context = driver.context
        self._name = order.case.id() if session is None else session.name
        self._steps = order.steps()
        self._step: Step | None = None
        self._runner = Runner(driver)
        self._dog = watchdog.current()
        self._deadline = Deadline(driver, self._dog)
        self._is_in_step = False
        self._is_before = False
        self._is_open = False
        self._has_left = False
        _stdlib.isolated.attach(order.case, self._runner, self._context)

    def run(self) -> None:
        """Run the test, its clean-up, and close the loop; what goes wrong goes to the record.

        Raises:
            KeyboardInterrupt: A second Ctrl-C; nothing more of the test is run.
        """
        self._dog.hold(self._name, type(self._case))
        try:
            self._open()
            self._step = next(self._steps, None)
            self._run_steps()
            while self._step is not None or not self._is_open:
                if not self._is_open:
                    self._owner.leave()
                    self._open()  # what is left of the test is its clean-up, and that runs all the same
                self._run_steps()
        except Exception as error:  # whatever the user's loop factory raises
            self.record.add(error)
        else:
            self._attempt(self._finish)
        finally:
            if self._deadline.budget is not None:
                self._deadline.end()
            self.order.end()
            self._runner.driver = None
            if not self._has_left:
                self._attempt(self._owner.leave)
            if self.session is not None:
                self.session.end()
            self._dog.release()

    def _attempt(self, function: Callable[[], None]) -> None:
        """Call a function; what it raises is an error of the test: something that the loop calls itself is patched."""
        try:
            function()
        except Exception as error:
            self.record.add(error)

    def _open(self) -> None:
        self._owner.open()
        self._is_open = True
        if self.session is not None:
            self.session.begin(self._owner.loop, self._context)

    def _run_steps(self) -> None:
        """Run the steps that are left, until the last, or until the loop or the task is lost."""
        self._run_outside()
        step, is_lost = self._step, False
        if step is not None and self._is_open:
            try:
                coroutine: Any = self._run_inside()
                self._driver.drive(coroutine, name=self._name)
            except (LoopLost, TaskLost) as error:  # the step has not begun, if the loop does not run
                is_lost = isinstance(error, TaskLost) and self._step is step
                self._is_open = self._owner.is_open
        if self._is_in_step or is_lost:
            self._go_on()  # the step has ended with its task or its loop
        if self._driver.interruptions.errors:
            self._causes.add_interruptions()

    def _finish(self) -> None:
        self.record.close()
        session = self.session if self.record.interrupt is None else None  # Ctrl-C is reason enough for what is left
        for error in () if session is None else session.look(self._driver, self.record.failure):
            self._causes.add(error)
        errors = self._owner.finish()
        self._has_left = True
        for error in errors:
            self.record.add(error)
        for error in () if session is None else session.report():
            self.record.add(error)

    # Not "async def": of such a coroutine Python looks up the callers, which takes longer than all that it does here.
    # For pyright, "types.coroutine" makes something that can't be delegated to.

    @types.coroutine
    def _run_inside(self) -> Generator[Any, Any, None]:
        task = asyncio.current_task()
        assert task is not None
        is_behind = True  # of what was ready when the task began
        while (step := self._step) is not None:
            if step.where is Where.INSIDE:
                if is_behind or (yield from self._turn_before(step, task)):
                    yield from self._await(step, task)  # pyright: ignore[reportGeneralTypeIssues]
            else:
                yield from self._driver.outside(self._run_outside)
                self._causes.note(self._driver.take_cancellation())
            if self._driver.task is not task:
                return  # it was given up, and another has gone on
            is_behind = step.where is not Where.INSIDE

    async def _turn_before(self, step: Step, task: asyncio.Task[Any]) -> bool:
        """Let the loop turn between two asynchronous steps, and tell whether the second is still to be run.

        With the turn at the end of the first, the loop does what it does with a task for each step, as stdlib has it.
        """
        if step.leaves_context or not self._owner.ready:
            return True
        failure, self._is_before = self.record.failure, True
        await self._turn(step)
        if self._driver.task is not task:
            return False
        if not self._driver.interruptions.errors and self.record.failure is failure:
            self._is_before = self._is_in_step = False
            return True
        self._go_on()
        return self._step is step

    async def _turn(self, step: Step) -> None:
        """Let the loop turn once, in the time of a step; what is ready goes wrong for that step."""
        self._begin(step)
        try:
            try:
                await pause()
            except asyncio.CancelledError as error:
                self._causes.note(error)
            self._deadline.end()
        except Interrupt as error:
            self._raised(step, error)

    @user_code.entry
    @types.coroutine
    def _await(self, step: Step, task: asyncio.Task[Any]) -> Generator[Any, Any, None]:
        if (cancellation := self.record.cancellation) is not None and not step.leaves_context:
            # It came between two steps: the user's code gets it at its next await, as it would in one function. The
            # count of cancellations stays what it was, because whoever asked for it counts.
            self.record.cancellation = None
            task.uncancel()
            cancel(task, *cancellation.args)
        failure: BaseException | None = None
        value = None
        self._begin(step)
        try:
            try:
                users = in_place(step.function(*step.arguments, **step.keywords))
                value = yield from users  # pyright: ignore[reportGeneralTypeIssues]
            except BaseException as error:
                failure = error
            if self._driver.task is not task:
                return
            self._deadline.end()
        except Interrupt as error:  # from another thread it may arrive as late as here
            failure = failure or error
        if failure is not None:
            self._raised(step, failure)
        if task.cancelling():
            failure = yield from self._catch_up(step, task, failure)
        elif self._owner.ready and not self.record.entered:  # a manager waits for its tasks when it is left
            yield from self._turn(step)
        if self._driver.task is not task:
            return
        if value is not None and failure is None:
            self._check_returned(step, value)
        self._go_on()

    async def _catch_up(
        self, step: Step, task: asyncio.Task[Any], failure: BaseException | None
    ) -> BaseException | None:
        """Let a cancellation arrive that the user's code has not waited for, and settle one that has arrived.

        Args:
            step: What has just ended.
            task: The task.
            failure: What the step has raised.

        Returns:
            What has gone wrong in the step, the cancellation included.
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
                self._causes.note(error)
        self._deadline.end()
        if not self.record.entered:
            while task.cancelling():  # it is reported, and nobody is left who would count it
                task.uncancel()
        return failure or caught

    def _run_outside(self) -> None:
        """Run steps until one needs the task, or the loop is gone."""
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
                self._deadline.end()
            except BaseException as error:
                failure = error
                self._deadline.end()
            if failure is not None:
                self._raised(step, failure)
                failure = None  # its frames lead here
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
            session, what = self.session, step.describe
            self._deadline.begin(budget, what if session is None else functools.partial(session.note_limit, what))

    def _go_on(self) -> None:
        self._is_in_step = False
        if self._deadline.budget is not None:
            self._deadline.end()
        ctrl_c.check()
        if self._driver.interruptions.errors:
            self._causes.add_interruptions()  # whose cancellation the step has swallowed, or that came without one
        self._is_open = self._owner.is_open
        if not self._is_open:
            self.record.add(LoopError(_CLOSED))
        was_before, self._is_before = self._is_before, False
        if not (was_before and self._step is not None and self._step.cleans_up):  # that is run, come what may
            self._step = next(self._steps, None)

    def _raised(self, step: Step, error: BaseException) -> None:
        self.order.returned = None
        if isinstance(error, GeneratorExit) and not self._owner.is_open:
            raise error  # nobody's failure: the task itself is being closed
        if isinstance(error, LoopLost):
            return  # noticed and reported when the step is over
        expected = step.is_test and self.order.expects_failure
        failure, rest = deadline.split(error)
        if failure is not None:
            self._driver.post(failure)  # where it may be already
            self._causes.add_interruptions()
        if rest is None:
            return
        error = rest
        if isinstance(error, asyncio.CancelledError) and self._causes.add_interruptions(error, expected=expected):
            return
        if isinstance(error, KeyboardInterrupt):
            if self._driver.interrupted or ctrl_c.is_over():
                raise error  # the second: at once
            self._driver.interrupted = True
        misuse.explain_arguments(error, type(self._case), step.function)
        self.record.note_cancellation(error, step.function)
        self._causes.add(error, expected=expected)

    def _check_returned(self, step: Step, value: Any) -> None:
        self.order.returned = value
        if not step.is_test:
            return
        error = misuse.check_returned(self._case, self.order.method, value)
        if isinstance(error, DeprecationWarning):
            self._raised(step, error)
        elif error is not None:
            self.record.add(error)
