"""Code that swallows what is raised in it gets out at last, and whoever traced before traces again.

Each test runs in a thread of its own: what counts is the trace function of a thread, and coverage may have that of this
one.
"""

import sys
import threading
import unittest
from collections.abc import Callable
from types import FrameType
from typing import Any
from unittest import mock

from aiounit import _real, _stdlib
from aiounit.limits.ejection import Ejection


class Out(BaseException):
    """Is raised at each line."""


def in_thread(function: Callable[[], None]) -> None:
    """Call a function in a thread, and raise what it raises."""
    errors: list[BaseException] = []

    def call() -> None:
        try:
            function()
        except BaseException as error:
            errors.append(error)
        finally:
            sys.settrace(None)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def arm_and_end(ejection: Ejection, frame: FrameType) -> None:
    """Do both before the frame comes to its next line."""
    ejection.arm([frame])
    ejection.end()


class EjectionTests(unittest.TestCase):
    def setUp(self) -> None:
        self.log: list[str] = []

    def test_the_next_line_raises(self) -> None:
        def body() -> None:
            Ejection(Out).arm([_stdlib.frames.frame(0)])
            self.log.append("not reached")

        with self.assertRaises(Out):
            in_thread(body)
        self.assertEqual(self.log, [])

    def test_it_ends_with_what_it_has_raised_and_can_be_armed_again(self) -> None:
        def body() -> None:
            frame = _stdlib.frames.frame(0)
            ejection = Ejection(Out)
            for attempt in ("first", "second"):
                try:
                    ejection.arm([frame])
                    self.log.append("not reached")
                except Out:
                    self.log.append(attempt)
            ejection.end()

        in_thread(body)
        self.assertEqual(self.log, ["first", "second"])

    def test_other_frames_are_left_alone(self) -> None:
        def helper() -> None:
            self.log.append("reached")

        def body(ejection: Ejection, frame: FrameType) -> None:
            ejection.arm([frame])
            helper()
            ejection.end()

        def outer() -> None:
            body(Ejection(Out), _stdlib.frames.frame(0))
            self.log.append("over")

        in_thread(outer)
        self.assertEqual(self.log, ["reached", "over"])

    def test_it_raises_where_the_frame_is_come_back_to(self) -> None:
        def helper(ejection: Ejection, frame: FrameType) -> None:
            ejection.arm([frame])
            self.log.append("reached")

        def outer() -> None:
            helper(Ejection(Out), _stdlib.frames.frame(0))
            self.log.append("not reached")

        with self.assertRaises(Out):
            in_thread(outer)
        self.assertEqual(self.log, ["reached"])

    def test_a_function_that_is_called_meanwhile_is_left_alone(self) -> None:
        def body() -> None:
            frame = _stdlib.frames.frame(0)
            ejection = Ejection(Out)
            call(lambda: ejection.arm([frame]))
            self.log.append("not reached")

        def call(function: Callable[[], None]) -> None:
            function()
            called()

        def called() -> None:
            self.log.append("reached")

        with self.assertRaises(Out):
            in_thread(body)
        self.assertEqual(self.log, ["reached"])

    def test_what_the_code_handles_itself_goes_on_being_handled(self) -> None:
        def body() -> None:
            try:
                Ejection(Out).arm([_stdlib.frames.frame(0)])
                self.log.append("not reached")
            finally:
                self.log.append("handled")

        with self.assertRaises(Out):
            in_thread(body)
        self.assertEqual(self.log, ["handled"])

    def test_a_frame_that_somebody_else_traces_raises_too(self) -> None:
        def body() -> None:
            frame = _stdlib.frames.frame(0)
            frame.f_trace = lambda *_: None  # as coverage does
            Ejection(Out).arm([frame])
            self.log.append("not reached")

        with self.assertRaises(Out):
            in_thread(body)
        self.assertEqual(self.log, [])


class TraceTests(unittest.TestCase):
    """What the trace function answers: called here by hand, because nothing measures it while it traces."""

    def setUp(self) -> None:
        def wait() -> Any:
            yield

        self.waiting, self.other = wait(), wait()
        settrace = self.enterContext(mock.patch.object(_real.sys, "settrace"))
        self.ejection = Ejection(Out)
        self.ejection.arm([self.waiting.gi_frame])
        self.trace = settrace.call_args.args[0]

    def test_a_line_of_a_frame_raises(self) -> None:
        with self.assertRaises(Out):
            self.trace(self.waiting.gi_frame, "line", None)

    def test_anything_else_in_a_frame_is_followed(self) -> None:
        self.assertEqual(self.trace(self.waiting.gi_frame, "call", None), self.trace)

    def test_other_frames_are_not_followed(self) -> None:
        self.assertIsNone(self.trace(self.other.gi_frame, "line", None))

    def test_a_frame_is_armed_as_often_as_need_be(self) -> None:
        self.ejection.arm([self.waiting.gi_frame])
        self.ejection.end()
        self.assertIsNone(self.waiting.gi_frame.f_trace)


class EndTests(unittest.TestCase):
    def test_nothing_raises_any_more(self) -> None:
        log: list[str] = []

        def body() -> None:
            arm_and_end(Ejection(Out), _stdlib.frames.frame(0))
            log.append("reached")

        in_thread(body)
        self.assertEqual(log, ["reached"])

    def test_whoever_traced_before_traces_again(self) -> None:
        found: list[object] = []

        def trace(*_: object) -> Any:
            return None

        def body() -> None:
            sys.settrace(trace)
            ejection = Ejection(Out)
            ejection.arm([])
            ejection.end()
            found.append(sys.gettrace())

        in_thread(body)
        self.assertEqual(found, [trace])

    def test_who_traced_a_frame_before_traces_it_again(self) -> None:
        def trace(*_: object) -> Any:
            return trace

        found: list[object] = []

        def body() -> None:
            frame = _stdlib.frames.frame(0)
            frame.f_trace = trace
            arm_and_end(Ejection(Out), frame)
            found.append(frame.f_trace)

        in_thread(body)
        self.assertEqual(found, [trace])
