"""Why a task was interrupted is reported in place of its cancellation, each reason once."""

import asyncio
import contextvars
import unittest

from aiounit import TimeoutFailure
from aiounit.lifecycle.causes import Causes
from aiounit.lifecycle.record import DebugSink, Record
from aiounit.loops.driver import Driver
from aiounit.loops.owner import LoopOwner


class CausesTest(unittest.TestCase):
    def setUp(self) -> None:
        owner = LoopOwner(None)
        owner.open()
        self.addCleanup(owner.drop)
        self.driver = Driver(owner, contextvars.copy_context())
        self.sink = DebugSink()
        self.record = Record(self.sink, full_traceback=True)
        self.causes = Causes(self.driver, self.record)

    def test_a_timeout_that_comes_back_is_reported_once(self) -> None:
        failure = TimeoutFailure("late")
        self.causes.add(failure)
        self.causes.add(failure)
        with self.assertRaises(TimeoutFailure) as caught:
            self.sink.raise_first()
        self.assertIs(caught.exception, failure)
        self.assertEqual(getattr(failure, "__notes__", []), [])

    def test_ctrl_c_is_kept_for_the_runner(self) -> None:
        self.causes.add(error := KeyboardInterrupt())
        self.assertIs(self.record.interrupt, error)
        self.assertTrue(self.sink.ok)

    def test_the_reason_takes_the_place_of_the_cancellation(self) -> None:
        self.driver.interrupt(error := ValueError("why"))
        cancellation = asyncio.CancelledError()
        self.assertTrue(self.causes.add_interruptions(cancellation))
        self.assertFalse(self.causes.add_interruptions(cancellation))
        self.assertIs(self.record.failure, error)
        self.assertIs(error.__context__, cancellation)

    def test_only_a_context_manager_wants_a_cancellation_that_interrupted_nothing(self) -> None:
        cancellation = asyncio.CancelledError()
        self.causes.note(None)
        self.causes.note(cancellation)
        self.assertIsNone(self.record.cancellation)
        self.record.entered = 1
        self.causes.note(cancellation)
        self.assertIs(self.record.cancellation, cancellation)
