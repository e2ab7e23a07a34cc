"""Call a check repeatedly: at once, at each interval and at the deadline, one call at a time."""

from collections.abc import Callable
from typing import Final, NamedTuple
from unittest import TestCase

from aiounit._real import asyncio, inspect
from aiounit.assertions.waiting.conditions import check_returned
from aiounit.assertions.waiting.deadlines import LateError, reach, run_until, sleep_until

__all__ = ["Attempt", "Attempts", "Judge"]

__unittest = True  # results leave out the frames of this module

# Returns the problem with a value that a check has returned, as the rest of a sentence, or None.
Judge = Callable[[object], str | None]

# If less than this part of an interval is left, the next call is the one at the deadline. Otherwise rounding errors
# would add another call.
_ROUNDING: Final = 1e-6


class Attempt(NamedTuple):
    """The outcome of one call of a check: the value that it returned, and the problem with that, or None."""

    value: object
    problem: str | None = None
    error: BaseException | None = None
    is_late: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether an assertion in the check failed."""
        return self.error is not None and not self.is_late

    @property
    def is_none(self) -> bool:
        """Whether the check returned None."""
        return self.value is None and not self.is_failure and not self.is_late


class Attempts:
    """Calls a check on a schedule that follows the loop's clock.

    Args:
        case: The test. An exception of its ``failureException`` means that the check does not hold.
        check: The function to call. If it returns an awaitable, that is awaited.
        judge: Returns the problem with the check's value, or None.
        duration: How long to continue, in seconds.
        interval: How long to wait between two calls, in seconds.

    Attributes:
        count: The number of calls.
        elapsed: The time from the first call to the end of the last, in seconds.
        has_failed: Whether an assertion in the check has failed.
        returned_only_none: Whether every call returned None.
    """

    def __init__(
        self, case: TestCase, check: Callable[[], object], judge: Judge, duration: float, interval: float
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
        """Call the check until it holds, or until it does not hold any more.

        Args:
            until_it_holds: Whether to stop at the first call that holds, or at the first that does not.

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
        # The call at the deadline gets an interval to end; otherwise a check that awaits anything could not use it.
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
