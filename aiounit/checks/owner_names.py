"""The names of the owners of things that a test has made for something that lives longer, for reports."""

from typing import Any, Final

from aiounit._real import weakref

__all__ = ["Leftover", "name", "name_of"]


class Leftover:
    """Something that a test may leave and that its owner does not hold itself.

    Attributes:
        key: The object that stands for it.
        anchors: The objects that its owner holds: whoever holds one of them owns it.
    """

    @property
    def key(self) -> Any:
        """The object that stands for it."""
        return self

    @property
    def anchors(self) -> list[Any]:
        """The objects that its owner holds."""
        raise NotImplementedError


# By the identities of the things: to compare them could call code of the user's.
_names: Final[dict[int, tuple[weakref.ref[Any], str]]] = {}


def name(thing: Any, owner: str) -> None:
    """Remember what owns a thing, as long as the thing is there.

    Args:
        thing: The thing.
        owner: The owner, in words.
    """
    identity = id(thing)

    def forget(_reference: object) -> None:
        _names.pop(identity, None)

    try:
        _names[identity] = (weakref.ref(thing, forget), owner)
    except TypeError:  # it takes no weak references (uvloop)
        return


def name_of(thing: Any) -> str:
    """Return what owns a thing, or the empty string if that is not known."""
    reference, owner = _names.get(id(thing), (None, ""))
    return owner if reference is not None and reference() is thing else ""
