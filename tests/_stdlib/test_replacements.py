"""A function is put in the place of another, and taken out, in any order with patches of the user's."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest import TestCase

from aiounit._stdlib.replacements import Replacement

# It looks up no private name.
PRIVATE_NAMES: set[str] = set()


def around(former: Callable[[], str]) -> Callable[[], str]:
    return lambda: f"ours, {former()}"


class ReplacementTests(TestCase):
    def setUp(self) -> None:
        self.owner: Any = SimpleNamespace(call=lambda: "former")
        self.replacement = Replacement(self.owner, "call", around)
        self.calls: list[str] = []

    def see(self) -> None:
        self.calls.append(self.owner.call())

    def test_it_is_put_in_once_and_taken_out(self) -> None:
        former = self.owner.call
        self.replacement.put_in()
        self.replacement.put_in()
        self.see()
        self.replacement.take_out()
        self.assertIs(self.owner.call, former)
        self.replacement.take_out()
        self.replacement.put_in()
        self.see()
        self.assertEqual(self.calls, ["ours, former"] * 2)

    def test_a_patch_that_was_there_before_takes_it_along_and_it_is_put_in_again(self) -> None:
        former = self.owner.call
        self.owner.call = lambda: "patch"
        self.replacement.put_in()
        self.see()
        self.owner.call = former
        self.see()
        self.replacement.put_in()
        self.see()
        self.assertEqual(self.calls, ["ours, patch", "former", "ours, former"])

    def test_and_nothing_is_left_if_it_is_not(self) -> None:
        former = self.owner.call
        self.owner.call = lambda: "patch"
        self.replacement.put_in()
        self.owner.call = former
        self.replacement.take_out()
        self.assertEqual((self.owner.call, self.replacement.own), (former, None))

    def test_a_patch_that_was_put_around_it_and_is_undone_when_it_was_put_in_again(self) -> None:
        former = self.owner.call
        self.replacement.put_in()
        ours = self.owner.call
        self.owner.call = former
        self.replacement.put_in()
        self.owner.call = ours
        self.replacement.put_in()
        self.assertIs(self.owner.call, ours)
        self.replacement.take_out()
        self.assertIs(self.owner.call, former)

    def test_a_function_of_ours_that_a_patch_puts_back_when_it_was_taken_out(self) -> None:
        former = self.owner.call
        self.replacement.put_in()
        ours = self.owner.call
        self.replacement.take_out()
        self.owner.call = ours
        self.replacement.take_out()
        self.assertEqual((self.owner.call, self.replacement.own), (former, None))

    def test_an_inherited_function_is_inherited_again(self) -> None:
        class Base:
            @staticmethod
            def call() -> str:
                return "former"

        class Derived(Base):
            """Inherits it."""

        replacement = Replacement(Derived, "call", lambda former: staticmethod(around(former)))
        replacement.put_in()
        self.assertEqual((Base.call(), Derived.call()), ("former", "ours, former"))
        replacement.take_out()
        self.assertNotIn("call", vars(Derived))

    def test_a_patch_that_calls_it_stays(self) -> None:
        self.replacement.put_in()
        ours = self.owner.call
        self.owner.call = lambda: f"patch, {ours()}"
        self.replacement.put_in()
        self.replacement.take_out()
        self.replacement.put_in()
        self.see()
        self.assertEqual(self.calls, ["patch, ours, former"])
