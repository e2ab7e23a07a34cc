"""Asynchronous generators that were begun and neither exhausted nor closed, so that their ``finally`` has not run."""

import types
from collections.abc import Iterable
from typing import Any, ClassVar, Final, TypeAlias

from typing_extensions import override

from aiounit import _stdlib
from aiounit._real import gc, weakref
from aiounit.checks import owner_names
from aiounit.checks.api import Check, CheckContext, ToldCheck
from aiounit.checks.findings import Finding
from aiounit.introspect import sites
from aiounit.introspect.awaits import await_chain
from aiounit.introspect.machinery import is_ours

__all__ = ["Asyncgens"]

Generator: TypeAlias = "types.AsyncGeneratorType[Any, Any]"

_REMEDY: Final = "Close it with aclose(), or iterate inside contextlib.aclosing()"


class Asyncgens(ToldCheck):
    """Finds asynchronous generators that are suspended."""

    name: ClassVar[str] = "asyncgens"
    settles: ClassVar[bool] = True

    def __init__(self) -> None:
        self._begun: list[tuple[weakref.ref[Generator], sites.Site]] = []

    def note(self, generator: Generator) -> None:
        """Take a generator that is begun."""
        self._begun.append((weakref.ref(generator), sites.note(_stdlib.frames.frame(3))))

    @override
    def end(self, test: CheckContext) -> Iterable[Finding]:
        """Return the generators that are suspended, but for those that something else is to blame for."""
        return [_describe(generator, site) for generator, site in self._left()]

    @override
    def left(self, test: CheckContext) -> list[Any]:
        """Return the generators that are suspended."""
        return [generator for generator, _ in self._left()]

    @override
    def give(self, thing: Any, other: Check | None) -> None:
        """Leave a generator to another check."""
        given = [entry for entry in self._begun if entry[0]() is thing]
        self._begun = [entry for entry in self._begun if entry not in given]
        if isinstance(other, Asyncgens):
            other.take(given)

    def take(self, begun: "list[tuple[weakref.ref[Generator], sites.Site]]") -> None:
        """Take generators that another check has left to this one."""
        self._begun += begun

    @override
    async def clean(self, test: CheckContext) -> None:
        """Close them."""
        for generator, _ in self._left():
            await generator.aclose()

    def _left(self) -> list[tuple[Generator, sites.Site]]:
        left = []
        for reference, site in self._begun:
            generator = reference()
            if generator is not None and _is_forgotten(generator):
                left.append((generator, site))
        return left


def _is_forgotten(generator: Generator) -> bool:
    if generator.ag_frame is None or generator.ag_running:
        return False  # it has ended, or a task that is pending runs it
    # Not one by one: what asks for the next would be a generator that holds it as well.
    holders = [each for each in gc.get_referrers(generator) if _is_code(each)]
    return not holders


def _is_code(holder: Any) -> bool:
    """Tell whether a generator is held by code that is suspended, or by the traceback of an error."""
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


def _describe(generator: Generator, site: sites.Site) -> Finding:
    function = generator.__qualname__
    place = await_chain(generator)[0]
    return Finding(
        f"asynchronous generator {function}() was begun and not closed",
        _REMEDY,
        name=function,
        stack=sites.places(site),
        details=("it is suspended here:", f"  {place}"),
        owner=owner_names.name_of(generator),
    )
