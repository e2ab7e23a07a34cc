"""Asynchronous generators that were begun and neither exhausted nor closed, so that their ``finally`` has not run."""

import types
from typing import ClassVar, Final

from aiounit import _stdlib
from aiounit._real import gc
from aiounit._typing import override
from aiounit.checks import owner_names
from aiounit.checks.api import CheckContext, Generator
from aiounit.checks.findings import Finding
from aiounit.checks.leftovers import Noted, NotedLeftovers
from aiounit.introspect import sites
from aiounit.introspect.awaits import await_chain
from aiounit.introspect.machinery import is_ours

__all__ = ["Asyncgens"]

_CODE: Final = frozenset({types.CoroutineType, types.GeneratorType, types.FrameType, types.AsyncGeneratorType})

# Up to this number it is quicker to ask for the holders of each generator.
_FEW: Final = 2

_REMEDY: Final = "Close it with aclose(), or iterate inside contextlib.aclosing()"


class Asyncgens(NotedLeftovers[Noted]):
    """Finds asynchronous generators that are suspended."""

    name: ClassVar[str] = "asyncgens"
    settles: ClassVar[bool] = True

    @override
    def on_asyncgen(self, generator: Generator) -> None:
        """Take a generator that is begun."""
        self.take(Noted(generator, sites.note(_stdlib.frames.frame(3))))

    @override
    def left(self, test: CheckContext) -> list[Noted]:
        """Return the generators that are suspended, except those that something else is to blame for."""
        begun = [noted for noted in self._noted if _is_suspended(noted.key)]
        if len(begun) <= _FEW:
            return [noted for noted in begun if not _is_held(noted.key)]
        held = _held_by_code({id(noted.key) for noted in begun})
        return [noted for noted in begun if id(noted.key) not in held]

    @override
    async def clean(self, test: CheckContext) -> None:
        """Close them."""
        for generator in filter(None, [noted.key for noted in self.left(test)]):  # each close may destroy another
            await generator.aclose()

    @override
    def describe(self, thing: Noted, test: CheckContext) -> Finding:
        """Describe a generator."""
        generator = thing.key
        function = generator.__qualname__
        place = await_chain(generator)[0]
        return Finding(
            f"asynchronous generator {function}() was begun and not closed",
            _REMEDY,
            name=function,
            stack=sites.places(thing.site),
            details=("it is suspended here:", f"  {place}"),
            owner=owner_names.name_of(generator),
        )


def _is_suspended(generator: "Generator | None") -> bool:
    # Else it is gone, has ended, or a task that is pending runs it.
    return generator is not None and generator.ag_frame is not None and not generator.ag_running


def _is_held(generator: "Generator | None") -> bool:
    # Not one by one: the generator expression would hold it as well.
    holders = [each for each in gc.get_referrers(generator) if _is_code(each)]
    return generator is None or bool(holders)


def _held_by_code(wanted: set[int]) -> set[int]:
    """Return the identities of the objects that `_is_held`, found in one pass over all objects."""
    holders = [each for each in gc.get_objects() if type(each) in _CODE]
    held: set[int] = set()
    for holder in holders:
        if _is_code(holder):
            held.update(wanted.intersection(map(id, gc.get_referents(holder))))
    return held


def _is_code(holder: object) -> bool:
    """Return whether a generator is held by code that is suspended, or by the traceback of an error."""
    match holder:
        case types.CoroutineType():
            return not holder.cr_running
        case types.GeneratorType():
            return not holder.gi_running
        case types.FrameType():
            # One of ours has it only to look at it; that is an object while another thread looks at what this one does.
            return not is_ours(holder)
        case _:
            return isinstance(holder, types.AsyncGeneratorType)
