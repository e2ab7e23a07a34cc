"""The loop of a run stays open from test to test, until it is shut or dropped."""

import asyncio
import contextvars
import unittest

from aiounit.runs.shared_host import SharedHost


class SharedHostTests(unittest.TestCase):
    def setUp(self) -> None:
        self.opened: list[str] = []
        self.host = SharedHost(None, lambda: self.opened.append("opened"))
        self.addCleanup(self.host.drop)

    def live(self) -> asyncio.AbstractEventLoop:
        """Run a test that leaves a task, and return its loop."""
        context = contextvars.copy_context()
        self.host.begin(context)
        self.host.open()
        loop = self.host.get_loop()
        context.run(loop.create_task, asyncio.Event().wait())
        return loop

    def test_one_loop_serves_test_after_test(self) -> None:
        loop = self.live()
        self.assertEqual(self.host.finish(), [])
        self.assertEqual(asyncio.all_tasks(loop), set())
        self.host.close()
        self.assertIs(self.live(), loop)
        self.assertEqual(self.opened, ["opened"])

    def test_it_is_shut_with_all_that_is_left(self) -> None:
        loop = self.live()
        self.assertEqual(self.host.shut(), [])
        self.assertTrue(loop.is_closed())
        self.assertFalse(self.host.is_open)

    def test_it_is_dropped_at_once(self) -> None:
        loop = self.live()
        self.host.drop()
        self.assertTrue(loop.is_closed())
        self.host.drop()
