"""Provide the resources of one test: start them before its first hook, and close them after its last cleanup.

In between, the resources that the class names are attributes of the test.
"""

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import ParamSpec, TypeVar
from unittest import SkipTest

from aiounit._real import asyncio, contextvars, functools
from aiounit.exceptions import ScopeError
from aiounit.introspect.names import qualified
from aiounit.resources.declaration import Resource, ResourceFactory, Scope
from aiounit.resources.graph import Node, Plan, collect
from aiounit.resources.holder import Holder, Settled
from aiounit.resources.instance import Instance, Trace
from aiounit.runs import verdicts
from aiounit.runs.shared_loop import SharedLoop

__all__ = ["Provision"]

P = ParamSpec("P")
T = TypeVar("T")


class Provision:
    """The resources of one test.

    Args:
        case: The test.
        plan: The resources that its class uses.
        shared: The shared loop, if the test runs on it.
        outer: The context from which that of the test is copied.
        context: The context of the test.
        trace: Called with a line about each start and close, or None.
        is_entered: Returns whether synchronous code of the test has entered its context.
    """

    def __init__(
        self,
        case: object,
        plan: Plan,
        shared: SharedLoop | None,
        outer: contextvars.Context,
        context: contextvars.Context,
        trace: Trace | None,
        is_entered: Callable[[], bool],
    ) -> None:
        self._is_entered = is_entered
        self._case = case
        self._plan = plan
        self._shared = shared
        self._outer = outer
        self._context = context
        self._trace = trace
        self.tell: Callable[[Instance], object] = bool
        """Called at once when a resource that the test may use fails."""
        self._shown: dict[contextvars.ContextVar[object], object] = {}

    @functools.cached_property
    def _class(self) -> Holder | None:
        """The holder of the class's resources; None if the loop of the test is its own."""
        return None if self._shared is None else self._shared.of_class(type(self._case), self._outer, self._trace)

    @functools.cached_property
    def _holder(self) -> Holder:
        """The holder of the test's resources. It is made when it is used, because most tests never need it."""
        holder = Holder(Scope.TEST, self._case, self._context, self._class, self._trace)
        holder.is_entered = self._is_entered
        return holder

    def needs_loop(self) -> bool:
        """Return whether a resource must be started."""
        return bool(self._plan.levels[Scope.TEST]) or (self._plan.is_shared and self._settled() is None)

    def _settled(self) -> Settled | None:
        """Return the resources of wider scopes if all have started. It does not ask each: this runs for each test."""
        holder = self._class
        if holder is None:
            return None
        if holder.settled is not None and holder.settled.is_ready():
            return holder.settled
        plan = self._plan
        found = {
            node: holder.find(node) for scope, nodes in plan.levels.items() if scope is not Scope.TEST for node in nodes
        }
        if any(instance is None or not instance.is_ready for instance in found.values()):
            return None
        values = {name: instance.value for name, node in plan.attributes.items() if (instance := found.get(node))}
        holder.settled = Settled(holder, values)
        return holder.settled

    @property
    def has_any(self) -> bool:
        """Whether the test itself holds resources, which must be closed with it."""
        return "_holder" in vars(self) and self._holder.has_any

    async def start(self) -> list[BaseException]:
        """Start the resources of the class that are not running yet, the widest scope first, and return the errors."""
        levels = self._plan.levels
        settled = self._settled()
        if settled is None:
            return await self._start(levels)
        errors = await self._start({Scope.TEST: levels[Scope.TEST]})
        if not errors and not settled.is_ready():
            errors = self._problems(levels)
        return errors

    async def _start(self, levels: Mapping[Scope, Sequence[Node]]) -> list[BaseException]:
        for scope, nodes in levels.items():
            problem = self._holder.problem_of(nodes)
            if problem is not None:
                return [problem]
            if scope is Scope.TEST and nodes:
                await self._show_variables()
            errors = await self._holder.at(scope).start(nodes) if nodes else []
            if errors:
                return _in_order(errors)
        return self._problems(levels)  # a second time: a resource may have failed while another one started

    def _problems(self, levels: Mapping[Scope, Sequence[Node]]) -> list[BaseException]:
        for nodes in levels.values():
            problem = self._holder.problem_of(nodes)
            if problem is not None:
                return [problem]
        return []

    def _new_variables(self) -> Iterator[tuple[contextvars.ContextVar[object], object]]:
        """Yield the context variables of wider scopes that the test's context does not have yet."""
        if self._class is None:
            return
        for variable, value in dict(self._class.all_variables()).items():
            if variable not in self._shown or self._shown[variable] is not value:
                self._shown[variable] = value
                yield variable, value

    async def _show_variables(self) -> None:
        """Set the context variables of wider scopes in the test's context, even from a task with another context."""
        if self._is_entered():
            return  # a context can't be entered twice; the next use of a resource sets the variables
        new = list(self._new_variables())

        async def show() -> None:
            for variable, value in new:
                variable.set(value)

        if new:
            await asyncio.Task(show(), loop=asyncio.get_running_loop(), context=self._context)

    def hand_out(self, set_variable: Callable[..., object]) -> None:
        """Make the resources attributes of the test, and set their context variables in its context.

        Args:
            set_variable: Calls its first argument, the ``set`` of a context variable, with the second, in the context
                of the test.
        """
        self._holder.watch(self, self.tell)
        for variable, value in self._new_variables():
            set_variable(variable.set, value)
        settled = self._settled()
        attributes = vars(self._case)
        if settled is not None:
            attributes.update(settled.values)
            if len(settled.values) == len(self._plan.attributes):
                return
        for name, node in self._plan.attributes.items():
            if settled is None or name not in settled.values:
                instance = self._holder.find(node)
                assert instance is not None
                attributes[name] = instance.value

    def take_back(self) -> None:
        """Remove the resources from the test; those of wider scopes stay open."""
        self.tell = bool  # the other one holds the lifecycle, which holds this
        if "_holder" in vars(self):
            self._holder.unwatch(self)
        attributes = vars(self._case)
        for name in self._plan.attributes:
            attributes.pop(name, None)

    async def close(self) -> list[BaseException]:
        """Close the resources of the test, and return the errors."""
        return await self._holder.close()

    # On demand

    async def use(self, resource: Resource[T]) -> T:
        """Return the value of a resource, after starting it if it is not running."""
        node = self._plan.node(resource)
        await self._make_ready([node])
        await self._show_variables()
        self._holder.watch(self, self.tell)
        instance = self._holder.find(node)
        assert instance is not None
        value: T = instance.value
        return value

    async def _make_ready(self, nodes: Iterable[Node]) -> None:
        used: dict[Node, None] = {}
        for node in nodes:
            collect(node, used)
        if self._class is None:
            self._check_scopes(used)
        errors = await self._start(
            {scope: [each for each in used if each.declared.scope is scope] for scope in reversed(Scope)}
        )
        if len(errors) > 1:
            raise BaseExceptionGroup("several resources went wrong", errors)
        for error in errors:
            raise error

    def _check_scopes(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if node.declared.scope is not Scope.TEST:
                kind, name = type(self._case), node.declared.name.rpartition(".")[2]
                raise ScopeError(
                    f"resource {node.declared} lives for a {node.declared.scope.value}, but each test of "
                    f"{qualified(kind)} has a loop of its own, because its class names no resource that lives longer. "
                    f"Write {name} = {name} in the body of the class, or shared_loop = True"
                )

    def maker(
        self, factory: ResourceFactory[P, T], clean_up: Callable[..., object]
    ) -> Callable[P, Coroutine[object, object, T]]:
        """Return the coroutine function that makes resources of a factory.

        Args:
            factory: The factory.
            clean_up: Adds a cleanup to the test.
        """

        async def make(*arguments: P.args, **keywords: P.kwargs) -> T:
            node = self._plan.node_of(factory)
            await self._make_ready(each for _, each in node.dependencies)
            instance = await self._holder.add(factory, node, (arguments, keywords))
            problem = self._holder.problem(instance)
            if problem is not None:
                raise problem
            instance.watchers[self] = self.tell
            clean_up(self._close_one, instance)
            value: T = instance.value
            return value

        return make

    async def _close_one(self, instance: Instance) -> None:
        for error in await self._holder.close_one(instance):
            raise error


def _in_order(errors: list[BaseException]) -> list[BaseException]:
    """Return the errors to report: a Ctrl-C first, so that no group hides it; one skip only if nothing failed."""
    errors = [verdicts.verdict(error) for error in errors]
    failures = [error for error in errors if not isinstance(error, SkipTest)]
    failures.sort(key=lambda error: not isinstance(error, KeyboardInterrupt))
    return failures or errors[:1]
