"""Code that blocks the loop: nothing else runs meanwhile, timeouts included."""

from typing import ClassVar, Final

from aiounit._typing import override
from aiounit.checks.api import CheckContext
from aiounit.checks.findings import Finding
from aiounit.checks.leftovers import Leftovers
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect import sites
from aiounit.introspect.places import Place, inner_place, is_users
from aiounit.levels import Level
from aiounit.loops.watches import Block

__all__ = ["Blocking"]

# How many calls are shown, and how many innermost ones even if they are not the user's own.
_MOST: Final = 16
_INNERMOST: Final = 4

_REMEDY: Final = "Await something in its place, or give it to asyncio.to_thread()"


class Blocking(Leftovers[list[Block]]):
    """Finds iterations of the loop that took too long, and the line that was running."""

    name: ClassVar[str] = "blocking"
    level: ClassVar[Level] = Level.WARN
    looks_at_fixtures: ClassVar[bool] = False

    def __init__(self) -> None:
        self._blocks: list[Block] = []

    @override
    def on_block(self, block: Block) -> None:
        """Take an iteration that took too long."""
        self._blocks.append(block)

    @override
    def left(self, test: CheckContext) -> list[list[Block]]:
        """Return the blocks, those at the same line together."""
        if isinstance(test.failure, TimeoutFailure):
            return []  # it says where the loop was blocked
        alike: dict[object, list[Block]] = {}
        for block in self._blocks:
            alike.setdefault(inner_place(sites.places(block.site)), []).append(block)
        return list(alike.values())

    @override
    def describe(self, thing: list[Block], test: CheckContext) -> Finding:
        """Describe the blocks at one line."""
        longest = max(thing, key=lambda block: block.seconds)
        stack = _shortened(sites.places(longest.site))
        place = inner_place(stack)
        name = "" if place is None else place.function
        culprit = f"{name}()" if name else "code that is not Python's"
        time = f"{longest.seconds * 1000:.0f} ms"
        often = f"for {time}" if len(thing) == 1 else f"{len(thing)} times, for {time} at most"
        return Finding(
            f"{culprit} blocked the event loop {often}",
            _REMEDY,
            name=name,
            stack=stack,
            heading="it was here, most recent call last:",
        )


def _shortened(stack: tuple[Place, ...]) -> tuple[Place, ...]:
    """Leave out the middle of a long chain of calls, and of it the user's own lines last."""
    kept = [place for place, former in zip(stack, (None, *stack), strict=False) if place != former]
    if len(kept) > _MOST:
        inner = len(kept) - _INNERMOST
        kept = [place for index, place in enumerate(kept) if index >= inner or is_users(place)]
    return tuple(kept if len(kept) <= _MOST else kept[: _MOST // 2] + kept[-_MOST // 2 :])
