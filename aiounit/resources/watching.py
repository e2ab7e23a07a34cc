"""The checks of what lives longer than a test: the fixtures and resources of a class, a module or the run."""

import types
from collections.abc import Callable, Iterator
from typing import Final

from aiounit import _stdlib, closing, settings
from aiounit._real import asyncio, contextvars, sys
from aiounit.checks import choice
from aiounit.checks.check import current
from aiounit.checks.keeping import Keeper
from aiounit.checks.ledger import Ledger
from aiounit.checks.watch import Watch
from aiounit.host import LoopHost
from aiounit.resources.declaration import Declared
from aiounit.resources.holder import Holder

__all__ = ["Watches"]

_NO_MODULE: Final = types.ModuleType("none")

# What a class and a module are made of, and no fixture has set.
_CODE: Final = (types.FunctionType, classmethod, staticmethod, property, Declared)


class Watches:
    """What looks at each scope of a shared loop.

    Args:
        disown: Makes what runs in a context belong to no test.
        ledger: Keeps what the run has found.
    """

    def __init__(self, disown: Callable[[contextvars.Context], None], ledger: Ledger) -> None:
        self._disown = disown
        self._ledger = ledger
        self._watches: dict[Holder, Watch] = {}

    def begin(
        self, scope: str, name: str, kind: type | None, host: LoopHost, context: contextvars.Context
    ) -> Watch | None:
        """Look at what is made in a context from now on.

        There is no holder yet: it takes for its own the variables that are set in its context when it is there.

        Args:
            scope: ``class``, ``module`` or ``run``.
            name: Its name, for reports.
            kind: The class, whose levels hold; None for a module or the run, for which only settings speak.
            host: Has the loop.
            context: The context of its fixtures and resources.

        Returns:
            What looks at it, or None if all checks are off.
        """
        policy = choice.policy_for_fixtures(kind, settings.current().checks)
        if not policy.checks:
            return None
        watch = Watch(name, policy, kind, None, scope=scope, owns_loop=False, ledger=self._ledger)
        watch.begin(host.get_loop(), context)
        return watch

    def keep(self, holder: Holder, watch: Watch | None) -> Holder:
        """Remember what looks at a scope, and return its holder."""
        if watch is not None:
            self._watches[holder] = watch
        return holder

    def end(self, holder: Holder, host: LoopHost) -> list[BaseException]:
        """Look at what is left of a scope, end it, and return what there is to report.

        Args:
            holder: The scope, which is closed.
            host: Has the loop, which does not run.
        """
        watch = self._watches.pop(holder, None)
        if watch is None:
            return []
        errors = watch.look(host)
        loop = host.get_loop()
        tasks = {task for task in asyncio.all_tasks(loop) if _stdlib.tag_of(task, current) is watch}
        return [*errors, *closing.end(loop, tasks), *watch.report()]

    def forget(self) -> None:
        """Stop looking: the loop is closed."""
        for watch in self._watches.values():
            watch.end()
        self._watches = {}

    def keepers(
        self, kind: type, of_class: Holder | None, of_module: Holder | None, of_run: Holder | None
    ) -> Iterator[Keeper]:
        """Yield the scopes around the tests of a class, with what their resources give and their fixtures have set.

        Args:
            kind: The class.
            of_class: Its holder, if it has one.
            of_module: The holder of its module, if that has one.
            of_run: The holder of the run, if there is one.
        """
        attributes = [value for each in kind.__mro__ for value in vars(each).values()]
        names = list(vars(sys.modules.get(kind.__module__, _NO_MODULE)).values())
        for holder, own in ((of_class, attributes), (of_module, names), (of_run, [])):
            if holder is not None:
                values = [value for value in own if not isinstance(value, _CODE)]
                yield Keeper([*values, *holder.values()], self._watches.get(holder), self._disown)
