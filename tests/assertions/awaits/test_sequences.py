"""Awaits that are expected together are found side by side, in any order, or one after the other."""

from collections.abc import Callable
from unittest import mock
from unittest.mock import ANY, AsyncMock, call

from aiounit.assertions.awaits.awaited_mocks import AwaitedMock, find_mock
from aiounit.assertions.awaits.sequences import (
    Expected,
    Findings,
    expected_awaits,
    expected_order,
    find_adjacent,
    find_in_any_order,
    find_in_order,
)
from tests.assertions.support import AwaitTestCase, Client, recorded
from tests.mocks.support import run


class SequenceTestCase(AwaitTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fetch = recorded("fetch")

    def awaited(self, *items: object) -> None:
        for item in items:
            run(self.fetch(item))

    def expected(self, *items: object) -> Expected:
        return expected_awaits(find_mock(self.fetch, "assertIt"), [call(item) for item in items], "assertIt")

    def check(self, find: Callable[[Expected], Findings], *items: object, found: object) -> None:
        records, complaint = find(self.expected(*items))
        self.assertEqual(complaint or [record.args[0] for record in records], found)


class AdjacentTests(SequenceTestCase):
    def test_others_before_and_after(self) -> None:
        self.awaited(1, 2, 3, 4)
        self.check(find_adjacent, 2, 3, found=[2, 3])

    def test_the_first_place_where_they_are(self) -> None:
        self.awaited(1, 2, 1, 2)
        self.assertEqual(find_adjacent(self.expected(1, 2))[0][0].number, find_adjacent(self.expected(1))[0][0].number)

    def test_others_between(self) -> None:
        self.awaited(1, 2, 3)
        self.check(find_adjacent, 1, 3, found=["All of them are there, but not one right after the other."])

    def test_one_is_missing(self) -> None:
        self.awaited(1, 2)
        self.check(
            find_adjacent,
            *(2, 3),
            found=["fetch(3) is missing.", "The nearest, await 2, differs in:", "  argument 1: expected 3, got 2"],
        )

    def test_each_await_is_looked_at_only_a_few_times_for_each_that_is_expected(self) -> None:
        count = 40
        self.awaited(*range(count))
        expected = self.expected(*range(1, count + 1))
        with mock.patch.object(AwaitedMock, "is_about", return_value=True) as look:
            find_in_any_order(expected)
        self.assertLess(look.call_count, 5 * count**2)

    def test_more_are_expected_than_there_are(self) -> None:
        self.awaited(1)
        self.check(find_adjacent, 1, 1, found=["All of them are there, but not one right after the other."])


class AnyOrderTests(SequenceTestCase):
    def test_in_another_order(self) -> None:
        self.awaited(1, 2, 3)
        self.check(find_in_any_order, 3, 1, found=[3, 1])

    def test_one_that_fits_all_leaves_the_only_one_to_another(self) -> None:
        self.awaited(1, 2)
        self.check(find_in_any_order, ANY, 1, found=[2, 1])

    def test_each_counts_once(self) -> None:
        self.awaited(1, 2)
        self.check(find_in_any_order, 1, 1, found=["There are too few awaits like fetch(1)."])

    def test_one_is_missing(self) -> None:
        self.awaited(1)
        self.check(
            find_in_any_order,
            *(1, 2),
            found=["fetch(2) is missing.", "Await 1 differs in:", "  argument 1: expected 2, got 1"],
        )


class InOrderTests(SequenceTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.save = recorded("save")

    def order(self, *pairs: tuple[AsyncMock, object]) -> list[object]:
        expected = expected_order([(mocked, call(item)) for mocked, item in pairs], "assertIt")
        records, complaint = find_in_order(expected)
        return list(complaint) or [record.args[0] for record in records]

    def test_others_between(self) -> None:
        self.awaited(1, 2)
        run(self.save(3))
        self.assertEqual(self.order((self.fetch, 1), (self.save, 3)), [1, 3])

    def test_the_order_is_that_of_starts(self) -> None:
        run(self.save(1))
        self.awaited(2)
        self.assertEqual(self.order((self.fetch, 2), (self.save, 1)), ["No save(1) began after await 2, fetch(2)."])

    def test_each_counts_once(self) -> None:
        self.awaited(1)
        self.assertEqual(self.order((self.fetch, 1), (self.fetch, 1)), ["No fetch(1) began after await 1, fetch(1)."])

    def test_one_is_missing(self) -> None:
        run(self.save(1))
        self.awaited(2)
        self.assertEqual(
            self.order((self.save, 1), (self.fetch, 1)),
            ["fetch(1) is missing.", "Await 2 differs in:", "  argument 1: expected 1, got 2"],
        )

    def test_methods_of_two_objects(self) -> None:
        one, other = Client(), Client()
        with mock.patch.object(Client, "fetch", autospec=True):
            all_awaited = expected_order([(one.fetch, call("tea")), (other.fetch, call("milk"))], "assertIt")
            run(one.fetch("tea"))
            run(other.fetch("milk"))
            self.assertEqual(len(find_in_order(all_awaited)[0]), 2)

    def test_one_mock_that_was_awaited_before_it_was_recorded(self) -> None:
        fetch = AsyncMock()
        run(fetch(1))
        run(fetch(2))
        self.assertEqual(self.order((fetch, 1), (fetch, 2)), [1, 2])

    def test_two_mocks_that_were_awaited_before_they_were_recorded(self) -> None:
        fetch = AsyncMock(name="early")
        run(fetch(1))
        self.assertEqual(
            self.refusal(ValueError, self.order, (fetch, 1), (self.save, 2)),
            "assertIt() can't know how 1 of the awaits of early ended: they began before it was recorded. "
            "Call aiounit.mocks.record() with the mock before it is used",
        )


class RefusalTests(SequenceTestCase):
    def refused(self, kind: type[Exception], calls: object) -> str:
        return self.refusal(kind, expected_awaits, find_mock(self.fetch, "assertIt"), calls, "assertIt")

    def test_no_list(self) -> None:
        for calls in (call(1), 1, iter([call(1)])):
            with self.subTest(calls=calls):
                self.assertRegex(
                    self.refused(TypeError, calls),
                    r"^assertIt\(\) takes a list as its calls, such as \[call\(1\), call\(2\)\], not ",
                )

    def test_an_empty_list(self) -> None:
        self.assertEqual(
            self.refused(ValueError, []),
            "assertIt() needs at least one await to look for: an empty list would always be found",
        )

    def test_no_calls(self) -> None:
        self.assertEqual(
            self.refused(TypeError, ["tea"]), "assertIt() takes calls, such as unittest.mock.call(1), not 'tea'"
        )

    def test_call_itself(self) -> None:
        self.assertEqual(
            self.refused(TypeError, [call]), "assertIt() takes calls: write call(), not call, for one without arguments"
        )

    def test_calls_with_a_name(self) -> None:
        for named in (call.fetch(1), call.fetch, call(1)(2)):
            with self.subTest(call=named):
                self.assertEqual(
                    self.refused(TypeError, [named]),
                    f"assertIt() takes calls without a name, not {named!r}: the mock is given separately",
                )

    def test_the_calls_of_a_mock(self) -> None:
        self.awaited(1)
        for calls in (list(self.fetch.await_args_list), list(self.fetch.mock_calls)):
            expected = expected_awaits(find_mock(self.fetch, "assertIt"), calls, "assertIt")
            self.assertEqual(find_adjacent(expected)[1], [])

    def test_no_pairs(self) -> None:
        for awaits in ([self.fetch], [call(1)], [(self.fetch,)]):
            self.assertEqual(
                self.refusal(TypeError, expected_order, awaits, "assertIt"),
                f"assertIt() takes pairs of a mock and a call, such as (fetch, call(1)), not {awaits[0]!r}",
            )

    def test_no_list_of_pairs(self) -> None:
        self.assertRegex(
            self.refusal(TypeError, expected_order, {self.fetch: call(1)}, "assertIt"),
            r"^assertIt\(\) takes a list as its awaits, such as \[\(fetch, call\(1\)\), \(send, call\(2\)\)\], not ",
        )
