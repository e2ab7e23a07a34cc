"""The scopes of resources: the lifetimes that a resource can have."""

import enum
from typing import Final, Literal, TypeAlias

from aiounit.arguments import close_names, question
from aiounit.exceptions import ScopeError

__all__ = ["Scope", "ScopeName", "scope_named"]

# The values of `Scope`, so that a typo is an error of type checkers.
ScopeName: TypeAlias = Literal["test", "class", "module", "run"]

# Names of scopes in other tools, above all pytest.
_PYTESTS: Final = {
    "function": "test",
    "method": "test",
    "package": "module",
    "session": "run",
    "global": "run",
    "suite": "run",
}


class Scope(enum.Enum):
    """The lifetime of a resource. The shortest comes first."""

    TEST = "test"
    CLASS = "class"
    MODULE = "module"
    RUN = "run"

    def outlives(self, other: "Scope") -> bool:
        """Return whether this scope lasts as long as another one or longer."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


def scope_named(scope: str) -> Scope:
    """Return the scope with a name.

    Args:
        scope: The name.

    Raises:
        ScopeError: There is no such scope. The message suggests the one that was probably meant.
    """
    try:
        return Scope(scope)
    except ValueError:
        known = ", ".join(repr(each.value) for each in Scope)
        name = str(scope).lower()
        meant = [_PYTESTS[name]] if name in _PYTESTS else close_names(name, [each.value for each in Scope])
        raise ScopeError(f"a resource can't have the scope {scope!r}.{question(meant)} There are {known}") from None
