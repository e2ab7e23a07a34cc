"""Put a function of aiounit's in the place of one of the standard library, and take it out again.

The user's code does the same with the same functions, before, meanwhile and after, and undoes it in any order.
"""

import collections
from collections.abc import Callable
from typing import Any, Final

__all__ = ["Replacement"]


# How many functions are remembered that were put in around others: a patch that is undone puts back an earlier one.
_REMEMBERED: Final = 8


class Replacement:
    """A function of a module or a class, and another that calls it.

    Args:
        owner: The module or the class, which may inherit the function.
        name: The name of the function there.
        make: Returns the other function, given the one to call.

    Attributes:
        owner: The module or the class.
        attributes: The attributes of the owner.
        name: The name of the function.
        own: The function that was put in; None if there is none.
        former: The function that it has replaced; None if the class inherits it.
        pristine: The function before the first replacement.
        earlier: The last functions that were put in, each with the one that it has replaced.
    """

    __slots__ = ("attributes", "earlier", "former", "make", "name", "own", "owner", "pristine")

    def __init__(self, owner: object, name: str, make: Callable[[Any], object]) -> None:
        self.owner = owner
        self.make = make
        self.attributes = vars(owner)
        self.name = name
        self.own: object = None
        self.former = self.pristine = self.attributes.get(name)
        self.earlier: collections.deque[tuple[object, object]] = collections.deque(maxlen=_REMEMBERED)

    def put_in(self) -> None:
        """Put the other function in; does nothing if it is there, also inside another that calls it."""
        now = self.attributes.get(self.name)
        self.recognise(now)
        if self.own is None or self.is_undone(now):
            self.former = now
            self.own = self.make(getattr(self.owner, self.name) if now is None else now)
            self.earlier.append((self.own, now))
            setattr(self.owner, self.name, self.own)

    def take_out(self) -> None:
        """Put the former function back, unless yet another was put in meanwhile, which may call ours."""
        now = self.attributes.get(self.name)
        self.recognise(now)
        if self.own is None or (now is not self.own and not self.is_undone(now)):
            return
        if now is self.own and self.former is None:
            delattr(self.owner, self.name)
        elif now is self.own:
            setattr(self.owner, self.name, self.former)
        self.own = None

    def recognise(self, now: object) -> None:
        """Go back to an earlier function of ours if a patch, around which a later one was put in, is undone.

        Args:
            now: The current function.
        """
        if now is not self.own:
            self.own, self.former = next((pair for pair in self.earlier if pair[0] is now), (self.own, self.former))

    def is_undone(self, now: object) -> bool:
        """Return whether a patch from before ours has put back the function that it had replaced.

        Args:
            now: The current function.
        """
        return now is self.former or now is self.pristine
