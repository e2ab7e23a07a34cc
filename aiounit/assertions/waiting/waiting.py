"""Assertions that a condition becomes true, stays true, or that an awaitable ends in time.

They measure time with the loop's clock, so they take no real time where that clock is virtual.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar, overload
from unittest import TestCase

from aiounit import _stdlib
from aiounit._later import Later
from aiounit.arguments import check_awaitable, check_function, check_interval, check_seconds, swapped
from aiounit.assertions.obligations import Assertion, must_await

if TYPE_CHECKING:
    from aiounit.assertions import messages
    from aiounit.assertions.waiting import attempts as attempting, completion, conditions
    from aiounit.assertions.waiting.attempts import Judge
else:
    messages = Later("aiounit.assertions.messages", globals())
    attempting = Later("aiounit.assertions.waiting.attempts", globals())
    completion = Later("aiounit.assertions.waiting.completion", globals())
    conditions = Later("aiounit.assertions.waiting.conditions", globals())

__all__ = ["WaitingAssertions"]

__unittest = True  # results leave out the frames of this module

T = TypeVar("T")


class WaitingAssertions(TestCase):
    """Assertions that a condition becomes true, stays true, or that an awaitable ends in time."""

    @overload
    def assertEventually(
        self, condition: Callable[[], Awaitable[T]], *, timeout: float = ..., interval: float = ..., msg: object = ...
    ) -> Assertion[T]: ...
    @overload
    def assertEventually(
        self, condition: Callable[[], T], *, timeout: float = ..., interval: float = ..., msg: object = ...
    ) -> Assertion[T]: ...
    @must_await
    def assertEventually(
        self, condition: Callable[[], object], *, timeout: float = 1, interval: float = 0.01, msg: object = None
    ) -> Assertion[object]:
        """Wait until a condition returns a true value.

        The condition is called at once, at each interval, and a last time at the deadline. It is called again while it
        returns a false value, such as None, or an assertion in it fails. Other errors are raised at once. A call that
        is still running after the deadline is cancelled.

        Args:
            condition: A function without arguments, ``async def`` or not. Calls never overlap.
            timeout: How long to wait at most, in seconds of the loop's clock.
            interval: How long to wait between two calls, and how long the last call may take, in seconds.
            msg: Added to the failure message.

        Returns:
            The true value.

        Raises:
            TypeError: ``condition`` is not callable, or returns a generator or a coroutine that has not run; or
                ``timeout`` or ``interval`` is not a number.
            ValueError: ``timeout`` or ``interval`` is negative or not finite, or ``interval`` is 0.

        Example:
            ``order = await self.assertEventually(lambda: store.find("tea"))``
        """
        check_function("condition", condition)
        check_seconds("timeout", timeout)
        check_interval("interval", interval)
        return _become(self, condition, conditions.is_true, "succeed", timeout, interval, msg)

    @overload
    def assertEventuallyPasses(
        self, function: Callable[[], Awaitable[T]], *, timeout: float = ..., interval: float = ..., msg: object = ...
    ) -> Assertion[T]: ...
    @overload
    def assertEventuallyPasses(
        self, function: Callable[[], T], *, timeout: float = ..., interval: float = ..., msg: object = ...
    ) -> Assertion[T]: ...
    @must_await
    def assertEventuallyPasses(
        self, function: Callable[[], object], *, timeout: float = 1, interval: float = 0.01, msg: object = None
    ) -> Assertion[object]:
        """Wait until no assertion in a function fails.

        Args:
            function: A function without arguments that consists of assertions. It is called as by `assertEventually`.
            timeout: How long to wait at most, in seconds of the loop's clock.
            interval: How long to wait between two calls, and how long the last call may take, in seconds.
            msg: Added to the failure message.

        Returns:
            The value that the function returned, if any.

        Raises:
            TypeError: ``function`` is not callable, or ``timeout`` or ``interval`` is not a number.
            ValueError: ``timeout`` or ``interval`` is negative or not finite, or ``interval`` is 0.

        Example:
            ``await self.assertEventuallyPasses(lambda: self.assertIn("tea", shop.paid))``
        """
        check_function("function", function)
        check_seconds("timeout", timeout)
        check_interval("interval", interval)
        return _become(self, function, conditions.passes, "pass", timeout, interval, msg)

    @overload
    def assertEventuallyEqual(
        self,
        check: Callable[[], Awaitable[T]],
        expected: T,
        *,
        timeout: float = ...,
        interval: float = ...,
        msg: object = ...,
    ) -> Assertion[T]: ...
    @overload
    def assertEventuallyEqual(
        self, check: Callable[[], T], expected: T, *, timeout: float = ..., interval: float = ..., msg: object = ...
    ) -> Assertion[T]: ...
    @must_await
    def assertEventuallyEqual(
        self,
        check: Callable[[], object],
        expected: object,
        *,
        timeout: float = 1,
        interval: float = 0.01,
        msg: object = None,
    ) -> Assertion[object]:
        """Wait until a function returns an expected value. The failure message ends as that of ``assertEqual``.

        Args:
            check: A function without arguments. It is called as by `assertEventually`.
            expected: The value to wait for.
            timeout: How long to wait at most, in seconds of the loop's clock.
            interval: How long to wait between two calls, and how long the last call may take, in seconds.
            msg: Added to the failure message.

        Returns:
            The value that the function returned.

        Raises:
            TypeError: ``check`` is not callable, or ``timeout`` or ``interval`` is not a number.
            ValueError: ``timeout`` or ``interval`` is negative or not finite, or ``interval`` is 0.

        Example:
            ``await self.assertEventuallyEqual(lambda: worker.done, ["tea", "milk"])``
        """
        given: object = check
        if callable(expected) and not callable(given):
            raise swapped("assertEventuallyEqual", "the function", "the value")
        check_function("check", check)
        check_seconds("timeout", timeout)
        check_interval("interval", interval)

        def judge(value: object) -> str | None:
            difference = messages.difference_of(self, value, expected)
            return None if difference is None else f"it returned another value: {difference}"

        return _become(self, check, judge, "return what was expected", timeout, interval, msg)

    @overload
    def assertConsistently(
        self, condition: Callable[[], Awaitable[T]], *, duration: float, interval: float = ..., msg: object = ...
    ) -> Assertion[T]: ...
    @overload
    def assertConsistently(
        self, condition: Callable[[], T], *, duration: float, interval: float = ..., msg: object = ...
    ) -> Assertion[T]: ...
    @must_await
    def assertConsistently(
        self, condition: Callable[[], object], *, duration: float, interval: float = 0.01, msg: object = None
    ) -> Assertion[object]:
        """Assert that a condition returns a true value at once, at each interval, and at the deadline.

        Args:
            condition: A function without arguments. It is called as by `assertEventually`.
            duration: How long the condition must hold, in seconds of the loop's clock.
            interval: How long to wait between two calls, and how long the last call may take, in seconds.
            msg: Added to the failure message.

        Returns:
            The last value.

        Raises:
            TypeError: ``condition`` is not callable, or ``duration`` or ``interval`` is not a number.
            ValueError: ``duration`` or ``interval`` is negative or not finite, or ``interval`` is 0.

        Example:
            ``await self.assertConsistently(lambda: client.is_connected, duration=0.1)``
        """
        check_function("condition", condition)
        check_seconds("duration", duration)
        check_interval("interval", interval)
        return _stay(self, condition, conditions.is_true, "hold", duration, interval, msg)

    @overload
    def assertConsistentlyPasses(
        self, function: Callable[[], Awaitable[T]], *, duration: float, interval: float = ..., msg: object = ...
    ) -> Assertion[T]: ...
    @overload
    def assertConsistentlyPasses(
        self, function: Callable[[], T], *, duration: float, interval: float = ..., msg: object = ...
    ) -> Assertion[T]: ...
    @must_await
    def assertConsistentlyPasses(
        self, function: Callable[[], object], *, duration: float, interval: float = 0.01, msg: object = None
    ) -> Assertion[object]:
        """Assert that no assertion in a function fails at once, at each interval, or at the deadline.

        Args:
            function: A function without arguments that consists of assertions. It is called as by `assertEventually`.
            duration: How long the function must pass, in seconds of the loop's clock.
            interval: How long to wait between two calls, and how long the last call may take, in seconds.
            msg: Added to the failure message.

        Returns:
            The value that the function returned last, if any.

        Raises:
            TypeError: ``function`` is not callable, or ``duration`` or ``interval`` is not a number.
            ValueError: ``duration`` or ``interval`` is negative or not finite, or ``interval`` is 0.

        Example:
            ``await self.assertConsistentlyPasses(lambda: self.assertEqual(shop.paid, []), duration=0.1)``
        """
        check_function("function", function)
        check_seconds("duration", duration)
        check_interval("interval", interval)
        return _stay(self, function, conditions.passes, "pass", duration, interval, msg)

    @must_await
    def assertCompletesWithin(self, awaitable: Awaitable[T], timeout: float, *, msg: object = None) -> Assertion[T]:
        """Await something that must complete in time.

        It runs in the task of the caller, as a plain ``await`` would, and is cancelled at the deadline, even if it is a
        task or a future. Its own errors are raised.

        Args:
            awaitable: A coroutine, a task, a future or another awaitable.
            timeout: How long it may take, in seconds of the loop's clock.
            msg: Added to the failure message.

        Returns:
            The result of the awaitable.

        Raises:
            TypeError: ``awaitable`` is not awaitable, or ``timeout`` is not a number.
            ValueError: ``timeout`` is negative or not finite.

        Example:
            ``answer = await self.assertCompletesWithin(client.get("/orders"), 0.5)``
        """
        check_awaitable(awaitable, timeout, "assertCompletesWithin")
        return completion.complete(self, awaitable, timeout, msg)

    @must_await
    def assertTimesOut(self, awaitable: Awaitable[object], timeout: float, *, msg: object = None) -> Assertion[None]:
        """Assert that an awaitable does not complete in time, and that it ends as cancelled at the deadline.

        It runs in a task of its own. An error that it raises before the deadline is raised.

        Args:
            awaitable: A coroutine, a task, a future or another awaitable. It is cancelled.
            timeout: How long it must wait at least, in seconds of the loop's clock.
            msg: Added to the failure message.

        Raises:
            TypeError: ``awaitable`` is not awaitable, or ``timeout`` is not a number.
            ValueError: ``timeout`` is negative or not finite.

        Example:
            ``await self.assertTimesOut(queue.get(), 0.1)``
        """
        check_awaitable(awaitable, timeout, "assertTimesOut")
        return completion.time_out(self, awaitable, timeout, msg)


async def _become(
    case: TestCase,
    function: Callable[[], object],
    judge: "Judge",
    verb: str,
    seconds: float,
    interval: float,
    msg: object,
) -> object:
    attempts = attempting.Attempts(case, function, judge, seconds, interval)
    last = await attempts.run(until_it_holds=True)
    if last.problem is None:
        return last.value
    what = f"{messages.name_of(function)} did not {verb} within {messages.in_seconds(seconds)}"
    what += f" (tried {messages.in_tries(attempts.count)})"
    if attempts.count > 1 and attempts.returned_only_none and judge is conditions.is_true:
        what += ": it returned None each time"
    else:
        what += f". The last time, {last.problem}"
    if judge is conditions.is_true and last.is_none:
        what += conditions.remedy_of_none(function, "assertEventually", has_failed=attempts.has_failed)
    raise _stdlib.cases.failure(case, msg, what) from last.error


async def _stay(
    case: TestCase,
    function: Callable[[], object],
    judge: "Judge",
    verb: str,
    duration: float,
    interval: float,
    msg: object,
) -> object:
    attempts = attempting.Attempts(case, function, judge, duration, interval)
    last = await attempts.run(until_it_holds=False)
    if last.problem is None:
        return last.value
    tries = f"{attempts.count} {'try' if attempts.count == 1 else 'tries'}"
    when = f"After {messages.in_seconds(attempts.elapsed)} and {tries}"
    what = f"{messages.name_of(function)} did not {verb} for {messages.in_seconds(duration)}. {when}, {last.problem}"
    if judge is conditions.is_true and last.is_none:
        what += conditions.remedy_of_none(function, "assertConsistently", has_failed=attempts.has_failed)
    raise _stdlib.cases.failure(case, msg, what) from last.error
