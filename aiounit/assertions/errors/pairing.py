"""Pairs what is expected with what there is, each with one of its own: a matcher may fit several."""

from collections.abc import Callable

__all__ = ["pair"]


def pair(expected: int, given: int, fits: Callable[[int, int], bool]) -> list[int | None]:
    """Pair as many as can be paired at the same time, by augmenting paths, as Kuhn's algorithm does.

    To take the first that fits would leave some alone that could have a partner.

    Args:
        expected: How many are expected.
        given: How many there are.
        fits: Tells whether one that is expected can have one that is given, by their indexes.

    Returns:
        For each that is expected the index of its partner, or None.
    """
    owners: dict[int, int] = {}

    def place(wanted: int, tried: set[int]) -> bool:
        for index in range(given):
            if index not in tried and fits(wanted, index):
                tried.add(index)
                if index not in owners or place(owners[index], tried):
                    owners[index] = wanted
                    return True
        return False

    for wanted in range(expected):
        place(wanted, set())
    places = {owner: index for index, owner in owners.items()}
    return [places.get(wanted) for wanted in range(expected)]
