"""Name what only type checkers need of ``typing_extensions``, whose import costs more than that of any other module."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["TypeIs", "override"]

if TYPE_CHECKING:
    from typing_extensions import TypeIs, override
else:
    F = TypeVar("F", bound=Callable[..., Any])

    def override(method: F) -> F:
        """Return the method."""
        return method

    class TypeIs:
        """Stand for the annotation of a function that tells whether its argument is of a type."""

        def __class_getitem__(cls, kind: object) -> type[bool]:
            return bool
