"""What becomes true, stays true or ends in time is asserted by the clock of the loop, and to the point."""

import asyncio
import functools
import inspect
import itertools
import math
import re
import unittest
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.assertions.asynchronous import AsyncAssertions
from aiounit.assertions.awaits.awaits import AwaitAssertions
from aiounit.assertions.waiting.waiting import WaitingAssertions
from tests.assertions.stubborn import HANGING, fail_to_end, hang, hang_in_clean_up, refuse_to_end
from tests.assertions.virtual import WAITING, AssertionTestCase, VirtualLoop, later, now, plain, virtual
from tests.support import run

EMPTY: dict[str, str] = {}


def no() -> bool:
    return False


class EventuallyTests(AssertionTestCase):
    @virtual
    async def test_a_true_value_is_returned(self) -> None:
        self.assertEqual(await self.case.assertEventually(lambda: "tea"), "tea")

    @virtual
    async def test_it_is_tried_at_once(self) -> None:
        await self.case.assertEventually(lambda: True)
        self.assertEqual(now(), 0)

    @virtual
    async def test_every_false_value_is_tried_again(self) -> None:
        values: list[object] = [None, False, 0, "", [], {}, set()]
        self.assertEqual(await self.case.assertEventually(mock.Mock(side_effect=[*values, "tea"])), "tea")
        self.assertEqual(await self.case.assertEventually(mock.AsyncMock(side_effect=[*values, "tea"])), "tea")

    @virtual
    async def test_a_false_value_is_tried_again(self) -> None:
        self.assertEqual(await self.case.assertEventually(mock.Mock(side_effect=[0, "", "tea"])), "tea")

    @virtual
    async def test_code_that_has_not_run_is_refused(self) -> None:
        def plain() -> Iterator[bool]:
            yield False

        async def asynchronous() -> AsyncIterator[bool]:
            yield False

        async def lost() -> Coroutine[Any, Any, None]:
            return asyncio.sleep(0)

        conditions: list[Callable[[], object]] = [plain, asynchronous, lost, lambda: (each for each in [False])]
        for assertion in (self.case.assertEventually, self.case.assertEventuallyPasses):
            for condition in conditions:
                with self.assertRaisesRegex(TypeError, "returned <.*>, whose code has not run"):
                    await assertion(condition)

    @virtual
    async def test_a_stream_that_is_there_is_a_true_value(self) -> None:
        async def orders() -> AsyncIterator[str]:
            yield "tea"

        stream = orders()
        self.assertIs(await self.case.assertEventually(lambda: stream), stream)

    @virtual
    async def test_what_is_neither_true_nor_false_is_refused(self) -> None:
        with self.assertRaisesRegex(TypeError, "neither true nor false"):
            await self.case.assertEventually(lambda: NotImplemented)

    @virtual
    async def test_a_failure_is_tried_again(self) -> None:
        self.assertEqual(await self.case.assertEventually(mock.Mock(side_effect=[AssertionError, "tea"])), "tea")

    @virtual
    async def test_another_error_is_raised_at_once(self) -> None:
        check = mock.Mock(side_effect=[False, KeyError("tea"), True])
        with self.assertRaisesRegex(KeyError, "^'tea'$"):
            await self.case.assertEventually(check)
        self.assertEqual(check.call_count, 2)

    @virtual
    async def test_an_asynchronous_check(self) -> None:
        self.assertEqual(await self.case.assertEventually(mock.AsyncMock(side_effect=[0, AssertionError, 3])), 3)

    @virtual
    async def test_a_function_that_returns_a_coroutine(self) -> None:
        self.assertEqual(await self.case.assertEventually(lambda: asyncio.sleep(0, "tea")), "tea")

    @virtual
    async def test_an_asynchronous_check_that_raises(self) -> None:
        with self.assertRaisesRegex(KeyError, "^'tea'$"):
            await self.case.assertEventually(mock.AsyncMock(side_effect=KeyError("tea")))

    @virtual
    async def test_the_interval(self) -> None:
        times: list[float] = []

        def check() -> bool:
            times.append(now())
            return len(times) == 4

        await self.case.assertEventually(check, interval=0.25)
        self.assertEqual(times, [0, 0.25, 0.5, 0.75])

    @virtual
    async def test_it_is_tried_at_the_deadline(self) -> None:
        times: list[float] = []

        def check() -> bool:
            times.append(now())
            return False

        await self.failure(self.case.assertEventually(check, interval=0.75))
        self.assertEqual(times, [0, 0.75, 1])

    @virtual
    async def test_what_happens_at_the_very_deadline_is_in_time(self) -> None:
        done: list[bool] = []
        later(1, done.append, True)
        await self.case.assertEventually(lambda: done, interval=0.3)
        self.assertEqual(now(), 1)

    @virtual
    async def test_no_time_is_one_try(self) -> None:
        check = mock.Mock(return_value=False)
        await self.failure(self.case.assertEventually(check, timeout=0))
        self.assertEqual((check.call_count, now()), (1, 0))

    @virtual
    async def test_tries_do_not_overlap(self) -> None:
        running = 0
        times: list[float] = []

        async def check() -> bool:
            nonlocal running
            running += 1
            times.append(now())
            self.assertEqual(running, 1)
            await asyncio.sleep(0.5)
            running -= 1
            return len(times) == 3

        await self.case.assertEventually(check, timeout=2, interval=0.25)
        self.assertEqual(times, [0, 0.75, 1.5])

    @virtual
    async def test_the_last_try_has_a_moment_to_end(self) -> None:
        async def check() -> bool:
            await asyncio.sleep(0.25)
            return now() == 1.25

        self.assertTrue(await self.case.assertEventually(check, interval=0.25))

    @virtual
    async def test_a_blocking_check_is_tried_once_more_after_the_deadline(self) -> None:
        def check() -> bool:
            loop: Any = asyncio.get_running_loop()
            loop.now += 3
            return now() > 3

        self.assertTrue(await self.case.assertEventually(check))

    @virtual
    async def test_other_tasks_run_meanwhile(self) -> None:
        task = asyncio.create_task(asyncio.sleep(0.5, "tea"))
        await self.case.assertEventually(task.done)
        self.assertEqual(await task, "tea")

    @virtual
    async def test_a_check_runs_in_the_task_of_the_test(self) -> None:
        async def check() -> asyncio.Task[Any] | None:
            return asyncio.current_task()

        self.assertIs(await self.case.assertEventually(check), asyncio.current_task())

    @virtual
    async def test_a_cancellation_of_the_test_goes_through(self) -> None:
        for check in (no, hang):
            with self.subTest(check=check):
                task = asyncio.create_task(self.eventually(check))
                await asyncio.sleep(0.5)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                self.assertEqual(task.cancelling(), 1)

    async def eventually(self, check: Callable[[], object]) -> None:
        await self.case.assertEventually(check)

    @virtual
    async def test_a_timeout_around_it_that_is_shorter(self) -> None:
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(0.5):
                await self.case.assertEventually(hang)
        self.assertEqual(now(), 0.5)


