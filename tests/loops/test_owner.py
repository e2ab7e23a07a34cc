"""The owner of a loop: it makes one, makes it the current one, and closes it."""

import asyncio
import unittest
from unittest import mock

from aiounit import LoopError, _stdlib
from aiounit.loops.owner import LoopOwner


class LoopOwnerTests(unittest.TestCase):
    def setUp(self) -> None:
        self.owner = LoopOwner(None)
        self.addCleanup(self.owner.drop)

    def test_it_makes_the_loop_the_current_one_until_it_leaves_it(self) -> None:
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


class PromisedLoopTests(unittest.TestCase):
    """A loop that is opened when something uses it."""

    def setUp(self) -> None:
        self.opened: list[asyncio.AbstractEventLoop] = []
        self.owner = LoopOwner(None)
        self.addCleanup(self.owner.drop)
        self.assertTrue(self.owner.promise(self.opened.append))

    def test_until_then_there_is_none(self) -> None:
        self.assertTrue(self.owner.is_open)
        self.assertEqual((self.owner.finish(), self.opened), ([], []))
        self.assertFalse(self.owner.is_open)

    def test_the_current_loop_opens_it(self) -> None:
        self.assertEqual([asyncio.get_event_loop()], self.opened)
        self.assertEqual([self.owner.loop, asyncio.get_event_loop()], self.opened * 2)

    def test_its_use_makes_it_the_current_one(self) -> None:
        self.assertEqual([self.owner.loop, asyncio.get_event_loop()], self.opened * 2)

    def test_the_policy_itself_opens_it_inside_another_loop(self) -> None:
        async def ask() -> asyncio.AbstractEventLoop | None:
            return _stdlib.policy.current_loop()

        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        self.assertEqual([loop.run_until_complete(ask())], self.opened)

    def test_one_that_is_dropped_is_not_opened_any_more(self) -> None:
        self.owner.drop()
        with self.assertRaisesRegex(RuntimeError, "^the loop is closed$"):
            self.owner.loop  # noqa: B018

    def test_another_current_loop_is_reported(self) -> None:
        other = asyncio.new_event_loop()
        self.addCleanup(other.close)
        asyncio.set_event_loop(other)
        [error] = self.owner.finish()
        self.assertRegex(str(error), "^the test replaced the current event loop")
        self.assertEqual(self.opened, [])

    def test_what_asyncio_run_leaves_is_not(self) -> None:
        asyncio.run(asyncio.sleep(0))
        self.assertEqual((self.owner.finish(), self.opened), ([], []))

    def test_after_that_the_owner_still_opens_it(self) -> None:
        asyncio.run(asyncio.sleep(0))
        self.assertEqual([self.owner.loop], self.opened)

    def test_the_loop_before_is_the_current_one_again(self) -> None:
        self.owner.drop()
        before = asyncio.new_event_loop()
        self.addCleanup(before.close)
        asyncio.set_event_loop(before)
        self.addCleanup(asyncio.set_event_loop, None)
        for use in (lambda: None, asyncio.get_event_loop, lambda: asyncio.set_event_loop(None)):
            owner = LoopOwner(None)
            owner.promise(self.opened.append)
            use()
            owner.finish()
            self.assertIs(asyncio.get_event_loop(), before)

    def test_inside_a_running_loop_there_is_no_promise(self) -> None:
        async def promise() -> None:
            with self.assertRaisesRegex(LoopError, "^the test can't run inside a running event loop"):
                LoopOwner(None).promise(self.opened.append)

        asyncio.run(promise())

    def test_with_another_policy_there_is_no_promise(self) -> None:
        policy = mock.Mock(spec_set=["get_event_loop"])
        with mock.patch.object(asyncio.events, "_event_loop_policy", policy):
            self.assertFalse(LoopOwner(None).promise(self.opened.append))

    def test_a_factory_leaves_the_process_without_a_policy(self) -> None:
        self.owner.drop()
        _stdlib.policy.reset_policy()
        owner = LoopOwner(asyncio.SelectorEventLoop)
        self.assertFalse(owner.promise(self.opened.append))
        self.assertFalse(_stdlib.policy.has_policy())
