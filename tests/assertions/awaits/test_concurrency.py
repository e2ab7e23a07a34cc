"""What was in flight at the same time is asserted, and drawn where it is not as expected."""

import asyncio
from unittest.mock import AsyncMock

from tests.assertions.support import AwaitTestCase, at, recorded, start
from tests.mocks.support import drop, run

HINT = "They seem not to suspend, so no two can overlap: give the mock a behaviour such as delays() or gate()."


class ConcurrencyTestCase(AwaitTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fetch = at(*[1] * 10)
        self.save = at(*[1] * 10, name="save")

    def together(self, *mocks: AsyncMock) -> None:
        async def main() -> None:
            await asyncio.gather(*(mocked(number) for number, mocked in enumerate(mocks, 1)))

        run(main())

    def in_turn(self, *mocks: AsyncMock) -> None:
        for number, mocked in enumerate(mocks, 1):
            run(mocked(number))


class OverlappedTests(ConcurrencyTestCase):
    def test_two_awaits_of_one(self) -> None:
        self.together(self.fetch, self.fetch)
        self.case.assertOverlapped(self.fetch)

    def test_awaits_of_two(self) -> None:
        self.together(self.fetch, self.save)
        self.case.assertOverlapped(self.fetch, self.save)

    def test_two_awaits_of_one_are_none_of_the_other(self) -> None:
        self.together(self.fetch, self.fetch)
        self.in_turn(self.save)
        self.failure(self.case.assertOverlapped, self.fetch, self.save)

    def test_one_after_the_other(self) -> None:
        async def main() -> None:
            await self.fetch(1)
            await self.fetch(2)

        run(main())
        self.assert_fails(
            [
                "Expected two awaits of fetch to overlap.",
                "  1. fetch(1)  [=]      0.000 s to 1.000 s, returned None",
                "  2. fetch(2)      [=]  1.000 s to 2.000 s, returned None",
            ],
            self.case.assertOverlapped,
            self.fetch,
        )

    def test_never_awaited(self) -> None:
        self.assert_fails(
            [
                "Expected awaits of fetch and save to overlap.",
                "They were neither called nor awaited. : slow",
            ],
            self.case.assertOverlapped,
            self.fetch,
            self.save,
            msg="slow",
        )

    def test_awaits_that_could_not_overlap(self) -> None:
        fetch = recorded("fetch")
        self.together(fetch, fetch)
        drop(fetch("never"))
        self.assert_fails(
            [
                "Expected two awaits of fetch to overlap.",
                "  1. fetch(1)  [=]      0.000 s to 0.000 s, returned None",
                "  2. fetch(2)      [=]  0.000 s to 0.000 s, returned None",
                HINT,
                "1 call was never awaited:",
                "  fetch('never') in OverlappedTests.test_awaits_that_could_not_overlap (test_concurrency.py, line N)",
            ],
            self.case.assertOverlapped,
            fetch,
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertOverlapped), "assertOverlapped() needs at least one mock"
        )

    def test_a_mock_that_was_awaited_before_it_was_recorded(self) -> None:
        fetch = AsyncMock(name="fetch")
        self.in_turn(fetch)
        self.assertRegex(
            self.refusal(ValueError, self.case.assertOverlapped, fetch), r"^assertOverlapped\(\) can't know"
        )


class SerializedTests(ConcurrencyTestCase):
    def test_one_after_the_other(self) -> None:
        self.in_turn(self.fetch, self.fetch)
        self.case.assertSerialized(self.fetch)

    def test_two_mocks_one_after_the_other(self) -> None:
        self.in_turn(self.fetch, self.save)
        self.case.assertSerialized(self.fetch, self.save)

    def test_at_the_same_time(self) -> None:
        fetch, save = at(1), at(1.2, name="save")
        self.together(fetch, save)
        self.assert_fails(
            [
                "Expected awaits of fetch and save to follow each other without an overlap.",
                "  1. fetch(1)  [===]    0.000 s to 1.000 s, returned None",
                "  2. save(2)     [===]  0.000 s to 1.200 s, returned None",
                "                 ^ 2 at a time",
            ],
            self.case.assertSerialized,
            fetch,
            save,
        )

    def test_one_await_shows_nothing(self) -> None:
        self.in_turn(self.fetch)
        self.assert_fails(
            [
                "Expected awaits of fetch to follow each other without an overlap.",
                "There must be at least two awaits.",
                "It was awaited once:",
                "  1. fetch(1): returned None",
            ],
            self.case.assertSerialized,
            self.fetch,
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertSerialized), "assertSerialized() needs at least one mock"
        )


class MaxConcurrencyTests(ConcurrencyTestCase):
    def test_so_many_at_a_time(self) -> None:
        self.together(self.fetch, self.fetch)
        self.in_turn(self.fetch)
        self.case.assertMaxConcurrency(self.fetch, 2)

    def test_of_several_mocks(self) -> None:
        self.together(self.fetch, self.save, self.save)
        for mocks in ([self.fetch, self.save], (self.fetch, self.save)):
            self.case.assertMaxConcurrency(mocks, 3)

    def test_a_mock_that_says_that_it_is_a_list(self) -> None:
        mocked = AsyncMock(spec=[].__class__, name="items")
        run(mocked())
        self.assertRegex(self.refusal(ValueError, self.case.assertMaxConcurrency, mocked, 1), "of the awaits of items")

    def test_too_many(self) -> None:
        fetch = at(1, 1.1, 1)

        async def main() -> None:
            tasks = [await start(fetch, number) for number in (1, 2)]
            await asyncio.sleep(0.5)
            await asyncio.gather(*tasks, fetch(3))

        run(main())
        self.assert_fails(
            [
                "Expected 2 awaits of fetch at a time, and no more; the maximum was 3.",
                "  1. fetch(1)  [=====]      0.000 s to 1.000 s, returned None",
                "  2. fetch(2)    [=====]    0.000 s to 1.100 s, returned None",
                "  3. fetch(3)      [=====]  0.500 s to 1.500 s, returned None",
                "                   ^ 3 at a time",
            ],
            self.case.assertMaxConcurrency,
            fetch,
            2,
        )

    def test_too_few(self) -> None:
        self.in_turn(self.fetch)
        self.assert_fails(
            [
                "Expected 2 awaits of fetch at a time, and no more; the maximum was 1.",
                "  1. fetch(1)  [=]  0.000 s to 1.000 s, returned None : limit",
            ],
            self.case.assertMaxConcurrency,
            self.fetch,
            2,
            msg="limit",
        )

    def test_none(self) -> None:
        self.assert_fails(
            [
                "Expected one await of fetch at a time, and no more; the maximum was 0.",
                "It was neither called nor awaited.",
            ],
            self.case.assertMaxConcurrency,
            self.fetch,
            1,
        )

    def test_a_limit_that_can_not_be(self) -> None:
        self.assertEqual(
            self.refusal(ValueError, self.case.assertMaxConcurrency, self.fetch, -1), "limit must be at least 1, not -1"
        )
        self.assertEqual(
            self.refusal(TypeError, self.case.assertMaxConcurrency, self.fetch, 1.5),
            "limit must be an integer, not 1.5",
        )

    def test_no_mocks(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertMaxConcurrency, [], 1),
            "assertMaxConcurrency() needs at least one mock",
        )
