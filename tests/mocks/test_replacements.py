"""Patches are undone in any order, and leave behind what was there."""

import builtins
import itertools
import os
import sys
import tempfile
import types
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from aiounit.mocks import replacements
from aiounit.mocks.replacements import MISSING, missing, original_of, replace_attribute, replace_items, target_of


class Base:
    inherited = "inherited"


class Owner(Base):
    own = "own"

    @staticmethod
    def static() -> str:
        return "static"

    @classmethod
    def of_class(cls) -> str:
        return cls.__name__


class TargetTests(unittest.TestCase):
    def assert_refused(self, kind: type[Exception], message: str, target: object) -> None:
        with self.assertRaises(kind) as caught:
            target_of(target, "patch()")
        self.assertEqual(str(caught.exception), message)

    def setUp(self) -> None:
        """Make a package ``shop_of_test`` with modules that are not imported yet."""
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        package = directory / "shop_of_test"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "client.py").write_text("class Client:\n    limit = 5\n")
        (package / "broken.py").write_text("import nothing_of_the_kind\n")
        self.enterContext(mock.patch.object(sys, "path", [str(directory), *sys.path]))
        self.enterContext(mock.patch.dict(sys.modules))

    def test_a_module_is_imported(self) -> None:
        owner, name = target_of("shop_of_test.client.Client", "patch()")
        self.assertEqual((getattr(owner, "__name__", None), name), ("shop_of_test.client", "Client"))

    def test_something_in_a_class(self) -> None:
        owner, name = target_of("shop_of_test.client.Client.limit", "patch()")
        self.assertEqual((getattr(owner, "__name__", None), name), ("Client", "limit"))

    def test_a_module_that_is_misspelt(self) -> None:
        message = (
            "there is no 'shop_of_test.clinet': the module shop_of_test has no attribute 'clinet'. "
            "Did you mean 'client'?"
        )
        self.assert_refused(AttributeError, message, "shop_of_test.clinet.Client")

    def test_a_class_that_is_misspelt(self) -> None:
        message = (
            "there is no 'shop_of_test.client.Cleint': the module shop_of_test.client has no attribute 'Cleint'. "
            "Did you mean 'Client'?"
        )
        self.assert_refused(AttributeError, message, "shop_of_test.client.Cleint.limit")

    def test_a_package_that_is_not_there(self) -> None:
        message = "No module named 'nothing_of_the_kind'"
        self.assert_refused(ModuleNotFoundError, message, "nothing_of_the_kind.x")

    def test_a_module_that_can_not_be_imported(self) -> None:
        message = "No module named 'nothing_of_the_kind'"
        self.assert_refused(ModuleNotFoundError, message, "shop_of_test.broken.x")

    def test_what_is_no_name(self) -> None:
        for path in ("shop", "", "shop.", ".shop", "shop..client", "shop client"):
            message = f'patch() takes a string like "package.module.attribute", not {path!r}'
            self.assert_refused(ValueError, message, path)

    def test_what_is_no_string(self) -> None:
        message = (
            'patch() takes a string like "package.module.attribute", not 5. '
            "To patch an attribute of an object, use patch.object(owner, name)"
        )
        self.assert_refused(TypeError, message, 5)


class OriginalTests(unittest.TestCase):
    def test_an_attribute_of_a_class_as_it_stands_there(self) -> None:
        for name in ("own", "static", "of_class"):
            self.assertIs(original_of(Owner, name), vars(Owner)[name])
        self.assertEqual(original_of(Owner, "inherited"), "inherited")

    def test_an_attribute_of_an_object(self) -> None:
        self.assertEqual(original_of(Owner(), "own"), "own")

    def test_a_patched_one_as_it_was(self) -> None:
        for value in ("first", "second"):
            self.addCleanup(replace_attribute(Owner, "own", value))
        self.assertEqual(original_of(Owner, "own"), "own")

    def test_a_built_in_function_of_a_module(self) -> None:
        self.assertIs(original_of(types.ModuleType("shop"), "open"), builtins.open)

    def test_one_that_is_missing(self) -> None:
        self.assertIs(original_of(Owner, "xyz"), MISSING)
        self.assertEqual(repr(MISSING), "<missing>")

    def test_what_is_said_of_one_that_is_missing(self) -> None:
        self.assertEqual(str(missing(Owner, "onw")), "Owner has no attribute 'onw'. Did you mean 'own'?")
        self.assertEqual(str(missing(Owner(), "xyz")), "Owner has no attribute 'xyz'")


