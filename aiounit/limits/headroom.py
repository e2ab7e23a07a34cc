"""Room on the stack for the watchdog, where the user's code has come close to the limit of recursion."""

from typing import Final

from aiounit._real import contextlib, sys

__all__ = ["Headroom"]

# How many calls deep a report goes, and then some.
_ROOM: Final = 500


class Headroom:
    """Raises the limit of recursion for a while."""

    def __init__(self) -> None:
        self._before = 0
        self.is_taken = False
        """Whether the limit is still raised: 3.11 lowers it only where the present depth is below."""

    def take(self) -> None:
        """Raise the limit, if it is not raised."""
        if not self.is_taken:
            self.is_taken = True
            self._before = sys.getrecursionlimit()
            sys.setrecursionlimit(self._before + _ROOM)

    def give_back(self) -> None:
        """Lower the limit to what it was, if that can be done at this depth, and unless the user has set another."""
        with contextlib.suppress(RecursionError):
            if sys.getrecursionlimit() == self._before + _ROOM:
                sys.setrecursionlimit(self._before)
            self.is_taken = False
