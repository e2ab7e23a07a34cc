"""What happened to a test, without a test: where errors go and in which form."""

import asyncio
import traceback
import unittest
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.exceptions import TimeoutFailure
from aiounit.lifecycle.record import DebugSink, Record
from aiounit.limits import deadline
from tests.support import run


class DebugSinkTest(unittest.TestCase):
    """The errors of debug()."""

    def test_nothing_is_raised_when_nothing_was_reported(self) -> None:
        DebugSink().raise_first()

    def test_the_first_is_raised_with_the_others_as_notes(self) -> None:
        sink = DebugSink()
        sink.report(ValueError("first"), expected=False)
        sink.report(ValueError("second"), expected=False)
        with self.assertRaisesRegex(ValueError, "^first$") as caught:
            sink.raise_first()
        self.assertEqual(caught.exception.__notes__, ["Later in the same test:\nValueError: second"])

    def test_it_is_raised_once(self) -> None:
        sink = DebugSink()
        sink.report(ValueError("first"), expected=False)
        with self.assertRaises(ValueError):
            sink.raise_first()
        sink.raise_first()


class RecordTest(unittest.TestCase):
    """What ends a test."""

    def test_the_first_error_is_the_one_that_ended_the_test(self) -> None:
        record = Record(DebugSink(), full_traceback=False)
        first, second = ValueError("first"), ValueError("second")
        record.add(first)
        record.add(second)
        self.assertIs(record.ending, first)

    def test_so_is_an_interrupt(self) -> None:
        record = Record(DebugSink(), full_traceback=False)
        interrupt = KeyboardInterrupt()
        record.add_interrupt(interrupt)
        record.add(ValueError("later"))
        self.assertIs(record.ending, interrupt)

    def test_an_interrupt_after_a_failure_is_not(self) -> None:
        record = Record(DebugSink(), full_traceback=False)
        failure = ValueError("first")
        record.add(failure)
        record.add_interrupt(KeyboardInterrupt())
        self.assertIs(record.ending, failure)

    def test_an_error_without_a_line_of_the_users_points_at_the_test(self) -> None:
        error = asyncio.CancelledError()
        Record(DebugSink(), full_traceback=False, method=self.setUp).add(error)
        Record(DebugSink(), full_traceback=False, method=self.test_so_is_an_interrupt).add(error)
        self.assertEqual([each.name for each in traceback.extract_tb(error.__traceback__)], ["test_so_is_an_interrupt"])

    def test_frames_of_the_machinery_stay_in_full_tracebacks_only(self) -> None:
        for full_traceback in (True, False):
            with self.subTest(full_traceback=full_traceback):
                error = raised_in_asyncio()
                Record(DebugSink(), full_traceback=full_traceback).add(error)
                self.assertEqual(len(traceback.extract_tb(error.__traceback__)), 2 if full_traceback else 1)


class DescriptionTest(unittest.TestCase):
    def test_a_test_fails_whose_error_is_not_described_in_time(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                raise ValueError("no")

        with mock.patch.object(deadline, "call_in_time", side_effect=TimeoutFailure("too late")):
            events = run(Case)
        self.assertEqual(events.log, ["startTest", "addFailure TimeoutFailure('too late')", "stopTest"])
        [error] = events.raised
        self.assertEqual([frame.name for frame in traceback.extract_tb(error.__traceback__)], ["test"])


def raised_in_asyncio() -> ValueError:
    """Return an error whose traceback holds a frame of this module and one of asyncio."""
    namespace: dict[str, Any] = {"__name__": "asyncio.pretended"}
    exec("def fail(): raise ValueError('test')", namespace)
    try:
        namespace["fail"]()
    except ValueError as error:
        return error
    raise AssertionError("not raised")
