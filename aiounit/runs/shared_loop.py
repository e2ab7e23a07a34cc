"""Keep a loop that outlives tests, with its resources: those of the run, of each module and of each class.

A run has one such loop for each loop factory. A class gets it if a resource of the class lives longer than a test.
Leftovers of a test are ended with the test; the loop itself is closed with the run.
"""

import unittest
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from aiounit import _stdlib
from aiounit._real import asyncio, contextvars
from aiounit.checks.ledger import Ledger
from aiounit.checks.ownership import Keeper
from aiounit.exceptions import ResourceError
from aiounit.limits import ctrl_c, deadline, watchdog
from aiounit.limits.budgets import Budget
from aiounit.limits.deadline import Deadline
from aiounit.loops.driver import Driver
from aiounit.loops.factory import LoopFactory
from aiounit.resources.declaration import Scope
from aiounit.resources.holder import Holder
from aiounit.resources.instance import Instance, Trace
from aiounit.runs.errors import raise_all
from aiounit.runs.scope_checks import ScopeChecks
from aiounit.runs.shared_owner import SharedOwner

__all__ = ["SharedLoop", "add_class_cleanup"]

__unittest = True  # as in _stdlib: class and module cleanups are called here, and their errors raised


T = TypeVar("T")


class SharedLoop:
    """A loop of the run, and the resources on it.

    Args:
        factory: Makes the loop; None is ``asyncio.new_event_loop``.
        ledger: Keeps the findings of the run.
        is_between_tests: Returns whether the running code belongs to the run, but not to one of its tests.
    """

    def __init__(self, factory: LoopFactory | None, ledger: Ledger, is_between_tests: Callable[[], bool]) -> None:
        self.owner = SharedOwner(factory, self._forget)
        self._is_between_tests = is_between_tests
        self._run: Holder | None = None
        self._modules: dict[str, Holder] = {}
        self._classes: dict[type, Holder] = {}
        self._scope_checks = ScopeChecks(ledger)

    def _holders(self) -> list[Holder]:
        """Return all holders, the narrowest first."""
        return [*self._classes.values(), *self._modules.values(), *([] if self._run is None else [self._run])]

    def _forget(self) -> None:
        """Drop the resources of a former loop, which a test has closed."""
        for holder in self._holders():
            holder.abandon()
        self._scope_checks.forget()
        self._run = None
        self._modules = {}
        self._classes = {}

    def of_class(self, kind: type, outer: contextvars.Context, trace: Trace | None) -> Holder:
        """Return the holder of a class, within those of its module and the run; it is closed with the class.

        Args:
            kind: The test class.
            outer: The context from which those of its tests are copied.
            trace: Called with a line about each start and close, or None.
        """
        if kind not in self._classes:
            module = self.of_module(kind.__module__, outer, trace)
            # This runs after all other cleanups of the class, which may close some of its resources before.
            _stdlib.cases.add_last_class_cleanup(kind, self.close_class, kind)
            context = outer.copy()
            checked = self._scope_checks.begin(Scope.CLASS, None, kind, self.owner, context)
            holder = Holder(Scope.CLASS, kind, context, module, trace, self._close_with_class)
            holder.inherit_variables()
            self._classes[kind] = self._scope_checks.keep(holder, checked)
        return self._classes[kind]

    def of_module(self, name: str, outer: contextvars.Context, trace: Trace | None) -> Holder:
        """Return the holder of a module, within that of the run; it is closed with the module."""
        if self._run is None:
            context = outer.copy()
            checked = self._scope_checks.begin(Scope.RUN, None, None, self.owner, context)
            self._run = self._scope_checks.keep(Holder(Scope.RUN, None, context, None, trace), checked)
        if name not in self._modules:
            _stdlib.cases.add_last_module_cleanup(self.close_module, name)
            context = outer.copy()
            checked = self._scope_checks.begin(Scope.MODULE, name, None, self.owner, context)
            holder = Holder(Scope.MODULE, None, context, self._run, trace, self._close_with_module)
            self._modules[name] = self._scope_checks.keep(holder, checked)
        return self._modules[name]

    def keepers(self, kind: type) -> Iterator[Keeper]:
        """Yield the scopes around the tests of a class, the widest first."""
        return self._scope_checks.keepers(self._classes.get(kind) or self._modules.get(kind.__module__) or self._run)

    def _end_watch(self, holder: Holder) -> list[BaseException]:
        """End the leftovers of the fixtures of a scope, and return the errors to report."""
        if not self.owner.is_open or ctrl_c.is_over():
            return []
        self.owner.open()
        try:
            return self._scope_checks.end(holder, self.owner)
        finally:
            self.owner.leave()

    # Each time resources of a scope are started, a cleanup is added that closes them. So they close in last-in,
    # first-out order, together with the cleanups that the user adds.

    def _close_with_class(self, holder: Holder) -> None:
        add_class_cleanup(holder.owner, self._close_started, holder)

    def _close_with_module(self, holder: Holder) -> None:
        unittest.addModuleCleanup(self._close_started, holder)

    def call(
        self,
        holder: Callable[[], Holder],
        coroutine: Coroutine[object, object, T],
        name: str,
        *,
        kind: type | None = None,
        budget: Budget = deadline.UNLIMITED,
    ) -> T | None:
        """Run a coroutine of a class or a module in the context of its holder, from synchronous code.

        Args:
            holder: Returns the holder; called when the loop is open.
            coroutine: The coroutine.
            name: The name of its task.
            kind: The test class whose budgets bound the resources that the coroutine starts or closes.
            budget: The time limit of the coroutine itself.

        Returns:
            The result, or None after a second Ctrl-C, when the coroutine does not run.

        Raises:
            ResourceError: The coroutine was cancelled.
            TimeoutFailure: It timed out.
        """
        if ctrl_c.is_over():
            coroutine.close()
            return None
        try:
            self.owner.open()
        except BaseException:
            coroutine.close()  # or Python would warn that it was never awaited
            raise
        try:
            with watchdog.held(name, kind):
                driver = Driver(self.owner, holder().context)
                with deadline.bounded(Deadline(driver), budget, name):
                    return driver.call(coroutine, name=name)
        except asyncio.CancelledError as error:  # unittest reports only an Exception
            raise ResourceError(f"{name} was cancelled") from error
        finally:
            self.owner.leave()

    async def leave(self, holder: Holder, instance: Instance) -> None:
        """Exit a context manager that was entered for a class, and raise its errors."""
        raise_all(await holder.close_one(instance), f"exiting {instance.declared.name}")

    def close_class(self, kind: type) -> None:
        """Close everything of a class, and raise the errors."""
        if kind in self._classes and self._is_between_tests():
            self._end(self._classes.pop(kind), kind.__qualname__)

    def close_module(self, name: str) -> None:
        """Close everything of a module, and raise the errors."""
        if name in self._modules and self._is_between_tests():
            self._end(self._modules.pop(name), f"module {name}")

    def _end(self, holder: Holder, name: str) -> None:
        raise_all(self._close(holder, holder.close) + self._end_watch(holder), f"closing the resources of {name}")

    def _close_started(self, holder: Holder) -> None:
        if self._is_between_tests():
            raise_all(self._close(holder, holder.close_started), f"closing the resources of a {holder.scope.value}")

    def close_all(self) -> list[BaseException]:
        """Close everything and the loop, and return the errors."""
        was_open = self.owner.is_open
        errors: list[BaseException] = []
        for holder in self._holders():
            errors += self._close(holder, holder.close) + self._end_watch(holder)
        self._forget()
        try:
            return errors + (self.owner.shut() if was_open and not ctrl_c.is_over() else [])
        except KeyboardInterrupt as error:
            return [*errors, error]
        finally:
            self.owner.drop()

    def _close(
        self, holder: Holder, close: Callable[[], Coroutine[object, object, list[BaseException]]]
    ) -> list[BaseException]:
        if not self.owner.is_open or not holder.has_any:
            return []
        errors: list[BaseException] = []

        async def collect() -> None:
            errors.extend(await close())

        try:
            kind = holder.owner if holder.scope is Scope.CLASS else None
            self.call(lambda: holder, collect(), "closing resources", kind=kind)
        except BaseException as error:  # a Ctrl-C as well: it is raised when everything else is closed
            errors.append(error)
        return errors


def add_class_cleanup(kind: type, function: Callable[..., object], /, *arguments: object) -> None:
    """Add a class cleanup that sets its own deadlines: `AsyncTestCase.addClassCleanup` would add another one."""
    add: Any = unittest.TestCase.addClassCleanup
    add.__func__(kind, function, *arguments)
