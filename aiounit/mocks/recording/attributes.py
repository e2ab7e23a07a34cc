"""Look at objects and classes without running any of their code: no ``__getattribute__``, no metaclass."""

from collections.abc import Mapping
from types import MemberDescriptorType

from aiounit._real import contextlib

__all__ = ["attributes_of", "find", "is_kind_of", "slots_of"]


def _bases_of(kind: type) -> tuple[type, ...]:
    bases: tuple[type, ...] = type.__dict__["__mro__"].__get__(kind)
    return bases


def is_kind_of(kind: type, other: type) -> bool:
    """Return whether a class is another one or inherits from it, without asking ``__subclasscheck__``."""
    return any(base is other for base in _bases_of(kind))


def _names_of(kind: type) -> Mapping[str, object]:
    names: Mapping[str, object] = type.__dict__["__dict__"].__get__(kind)
    return names


def find(kind: type, name: str) -> object:
    """Return the attribute that a class or a base class except ``object`` defines, or None."""
    for base in _bases_of(kind)[:-1]:
        if (found := _names_of(base).get(name)) is not None:
            return found
    return None


def slots_of(value: object) -> dict[str, MemberDescriptorType]:
    """Return the descriptors of the slots of an object, by their names."""
    bases = [base for base in _bases_of(type(value)) if "__slots__" in _names_of(base)]
    names = [item for base in reversed(bases) for item in _names_of(base).items()]
    return {name: each for name, each in names if type(each) is MemberDescriptorType}


def attributes_of(value: object) -> dict[str, object]:
    """Return the attributes that an object itself has, in slots or not."""
    found: dict[str, object] = {}
    for name, slot in slots_of(value).items():
        with contextlib.suppress(AttributeError):  # the slot is empty
            found[name] = slot.__get__(value)
    with contextlib.suppress(AttributeError):
        found |= object.__getattribute__(value, "__dict__")
    return found
