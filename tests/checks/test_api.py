"""The shape of a check, and what it is given."""

import contextvars
import unittest

from aiounit.checks import Check, CheckContext
from aiounit.checks.api import current_context


class SubjectTests(unittest.TestCase):
    def test_on_a_loop_of_its_own_all_is_its_own(self) -> None:
        self.assertTrue(CheckContext("test_x", None, None, None, owns_loop=True).owns(None))

    def test_on_the_shared_loop_what_runs_in_its_context(self) -> None:
        subject = CheckContext("test_x", None, None, None, owns_loop=False)
        inside, outside = contextvars.Context(), contextvars.Context()
        inside.run(current_context.set, subject)
        self.assertEqual([subject.owns(context) for context in (inside, outside, None)], [True, False, False])

    def test_a_check_that_is_off(self) -> None:
        self.assertIsNone(CheckContext("test_x", None, None, None, owns_loop=True).check("tasks"))


class CheckTests(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.check = Check()
        self.subject = CheckContext("test_x", None, None, None, owns_loop=True)

    def test_only_the_end_must_be_written(self) -> None:
        self.check.begin(self.subject)
        self.check.close(self.subject)
        self.check.give(object(), None)
        self.assertEqual(self.check.left(self.subject), [])
        with self.assertRaises(NotImplementedError):
            self.check.end(self.subject)

    async def test_there_may_be_nothing_to_clean(self) -> None:
        await self.check.clean(self.subject)
