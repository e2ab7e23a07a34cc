"""Where a generated test plays: it writes down what every piece of the user's code can see of its surroundings."""

import asyncio
import contextlib
import contextvars
import re
import threading
import warnings
from collections.abc import Iterator

from aiounit import AiounitError

__all__ = ["RETURNED_VALUE", "Stage", "describe_error"]

_ADDRESS = re.compile(r"0x[0-9a-f]+")
RETURNED_VALUE = "It is deprecated to return a value that is not None from a test case"

_trail: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("trail", default=())


class Stage:
    """The events of one run, in order.

    Args:
        thread: The thread that runs the test.
    """

    def __init__(self) -> None:
        self.events: list[str] = []
        self._cleanups = 0
        self._thread = threading.current_thread()
        self._loops: list[asyncio.AbstractEventLoop] = []
        self.cleaning_by_hand = False
        """Whether the user's code runs the cleanups."""
        self.open_subtests = 0
        self.only_synchronous_cleanups = False
        """Whether synchronous code runs the cleanups by hand: the standard library hangs if one is asynchronous."""

    def log(self, event: str) -> None:
        """Write down an event."""
        self.events.append(event)

    def enter(self, label: str) -> None:
        """Write down that a piece of the user's code begins, and what it sees; leave a trail for those that follow."""
        thread = "" if threading.current_thread() is self._thread else " in another thread"
        self.log(f"{label} begins{thread}, {self._describe_loop()}, after {_trail.get()}")
        _trail.set((*_trail.get(), label))

    @contextlib.contextmanager
    def in_subtest(self) -> Iterator[None]:
        """Note that a subtest plays."""
        self.open_subtests += 1
        try:
            yield
        finally:
            self.open_subtests -= 1

    def allow_cleanup(self) -> bool:
        """Tell whether another cleanup may be registered: where each registers the next, there would be no end."""
        self._cleanups += 1
        return self._cleanups <= 8

    def _describe_loop(self) -> str:
        try:
            return f"loop {self._number(asyncio.get_running_loop())} runs"
        except RuntimeError:
            pass
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # "There is no current event loop"
            try:
                return f"loop {self._number(asyncio.get_event_loop())} is current"
            except RuntimeError:
                return "no loop is current"

    def _number(self, loop: asyncio.AbstractEventLoop) -> int:
        if loop not in self._loops:
            self._loops.append(loop)
        return self._loops.index(loop)


def describe_error(error: BaseException | None) -> str:
    """Say what an error is, without what differs from run to run."""
    if error is None:
        return "nothing"
    if isinstance(error, BaseExceptionGroup):
        return f"{type(error).__name__}[{', '.join(map(describe_error, error.exceptions))}]"
    if isinstance(error, AiounitError):
        return type(error).__name__  # its words are a matter of its own tests
    return f"{type(error).__name__}: {_ADDRESS.sub('...', str(error))}"
