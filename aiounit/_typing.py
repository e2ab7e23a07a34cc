"""Names that only type checkers need. ``typing_extensions`` costs more than any other module, and protocols add up."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["Protocol", "TypeIs", "override"]

if TYPE_CHECKING:
    from typing import Protocol

    from typing_extensions import TypeIs, override
else:
    F = TypeVar("F", bound=Callable[..., Any])

    def override(method: F) -> F:
        """Return the method."""
        return method

    class Protocol:
        """Stand for the base of classes that are never instantiated."""

        def __class_getitem__(cls, kind: object) -> type["Protocol"]:
            return cls

    class TypeIs:
        """Stand for the annotation of a function that tells whether its argument is of a type."""

        def __class_getitem__(cls, kind: object) -> type[bool]:
            return bool
