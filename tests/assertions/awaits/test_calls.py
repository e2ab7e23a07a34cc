"""Arguments are compared as the signature has them, and what differs is said argument by argument."""

import inspect
import unittest
from typing import Any
from unittest.mock import ANY, AsyncMock

from aiounit.assertions.awaits.calls import Arguments, Expectation, in_words
from aiounit.introspect.representation import shown


def arguments(*args: Any, **kwargs: Any) -> Arguments:
    return Arguments(args, kwargs)


def of(function: Any) -> inspect.Signature:
    return inspect.signature(function)


async def fetch(item: str, size: int = 1, *extras: str, unit: str = "kg", **options: Any) -> None:
    """Do nothing."""


async def same_names(item: str, /, **options: Any) -> None:
    """Do nothing."""


class Twin:
    """Looks like every other one, and equals none."""

    def __repr__(self) -> str:
        return "Twin()"


class ArgumentsTests(unittest.TestCase):
    def test_a_call(self) -> None:
        self.assertEqual(arguments("tea", 2, unit="g").text("fetch"), "fetch('tea', 2, unit='g')")


class MatchTests(unittest.TestCase):
    def check(self, *, expected: Arguments, given: Arguments, signature: Any = None, matches: bool) -> None:
        self.assertIs(Expectation(expected, signature and of(signature)).matches(given), matches)

    def test_the_same_arguments(self) -> None:
        self.check(expected=arguments(1, a=2), given=arguments(1, a=2), matches=True)

    def test_other_arguments(self) -> None:
        for given in (arguments(2), arguments(), arguments(1, 2), arguments(1, a=2), arguments(a=1)):
            self.check(expected=arguments(1), given=given, matches=False)

    def test_keywords_are_bound_to_the_signature(self) -> None:
        self.check(expected=arguments("tea", size=2), given=arguments("tea", 2), signature=fetch, matches=True)

    def test_keywords_without_a_signature(self) -> None:
        self.check(expected=arguments(size=2), given=arguments(2), matches=False)

    def test_defaults_are_not_filled_in(self) -> None:
        self.check(expected=arguments("tea"), given=arguments("tea", 1), signature=fetch, matches=False)

    def test_arguments_of_every_kind(self) -> None:
        call = arguments("tea", 2, "sugar", "milk", unit="g", colour="green")
        self.check(expected=call, given=call, signature=fetch, matches=True)

    def test_a_keyword_with_the_name_of_a_positional_argument(self) -> None:
        call = arguments("tea", item="milk")
        self.check(expected=call, given=call, signature=same_names, matches=True)
        self.check(expected=call, given=arguments("milk", item="tea"), signature=same_names, matches=False)

    def test_matchers(self) -> None:
        class Even:
            def __eq__(self, other: object) -> bool:
                return isinstance(other, int) and other % 2 == 0

            __hash__ = None  # type: ignore[assignment]  # as a class with only __eq__ has it

        self.check(expected=arguments(ANY, a=Even()), given=arguments(Twin(), a=4), matches=True)
        self.check(expected=arguments(ANY, a=Even()), given=arguments(Twin(), a=3), matches=False)

    def test_what_is_expected_is_asked_first(self) -> None:
        class Never:
            def __eq__(self, other: object) -> bool:
                return False

            __hash__ = None  # type: ignore[assignment]  # as above

        self.check(expected=arguments(ANY, a=ANY), given=arguments(Never(), a=Never()), matches=True)

    def test_a_value_that_does_not_equal_itself(self) -> None:
        value = float("nan")
        self.check(expected=arguments(value), given=arguments(value), matches=True)

    def test_an_expected_call_that_the_signature_forbids(self) -> None:
        expectation = Expectation(arguments(), of(same_names))
        self.assertEqual(
            expectation.problem,
            "does not fit the signature (item: str, /, **options: Any) -> None: missing a required argument: 'item'",
        )
        self.assertFalse(expectation.matches(arguments()))

    def test_a_call_that_the_signature_forbids(self) -> None:
        self.check(expected=arguments("tea"), given=arguments(), signature=fetch, matches=False)


