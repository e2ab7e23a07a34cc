"""Coroutines that were made and never awaited."""

from typing import ClassVar

from aiounit._typing import override
from aiounit.checks import starters
from aiounit.checks.builtin.unawaited import REMEDY, Describe, Unawaited, UnawaitedCheck, route
from aiounit.checks.findings import Finding
from aiounit.introspect import sites

__all__ = ["Coroutines"]


class Coroutines(UnawaitedCheck):
    """Finds coroutines that were never awaited."""

    name: ClassVar[str] = "coroutines"

    @override
    @staticmethod
    def read(coroutine: Unawaited) -> Describe:
        """Read everything off a coroutine that a finding needs."""
        name, made = coroutine.__qualname__, sites.creation_of(coroutine)
        started = starters.started_for(coroutine)
        what = f"coroutine {name}() was never awaited"
        return lambda: Finding(what, REMEDY, name=name, stack=sites.creation(made, started))


route(Coroutines)
