"""The scopes of a shared loop, as far as leftovers go: of a class, a module and the run.

What is left of a scope is looked at when it ends, handed over to wider scopes if it belongs to them, and ended.
"""

from collections.abc import Iterator
from typing import NamedTuple

from aiounit import settings
from aiounit._real import contextvars
from aiounit.checks import choice, ownership
from aiounit.checks.ledger import Ledger
from aiounit.checks.ownership import Keeper
from aiounit.checks.session import Watch
from aiounit.introspect import namespaces
from aiounit.introspect.names import qualified
from aiounit.introspect.places import Place
from aiounit.loops.host import LoopHost
from aiounit.resources.declaration import Scope
from aiounit.resources.holder import Holder

__all__ = ["Watched", "Watches"]


class Watched(NamedTuple):
    """A scope.

    Attributes:
        token: Marks the tasks that belong to it.
        module: The name of the module, if the scope is one.
        watch: The checks that look at it; None if all are off.
    """

    token: object
    module: str | None
    watch: Watch | None


class Watches:
    """The scopes of a shared loop.

    Args:
        ledger: Keeps what the run has found.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._watched: dict[Holder, Watched] = {}

    def begin(
        self, scope: Scope, name: str | None, kind: type | None, host: LoopHost, context: contextvars.Context
    ) -> Watched:
        """Take all that is made in a context from now on for a scope's, and look at it.

        There is no holder yet: it takes for its own the variables that are set in its context when it is there.

        Args:
            scope: The scope.
            name: The name of the module, if the scope is one.
            kind: The class, whose levels hold; None for a module or the run, for which only settings speak.
            host: Has the loop.
            context: The context of its fixtures and resources.
        """
        token = object()
        context.run(ownership.owner.set, token)
        if name is not None:
            namespaces.note_module(name)
        policy = choice.policy_for_fixtures(kind, settings.current().checks)
        if not policy.checks:
            return Watched(token, name, None)
        whose = qualified(kind) if kind else f"module {name}" if name else "the run"
        watch = Watch(whose, policy, kind, None, scope=scope.value, owns_loop=False, ledger=self._ledger)
        watch.begin(host.get_loop(), context)
        return Watched(token, name, watch)

    def keep(self, holder: Holder, watched: Watched) -> Holder:
        """Remember the scope of a holder, and return the holder."""
        self._watched[holder] = watched
        if watched.watch is not None:
            watched.watch.keepers = lambda: self.keepers(holder.wider)
            watched.watch.maker_of = lambda stack: _maker_of(holder, stack)
        return holder

    def end(self, holder: Holder, host: LoopHost) -> list[BaseException]:
        """Look at what is left of a scope, end it, and return what there is to report.

        Args:
            holder: The scope, which is closed.
            host: Has the loop, which does not run.
        """
        watched = self._watched.pop(holder, None)
        if watched is None:
            return []
        watch = watched.watch
        errors = [] if watch is None else watch.look(host)
        errors += ownership.end_tasks(host.get_loop(), watched.token, self.keepers(holder.wider))
        return errors + ([] if watch is None else watch.report())

    def forget(self) -> None:
        """Stop looking: the loop is closed."""
        for watched in self._watched.values():
            if watched.watch is not None:
                watched.watch.end()
        self._watched = {}

    def keepers(self, holder: Holder | None) -> Iterator[Keeper]:
        """Yield a scope and those that are wider, the widest first, with all that may own leftovers.

        Args:
            holder: The holder of the scope; None is none.
        """
        if holder is None:
            return
        yield from self.keepers(holder.wider)
        watched = self._watched.get(holder)
        if watched is not None:
            roots = list(holder.roots())
            if watched.module is not None:
                roots += namespaces.globals_of(watched.module)
            elif holder.scope is Scope.CLASS:
                roots += namespaces.attributes_of(holder.owner)
            yield Keeper(watched.token, watched.watch, roots)


def _maker_of(holder: Holder, stack: tuple[Place, ...]) -> str:
    """Return the resource in whose function something was made, or the empty string."""
    return next((f"resource {each}" for each in holder.declared if each.has_made(stack)), "")
