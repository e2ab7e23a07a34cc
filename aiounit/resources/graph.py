"""The graph of the resources of a test class, in an order in which they can start.

A node is a resource with the nodes of its dependencies. A resource with the same dependencies has the same node in
every class, so a resource of scope ``run`` that ten modules name exists once.
"""

from collections.abc import Mapping
from typing import Final, cast

from aiounit._real import weakref
from aiounit.exceptions import DeclarationError, ScopeError
from aiounit.introspect import classes
from aiounit.introspect.names import qualified
from aiounit.resources.declaration import Declared, Resource, ResourceFactory, Scope, check_is_resource, check_scope

__all__ = ["Node", "Plan", "collect", "plan_for"]


class Node:
    """A resource and the nodes of its dependencies, by its parameters."""

    __slots__ = ("declared", "dependencies")

    def __init__(self, declared: Declared, dependencies: tuple[tuple[str, "Node"], ...]) -> None:
        self.declared = declared
        self.dependencies = dependencies


def make_node(declared: Declared, dependencies: tuple[tuple[str, Node], ...]) -> Node:
    """Return the node of a resource with these dependencies. It is made once."""
    return cast("Node", declared.nodes.setdefault(dependencies, Node(declared, dependencies)))


class Plan:
    """The resources that a test class uses.

    Attributes:
        attributes: The node of each attribute that is a resource.
        factories: The node of each factory.
        levels: The nodes of each scope, widest scope first. Each node comes after its dependencies.
        replaced: Maps each inherited resource to its replacement in this class, usually another resource.
        is_shared: Whether the tests need a loop that outlives a test.
    """

    __slots__ = ("attributes", "factories", "is_shared", "levels", "replaced")

    def __init__(
        self,
        attributes: dict[str, Node],
        factories: dict[Declared, Node],
        levels: dict[Scope, tuple[Node, ...]],
        replaced: Mapping[Declared, object],
        is_shared: bool,
    ) -> None:
        self.attributes = attributes
        self.factories = factories
        self.levels = levels
        self.replaced = replaced
        self.is_shared = is_shared

    def node(self, resource: Resource[object]) -> Node:
        """Return the node of a resource, as this class replaces it.

        Args:
            resource: The resource. It need not be an attribute of the class.

        Raises:
            DeclarationError: ``resource`` is not a resource.
        """
        check_is_resource(resource, "use()")
        return _Resolver(self.replaced).as_seen(resource)

    def node_of(self, factory: ResourceFactory[..., object]) -> Node:
        """Return the node of a factory, with its dependencies as this class replaces them."""
        return self.factories.get(factory) or _Resolver(self.replaced).node(factory)


def plan_for(kind: type, *, shares_loop: bool = False) -> Plan:
    """Find the resources that a test class uses.

    Args:
        kind: The class. Attributes of its base classes count, too.
        shares_loop: Whether the class asks for a loop that outlives a test.

    Raises:
        ScopeError: After a replacement in a subclass, a resource depends on one with a narrower scope.
        DeclarationError: After a replacement in a subclass, a resource depends on itself.
    """
    names = _declaring(kind)
    if not names:
        return _EMPTY_SHARED if shares_loop else _EMPTY
    replaced = _find_replaced(kind)
    resolver = _Resolver(replaced)
    attributes: dict[str, Node] = {}
    factories: dict[Declared, Node] = {}
    try:
        for name in sorted(names):
            attribute = classes.static(kind, name)
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


_EMPTY: Final = Plan({}, {}, dict.fromkeys(reversed(Scope), ()), {}, is_shared=False)
_EMPTY_SHARED: Final = Plan({}, {}, dict.fromkeys(reversed(Scope), ()), {}, is_shared=True)


def _declaring(kind: type) -> set[str]:
    """Return the names of a class and its bases under which there is, or was, a resource or a factory."""
    return {
        name for each in classes.of_users(kind) for name, value in each.__dict__.items() if isinstance(value, Declared)
    }


def _find_replaced(kind: type) -> Mapping[Declared, object]:
    """Return the replacement of each inherited resource whose name a subclass uses."""
    replaced: dict[Declared, object] = {}
    for ancestor in classes.of_users(kind):
        for name, former in vars(ancestor).items():
            if isinstance(former, Resource):
                current = classes.static(kind, name)
                if current is not former:
                    replaced[former] = current if isinstance(current, Declared) else _stand_in(kind, name, former)
    return replaced


def _stand_in(kind: type, name: str, former: Resource[object]) -> object:
    """Return a resource for a plain value that replaces one. Other replacements are returned as they are."""
    owner = next(each for each in kind.__mro__ if name in vars(each))
    value = vars(owner)[name]
    return value if hasattr(value, "__get__") else _make_stand_in(owner, name, former.scope)


def _make_stand_in(owner: type, name: str, scope: Scope) -> Resource[object]:
    """Return a resource that gives an attribute of a class. Its reference is weak, because the class is its key."""
    known = _stand_ins.setdefault(owner, {})
    if (name, scope) not in known:
        reference = weakref.ref(owner)

        async def give() -> object:
            return vars(reference())[name]

        known[name, scope] = Resource(give, scope, f"{owner.__qualname__}.{name}")
    return known[name, scope]


# The resources that stand in for plain values, by the classes that have these.
_stand_ins: Final[weakref.WeakKeyDictionary[type, dict[tuple[str, Scope], Resource[object]]]] = (
    weakref.WeakKeyDictionary()
)


class _Resolver:
    """Makes the nodes of resources, with the replacements of a class applied to their dependencies."""

    def __init__(self, replaced: Mapping[Declared, object]) -> None:
        self._replaced = replaced
        self._known: dict[Declared, Node] = {}
        self._path: list[Declared] = []

    def as_seen(self, resource: Resource[object]) -> Node:
        """Return the node of a resource, or of its replacement in the class."""
        current = self._replaced.get(resource, resource)
        if not isinstance(current, Resource):
            raise DeclarationError(
                f"resource {resource} is replaced by {current!r}, which is not a resource, but another resource "
                f"depends on it. Did you forget @resource?"
            )
        return self.node(current)

    def node(self, declared: Declared) -> Node:
        """Return the node of a resource or factory, without replacing it."""
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
    """Add a node to a collection, after its dependencies."""
    if node not in into:
        for _, dependency in node.dependencies:
            collect(dependency, into)
        into[node] = None
