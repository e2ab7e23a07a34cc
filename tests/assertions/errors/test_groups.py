"""A group of exceptions is what is expected: all of it and nothing else, in whatever order."""

import asyncio
from typing import Any

from aiounit.assertions.errors.expected import ExpectedError, ExpectedGroup
from tests.assertions.virtual import AssertionTestCase, plain


class GroupTestCase(AssertionTestCase):
    def passes(self, error: BaseException, *specs: Any, **options: Any) -> Any:
        with self.case.assertRaisesGroup(*specs, **options) as raised:
            raise error
        return raised.exception

    def fails(self, error: BaseException | None, *specs: Any, **options: Any) -> str:
        with self.assertRaises(AssertionError) as caught, self.case.assertRaisesGroup(*specs, **options):
            if error is not None:
                raise error
        self.assertIs(caught.exception.__cause__, error)
        return plain(caught.exception)


class PassTests(GroupTestCase):
    def test_in_any_order(self) -> None:
        group = ExceptionGroup("two", [KeyError("tea"), ValueError("no")])
        self.assertIs(self.passes(group, ValueError, KeyError), group)

    def test_a_spec_that_fits_all_takes_what_is_left(self) -> None:
        self.passes(ExceptionGroup("two", [KeyError("tea"), OSError("no")]), Exception, KeyError)
        self.passes(ExceptionGroup("two", [KeyError("tea"), OSError("no")]), KeyError, Exception)

    def test_a_tuple(self) -> None:
        self.passes(ExceptionGroup("one", [KeyError("tea")]), (ValueError, KeyError))

    def test_exceptions_that_are_no_errors(self) -> None:
        self.passes(BaseExceptionGroup("one", [asyncio.CancelledError()]), asyncio.CancelledError)

    def test_a_group_inside(self) -> None:
        error = ExceptionGroup("outer", [KeyError("tea"), ExceptionGroup("inner", [ValueError("no")])])
        self.passes(error, ExpectedGroup(ValueError, match="inner"), KeyError)

    def test_a_message_and_a_check(self) -> None:
        error = ExceptionGroup("outer", [KeyError("tea")])
        self.passes(error, ExpectedError(KeyError, match="tea"), match="^outer$", check=lambda group: group is error)

    def test_flat(self) -> None:
        error = ExceptionGroup("outer", [ExceptionGroup("inner", [ValueError("no"), KeyError("tea")]), OSError("x")])
        self.passes(error, OSError, KeyError, ValueError, flatten=True)

    def test_without_a_group(self) -> None:
        error = ValueError("no")
        self.assertIs(self.passes(error, ValueError, allow_unwrapped=True), error)
        self.passes(ExceptionGroup("one", [error]), ValueError, allow_unwrapped=True)

    def test_the_group_of_a_task_group(self) -> None:
        async def fail(error: Exception) -> None:
            raise error

        async def main() -> None:
            with self.case.assertRaisesGroup(KeyError, ValueError):
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(fail(ValueError("no")))
                    tasks.create_task(fail(KeyError("tea")))

        asyncio.run(main())

    def test_the_traceback_is_let_go(self) -> None:
        group = ExceptionGroup("one", [KeyError("tea")])
        self.assertIsNone(self.passes(group, KeyError).__traceback__)


class FailureTests(GroupTestCase):
    def test_nothing_was_raised(self) -> None:
        self.assertEqual(
            self.fails(None, ValueError, (KeyError, OSError), msg="why"),
            "expected ExpectedGroup(ValueError, KeyError or OSError), but nothing was raised : why",
        )

    def test_a_member_that_does_not_fit(self) -> None:
        self.assertEqual(
            self.fails(ExceptionGroup("two", [KeyError("tea"), ValueError("no")]), OSError, ValueError),
            "expected ExpectedGroup(OSError, ValueError), "
            "but ExceptionGroup('two', [KeyError('tea'), ValueError('no')]) was raised: its members differ:\n"
            "  OSError is missing\n"
            "  KeyError('tea') was not expected: it is not an instance of OSError",
        )

    def test_a_message(self) -> None:
        self.assertTrue(self.fails(ExceptionGroup("one", [KeyError("tea")]), OSError, msg="why").endswith(" : why"))


