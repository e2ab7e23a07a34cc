"""What has happened to mocks is told in full: each await with its state, each call that was never awaited."""

import asyncio
import unittest
from unittest import mock
from unittest.mock import AsyncMock, create_autospec

from aiounit.assertions.awaits.awaited_mocks import AwaitedMock, find_mock, find_mocks, in_order
from aiounit.assertions.awaits.calls import Arguments, Expectation
from aiounit.assertions.awaits.histories import history, listed, nearest, never_awaited, state
from aiounit.mocks.recording.recorder import record
from tests.assertions.support import recorded, start
from tests.assertions.virtual import plain
from tests.mocks.recording.test_recorder import HIDES_CALLS
from tests.mocks.support import drop, run


async def fetch(item: str) -> str:
    return item


def told(*mocks: object) -> list[str]:
    """Return the history of mocks, without places."""
    return plain(Exception("\n".join(history(find_mocks(mocks, "assertIt"))))).splitlines()


class StateTests(unittest.TestCase):
    def state(self, mocked: AsyncMock) -> str:
        return state(record(mocked).awaits[-1])

    def test_returned(self) -> None:
        mocked = recorded("fetch", return_value={"tea": 2})
        run(mocked())
        self.assertEqual(self.state(mocked), "returned {'tea': 2}")

    def test_returned_a_mock(self) -> None:
        mocked = AsyncMock(name="fetch")
        record(mocked)
        run(mocked())
        self.assertEqual(self.state(mocked), "returned <mock fetch()>")

    def test_raised(self) -> None:
        mocked = recorded("fetch", side_effect=OSError("no"))
        with self.assertRaises(OSError):
            run(mocked())
        self.assertEqual(self.state(mocked), "raised OSError('no')")

    def test_running_and_cancelled(self) -> None:
        mocked = recorded("fetch", side_effect=asyncio.Event().wait)

        async def main() -> tuple[str, str]:
            task = await start(mocked)
            before = self.state(mocked)
            task.cancel()
            await asyncio.wait([task])
            return before, self.state(mocked)

        self.assertEqual(run(main()), ("is still running", "was cancelled"))

    def test_closed(self) -> None:
        mocked = recorded("fetch", side_effect=asyncio.Event().wait)

        async def main() -> None:
            coroutine = mocked()
            coroutine.send(None)
            coroutine.close()

        run(main())
        self.assertEqual(self.state(mocked), "was closed before its end")

    def test_unknown(self) -> None:
        mocked = AsyncMock()
        run(mocked())
        self.assertEqual(self.state(mocked), "began before the mock was recorded")


