"""Code that keeps the loop from turning: nothing else runs meanwhile, timeouts included."""

from collections.abc import Iterable
from typing import ClassVar, Final

from typing_extensions import override

from aiounit.checks.api import Check, CheckContext
from aiounit.checks.builtin.sampler import Block, Turns, sampler
from aiounit.checks.findings import Finding
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect import sites
from aiounit.introspect.places import Place, inner_place, is_users
from aiounit.levels import Level

__all__ = ["THRESHOLD", "Blocking"]

# How long the loop may take for one turn unless the class says otherwise, in seconds.
THRESHOLD: Final = 0.1

# How many calls are shown, and how many innermost ones even if they are not the user's own.
_MOST: Final = 16
_INNERMOST: Final = 4

_REMEDY: Final = "Await something in its place, or give it to asyncio.to_thread()"


class Blocking(Check):
    """Finds turns of the loop that took too long, and the line that was at it."""

    name: ClassVar[str] = "blocking"
    level: ClassVar[Level] = Level.WARN
    looks_at_fixtures: ClassVar[bool] = False

    def __init__(self) -> None:
        self.turns = Turns()

    @override
    def begin(self, test: CheckContext) -> None:
        """Have the sampler look at the turns of the loop."""
        self.turns.threshold = getattr(test.case, "blocking_threshold", THRESHOLD)
        sampler.watch(self.turns)

    @override
    def end(self, test: CheckContext) -> Iterable[Finding]:
        """Return the times that the loop was blocked."""
        if not self.turns.blocks or isinstance(test.failure, TimeoutFailure):
            return []  # which says where the loop was blocked
        alike: dict[object, list[Block]] = {}
        for block in self.turns.blocks:
            alike.setdefault(inner_place(sites.places(block.site)), []).append(block)
        return [_describe(blocks) for blocks in alike.values()]

    @override
    def close(self, test: CheckContext) -> None:
        """Have the sampler look no longer."""
        sampler.unwatch(self.turns)


def _describe(blocks: list[Block]) -> Finding:
    longest = max(blocks, key=lambda block: block.seconds)
    stack = _shortened(sites.places(longest.site))
    place = inner_place(stack)
    name = "" if place is None else place.function
    culprit = f"{name}()" if name else "code that is not Python's"
    time = f"{longest.seconds * 1000:.0f} ms"
    often = f"for {time}" if len(blocks) == 1 else f"{len(blocks)} times, the longest time for {time}"
    return Finding(
        f"the event loop did not turn {often}, because of {culprit}",
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
