"""Awaits that have to do with each other: those that wait at a gate, and those of which only some run at once."""

import asyncio
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from aiounit.mocks import delays, fails, gate, limited
from tests.assertions.virtual import now, virtual


async def settle() -> None:
    """Let all that can go on go on."""
    for _ in range(10):
        await asyncio.sleep(0)


class GateTests(unittest.TestCase):
    def setUp(self) -> None:
        self.passed: list[str] = []
        self.gate = gate(then=self.passed.append)
        self.function = mock.AsyncMock(side_effect=self.gate)

    def start(self, *names: str) -> list[asyncio.Task[Any]]:
        return [asyncio.create_task(self.function(name)) for name in names]

    @virtual
    async def test_it_is_closed_at_first(self) -> None:
        tasks = self.start("a", "b")
        await asyncio.sleep(1000)
        self.assertEqual((self.gate.is_open, self.gate.waiting, self.passed), (False, 2, []))
        self.gate.open()
        await asyncio.gather(*tasks)
        self.assertEqual((self.gate.is_open, self.gate.waiting, self.passed), (True, 0, ["a", "b"]))

    @virtual
    async def test_an_open_one_lets_all_through(self) -> None:
        self.gate.open()
        await self.function("a")
        self.assertEqual(self.passed, ["a"])

    @virtual
    async def test_it_can_be_closed_again(self) -> None:
        self.gate.open()
        self.gate.close()
        (task,) = self.start("a")
        await settle()
        self.assertEqual(self.passed, [])
        self.gate.open()
        await task

    @virtual
    async def test_it_lets_those_through_that_came_first(self) -> None:
        tasks = self.start("a", "b", "c")
        await self.gate.arrived(3)
        self.gate.let()
        await settle()
        self.assertEqual((self.passed, self.gate.waiting), (["a"], 2))
        self.gate.let(2)
        await asyncio.gather(*tasks)
        self.assertEqual(self.passed, ["a", "b", "c"])

    @virtual
    async def test_it_lets_the_next_ones_through_that_come(self) -> None:
        self.gate.let(2)
        tasks = self.start("a", "b", "c")
        await settle()
        self.assertEqual((self.passed, self.gate.waiting), (["a", "b"], 1))
        self.gate.let()
        await asyncio.gather(*tasks)

    @virtual
    async def test_one_that_comes_does_not_overtake_one_that_waits(self) -> None:
        tasks = self.start("a")
        await self.gate.arrived()
        self.gate.let()
        tasks += self.start("b")
        await settle()
        self.assertEqual(self.passed, ["a"])
        self.gate.let()
        await asyncio.gather(*tasks)

    @virtual
    async def test_opening_and_closing_forget_those_that_may_pass(self) -> None:
        for forget in (self.gate.open, self.gate.close):
            self.gate.let(2)
            forget()
            self.gate.close()
            (task,) = self.start("a")
            await settle()
            self.assertEqual((self.passed, self.gate.waiting), ([], 1))
            task.cancel()
            await asyncio.wait([task])

    @virtual
    async def test_letting_through_an_open_one_changes_nothing(self) -> None:
        self.gate.open()
        self.gate.let(2)
        self.gate.close()
        (task,) = self.start("a")
        await settle()
        self.assertEqual(self.passed, [])
        self.gate.open()
        await task

    @virtual
    async def test_one_that_is_cancelled_waits_no_more(self) -> None:
        first, second = self.start("a", "b")
        await self.gate.arrived(2)
        first.cancel()
        self.assertEqual(self.gate.waiting, 1)
        self.gate.let()
        await second
        self.assertEqual((self.passed, first.cancelled()), (["b"], True))

    @virtual
    async def test_one_that_is_cancelled_when_it_may_pass_leaves_its_turn_to_the_next(self) -> None:
        first, second = self.start("a", "b")
        await self.gate.arrived(2)
        self.gate.let()
        first.cancel()
        await second
        self.assertEqual((self.passed, first.cancelled()), (["b"], True))

    @virtual
    async def test_one_that_is_cancelled_when_the_gate_opens_leaves_no_turn(self) -> None:
        (first,) = self.start("a")
        await self.gate.arrived()
        self.gate.open()
        self.gate.close()
        first.cancel()
        (second,) = self.start("b")
        await settle()
        self.assertEqual((self.passed, first.cancelled(), self.gate.waiting), ([], True, 1))
        self.gate.open()
        await second

    @virtual
    async def test_arrived_waits_for_as_many_at_once(self) -> None:
        arrived = asyncio.create_task(self.gate.arrived(2))
        tasks = self.start("a")
        await settle()
        self.assertFalse(arrived.done())
        tasks += self.start("b")
        await arrived
        self.gate.open()
        await asyncio.gather(*tasks)

    @virtual
    async def test_without_a_then_it_returns_the_return_value_of_the_mock(self) -> None:
        door = gate()
        door.open()
        self.assertEqual(await mock.AsyncMock(side_effect=door, return_value="tea")(), "tea")

    def test_wrong_counts(self) -> None:
        for call, name in (
            (self.gate.let, "let()"),
            (lambda count: asyncio.run(self.gate.arrived(count)), "arrived()"),
        ):
            with self.assertRaises(ValueError) as caught:
                call(0)
            self.assertEqual(str(caught.exception), f"count of {name} must be at least 1, not 0")