class EventuallyFailureTests(AssertionTestCase):
    """The message says what came of the last try."""

    @virtual
    async def test_a_false_value(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventually(no)),
            "no (test_waiting.py, line N) did not succeed within 1 second (tried 101 times). "
            "The last time, it returned False",
        )

    @virtual
    async def test_a_failure(self) -> None:
        def check() -> None:
            self.assertEqual(2, 3)

        self.assertEqual(
            await self.failure(self.case.assertEventually(check, timeout=0.5, interval=0.25)),
            "check (test_waiting.py, line N) did not succeed within 0.5 seconds (tried 3 times). "
            "The last time, it failed: 2 != 3",
        )

    @virtual
    async def test_a_failure_is_the_cause(self) -> None:
        with self.assertRaises(AssertionError) as caught:
            await self.case.assertEventually(lambda: self.fail("why"))
        self.assertEqual(repr(caught.exception.__cause__), "AssertionError('why')")

    @virtual
    async def test_a_value_has_no_cause_and_no_context(self) -> None:
        check = mock.Mock(side_effect=[AssertionError("first"), False])
        with self.assertRaises(AssertionError) as caught:
            await self.case.assertEventually(check, interval=1)
        self.assertEqual((caught.exception.__cause__, caught.exception.__context__), (None, None))

    @virtual
    async def test_a_check_that_hangs(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventually(hang)),
            f"hang (stubborn.py, line N) did not succeed within 1 second (tried once). The last time, it was {HANGING}",
        )
        self.assertEqual(now(), 1)

    @virtual
    async def test_a_check_that_does_not_end_as_cancelled(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventually(refuse_to_end)),
            f"refuse_to_end (stubborn.py, line N) did not succeed within 1 second (tried once). "
            f"The last time, it was {WAITING}\n"
            f"  stubborn.py, line N, in refuse_to_end: await asyncio.Event().wait()\n"
            f"When it was cancelled, it returned 'tea'",
        )

    @virtual
    async def test_a_check_that_fails_when_it_is_cancelled(self) -> None:
        with self.assertRaises(AssertionError) as caught:
            await self.case.assertEventually(fail_to_end)
        self.assertEqual(
            plain(caught.exception),
            f"fail_to_end (stubborn.py, line N) did not succeed within 1 second (tried once). "
            f"The last time, it was {WAITING}\n"
            f"  stubborn.py, line N, in fail_to_end: await asyncio.Event().wait()\n"
            f"When it was cancelled, it raised ValueError('no')",
        )
        self.assertEqual(repr(caught.exception.__cause__), "ValueError('no')")

    @virtual
    async def test_a_check_whose_clean_up_hangs_is_cancelled_again(self) -> None:
        await self.failure(self.case.assertEventually(hang_in_clean_up))
        task = asyncio.current_task()
        assert task is not None
        self.assertEqual((now(), task.cancelling()), (2, 0))

    @virtual
    async def test_a_lambda(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventually(lambda: now() > 0, timeout=0)),
            "<lambda> (test_waiting.py, line N) did not succeed within 0 seconds (tried once). "
            "The last time, it returned False",
        )

    @virtual
    async def test_a_method_of_another_kind(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventually([].copy, timeout=0)),
            "<built-in method copy of list object at 0x> did not succeed within 0 seconds (tried once). "
            "The last time, it returned []",
        )

    @virtual
    async def test_a_message(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventually(no, timeout=0, msg="why")),
            "no (test_waiting.py, line N) did not succeed within 0 seconds (tried once). "
            "The last time, it returned False : why",
        )

    @virtual
    async def test_the_failure_of_the_case(self) -> None:
        class Case(WaitingAssertions):
            failureException = KeyError

        case = Case()
        self.assertTrue(await case.assertEventually(mock.Mock(side_effect=[KeyError, True])))
        with self.assertRaises(KeyError):
            await case.assertEventually(no)
        with self.assertRaisesRegex(AssertionError, "^mine$"):
            await case.assertEventually(mock.Mock(side_effect=AssertionError("mine")))


