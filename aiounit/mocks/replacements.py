"""Replacements of attributes and of items of dictionaries, which can be undone in any order.

Each replaced attribute or dictionary has a stack of layers. A layer that is removed from the middle hands its original
to the layer above it. So overlapping tasks, each with replacements of its own, restore the first original.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pkgutil import iter_modules
from typing import Any, Final

from aiounit._real import builtins, importlib, inspect
from aiounit.arguments import MISSING
from aiounit.introspect.representation import brief
from aiounit.mocks.specs.suggestions import closest, in_words

__all__ = ["MISSING", "missing", "original_of", "replace_attribute", "replace_items", "resolve", "target_of"]


# Finding the object to replace


def target_of(path: object, caller: str) -> tuple[object, str]:
    """Resolve a string like ``"package.module.attribute"``.

    Args:
        path: The string.
        caller: The method that received it, for messages.

    Returns:
        The object that has the attribute, and the name of the attribute.

    Raises:
        TypeError: ``path`` is not a string.
        ValueError: ``path`` is not a dotted name.
        AttributeError: An object on the path has no such attribute.
        ImportError: A module can't be imported.
    """
    if not isinstance(path, str):
        raise TypeError(
            f'{caller} takes a string like "package.module.attribute", not {brief(path)}. '
            f"To patch an attribute of an object, use patch.object(owner, name)"
        )
    owner, _, name = path.rpartition(".")
    if not all(part.isidentifier() for part in (name, *owner.split("."))):
        raise ValueError(f'{caller} takes a string like "package.module.attribute", not {brief(path)}')
    return resolve(owner), name


def resolve(path: str) -> object:
    """Return the object that a string like ``"package.module.attribute"`` names. Modules on the path are imported.

    Args:
        path: The string.

    Raises:
        AttributeError: An object on the path has no such attribute.
        ImportError: A module can't be imported.
    """
    first, *rest = path.split(".")
    thing: object = importlib.import_module(first)
    for part in rest:
        modules = {each.name for each in iter_modules(getattr(thing, "__path__", ()))}
        if inspect.ismodule(thing) and not hasattr(thing, part) and part in modules:
            importlib.import_module(f"{thing.__name__}.{part}")
        if not hasattr(thing, part):
            names = closest(part, modules | {*dir(thing)})
            raise AttributeError(f"there is no {brief(path)}: {in_words(thing)} has no attribute {part!r}{names}")
        thing = getattr(thing, part)
    return thing


def original_of(owner: object, name: str) -> object:
    """Return an attribute as it is without replacements; of a class, without binding it.

    Args:
        owner: The object that has the attribute.
        name: The name of the attribute.

    Returns:
        The attribute, or `MISSING`.
    """
    stack = _attributes.get((id(owner), name))
    if stack:
        return stack[0].before
    found = inspect.getattr_static(owner, name, MISSING) if inspect.isclass(owner) else getattr(owner, name, MISSING)
    if found is MISSING and inspect.ismodule(owner):
        found = getattr(builtins, name, MISSING)
    return found


def missing(owner: object, name: str) -> AttributeError:
    """Return the error for an attribute that does not exist.

    Args:
        owner: The object without the attribute.
        name: The name of the attribute.
    """
    return AttributeError(f"{in_words(owner)} has no attribute {name!r}{closest(name, dir(owner))}")


# Attributes


@dataclass(slots=True, eq=False)
class _Attribute:
    """One replacement of an attribute: the value that it covers, and whether that was in the owner's ``__dict__``."""

    owner: object
    name: str
    before: object
    is_own: bool

    def uncover(self) -> None:
        if self.is_own:
            setattr(self.owner, self.name, self.before)
            return
        delattr(self.owner, self.name)
        if self.before is not MISSING and not hasattr(self.owner, self.name):
            setattr(self.owner, self.name, self.before)  # in a slot, or in an object that forwards attributes


_attributes: Final[dict[tuple[int, str], list[_Attribute]]] = {}


def replace_attribute(owner: object, name: str, value: object) -> Callable[[], None]:
    """Replace an attribute.

    Args:
        owner: The object that has the attribute.
        name: The name of the attribute.
        value: The new value.

    Returns:
        A function that undoes the replacement.
    """
    own = getattr(owner, "__dict__", {})
    is_own = name in own
    layer = _Attribute(owner, name, own[name] if is_own else getattr(owner, name, MISSING), is_own)
    setattr(owner, name, value)
    key = (id(owner), name)
    stack = _attributes.setdefault(key, [])
    stack.append(layer)

    def undo() -> None:
        index = stack.index(layer)
        del stack[index]
        if index == len(stack):
            layer.uncover()
        else:
            stack[index].before, stack[index].is_own = layer.before, layer.is_own
        if not stack:
            del _attributes[key]

    return undo


# Items of dictionaries


# The keys are of any kind: `MutableMapping` is invariant in their type.
AnyItems = MutableMapping[Any, Any]


@dataclass(slots=True, eq=False)
class _Items:
    """One replacement of items: the dictionary's items before, and the keys that it replaces (all if it clears)."""

    before: dict[object, object]
    keys: set[object]
    clears: bool

    def covers(self, key: object) -> bool:
        return self.clears or key in self.keys


_dictionaries: Final[dict[int, list[_Items]]] = {}


def replace_items(
    dictionary: AnyItems, values: Mapping[Any, object], *, removed: Iterable[object] = (), clear: bool = False
) -> Callable[[], None]:
    """Replace items of a dictionary.

    Args:
        dictionary: The dictionary.
        values: The new items.
        removed: The keys to remove.
        clear: Whether to remove all other items.

    Returns:
        A function that undoes the replacement. The last one also reverts changes that other code made meanwhile.
    """
    before = {key: dictionary[key] for key in dictionary}
    removed = set(before if clear else removed)
    layer = _Items(before, removed | set(values), clear)
    stack = _dictionaries.setdefault(id(dictionary), [])
    stack.append(layer)
    for key in removed & set(before):
        del dictionary[key]
    for key, value in values.items():
        dictionary[key] = value

    def undo() -> None:
        index = stack.index(layer)
        del stack[index]
        if index == len(stack):
            _restore(dictionary, layer.before)
        else:
            _give_back(dictionary, layer, stack[index:])
        if not stack:
            del _dictionaries[id(dictionary)]

    return undo


def _restore(dictionary: AnyItems, before: dict[object, object]) -> None:
    for key in list(dictionary):
        del dictionary[key]
    for key, value in before.items():
        dictionary[key] = value


def _give_back(dictionary: AnyItems, layer: _Items, above: list[_Items]) -> None:
    """Undo a layer below others: in their saved items, and in the dictionary for the keys that they don't cover."""
    for key in layer.keys:
        for other in above:
            _put_back(other.before, key, layer.before)
            if other.covers(key):
                break
        else:
            _put_back(dictionary, key, layer.before)


def _put_back(dictionary: AnyItems, key: object, before: dict[object, object]) -> None:
    if key in before:
        dictionary[key] = before[key]
    else:
        dictionary.pop(key, None)
