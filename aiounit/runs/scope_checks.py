"""Check the scopes of a shared loop for leftovers: classes, modules and the run.

At the end of a scope, its leftovers that belong to a wider scope are handed over to that. The others are reported and
ended.
"""

from collections.abc import Iterator
from typing import NamedTuple

from aiounit import settings
from aiounit._real import contextvars
from aiounit.checks import choice, ownership
from aiounit.checks.ledger import Ledger
from aiounit.checks.ownership import Keeper
from aiounit.checks.session import CheckSession
from aiounit.introspect import namespaces
from aiounit.introspect.names import qualified
from aiounit.introspect.places import Place
from aiounit.loops.driver import Driver
from aiounit.loops.owner import LoopOwner
from aiounit.resources.declaration import Scope
from aiounit.resources.holder import Holder

__all__ = ["CheckedScope", "ScopeChecks"]


class CheckedScope(NamedTuple):
    """A scope that is checked.

    Attributes:
        token: Marks the tasks that belong to it.
        module: The name of the module, if the scope is a module.
        session: Its checks; None if all are off.
    """

    token: object
    module: str | None
    session: CheckSession | None


class ScopeChecks:
    """The scopes of a shared loop.

    Args:
        ledger: Keeps the findings of the run.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._checked: dict[Holder, CheckedScope] = {}

    def begin(
        self, scope: Scope, name: str | None, kind: type | None, owner: LoopOwner, context: contextvars.Context
    ) -> CheckedScope:
        """Begin to check a scope: everything that is created in its context from now on belongs to it.

        This comes before the holder of the scope is made. The holder takes the variables that are set in its context
        after that for those of its resources.

        Args:
            scope: The scope.
            name: The name of the module, if the scope is a module.
            kind: The class, whose check levels apply; None for a module or the run, where only the settings apply.
            owner: Owns the loop.
            context: The context of its fixtures and resources.
        """
        token = object()
        context.run(ownership.owner.set, token)
        if name is not None:
            namespaces.note_module(name)
        policy = choice.policy_for_fixtures(kind, settings.current().checks)
        if not policy.checks:
            return CheckedScope(token, name, None)
        whose = qualified(kind) if kind else f"module {name}" if name else "the run"
        session = CheckSession(whose, policy, kind, None, scope=scope.value, owns_loop=False, ledger=self._ledger)
        session.begin(context)
        session.listen(owner.loop)
        return CheckedScope(token, name, session)

    def keep(self, holder: Holder, checked: CheckedScope) -> Holder:
        """Store the scope of a holder, and return the holder."""
        self._checked[holder] = checked
        if checked.session is not None:
            checked.session.keepers = lambda: self.keepers(holder.wider)
            checked.session.maker_of = lambda stack: _maker_of(holder, stack)
        return holder

    def end(self, holder: Holder, owner: LoopOwner) -> list[BaseException]:
        """Check a scope for leftovers, end them, and return the errors to report.

        Args:
            holder: The holder of the scope, which is closed.
            owner: Owns the loop, which is not running.
        """
        checked = self._checked.pop(holder, None)
        if checked is None:
            return []
        session = checked.session
        errors = [] if session is None else session.look(Driver(owner, holder.context))
        errors += ownership.end_tasks(owner.loop, checked.token, self.keepers(holder.wider))
        return errors + ([] if session is None else session.report())

    def forget(self) -> None:
        """Stop checking: the loop is closed."""
        for checked in self._checked.values():
            if checked.session is not None:
                checked.session.end()
        self._checked = {}

    def keepers(self, holder: Holder | None) -> Iterator[Keeper]:
        """Yield a scope and the wider ones, the widest first, with the objects through which each may own leftovers.

        Args:
            holder: The holder of the scope; None yields nothing.
        """
        if holder is None:
            return
        yield from self.keepers(holder.wider)
        checked = self._checked.get(holder)
        if checked is not None:
            roots = list(holder.roots())
            if checked.module is not None:
                roots += namespaces.globals_of(checked.module)
            elif holder.scope is Scope.CLASS:
                roots += namespaces.attributes_of(holder.owner)
            yield Keeper(checked.token, checked.session, roots)


def _maker_of(holder: Holder, stack: tuple[Place, ...]) -> str:
    """Return the name of the resource whose function is in a stack, or the empty string."""
    return next((f"resource {each}" for each in holder.declared if each.has_made(stack)), "")