class EventuallyNoneTests(AssertionTestCase):
    """What returned None is not true, and the message says what may have been meant."""

    def paid(self) -> None:
        """Return nothing."""

    @virtual
    async def test_a_lambda(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventually(lambda: EMPTY.get("paid"))),
            "<lambda> (test_waiting.py, line N) did not succeed within 1 second (tried 101 times): "
            "it returned None each time",
        )

    @virtual
    async def test_one_try(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventually(lambda: EMPTY.get("paid"), timeout=0)),
            "<lambda> (test_waiting.py, line N) did not succeed within 0 seconds (tried once). "
            "The last time, it returned None",
        )

    @virtual
    async def test_other_values_before(self) -> None:
        values = itertools.chain([0], itertools.repeat(None))
        self.assertEqual(
            await self.failure(self.case.assertEventually(lambda: next(values))),
            "<lambda> (test_waiting.py, line N) did not succeed within 1 second (tried 101 times). "
            "The last time, it returned None",
        )

    @virtual
    async def test_a_failure_before(self) -> None:
        values = mock.Mock(side_effect=itertools.chain([AssertionError("first")], itertools.repeat(None)))
        self.assertEqual(
            await self.failure(self.case.assertEventually(lambda: values() or None, timeout=0.5, interval=0.25)),
            "<lambda> (test_waiting.py, line N) did not succeed within 0.5 seconds (tried 3 times). "
            "The last time, it returned None. assertEventually() waits for a true value: for a function made of "
            "assertions, use assertEventuallyPasses()",
        )

    @virtual
    async def test_no_return(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventually(self.paid, timeout=0.5, interval=0.25)),
            "EventuallyNoneTests.paid (test_waiting.py, line N) did not succeed within 0.5 seconds (tried 3 times): "
            "it returned None each time",
        )