class AttributeTests(unittest.TestCase):
    """One patch, and its end."""

    def assert_restored(self, owner: Any, name: str) -> None:
        before = dict(vars(owner)) if hasattr(owner, "__dict__") else getattr(owner, name)
        undo = replace_attribute(owner, name, "new")
        self.assertEqual(getattr(owner, name), "new")
        undo()
        self.assertEqual(dict(vars(owner)) if hasattr(owner, "__dict__") else getattr(owner, name), before)
        self.assertEqual(replacements._attributes, {})

    def test_of_a_class(self) -> None:
        for name in ("own", "static", "of_class", "inherited"):
            with self.subTest(name):
                self.assert_restored(Owner, name)

    def test_of_an_object(self) -> None:
        owner = Owner()
        owner.other = "other"  # type: ignore[attr-defined]  # what is tested
        for name in ("own", "other"):
            with self.subTest(name):
                self.assert_restored(owner, name)

    def test_of_a_module(self) -> None:
        self.assert_restored(os, "getcwd")

    def test_of_an_object_with_slots(self) -> None:
        class Slotted:
            __slots__ = ("item",)

        slotted = Slotted()
        slotted.item = "tea"  # type: ignore[attr-defined]  # a slot
        self.assert_restored(slotted, "item")

    def test_that_was_missing(self) -> None:
        undo = replace_attribute(Owner, "other", "new")
        self.assertEqual(getattr(Owner, "other", None), "new")
        undo()
        self.assertFalse(hasattr(Owner, "other"))

    def test_that_can_not_be_set(self) -> None:
        with self.assertRaises(TypeError):
            replace_attribute(int, "real", "new")
        self.assertEqual(replacements._attributes, {})


class OrderTests(unittest.TestCase):
    """Several patches of one thing, undone in every order."""

    def test_attributes(self) -> None:
        for name, order in itertools.product(("own", "inherited"), itertools.permutations(range(3))):
            with self.subTest(name=name, order=order):
                before = dict(vars(Owner))
                undos = [replace_attribute(Owner, name, number) for number in range(3)]
                active = [0, 1, 2]
                for number in order:
                    self.assertEqual(getattr(Owner, name), active[-1])
                    undos[number]()
                    active.remove(number)
                self.assertEqual((dict(vars(Owner)), replacements._attributes), (before, {}))

    def test_attributes_that_were_missing(self) -> None:
        for order in itertools.permutations(range(2)):
            undos = [replace_attribute(Owner, "other", number) for number in range(2)]
            for number in order:
                undos[number]()
            self.assertFalse(hasattr(Owner, "other"))

    def test_items(self) -> None:
        changes: list[dict[str, Any]] = [
            {"values": {"a": 10, "x": 10}},
            {"values": {"a": 20, "b": 20}, "removed": ["c"]},
            {"values": {"y": 30}, "clear": True},
        ]
        original = {"a": 1, "b": 2, "c": 3}
        for order in itertools.permutations(range(3)):
            with self.subTest(order=order):
                dictionary = dict(original)
                undos = [replace_items(dictionary, **change) for change in changes]
                left = [0, 1, 2]
                for number in order:
                    undos[number]()
                    left.remove(number)
                    self.assertEqual(dictionary, self.applied(original, [changes[each] for each in left]))
                self.assertEqual(replacements._dictionaries, {})

    def applied(self, original: dict[str, int], changes: list[dict[str, Any]]) -> dict[str, int]:
        """Return what a dictionary holds with these changes and no others."""
        result = dict(original)
        for change in changes:
            if change.get("clear"):
                result.clear()
            for key in change.get("removed", ()):
                result.pop(key, None)
            result |= change["values"]
        return result


class ItemTests(unittest.TestCase):
    def setUp(self) -> None:
        self.dictionary = {"a": 1, "b": 2}

    def assert_changed(self, expected: dict[str, int], **change: Any) -> None:
        undo = replace_items(self.dictionary, **change)
        self.assertEqual(self.dictionary, expected)
        undo()
        self.assertEqual(list(self.dictionary.items()), [("a", 1), ("b", 2)])

    def test_items_are_put_in(self) -> None:
        self.assert_changed({"a": 5, "b": 2, "c": 3}, values={"a": 5, "c": 3})

    def test_items_are_taken_out(self) -> None:
        self.assert_changed({"b": 2}, values={}, removed=["a", "x"])

    def test_it_is_cleared(self) -> None:
        self.assert_changed({"c": 3}, values={"c": 3}, clear=True)

    def test_what_others_have_changed_is_taken_back(self) -> None:
        undo = replace_items(self.dictionary, {})
        self.dictionary["c"] = 3
        del self.dictionary["a"]
        undo()
        self.assertEqual(self.dictionary, {"a": 1, "b": 2})
