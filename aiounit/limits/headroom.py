"""Make room on the stack for the watchdog when the user's code is close to the recursion limit."""

from typing import Final

from aiounit._real import contextlib, sys

__all__ = ["Headroom"]

# More calls than a report needs.
_ROOM: Final = 500


class Headroom:
    """Raises the recursion limit for a while."""

    def __init__(self) -> None:
        self._before = 0
        self.is_taken = False
        """Whether the limit is still raised: 3.11 lowers it only if the current depth is below."""

    def take(self) -> None:
        """Raise the limit, if it is not raised."""
        if not self.is_taken:
            self.is_taken = True
            self._before = sys.getrecursionlimit()
            sys.setrecursionlimit(self._before + _ROOM)

    def give_back(self) -> None:
        """Restore the former limit if this depth allows it, unless the user has set another."""
        with contextlib.suppress(RecursionError):
            if sys.getrecursionlimit() == self._before + _ROOM:
                sys.setrecursionlimit(self._before)
            self.is_taken = False
