"""Where levels come from, the nearest last: the file, the environment, base classes, the class, the test."""

from typing import Any

from aiounit import AsyncTestCase, DeclarationError, SettingsError, check_levels
from aiounit.checks import Level, choice
from aiounit.levels import Levels, Setting
from tests.checks.support import QuietTestCase
from tests.support import run


def said(*layers: Levels) -> tuple[Setting, ...]:
    return tuple(Setting(layer, "it is so") for layer in layers)


def level(kind: Any, *layers: Levels, name: str = "test") -> str:
    return choice.policy_for_test(kind, getattr(kind, name), said(*layers)).levels["tasks"].value


class Base(AsyncTestCase):
    async def test(self) -> None:
        """Pass."""

    @check_levels(tasks="fail")
    async def test_strict(self) -> None:
        """Pass."""


class LayerTests(QuietTestCase):
    def test_default(self) -> None:
        self.assertEqual(level(Base), "fail")

    def test_the_environment_before_the_file(self) -> None:
        self.assertEqual(level(Base, {"tasks": Level.OFF}, {"tasks": Level.WARN}), "warn")

    def test_the_class_before_the_environment(self) -> None:
        class Case(Base):
            checks = {"tasks": "off"}

        self.assertEqual(level(Case, {"tasks": Level.WARN}), "off")

    def test_classes_merge_along_the_mro(self) -> None:
        class Middle(Base):
            checks = {"tasks": "off", "errors": "warn"}

        class Case(Middle):
            checks = {"tasks": Level.WARN}

        policy = choice.policy_for_test(Case, Case.test, ())
        self.assertEqual((policy.levels["tasks"], policy.levels["errors"]), (Level.WARN, Level.WARN))

    def test_the_decorator_before_the_attribute_and_that_of_the_test_before_all(self) -> None:
        @check_levels(tasks="warn")
        class Case(Base):
            checks = {"tasks": "off"}

        self.assertEqual((level(Case), level(Case, name="test_strict")), ("warn", "fail"))

    def test_one_policy_for_the_tests_of_a_class(self) -> None:
        layers = said({"tasks": Level.WARN})
        first, again = (choice.policy_for_test(Base, method, layers) for method in (Base.test, lambda: None))
        self.assertIs(first, again)


class FixtureTests(QuietTestCase):
    def test_the_class_speaks_for_its_fixtures_and_settings_for_the_rest(self) -> None:
        class Case(Base):
            checks = {"tasks": "off"}

        layers = said({"tasks": Level.WARN})
        policies = [choice.policy_for_fixtures(kind, layers) for kind in (Case, None)]
        self.assertEqual([policy.levels["tasks"] for policy in policies], [Level.OFF, Level.WARN])


class MistakeTests(QuietTestCase):
    def test_a_class_that_names_no_check(self) -> None:
        with self.assertRaises(DeclarationError) as raised:
            type("Case", (AsyncTestCase,), {"__module__": "suite", "checks": {"task": "off"}})
        self.assertRegex(
            str(raised.exception),
            r"^checks of suite.Case is {'task': 'off'}, but there is no check 'task'. Did you mean 'tasks'\? There",
        )

    def test_a_mixin_that_names_no_check(self) -> None:
        class Mixin:
            checks = {"task": "off"}

        with self.assertRaisesRegex(
            DeclarationError, r"^checks of tests.checks.test_choice.*Mixin is {'task': 'off'}, but there is no check"
        ):
            type("Case", (Mixin, AsyncTestCase), {})

    def test_a_class_that_is_changed_afterwards(self) -> None:
        class Case(Base):
            pass

        Case.checks = {"tasks": "on"}
        self.assertRegex(
            run(Case).log[1], "^addError DeclarationError.* is {'tasks': 'on'}, but 'on' is not a level for"
        )

    def test_settings_that_name_no_check(self) -> None:
        with self.assertRaisesRegex(SettingsError, r"^it is so, but there is no check 'task'. Did you mean 'tasks'\?"):
            choice.policy_for_fixtures(None, said({"task": Level.OFF}))
