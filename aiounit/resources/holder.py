"""The resources of one scope: of one test, one class, one module or one run.

If one of the resources that start together fails, the others are closed again.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from unittest import SkipTest

from aiounit._real import asyncio, contextlib, contextvars
from aiounit.checks.ownership import residents
from aiounit.exceptions import ResourceError
from aiounit.resources.declaration import Declared, Scope
from aiounit.resources.graph import Node
from aiounit.resources.instance import Instance, Trace

__all__ = ["Holder"]

_MISSING: Final = object()

# Whatever a variable holds, it is only passed on. `ContextVar` is invariant in its type.
Variable = contextvars.ContextVar[Any]


class Settled:
    """Resources that all tests of a class share, as they were found for one of its tests.

    Args:
        holder: The holder of the class.
        values: The values of those that are attributes, by their names.
    """

    def __init__(self, holder: "Holder", values: dict[str, object]) -> None:
        self.values = values
        self._changes = [(each, each.changes) for each in holder.chain()]

    def is_ready(self) -> bool:
        """Return whether nothing was started, has failed or was closed since. It does not ask each resource."""
        for holder, changes in self._changes:  # noqa: SIM110 (each test comes here, and all() would call a generator)
            if holder.changes != changes:
                return False
        return True


class Holder:
    """Holds the resources of one scope while it lasts.

    Args:
        scope: The scope.
        owner: The test or class whose scope it is; None for a module or the run.
        context: The context that the resources run in, and set their context variables in.
        wider: The holder of the next wider scope, on whose resources these may depend.
        trace: Called with a line for each start and close; None for no trace.
        on_start: Called before the first resource starts; called again if all were closed in between.
    """

    def __init__(
        self,
        scope: Scope,
        owner: Any,
        context: contextvars.Context,
        wider: "Holder | None" = None,
        trace: Trace | None = None,
        on_start: Callable[["Holder"], object] | None = None,
    ) -> None:
        self.scope = scope
        self.context = context
        self._before = context.copy()
        self._inherited: dict[Variable, object] = {}
        self.owner = owner
        self.wider = wider
        self.declared: list[Declared] = []
        """The resources that were started here."""
        self._trace = trace
        self._on_start = on_start
        self._instances: dict[Node, Instance] = {}
        self._others: list[Instance] = []
        self.launched = 0
        """How many resources were started here."""
        self.watchers: dict[object, tuple[Callable[[Instance], object], int]] = {}
        """Functions to call as soon as a resource dies whose number is smaller, by their watchers."""
        self.changes = 0
        """How often a resource was added or removed, or has failed."""
        self.settled: Settled | None = None
        """The resources that the last test of a class used, of this scope and wider ones."""
        self.is_entered: Callable[[], bool] = bool
        """Whether synchronous code holds the context and runs the loop itself. No task can enter the context then."""

    @property
    def has_any(self) -> bool:
        """Whether it holds any resource."""
        return bool(self._instances or self._others)

    def roots(self) -> Iterator[tuple[str, object]]:
        """Yield a description and the value of each object of the user's that lives here."""
        for instance in self._all():
            for value in instance.values():
                yield f"resource {instance.declared}", value
        for variable, value in self._own_variables():
            yield f"context variable {variable.name!r}", value

    def find(self, node: Node) -> Instance | None:
        """Return the instance of a node, from here or a wider scope, or None."""
        if node in self._instances:
            return self._instances[node]
        return None if self.wider is None else self.wider.find(node)

    def chain(self) -> "Iterator[Holder]":
        """Yield this holder and those of wider scopes, the narrowest first."""
        holder: Holder | None = self
        while holder is not None:
            yield holder
            holder = holder.wider

    def at(self, scope: Scope) -> "Holder":
        """Return the holder of a scope: this one or a wider one."""
        if self.scope is scope:
            return self
        assert self.wider is not None
        return self.wider.at(scope)

    def all_variables(self) -> Iterator[tuple[Variable, object]]:
        """Yield the context variables that this and wider scopes have set, with their values, the narrowest last."""
        if self.wider is not None:
            yield from self.wider.all_variables()
        yield from self._own_variables()

    def _own_variables(self) -> Iterator[tuple[Variable, object]]:
        for variable, value in self.context.items():
            former = self._inherited.get(variable, self._before.get(variable, _MISSING))
            if value is not former:
                yield variable, value

    def inherit_variables(self) -> None:
        """Set the context variables of wider scopes in this context, except those that it has set itself."""
        if self.wider is None:
            return
        own = dict(self._own_variables())
        for variable, value in dict(self.wider.all_variables()).items():
            if variable not in own:
                self.context.run(variable.set, value)
                self._inherited[variable] = value

    async def start(self, nodes: Iterable[Node]) -> list[BaseException]:
        """Start nodes that are not started yet, concurrently, each after its dependencies.

        Args:
            nodes: Nodes of this scope, each after its dependencies.

        Returns:
            The errors of the nodes that failed. If there are any, the nodes that started with them are closed again.
        """
        nodes = list(nodes)
        while others := [each for node in nodes if (each := self._instances.get(node)) and each.is_starting]:
            for instance in others:  # another task has started them, and may still cancel that
                await instance.wait_started()
        new = [node for node in nodes if node not in self._instances]
        if not new:
            return []
        if self.scope is not Scope.TEST:
            self.inherit_variables()
        if self._on_start is not None and not self._instances:
            self._on_start(self)
        instances = [self._launch(node) for node in new]
        await self._wait_started(instances)
        errors = [instance.error for instance in instances if instance.error is not None]
        if errors:
            for instance in instances:
                instance.is_reported = instance.error is not None
            whole = [node for node in new if self._instances[node].is_ready]
            self.changes += 1
            errors += await _close([self._instances.pop(node) for node in whole])
        return errors

    async def add(
        self, declared: Declared, node: Node | None, arguments: tuple[tuple[object, ...], dict[str, object]]
    ) -> Instance:
        """Start a resource that no other depends on, and return its instance, which may have failed.

        Args:
            declared: The resource or factory.
            node: Its node, which has its dependencies; None if there are none.
            arguments: More arguments for its function.
        """
        dependencies = self._dependencies(node) if node is not None else {}
        instance = Instance(declared, self.owner, dependencies, arguments=arguments, trace=self._trace)
        self.declared.append(declared)
        self._others.append(instance)
        self._begin(instance)
        await self._wait_started([instance])
        return instance

    def _begin(self, instance: Instance) -> None:
        self.changes += 1
        instance.number = self.launched
        self.launched += 1
        instance.on_failure = self._note_change
        instance.on_death = self._tell_watchers
        instance.launch(asyncio.get_running_loop(), self.context.copy() if self.is_entered() else self.context)
        if self.scope is not Scope.TEST:
            residents.add(instance.task)
            instance.task.add_done_callback(residents.discard)

    def _launch(self, node: Node) -> Instance:
        owner = self.owner if self.scope in {Scope.TEST, Scope.CLASS} else node.declared.declared_in
        instance = Instance(node.declared, owner, self._dependencies(node), trace=self._trace)
        self.declared.append(node.declared)
        self._instances[node] = instance
        self._begin(instance)
        return instance

    def _dependencies(self, node: Node) -> dict[str, Instance]:
        found = {parameter: self.find(dependency) for parameter, dependency in node.dependencies}
        return {parameter: instance for parameter, instance in found.items() if instance is not None}

    async def _wait_started(self, instances: list[Instance]) -> None:
        try:
            for instance in instances:
                await instance.wait_started()
        except asyncio.CancelledError:
            for instance in instances:
                if instance.is_starting:
                    instance.give_up()
            self.changes += 1
            self._instances = {node: each for node, each in self._instances.items() if each not in instances}
            self._others = [each for each in self._others if each not in instances]
            errors = await _close(instances)
            if errors:
                raise BaseExceptionGroup("resources failed while their start was cancelled", errors) from None
            raise

    @staticmethod
    def problem(instance: Instance) -> BaseException | None:
        """Return the reason why a resource can't be used, or None if it is ready or starting.

        The first time this is its own error, later a `ResourceError` with that as the cause.
        """
        if instance.is_ready or instance.is_starting:
            return None
        cause = next(each for each in instance.chain() if each.error is not None)
        assert cause.error is not None
        if isinstance(cause.error, SkipTest) or not cause.is_reported:
            cause.is_reported = True
            return cause.error
        failed = f"resource {cause.declared} has failed before: {_in_short(cause.error)}"
        if cause is not instance:
            failed = f"resource {instance.declared} is not available, because {failed}"
        problem = ResourceError(failed)
        problem.__cause__ = cause.error
        return problem

    def problem_of(self, nodes: Iterable[Node]) -> BaseException | None:
        """Return the reason why one of some nodes can't be used, or None if all started ones can; see `problem`."""
        instances = (instance for node in nodes if (instance := self.find(node)) is not None)
        return next((problem for instance in instances if (problem := self.problem(instance)) is not None), None)

    def watch(self, watcher: object, tell: Callable[[Instance], object]) -> None:
        """Have ``tell`` called as soon as a resource of this holder or a wider one dies."""
        for holder in self.chain():
            holder.watchers[watcher] = tell, holder.launched

    def unwatch(self, watcher: object) -> None:
        """Undo `watch`."""
        for holder in self.chain():
            holder.watchers.pop(watcher, None)
        for instance in self._others:
            instance.watchers.pop(watcher, None)

    def _note_change(self) -> None:
        self.changes += 1

    def _tell_watchers(self, instance: Instance) -> None:
        told = dict(instance.watchers)
        told.update((watcher, tell) for watcher, (tell, number) in self.watchers.items() if instance.number < number)
        for tell in told.values():
            tell(instance)

    async def close_one(self, instance: Instance) -> list[BaseException]:
        """Close a resource that was added, and return the errors that were not reported yet."""
        if instance in self._others:
            self._others.remove(instance)
        return await _close([instance])

    async def close_started(self) -> list[BaseException]:
        """Close all resources except those that were added, and return the errors that were not reported yet."""
        instances = list(self._instances.values())
        self._instances = {}
        self.changes += 1
        return await _close(instances)

    async def close(self) -> list[BaseException]:
        """Close all resources concurrently, each after its dependants, and return the errors not reported yet."""
        instances = self._all()
        self._instances = {}
        self._others = []
        self.changes += 1
        return await _close(instances)

    def abandon(self) -> None:
        """Abandon all resources, because their event loop is closed and they can't run any more."""
        for instance in self._all():
            instance.let_go()
            residents.discard(instance.task)
        self._instances = {}
        self._others = []
        self.changes += 1

    def _all(self) -> list[Instance]:
        return [*self._instances.values(), *self._others]


def _in_short(error: BaseException) -> str:
    first, _, _ = str(error).partition("\n")
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


async def _close(instances: list[Instance]) -> list[BaseException]:
    """Close resources, even if the waiting task is cancelled, and return the errors that were not reported yet."""
    lost = [instance for instance in instances if not instance.is_on(asyncio.get_running_loop())]
    errors: list[BaseException] = [
        ResourceError(f"resource {instance.declared} could not be closed: something has closed its event loop")
        for instance in lost
        if instance.is_ready
    ]
    for instance in lost:
        instance.let_go()
    instances = [instance for instance in instances if instance not in lost]
    for instance in instances:
        instance.request_close()
    for instance in instances:
        while not instance.is_over:
            # A cancelled closing continues: the canceller knows the reason, and no resource may stay open.
            with contextlib.suppress(asyncio.CancelledError):
                await instance.wait_closed()
    for instance in instances:
        if instance.error is not None and not instance.is_reported:
            instance.is_reported = True
            errors.append(instance.error)
    return errors
