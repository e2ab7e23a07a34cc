"""Calling a check again and again: at once, at each interval and at the deadline, one call at a time."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from unittest import TestCase

from aiounit._real import asyncio, inspect
from aiounit.assertions.waiting.conditions import check_returned
from aiounit.assertions.waiting.deadlines import LateError, reach, run_until, sleep_until

__all__ = ["Attempt", "Attempts", "Judge"]

__unittest = True  # results leave out the frames of this module

# Says what is wrong with a value that a check has returned, as the rest of a sentence, or None.
Judge = Callable[[Any], str | None]

# How much of an interval may be left after a call for the next one to be that at the deadline: the sums of rounded
# numbers would make one more.
_ROUNDING: Final = 1e-6


class Attempt(NamedTuple):
    """One call of a check: what it returned, and what is wrong with it, if anything is."""

    value: Any
    problem: str | None = None
    error: BaseException | None = None
    is_late: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether an assertion in it has failed."""
        return self.error is not None and not self.is_late

    @property
    def is_none(self) -> bool:
        """Whether it has returned None."""
        return self.value is None and not self.is_failure and not self.is_late


class Attempts:
    """Calls a check by a schedule, on the clock of the loop.

    Args:
        case: The test; its ``failureException`` means that the check does not hold.
        check: What to call; awaited if need be.
        judge: Says what is wrong with what it returns.
        duration: How long to go on, in seconds.
        interval: How long to wait between two calls, in seconds.

    Attributes:
        count: How many calls there were.
        elapsed: How long it was from the first call to the end of the last, in seconds.
        has_failed: Whether an assertion in the check has failed.
        returned_only_none: Whether all calls have returned None.
    """

    def __init__(
        self, case: TestCase, check: Callable[[], Any], judge: Judge, duration: float, interval: float
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._case = case
        self._check = check
        self._judge = judge
        self._interval = interval
        self._begun = self._loop.time()
        self._deadline = self._begun + duration
        self.count = 0
        self.elapsed = 0.0
        self.has_failed = False
        self.returned_only_none = True

    async def run(self, *, until_it_holds: bool) -> Attempt:
        """Call the check until it holds, or until it does not.

        Args:
            until_it_holds: Which of the two.

        Returns:
            The last call.
        """
        when = self._begun
        attempt = None
        while True:
            self.count += 1
            attempt = await self._call(attempt)
            self.elapsed = self._loop.time() - self._begun
            self.has_failed |= attempt.is_failure
            self.returned_only_none &= attempt.is_none
            if (attempt.problem is None) == until_it_holds or attempt.is_late or when >= self._deadline:
                return attempt
            when = self._loop.time() + self._interval
            if when > self._deadline - _ROUNDING * self._interval:
                when = self._deadline
                await reach(when)
            else:
                await sleep_until(when)

    async def _call(self, before: Attempt | None) -> Attempt:
        # A call at the deadline has a moment to end: to a check that awaits anything it would be of no use otherwise.
        limit = max(self._deadline, self._loop.time() + self._interval)
        try:
            value = self._check()
            if inspect.isawaitable(value):
                value = await run_until(limit, value)
        except self._case.failureException as error:
            return Attempt(None, f"it failed: {error}", error)
        except LateError as late:
            earlier = "" if before is None or before.problem is None else f"\nThe time before, {before.problem}"
            return Attempt(None, f"it was {late}{earlier}", late.error, is_late=True)
        check_returned(self._check, value)
        return Attempt(value, self._judge(value))