class PassesTests(AssertionTestCase):
    """The other form waits until no assertion in the function fails, whatever it returns."""

    @virtual
    async def test_any_value_will_do(self) -> None:
        values: list[object] = [None, 0, "", "tea"]
        for value, kind in itertools.product(values, (mock.Mock, mock.AsyncMock)):
            with self.subTest(value=value):
                check = kind(return_value=value)
                self.assertEqual(await self.case.assertEventuallyPasses(check), value)
                self.assertEqual(await self.case.assertConsistentlyPasses(check, duration=1), value)

    @virtual
    async def test_a_failure_is_tried_again(self) -> None:
        for kind in (mock.Mock, mock.AsyncMock):
            check = kind(side_effect=[AssertionError, AssertionError, None])
            self.assertIsNone(await self.case.assertEventuallyPasses(check))
            self.assertEqual(check.call_count, 3)

    @virtual
    async def test_another_error_is_raised_at_once(self) -> None:
        for assertion in (
            self.case.assertEventuallyPasses,
            functools.partial(self.case.assertConsistentlyPasses, duration=1),
        ):
            with self.assertRaisesRegex(KeyError, "^'tea'$"):
                await assertion(mock.Mock(side_effect=KeyError("tea")))

    @virtual
    async def test_the_last_failure(self) -> None:
        def check() -> None:
            self.assertEqual(2, 3)

        self.assertEqual(
            await self.failure(self.case.assertEventuallyPasses(check, timeout=0.5, interval=0.25, msg="why")),
            "check (test_waiting.py, line N) did not pass within 0.5 seconds (tried 3 times). "
            "The last time, it failed: 2 != 3 : why",
        )

    @virtual
    async def test_a_failure_in_between(self) -> None:
        def check() -> None:
            self.assertLess(now(), 0.5)

        self.assertEqual(
            await self.failure(self.case.assertConsistentlyPasses(check, duration=1, interval=0.25)),
            "check (test_waiting.py, line N) did not pass for 1 second. After 0.5 seconds and 3 tries, "
            "it failed: 0.5 not less than 0.5",
        )

    @virtual
    async def test_a_function_that_hangs(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertEventuallyPasses(hang)),
            f"hang (stubborn.py, line N) did not pass within 1 second (tried once). The last time, it was {HANGING}",
        )


