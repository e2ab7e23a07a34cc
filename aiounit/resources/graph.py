"""Which resources a test class uses, in an order in which they can start.

A node is a resource together with the nodes that it depends on. The same resource with the same dependencies is the
same node in every class, so a resource of the run that ten modules name is one.
"""

import functools
import inspect
from dataclasses import dataclass
from typing import Any

from aiounit.exceptions import DeclarationError
from aiounit.resources.declaration import Declared, Factory, Resource, Scope, check_scope

__all__ = ["Node", "Plan", "plan_for"]


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A resource and the nodes that it depends on, by parameter."""

    declared: Declared
    dependencies: tuple[tuple[str, "Node"], ...]


@functools.cache
def make_node(declared: Declared, dependencies: tuple[tuple[str, Node], ...]) -> Node:
    """Return the node of a resource with these dependencies: always the same one."""
    return Node(declared, dependencies)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a test class uses.

    Attributes:
        attributes: The node of each attribute that is a resource.
        factories: The node of each factory.
        levels: The nodes of each scope, widest scope first, each after those that it depends on.
        replaced: What a resource of an ancestor is replaced by in this class.
        is_shared: Whether the tests need a loop that lives longer than they do.
    """

    attributes: dict[str, Node]
    factories: dict[Declared, Node]
    levels: dict[Scope, tuple[Node, ...]]
    replaced: dict[Declared, Declared]
    is_shared: bool

    def node(self, declared: Declared) -> Node:
        """Return the node of any resource, as this class sees it."""
        return _resolve(declared, self.replaced, ())


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
    attributes: dict[str, Node] = {}
    factories: dict[Declared, Node] = {}
    for name in dir(kind):
        attribute: Any = inspect.getattr_static(kind, name, None)
        if isinstance(attribute, Resource):
            attributes[name] = _resolve(attribute, replaced, ())
        elif isinstance(attribute, Factory):
            factories[attribute] = _resolve(attribute, replaced, ())
    used: dict[Node, None] = {}
    for node in attributes.values():
        collect(node, used)
    for node in factories.values():
        for _, dependency in node.dependencies:
            collect(dependency, used)
    levels = {scope: tuple(node for node in used if node.declared.scope is scope) for scope in reversed(Scope)}
    lives_longer = any(node.declared.scope is not Scope.TEST for node in used)
    return Plan(attributes, factories, levels, replaced, shares_loop or lives_longer)


def _find_replaced(kind: type) -> dict[Declared, Declared]:
    """Return what each resource of an ancestor is replaced by, because a subclass uses its name."""
    replaced: dict[Declared, Declared] = {}
    for ancestor in kind.__mro__:
        for name, former in vars(ancestor).items():
            if isinstance(former, Declared):
                current: Any = inspect.getattr_static(kind, name)
                if isinstance(current, Declared) and current is not former:
                    replaced[former] = current
    return replaced


def _resolve(declared: Declared, replaced: dict[Declared, Declared], path: tuple[Declared, ...]) -> Node:
    declared = replaced.get(declared, declared)
    if declared in path:
        circle = " -> ".join(each.name for each in (*path[path.index(declared) :], declared))
        raise DeclarationError(
            f"resource {declared} depends on itself: {circle}. A resource that replaces another of the same name can't "
            f"depend on it; give one of them another name"
        )
    dependencies: list[tuple[str, Node]] = []
    for parameter, dependency in declared.dependencies.items():
        node = _resolve(dependency, replaced, (*path, declared))
        assert isinstance(node.declared, Resource)
        check_scope(declared, node.declared)
        dependencies.append((parameter, node))
    return make_node(declared, tuple(dependencies))


def collect(node: Node, into: dict[Node, None]) -> None:
    """Add a node after those that it depends on."""
    for _, dependency in node.dependencies:
        collect(dependency, into)
    into[node] = None
