"""The resources of one scope: of one test, one class, one module or one run.

All or nothing: if one of those that are started together fails, the others are closed again.
"""

import asyncio
import contextlib
import contextvars
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from unittest import SkipTest

from aiounit.exceptions import ResourceError
from aiounit.resources.declaration import Declared, Scope
from aiounit.resources.graph import Node
from aiounit.resources.instance import Instance, State, Trace

__all__ = ["Holder"]


class Holder:
    """Holds the resources of one scope while it lasts.

    Args:
        scope: The scope.
        owner: The test or the class whose scope it is; None for a module or the run.
        context: What the resources run in, and set their context variables in.
        wider: The holder of the next wider scope, whose resources these may depend on.
        trace: Is told of each start and close; None tells nobody.
    """

    def __init__(
        self,
        scope: Scope,
        owner: object,
        context: contextvars.Context,
        wider: "Holder | None" = None,
        trace: Trace | None = None,
    ) -> None:
        self.scope = scope
        self.context = context
        self._before = context.copy()
        self._owner = owner
        self._wider = wider
        self._trace = trace
        self._instances: dict[Node, Instance] = {}
        self._others: list[Instance] = []

    @property
    def has_any(self) -> bool:
        """Whether anything is held here."""
        return bool(self._instances or self._others)

    def find(self, node: Node) -> Instance | None:
        """Return what there is of a node, here or in a wider scope."""
        if node in self._instances:
            return self._instances[node]
        return None if self._wider is None else self._wider.find(node)

    def at(self, scope: Scope) -> "Holder":
        """Return the holder of a scope: this one or one of the wider ones."""
        if self.scope is scope:
            return self
        assert self._wider is not None
        return self._wider.at(scope)

    def all_variables(self) -> Iterator[tuple[contextvars.ContextVar[Any], object]]:
        """Yield the context variables that resources here and in wider scopes have set, the narrowest last."""
        if self._wider is not None:
            yield from self._wider.all_variables()
        yield from self.set_variables()

    def set_variables(self) -> Iterator[tuple[contextvars.ContextVar[Any], object]]:
        """Yield the context variables that the resources here have set, with their values."""
        missing = object()
        for variable, value in self.context.items():
            if self._before.get(variable, missing) is not value:
                yield variable, value

    async def start(self, nodes: Iterable[Node]) -> list[BaseException]:
        """Start the nodes that are not there yet, concurrently, each after those that it depends on.

        Args:
            nodes: Nodes of this scope, each after those that it depends on.

        Returns:
            Why they are not all there: the errors of those that failed. Those that started with them are closed.
        """
        if self._wider is not None and self.scope is not Scope.TEST:
            for variable, value in self._wider.all_variables():
                self.context.run(variable.set, value)
        new = [self._launch(node) for node in nodes if node not in self._instances]
        await self._wait_started(new)
        errors = [instance.error for instance in new if instance.error is not None]
        if errors:
            for instance in new:
                instance.is_reported = True
            whole = [node for node, instance in self._instances.items() if instance in new and instance.is_ready]
            errors += await _close([self._instances.pop(node) for node in whole])
        return errors

    async def add(
        self, declared: Declared, node: Node | None, arguments: tuple[tuple[Any, ...], dict[str, Any]]
    ) -> Instance:
        """Start one more resource that no other depends on, and return it; it may have failed.

        Args:
            declared: What it is made of.
            node: Says what it depends on; None if it depends on nothing.
            arguments: What its function is given besides.
        """
        dependencies = self._dependencies(node) if node is not None else {}
        instance = Instance(declared, self._owner, dependencies, arguments=arguments, trace=self._trace)
        self._others.append(instance)
        instance.launch(asyncio.get_running_loop(), self.context)
        await self._wait_started([instance])
        return instance

    def _launch(self, node: Node) -> Instance:
        owner = self._owner if self.scope in {Scope.TEST, Scope.CLASS} else node.declared.declared_in
        instance = Instance(node.declared, owner, self._dependencies(node), trace=self._trace)
        self._instances[node] = instance
        instance.launch(asyncio.get_running_loop(), self.context)
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
                if instance.state is State.STARTING:
                    instance.give_up()
            await _close(instances)
            self._instances = {node: each for node, each in self._instances.items() if each not in instances}
            raise

    def problem(self, node: Node) -> BaseException | None:
        """Return why a node can't be used, or None if it is ready or was never started.

        The error itself is returned the first time; later it is the cause of another that says so.
        """
        instance = self.find(node)
        if instance is None or instance.is_ready:
            return None
        cause = next(each for each in instance.chain() if each.error is not None)
        assert cause.error is not None
        if isinstance(cause.error, SkipTest) or not cause.is_reported:
            cause.is_reported = True
            return cause.error
        problem = ResourceError(
            f"resource {node.declared} is not there: {cause.declared} has failed before, with {cause.error!r}"
        )
        problem.__cause__ = cause.error
        return problem

    def watch(self, who: object, tell: Callable[[Instance], None]) -> None:
        """Have ``tell`` called at once when a resource of this holder or a wider one dies."""
        for instance in self._all():
            instance.watchers[who] = tell
        if self._wider is not None:
            self._wider.watch(who, tell)

    def unwatch(self, who: object) -> None:
        """Undo `watch`."""
        for instance in self._all():
            instance.watchers.pop(who, None)
        if self._wider is not None:
            self._wider.unwatch(who)

    async def close_one(self, instance: Instance) -> list[BaseException]:
        """Close one of those that were added, and return what went wrong and was not reported."""
        self._others.remove(instance)
        return await _close([instance])

    async def close(self) -> list[BaseException]:
        """Close all, concurrently, each after those that depend on it; return what went wrong and was not reported."""
        instances = self._all()
        self._instances = {}
        self._others = []
        return await _close(instances)

    def _all(self) -> list[Instance]:
        return [*self._instances.values(), *self._others]


async def _close(instances: list[Instance]) -> list[BaseException]:
    """Close resources, whatever becomes of the one who waits for it, and return the errors that nobody was told."""
    lost = [instance for instance in instances if not instance.is_on(asyncio.get_running_loop())]
    errors: list[BaseException] = [
        ResourceError(f"resource {instance.declared} could not be closed: its event loop is closed")
        for instance in lost
    ]
    instances = [instance for instance in instances if instance not in lost]
    for instance in instances:
        instance.request_close()
    for instance in instances:
        while not instance.is_over:
            # Who is cancelled while closing waits on: whoever cancelled has said why, and nothing may stay open.
            with contextlib.suppress(asyncio.CancelledError):
                await instance.wait_closed()
    for instance in instances:
        if instance.error is not None and not instance.is_reported:
            instance.is_reported = True
            errors.append(instance.error)
    return errors
