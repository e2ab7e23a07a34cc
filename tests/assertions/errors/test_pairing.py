"""As many are paired as can be paired."""

import itertools
import unittest

from aiounit.assertions.errors.pairing import pair


def partners(fits: list[list[int]]) -> list[int | None]:
    return pair(len(fits), len(fits[0]) if fits else 0, lambda wanted, index: bool(fits[wanted][index]))


class PairTests(unittest.TestCase):
    def test_nothing_is_expected(self) -> None:
        self.assertEqual(partners([]), [])

    def test_nothing_is_there(self) -> None:
        self.assertEqual(partners([[], []]), [None, None])

    def test_each_has_its_own(self) -> None:
        self.assertEqual(partners([[0, 1], [1, 0]]), [1, 0])

    def test_one_that_fits_all_leaves_the_only_one_to_another(self) -> None:
        self.assertEqual(partners([[1, 1], [1, 0]]), [1, 0])

    def test_one_is_left_alone(self) -> None:
        self.assertEqual(partners([[1, 0], [1, 0]]), [0, None])

    def test_a_chain_of_exchanges(self) -> None:
        self.assertEqual(partners([[1, 1, 0], [1, 0, 1], [1, 0, 0]]), [1, 2, 0])

    def test_there_are_never_more_pairs(self) -> None:
        for bits in itertools.product((0, 1), repeat=9):
            fits: list[list[int]] = [[*bits[row : row + 3]] for row in (0, 3, 6)]
            best = max(sum(fits[row][column] for row, column in enumerate(order)) for order in ORDERS)
            with self.subTest(fits=fits):
                found = partners(fits)
                self.assertEqual(sum(column is not None for column in found), best)
                self.assertTrue(all(fits[row][column] for row, column in enumerate(found) if column is not None))


ORDERS = list(itertools.permutations(range(3)))
