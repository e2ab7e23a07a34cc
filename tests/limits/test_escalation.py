"""What is over its time is reported, cancelled, cancelled again, given up or interrupted, in this order."""

import asyncio
import contextlib
import gc
import selectors
import sys
import unittest
from contextlib import AbstractContextManager
from types import FrameType
from typing import TYPE_CHECKING, Any
from unittest import mock

from aiounit import _real, _stdlib
from aiounit.exceptions import TimeoutFailure
from aiounit.limits import escalation, snapshots
from aiounit.limits.alarms import Interrupt
from aiounit.limits.escalation import EJECTIONS, GRACE, MOST, PATIENCE, RETRY, STAYS, SWALLOWS, Overdue
from aiounit.limits.snapshots import Report

if TYPE_CHECKING:
    from collections.abc import Callable


def waits_in(module: str) -> Any:
    """Return a generator of a module that waits: its frame has no caller."""
    names: dict[str, Any] = {"__name__": module}
    exec("def function():\n    yield\n    yield", names)
    generator = names["function"]()
    next(generator)
    return generator


class Dog:
    """Watches over a limit, and is told when to look at it."""

    def __init__(self) -> None:
        self.ident = 3
        self.scale = 1.0
        self.lock: AbstractContextManager[Any, Any] = contextlib.nullcontext()
        self.can_eject = True
        self.looks: list[float] = []

    def set(self, limit: Any) -> None:
        self.looks.append(limit.deadline)


class Target:
    """What is bounded: writes down what is done to it."""

    task = None

    def __init__(self) -> None:
        self.log: list[tuple[str, TimeoutFailure]] = []
        self.calls: list[Callable[[], None]] = []
        self.running_loop: Any = mock.Mock(spec_set=["call_soon_threadsafe"])
        self.running_loop.call_soon_threadsafe.side_effect = self.calls.append

    def interrupt(self, error: TimeoutFailure) -> None:
        self.log.append(("interrupt", error))

    def abandon(self, error: TimeoutFailure) -> None:
        self.log.append(("abandon", error))


class Limit:
    """The time that is over."""

    def __init__(self, target: Target | None) -> None:
        self.deadline = 0.0
        self.target: escalation.Target | None = target
        self.dog = Dog()


class OverdueTestCase(unittest.TestCase):
    """What stood where is made up; the time is what the test says."""

    target: Target | None = None

    def setUp(self) -> None:
        self.of_thread = self.enterContext(mock.patch.object(snapshots, "of_thread"))
        self.of_thread.return_value = Report("at THREAD", "what the thread did")
        self.of_loop = self.enterContext(mock.patch.object(snapshots, "of_loop"))
        self.of_loop.return_value = Report("at TASK", "what the tasks did")
        self.user = waits_in("tests_of_somebody")
        self.ours = waits_in("aiounit.lifecycle.engine")
        self.limit = Limit(self.target)
        self.overdue = Overdue(self.limit, "it timed out", self.user.gi_frame)

    def act(self, now: float, frame: FrameType | None = None) -> type[Interrupt] | None:
        return self.overdue.act(now, self.user.gi_frame if frame is None else frame)

    def raised(self, now: float) -> str:
        """Act, and return what the exception stands for."""
        error = self.act(now)
        assert error is not None
        assert error.failure is not None
        return str(error.failure)


