"""What an exception is expected to be is compared with what it is, and each difference has its reason."""

import itertools
import re
import unittest
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from aiounit.assertions.errors.expected import ExpectedError, ExpectedGroup
from tests.assertions.virtual import plain


def noted(error: Exception, note: str) -> Exception:
    error.add_note(note)
    return error


def is_two(error: BaseException) -> bool:
    return len(error.args) == 2


def is_three(error: BaseException) -> bool:
    return len(error.args) == 3


class ErrorTests(unittest.TestCase):
    def assert_mismatch(self, expected: ExpectedError[Any], error: BaseException, reason: str | None) -> None:
        mismatch = expected.mismatch(error)
        self.assertEqual(mismatch if mismatch is None else plain(Exception(mismatch)), reason)

    def test_a_class(self) -> None:
        self.assert_mismatch(ExpectedError(LookupError), KeyError("tea"), None)
        self.assert_mismatch(ExpectedError(KeyError), ValueError("no"), "it is not an instance of KeyError")

    def test_several_classes(self) -> None:
        self.assert_mismatch(ExpectedError((OSError, KeyError)), KeyError("tea"), None)
        self.assert_mismatch(
            ExpectedError((OSError, KeyError)), ValueError("no"), "it is not an instance of OSError or KeyError"
        )

    def test_a_message(self) -> None:
        self.assert_mismatch(ExpectedError(ValueError, match="n."), ValueError("yes and no"), None)
        self.assert_mismatch(ExpectedError(ValueError, match=re.compile("NO", re.IGNORECASE)), ValueError("no"), None)
        self.assert_mismatch(
            ExpectedError(ValueError, match="^no"), ValueError("yes and no"), "its message does not match '^no'"
        )

    def test_a_note(self) -> None:
        self.assert_mismatch(ExpectedError(ValueError, match="why"), noted(ValueError("no"), "that is why"), None)

    def test_a_check(self) -> None:
        self.assert_mismatch(ExpectedError(ValueError, check=is_two), ValueError(1, 2), None)
        self.assert_mismatch(
            ExpectedError(ValueError, check=is_two), ValueError(1), "is_two (test_expected.py, line N) returned False"
        )

    def test_a_check_that_forgets_to_return(self) -> None:
        def check(error: ValueError) -> None:
            error.args[0] == 1  # noqa: B015 (the mistake)

        message = (
            "check (test_expected.py, line N) returned None, which says neither yes nor no. Return a value that is "
            "true for the expected exception, or give a function made of assertions as passes="
        )
        with self.assertRaises(TypeError) as caught:
            ExpectedError(ValueError, check=check).mismatch(ValueError(2))
        self.assertEqual(plain(caught.exception), message)

    def test_a_check_with_an_assertion_and_an_answer(self) -> None:
        def check(error: ValueError) -> bool:
            self.assertEqual(error.args[0], 1)
            return True

        self.assert_mismatch(ExpectedError(ValueError, check=check), ValueError(1), None)
        self.assert_mismatch(
            ExpectedError(ValueError, check=check), ValueError(2), "check (test_expected.py, line N) failed: 2 != 1"
        )

    def test_a_function_that_passes(self) -> None:
        def check(error: ValueError) -> None:
            self.assertEqual(error.args[0], 1)

        self.assert_mismatch(ExpectedError(ValueError, passes=check), ValueError(1), None)
        self.assert_mismatch(ExpectedError(ValueError, passes=lambda _: False), ValueError(1), None)
        self.assert_mismatch(
            ExpectedError(ValueError, passes=check), ValueError(2), "check (test_expected.py, line N) failed: 2 != 1"
        )

    def test_both_must_hold(self) -> None:
        expected = ExpectedError(
            ValueError, check=lambda error: error.args, passes=lambda error: is_two(error) or self.fail()
        )
        self.assert_mismatch(expected, ValueError(), "<lambda> (test_expected.py, line N) returned ()")
        self.assert_mismatch(expected, ValueError(1), "<lambda> (test_expected.py, line N) failed: None")
        self.assert_mismatch(expected, ValueError(1, 2), None)

    def test_a_coroutine_function_never_runs(self) -> None:
        async def check(_error: ValueError) -> bool:
            return False

        for expected in (ExpectedError(ValueError, check=check), ExpectedError(ValueError, passes=check)):
            with self.assertRaisesRegex(TypeError, "whose code has not run. Await it in the function$"):
                expected.mismatch(ValueError())

    def test_a_check_that_breaks(self) -> None:
        with self.assertRaises(IndexError):
            ExpectedError(ValueError, check=lambda error: error.args[0]).mismatch(ValueError())

    def test_a_check_is_called_with_what_fits_otherwise(self) -> None:
        self.assert_mismatch(
            ExpectedError(ValueError, match="yes", check=self.fail),
            ValueError("no"),
            "its message does not match 'yes'",
        )

    def test_its_representation(self) -> None:
        self.assertEqual(repr(ExpectedError(KeyError)), "KeyError")
        self.assertEqual(repr(ExpectedError((KeyError, OSError))), "KeyError or OSError")
        self.assertEqual(
            plain(Exception(repr(ExpectedError(KeyError, match="tea", check=is_two)))),
            "ExpectedError(KeyError, match='tea', check=is_two (test_expected.py, line N))",
        )
        self.assertEqual(
            plain(Exception(repr(ExpectedError(KeyError, passes=is_two)))),
            "ExpectedError(KeyError, passes=is_two (test_expected.py, line N))",
        )

    def test_a_pattern_that_is_none(self) -> None:
        with self.assertRaises(re.error):
            ExpectedError(KeyError, match="(")


