"""Pair each expected object with a given one of its own, although one matcher may fit several."""

from collections.abc import Callable

__all__ = ["pair"]


def pair(expected: int, given: int, fits: Callable[[int, int], bool]) -> list[int | None]:
    """Find as many pairs as possible, by augmenting paths (Kuhn's algorithm).

    Taking the first match for each could leave others without a partner.

    Args:
        expected: The number of expected objects.
        given: The number of given objects.
        fits: Returns whether an expected object matches a given one, by their indexes.

    Returns:
        The index of the partner of each expected object, or None.
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
