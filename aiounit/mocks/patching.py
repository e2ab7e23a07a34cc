"""Patches of attributes and of the items of dictionaries, which can be undone in any order.

Each place that is patched has a pile of layers. A layer that is taken out from below another leaves what it covered to
that one. So overlapping tasks, each with patches of its own, leave behind what was there at first.
"""

from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from aiounit._real import builtins, importlib, inspect, pkgutil
from aiounit.arguments import MISSING
from aiounit.introspect.representation import brief
from aiounit.mocks.specs.suggestions import closest, in_words

__all__ = ["MISSING", "missing", "original_of", "replace_attribute", "replace_items", "resolve", "target_of"]


# Finding what to patch


def target_of(path: object, caller: str) -> tuple[Any, str]:
    """Find what a string like ``"package.module.attribute"`` names.

    Args:
        path: The string.
        caller: The method that it was given to, for messages.

    Returns:
        What has the attribute, and the name of the attribute.

    Raises:
        TypeError: ``path`` is no string.
        ValueError: It is no such string.
        AttributeError: There is no such thing.
        ImportError: A module can't be imported.
    """
    if not isinstance(path, str):
        raise TypeError(
            f'{caller} takes a string like "package.module.attribute", not {brief(path)}. '
            f"Patch an attribute of an object that is at hand with patch.object(owner, name)"
        )
    owner, _, name = path.rpartition(".")
    if not all(part.isidentifier() for part in (name, *owner.split("."))):
        raise ValueError(f'{caller} takes a string like "package.module.attribute", not {brief(path)}')
    return resolve(owner), name


def resolve(path: str) -> Any:
    """Return what a string like ``"package.module.attribute"`` names, and import what it is in.

    Args:
        path: The string.

    Raises:
        AttributeError: There is no such thing.
        ImportError: A module can't be imported.
    """
    first, *rest = path.split(".")
    thing: Any = importlib.import_module(first)
    for part in rest:
        modules = {each.name for each in pkgutil.iter_modules(getattr(thing, "__path__", ()))}
        if not hasattr(thing, part) and part in modules:
            importlib.import_module(f"{thing.__name__}.{part}")
        if not hasattr(thing, part):
            names = closest(part, modules | {*dir(thing)})
            raise AttributeError(f"there is no {brief(path)}: {in_words(thing)} has no attribute {part!r}{names}")
        thing = getattr(thing, part)
    return thing


def original_of(owner: Any, name: str) -> Any:
    """Return what an attribute is without patches, as it stands in the class if the owner is one.

    Args:
        owner: What has the attribute.
        name: Its name.

    Returns:
        The attribute, or `MISSING`.
    """
    pile = _attributes.get((id(owner), name))
    if pile:
        return pile[0].before
    found = inspect.getattr_static(owner, name, MISSING) if inspect.isclass(owner) else getattr(owner, name, MISSING)
    if found is MISSING and inspect.ismodule(owner):
        found = getattr(builtins, name, MISSING)
    return found


def missing(owner: Any, name: str) -> AttributeError:
    """Return the error that says that there is no such attribute.

    Args:
        owner: What does not have it.
        name: Its name.
    """
    return AttributeError(f"{in_words(owner)} has no attribute {name!r}{closest(name, dir(owner))}")


# Attributes


@dataclass(slots=True, eq=False)
class _Attribute:
    """One patch of an attribute: what it covers, and whether that stood in the owner itself."""

    owner: Any
    name: str
    before: Any
    is_own: bool

    def uncover(self) -> None:
        if self.is_own:
            setattr(self.owner, self.name, self.before)
            return
        delattr(self.owner, self.name)
        if self.before is not MISSING and not hasattr(self.owner, self.name):
            setattr(self.owner, self.name, self.before)  # of a slot, or of an object that passes attributes on


_attributes: Final[dict[tuple[int, str], list[_Attribute]]] = {}


def replace_attribute(owner: Any, name: str, value: Any) -> Callable[[], None]:
    """Replace an attribute.

    Args:
        owner: What has the attribute.
        name: Its name.
        value: What takes its place.

    Returns:
        A function that undoes it.
    """
    own = getattr(owner, "__dict__", {})
    is_own = name in own
    layer = _Attribute(owner, name, own[name] if is_own else getattr(owner, name, MISSING), is_own)
    setattr(owner, name, value)
    key = (id(owner), name)
    pile = _attributes.setdefault(key, [])
    pile.append(layer)

    def undo() -> None:
        index = pile.index(layer)
        del pile[index]
        if index == len(pile):
            layer.uncover()
        else:
            pile[index].before, pile[index].is_own = layer.before, layer.is_own
        if not pile:
            del _attributes[key]

    return undo


# Items of dictionaries


@dataclass(slots=True, eq=False)
class _Items:
    """One patch of a dictionary: what was in it before, and which items the patch has a say in."""

    before: dict[Any, Any]
    keys: set[Any]
    clears: bool

    def covers(self, key: Any) -> bool:
        return self.clears or key in self.keys


_dictionaries: Final[dict[int, list[_Items]]] = {}


def replace_items(
    dictionary: MutableMapping[Any, Any], values: dict[Any, Any], *, removed: Iterable[Any] = (), clear: bool = False
) -> Callable[[], None]:
    """Replace items of a dictionary.

    Args:
        dictionary: The dictionary.
        values: The items to put in.
        removed: The keys to take out.
        clear: Whether to take out all that was there.

    Returns:
        A function that undoes it. The last one also takes back what others have changed meanwhile.
    """
    before = {key: dictionary[key] for key in dictionary}
    removed = set(before if clear else removed)
    layer = _Items(before, removed | set(values), clear)
    pile = _dictionaries.setdefault(id(dictionary), [])
    pile.append(layer)
    for key in removed & set(before):
        del dictionary[key]
    for key, value in values.items():
        dictionary[key] = value

    def undo() -> None:
        index = pile.index(layer)
        del pile[index]
        if index == len(pile):
            _restore(dictionary, layer.before)
        else:
            _give_back(dictionary, layer, pile[index:])
        if not pile:
            del _dictionaries[id(dictionary)]

    return undo


def _restore(dictionary: MutableMapping[Any, Any], before: dict[Any, Any]) -> None:
    for key in list(dictionary):
        del dictionary[key]
    for key, value in before.items():
        dictionary[key] = value


def _give_back(dictionary: MutableMapping[Any, Any], layer: _Items, above: list[_Items]) -> None:
    """Undo a patch below others: in what they have found, and in the dictionary, as far as they leave it alone."""
    for key in layer.keys:
        for other in above:
            _put_back(other.before, key, layer.before)
            if other.covers(key):
                break
        else:
            _put_back(dictionary, key, layer.before)


def _put_back(dictionary: MutableMapping[Any, Any], key: Any, before: dict[Any, Any]) -> None:
    if key in before:
        dictionary[key] = before[key]
    else:
        dictionary.pop(key, None)
