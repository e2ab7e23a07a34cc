"""Assertions about what becomes true, stays true, or ends in time.

Time is the clock of the loop, so that they take no real time where that is virtual.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar, overload
from unittest import TestCase
from unittest.util import safe_repr

from aiounit import _stdlib
from aiounit.assertions.arguments import check_awaitable, check_function, check_interval
from aiounit.assertions.attempts import Attempts, Judge
from aiounit.assertions.completion import complete, time_out
from aiounit.assertions.obligations import must_await
from aiounit.assertions.words import difference_of, in_seconds, in_tries, name_of
from aiounit.mocks.arguments import check_seconds

__all__ = ["WaitingAssertions"]

__unittest = True  # results leave out the frames of this module

T = TypeVar("T")


class WaitingAssertions(TestCase):
    """Assertions about what becomes true, stays true, or ends in time."""

    @overload
    def assertEventually(
        self, check: Callable[[], Awaitable[T]], *, timeout: float = ..., interval: float = ..., msg: object = ...
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def assertEventually(
        self, check: Callable[[], T], *, timeout: float = ..., interval: float = ..., msg: object = ...
    ) -> Coroutine[Any, Any, T]: ...
    @must_await
    def assertEventually(
        self, check: Callable[[], Any], *, timeout: float = 1, interval: float = 0.01, msg: object = None
    ) -> Coroutine[Any, Any, Any]:
        """Wait until a check holds.

        It holds when it returns something true, or None, as a function made of assertions does. While it returns
        something false, or an assertion in it fails, it is called again: at once, at each interval, and a last time
        when the time is over. Other errors are raised at once. A check that takes longer than the time is cancelled.

        Args:
            check: A function without arguments, ``async def`` or not. Calls never overlap.
            timeout: How long to go on, in seconds of the loop's clock.
            interval: How long to wait between two calls, and how long the last one may take, in seconds.
            msg: What to say if it fails, as in all assertions.

        Returns:
            What the check has returned.

        Raises:
            TypeError: ``check`` can't be called, or ``timeout`` or ``interval`` is no number.
            ValueError: ``timeout`` or ``interval`` is negative or not finite, or ``interval`` is 0.

        Example:
            ``order = await self.assertEventually(lambda: store.find("tea"))``
        """
        check_function("check", check)
        check_seconds("timeout", timeout)
        check_interval("interval", interval)
        return _become(self, check, _judge_truth, "succeed", timeout, interval, msg)

    @overload
    def assertEventuallyEqual(
        self,
        check: Callable[[], Awaitable[T]],
        expected: T,
        *,
        timeout: float = ...,
        interval: float = ...,
        msg: object = ...,
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def assertEventuallyEqual(
        self, check: Callable[[], T], expected: T, *, timeout: float = ..., interval: float = ..., msg: object = ...
    ) -> Coroutine[Any, Any, T]: ...
    @must_await
    def assertEventuallyEqual(
        self, check: Callable[[], Any], expected: Any, *, timeout: float = 1, interval: float = 0.01, msg: object = None
    ) -> Coroutine[Any, Any, Any]:
        """Wait until a function returns a value that equals another. The failure ends as that of ``assertEqual``.

        Args:
            check: A function without arguments, called as by `assertEventually`.
            expected: What it is to return.
            timeout: How long to go on, in seconds of the loop's clock.
            interval: How long to wait between two calls, and how long the last one may take, in seconds.
            msg: What to say if it fails.

        Returns:
            What the function has returned.

        Raises:
            TypeError: ``check`` can't be called, or ``timeout`` or ``interval`` is no number.
            ValueError: ``timeout`` or ``interval`` is negative or not finite, or ``interval`` is 0.

        Example:
            ``await self.assertEventuallyEqual(lambda: worker.done, ["tea", "milk"])``
        """
        check_function("check", check)
        check_seconds("timeout", timeout)
        check_interval("interval", interval)

        def judge(value: Any) -> str | None:
            difference = difference_of(self, value, expected)
            return None if difference is None else f"it returned another value: {difference}"

        return _become(self, check, judge, "return what was expected", timeout, interval, msg)

    @overload
    def assertConsistently(
        self, check: Callable[[], Awaitable[T]], *, duration: float, interval: float = ..., msg: object = ...
    ) -> Coroutine[Any, Any, T]: ...
    @overload
    def assertConsistently(
        self, check: Callable[[], T], *, duration: float, interval: float = ..., msg: object = ...
    ) -> Coroutine[Any, Any, T]: ...
    @must_await
    def assertConsistently(
        self, check: Callable[[], Any], *, duration: float, interval: float = 0.01, msg: object = None
    ) -> Coroutine[Any, Any, Any]:
        """Assert that a check holds at once, at each interval, and a last time when the time is over.

        Args:
            check: A function without arguments, as `assertEventually` takes it.
            duration: How long it is to hold, in seconds of the loop's clock.
            interval: How long to wait between two calls, and how long the last one may take, in seconds.
            msg: What to say if it fails.

        Returns:
            What the check has returned the last time.

        Raises:
            TypeError: ``check`` can't be called, or ``duration`` or ``interval`` is no number.
            ValueError: ``duration`` or ``interval`` is negative or not finite, or ``interval`` is 0.

        Example:
            ``await self.assertConsistently(lambda: client.is_connected, duration=0.1)``
        """
        check_function("check", check)
        check_seconds("duration", duration)
        check_interval("interval", interval)
        return _stay(self, check, duration, interval, msg)

    @must_await
    def assertCompletesWithin(
        self, awaitable: Awaitable[T], seconds: float, *, msg: object = None
    ) -> Coroutine[Any, Any, T]:
        """Await something that is to complete in time.

        It runs in the task of the caller, as it would without the assertion, and is cancelled when the time is over, a
        task or a future too. Its own errors are raised.

        Args:
            awaitable: A coroutine, a task, a future or another awaitable.
            seconds: How long it may take, by the loop's clock.
            msg: What to say if it fails.

        Returns:
            What it returns.

        Raises:
            TypeError: ``awaitable`` can't be awaited, or ``seconds`` is no number.
            ValueError: ``seconds`` is negative or not finite.

        Example:
            ``answer = await self.assertCompletesWithin(client.get("/orders"), 0.5)``
        """
        check_awaitable(awaitable, seconds)
        return complete(self, awaitable, seconds, msg)

    @must_await
    def assertTimesOut(
        self, awaitable: Awaitable[object], seconds: float, *, msg: object = None
    ) -> Coroutine[Any, Any, None]:
        """Assert that something does not complete in time, and ends when it is cancelled.

        It runs in a task of its own. Errors that it raises before the time is over are raised.

        Args:
            awaitable: A coroutine, a task, a future or another awaitable. It is cancelled.
            seconds: How long it is to wait at least, by the loop's clock.
            msg: What to say if it fails.

        Raises:
            TypeError: ``awaitable`` can't be awaited, or ``seconds`` is no number.
            ValueError: ``seconds`` is negative or not finite.

        Example:
            ``await self.assertTimesOut(queue.get(), 0.1)``
        """
        check_awaitable(awaitable, seconds)
        return time_out(self, awaitable, seconds, msg)


def _judge_truth(value: object) -> str | None:
    # A check that is made of assertions returns None.
    return None if value is None or value else f"it returned {safe_repr(value)}"


async def _become(
    case: TestCase, check: Callable[[], Any], judge: Judge, verb: str, seconds: float, interval: float, msg: object
) -> Any:
    attempts = Attempts(case, check, judge, seconds, interval)
    last = await attempts.run(until_it_holds=True)
    if last.problem is None:
        return last.value
    what = f"{name_of(check)} did not {verb} within {in_seconds(seconds)} (tried {in_tries(attempts.count)})"
    raise _stdlib.failure(case, msg, f"{what}. The last time, {last.problem}") from last.error


async def _stay(case: TestCase, check: Callable[[], Any], duration: float, interval: float, msg: object) -> Any:
    attempts = Attempts(case, check, _judge_truth, duration, interval)
    last = await attempts.run(until_it_holds=False)
    if last.problem is None:
        return last.value
    what = f"{name_of(check)} did not hold for {in_seconds(duration)}"
    tries = f"{attempts.count} {'try' if attempts.count == 1 else 'tries'}"
    when = f"After {in_seconds(attempts.elapsed)} and {tries}"
    raise _stdlib.failure(case, msg, f"{what}. {when}, {last.problem}") from last.error
