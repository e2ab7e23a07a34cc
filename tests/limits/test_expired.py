"""What is over its time is reported, cancelled, cancelled again, abandoned or interrupted."""

import asyncio
import contextlib
import gc
import unittest
from contextlib import AbstractContextManager
from types import FrameType
from typing import TYPE_CHECKING, Any
from unittest import mock

from aiounit import _real, _stdlib
from aiounit.exceptions import TimeoutFailure
from aiounit.limits import expired, snapshots
from aiounit.limits.alarms import Interrupt
from aiounit.limits.escalation import GRACE, SWALLOWS
from aiounit.limits.expired import Expired
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


class Thread:
    """The thread of the code."""

    def __init__(self) -> None:
        self.ident = 3
        self.scale = 1.0
        self.lock: AbstractContextManager[Any, Any] = contextlib.nullcontext()
        self.can_eject = True


class Target:
    """What is bounded: writes down what is done to it."""

    task = None

    def __init__(self) -> None:
        self.log: list[tuple[str, TimeoutFailure]] = []
        self.posted: list[TimeoutFailure] = []
        self.calls: list[Callable[[], None]] = []
        self.running_loop: Any = mock.Mock(spec_set=["call_soon_threadsafe"])
        self.running_loop.call_soon_threadsafe.side_effect = self.calls.append

    def post(self, error: TimeoutFailure) -> None:
        self.posted.append(error)

    def interrupt(self, error: TimeoutFailure) -> None:
        self.log.append(("interrupt", error))

    def abandon(self, error: TimeoutFailure) -> None:
        self.log.append(("abandon", error))


class ExpiredTestCase(unittest.TestCase):
    """What stood where is made up; the time is what the test says."""

    target: Target | None = None

    def setUp(self) -> None:
        self.of_thread = self.enterContext(mock.patch.object(snapshots, "of_thread"))
        self.of_thread.return_value = Report("at THREAD", "what the thread did")
        self.of_loop = self.enterContext(mock.patch.object(snapshots, "of_loop"))
        self.of_loop.return_value = Report("at TASK", "what the tasks did")
        self.enterContext(mock.patch.object(_real.time, "monotonic", return_value=50.0))
        self.user = waits_in("tests_of_somebody")
        self.ours = waits_in("aiounit.lifecycle.engine")
        self.thread = Thread()
        self.rearmed: list[float] = []
        self.expire(self.user.gi_frame)

    def expire(self, frame: FrameType | None) -> None:
        """Let the time of the code be over."""
        self.expired = Expired(self.target, self.thread, "it timed out", frame, self.rearm)

    def rearm(self) -> None:
        self.rearmed.append(self.expired.escalation.due)

    def ring(self, now: float, frame: FrameType | None = None) -> type[Interrupt] | None:
        return self.expired.ring(now, self.user.gi_frame if frame is None else frame)

    def raised(self, now: float) -> str:
        """Ring, and return the failure that the exception stands for."""
        error = self.ring(now)
        assert error is not None
        assert error.failure is not None
        return str(error.failure)


class SynchronousTests(ExpiredTestCase):
    """Synchronous code is interrupted in place."""

    def test_the_first_time(self) -> None:
        self.assertEqual(self.raised(50.0), "it timed out at THREAD\n\nwhat the thread did")

    def test_it_is_looked_at_before_anything_is_done(self) -> None:
        self.of_thread.assert_called_once_with(self.user.gi_frame, 3)
        self.assertIsNone(self.expired.end(is_lenient=True))

    def test_code_that_ends_when_its_time_is_over_has_timed_out(self) -> None:
        self.assertEqual(str(self.expired.end()), "it timed out at THREAD\n\nwhat the thread did")

    def test_not_in_our_own_code(self) -> None:
        self.assertIsNone(self.ring(50.0, self.ours.gi_frame))

    def test_a_report_without_details(self) -> None:
        self.of_thread.return_value = Report("in code that is not Python's", "")
        self.expire(None)
        self.assertEqual(self.raised(50.0), "it timed out in code that is not Python's")

    def test_the_failure_is_the_same_each_time(self) -> None:
        failures = {error.failure for now in (50.0, 51.0, 52.0) if (error := self.ring(now)) is not None}
        self.assertEqual(failures, {self.expired.end()})

    def test_the_promise(self) -> None:
        self.ring(50.0)
        self.assertEqual(self.expired.promise, 50.0 + GRACE)


class EjectionTests(ExpiredTestCase):
    """Each line of code that swallows what is raised in it raises."""

    def setUp(self) -> None:
        super().setUp()
        self.ejection = self.enterContext(mock.patch.object(expired, "Ejection"))
        for n in range(SWALLOWS):
            self.ring(50.0 + n)

    def test_at_first_it_is_only_raised_again(self) -> None:
        self.ejection.assert_not_called()

    def test_then_each_line_raises(self) -> None:
        for n in range(2):
            self.assertIsNotNone(self.ring(60.0 + n))
        self.ejection.assert_called_once()
        self.assertEqual(self.ejection.return_value.arm.mock_calls, [mock.call([self.user.gi_frame])] * 2)

    def test_it_ends_with_the_code(self) -> None:
        self.ring(60.0)
        self.expired.end()
        self.ejection.return_value.end.assert_called_once_with()

    def test_where_that_can_t_be_done_it_is_raised_again(self) -> None:
        self.thread.can_eject = False
        self.assertIsNotNone(self.ring(60.0))
        self.ejection.assert_not_called()


