"""Make the event loop of a test, make it the current one of the thread, and report misuse of either."""

from collections.abc import Callable
from typing import Final

from aiounit import _stdlib
from aiounit._real import asyncio, time
from aiounit.exceptions import LoopError
from aiounit.limits import user_code

__all__ = ["CurrentLoop", "LoopFactory", "check_not_nested", "make_loop", "sleep"]

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

# In how many seconds every clock moves visibly, unless it is frozen.
_INSTANT: Final = 0.0002

_NESTED: Final = (
    "the test can't run inside a running event loop: a loop is already running in this thread. "
    "Run it from synchronous code, or in another thread"
)


def check_not_nested() -> None:
    """Raise a `LoopError` if a loop is running in this thread."""
    if _stdlib.loops.running_loop() is not None:
        raise LoopError(_NESTED)


@user_code.entry
def make_loop(factory: LoopFactory | None) -> asyncio.AbstractEventLoop:
    """Make an event loop.

    Args:
        factory: The loop factory; None for ``asyncio.new_event_loop``.

    Raises:
        LoopError: The factory returned something other than a new loop.
    """
    if factory is None:
        return _stdlib.recycled.new_loop()
    loop: object = factory()
    if not isinstance(loop, asyncio.AbstractEventLoop):
        raise LoopError(f"loop_factory {factory!r} returned {loop!r}, which is not an event loop")
    if _stdlib.loops.is_closed(loop) or loop.is_running():
        state = "closed" if _stdlib.loops.is_closed(loop) else "running"
        raise LoopError(f"loop_factory {factory!r} returned {loop!r}, which is {state}: make a new loop each time")
    return loop


async def sleep(seconds: float) -> None:
    """Sleep by the clock of the running loop, or in real time if a test has frozen the clock of asyncio's loops."""
    loop = asyncio.get_running_loop()
    if type(loop).time is asyncio.BaseEventLoop.time:
        deadline, before = time.monotonic() + seconds, loop.time()
        time.sleep(_INSTANT)
        while loop.time() == before and time.monotonic() < deadline:
            await asyncio.sleep(0)
            time.sleep(_INSTANT)
        if loop.time() == before:
            return
    await asyncio.sleep(seconds)


class CurrentLoop:
    """Sets the current event loop of the thread while a test runs, and restores the former one.

    Args:
        keeps_policy: Whether to keep an event loop policy that setting the loop creates. As in stdlib, a loop factory
            of the user's leaves the process without a policy if it had none.
    """

    __slots__ = ("_before", "_keeper", "_keeps_policy")

    def __init__(self, *, keeps_policy: bool) -> None:
        self._keeps_policy = keeps_policy
        self._before: tuple[tuple[_stdlib.policy.Current, bool], ...] = ()
        self._keeper: _stdlib.policy.Keeper | None = None

    def promise(self, make: Callable[[], object]) -> bool:
        """Have a function called, which calls `set`, when code asks for the current loop, unless code sets another.

        Args:
            make: The function.

        Returns:
            Whether that is possible: it depends on the event loop policy.
        """
        if not self._keeps_policy and not _stdlib.policy.has_policy():
            return False
        before = _stdlib.policy.current()
        self._keeper = _stdlib.policy.promise(make)
        if self._keeper is not None:
            self._before = ((before, True),)
        return self._keeper is not None

    def set(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make a loop the current one: synchronous hooks find it with ``asyncio.get_event_loop()``."""
        if self._keeper is None:
            has_policy = self._keeps_policy or _stdlib.policy.has_policy()
            self._before = (*self._before, (_stdlib.policy.current(), has_policy))
        _stdlib.policy.set_loop(loop)

    def unset(self) -> None:
        """Make the former loop the current one again, if `set` was called, and end a promise."""
        if self._keeper is not None:
            is_promised = _stdlib.policy.is_promised(self._keeper)
            _stdlib.policy.withdraw(self._keeper)
            self._keeper = None
            if is_promised:
                self._before = ()
        if not self._before:
            return
        before, had_policy = self._before[-1]
        self._before = self._before[:-1]
        _stdlib.policy.restore(before)
        if not had_policy:
            _stdlib.policy.reset_policy()

    def check(self, loop: asyncio.AbstractEventLoop | None) -> list[BaseException]:
        """Return an error if the test has replaced ``loop``, or the promised loop, as the current loop."""
        if self._keeper is not None and _stdlib.policy.is_promised(self._keeper):
            return []
        current = _stdlib.policy.current_loop()
        if current is None or current is loop:  # None is as asyncio.run() leaves it
            return []
        return [
            LoopError(
                f"the test replaced the current event loop and left {current!r} in its place. Put the former loop back "
                f"with asyncio.set_event_loop(), or run the code with asyncio.run(), which leaves nothing behind"
            )
        ]