class DifferenceTests(unittest.TestCase):
    def lines(self, expected: Arguments, given: Arguments, signature: Any = None) -> list[str]:
        return list(in_words(Expectation(expected, signature and of(signature)).differences(given)))

    def test_values(self) -> None:
        self.assertEqual(self.lines(arguments(1, a=2), arguments(1, a=3)), ["a: expected 2, got 3"])

    def test_places_without_a_signature(self) -> None:
        self.assertEqual(
            self.lines(arguments(1, 2), arguments(3, b=4)),
            ["argument 1: expected 1, got 3", "argument 2: expected 2, got nothing", "b: expected nothing, got 4"],
        )

    def test_names_of_the_signature(self) -> None:
        self.assertEqual(
            self.lines(arguments("tea", 1, "a", hot=True), arguments("milk", 1, "b", unit="g"), fetch),
            [
                "item: expected 'tea', got 'milk'",
                "extras[0]: expected 'a', got 'b'",
                "hot: expected True, got nothing",
                "unit: expected nothing, got 'g'",
            ],
        )

    def test_a_call_that_the_signature_forbids(self) -> None:
        self.assertEqual(
            self.lines(arguments("tea"), arguments(size=2), fetch),
            ["argument 1: expected 'tea', got nothing", "size: expected nothing, got 2"],
        )

    def test_a_keyword_with_the_name_of_a_positional_argument(self) -> None:
        self.assertEqual(
            self.lines(arguments("tea", item=1), arguments("tea", item=2), same_names),
            ["options['item']: expected 1, got 2"],
        )

    def test_values_that_look_the_same(self) -> None:
        self.assertEqual(
            self.lines(arguments(Twin()), arguments(Twin())),
            ["argument 1: expected Twin(), got one that looks the same and is not equal"],
        )

    def test_mocks(self) -> None:
        self.assertEqual(
            self.lines(arguments(AsyncMock(name="a")), arguments(AsyncMock(name="b"))),
            ["argument 1: expected <mock a>, got <mock b>"],
        )

    def test_large_values_line_by_line(self) -> None:
        expected = dict.fromkeys("abcdef", "x" * 40)
        given = expected | {"b": "y" * 40, "f": "z" * 40}
        self.assertEqual(
            self.lines(arguments(expected), arguments(given)),
            [
                "argument 1: expected (-), got (+)",
                f"    {{'a': '{'x' * 40}',",
                f"  -  'b': '{'x' * 40}',",
                f"  +  'b': '{'y' * 40}',",
                f"     'c': '{'x' * 40}',",
                "  ...",
                f"     'e': '{'x' * 40}',",
                f"  -  'f': '{'x' * 40}'}}",
                f"  +  'f': '{'z' * 40}'}}",
            ],
        )

    def test_a_large_value_in_place_of_nothing(self) -> None:
        value = ["x" * 70, "y" * 70]
        self.assertEqual(
            self.lines(arguments(), arguments(value)),
            ["argument 1: expected (-), got (+)", f"  + ['{'x' * 70}',", f"  +  '{'y' * 70}']"],
        )

    def test_a_difference_that_is_longer_than_wanted(self) -> None:
        given = arguments("x" * 100_000)
        self.assertEqual(
            self.lines(arguments("y" * 100_000), given),
            [
                f"argument 1: expected {shown('y' * 100_000)}, got {shown('x' * 100_000)}",
                "  Diff is 200013 characters long. Set self.maxDiff to None to see it.",
            ],
        )

    def test_a_difference_of_any_length(self) -> None:
        expected, given = arguments(list(range(100, 200))), arguments(list(range(300, 400)))
        differences = Expectation(expected, None).differences(given)
        self.assertEqual(len(list(in_words(differences, None))), 201)
        self.assertEqual(len(list(in_words(differences, 3000))), 201)
        self.assertEqual(len(list(in_words(differences, 1000))), 2)

    def test_the_nearest(self) -> None:
        expectation = Expectation(arguments(1, a=2), None)
        candidates = [arguments(), arguments(1, a=3), arguments(2, a=2), arguments(3, a=3)]
        self.assertEqual(expectation.nearest(candidates), (2, {"argument 1": (1, 2)}))
