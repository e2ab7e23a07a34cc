"""Look at the attributes of a class without calling their descriptors, and quickly: every test class is looked at.

`inspect.getattr_static` finds the same attributes, but takes twenty times as long. Classes that are known to declare
nothing, such as the bases of every test class, are left out as long as no attribute is added to them.
"""

from typing import Final

__all__ = ["note_known", "of_users", "static"]

# The number of attributes of each known class.
_known: Final[dict[type, int]] = {}


def static(kind: type, name: str, default: object = None) -> object:
    """Return an attribute of a class as it is in the class that defines it.

    Args:
        kind: The class. Its bases are searched, then its metaclass.
        name: The name of the attribute.
        default: Returned if there is no such attribute.
    """
    for each in kind.__mro__:
        if name in each.__dict__:
            return each.__dict__[name]
    metaclass: type = type(kind)
    for each in metaclass.__mro__:
        if name in each.__dict__:
            return each.__dict__[name]
    return default


def note_known(kind: type) -> None:
    """Record that a class and its bases declare nothing that anyone has to look at.

    Args:
        kind: The class.
    """
    _known.update({each: len(each.__dict__) for each in kind.__mro__})


def of_users(kind: type) -> list[type]:
    """Return a class and its bases in their order, without the known ones.

    Args:
        kind: The class. A known class counts if attributes were added to it.
    """
    return [each for each in kind.__mro__ if len(each.__dict__) != _known.get(each)]