class GroupTests(unittest.TestCase):
    def mismatch(self, expected: ExpectedGroup[Any], *errors: Exception) -> list[str]:
        text = expected.mismatch(ExceptionGroup("group", errors))
        return [] if text is None else text.splitlines()

    def test_no_group(self) -> None:
        self.assertEqual(ExpectedGroup(KeyError).mismatch(KeyError("tea")), "it is not a group")

    def test_its_message(self) -> None:
        self.assertEqual(self.mismatch(ExpectedGroup(KeyError, match="^group$"), KeyError("tea")), [])
        self.assertEqual(
            self.mismatch(ExpectedGroup(KeyError, match="exception"), KeyError("tea")),
            ["its message does not match 'exception'"],
        )

    def test_a_check(self) -> None:
        self.assertEqual(self.mismatch(ExpectedGroup(KeyError, check=is_two), KeyError("tea")), [])
        (line,) = self.mismatch(ExpectedGroup(KeyError, check=is_three), KeyError("tea"))
        self.assertEqual(plain(Exception(line)), "is_three (test_expected.py, line N) returned False")

    def test_one_too_few(self) -> None:
        self.assertEqual(
            self.mismatch(ExpectedGroup(KeyError, ValueError), KeyError("tea")),
            ["its members differ:", "  ValueError is missing"],
        )

    def test_one_too_many(self) -> None:
        self.assertEqual(
            self.mismatch(ExpectedGroup(KeyError), ValueError("no"), KeyError("tea")),
            ["its members differ:", "  ValueError('no') was not expected"],
        )

    def test_one_too_few_of_a_kind(self) -> None:
        self.assertEqual(
            self.mismatch(ExpectedGroup(KeyError, LookupError), KeyError("tea")),
            [
                "its members differ:",
                "  LookupError is missing: it would be KeyError('tea'), which was needed for KeyError",
            ],
        )

    def test_one_too_many_of_a_kind(self) -> None:
        self.assertEqual(
            self.mismatch(ExpectedGroup(KeyError), KeyError("tea"), KeyError("milk")),
            ["its members differ:", "  KeyError('milk') was not expected: KeyError was needed for KeyError('tea')"],
        )

    def test_each_reason(self) -> None:
        self.assertEqual(
            self.mismatch(
                ExpectedGroup(ExpectedError(KeyError, match="sugar"), OSError, ValueError),
                KeyError("tea"),
                ValueError("no"),
                KeyError("milk"),
            ),
            [
                "its members differ:",
                "  ExpectedError(KeyError, match='sugar') is missing",
                "  OSError is missing",
                "  KeyError('tea') was not expected: "
                "its message does not match 'sugar'; it is not an instance of OSError",
                "  KeyError('milk') was not expected: "
                "its message does not match 'sugar'; it is not an instance of OSError",
            ],
        )

    def test_a_group_inside(self) -> None:
        self.assertEqual(
            self.mismatch(ExpectedGroup(ExpectedGroup(KeyError)), ExceptionGroup("inner", [ValueError("no")])),
            [
                "its members differ:",
                "  ExpectedGroup(KeyError) is missing",
                "  ExceptionGroup('inner', [ValueError('no')]) was not expected: its members differ:",
                "    KeyError is missing",
                "    ValueError('no') was not expected: it is not an instance of KeyError",
            ],
        )

    def test_flat(self) -> None:
        inner = ExceptionGroup("inner", [ExceptionGroup("innermost", [KeyError("tea")]), ValueError("no")])
        self.assertEqual(self.mismatch(ExpectedGroup(KeyError, ValueError, flatten=True), inner), [])
        self.assertEqual(
            self.mismatch(ExpectedGroup(KeyError, flatten=True), inner),
            ["its members differ:", "  ValueError('no') was not expected"],
        )

    def test_a_group_is_no_member_when_it_is_flat(self) -> None:
        inner = ExceptionGroup("inner", [KeyError("tea")])
        self.assertNotEqual(self.mismatch(ExpectedGroup(ExceptionGroup, flatten=True), inner), [])
        self.assertEqual(self.mismatch(ExpectedGroup(ExceptionGroup), inner), [])

    def test_its_representation(self) -> None:
        self.assertEqual(
            repr(ExpectedGroup(KeyError, ExpectedGroup(OSError), flatten=False, match="tea")),
            "ExpectedGroup(KeyError, ExpectedGroup(OSError), match='tea')",
        )
        self.assertEqual(repr(ExpectedGroup(KeyError, flatten=True)), "ExpectedGroup(KeyError, flatten=True)")


KINDS = (Exception, LookupError, KeyError, IndexError, OSError, FileNotFoundError, (KeyError, OSError))
ERRORS = (KeyError("tea"), IndexError("tea"), OSError("tea"), FileNotFoundError("tea"), Exception("tea"))


def fits_in_some_order(kinds: Sequence[Any], errors: Sequence[Exception]) -> bool:
    return any(
        all(itertools.starmap(isinstance, zip(order, kinds, strict=True))) for order in itertools.permutations(errors)
    )


class BruteForceTests(unittest.TestCase):
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(ERRORS)), min_size=1, max_size=5))
    def test_it_matches_if_any_order_does(self, pairs: list[tuple[Any, Exception]]) -> None:
        kinds, errors = ([pair[0] for pair in pairs], [pair[1] for pair in pairs])
        matches = ExpectedGroup(*kinds).mismatch(ExceptionGroup("group", errors)) is None
        self.assertEqual(matches, fits_in_some_order(kinds, errors))
