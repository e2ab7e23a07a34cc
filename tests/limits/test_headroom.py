"""The limit of recursion is raised for a while, and is the user's again afterwards."""

import sys
import unittest
from collections.abc import Callable

from aiounit.limits.headroom import Headroom


def at_depth(room: int, function: Callable[[], None]) -> None:
    """Call a function where no more than so many calls have room below it, or a few less."""

    def deeper() -> None:
        try:
            fill(room)
        except RecursionError:
            function()
        else:
            deeper()

    deeper()


def fill(calls: int) -> None:
    if calls:
        fill(calls - 1)


class HeadroomTests(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(sys.setrecursionlimit, sys.getrecursionlimit())
        sys.setrecursionlimit(1000)
        self.headroom = Headroom()

    def test_it_is_taken_and_given_back(self) -> None:
        self.headroom.take()
        self.assertTrue(self.headroom.is_taken)
        self.assertGreater(sys.getrecursionlimit(), 1000)
        self.headroom.give_back()
        self.assertEqual((sys.getrecursionlimit(), self.headroom.is_taken), (1000, False))

    def test_it_is_taken_once(self) -> None:
        self.headroom.take()
        once = sys.getrecursionlimit()
        self.headroom.take()
        self.assertEqual(sys.getrecursionlimit(), once)
        self.headroom.give_back()
        self.assertEqual(sys.getrecursionlimit(), 1000)

    def test_there_is_room_close_to_the_limit(self) -> None:
        def take() -> None:
            self.headroom.take()
            fill(300)
            self.headroom.give_back()

        at_depth(20, take)
        self.headroom.give_back()
        self.assertEqual((sys.getrecursionlimit(), self.headroom.is_taken), (1000, False))

    def test_it_is_given_back_later_where_the_stack_is_too_deep(self) -> None:
        def take() -> None:
            self.headroom.take()

            def deeper(calls: int) -> None:
                if calls:
                    deeper(calls - 1)
                else:
                    self.headroom.give_back()

            deeper(100)

        at_depth(20, take)
        self.headroom.give_back()
        self.assertEqual((sys.getrecursionlimit(), self.headroom.is_taken), (1000, False))

    def test_a_limit_that_was_set_meanwhile_stays(self) -> None:
        self.headroom.take()
        sys.setrecursionlimit(1234)
        self.headroom.give_back()
        self.assertEqual((sys.getrecursionlimit(), self.headroom.is_taken), (1234, False))
