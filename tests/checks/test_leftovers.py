"""Checks of objects: asked whether there are any, and, later, for a description of each."""

import gc
import unittest
from typing import Any
from unittest import mock

from aiounit.checks import Check, CheckContext, Finding, Leftovers
from aiounit.checks.builtin.asyncgens import Asyncgens
from aiounit.checks.builtin.threads import Threads
from aiounit.checks.leftovers import Leftover, Noted, NotedLeftovers
from aiounit.checks.ownership import Keeper, hand_over
from aiounit.introspect.sites import Site
from tests.checks.support import session


class Thing:
    """Can be referred to weakly."""


class Things(NotedLeftovers[Noted]):
    name = "things"

    def left(self, test: CheckContext) -> list[Noted]:
        return list(self._noted)

    def describe(self, thing: Noted, test: CheckContext) -> Finding:
        return Finding(f"a thing of {test.name}")


class LeftoversTests(unittest.TestCase):
    def test_the_end_is_a_description_of_each(self) -> None:
        check = Things()
        things = [Thing(), Thing()]
        for thing in things:
            check.take(Noted(thing, Site()))
        self.assertEqual(check.end(session("test_x")), [Finding("a thing of test_x")] * 2)

    def test_both_methods_must_be_written(self) -> None:
        kind: Any = Leftovers
        with self.assertRaisesRegex(TypeError, "abstract"):
            kind()

    def test_nothing_need_be_done_for_an_owner(self) -> None:
        class Names(Leftovers[str]):
            name = "names"

            def left(self, test: CheckContext) -> list[str]:
                return ["a", "b"]

            def describe(self, thing: str, test: CheckContext) -> Finding:
                return Finding(thing)

        check = Names()
        check.give("a", None)
        self.assertEqual(check.end(session()), [Finding("a"), Finding("b")])


class GoneTests(unittest.IsolatedAsyncioTestCase):
    """Objects that are destroyed after they were found: they are not left."""

    def setUp(self) -> None:
        self.gone = Noted(Thing(), Site())

    def test_one_is_not_described(self) -> None:
        self.assertEqual(list(session()._describe(Things(), [self.gone])), [])

    def test_one_has_no_owner(self) -> None:
        check = Things()
        with mock.patch.object(check, "give") as give:
            hand_over([(check, self.gone)], [Keeper(object(), None, [])], None)
        give.assert_not_called()

    def test_a_thread_that_ends_is_not_joined(self) -> None:
        check = Threads()
        with mock.patch.object(check, "_running", side_effect=[[self.gone], []]):
            self.assertEqual(check.left(session()), [])

    async def test_a_generator_is_not_closed(self) -> None:
        check = Asyncgens()
        with mock.patch.object(check, "left", return_value=[self.gone]) as left:
            await check.clean(session())
        left.assert_called_once()


class GiveTests(unittest.TestCase):
    def setUp(self) -> None:
        self.thing = Thing()
        self.noted = Noted(self.thing, Site())
        self.check = Things()
        self.check.take(self.noted)

    def test_an_object_goes_to_the_check_of_its_owner(self) -> None:
        other = Things()
        self.check.give(self.noted, other)
        self.assertEqual((self.check.left(session()), other.left(session())), ([], [self.noted]))

    def test_it_is_forgotten_where_there_is_none(self) -> None:
        self.check.give(self.noted, None)
        self.check.give(self.noted, Check())
        self.assertEqual(self.check.left(session()), [])


class LeftoverTests(unittest.TestCase):
    def test_it_stands_for_itself_and_says_what_its_owner_holds(self) -> None:
        leftover = Leftover()
        self.assertIs(leftover.key, leftover)
        with self.assertRaises(NotImplementedError):
            print(leftover.anchors)

    def test_an_object_that_was_noted_is_held_weakly(self) -> None:
        thing: Thing | None = Thing()
        noted = Noted(thing, Site())
        self.assertEqual((noted.key, noted.anchors), (thing, (thing,)))
        thing = None
        gc.collect()
        self.assertEqual((noted.key, noted.anchors), (None, ()))
