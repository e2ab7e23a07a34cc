"""The life of one test: one coroutine, one task, from its first hook to its last cleanup.

A test is a list of steps in stdlib's order, made as it goes (what comes next depends on what has happened). Coroutine
functions run inside the task; everything else is handed outside, where no loop runs. Synchronous steps before the first
asynchronous one need no task yet, so a test without any never runs the loop.
"""

import types
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final
from unittest import IsolatedAsyncioTestCase

from aiounit import _stdlib
from aiounit._real import asyncio, functools
from aiounit._stdlib.cancel import cancel
from aiounit.checks.session import CheckSession
from aiounit.exceptions import LoopError
from aiounit.lifecycle import cleanups, misuse, steps
from aiounit.lifecycle.causes import Causes
from aiounit.lifecycle.provision import Provision
from aiounit.lifecycle.record import Record
from aiounit.lifecycle.stdlib_runner import Runner
from aiounit.lifecycle.steps import Step, Where
from aiounit.limits import budgets, ctrl_c, deadline, user_code, watchdog
from aiounit.limits.alarms import Interrupt
from aiounit.limits.budgets import Phase
from aiounit.limits.deadline import Deadline
from aiounit.loops.driver import Driver, LoopLost, TaskLost
from aiounit.loops.handover import pause
from aiounit.loops.relay import in_place
from aiounit.resources.instance import Instance

__all__ = ["Lifecycle"]

_CLOSED: Final = (
    "the event loop of the test was closed before the test had ended. Something called loop.close(): leave the loop "
    "to aiounit, which closes it after the last cleanup"
)


