"""The scopes of resources: how long one lives."""

import enum
from typing import Final, Literal, TypeAlias

from aiounit.arguments import close_names, question
from aiounit.exceptions import ScopeError

__all__ = ["Scope", "ScopeName", "scope_named"]

# The values of `Scope`, so that a typo is an error of type checkers.
ScopeName: TypeAlias = Literal["test", "class", "module", "run"]

# What other tools, above all pytest, call a scope.
_PYTESTS: Final = {
    "function": "test",
    "method": "test",
    "package": "module",
    "session": "run",
    "global": "run",
    "suite": "run",
}


class Scope(enum.Enum):
    """How long a resource lives, the shortest first."""

    TEST = "test"
    CLASS = "class"
    MODULE = "module"
    RUN = "run"

    def outlives(self, other: "Scope") -> bool:
        """Tell whether this scope lives as long as the other, or longer."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


def scope_named(scope: str) -> Scope:
    """Return the scope of this name.

    Args:
        scope: The name.

    Raises:
        ScopeError: There is none; the message names the one that is probably meant.
    """
    try:
        return Scope(scope)
    except ValueError:
        known = ", ".join(repr(each.value) for each in Scope)
        name = str(scope).lower()
        meant = [_PYTESTS[name]] if name in _PYTESTS else close_names(name, [each.value for each in Scope])
        raise ScopeError(f"a resource can't have the scope {scope!r}.{question(meant)} There are {known}") from None
