"""How long each part of a test may take is said by the nearest: a decorator, the class, a setting, the default."""

import unittest
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, async_timeout, settings
from aiounit.limits import budgets
from aiounit.limits.budgets import Budget, Mark, Phase
from aiounit.settings import Settings


def nothing() -> None:
    """Be called by nobody."""


class Silent(AsyncTestCase):
    """Says nothing of time."""


class Spoken(AsyncTestCase):
    """Says something of each phase."""

    timeout = 1
    setup_timeout = 2.5
    teardown_timeout = None


class Timed:
    @async_timeout(6, setup=7, teardown=8)
    def test_timed(self) -> None:
        """Be called by nobody."""


class BudgetTestCase(unittest.TestCase):
    def use(self, wanted: Settings) -> None:
        """Have these settings until the test is over."""
        self.enterContext(mock.patch.object(settings, "current", return_value=wanted))

    def setUp(self) -> None:
        self.use(Settings())


class MarkTests(unittest.TestCase):
    def test_of_a_function(self) -> None:
        self.assertEqual(budgets.mark_of(async_timeout(1)(nothing)), Mark(1))

    def test_of_a_method(self) -> None:
        class Case(AsyncTestCase):
            @async_timeout(1, setup=2, teardown=3)
            def test(self) -> None:
                """Take any time."""

        self.assertEqual(budgets.mark_of(Case("test").test), Mark(1, 2, 3))

    def test_nothing_is_marked(self) -> None:
        self.assertIsNone(budgets.mark_of(nothing))

    def test_what_has_no_attributes_of_its_own(self) -> None:
        self.assertIsNone(budgets.mark_of(len))

    def test_a_mock_has_any_attribute_but_no_mark(self) -> None:
        self.assertIsNone(budgets.mark_of(mock.Mock()))


class SettingsTests(BudgetTestCase):
    """What belongs to no class."""

    def test_the_default(self) -> None:
        self.assertEqual([budgets.of_settings(phase) for phase in Phase], [Budget(60.0, "the default")] * 3)

    def test_a_setting(self) -> None:
        self.use(Settings(timeout=5.0, setup_timeout=None))
        self.assertEqual(
            [budgets.of_settings(phase) for phase in Phase],
            [
                Budget(None, "the setting setup_timeout"),
                Budget(5.0, "the setting timeout"),
                Budget(60.0, "the default"),
            ],
        )

    def test_settings_that_change(self) -> None:
        budgets.of_settings(Phase.TEST)
        self.use(Settings(timeout=5.0))
        self.assertEqual(budgets.of_settings(Phase.TEST), Budget(5.0, "the setting timeout"))

    def test_scaled(self) -> None:
        self.use(Settings(timeout=5.0, timeout_scale=2.5))
        self.assertEqual(budgets.of_settings(Phase.TEST), Budget(12.5, "the setting timeout, scaled by 2.5"))

    def test_without_a_limit_there_is_nothing_to_scale(self) -> None:
        self.use(Settings(timeout=None, timeout_scale=2.5))
        self.assertEqual(budgets.of_settings(Phase.TEST), Budget(None, "the setting timeout"))


class ClassTests(BudgetTestCase):
    def test_the_attributes_of_a_class(self) -> None:
        self.assertEqual(
            [budgets.of_class(Spoken, phase) for phase in Phase],
            [
                Budget(2.5, "setup_timeout of Spoken"),
                Budget(1, "timeout of Spoken"),
                Budget(None, "teardown_timeout of Spoken"),
            ],
        )

    def test_they_beat_the_settings_and_are_scaled(self) -> None:
        self.use(Settings(timeout=5.0, timeout_scale=3.0))
        self.assertEqual(budgets.of_class(Spoken, Phase.TEST), Budget(3.0, "timeout of Spoken, scaled by 3"))

    def test_a_class_that_says_nothing(self) -> None:
        self.assertEqual(budgets.of_class(Silent, Phase.TEST), Budget(60.0, "the default"))

    def test_an_attribute_of_the_users_that_happens_to_have_the_name(self) -> None:
        class Case(AsyncTestCase):
            def timeout(self) -> None:  # type: ignore[override] # pyright: ignore[reportAssignmentType, reportIncompatibleVariableOverride] # so do real suites
                """Do something else."""

        self.assertEqual(budgets.of_class(Case, Phase.TEST), Budget(60.0, "the default"))

    def test_the_names_of_the_attributes(self) -> None:
        self.assertEqual(budgets.ATTRIBUTES, ("setup_timeout", "timeout", "teardown_timeout"))


class FindTests(BudgetTestCase):
    """How long a step of a test may take."""

    def find(self, phase: Phase, function: Any, method: Any, kind: type = Silent) -> Budget:
        return budgets.find(kind, phase, function, method)

    def test_nothing_said(self) -> None:
        self.assertEqual(self.find(Phase.TEST, nothing, nothing), Budget(60.0, "the default"))

    def test_the_decorator_of_the_test_beats_its_class(self) -> None:
        test = async_timeout(3)(nothing)
        self.assertEqual(self.find(Phase.TEST, test, test, Spoken), Budget(3, "@async_timeout", Mark(3)))

    def test_the_decorator_of_the_test_counts_whatever_is_called_in_its_place(self) -> None:
        self.assertEqual(
            self.find(Phase.TEST, nothing, async_timeout(3)(nothing)), Budget(3, "@async_timeout", Mark(3))
        )

    def test_a_decorator_that_lifts_the_limit(self) -> None:
        test = async_timeout(None)(nothing)
        self.assertEqual(self.find(Phase.TEST, test, test, Spoken), Budget(None, "@async_timeout", Mark(None)))

    def test_the_decorator_of_a_hook(self) -> None:
        self.assertEqual(
            self.find(Phase.SET_UP, async_timeout(3)(nothing), nothing, Spoken), Budget(3, "@async_timeout", Mark(3))
        )

    def test_what_the_decorator_of_the_test_says_of_set_up_and_tear_down(self) -> None:
        for phase, seconds in {Phase.SET_UP: 7, Phase.TEAR_DOWN: 8}.items():
            with self.subTest(phase=phase):
                self.assertEqual(
                    self.find(phase, nothing, Timed.test_timed), Budget(seconds, "@async_timeout of the test")
                )

    def test_the_decorator_of_a_hook_beats_that_of_the_test(self) -> None:
        hook = async_timeout(3)(nothing)
        self.assertEqual(self.find(Phase.SET_UP, hook, Timed.test_timed), Budget(3, "@async_timeout", Mark(3)))

    def test_a_decorator_of_the_test_that_says_nothing_of_its_set_up_and_tear_down(self) -> None:
        test = async_timeout(3)(nothing)
        self.assertEqual(self.find(Phase.SET_UP, nothing, test, Spoken), Budget(2.5, "setup_timeout of Spoken"))

    def test_a_class_fixture_has_no_test(self) -> None:
        self.assertEqual(self.find(Phase.TEAR_DOWN, nothing, None), Budget(60.0, "the default"))

    def test_the_decorator_is_scaled_too(self) -> None:
        self.use(Settings(timeout_scale=2.0))
        test = async_timeout(3)(nothing)
        self.assertEqual(self.find(Phase.TEST, test, test), Budget(6.0, "@async_timeout, scaled by 2", Mark(3)))
