"""Awaits that returned, raised and were cancelled are told apart; for unittest.mock they are all the same."""

import asyncio
from unittest.mock import AsyncMock

from aiounit.mocks.recording.recorder import record
from aiounit.mocks.recording.records import AwaitRecord
from tests.assertions.support import AwaitTestCase, recorded, start
from tests.mocks.support import run


class EndingTestCase(AwaitTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fetch = recorded("fetch")

    def awaited(self, *effects: object) -> None:
        """Await the mock once for each effect: an exception is raised, anything else is returned."""
        self.fetch.side_effect = effects

        async def main() -> None:
            for number in range(1, len(effects) + 1):
                await asyncio.gather(self.fetch(number), return_exceptions=True)

        run(main())

    def cancelled(self) -> None:
        self.fetch.side_effect = asyncio.Event().wait

        async def main() -> None:
            task = await start(self.fetch)
            task.cancel()
            await asyncio.wait([task])

        run(main())

    def last(self) -> AwaitRecord:
        return record(self.fetch).awaits[-1]


class CompletedTests(EndingTestCase):
    def test_every_await_has_returned(self) -> None:
        self.awaited(1, 2)
        self.assertIs(self.case.assertAwaitReturned(self.fetch), self.last())

    def test_so_many_have_returned(self) -> None:
        self.awaited(1, OSError(), 2)
        self.assertEqual(self.case.assertAwaitReturned(self.fetch, count=2).value, 2)

    def test_nothing_was_awaited(self) -> None:
        self.assert_fails(
            ["Expected every await of fetch to have returned.", "It was neither called nor awaited."],
            self.case.assertAwaitReturned,
            self.fetch,
        )

    def test_one_has_raised(self) -> None:
        self.awaited(1, OSError("no"))
        self.assert_fails(
            [
                "Expected every await of fetch to have returned.",
                "It was awaited 2 times:",
                "  1. fetch(1): returned 1",
                "  2. fetch(2): raised OSError('no')",
            ],
            self.case.assertAwaitReturned,
            self.fetch,
        )

    def test_the_exception_is_the_cause(self) -> None:
        error = OSError("no")
        self.awaited(1, error)
        with self.assertRaises(AssertionError) as caught:
            self.case.assertAwaitReturned(self.fetch)
        self.assertIs(caught.exception.__cause__, error)

    def test_one_is_still_running(self) -> None:
        async def main() -> None:
            self.fetch.side_effect = asyncio.Event().wait
            task = await start(self.fetch)
            self.assert_fails(
                [
                    "Expected every await of fetch to have returned.",
                    "It was awaited once:",
                    "  1. fetch(): is still running",
                ],
                self.case.assertAwaitReturned,
                self.fetch,
            )
            task.cancel()

        run(main())

    def test_more_have_returned(self) -> None:
        self.awaited(1, 2)
        self.assert_fails(
            [
                "Expected one await of fetch to have returned, not 2.",
                "It was awaited 2 times:",
                "  1. fetch(1): returned 1",
                "  2. fetch(2): returned 2 : so few",
            ],
            self.case.assertAwaitReturned,
            self.fetch,
            count=1,
            msg="so few",
        )

    def test_none_can_not_be_asked_for(self) -> None:
        self.assertEqual(
            self.refusal(ValueError, self.case.assertAwaitReturned, self.fetch, count=0),
            "count must be at least 1, not 0",
        )

    def test_no_number(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaitReturned, self.fetch, count="1"),
            "count must be an integer, not '1'",
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaitReturned, None),
            "assertAwaitReturned() takes a mock, not None. Give the mock itself",
        )

    def test_a_mock_that_was_awaited_before_it_was_recorded(self) -> None:
        fetch = AsyncMock(name="fetch")
        run(fetch())
        self.assertEqual(
            self.refusal(ValueError, self.case.assertAwaitReturned, fetch),
            "assertAwaitReturned() can't know how 1 of the awaits of fetch ended: they began before it was "
            "recorded. Call aiounit.mocks.record() with the mock before it is used",
        )


class RaisedTests(EndingTestCase):
    def test_every_await_has_raised(self) -> None:
        error = OSError("no")
        self.awaited(FileNotFoundError(), error)
        self.assertIs(self.case.assertAwaitRaised(self.fetch, OSError).error, error)

    def test_one_of_several_exceptions(self) -> None:
        self.awaited(KeyError(), ValueError())
        self.case.assertAwaitRaised(self.fetch, (KeyError, ValueError))

    def test_so_many_have_raised(self) -> None:
        self.awaited(OSError(), OSError(), 1)
        self.case.assertAwaitRaised(self.fetch, OSError, count=2)

    def test_another_exception(self) -> None:
        self.awaited(ValueError("no"))
        self.assert_fails(
            [
                "Expected every await of fetch to have raised OSError or KeyError.",
                "It was awaited once:",
                "  1. fetch(1): raised ValueError('no')",
            ],
            self.case.assertAwaitRaised,
            self.fetch,
            (OSError, KeyError),
        )

    def test_too_few(self) -> None:
        self.awaited(1, OSError("no"))
        self.assert_fails(
            [
                "Expected 2 awaits of fetch to have raised OSError, not 1.",
                "It was awaited 2 times:",
                "  1. fetch(1): returned 1",
                "  2. fetch(2): raised OSError('no')",
            ],
            self.case.assertAwaitRaised,
            self.fetch,
            OSError,
            count=2,
        )

    def test_no_class_of_exceptions(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaitRaised, self.fetch, OSError()),
            "exception must be a class of exceptions or a tuple of them, not OSError()",
        )

    def test_a_cancellation(self) -> None:
        self.assertEqual(
            self.refusal(ValueError, self.case.assertAwaitRaised, self.fetch, asyncio.CancelledError),
            "an await that is cancelled does not count as one that raises: use assertAwaitCancelled()",
        )


class CancelledTests(EndingTestCase):
    def test_every_await_was_cancelled(self) -> None:
        self.cancelled()
        self.assertIsInstance(self.case.assertAwaitCancelled(self.fetch).error, asyncio.CancelledError)

    def test_one_of_several(self) -> None:
        self.awaited(1)
        self.cancelled()
        self.case.assertAwaitCancelled(self.fetch, count=1)

    def test_it_has_returned(self) -> None:
        self.awaited(1)
        self.assert_fails(
            [
                "Expected every await of fetch to have been cancelled.",
                "It was awaited once:",
                "  1. fetch(1): returned 1",
            ],
            self.case.assertAwaitCancelled,
            self.fetch,
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaitCancelled, 1),
            "assertAwaitCancelled() takes a mock, not 1. Give the mock itself",
        )