class OtherErrorTests(GroupTestCase):
    """What is no group is raised on, as by assertRaises, and a note says what was expected."""

    def notes(self, error: BaseException, *specs: Any, **options: Any) -> list[str]:
        with self.assertRaises(type(error)) as caught, self.case.assertRaisesGroup(*specs, **options):
            raise error
        self.assertIs(caught.exception, error)
        return getattr(error, "__notes__", [])

    def test_an_error_without_a_group(self) -> None:
        self.assertEqual(
            self.notes(ValueError("no"), KeyError),
            ["raised where ExpectedGroup(KeyError) was expected: it is not a group"],
        )

    def test_one_that_would_be_accepted(self) -> None:
        self.assertEqual(
            self.notes(ValueError("no"), ValueError),
            [
                "raised where ExpectedGroup(ValueError) was expected: it is not a group; "
                "allow_unwrapped=True would accept it"
            ],
        )

    def test_one_that_does_not_fit(self) -> None:
        self.assertEqual(
            self.notes(ValueError("no"), KeyError, allow_unwrapped=True),
            ["raised where ExpectedGroup(KeyError) was expected: it is not an instance of KeyError"],
        )

    def test_a_group_with_what_ends_the_run(self) -> None:
        self.assertEqual(
            self.notes(BaseExceptionGroup("one", [KeyboardInterrupt()]), ValueError),
            [
                "raised where ExpectedGroup(ValueError) was expected: its members differ:\n"
                "  ValueError is missing\n"
                "  KeyboardInterrupt() was not expected: it is not an instance of ValueError"
            ],
        )

    def test_what_is_no_error_of_the_code(self) -> None:
        for error in (AssertionError("own"), asyncio.CancelledError(), KeyboardInterrupt()):
            with self.subTest(error=error):
                self.assertEqual(self.notes(error, ValueError), [])


class MisuseTests(GroupTestCase):
    def assert_refused(self, kind: type[Exception], message: str, *specs: Any, **options: Any) -> None:
        with self.assertRaises(kind) as caught:
            self.case.assertRaisesGroup(*specs, **options)
        self.assertEqual(str(caught.exception), message)

    def test_no_spec(self) -> None:
        self.assert_refused(ValueError, "ExpectedGroup needs at least one spec: a group has at least one exception")

    def test_what_is_no_class_of_exceptions(self) -> None:
        for spec in (3, ValueError("no"), int, (), (ValueError, 3)):
            self.assert_refused(
                TypeError, f"what is expected must be a class of exceptions or a tuple of them, not {spec!r}", spec
            )

    def test_a_check_that_is_none(self) -> None:
        self.assert_refused(TypeError, "check must be a function that takes an exception, not 3", ValueError, check=3)
        self.assert_refused(TypeError, "passes must be a function that takes an exception, not 3", ValueError, passes=3)

    def test_flat_with_groups(self) -> None:
        self.assert_refused(
            ValueError,
            "flatten=True leaves no groups inside the group. Give the members of ExpectedGroup(...) themselves",
            ExpectedGroup(ValueError),
            flatten=True,
        )

    def test_without_a_group_but_more_than_one(self) -> None:
        message = "allow_unwrapped=True takes one spec that is not a group, since it accepts a single exception"
        self.assert_refused(ValueError, message, ValueError, KeyError, allow_unwrapped=True)
        self.assert_refused(ValueError, message, ExpectedGroup(ValueError), allow_unwrapped=True)

    def test_without_a_group_but_with_a_check_of_it(self) -> None:
        message = (
            "with allow_unwrapped=True, match, check and passes do not check an exception without a group. "
            "Give them to ExpectedError"
        )
        self.assert_refused(ValueError, message, ValueError, allow_unwrapped=True, match="no")
        self.assert_refused(ValueError, message, ValueError, allow_unwrapped=True, check=bool)
        self.assert_refused(ValueError, message, ValueError, allow_unwrapped=True, passes=bool)
