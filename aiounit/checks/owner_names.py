"""The names of the owners of things that a test has made for something that lives longer, for reports."""

from typing import Final

from aiounit._real import weakref

__all__ = ["name", "name_of"]


# By the identities of the things: to compare them could call code of the user's.
_names: Final[dict[int, tuple[weakref.ref[object], str]]] = {}


def name(thing: object, owner: str) -> None:
    """Remember the owner of a thing, as long as the thing exists.

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


def name_of(thing: object) -> str:
    """Return the owner of a thing, or the empty string if it is not known."""
    reference, owner = _names.get(id(thing), (None, ""))
    return owner if reference is not None and reference() is thing else ""
