"""Which resources a test class uses, in an order in which they can start.

A node is a resource together with the nodes that it depends on. The same resource with the same dependencies is the
same node in every class, so a resource of the run that ten modules name is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiounit._real import inspect, weakref
from aiounit.exceptions import DeclarationError, ScopeError
from aiounit.introspect.names import qualified
from aiounit.resources.declaration import Declared, Resource, ResourceFactory, Scope, check_is_resource, check_scope

__all__ = ["Node", "Plan", "collect", "plan_for"]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A resource and the nodes that it depends on, by parameter."""

    declared: Declared
    dependencies: tuple[tuple[str, "Node"], ...]


def make_node(declared: Declared, dependencies: tuple[tuple[str, Node], ...]) -> Node:
    """Return the node of a resource with these dependencies: always the same one."""
    node: Node = declared.nodes.setdefault(dependencies, Node(declared, dependencies))
    return node


@dataclass(frozen=True, slots=True)
class Plan:
    """What a test class uses.

    Attributes:
        attributes: The node of each attribute that is a resource.
        factories: The node of each factory.
        levels: The nodes of each scope, widest scope first, each after those that it depends on.
        replaced: What a resource of an ancestor is replaced by in this class: anything, a resource as a rule.
        is_shared: Whether the tests need a loop that lives longer than they do.
    """

    attributes: dict[str, Node]
    factories: dict[Declared, Node]
    levels: dict[Scope, tuple[Node, ...]]
    replaced: Mapping[Declared, object]
    is_shared: bool

    def node(self, resource: Resource[Any]) -> Node:
        """Return the node of any resource, as this class sees it.

        Args:
            resource: A resource, of the class or not.

        Raises:
            DeclarationError: It is none.
        """
        check_is_resource(resource, "use()")
        return _Resolver(self.replaced).as_seen(resource)

    def node_of(self, factory: ResourceFactory[Any, Any]) -> Node:
        """Return the node of a factory, with the dependencies that it has in this class."""
        return self.factories.get(factory) or _Resolver(self.replaced).node(factory)


def plan_for(kind: type, *, shares_loop: bool = False) -> Plan:
    """Find out which resources a test class uses.

    Args:
        kind: The class, with all that it inherits.
        shares_loop: Whether the class asks for a loop that lives longer than its tests.

    Raises:
        ScopeError: A resource depends on one that does not live as long, after a subclass has replaced it.
        DeclarationError: A resource depends on itself, after a subclass has replaced one.
    """
    replaced = _find_replaced(kind)
    resolver = _Resolver(replaced)
    attributes: dict[str, Node] = {}
    factories: dict[Declared, Node] = {}
    try:
        for name, attribute in sorted(_attributes(kind).items()):
            if isinstance(attribute, Resource):
                attributes[name] = resolver.node(attribute)
            elif isinstance(attribute, ResourceFactory):
                factories[attribute] = resolver.node(attribute)
    except ScopeError as error:
        raise ScopeError(f"{qualified(kind)}: {error}") from None
    except DeclarationError as error:
        raise DeclarationError(f"{qualified(kind)}: {error}") from None
    used: dict[Node, None] = {}
    for node in attributes.values():
        collect(node, used)
    for node in factories.values():
        for _, dependency in node.dependencies:
            collect(dependency, used)
    levels = {scope: tuple(node for node in used if node.declared.scope is scope) for scope in reversed(Scope)}
    lives_longer = any(node.declared.scope is not Scope.TEST for node in used)
    return Plan(attributes, factories, levels, replaced, shares_loop or lives_longer)


def _attributes(kind: type) -> dict[str, Any]:
    """Return what a class and its ancestors define, as it is: inspect asks all of them for each name, which is slow."""
    return {name: value for ancestor in reversed(kind.__mro__) for name, value in vars(ancestor).items()}


def _find_replaced(kind: type) -> Mapping[Declared, object]:
    """Return what each resource of an ancestor is replaced by, because a subclass uses its name."""
    replaced: dict[Declared, object] = {}
    for ancestor in kind.__mro__:
        for name, former in vars(ancestor).items():
            if isinstance(former, Resource):
                current: Any = inspect.getattr_static(kind, name)
                if current is not former:
                    replaced[former] = current if isinstance(current, Declared) else _stand_in(kind, name, former)
    return replaced


def _stand_in(kind: type, name: str, former: Resource[Any]) -> object:
    """Return a resource for a plain value that replaces one, or what is no plain value as it is."""
    owner = next(each for each in kind.__mro__ if name in vars(each))
    value = vars(owner)[name]
    return value if hasattr(value, "__get__") else _make_stand_in(owner, name, former.scope)


def _make_stand_in(owner: type, name: str, scope: Scope) -> Resource[Any]:
    """Return the resource that gives an attribute of a class; it refers to the class weakly, as it is kept with it."""
    known = _stand_ins.setdefault(owner, {})
    if (name, scope) not in known:
        reference = weakref.ref(owner)

        async def give() -> Any:
            return vars(reference())[name]

        known[name, scope] = Resource(give, scope, f"{owner.__qualname__}.{name}")
    return known[name, scope]


# The resources that stand for plain values, for each class that has some.
_stand_ins: Final[weakref.WeakKeyDictionary[type, dict[tuple[str, Scope], Resource[Any]]]] = weakref.WeakKeyDictionary()


class _Resolver:
    """Makes the nodes of resources, with what a class replaces among their dependencies."""

    def __init__(self, replaced: Mapping[Declared, object]) -> None:
        self._replaced = replaced
        self._known: dict[Declared, Node] = {}
        self._path: list[Declared] = []

    def as_seen(self, resource: Resource[Any]) -> Node:
        """Return the node of what a resource is in the class."""
        current = self._replaced.get(resource, resource)
        if not isinstance(current, Resource):
            raise DeclarationError(
                f"resource {resource} is replaced by {current!r}, which is no resource, and something depends on it. "
                f"Did you forget @resource?"
            )
        return self.node(current)

    def node(self, declared: Declared) -> Node:
        """Return the node of a resource or a factory itself."""
        if declared in self._known:
            return self._known[declared]
        if declared in self._path:
            circle = " -> ".join(each.name for each in (*self._path[self._path.index(declared) :], declared))
            raise DeclarationError(
                f"resource {declared} depends on itself: {circle}. A resource that replaces another of the same name "
                f"can't depend on it; give one of them another name"
            )
        self._path.append(declared)
        dependencies: list[tuple[str, Node]] = []
        for parameter, dependency in declared.dependencies.items():
            node = self.as_seen(dependency)
            check_scope(declared, node.declared)
            dependencies.append((parameter, node))
        self._path.pop()
        node = self._known[declared] = make_node(declared, tuple(dependencies))
        return node


def collect(node: Node, into: dict[Node, None]) -> None:
    """Add a node after those that it depends on."""
    if node not in into:
        for _, dependency in node.dependencies:
            collect(dependency, into)
        into[node] = None
