"""A walk counts exactly, each kind of test ends as it must, and an empty test stays short."""

import sys
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from aiounit.loops.sampler import sampler

from . import walk  # and not its classes, which would be loaded as tests of this module
from .walk import SCENARIOS, follow

# An empty test on any version takes at most so much, which is about 5% above the present. Lower it with the test.
MOST_CALLS = 158
MOST_MODULES = 47
MOST_CROSSINGS = 240

TOY = Path("/toy")  # is not read
SECOND = """
def double(number):
    return times(number, 2)

def times(number, other):
    return number * other

def generate():
    yield 1
"""
FIRST = """
def run():
    step()
    list(map(double, (1, 2)))
    list(generate())

def step():
    pass

def fail():
    double(None)
"""


def toy() -> dict[str, Any]:
    """Return the functions of a package of two modules, of which the first calls the second."""
    names: dict[str, Any] = {}
    exec(compile(SECOND, str(TOY / "inner" / "second.py"), "exec"), names)
    exec(compile(FIRST, str(TOY / "first.py"), "exec"), names)
    return names


class FollowTests(unittest.TestCase):
    """What a function calls in a package."""

    def test_calls_are_listed_in_their_order_and_by_depth(self) -> None:
        self.assertEqual(
            follow(toy()["run"], TOY).tree().split("\n"),
            [
                "first.run",
                "  first.step",
                "  inner.second.double",
                "    inner.second.times",
                "  inner.second.double",
                "    inner.second.times",
                "  inner.second.generate",
                "  inner.second.generate",  # it is resumed
            ],
        )

    def test_calls_modules_crossings_and_the_depth_are_counted(self) -> None:
        self.assertEqual(follow(toy()["run"], TOY).row(), (8, 2, 8, 3))

    def test_an_exception_is_a_return(self) -> None:
        fail = toy()["fail"]

        def attempt() -> None:
            with self.assertRaises(TypeError):
                fail()

        self.assertEqual(follow(attempt, TOY).row(), (3, 2, 2, 3))

    def test_other_packages_are_left_out(self) -> None:
        self.assertEqual(follow(toy()["run"], Path("/other")).row(), (0, 0, 0, 0))

    def test_a_profile_function_is_put_back(self) -> None:
        def profile(*_details: object) -> None:
            pass

        step, before = toy()["step"], sys.getprofile()
        sys.setprofile(profile)
        try:
            follow(step, TOY)
            self.assertIs(sys.getprofile(), profile)
        finally:
            sys.setprofile(before)


class ScenarioTests(unittest.TestCase):
    """Tests as users write them, whatever the tests before have imported and replaced."""

    def setUp(self) -> None:
        self.enterContext(mock.patch.object(sys, "unraisablehook", sys.__unraisablehook__))
        self.enterContext(mock.patch.dict(sys.modules))
        sys.modules.pop("uvloop", None)

    def test_each_ends_as_it_must(self) -> None:
        for title, kind, failures in SCENARIOS:
            with self.subTest(title):
                result = walk.walk(kind)[1]
                ended = len(result.failures) + len(result.errors)
                self.assertEqual(ended, failures * result.testsRun, result.failures + result.errors)

    def test_a_walk_is_the_same_each_time(self) -> None:
        # Not on a busy machine, where the loop waits for the thread that samples it.
        self.enterContext(mock.patch.object(sampler, "give_way"))
        self.assertEqual(walk.walk(walk.Empty)[0].tree(), walk.walk(walk.Empty)[0].tree())

    def test_an_empty_test_is_short(self) -> None:
        found = walk.walk(walk.Empty)[0]
        calls, modules, crossings, _ = found.row()
        self.assertLessEqual(calls, MOST_CALLS, found.tree())
        self.assertLessEqual(modules, MOST_MODULES, sorted(found.modules))
        self.assertLessEqual(crossings, MOST_CROSSINGS, found.tree())
