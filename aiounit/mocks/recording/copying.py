"""Copy plain containers and dataclasses, within limits, without running any code of the user's.

``__copy__``, ``__eq__`` and ``__hash__`` are never called: the code under test must not notice that a mock copies.
"""

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence, Sized
from types import NoneType
from typing import Any, Final, TypeVar, cast

from aiounit.mocks.recording.attributes import attributes_of, find, is_kind_of, slots_of

__all__ = ["Copier", "TooLargeError", "are_atoms", "is_atom", "is_same", "length_of"]

T = TypeVar("T")

# Limits of one copy: the number of values in it, and the depth of nesting.
_MOST: Final = 10_000
_DEEPEST: Final = 20
# An attribute costs as much as this number of items in a list.
_COST_OF_ATTRIBUTES: Final = 5
# The largest number of bytes that is copied.
_MOST_BYTES: Final = 1_000_000
# The largest number of uncopied objects that is remembered.
_MOST_OTHERS: Final = 100
# A class with one of these methods is not copied: its instances are more than their attributes.
_OWN_LIVES: Final = ("__new__", "__del__", "__getattribute__")
# Classes are compared by identity, because a metaclass of the user's may define their hash.
_ATOMS: Final = frozenset(map(id, (NoneType, bool, int, float, complex, str, bytes)))


class TooLargeError(Exception):
    """A value exceeds the limits of a copy."""


class Copier:
    """Copies one argument.

    Attributes:
        pairs: Each copy with its original.
        others: Objects in the argument that are not copied.
    """

    def __init__(self) -> None:
        self.pairs: list[tuple[object, object]] = []
        self.others: list[object] = []
        self._copies: dict[int, object] = {}
        self._left = _MOST

    def copy(self, value: object, depth: int) -> object:
        """Return a copy of a value, or the value itself if it is immutable or can't be copied."""
        kind = type(value)
        if is_atom(value):
            return value
        if id(value) in self._copies:
            return self._copies[id(value)]
        copy = _copy_function(kind)
        if copy is None:
            if len(self.others) < _MOST_OTHERS:
                self.others.append(value)
            return value
        if depth == _DEEPEST:
            raise TooLargeError
        copied = copy(self, value, depth + 1)
        if copied is not value:
            self._keep(value, copied)
        return copied

    def _keep(self, value: object, copied: object) -> None:
        self._copies[id(value)] = copied
        self.pairs.append((copied, value))

    def begin(self, value: object, copied: T) -> T:
        """Remember a copy before it is filled, because a value may contain itself."""
        self._copies[id(value)] = copied
        return copied

    def take(self, count: int) -> None:
        """Count values that are about to be copied, and raise if there are more than the limit."""
        self._left -= count
        if self._left < 0:
            raise TooLargeError


# Copying


def _copy_list(copier: Copier, value: list[object], depth: int) -> list[object]:
    copier.take(len(value))
    if are_atoms(value):
        return value.copy()
    copied: list[object] = copier.begin(value, [])
    copied += [copier.copy(each, depth) for each in value]
    return copied


def _copy_deque(copier: Copier, value: deque[object], depth: int) -> deque[object]:
    copier.take(len(value))
    copied: deque[object] = copier.begin(value, deque(maxlen=value.maxlen))
    copied.extend([copier.copy(each, depth) for each in value])
    return copied


def _copy_tuple(copier: Copier, value: tuple[object, ...], depth: int) -> tuple[object, ...]:
    items = list(tuple.__iter__(value))
    copier.take(len(items))
    copies = [copier.copy(each, depth) for each in items]
    if all(copied is each for copied, each in zip(copies, items, strict=True)):
        return value
    return tuple.__new__(type(value), copies)


def _copy_dict(copier: Copier, value: dict[object, object], depth: int) -> dict[object, object]:
    copier.take(len(value))
    # Setting an item compares its key with others, which runs code of the user's unless all keys are plain.
    if not all(_is_plain(key) for key in value):
        return value.copy() if type(value) is dict else value
    copied = value.copy()
    if are_atoms(value.values()):
        return copied
    copier.begin(value, copied)
    for key, each in value.items():
        copied[key] = copier.copy(each, depth)
    return copied


def _copy_set(copier: Copier, value: set[object], _depth: int) -> set[object]:
    copier.take(len(value))
    return value.copy()