class LoopTests(ExpiredTestCase):
    """What runs on a loop is cancelled there."""

    def setUp(self) -> None:
        self.target = Target()
        super().setUp()
        self.calls, self.log = self.target.calls, self.target.log

    def round(self, now: float) -> None:
        """Ring, and let the loop turn."""
        self.assertIsNone(self.ring(now))
        self.calls.pop()()

    def test_the_loop_is_asked(self) -> None:
        self.assertIsNone(self.ring(50.0))
        self.assertEqual((len(self.calls), self.log), (1, []))

    def test_when_it_answers_the_task_is_cancelled(self) -> None:
        self.round(50.0)
        self.assertEqual(
            [(what, str(error)) for what, error in self.log],
            [("interrupt", "it timed out at TASK\n\nwhat the tasks did")],
        )
        self.assertEqual(self.rearmed, [50.0 + GRACE])

    def test_a_task_that_goes_on_is_cancelled_again_and_then_abandoned(self) -> None:
        for now in (50.0, 51.0, 52.0):
            self.round(now)
        self.assertEqual([what for what, _ in self.log], ["interrupt", "interrupt", "abandon"])
        self.assertEqual({error for _, error in self.log}, {self.expired.end()})

    def test_the_failure_is_posted_once_before_anything_is_done(self) -> None:
        for now in (50.0, 51.0):
            self.round(now)
        assert self.target is not None
        self.assertEqual(self.target.posted, [self.expired.end()])

    def test_it_is_posted_although_nothing_was_done(self) -> None:
        failure = self.expired.end()
        assert self.target is not None
        self.assertEqual(self.target.posted, [failure])

    def test_where_it_stood_when_its_clean_up_was_stuck(self) -> None:
        self.round(50.0)
        self.of_loop.return_value = Report("at CLEAN-UP", "what the tasks did then")
        self.round(51.0)
        self.assertEqual(
            self.log[0][1].__notes__, ["\n1 s after it was cancelled, it was at CLEAN-UP\n\nwhat the tasks did then"]
        )

    def test_a_loop_that_does_not_answer_is_blocked(self) -> None:
        self.ring(50.0)
        self.assertEqual(self.raised(50.1), "it timed out: the event loop was blocked at THREAD\n\nwhat the tasks did")

    def test_a_loop_that_answers_late(self) -> None:
        self.ring(50.0)
        self.ring(50.1)
        self.calls.pop()()
        self.assertEqual(
            [(what, str(error).partition("\n")[0]) for what, error in self.log],
            [("interrupt", "it timed out: the event loop was blocked at THREAD")],
        )

    def test_an_answer_that_comes_too_late(self) -> None:
        self.ring(50.0)
        self.expired.end()
        self.calls.pop()()
        self.assertEqual(self.log, [])

    def test_an_answer_that_is_interrupted_comes_again(self) -> None:
        self.ring(50.0)
        lock = mock.MagicMock()
        lock.__enter__.side_effect = [Interrupt, None]
        self.thread.lock = lock

        async def answer() -> None:
            self.calls.pop()()
            self.assertEqual(self.log, [])
            await asyncio.sleep(0)

        asyncio.run(answer())
        self.assertEqual([what for what, _ in self.log], ["interrupt"])

    def test_a_loop_that_was_closed(self) -> None:
        assert self.target is not None
        self.target.running_loop.call_soon_threadsafe.side_effect = RuntimeError("Event loop is closed")
        self.assertIsNone(self.ring(50.0))
        self.assertIsNotNone(self.ring(50.1))

    def test_a_loop_that_does_not_run_now(self) -> None:
        assert self.target is not None
        self.target.running_loop = None
        self.expire(self.user.gi_frame)
        self.assertEqual(self.raised(50.0), "it timed out at THREAD\n\nwhat the thread did")

    def test_on_a_slow_machine_the_note_says_how_long(self) -> None:
        self.thread.scale = 2.0
        self.expire(self.user.gi_frame)
        self.round(50.0)
        self.round(52.0)
        self.assertTrue(self.log[0][1].__notes__[0].startswith("\n2 s after it was cancelled"))


class HitTests(ExpiredTestCase):
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
            self.target = None
            self.expire(None)
        else:
            with mock.patch.object(self.loop, "call_soon_threadsafe"):
                self.ring(50.0)
        with (
            mock.patch.object(_real.asyncio, "current_task", return_value=task),
            mock.patch.object(_stdlib.loops, "running_loop", return_value=self.loop if inner else None),
        ):
            self.assertIsNotNone(self.ring(50.1))
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
                self.expired.end()
                del task
                gc.collect()
                self.assertEqual(self.messages, [])

    def test_one_that_was_cancelled(self) -> None:
        task = self.hit(asyncio.sleep(3600))
        task.cancel()
        self.loop.run_until_complete(asyncio.wait([task]))
        failure = self.expired.end()
        self.assertIsInstance(failure, TimeoutFailure)

    def test_one_that_goes_on_is_kept(self) -> None:
        task = self.hit(asyncio.sleep(3600))
        with mock.patch.object(_stdlib.interpreter, "keep_for_ever") as keep_for_ever:
            self.expired.end()
        keep_for_ever.assert_called_once_with(task)
        task.cancel()
        self.loop.run_until_complete(asyncio.wait([task]))
