"""What overlaps is found by the order of starts and ends, and drawn."""

import asyncio
import unittest
from unittest.mock import AsyncMock

from aiounit.assertions.awaits.awaited_mocks import SeenAwait, find_mocks, in_order
from aiounit.assertions.awaits.timeline import busiest, moments, timeline
from tests.assertions.support import at, recorded, start
from tests.mocks.support import run


def seen(*mocks: AsyncMock) -> list[SeenAwait]:
    return in_order(find_mocks(mocks, "assertIt"))


def run_together(*mocks: AsyncMock, times: int = 1) -> None:
    """Await each mock so often, all at the same time."""

    async def main() -> None:
        await asyncio.gather(*(mocked(number) for mocked in mocks for number in range(1, times + 1)))

    run(main())


class MomentTests(unittest.TestCase):
    def test_nothing(self) -> None:
        self.assertEqual((list(moments([])), busiest([])), ([], []))

    def test_what_follows_at_the_same_time_of_the_clock_does_not_overlap(self) -> None:
        mocked = recorded("fetch")

        async def main() -> None:
            await mocked()
            await mocked()

        run(main())
        self.assertEqual([len(each) for each in moments(seen(mocked))], [1, 1])

    def test_what_is_in_flight_at_each_start(self) -> None:
        mocked = at(3, 1, 3)

        async def main() -> None:
            first, second = await start(mocked, 1), await start(mocked, 2)
            await asyncio.sleep(2)
            await asyncio.gather(first, second, mocked(3))

        run(main())
        self.assertEqual(
            [[each.text for each in moment] for moment in moments(seen(mocked))],
            [["fetch(1)"], ["fetch(1)", "fetch(2)"], ["fetch(1)", "fetch(3)"]],
        )

    def test_the_busiest_is_the_first_of_the_largest(self) -> None:
        mocked = at(3, 1, 3)
        run_together(mocked, times=3)
        self.assertEqual([each.text for each in busiest(seen(mocked))], ["fetch(1)", "fetch(2)", "fetch(3)"])


class TimelineTests(unittest.TestCase):
    maxDiff = None

    def test_starts_ends_and_states(self) -> None:
        mocked = at(0.03, 0.01, 60)
        other = recorded("save", side_effect=OSError("no"))

        async def main() -> list[str]:
            tasks = [await start(mocked, number) for number in (1, 2, 3)]
            await asyncio.sleep(0.02)
            await asyncio.gather(other("all"), return_exceptions=True)
            await tasks[0]
            lines = timeline(seen(mocked, other), busiest(seen(mocked, other)))
            tasks[2].cancel()
            await asyncio.wait(tasks)
            return lines

        self.assertEqual(
            run(main()),
            [
                "  1. fetch(1)     [===========]   0.000 s to 0.030 s, returned None",
                "  2. fetch(2)       [===]         0.000 s to 0.010 s, returned None",
                "  3. fetch(3)         [========>  from 0.000 s, is still running",
                "  4. save('all')          [=]     0.020 s to 0.020 s, raised OSError('no')",
                "                      ^ 3 at a time",
            ],
        )

    def test_without_a_mark(self) -> None:
        mocked = at(1)
        run_together(mocked)
        self.assertEqual(timeline(seen(mocked), []), ["  1. fetch(1)  [=]  0.000 s to 1.000 s, returned None"])

    def test_of_many_only_the_marked_are_drawn(self) -> None:
        mocked = at(*[1] * 20)

        async def main() -> None:
            for number in range(15):
                await mocked(number)
            await asyncio.gather(mocked("a"), mocked("b"))

        run(main())
        self.assertEqual(
            timeline(seen(mocked), busiest(seen(mocked))),
            [
                "  16. fetch('a')  [===]    0.000 s to 1.000 s, returned None",
                "  17. fetch('b')    [===]  0.000 s to 1.000 s, returned None",
                "                    ^ 2 at a time",
                "  ... and 15 more",
            ],
        )

    def test_of_many_marked_only_the_first_are_drawn(self) -> None:
        mocked = at(*[1] * 20)
        run_together(mocked, times=20)
        lines = timeline(seen(mocked), busiest(seen(mocked)))
        self.assertEqual(len(lines), 14)
        self.assertEqual(lines[-2:], ["                                       ^ 20 at a time", "  ... and 8 more"])

    def test_of_many_unmarked_the_first_are_drawn(self) -> None:
        mocked = recorded("fetch")
        for number in range(20):
            run(mocked(number))
        lines = timeline(seen(mocked), [])
        self.assertEqual((len(lines), lines[-1]), (13, "  ... and 8 more"))

    def test_a_long_call_is_cut(self) -> None:
        mocked = recorded("fetch")
        run(mocked("x" * 100))
        (line,) = timeline(seen(mocked), [])
        self.assertEqual(line.partition("  [")[0], f"  1. fetch('{'x' * 40}...")

    def test_without_a_loop_there_are_no_times(self) -> None:
        mocked = recorded("fetch")
        with self.assertRaises(StopIteration):
            mocked().send(None)
        self.assertEqual(timeline(seen(mocked), []), ["  1. fetch()  [=]  returned None"])