class SynchronousTests(OverdueTestCase):
    """Synchronous code is interrupted in place."""

    def test_the_first_time(self) -> None:
        self.assertEqual(self.raised(10.0), "it timed out at THREAD\n\nwhat the thread did")
        self.assertEqual(self.limit.deadline, 10.0 + GRACE)

    def test_it_is_looked_at_before_anything_is_done(self) -> None:
        self.of_thread.assert_called_once_with(self.user.gi_frame, 3)
        self.assertIsNone(self.overdue.end(is_lenient=True))

    def test_what_ends_when_its_time_is_over_has_timed_out(self) -> None:
        failure = self.overdue.end()
        self.assertEqual(str(failure), "it timed out at THREAD\n\nwhat the thread did")

    def test_a_debugger_that_follows_now_extends_the_time(self) -> None:
        self.act(10.0)
        self.overdue.extend(1_000.0)
        self.assertEqual((self.limit.deadline, self.overdue.promise), (1_000.0 + GRACE, 1_000.0 + GRACE))

    def test_it_is_promised_to_end_at_some_time_whatever_seems_to_be_done(self) -> None:
        self.overdue._began = 10.0
        self.limit.deadline = 10_000.0
        self.assertEqual(self.overdue.promise, 10.0 + MOST)

    def test_a_report_without_details(self) -> None:
        self.of_thread.return_value = Report("in code that is not Python's", "")
        self.overdue = Overdue(self.limit, "it timed out", None)
        self.assertEqual(self.raised(10.0), "it timed out in code that is not Python's")

    def test_the_failure_is_the_same_each_time(self) -> None:
        failures = {error.failure for now in (10.0, 11.0, 12.0) if (error := self.act(now)) is not None}
        self.assertEqual(failures, {self.overdue.end()})

    def test_what_takes_longer_on_a_slow_machine(self) -> None:
        self.limit.dog.scale = 3.0
        self.act(10.0)
        self.assertEqual(self.limit.deadline, 10.0 + 3.0 * GRACE)


