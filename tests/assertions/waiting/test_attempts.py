"""A check is called by its schedule until it holds, or until it doesn't."""

import asyncio
import itertools
import unittest
from collections.abc import Awaitable, Callable
from typing import Any

from aiounit.assertions.waiting.attempts import Attempt, Attempts
from tests.assertions.virtual import now, virtual


def judge(value: object) -> str | None:
    return None if value else f"it is {value!r}"


class AttemptsTests(unittest.TestCase):
    def attempts(self, check: Any, duration: float = 1, interval: float = 0.25) -> Attempts:
        return Attempts(self, check, judge, duration, interval)

    def slower(self, value: int) -> Callable[[], Awaitable[int]]:
        """Return a check that takes no time at first, and a second more each time."""
        delays = itertools.count()
        return lambda: asyncio.sleep(next(delays), value)

    @virtual
    async def test_until_it_holds(self) -> None:
        attempts = self.attempts(lambda: now() == 0.5)
        self.assertEqual(await attempts.run(until_it_holds=True), Attempt(True))
        self.assertEqual((attempts.count, attempts.elapsed), (3, 0.5))

    @virtual
    async def test_until_it_does_not_hold(self) -> None:
        attempts = self.attempts(lambda: now() < 0.5)
        self.assertEqual(await attempts.run(until_it_holds=False), Attempt(False, "it is False"))
        self.assertEqual((attempts.count, attempts.elapsed), (3, 0.5))

    @virtual
    async def test_to_the_end(self) -> None:
        attempts = self.attempts(lambda: "")
        self.assertEqual(await attempts.run(until_it_holds=True), Attempt("", "it is ''"))
        self.assertEqual((attempts.count, attempts.elapsed), (5, 1))

    @virtual
    async def test_the_interval_begins_when_a_call_has_ended(self) -> None:
        times: list[float] = []

        async def check() -> None:
            times.append(now())
            await asyncio.sleep(0.25)

        await self.attempts(check).run(until_it_holds=True)
        self.assertEqual(times, [0, 0.5, 1])

    @virtual
    async def test_rounded_numbers_make_no_call_more(self) -> None:
        for parts in (3, 7, 10, 100):
            attempts = self.attempts(lambda: False, interval=1 / parts)
            await attempts.run(until_it_holds=True)
            self.assertEqual(attempts.count, parts + 1)

    @virtual
    async def test_a_failure(self) -> None:
        error = AssertionError("no")

        def check() -> None:
            raise error

        attempt = await self.attempts(check).run(until_it_holds=False)
        self.assertEqual(attempt, Attempt(None, "it failed: no", error))

    @virtual
    async def test_one_that_is_late_is_the_last(self) -> None:
        attempts = self.attempts(lambda: asyncio.sleep(2))
        attempt = await attempts.run(until_it_holds=True)
        self.assertEqual(attempt, Attempt(None, "it was still waiting for asyncio.sleep(2)", is_late=True))
        self.assertEqual((attempts.count, attempts.elapsed), (1, 1))

    @virtual
    async def test_one_that_is_late_after_another(self) -> None:
        attempts = self.attempts(self.slower(0))
        attempt = await attempts.run(until_it_holds=True)
        self.assertEqual(attempt.problem, "it was still waiting for asyncio.sleep(1)\nThe time before, it is 0")

    @virtual
    async def test_one_that_is_late_after_those_that_held(self) -> None:
        attempts = self.attempts(self.slower(1))
        attempt = await attempts.run(until_it_holds=False)
        self.assertEqual(attempt.problem, "it was still waiting for asyncio.sleep(1)")
