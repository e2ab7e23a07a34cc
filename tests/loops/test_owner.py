"""The owner of a loop: it makes one, makes it the current one, and closes it."""

import asyncio
import contextvars
import unittest

from aiounit.loops.owner import LoopOwner


class LoopOwnerTests(unittest.TestCase):
    def setUp(self) -> None:
        self.owner = LoopOwner(None)
        self.addCleanup(self.owner.drop)

    def test_it_makes_the_loop_the_current_one_until_it_leaves_it(self) -> None:
        self.owner.begin(contextvars.copy_context())
        self.owner.open()
        self.assertIs(asyncio.get_event_loop(), self.owner.loop)
        loop = self.owner.loop
        self.owner.leave()
        self.assertTrue(loop.is_closed())

    def test_leaving_it_twice_is_fine(self) -> None:
        self.owner.open()
        self.owner.leave()
        self.owner.leave()
        self.assertFalse(self.owner.is_open)

    def test_without_a_loop(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "^the loop is closed$"):
            self.owner.loop  # noqa: B018

    def test_it_ends_what_is_left(self) -> None:
        self.owner.open()
        task = self.owner.loop.create_task(asyncio.Event().wait())
        self.assertEqual(self.owner.finish(), [])
        self.assertTrue(task.cancelled())
