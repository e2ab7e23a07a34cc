"""Copy plain containers and dataclasses, as far as that is cheap, without running any code of the user's.

No ``__copy__``, no ``__eq__``, no ``__hash__``: a mock that copies its arguments must not be noticed.
"""

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any, Final

from aiounit.mocks.specs.attributes import attributes_of, find, is_kind_of, slots_of

__all__ = ["Copier", "TooLargeError", "are_atoms", "is_atom", "is_same", "length_of"]

# How many values a copy holds at most, and how deep they are nested.
_MOST: Final = 10_000
_DEEPEST: Final = 20
# An attribute takes as long as so many items of a list.
_COST_OF_ATTRIBUTES: Final = 5
# How many bytes are copied at most.
_MOST_BYTES: Final = 1_000_000
# How many objects are remembered that are not copied.
_MOST_OTHERS: Final = 100
# What makes of an instance more than its attributes.
_OWN_LIVES: Final = ("__new__", "__del__", "__getattribute__")
# Kinds are known by their identities, because the hash of a class may be the user's.
_ATOMS: Final = frozenset(map(id, (NoneType, bool, int, float, complex, str, bytes)))


class TooLargeError(Exception):
    """It takes too long to copy a value."""


class Copier:
    """Copies one argument.

    Attributes:
        pairs: The copies, each with what it is a copy of.
        others: The objects that are not copied.
    """

    def __init__(self) -> None:
        self.pairs: list[tuple[object, object]] = []
        self.others: list[object] = []
        self._copies: dict[int, object] = {}
        self._left = _MOST

    def copy(self, value: Any, depth: int) -> Any:
        """Return a copy of a value, or the value itself if it can't be changed or can't be copied."""
        kind = type(value)
        if is_atom(value):
            return value
        if id(value) in self._copies:
            return self._copies[id(value)]
        copy = _COPIES.get(id(kind))
        if copy is None:
            copy = _copy_tuple if _is_named_tuple(kind) else _copy_dataclass if _is_dataclass(kind) else None
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

    def begin(self, value: object, copied: Any) -> Any:
        """Note a copy before it is filled: a value may hold itself."""
        self._copies[id(value)] = copied
        return copied

    def take(self, count: int) -> None:
        """Refuse to copy more values than is cheap."""
        self._left -= count
        if self._left < 0:
            raise TooLargeError


# Copying


def _copy_list(copier: Copier, value: list[Any], depth: int) -> list[Any]:
    copier.take(len(value))
    if are_atoms(value):
        return value.copy()
    copied: list[Any] = copier.begin(value, [])
    copied += [copier.copy(each, depth) for each in value]
    return copied


def _copy_deque(copier: Copier, value: deque[Any], depth: int) -> deque[Any]:
    copier.take(len(value))
    copied: deque[Any] = copier.begin(value, deque(maxlen=value.maxlen))
    copied.extend([copier.copy(each, depth) for each in value])
    return copied


def _copy_tuple(copier: Copier, value: tuple[Any, ...], depth: int) -> tuple[Any, ...]:
    items = list(tuple.__iter__(value))
    copier.take(len(items))
    copies = [copier.copy(each, depth) for each in items]
    if all(copied is each for copied, each in zip(copies, items, strict=True)):
        return value
    return tuple.__new__(type(value), copies)


def _copy_dict(copier: Copier, value: dict[Any, Any], depth: int) -> dict[Any, Any]:
    copier.take(len(value))
    # What is put under a key is compared with others, and their comparison is the user's unless they are plain.
    if not all(_is_plain(key) for key in value):
        return value.copy() if type(value) is dict else value
    copied = value.copy()
    if are_atoms(value.values()):
        return copied
    copier.begin(value, copied)
    for key, each in value.items():
        copied[key] = copier.copy(each, depth)
    return copied


def _copy_set(copier: Copier, value: set[Any], _depth: int) -> set[Any]:
    copier.take(len(value))
    return value.copy()


def _copy_bytes(_copier: Copier, value: bytearray, _depth: int) -> bytearray:
    if len(value) > _MOST_BYTES:
        raise TooLargeError
    return bytearray(value)


def _copy_dataclass(copier: Copier, value: Any, depth: int) -> Any:
    attributes, slots = attributes_of(value), slots_of(value)
    copier.take(len(attributes) * _COST_OF_ATTRIBUTES)
    copied = copier.begin(value, object.__new__(type(value)))
    for name, each in attributes.items():
        if name in slots:
            slots[name].__set__(copied, copier.copy(each, depth))
        else:
            object.__getattribute__(copied, "__dict__")[name] = copier.copy(each, depth)
    return copied


_COPIES: Final[dict[int, Callable[[Copier, Any, int], Any]]] = {
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


def is_atom(value: object) -> bool:
    """Tell whether a value is plain, and can't be changed."""
    return id(type(value)) in _ATOMS


def are_atoms(values: Iterable[object]) -> bool:
    """Tell whether all values are plain, and can't be changed."""
    return _ATOMS.issuperset(map(id, map(type, values)))


def _is_plain(key: object) -> bool:
    return is_atom(key) or (type(key) is tuple and all(map(_is_plain, key)))


def _is_named_tuple(kind: type) -> bool:
    return is_kind_of(kind, tuple) and find(kind, "_fields") is not None and find(kind, "__dict__") is None


def _is_dataclass(kind: type) -> bool:
    """Tell whether instances of a class are made of their fields, by `dataclasses` or attrs, and equal if these are."""
    is_made = find(kind, "__dataclass_fields__") is not None or find(kind, "__attrs_attrs__") is not None
    return is_made and find(kind, "__eq__") is not None and not any(find(kind, name) for name in _OWN_LIVES)


def length_of(value: Any) -> int | None:
    """Return the length of a container that could be copied, or None of anything else."""
    return len(value) if id(type(value)) in _COPIES else None


def is_same(value: Any, copy: Any) -> bool:
    """Tell whether a value is as it was when it was copied."""
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


def _parts_of(value: Any) -> list[Any] | None:
    """Return all that a value of a kind that is copied consists of; None of another kind."""
    kind = type(value)
    if is_kind_of(kind, tuple):
        return list(tuple.__iter__(value))
    parts = _PARTS.get(id(kind))
    if parts is not None:
        return parts(value)
    if not _is_dataclass(kind):
        return None
    attributes = attributes_of(value)
    return [part for name in sorted(attributes) for part in (name, attributes[name])]


def _parts_of_mapping(value: dict[Any, Any]) -> list[Any]:
    return [*value, *value.values()]


_PARTS: Final[dict[int, Callable[[Any], list[Any]]]] = {
    id(list): list,
    id(deque): list,
    id(dict): _parts_of_mapping,
    id(OrderedDict): _parts_of_mapping,
    id(defaultdict): _parts_of_mapping,
    id(Counter): _parts_of_mapping,
    id(set): lambda value: sorted(map(id, value)),
    id(bytearray): lambda value: [bytes(value)],
}