def _copy_bytes(_copier: Copier, value: bytearray, _depth: int) -> bytearray:
    if len(value) > _MOST_BYTES:
        raise TooLargeError
    return bytearray(value)


def _copy_dataclass(copier: Copier, value: object, depth: int) -> object:
    attributes, slots = attributes_of(value), slots_of(value)
    copier.take(len(attributes) * _COST_OF_ATTRIBUTES)
    copied = copier.begin(value, object.__new__(type(value)))
    for name, each in attributes.items():
        if name in slots:
            slots[name].__set__(copied, copier.copy(each, depth))
        else:
            object.__getattribute__(copied, "__dict__")[name] = copier.copy(each, depth)
    return copied


# Copies a value of one kind, at a depth of nesting.
_Copy = Callable[[Copier, Any, int], object]

_COPIES: Final[dict[int, _Copy]] = {
    id(list): _copy_list,
    id(deque): _copy_deque,
    id(tuple): _copy_tuple,
    id(dict): _copy_dict,
    id(OrderedDict): _copy_dict,
    id(defaultdict): _copy_dict,
    id(Counter): _copy_dict,
    id(set): _copy_set,
    id(bytearray): _copy_bytes,
}


def _copy_function(kind: type) -> _Copy | None:
    """Return the function that copies instances of a class, or None if they are not copied."""
    found = _COPIES.get(id(kind))
    if found is None and _is_named_tuple(kind):
        return _copy_tuple
    if found is None and _is_dataclass(kind):
        return _copy_dataclass
    return found


def is_atom(value: object) -> bool:
    """Return whether a value is of a plain, immutable built-in class."""
    return id(type(value)) in _ATOMS


def are_atoms(values: Iterable[object]) -> bool:
    """Return whether all values are of plain, immutable built-in classes."""
    return _ATOMS.issuperset(map(id, map(type, values)))


def _is_plain(key: object) -> bool:
    return is_atom(key) or (type(key) is tuple and all(map(_is_plain, key)))


def _is_named_tuple(kind: type) -> bool:
    return is_kind_of(kind, tuple) and find(kind, "_fields") is not None and find(kind, "__dict__") is None


def _is_dataclass(kind: type) -> bool:
    """Return whether a class is a dataclass or attrs class whose instances compare by their fields."""
    is_made = find(kind, "__dataclass_fields__") is not None or find(kind, "__attrs_attrs__") is not None
    return is_made and find(kind, "__eq__") is not None and not any(find(kind, name) for name in _OWN_LIVES)


def length_of(value: object) -> int | None:
    """Return the length of a container of a kind that is copied; None for other values."""
    return len(cast("Sized", value)) if id(type(value)) in _COPIES else None


def is_same(value: object, copy: object) -> bool:
    """Return whether a value still equals its copy."""
    pairs = [(value, copy)]
    seen: set[int] = set()
    while pairs:
        now, then = pairs.pop()
        if now is then or id(then) in seen:
            continue
        kind = type(then)
        if type(now) is not kind:
            return False
        if id(kind) in _ATOMS:
            if now != then:
                return False
            continue
        seen.add(id(then))
        parts, parts_then = _parts_of(now), _parts_of(then)
        if parts is None or parts_then is None or len(parts) != len(parts_then):
            return False
        pairs += zip(parts, parts_then, strict=True)
    return True


def _parts_of(value: object) -> Sequence[object] | None:
    """Return all parts of a value of a kind that is copied; None for other values."""
    kind = type(value)
    if is_kind_of(kind, tuple):
        return list(tuple.__iter__(cast("tuple[object, ...]", value)))
    parts = _PARTS.get(id(kind))
    if parts is not None:
        return parts(value)
    if not _is_dataclass(kind):
        return None
    attributes = attributes_of(value)
    return [part for name in sorted(attributes) for part in (name, attributes[name])]


def _parts_of_mapping(value: dict[object, object]) -> list[object]:
    return [*value, *value.values()]


# Each function takes a value of the kind that it is listed under.
_PARTS: Final[dict[int, Callable[[Any], Sequence[object]]]] = {
    id(list): list,
    id(deque): list,
    id(dict): _parts_of_mapping,
    id(OrderedDict): _parts_of_mapping,
    id(defaultdict): _parts_of_mapping,
    id(Counter): _parts_of_mapping,
    id(set): lambda value: sorted(map(id, value)),
    id(bytearray): lambda value: [bytes(value)],
}