class SafeTests(OverdueTestCase):
    """Where an exception may be raised."""

    def assert_waits(self, frame: FrameType | None) -> None:
        self.assertIsNone(self.overdue.act(10.0, frame))
        self.assertEqual(self.limit.deadline, 10.0 + RETRY)

    def test_not_in_our_own_code(self) -> None:
        self.assert_waits(self.ours.gi_frame)

    def test_not_in_asyncio(self) -> None:
        generator = waits_in("asyncio.base_events")
        self.assert_waits(generator.gi_frame)

    def test_not_where_there_is_no_frame(self) -> None:
        self.assert_waits(None)

    def test_in_asyncio_where_it_calls_a_callback(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        found: list[object] = []
        loop.call_soon(lambda: found.extend(self.is_safe(_stdlib.frames.frame(1))))
        loop.call_soon(loop.stop)
        loop.run_forever()
        self.assertEqual(found, [True, False])

    def is_safe(self, frame: FrameType) -> list[bool]:
        """Tell whether a frame is safe in a loop of ours, and in one that synchronous code runs."""
        return [escalation._is_safe(frame, is_in_our_loop=is_ours) for is_ours in (True, False)]

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
        raised: list[object] = []
        escalation.call(lambda: raised.append(self.act(10.0, _stdlib.frames.frame(1))))
        self.assertIsNotNone(raised[0])

    def test_in_our_own_code_that_has_not_moved_for_a_while(self) -> None:
        for _ in range(STAYS):
            self.assertIsNone(self.act(10.0, self.ours.gi_frame))
        self.assertIsNotNone(self.act(10.0, self.ours.gi_frame))

    def test_it_has_moved_meanwhile(self) -> None:
        for _ in range(STAYS):
            self.act(10.0, self.ours.gi_frame)
        next(self.ours)
        self.assertIsNone(self.act(10.0, self.ours.gi_frame))

    def test_after_that_it_is_waited_for_again(self) -> None:
        for _ in range(STAYS + 1):
            self.act(10.0, self.ours.gi_frame)
        self.assertIsNone(self.act(10.0, self.ours.gi_frame))


class SwallowTests(OverdueTestCase):
    """Code that swallows what is raised in it."""

    def setUp(self) -> None:
        super().setUp()
        self.ejection = self.enterContext(mock.patch.object(escalation, "Ejection"))

    def swallow(self, times: int) -> None:
        for n in range(times):
            self.assertIsNotNone(self.act(10.0 + n))

    def test_at_first_it_is_only_raised_again(self) -> None:
        self.swallow(SWALLOWS)
        self.ejection.assert_not_called()

    def test_then_each_line_raises(self) -> None:
        self.swallow(SWALLOWS + 2)
        self.ejection.assert_called_once()
        self.assertEqual(self.ejection.return_value.arm.mock_calls, [mock.call([self.user.gi_frame])] * 2)
        self.assertEqual(self.limit.deadline, 10.0 + SWALLOWS + 1 + RETRY)

    def test_it_ends_with_the_time(self) -> None:
        self.swallow(SWALLOWS + 1)
        self.overdue.end()
        self.ejection.return_value.end.assert_called_once_with()

    def test_where_that_can_t_be_done_it_is_raised_again(self) -> None:
        self.limit.dog.can_eject = False
        self.swallow(SWALLOWS + 2)
        self.ejection.assert_not_called()
        self.assertEqual(self.limit.deadline, 10.0 + SWALLOWS + 1 + GRACE)

    def test_as_long_as_something_can_be_done_that_is_promised(self) -> None:
        self.overdue.extend(10.0 + EJECTIONS)
        self.swallow(SWALLOWS + EJECTIONS)
        self.assertEqual(self.overdue.promise, self.limit.deadline)

    def test_when_all_has_been_tried_nothing_more_is_promised(self) -> None:
        self.swallow(SWALLOWS + EJECTIONS + 1)
        self.assertEqual(self.overdue.promise, 10.0 + SWALLOWS - 1)

    def test_that_is_sooner_where_lines_can_t_be_made_to_raise(self) -> None:
        self.limit.dog.can_eject = False
        self.swallow(SWALLOWS + 1)
        self.assertEqual(self.overdue.promise, 10.0 + SWALLOWS - 1)


class LoopTests(OverdueTestCase):
    """What runs on a loop is cancelled there."""

    def setUp(self) -> None:
        self.target = Target()
        super().setUp()
        self.enterContext(mock.patch.object(_real.time, "monotonic", return_value=50.0))
        self.calls, self.log = self.target.calls, self.target.log

    def round(self, now: float) -> None:
        """Act, and let the loop turn."""
        self.assertIsNone(self.act(now))
        self.calls.pop()()

    def test_the_loop_is_asked(self) -> None:
        self.assertIsNone(self.act(10.0))
        self.assertEqual((len(self.calls), self.log, self.limit.deadline), (1, [], 10.0 + PATIENCE))

    def test_when_it_answers_the_task_is_cancelled(self) -> None:
        self.round(10.0)
        self.assertEqual(
            [(what, str(error)) for what, error in self.log],
            [("interrupt", "it timed out at TASK\n\nwhat the tasks did")],
        )
        self.assertEqual((self.limit.deadline, self.limit.dog.looks), (50.0 + GRACE, [50.0 + GRACE]))

    def test_a_task_that_goes_on_is_cancelled_again_and_then_given_up(self) -> None:
        for now in (10.0, 11.0, 12.0):
            self.round(now)
        self.assertEqual([what for what, _ in self.log], ["interrupt", "interrupt", "abandon"])
        self.assertEqual({error for _, error in self.log}, {self.overdue.end()})

    def test_where_it_stood_when_its_clean_up_was_stuck(self) -> None:
        self.round(10.0)
        self.of_loop.return_value = Report("at CLEAN-UP", "what the tasks did then")
        self.round(11.0)
        self.assertEqual(
            self.log[0][1].__notes__, ["\n1 s after it was cancelled, it was at CLEAN-UP\n\nwhat the tasks did then"]
        )

    def test_a_loop_that_does_not_answer_is_blocked(self) -> None:
        self.act(10.0)
        self.assertEqual(self.raised(10.1), "it timed out: the event loop was blocked at THREAD\n\nwhat the tasks did")

    def test_a_loop_that_answers_late(self) -> None:
        self.act(10.0)
        self.act(10.1)
        self.calls.pop()()
        self.assertEqual(
            [(what, str(error).partition("\n")[0]) for what, error in self.log],
            [("interrupt", "it timed out: the event loop was blocked at THREAD")],
        )

    def test_an_answer_that_comes_too_late(self) -> None:
        self.act(10.0)
        self.overdue.end()
        self.calls.pop()()
        self.assertEqual(self.log, [])

    def test_an_answer_that_is_interrupted_comes_again(self) -> None:
        self.act(10.0)
        lock = mock.MagicMock()
        lock.__enter__.side_effect = [Interrupt, None]
        self.limit.dog.lock = lock

        async def answer() -> None:
            self.calls.pop()()
            self.assertEqual(self.log, [])
            await asyncio.sleep(0)

        asyncio.run(answer())
        self.assertEqual([what for what, _ in self.log], ["interrupt"])

    def test_a_loop_that_was_closed(self) -> None:
        assert self.target is not None
        self.target.running_loop.call_soon_threadsafe.side_effect = RuntimeError("Event loop is closed")
        self.assertIsNone(self.act(10.0))
        self.assertIsNotNone(self.act(10.1))

    def test_a_loop_that_does_not_run_now(self) -> None:
        assert self.target is not None
        self.target.running_loop = None
        self.overdue = Overdue(self.limit, "it timed out", self.user.gi_frame)
        self.assertEqual(self.raised(10.0), "it timed out at THREAD\n\nwhat the thread did")

    def test_what_takes_longer_on_a_slow_machine(self) -> None:
        self.limit.dog.scale = 2.0
        self.act(10.0)
        self.assertEqual(self.limit.deadline, 10.0 + 2.0 * PATIENCE)
        self.calls.pop()()
        self.round(11.0)
        self.assertEqual(self.limit.deadline, 50.0 + 2.0 * GRACE)
        self.assertTrue(self.log[0][1].__notes__[0].startswith("\n2 s after it was cancelled"))


class HitTests(OverdueTestCase):
    """The tasks that were hit by what was raised: nobody may ever look at them."""

    def setUp(self) -> None:
        self.target = Target()
        super().setUp()
        self.loop = self.target.running_loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)
        self.messages: list[str] = []
        self.loop.set_exception_handler(lambda _, details: self.messages.append(details["message"]))

    def hit(self, coroutine: Any, *, inner: bool = False) -> asyncio.Task[Any]:
        """Interrupt a task that has begun."""
        task = self.loop.create_task(coroutine)
        self.loop.run_until_complete(asyncio.sleep(0))
        if inner:
            self.limit.target = None
            self.overdue = Overdue(self.limit, "it timed out", None)
        else:
            with mock.patch.object(self.loop, "call_soon_threadsafe"):
                self.act(10.0)
        with (
            mock.patch.object(_real.asyncio, "current_task", return_value=task),
            mock.patch.object(_stdlib.loops, "running_loop", return_value=self.loop if inner else None),
        ):
            self.assertIsNotNone(self.act(10.1))
        return task

    async def fails(self, future: asyncio.Future[None]) -> None:
        await future
        raise ValueError

    def test_the_error_of_one_that_has_failed_is_not_missed(self) -> None:
        for inner in (False, True):
            with self.subTest(inner=inner):
                future: asyncio.Future[None] = self.loop.create_future()
                task = self.hit(self.fails(future), inner=inner)
                future.set_result(None)
                self.loop.run_until_complete(asyncio.wait([task]))
                self.overdue.end()
                del task
                gc.collect()
                self.assertEqual(self.messages, [])

    def test_one_that_was_cancelled(self) -> None:
        task = self.hit(asyncio.sleep(3600))
        task.cancel()
        self.loop.run_until_complete(asyncio.wait([task]))
        failure = self.overdue.end()
        self.assertIsInstance(failure, TimeoutFailure)

    def test_one_that_goes_on_is_kept(self) -> None:
        task = self.hit(asyncio.sleep(3600))
        with mock.patch.object(_stdlib.interpreter, "keep_for_ever") as keep_for_ever:
            self.overdue.end()
        keep_for_ever.assert_called_once_with(task)
        task.cancel()
        self.loop.run_until_complete(asyncio.wait([task]))
