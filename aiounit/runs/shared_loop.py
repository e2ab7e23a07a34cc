"""The loop that outlives tests, and the resources on it: of the run, of each module and of each class.

There is one for the run for each loop factory. Nobody asks for it: a class whose resources live longer than a test gets
it. What a test leaves on it is ended with the test; the loop itself is closed with the run.
"""

import unittest
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

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


class SharedLoop:
    """A loop of the run and what lives on it.

    Args:
        factory: Makes the loop.
        ledger: Keeps the findings of the run.
        is_between_tests: Tells whether the code that runs now belongs to the run, and to none of its tests.
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
        """Forget what lived on a former loop, which a test has closed."""
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
            outer: The context that the tests of the class start from.
            trace: Is told of starts and closes.
        """
        if kind not in self._classes:
            module = self.of_module(kind.__module__, outer, trace)
            # The last of the cleanups: others close what is left of the class until then.
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
        """Yield the scopes around the tests of a class, with what lives in them, the widest first."""
        return self._scope_checks.keepers(self._classes.get(kind) or self._modules.get(kind.__module__) or self._run)

    def _end_watch(self, holder: Holder) -> list[BaseException]:
        """Return what the fixtures of a scope have left behind, and end it."""
        if not self.owner.is_open or ctrl_c.is_over():
            return []
        self.owner.open()
        try:
            return self._scope_checks.end(holder, self.owner)
        finally:
            self.owner.leave()

    # What starts later is closed before what was there: so there is a cleanup of its own for the resources.

    def _close_with_class(self, holder: Holder) -> None:
        add_class_cleanup(holder.owner, self._close_started, holder)

    def _close_with_module(self, holder: Holder) -> None:
        unittest.addModuleCleanup(self._close_started, holder)

    def call(
        self,
        holder: Callable[[], Holder],
        coroutine: Any,
        name: str,
        *,
        kind: type | None = None,
        budget: Budget = deadline.UNLIMITED,
    ) -> Any:
        """Run a coroutine of a class or a module in the context of its holder, from synchronous code.

        Args:
            holder: Returns the holder, when the loop is there.
            coroutine: The coroutine.
            name: The name of its task.
            kind: The test class whose time resources have that it starts or closes.
            budget: How long it may take itself.

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
            coroutine.close()  # without a warning that it was never awaited
            raise
        try:
            with watchdog.held(name, kind):
                driver = Driver(self.owner, holder().context)
                with deadline.bounded(Deadline(driver), budget, name):
                    return driver.call(coroutine, name=name)
        except asyncio.CancelledError as error:  # nothing above takes it for an error
            raise ResourceError(f"{name} was cancelled") from error
        finally:
            self.owner.leave()

    async def leave(self, holder: Holder, instance: Instance) -> None:
        """Close what was entered for a class; raise what went wrong."""
        raise_all(await holder.close_one(instance), f"leaving {instance.declared.name}")

    def close_class(self, kind: type) -> None:
        """Close all of a class; raise what went wrong."""
        if kind in self._classes and self._is_between_tests():
            self._end(self._classes.pop(kind), kind.__qualname__)

    def close_module(self, name: str) -> None:
        """Close all of a module; raise what went wrong."""
        if name in self._modules and self._is_between_tests():
            self._end(self._modules.pop(name), f"module {name}")

    def _end(self, holder: Holder, what: str) -> None:
        raise_all(self._close(holder, holder.close) + self._end_watch(holder), f"closing the resources of {what}")

    def _close_started(self, holder: Holder) -> None:
        if self._is_between_tests():
            raise_all(self._close(holder, holder.close_started), f"closing the resources of a {holder.scope.value}")

    def close_all(self) -> list[BaseException]:
        """Close everything and the loop, and return what went wrong."""
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
        self, holder: Holder, close: Callable[[], Coroutine[Any, Any, list[BaseException]]]
    ) -> list[BaseException]:
        if not self.owner.is_open or not holder.has_any:
            return []
        errors: list[BaseException] = []

        async def collect() -> None:
            errors.extend(await close())

        try:
            kind = holder.owner if holder.scope is Scope.CLASS else None
            self.call(lambda: holder, collect(), "closing resources", kind=kind)
        except BaseException as error:  # Ctrl-C is not forgotten, but comes after what is still to be closed
            errors.append(error)
        return errors


def add_class_cleanup(kind: type, function: Callable[..., object], /, *arguments: Any) -> None:
    """Add a class cleanup that bounds what it does itself."""
    add: Any = unittest.TestCase.addClassCleanup
    add.__func__(kind, function, *arguments)
