"""Objects and classes are looked at without any code of theirs."""

import unittest
from typing import Any

from aiounit.mocks.recording.attributes import attributes_of, find, is_kind_of, slots_of


class Base:
    __slots__ = ("first", "second")


class Derived(Base):
    __slots__ = ("third",)

    def __init__(self) -> None:
        self.first = 1
        self.third = 3


class Open(Derived):
    def __init__(self) -> None:
        super().__init__()
        self.fourth = 4


class AttributesTests(unittest.TestCase):
    def test_slots(self) -> None:
        self.assertEqual(set(slots_of(Derived())), {"first", "second", "third"})
        self.assertEqual(slots_of(self), {})

    def test_attributes(self) -> None:
        self.assertEqual(attributes_of(Derived()), {"first": 1, "third": 3})
        self.assertEqual(attributes_of(Open()), {"first": 1, "third": 3, "fourth": 4})
        self.assertEqual(attributes_of(object()), {})

    def test_names_of_classes(self) -> None:
        self.assertIs(find(Open, "third"), vars(Derived)["third"])
        self.assertIsNone(find(Open, "fifth"))
        self.assertIsNone(find(Open, "__subclasshook__"), "that of object does not count")

    def test_kinds(self) -> None:
        self.assertTrue(is_kind_of(Open, Base))
        self.assertFalse(is_kind_of(Base, Open))

    def test_what_a_class_says_of_itself_does_not_matter(self) -> None:
        def refuse(*_: object) -> Any:
            raise SystemError("the user's code was run")

        meta: Any = type("Meta", (type,), {"__getattribute__": refuse, "__subclasscheck__": refuse})
        kind = meta("Kind", (), {"__getattribute__": refuse, "name": "tea"})
        self.assertEqual(find(kind, "name"), "tea")
        self.assertEqual(attributes_of(object.__new__(kind)), {})
        self.assertFalse(is_kind_of(kind, Base))
