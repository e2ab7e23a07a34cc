"""Yield the steps of a test in order, each when it is due, because the next one depends on how the others ended.

The resources of a test start before its first hook, and close after its last cleanup.
"""

import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from unittest import IsolatedAsyncioTestCase

from aiounit import _stdlib
from aiounit.lifecycle import overrides, steps
from aiounit.lifecycle.causes import Causes
from aiounit.lifecycle.record import Record
from aiounit.lifecycle.steps import Step, Where
from aiounit.limits.budgets import Phase
from aiounit.loops.driver import Driver

if TYPE_CHECKING:
    from aiounit.lifecycle.provision import Provision
    from aiounit.resources.instance import Instance

__all__ = ["Order"]


class Order:
    """The steps of one test.

    Args:
        case: The test.
        method: Its test method, bound.
        record: Knows whether the test can go on.
        driver: Drives the test.
        causes: Receives the errors of resources.
        make_provision: Makes the provision of the test. Called only if the test uses a resource.

    Attributes:
        expects_failure: Whether the test is declared to fail.
        uses_resources: Whether its class uses resources, or the loop that it shares may hold some.
        returned: The value that the last step returned. The caller sets it before it asks for the next step.
        is_asynchronous: Whether the test method is a coroutine function.
    """

    __slots__ = (
        "_causes",
        "_driver",
        "_make_provision",
        "_provision",
        "case",
        "expects_failure",
        "is_asynchronous",
        "method",
        "record",
        "returned",
        "uses_resources",
    )

    def __init__(
        self,
        case: IsolatedAsyncioTestCase,
        method: Callable[[], object],
        record: Record,
        driver: Driver,
        causes: Causes,
        make_provision: "Callable[[], Provision]",
    ) -> None:
        self.case = case
        self.method = method
        self.record = record
        self.expects_failure = False
        self.uses_resources = False
        self.returned: object = None
        self.is_asynchronous = steps.is_coroutine_function(method)
        self._driver = driver
        self._causes = causes
        self._make_provision = make_provision
        self._provision: Provision | None = None

    @property
    def provision(self) -> "Provision":
        """The resources of the test."""
        if self._provision is None:
            self._provision = self._make_provision()
            self._provision.tell = self._resource_died
        return self._provision

    def end(self) -> None:
        """Remove the resources from the test, which has ended."""
        if self._provision is not None:
            self._provision.take_back()

    def steps(self) -> Iterator[Step]:  # noqa: C901 (the order is told in one piece)
        """Yield each step when it is due."""
        case, record, owner = self.case, self.record, self._driver.owner
        kind, own = type(case), case.__dict__  # a test may get hooks of its own
        is_plain = _stdlib.isolated.has_empty_hooks(kind)
        has_hooks = not is_plain and _stdlib.isolated.overrides_any(kind)
        if self.uses_resources:
            yield from self._resources()
        is_set_up = not is_plain or "setUp" in own or "asyncSetUp" in own
        if (is_set_up or owner.ready) and (not self.uses_resources or record.ok):
            yield from steps.set_up(case, record, owner, has_hooks=has_hooks)
        if record.ok:
            if self.expects_failure:
                record.expect_failure(expected=True)
            if self.is_asynchronous and not has_hooks:
                yield Step(Where.INSIDE, self.method, phase=Phase.TEST)
            else:
                yield steps.test(case, self.method, self._driver.context, has_hooks=has_hooks)
            if self.expects_failure:
                record.expect_failure(expected=False)
            if not is_plain or owner.ready or "tearDown" in own or "asyncTearDown" in own:
                yield from steps.tear_down(case, record, owner, has_hooks=has_hooks)
        if overrides.are_cleanups_overridden(kind):
            yield Step(Where.TRAMPOLINE, self.case.doCleanups, phase=Phase.TEAR_DOWN)
        while (cleanup := _stdlib.cases.next_cleanup(self.case)) is not None:
            yield steps.cleanup(self.case, cleanup)
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
            self._causes.add(error)
        if len(errors) > 1:
            self._causes.add(BaseExceptionGroup("other resources went wrong too", errors[1:]))
        if not errors:
            self.provision.hand_out(_call)

    async def _close_resources(self) -> None:
        self.provision.take_back()
        for error in await self.provision.close():
            self._causes.add(error)

    def _resource_died(self, instance: "Instance") -> None:
        # A resource that fails after the last step is reported by the next test that uses it, or with its class.
        if instance.error is not None and not instance.is_reported and self._driver.is_driving:
            instance.is_reported = True
            self._driver.interrupt(instance.error)


def _call(function: Callable[[object], object], value: object) -> object:
    return function(value)
