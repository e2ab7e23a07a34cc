"""Where an exception may be raised to interrupt the user's code."""

import asyncio
import selectors
import sys
import unittest
from types import FrameType
from typing import Any

from aiounit import _stdlib
from aiounit.limits import user_code
from tests.limits.test_expired import waits_in


class SafeTests(unittest.TestCase):
    def is_safe(self, frame: FrameType) -> list[bool]:
        """Tell whether a frame is safe in a loop of ours, and in one that synchronous code runs."""
        return [user_code.is_safe(frame, is_in_our_loop=is_ours) for is_ours in (True, False)]

    def test_code_of_the_user_s(self) -> None:
        self.assertEqual(self.is_safe(waits_in("tests_of_somebody").gi_frame), [True, True])

    def test_not_in_our_own_code(self) -> None:
        self.assertEqual(self.is_safe(waits_in("aiounit.lifecycle.engine").gi_frame), [False, False])

    def test_not_in_asyncio(self) -> None:
        self.assertEqual(self.is_safe(waits_in("asyncio.base_events").gi_frame), [False, False])

    def test_not_where_there_is_no_frame(self) -> None:
        self.assertFalse(user_code.is_safe(None, is_in_our_loop=False))

    def test_in_asyncio_where_it_calls_a_callback(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        found: list[object] = []
        loop.call_soon(lambda: found.extend(self.is_safe(_stdlib.frames.frame(1))))
        loop.call_soon(loop.stop)
        loop.run_forever()
        self.assertEqual(found, [True, False])

    def test_in_a_loop_that_waits_for_input_if_it_is_not_ours(self) -> None:
        found: list[object] = []

        class Selector(selectors.DefaultSelector):
            def select(self, timeout: float | None = None) -> Any:
                found.extend(is_safe(sys._getframe(0)))
                return super().select(timeout)

        is_safe = self.is_safe
        loop = asyncio.SelectorEventLoop(Selector())
        self.addCleanup(loop.close)
        loop.call_soon(loop.stop)
        loop.run_forever()
        self.assertEqual(found, [False, True])

    def test_where_we_call_what_is_no_python(self) -> None:
        found: list[bool] = []
        user_code.call(lambda: found.append(user_code.is_safe(_stdlib.frames.frame(1), is_in_our_loop=False)))
        self.assertEqual(found, [True])


class EntryTests(unittest.TestCase):
    def test_an_entry_is_no_code_of_our_own(self) -> None:
        self.assertTrue(user_code.is_entry(user_code.call.__code__))
        self.assertFalse(user_code.is_entry(user_code.is_own.__code__))
