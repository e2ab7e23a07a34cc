"""The loop of a run stays open from test to test, until it is shut or dropped."""

import asyncio
import contextvars
import unittest

from aiounit.runs.shared_owner import SharedOwner


class SharedOwnerTests(unittest.TestCase):
    def setUp(self) -> None:
        self.opened: list[str] = []
        self.owner = SharedOwner(None, lambda: self.opened.append("opened"))
        self.addCleanup(self.owner.drop)

    def live(self) -> asyncio.AbstractEventLoop:
        """Run a test that leaves a task, and return its loop."""
        context = contextvars.copy_context()
        self.owner.begin(context)
        self.owner.open()
        loop = self.owner.loop
        context.run(loop.create_task, asyncio.Event().wait())
        return loop

    def test_one_loop_serves_test_after_test(self) -> None:
        loop = self.live()
        self.assertEqual(self.owner.finish(), [])
        self.assertEqual(asyncio.all_tasks(loop), set())
        self.owner.leave()
        self.assertIs(self.live(), loop)
        self.assertEqual(self.opened, ["opened"])

    def test_it_is_shut_with_all_that_is_left(self) -> None:
        loop = self.live()
        self.assertEqual(self.owner.shut(), [])
        self.assertTrue(loop.is_closed())
        self.assertFalse(self.owner.is_open)

    def test_it_is_dropped_at_once(self) -> None:
        loop = self.live()
        self.owner.drop()
        self.assertTrue(loop.is_closed())
        self.owner.drop()
