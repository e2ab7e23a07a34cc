"""What is plain is copied, what is like its copy is the same, and what would take long is refused."""

import unittest
from collections import deque
from typing import Any

from aiounit.mocks.recording.copying import Copier, TooLargeError, are_atoms, is_atom, is_same, length_of


class CopierTests(unittest.TestCase):
    def test_a_copy(self) -> None:
        inner = [1]
        copier = Copier()
        copied = copier.copy((inner, 2), 0)
        self.assertEqual(copied, ([1], 2))
        self.assertEqual([original for _, original in copier.pairs], [inner, (inner, 2)])

    def test_what_can_not_be_copied(self) -> None:
        value = object()
        copier = Copier()
        self.assertEqual((copier.copy([value], 0), copier.others), ([value], [value]))

    def test_the_objects_that_are_remembered_are_limited(self) -> None:
        copier = Copier()
        copier.copy([object() for _ in range(1000)], 0)
        self.assertEqual(len(copier.others), 100)

    def test_the_limits(self) -> None:
        deep: list[Any] = []
        for _ in range(21):
            deep = [deep]
        values: list[Any] = [list(range(10_001)), [[*range(5_000)], [*range(5_000)]], deep, bytearray(1_000_001)]
        for value in values:
            with self.subTest(length_of(value)), self.assertRaises(TooLargeError):
                Copier().copy(value, 0)


class SameTests(unittest.TestCase):
    def test_the_same(self) -> None:
        values: list[tuple[Any, Any]] = [(1, 1), ("tea", "te" + "ab"[:1]), ([1], [1]), ({"a": [1]}, {"a": [1]})]
        for one, other in values:
            self.assertTrue(is_same(one, other))

    def test_others(self) -> None:
        values: list[tuple[Any, Any]] = [
            *((1, 2), (1, True), ([1], [2]), ([1], [1, 2]), ([1], deque([1])), ({"a": 1}, {"a": 2}), ({1}, {2})),
            *(({"a": 1}, {"b": 1}), (bytearray(b"a"), bytearray(b"b")), (object(), object()), ((1, [2]), (1, [3]))),
        ]
        for one, other in values:
            with self.subTest(one=one, other=other):
                self.assertFalse(is_same(one, other))


class KindTests(unittest.TestCase):
    def test_atoms(self) -> None:
        self.assertTrue(are_atoms([1, "a", None, 1.5, b"a", True]))
        self.assertFalse(are_atoms([1, []]))
        self.assertFalse(is_atom(()))

    def test_lengths(self) -> None:
        self.assertEqual([length_of(value) for value in ([1], {}, "tea", object())], [1, 0, None, None])