class Lifecycle:
    """Runs one test.

    Args:
        case: The test.
        method: Its test method, bound.
        record: Takes what happens.
        driver: Drives the test; its owner's loop is opened and finished here.
        provision: The resources that the test gets.
        session: The checks of what the test leaves behind; None if all are off.
    """

    def __init__(
        self,
        case: IsolatedAsyncioTestCase,
        method: Callable[[], Any],
        record: Record,
        driver: Driver,
        provision: Provision,
        session: CheckSession | None,
    ) -> None:
        self._case = case
        self._method = method
        self.record = record
        self._driver = driver
        self._owner = driver.owner
        self._causes = Causes(driver, record, session)
        self.expects_failure = False
        """Whether the test is declared to fail."""
        self._context = driver.context
        self.provision = provision
        self.session = session
        self._returned: Any = None
        self._name = case.id() if session is None else session.name
        self._steps = self._plan()
        self._step: Step | None = None
        self._runner = Runner(driver)
        self._deadline = Deadline(driver)
        self._is_in_step = False
        self._is_before = False
        _stdlib.isolated.attach(case, self._runner, self._context)

    def run(self) -> None:
        """Run the test, its clean-up, and close the loop; what goes wrong goes to the record.

        Raises:
            KeyboardInterrupt: A second Ctrl-C; nothing more of the test is run.
        """
        dog = watchdog.current()
        dog.hold(self._name, type(self._case))
        try:
            self._open()
            self._step = next(self._steps, None)
            self._run_steps()
            while self._step is not None or not self._owner.is_open:
                if not self._owner.is_open:
                    self._owner.leave()
                    self._open()  # what is left of the test is its clean-up, and that runs all the same
                self._run_steps()
        except Exception as error:  # whatever the user's loop factory raises
            self.record.add(error)
        else:
            self._attempt(self._finish)
        finally:
            self._deadline.end()
            self.provision.take_back()
            self._runner.detach()
            self._attempt(self._owner.leave)
            if self.session is not None and not self.session.is_over:
                self.session.end()
            dog.release()

    def _attempt(self, function: Callable[[], None]) -> None:
        """Call a function; what it raises is an error of the test: something that the loop calls itself is patched."""
        try:
            function()
        except Exception as error:
            self.record.add(error)

    def _open(self) -> None:
        self._owner.open()
        if self.session is not None:
            self.session.begin(self._owner.loop, self._context)

    def _run_steps(self) -> None:
        """Run the steps that are left, until the last, or until the loop or the task is lost."""
        self._run_outside()
        step, is_lost = self._step, False
        if step is not None and self._owner.is_open:
            try:
                coroutine: Any = self._run_inside()
                self._driver.drive(coroutine, name=self._name)
            except (LoopLost, TaskLost) as error:  # the step has not begun, if the loop does not run
                is_lost = isinstance(error, TaskLost) and self._step is step
        if self._is_in_step or is_lost:
            self._go_on()  # the step has ended with its task or its loop
        self._causes.add_interruptions()

    def _finish(self) -> None:
        self.record.close()
        session = self.session if self.record.interrupt is None else None  # Ctrl-C is reason enough for what is left
        for error in () if session is None else session.look(self._driver, self.record.failure):
            self._causes.add(error)
        for error in self._owner.finish():
            self.record.add(error)
        for error in () if session is None else session.report():
            self.record.add(error)

    # What there is to do

    def _plan(self) -> Iterator[Step]:
        record = self.record
        if self.provision.needs_loop():
            yield Step(Where.INSIDE, self._start_resources)
        else:
            self.provision.hand_out(self._context.run, self._resource_died)
        if record.ok:
            yield from steps.set_up(self._case, record, self._owner.has_ready)
        if record.ok:
            record.expect_failure(expected=self.expects_failure)
            yield steps.test(self._case, self._method, self._context)
            record.expect_failure(expected=False)
            yield from steps.tear_down(self._case, self._has_ready_alone)
        if cleanups.are_overridden(type(self._case)):
            yield Step(Where.TRAMPOLINE, self._case.doCleanups, phase=Phase.TEAR_DOWN)
        while (cleanup := _stdlib.cases.next_cleanup(self._case)) is not None:
            yield steps.cleanup(self._case, cleanup)
            if isinstance(self._returned, types.CoroutineType):  # of a plain function around a coroutine function
                yield Step(Where.INSIDE, steps.identity, (self._returned,), phase=Phase.TEAR_DOWN)
        if self.provision.has_any:
            yield Step(Where.INSIDE, self._close_resources)

    async def _start_resources(self) -> None:
        errors = await self.provision.start()
        for error in errors[:1]:
            self._causes.add(error)
        if len(errors) > 1:
            self._causes.add(BaseExceptionGroup("other resources went wrong too", errors[1:]))
        if not errors:
            self.provision.hand_out(_call, self._resource_died)

    async def _close_resources(self) -> None:
        self.provision.take_back()
        for error in await self.provision.close():
            self._causes.add(error)

    def _resource_died(self, instance: Instance) -> None:
        # What dies after the last step is found by the next test, or with its class.
        if instance.error is not None and not instance.is_reported and self._driver.is_driving:
            instance.is_reported = True
            self._driver.interrupt(instance.error)

    def _has_ready_alone(self) -> bool:
        # An entered manager waits for its tasks when it is left, and says there why they died.
        return not self.record.entered and self._owner.has_ready()

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
        if step.leaves_context or not self._owner.has_ready():
            return True
        failure, self._is_before = self.record.failure, True
        await self._turn(step)
        if self._driver.task is not task:
            return False
        if not self._driver.interruptions and self.record.failure is failure:
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
        elif self._has_ready_alone():
            yield from self._turn(step)
        if self._driver.task is not task:
            return
        if failure is None:
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
            if failure is None:
                self._check_returned(step, value)
            else:
                self._raised(step, failure)
                failure = None  # its frames lead here
            self._go_on()
            if not self._owner.is_open:
                return

    def _begin(self, step: Step) -> None:
        self._is_in_step = True
        if step.phase is not None:
            budget = budgets.find(type(self._case), step.phase, step.function, self._method)
            session, what = self.session, step.describe
            self._deadline.begin(budget, what if session is None else functools.partial(session.note_limit, what))

    def _go_on(self) -> None:
        self._is_in_step = False
        if self._deadline.budget is not None:
            self._deadline.end()
        ctrl_c.check()
        if self._driver.interruptions:
            self._causes.add_interruptions()  # whose cancellation the step has swallowed, or that came without one
        if not self._owner.is_open:
            self.record.add(LoopError(_CLOSED))
        was_before, self._is_before = self._is_before, False
        if not (was_before and self._step is not None and self._step.cleans_up):  # that is run, come what may
            self._step = next(self._steps, None)

    def _raised(self, step: Step, error: BaseException) -> None:
        self._returned = None
        if isinstance(error, GeneratorExit) and not self._owner.is_open:
            raise error  # nobody's failure: the task itself is being closed
        if isinstance(error, LoopLost):
            return  # noticed and reported when the step is over
        expected = step.is_test and self.expects_failure
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
        self._returned = value
        if value is None or not step.is_test:
            return
        error = misuse.check_returned(self._case, self._method, value)
        if isinstance(error, DeprecationWarning):
            self._raised(step, error)
        elif error is not None:
            self.record.add(error)


def _call(function: Callable[[object], object], value: object) -> object:
    return function(value)