class EventuallyEqualTests(AssertionTestCase):
    @virtual
    async def test_a_value_that_becomes_equal(self) -> None:
        check = mock.Mock(side_effect=[[1], [1, 2]])
        self.assertEqual(await self.case.assertEventuallyEqual(check, [1, 2]), [1, 2])

    @virtual
    async def test_a_false_value_may_be_expected(self) -> None:
        values: list[object] = [0, None, []]
        for value in values:
            with self.subTest(value=value):
                self.assertEqual(await self.case.assertEventuallyEqual(mock.Mock(side_effect=[1, value]), value), value)

    @virtual
    async def test_an_asynchronous_check(self) -> None:
        self.assertEqual(await self.case.assertEventuallyEqual(mock.AsyncMock(side_effect=[1, 2]), 2), 2)

    @virtual
    async def test_a_failure_is_tried_again(self) -> None:
        self.assertEqual(await self.case.assertEventuallyEqual(mock.Mock(side_effect=[AssertionError, 2]), 2), 2)

    @virtual
    async def test_another_error_is_raised(self) -> None:
        with self.assertRaises(KeyError):
            await self.case.assertEventuallyEqual(mock.Mock(side_effect=KeyError), 2)

    @virtual
    async def test_the_difference(self) -> None:
        def check() -> list[int]:
            return [1, 2]

        self.assertEqual(
            await self.failure(self.case.assertEventuallyEqual(check, [1, 3], timeout=0, msg="why")),
            "check (test_waiting.py, line N) did not return what was expected within 0 seconds (tried once). "
            "The last time, it returned another value: Lists differ: [1, 2] != [1, 3]\n\n"
            "First differing element 1:\n2\n3\n\n- [1, 2]\n?     ^\n\n+ [1, 3]\n?     ^\n : why",
        )

    @virtual
    async def test_a_check_that_hangs(self) -> None:
        check: Callable[[], Awaitable[None]] = hang
        self.assertEqual(
            await self.failure(self.case.assertEventuallyEqual(check, None)),
            f"hang (stubborn.py, line N) did not return what was expected within 1 second (tried once). "
            f"The last time, it was {HANGING}",
        )


class ConsistentlyTests(AssertionTestCase):
    @virtual
    async def test_the_last_value_is_returned(self) -> None:
        check = mock.Mock(side_effect=[1, 2, 3])
        self.assertEqual(await self.case.assertConsistently(check, duration=0.5, interval=0.25), 3)
        self.assertEqual(now(), 0.5)

    @virtual
    async def test_it_is_tried_at_the_end(self) -> None:
        times: list[float] = []
        await self.case.assertConsistentlyPasses(lambda: times.append(now()), duration=1, interval=0.75)
        self.assertEqual(times, [0, 0.75, 1])

    @virtual
    async def test_every_false_value_fails(self) -> None:
        values: list[object] = [None, False, 0, "", [], {}, set()]
        for value in values:
            for check in (mock.Mock(return_value=value), mock.AsyncMock(return_value=value)):
                with self.subTest(value=value), self.assertRaisesRegex(AssertionError, "it returned"):
                    await self.case.assertConsistently(check, duration=1)

    @virtual
    async def test_a_function_made_of_assertions_is_told_of_the_other_form(self) -> None:
        def check() -> None:
            self.assertEqual(2, 2)

        self.assertEqual(
            await self.failure(self.case.assertConsistently(check, duration=1)),
            "check (test_waiting.py, line N) did not hold for 1 second. After 0 seconds and 1 try, it returned None. "
            "assertConsistently() waits for a true value: for a function made of assertions, use "
            "assertConsistentlyPasses()",
        )

    @virtual
    async def test_an_asynchronous_check(self) -> None:
        self.assertEqual(await self.case.assertConsistently(mock.AsyncMock(return_value=1), duration=1), 1)

    @virtual
    async def test_another_error_is_raised(self) -> None:
        with self.assertRaises(KeyError):
            await self.case.assertConsistently(mock.Mock(side_effect=KeyError), duration=1)

    @virtual
    async def test_a_false_value_fails_at_once(self) -> None:
        def check() -> bool:
            return now() < 0.5

        self.assertEqual(
            await self.failure(self.case.assertConsistently(check, duration=1, interval=0.25, msg="why")),
            "check (test_waiting.py, line N) did not hold for 1 second. After 0.5 seconds and 3 tries, "
            "it returned False : why",
        )
        self.assertEqual(now(), 0.5)

    @virtual
    async def test_a_failure(self) -> None:
        def check() -> None:
            self.assertEqual(2, 3)

        self.assertEqual(
            await self.failure(self.case.assertConsistently(check, duration=1)),
            "check (test_waiting.py, line N) did not hold for 1 second. After 0 seconds and 1 try, it failed: 2 != 3",
        )

    @virtual
    async def test_a_check_that_hangs(self) -> None:
        self.assertEqual(
            await self.failure(self.case.assertConsistently(hang, duration=1)),
            f"hang (stubborn.py, line N) did not hold for 1 second. After 1 second and 1 try, it was {HANGING}",
        )


