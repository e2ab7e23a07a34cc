"""The private names of asyncio that keep the current event loop: each test fails on a version that changes one."""

import asyncio
import sys
import threading
import warnings
from typing import Any
from unittest import TestCase, mock

from aiounit import _stdlib

events_module: Any = asyncio.events

PRIVATE_NAMES = {
    "_DefaultEventLoopPolicy",
    "_UnixDefaultEventLoopPolicy",
    "_event_loop_policy",
    "_init_event_loop_policy",
    "_local",
    "_loop",
    "_set_called",
    "_set_event_loop_policy",
    "_watcher",
}


class CurrentTests(TestCase):
    """The current event loop of a thread."""

    def setUp(self) -> None:
        self.addCleanup(_stdlib.policy.restore, _stdlib.policy.current())
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)

    def test_it_is_the_one_that_was_set(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.assertIs(_stdlib.policy.current().loop, self.loop)
        self.assertTrue(_stdlib.policy.current().is_set)

    def test_it_is_restored(self) -> None:
        asyncio.set_event_loop(self.loop)
        before = _stdlib.policy.current()
        asyncio.set_event_loop(None)
        _stdlib.policy.restore(before)
        self.assertIs(asyncio.get_event_loop(), self.loop)

    def test_none_that_was_set_stays_none(self) -> None:
        asyncio.set_event_loop(None)
        before = _stdlib.policy.current()
        asyncio.set_event_loop(self.loop)
        _stdlib.policy.restore(before)
        with self.assertRaisesRegex(RuntimeError, "no current event loop"):
            asyncio.get_event_loop()

    def test_each_thread_has_its_own(self) -> None:
        asyncio.set_event_loop(self.loop)
        found: list[_stdlib.policy.Current] = []
        thread = threading.Thread(target=lambda: found.append(_stdlib.policy.current()))
        thread.start()
        thread.join()
        self.assertIsNone(found[0].loop)

    def test_until_one_is_set_the_main_thread_may_be_given_one_before_3_14(self) -> None:
        self.addCleanup(_stdlib.policy.reset_policy)
        _stdlib.policy.reset_policy()
        before = _stdlib.policy.current()
        self.assertEqual(before, _stdlib.policy.Current(None, None, False))
        asyncio.set_event_loop(self.loop)
        _stdlib.policy.restore(before)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            if sys.version_info >= (3, 14):
                with self.assertRaisesRegex(RuntimeError, "no current event loop"):
                    asyncio.get_event_loop()
            else:
                asyncio.get_event_loop().close()

    def test_another_policy_that_came_meanwhile_is_only_given_the_loop(self) -> None:
        policy = mock.Mock(spec_set=["set_event_loop"])
        with mock.patch.object(events_module, "_event_loop_policy", policy):
            _stdlib.policy.restore(_stdlib.policy.Current(object(), self.loop, False))
        self.assertEqual(policy.mock_calls, [mock.call.set_event_loop(self.loop)])

    def test_a_policy_that_keeps_it_elsewhere_is_asked(self) -> None:
        policy = mock.Mock(spec_set=["get_event_loop"])
        with mock.patch.object(events_module, "_event_loop_policy", policy):
            self.assertIs(_stdlib.policy.current().loop, policy.get_event_loop())

    def test_so_it_is_if_only_the_loop_is_wanted(self) -> None:
        policy = mock.Mock(spec_set=["get_event_loop"])
        with mock.patch.object(events_module, "_event_loop_policy", policy):
            self.assertIs(_stdlib.policy.current_loop(), policy.get_event_loop())

    def test_and_may_have_none(self) -> None:
        policy = mock.Mock(spec_set=["get_event_loop"])
        policy.get_event_loop.side_effect = RuntimeError("none")
        with mock.patch.object(events_module, "_event_loop_policy", policy):
            self.assertIsNone(_stdlib.policy.current().loop)


class PromiseTests(TestCase):
    """A loop that is made when code asks for the current one."""

    def setUp(self) -> None:
        self.addCleanup(_stdlib.policy.take_out_promises)
        self.addCleanup(_stdlib.policy.restore, _stdlib.policy.current())
        self.made: list[asyncio.AbstractEventLoop] = []

    def make(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        self.made.append(loop)
        _stdlib.policy.set_loop(loop)

    def promise(self) -> Any:
        keeper = _stdlib.policy.promise(self.make)
        assert keeper is not None
        self.addCleanup(_stdlib.policy.withdraw, keeper)
        return keeper

    def test_it_is_made_once_when_it_is_asked_for(self) -> None:
        keeper = self.promise()
        self.assertTrue(_stdlib.policy.is_promised(keeper))
        self.assertEqual(self.made, [])
        loops = [asyncio.get_event_loop() for _ in range(2)]
        self.assertEqual((loops, len(self.made)), (self.made * 2, 1))
        self.assertFalse(_stdlib.policy.is_promised(keeper))

    def test_a_future_asks_for_it(self) -> None:
        self.promise()
        future: asyncio.Future[None] = asyncio.Future()
        self.assertEqual([future.get_loop()], self.made)

    def test_another_thread_is_promised_nothing(self) -> None:
        self.promise()
        found: list[object] = []
        thread = threading.Thread(target=lambda: found.append(_stdlib.policy.current_loop()))
        thread.start()
        thread.join()
        self.assertEqual((found, self.made), ([None], []))

    def test_a_loop_that_code_sets_ends_the_promise(self) -> None:
        keeper = self.promise()
        asyncio.set_event_loop(None)
        self.assertFalse(_stdlib.policy.is_promised(keeper))
        self.assertIsNone(_stdlib.policy.current_loop())
        self.assertEqual(self.made, [])

    def test_nothing_is_made_when_it_is_withdrawn(self) -> None:
        keeper = _stdlib.policy.promise(self.make)
        assert keeper is not None
        _stdlib.policy.withdraw(keeper)
        _stdlib.policy.current_loop()
        self.assertEqual(self.made, [])

    def test_the_policy_is_made_if_there_is_none(self) -> None:
        _stdlib.policy.reset_policy()
        self.promise()
        self.assertEqual([asyncio.get_event_loop()], self.made)

    def test_a_policy_that_keeps_the_loop_elsewhere_can_t_promise(self) -> None:
        for policy in mock.Mock(spec_set=["get_event_loop"]), mock.Mock(_local=object()):
            with self.subTest(policy), mock.patch.object(events_module, "_event_loop_policy", policy):
                self.assertIsNone(_stdlib.policy.promise(self.make))

    def test_the_class_of_the_keeper_is_named_as_asyncios_and_given_back(self) -> None:
        asyncio.set_event_loop(None)
        policy = events_module._event_loop_policy
        own = type(policy._local)
        keeper = _stdlib.policy.promise(self.make)
        assert keeper is not None
        self.assertEqual((repr(type(keeper)), type(keeper) is own), (repr(own), False))
        _stdlib.policy.take_out_promises()
        self.assertIsNot(type(policy._local), own)  # a test may still use it
        _stdlib.policy.withdraw(keeper)
        for _ in range(2):
            _stdlib.policy.take_out_promises()
            self.assertIs(type(policy._local), own)

    def test_on_unix_before_3_14_a_watcher_of_child_processes_is_told(self) -> None:
        policy = mock.Mock(spec_set=["set_event_loop"])
        with mock.patch.object(events_module, "_event_loop_policy", policy):
            _stdlib.policy.set_loop(None)
        policy.set_event_loop.assert_called_once_with(None)
        asyncio.set_event_loop(None)
        with mock.patch.object(events_module._event_loop_policy, "_watcher", mock.Mock(), create=True) as watcher:
            self.make()
        if sys.version_info < (3, 14):
            watcher.attach_loop.assert_called_once_with(self.made[0])
        self.assertIs(asyncio.get_event_loop(), self.made[0])


class PolicyTests(TestCase):
    def setUp(self) -> None:
        self.addCleanup(_stdlib.policy.reset_policy)
        _stdlib.policy.reset_policy()

    def test_a_policy_that_was_reset_is_not_there(self) -> None:
        asyncio.set_event_loop(None)  # makes one
        self.assertTrue(_stdlib.policy.has_policy())
        _stdlib.policy.reset_policy()
        self.assertFalse(_stdlib.policy.has_policy())

    def test_asking_makes_none(self) -> None:
        _stdlib.policy.has_policy()
        self.assertIsNone(events_module._event_loop_policy)

    def test_the_private_setter_is_there_since_3_14(self) -> None:
        self.assertEqual(hasattr(asyncio.events, "_set_event_loop_policy"), sys.version_info >= (3, 14))

    def test_the_private_setter_is_used_where_it_is(self) -> None:
        events = mock.Mock(spec_set=["_set_event_loop_policy", "set_event_loop_policy"])
        with mock.patch.object(_stdlib.policy, "_events", events):
            _stdlib.policy.reset_policy()
        self.assertEqual(events.mock_calls, [mock.call._set_event_loop_policy(None)])

    def test_the_public_setter_is_used_where_it_is_the_only_one(self) -> None:
        events = mock.Mock(spec_set=["set_event_loop_policy"])
        with mock.patch.object(_stdlib.policy, "_events", events):
            _stdlib.policy.reset_policy()
        self.assertEqual(events.mock_calls, [mock.call.set_event_loop_policy(None)])
