"""Attributes are found as `inspect.getattr_static` finds them, and only the classes of users are looked at."""

import inspect
import unittest
from unittest import mock

from aiounit import AsyncTestCase, DeclarationError
from aiounit.introspect import classes
from aiounit.lifecycle import validation
from aiounit.loops.sampler import THRESHOLD
from tests.walk import follow


class Meta(type):
    of_meta = "of the metaclass"


class Base:
    inherited = "of the base"
    overridden = "of the base"

    @property
    def computed(self) -> str:
        raise AssertionError("is not called")


class Kind(Base, metaclass=Meta):
    overridden = "of the class"


class StaticTests(unittest.TestCase):
    def test_it_finds_what_inspect_finds(self) -> None:
        for name in ("inherited", "overridden", "computed", "of_meta", "missing", "__doc__"):
            with self.subTest(name):
                self.assertIs(classes.static(Kind, name, "default"), inspect.getattr_static(Kind, name, "default"))


class UsersTests(unittest.TestCase):
    def test_the_bases_of_every_test_class_are_known(self) -> None:
        class Mixin:
            pass

        class Case(AsyncTestCase, Mixin):
            pass

        self.assertEqual(classes.of_users(Case), [Case, Mixin])

    def test_a_known_class_counts_once_it_has_another_attribute(self) -> None:
        AsyncTestCase.another = 1  # type: ignore[attr-defined] # a user may do so
        try:

            class Case(AsyncTestCase):
                pass

            self.assertEqual(classes.of_users(Case), [Case, AsyncTestCase])
        finally:
            del AsyncTestCase.another  # type: ignore[attr-defined] # see above
        self.assertEqual(classes.of_users(Case), [Case])

    def test_a_wrong_setting_of_all_test_classes_is_an_error_of_the_next(self) -> None:
        with mock.patch.object(AsyncTestCase, "loop_debug", 1), self.assertRaisesRegex(DeclarationError, "loop_debug"):
            type("Case", (AsyncTestCase,), {})


class CostTests(unittest.TestCase):
    """A test class is looked at when it is made."""

    def test_the_settings_of_a_class_that_sets_none_are_not_looked_at(self) -> None:
        self.assertEqual(AsyncTestCase.blocking_threshold, THRESHOLD)
        with mock.patch.object(validation, "_complaints_about_settings") as look:
            type("Case", (AsyncTestCase,), {})
        look.assert_not_called()

    def test_the_calls_do_not_depend_on_the_number_of_inherited_names(self) -> None:
        self.assertEqual(self.calls(inherited=100), self.calls(inherited=10))

    def test_a_class_with_five_tests_takes_few_calls(self) -> None:
        tests = {f"test_{number}": self.coroutine for number in range(5)}
        self.assertLessEqual(len(follow(lambda: type("Case", (AsyncTestCase,), dict(tests))).calls), 50)

    def calls(self, inherited: int) -> list[tuple[int, str, str]]:
        names = [f"{kind}_{number}" for kind in ("test", "help") for number in range(inherited)]
        base = type("Base", (AsyncTestCase,), dict.fromkeys(names, self.coroutine))
        return follow(lambda: type("Case", (base,), {})).calls

    @staticmethod
    async def coroutine(_: object) -> None:
        """Do nothing."""