class CheckMisuseTests(AssertionTestCase):
    """What can't work is an error at once, before anything is awaited."""

    def assertions(self) -> dict[str, Callable[..., object]]:
        return {
            "timeout of condition": self.case.assertEventually,
            "timeout of function": self.case.assertEventuallyPasses,
            "timeout of check": functools.partial(self.case.assertEventuallyEqual, expected=1),
            "duration of condition": functools.partial(self.case.assertConsistently, duration=1),
            "duration of function": functools.partial(self.case.assertConsistentlyPasses, duration=1),
        }

    def assert_refused(self, kind: type[Exception], message: str, check: object = no, **options: object) -> None:
        for name, assertion in self.assertions().items():
            word, what = name.split(" of ")
            given = {word if key == "time" else key: value for key, value in options.items()}
            with self.subTest(name), self.assertRaises(kind) as caught:
                assertion(check, **given)
            self.assertEqual(plain(caught.exception), message.replace("TIME", word).replace("CHECK", what))

    def test_a_time_that_is_none(self) -> None:
        self.assert_refused(TypeError, "TIME must be a number of seconds, not '1'", time="1")
        self.assert_refused(TypeError, "TIME must be a number of seconds, not None", time=None)

    def test_a_time_that_can_not_be(self) -> None:
        for time in (-1, math.nan, math.inf):
            self.assert_refused(
                ValueError, f"TIME must be a finite number of seconds, 0 or more, not {time!r}", time=time
            )

    def test_an_interval_that_is_none(self) -> None:
        self.assert_refused(TypeError, "interval must be a number of seconds, not '1'", interval="1")

    def test_an_interval_that_can_not_be(self) -> None:
        self.assert_refused(ValueError, "interval must be a finite number of seconds, 0 or more, not -1", interval=-1)
        self.assert_refused(ValueError, "interval must be more than 0 seconds, not 0", interval=0)

    def test_a_check_that_was_called(self) -> None:
        self.assert_refused(
            TypeError, "CHECK must be a function, which is called many times, not False. Did you call it?", no()
        )

    def test_a_coroutine(self) -> None:
        for name, assertion in self.assertions().items():
            with self.assertRaises(TypeError) as caught:
                assertion(hang())
            self.assertEqual(
                plain(caught.exception),
                f"{name.split(' of ')[1]} must be a function, not <coroutine object hang at 0x>, "
                "which can be awaited only once. Give it without calling it",
            )


class SwappedTests(AssertionTestCase):
    """Arguments in the wrong order are told, and nothing else: what was given to be awaited is closed."""

    def assert_swapped(self, message: str, assertion: Callable[..., object], *args: object) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with self.assertRaises(TypeError) as caught:
                assertion(*args)
        self.assertEqual(str(caught.exception), f"{message}: swap them")

    def test_seconds_first(self) -> None:
        for name in ("assertCompletesWithin", "assertTimesOut"):
            coroutine = hang()
            message = f"{name}() takes the awaitable first, and then the timeout"
            self.assert_swapped(message, getattr(self.case, name), 0.5, coroutine)
            self.assertEqual(inspect.getcoroutinestate(coroutine), inspect.CORO_CLOSED)
            self.assert_swapped(message, getattr(self.case, name), 1, hang)

    def test_the_value_first(self) -> None:
        message = "assertEventuallyEqual() takes the function first, and then the value"
        self.assert_swapped(message, self.case.assertEventuallyEqual, 5, no)

    def test_the_items_first(self) -> None:
        async def numbers() -> AsyncIterator[int]:
            yield 1

        message = "assertYields() takes the source first, and then the items"
        self.assert_swapped(message, self.case.assertYields, [1], numbers())

    def test_a_coroutine_is_closed_whatever_is_wrong(self) -> None:
        coroutines = [hang(), hang(), hang()]
        case: Any = self.case
        with self.assertRaises(TypeError):
            case.assertCompletesWithin(coroutines[0])
        with self.assertRaises(TypeError):
            case.assertCompletesWithin(coroutines[1], duration=1)
        with self.assertRaises(TypeError):
            case.assertTimesOut(timeout=1, awaitable=5, other=coroutines[2])
        self.assertEqual({inspect.getcoroutinestate(each) for each in coroutines}, {inspect.CORO_CLOSED})