class LimitTests(unittest.TestCase):
    async def run_all(self, function: Callable[[], Any], count: int) -> list[object]:
        found = await asyncio.gather(*(function() for _ in range(count)), return_exceptions=True)
        return [repr(each) if isinstance(each, Exception) else each for each in found]

    @virtual
    async def test_others_wait_until_it_is_their_turn(self) -> None:
        limit = limited(2, then=delays(60, then="tea"))
        function = mock.AsyncMock(side_effect=limit)
        tasks = [asyncio.create_task(function()) for _ in range(3)]
        await settle()
        self.assertEqual((limit.running, limit.waiting, limit.most), (2, 1, 2))
        self.assertEqual(await asyncio.gather(*tasks), ["tea"] * 3)
        self.assertEqual((limit.running, limit.waiting, limit.most, now()), (0, 0, 2, 120))

    @virtual
    async def test_those_that_come_together_overlap(self) -> None:
        limit = limited(3)
        found = await self.run_all(mock.AsyncMock(side_effect=limit, return_value="tea"), 2)
        self.assertEqual((found, limit.most), (["tea", "tea"], 2))

    @virtual
    async def test_those_that_are_too_many_fail(self) -> None:
        limit = limited(2, then="tea", error=OSError("full"))
        function = mock.AsyncMock(side_effect=limit)
        self.assertEqual(await self.run_all(function, 3), ["tea", "tea", "OSError('full')"])
        self.assertEqual((await function(), limit.most), ("tea", 2))

    @virtual
    async def test_one_that_fails_gives_its_turn_back(self) -> None:
        function = mock.AsyncMock(side_effect=limited(1, then=fails(OSError, then="tea")))
        self.assertEqual(await self.run_all(function, 2), ["OSError()", "tea"])

    @virtual
    async def test_one_that_is_cancelled_waits_no_more(self) -> None:
        limit = limited(1, then=delays(60))
        tasks = [asyncio.create_task(mock.AsyncMock(side_effect=limit)()) for _ in range(2)]
        await settle()
        tasks[1].cancel()
        await asyncio.wait(tasks)
        self.assertEqual((limit.running, limit.waiting, now()), (0, 0, 60))

    def test_a_wrong_count(self) -> None:
        with self.assertRaises(ValueError) as caught:
            limited(0)
        self.assertEqual(str(caught.exception), "count of limited() must be at least 1, not 0")

    def test_what_can_not_be_raised(self) -> None:
        with self.assertRaises(TypeError) as caught:
            limited(1, error="full")  # type: ignore[arg-type]  # what is tested
        expected = "error of limited() must be an exception or a class of exceptions, not 'full'"
        self.assertEqual(str(caught.exception), expected)
