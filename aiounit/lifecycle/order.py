"""Return the steps of a test one by one, each when it is due: the next one depends on how the others ended.

The resources of a test start before its first hook, and close after its last cleanup.
"""

import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final
from unittest import IsolatedAsyncioTestCase

from aiounit import _stdlib, settings
from aiounit._later import Later
from aiounit._real import contextvars
from aiounit.lifecycle import overrides, steps
from aiounit.lifecycle.causes import Causes
from aiounit.lifecycle.record import Record
from aiounit.lifecycle.steps import Step, Where
from aiounit.limits.budgets import Phase
from aiounit.loops.driver import Driver
from aiounit.resources.graph import Plan
from aiounit.runs.class_calls import trace_of

if TYPE_CHECKING:
    from aiounit.checks.session import CheckSession
    from aiounit.lifecycle import provision as provisions
    from aiounit.lifecycle.provision import Provision
    from aiounit.resources.instance import Instance
    from aiounit.runs.shared_loop import SharedLoop
else:
    provisions = Later("aiounit.lifecycle.provision", globals())

__all__ = ["Order"]

_NO_STEPS: Final[Iterator[Step]] = iter(())


class Order:
    """The steps of one test.

    Args:
        case: The test.
        method: Its test method, bound.
        record: Knows whether the test can go on.
        driver: Drives the test.
        session: The checks of the test; None if all are off.

    Attributes:
        plan: The resources that the class of the test uses.
        outer: The context from which that of the test is copied.
        shared: The shared loop, if the test runs on it.
        expects_failure: Whether the test is declared to fail.
        is_asynchronous: Whether the test method is a coroutine function.
        returned: The value that the last step returned. The caller sets it before it asks for the next step.
    """

    __slots__ = (
        "_causes",
        "_driver",
        "_is_plain",
        "_provision",
        "_session",
        "_steps",
        "case",
        "expects_failure",
        "is_asynchronous",
        "method",
        "outer",
        "plan",
        "record",
        "returned",
        "shared",
    )

    plan: Plan
    outer: contextvars.Context

    def __init__(
        self,
        case: IsolatedAsyncioTestCase,
        method: Callable[[], object],
        record: Record,
        driver: Driver,
        session: "CheckSession | None" = None,
    ) -> None:
        self.case = case
        self.method = method
        self.record = record
        self.shared: SharedLoop | None = None
        self.expects_failure = False
        self.is_asynchronous = steps.is_coroutine_function(method)
        self.returned: object = None
        self._driver = driver
        self._session = session
        # What most tests don't need is made when it is used.
        self._causes: Causes | None = None
        self._provision: Provision | None = None
        self._is_plain = False  # whether the test itself is all that there is to run, as far as is known
        self._steps = _NO_STEPS

    @property
    def causes(self) -> Causes:
        """Reports the errors of the test."""
        if self._causes is None:
            self._causes = Causes(self._driver, self.record, self._session)
        return self._causes

    @property
    def provision(self) -> "Provision":
        """The resources of the test."""
        if self._provision is None:
            driver, trace = self._driver, trace_of(settings.current())
            self._provision = provisions.Provision(
                self.case, self.plan, self.shared, self.outer, driver.context, trace, driver.is_in_context
            )
            self._provision.tell = self._resource_died
        return self._provision

    def end(self) -> None:
        """Remove the resources from the test, which has ended."""
        self._steps = _NO_STEPS  # the other one holds this object
        if self._provision is not None:
            self._provision.take_back()

    def first(self) -> Step | None:
        """Return the first step, or None if nothing is to be done."""
        if not (self.expects_failure or self._uses_resources()) and self._is_alone():
            self._is_plain = True
            return self._test(has_hooks=False)
        self._steps = self._all()
        return next(self._steps, None)

    def following(self) -> Step | None:
        """Return the step that comes next, or None after the last."""
        if self._is_plain:
            own = self.case.__dict__  # a test may get hooks of its own, even while it runs
            if not (
                _stdlib.cases.has_cleanups(self.case)
                or self._driver.owner.ready
                or self._provision is not None
                or "tearDown" in own
                or "asyncTearDown" in own
            ):
                return None
            self._is_plain = False
            self._steps = self._after_test(has_hooks=False)
        return next(self._steps, None)

    def _is_alone(self) -> bool:
        """Return whether the test has no hooks, and the loop nothing to do for which the empty hooks would wait."""
        kind, own = type(self.case), self.case.__dict__
        return (
            _stdlib.isolated.has_empty_hooks(kind)
            and not self._driver.owner.ready
            and not ("setUp" in own or "asyncSetUp" in own or "tearDown" in own or "asyncTearDown" in own)
            and not overrides.are_cleanups_overridden(kind)
        )

    def _uses_resources(self) -> bool:
        """Return whether the class of the test uses resources, or the loop that it shares may hold some."""
        return self.shared is not None or bool(self.plan.attributes)

    def _all(self) -> Iterator[Step]:
        case, record, owner = self.case, self.record, self._driver.owner
        has_hooks = _stdlib.isolated.overrides_any(type(case))
        if self._uses_resources():
            yield from self._resources()
        if record.ok:
            yield from steps.set_up(case, record, owner, has_hooks=has_hooks)
        if not record.ok:
            yield from self._clean_up()
            return
        if self.expects_failure:
            record.expect_failure(expected=True)
        yield self._test(has_hooks=has_hooks)
        if self.expects_failure:
            record.expect_failure(expected=False)
        yield from self._after_test(has_hooks=has_hooks)

    def _test(self, *, has_hooks: bool) -> Step:
        if not has_hooks and (self.is_asynchronous or not getattr(self.method, "__dict__", True)):  # as most tests
            return Step(Where.INSIDE if self.is_asynchronous else Where.OUTSIDE, self.method, phase=Phase.TEST)
        return steps.test(self.case, self.method, self._driver.context, has_hooks=has_hooks)

    def _after_test(self, *, has_hooks: bool) -> Iterator[Step]:
        yield from steps.tear_down(self.case, self.record, self._driver.owner, has_hooks=has_hooks)
        yield from self._clean_up()

    def _clean_up(self) -> Iterator[Step]:
        case = self.case
        if overrides.are_cleanups_overridden(type(case)):
            yield Step(Where.TRAMPOLINE, case.doCleanups, phase=Phase.TEAR_DOWN)
        while (cleanup := _stdlib.cases.next_cleanup(case)) is not None:
            yield steps.cleanup(case, cleanup)
            if isinstance(self.returned, types.CoroutineType):  # from a plain function that wraps a coroutine function
                yield Step(Where.INSIDE, steps.identity, (self.returned,), phase=Phase.TEAR_DOWN)
        if self._provision is not None and self._provision.has_any:
            yield Step(Where.INSIDE, self._close_resources)

    def _resources(self) -> Iterator[Step]:
        if self.provision.needs_loop():
            yield Step(Where.INSIDE, self._start_resources)
        else:
            self.provision.hand_out(self._driver.context.run)

    async def _start_resources(self) -> None:
        errors = await self.provision.start()
        for error in errors[:1]:
            self.causes.add(error)
        if len(errors) > 1:
            self.causes.add(BaseExceptionGroup("other resources went wrong too", errors[1:]))
        if not errors:
            self.provision.hand_out(_call)

    async def _close_resources(self) -> None:
        self.provision.take_back()
        for error in await self.provision.close():
            self.causes.add(error)

    def _resource_died(self, instance: "Instance") -> None:
        # A resource that fails after the last step is reported by the next test that uses it, or with its class.
        if instance.error is not None and not instance.is_reported and self._driver.is_driving:
            instance.is_reported = True
            self._driver.interrupt(instance.error)


def _call(function: Callable[[object], object], value: object) -> object:
    return function(value)
