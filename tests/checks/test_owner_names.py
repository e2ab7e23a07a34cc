"""Owners have names in reports."""

import gc
import unittest

from aiounit.checks import owner_names


class Thing:
    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __hash__(self) -> int:
        raise AssertionError


class NameTests(unittest.TestCase):
    def test_a_thing_has_the_name_of_its_owner_as_long_as_it_is_there(self) -> None:
        thing = Thing()
        self.assertEqual(owner_names.name_of(thing), "")
        owner_names.name(thing, "resource 'pool'")
        self.assertEqual(owner_names.name_of(thing), "resource 'pool'")
        identity = id(thing)
        del thing
        gc.collect()
        self.assertNotIn(identity, owner_names._names)

    def test_a_thing_without_weak_references_has_none(self) -> None:
        thing = 7
        owner_names.name(thing, "resource 'pool'")
        self.assertEqual(owner_names.name_of(thing), "")