class HistoryTests(unittest.TestCase):
    def test_nothing_has_happened(self) -> None:
        self.assertEqual(told(AsyncMock()), ["It was neither called nor awaited."])

    def test_nothing_has_happened_to_several(self) -> None:
        self.assertEqual(told(AsyncMock(), AsyncMock()), ["They were neither called nor awaited."])

    def test_calls_that_can_not_be_known(self) -> None:
        awaited = AwaitedMock(record(create_autospec(fetch)), "fetch", hides_calls=True)
        self.assertEqual(
            history([awaited]),
            [
                "It was not awaited.",
                "On Python 3.13 and later, a call of an autospecced function is known only once it is awaited.",
            ],
        )

    def test_whether_calls_can_be_known(self) -> None:
        awaited = find_mock(create_autospec(fetch), "assertIt")
        self.assertEqual(awaited.hides_calls, HIDES_CALLS)

    def test_called_but_never_awaited(self) -> None:
        mocked = recorded("fetch")
        drop(mocked("tea", size=2))
        self.assertEqual(
            told(mocked),
            [
                "It was called but never awaited:",
                "  fetch('tea', size=2) in HistoryTests.test_called_but_never_awaited (test_histories.py, line N)",
            ],
        )

    def test_called_but_never_awaited_before_it_was_recorded(self) -> None:
        mocked = AsyncMock(name="fetch")
        drop(mocked())
        drop(mocked())
        self.assertEqual(
            told(mocked),
            [
                "It was called but never awaited:",
                "  2 times before the mock was recorded, so it is not known where",
            ],
        )

    def test_awaits_and_calls_that_were_never_awaited(self) -> None:
        mocked = recorded("fetch", return_value=3)
        drop(mocked("milk"))
        run(mocked("tea"))
        drop(mocked("oil"))
        self.assertEqual(
            [line.partition(" in ")[0] for line in told(mocked)],
            [
                "It was awaited once:",
                "  1. fetch('tea'): returned 3",
                "2 calls were never awaited:",
                "  fetch('milk')",
                "  fetch('oil')",
            ],
        )

    def test_several_mocks(self) -> None:
        first, second = recorded("first"), recorded("second")
        run(second(1))
        run(first(2))
        drop(first())
        self.assertEqual(
            [line.partition(" in ")[0] for line in told(first, second)],
            [
                "They were awaited 2 times:",
                "  1. second(1): returned None",
                "  2. first(2): returned None",
                "1 call was never awaited:",
                "  first()",
            ],
        )

    def test_calls_that_were_closed_or_cancelled_before_any_await_began(self) -> None:
        mocked = recorded("fetch")

        async def main() -> None:
            task = asyncio.create_task(mocked(1))
            task.cancel()
            await asyncio.wait([task])

        run(main())
        closed = mocked(2)
        closed.close()
        drop(mocked(3))
        place = "HistoryTests.test_calls_that_were_closed_or_cancelled_before_any_await_began"
        self.assertEqual(
            told(mocked),
            [
                "1 call was never awaited:",
                f"  fetch(3) in {place} (test_histories.py, line N)",
                "2 calls were closed or cancelled before any await began:",
                f"  fetch(1) in {place}.<locals>.main (test_histories.py, line N)",
                f"  fetch(2) in {place} (test_histories.py, line N)",
            ],
        )

    def test_a_call_that_no_line_has_made(self) -> None:
        mocked = recorded("fetch")
        drop(mocked())
        (call,) = record(mocked).unawaited
        call.place = None
        self.assertEqual(told(mocked)[1:], ["  fetch()"])

    def test_all_calls_were_awaited(self) -> None:
        mocked = recorded("fetch")
        run(mocked())
        self.assertEqual(never_awaited(find_mocks([mocked], "assertIt")), [])

    def test_the_middle_of_many_is_left_out(self) -> None:
        mocked = recorded("fetch")
        for number in range(30):
            run(mocked(number))
        lines = told(mocked)
        self.assertEqual(len(lines), 22)
        self.assertEqual(
            lines[10:13],
            ["  10. fetch(9): returned None", "  ... 10 lines more ...", "  21. fetch(20): returned None"],
        )


class NearestTests(unittest.TestCase):
    def nearest(self, *args: object, given: list[str], spec: object = None) -> list[str]:
        mocked = AsyncMock(name="fetch", spec=spec)
        for item in given:
            run(mocked(item))
        (awaited,) = find_mocks([mocked], "assertIt")
        expectation = Expectation(Arguments(args, {}), awaited.signature)
        return nearest(expectation, dict(enumerate(in_order([awaited]), 1)), "fetch")

    def test_nothing_was_awaited(self) -> None:
        self.assertEqual(self.nearest("tea", given=[]), [])

    def test_the_only_one(self) -> None:
        self.assertEqual(
            self.nearest("tea", given=["milk"]), ["Await 1 differs in:", "  argument 1: expected 'tea', got 'milk'"]
        )

    def test_one_of_several(self) -> None:
        self.assertEqual(
            self.nearest("tea", given=["milk", "oil"], spec=fetch),
            ["The nearest, await 2, differs in:", "  item: expected 'tea', got 'oil'"],
        )

    def test_one_that_does_not_differ(self) -> None:
        self.assertEqual(self.nearest(mock.ANY, given=["milk", "oil"]), ["Await 2 has these arguments."])

    def test_none_can_have_these_arguments(self) -> None:
        self.assertEqual(
            self.nearest("tea", 2, given=["tea"], spec=fetch),
            ["fetch('tea', 2) does not fit the signature (item: str) -> str: too many positional arguments."],
        )


class ListedTests(unittest.TestCase):
    def test_names_as_a_sentence_has_them(self) -> None:
        self.assertEqual([listed([*names]) for names in ("a", "ab", "abc")], ["a", "a and b", "a, b and c"])