class ReorderingLoop(VirtualLoop):
    """A loop that calls timers that are due together in either order, as an exploring scheduler may."""

    def __init__(self, *, latest_first: bool) -> None:
        super().__init__()
        self._latest_first = latest_first
        self._made = 0

    def call_at(  # type: ignore[override]
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        self._made += 1
        shift = self._made * 1e-12 * (-1 if self._latest_first else 1)
        return super().call_at(when + shift, callback, *args, context=context)


class EqualTimersTests(unittest.TestCase):
    """What happens at the very deadline is in time, in whatever order timers are called that are due together."""

    def run_both(self, main: Callable[[], Coroutine[Any, Any, object]]) -> None:
        for latest_first in (False, True):
            loop_factory = functools.partial(ReorderingLoop, latest_first=latest_first)
            with self.subTest(latest_first=latest_first), asyncio.Runner(loop_factory=loop_factory) as runner:
                runner.run(main())

    def setUp(self) -> None:
        self.case = AsyncAssertions()

    def test_a_condition(self) -> None:
        async def main() -> None:
            task = asyncio.create_task(asyncio.sleep(1, "tea"))
            await self.case.assertEventually(task.done, interval=0.3)
            task = asyncio.create_task(asyncio.sleep(1, "tea"))
            await self.case.assertEventuallyPasses(lambda: self.assertTrue(task.done()), interval=0.3)

        self.run_both(main)

    def test_a_condition_that_ends(self) -> None:
        async def main() -> None:
            task = asyncio.create_task(asyncio.sleep(1))
            with self.assertRaises(AssertionError):
                await self.case.assertConsistently(lambda: not task.done(), duration=1, interval=0.3)

        self.run_both(main)

    def test_what_is_awaited(self) -> None:
        async def main() -> None:
            self.assertEqual(await self.case.assertCompletesWithin(asyncio.sleep(1, "tea"), 1), "tea")
            with self.assertRaises(AssertionError):
                await self.case.assertTimesOut(asyncio.sleep(1), 1)

        self.run_both(main)

    def test_an_await_of_a_mock(self) -> None:
        async def main() -> None:
            send = mock.AsyncMock()

            async def work() -> None:
                await asyncio.sleep(1)
                await send("tea")

            task = asyncio.create_task(work())
            await AwaitAssertions().waitUntilAwaited(send, timeout=1)
            await task

        self.run_both(main)


class PlainTestCaseTests(unittest.TestCase):
    def test_without_virtual_time(self) -> None:
        class Case(WaitingAssertions, unittest.IsolatedAsyncioTestCase):
            async def test(self) -> None:
                await self.assertEventually(lambda: True)
                await self.assertCompletesWithin(asyncio.sleep(0), 60)

        result = unittest.TestResult()
        Case("test").run(result)
        self.assertEqual((result.testsRun, result.errors, result.failures), (1, [], []))


class TracebackTests(unittest.TestCase):
    """A failure shows the line of the test, and its cause the line of the check."""

    def test_the_frames_are_those_of_the_user(self) -> None:
        bases: list[type[unittest.IsolatedAsyncioTestCase]] = [unittest.IsolatedAsyncioTestCase, AsyncTestCase]
        for base in bases:

            class Case(base, WaitingAssertions):  # type: ignore[misc, valid-type]
                async def test(self) -> None:
                    await self.assertEventually(self.check, timeout=0)

                def check(self) -> None:
                    self.assertEqual(1, 2)

            frames = re.findall(r"(\w+\.py)\", line \d+, in (\w+)", run(Case).text())
            with self.subTest(base=base.__name__):
                self.assertEqual((frames[0], frames[-1]), (("test_waiting.py", "check"), ("test_waiting.py", "test")))
                self.assertEqual({name for name, _ in frames} & {"attempts.py", "waiting.py", "case.py"}, set())
