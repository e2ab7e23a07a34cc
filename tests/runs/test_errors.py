"""Errors of what is closed: raised as one, or printed."""

import contextlib
import io
import unittest

from aiounit import ResourceError
from aiounit.runs.errors import print_all, raise_all


class RaiseTests(unittest.TestCase):
    def raised(self, *errors: BaseException) -> BaseException | None:
        try:
            raise_all(list(errors), "closing")
        except BaseException as error:
            return error
        return None

    def test_none(self) -> None:
        self.assertIsNone(self.raised())

    def test_one(self) -> None:
        error = ValueError("no")
        self.assertIs(self.raised(error), error)

    def test_several_are_a_group(self) -> None:
        error = self.raised(ValueError("no"), KeyError("key"))
        self.assertEqual(str(error), "several errors while closing (2 sub-exceptions)")

    def test_ctrl_c_goes_on(self) -> None:
        interrupt = KeyboardInterrupt()
        self.assertIs(self.raised(ValueError("no"), interrupt), interrupt)

    def test_one_that_unittest_would_not_take_for_an_error(self) -> None:
        error = self.raised(SystemExit(1))
        assert isinstance(error, ResourceError)
        self.assertEqual(str(error), "SystemExit was raised while closing")


class PrintTests(unittest.TestCase):
    def test_each_with_a_heading(self) -> None:
        output = io.StringIO()
        with contextlib.redirect_stderr(output):
            print_all([ValueError("no")])
        self.assertEqual(output.getvalue(), "aiounit: while closing the resources of the run:\nValueError: no\n")
