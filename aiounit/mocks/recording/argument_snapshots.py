"""The arguments of a call as they were when it was made, even if the code under test changes them afterwards.

As long as an argument has not changed, the snapshot gives the very object that was passed; after a change, a copy. Of
objects that are not copied, the attributes are remembered, so that a failure can say that they have changed.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from enum import Enum
from types import FunctionType, MethodType, ModuleType
from typing import Any, Final

from aiounit import _stdlib
from aiounit.introspect.representation import shown
from aiounit.mocks.recording.attributes import attributes_of, is_kind_of
from aiounit.mocks.recording.copying import Copier, TooLargeError, are_atoms, is_atom, is_same, length_of

__all__ = ["Snapshot"]

# The most attributes of an object, and items of such an attribute, that are remembered.
_MOST_ATTRIBUTES: Final = 100
# Classes whose instances have no state that matters to a test.
_STATELESS: Final = (type, FunctionType, MethodType, ModuleType, BaseException, Enum)


class Snapshot:
    """The arguments of one call.

    Args:
        args: The positional arguments.
        kwargs: The keyword arguments.
    """

    __slots__ = ("_args", "_kept", "_kwargs")

    def __init__(self, args: tuple[object, ...], kwargs: dict[str, object]) -> None:
        self._args = args
        self._kwargs = kwargs
        # By positions and names. For most calls it stays empty.
        values: Iterable[tuple[int | str, object]] = [*enumerate(args), *kwargs.items()] if kwargs else enumerate(args)
        self._kept = {key: kept for key, value in values if not is_atom(value) and (kept := _Kept(value)).can_change}

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments. Copies replace those that have changed since."""
        if not self._kept:
            return self._args
        return tuple(self._value(place, value) for place, value in enumerate(self._args))

    @property
    def kwargs(self) -> dict[str, Any]:
        """The keyword arguments. Copies replace those that have changed since."""
        if not self._kept:
            return self._kwargs
        return {name: self._value(name, value) for name, value in self._kwargs.items()}

    @property
    def originals(self) -> dict[int, object]:
        """The originals by the identities of their copies."""
        return {id(copy): original for kept in self._kept.values() for copy, original in kept.pairs}

    @property
    def changes(self) -> dict[int | str, str]:
        """Descriptions of the changes in arguments since the call, by their positions and names."""
        found = {key: kept.change() for key, kept in self._kept.items()}
        return {key: change for key, change in found.items() if change}

    def _value(self, key: int | str, value: object) -> object:
        kept = self._kept.get(key)
        return value if kept is None else kept.value()


class _Kept:
    """One argument: its copy, if it could be copied, and the states of the objects in it that could not."""

    __slots__ = ("copy", "length", "original", "pairs", "states")

    def __init__(self, original: object) -> None:
        self.original = original
        self.copy = original
        self.pairs: list[tuple[object, object]] = []
        self.states: list[tuple[object, dict[str, object]]] = []
        self.length: int | None = None
        copier = Copier()
        try:
            self.copy = copier.copy(original, 0)
        except (TooLargeError, RuntimeError):  # RuntimeError: another thread changes it meanwhile
            self.length = length_of(original)
        else:
            self.pairs = copier.pairs
            self.states = [(each, state) for each in copier.others if (state := _state_of(each))]

    @property
    def can_change(self) -> bool:
        return bool(self.pairs or self.states or self.length is not None)

    def value(self) -> object:
        return self.original if is_same(self.original, self.copy) else self.copy

    def change(self) -> str:
        if not is_same(self.original, self.copy):
            return f"it is {shown(self.original)} now"
        length = length_of(self.original)
        if self.length is not None and length != self.length:
            return f"it had {self.length} items, and has {length} now"
        return ", ".join(words for each, state in self.states for words in _changes(each, state))


class _Identity(int):
    """The identity of an object, so that the object itself is not kept alive."""


def _state_of(value: object) -> dict[str, object]:
    """Return the public attributes of an object. Values that are not plain are represented by their identities.

    Private attributes are left out, because caches are among them.
    """
    if _is_stateless(type(value)) or _stdlib.mocks.is_mock(value):
        return {}
    attributes = attributes_of(value)
    if len(attributes) > _MOST_ATTRIBUTES:
        return {}
    return {name: _sign_of(each) for name, each in attributes.items() if not name.startswith("_")}


def _is_stateless(kind: type) -> bool:
    return any(is_kind_of(kind, each) for each in _STATELESS)


def _sign_of(value: object) -> object:
    if is_atom(value):
        return value
    # Compared by identity: a metaclass of the user's may define equality.
    if type(value) is list or type(value) is set or type(value) is deque:
        if len(value) <= _MOST_ATTRIBUTES and are_atoms(value):
            return value.copy()
    elif type(value) is dict and len(value) <= _MOST_ATTRIBUTES and are_atoms(value) and are_atoms(value.values()):
        return value.copy()
    return _Identity(id(value))


def _changes(value: object, before: dict[str, object]) -> Iterator[str]:
    """Yield a description of each attribute of an object that has changed."""
    attributes = {name: each for name, each in attributes_of(value).items() if not name.startswith("_")}
    for name in {**before, **attributes}:
        place = f"{type(value).__qualname__.rpartition('<locals>.')[2]}.{name}"
        if name not in attributes:
            yield f"{place} is gone"
        elif name not in before:
            yield f"{place} is new: {shown(attributes[name])}"
        else:
            former, sign = before[name], _sign_of(attributes[name])
            if sign is not former and (type(sign) is not type(former) or sign != former):
                was = "another one" if type(former) is _Identity else shown(former)
                yield f"{place} was {was}, and is {shown(attributes[name])} now"
