"""The shape of a check, and the context that it is given."""

import contextvars
import unittest
from typing import Any
from unittest import mock

from aiounit.checks import Check, CheckContext
from aiounit.checks.api import current_context
from tests.checks.support import session

EVENTS = [name for name in vars(Check) if name.startswith("on_")]


class ContextTests(unittest.TestCase):
    def test_on_a_loop_of_its_own_all_is_its_own(self) -> None:
        self.assertTrue(session().owns(None))

    def test_on_the_shared_loop_it_owns_what_runs_in_its_context(self) -> None:
        subject = session(owns_loop=False)
        inside, outside = contextvars.Context(), contextvars.Context()
        inside.run(current_context.set, subject)
        self.assertEqual([subject.owns(context) for context in (inside, outside, None)], [True, False, False])

    def test_a_check_that_is_off(self) -> None:
        self.assertIsNone(session().check("tasks"))

    def test_checks_and_their_errors_are_a_matter_of_the_session(self) -> None:
        with self.assertRaises(NotImplementedError):
            CheckContext().check("tasks")
        with self.assertRaises(NotImplementedError):
            CheckContext().listeners("on_task")
        with self.assertRaises(NotImplementedError):
            CheckContext().give_up(Check(), "end", ValueError())


class CheckTests(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.check = Check()
        self.subject = session()

    def test_only_the_end_must_be_written(self) -> None:
        self.check.begin(self.subject)
        self.check.close(self.subject)
        with self.assertRaises(NotImplementedError):
            self.check.end(self.subject)

    async def test_there_may_be_nothing_to_clean(self) -> None:
        await self.check.clean(self.subject)

    def test_events_are_taken_without_a_word(self) -> None:
        for event in EVENTS:
            method: Any = getattr(self.check, event)
            arguments = [mock.sentinel.argument] * (method.__code__.co_argcount - 1)
            with self.subTest(event):
                self.assertIn(method(*arguments), (None, mock.sentinel.argument))
