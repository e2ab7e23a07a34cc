"""The mock that an assertion takes: a mock of any kind, or the method of one object. All else is refused."""

import asyncio
import functools
import inspect
import unittest
from typing import Any
from unittest import mock
from unittest.mock import AsyncMock, MagicMock, Mock, NonCallableMock, create_autospec

from aiounit.assertions.awaits.awaited_mocks import AwaitedMock, find_mock, find_mocks, in_order, require_records
from tests.assertions.support import AwaitTestCase, Client, recorded
from tests.mocks.support import run


async def fetch(item: str, size: int = 1) -> str:
    return item * size


def told(awaited: AwaitedMock) -> list[str]:
    return [each.text for each in awaited.awaits]


class FindMockTests(unittest.TestCase):
    def test_a_mock(self) -> None:
        mocked = AsyncMock(name="fetch")
        run(mocked("tea", size=2))
        awaited = find_mock(mocked, "assertIt")
        self.assertEqual((told(awaited), awaited.signature), (["fetch('tea', size=2)"], None))

    def test_a_mock_that_says_that_it_is_a_function(self) -> None:
        awaited = find_mock(AsyncMock(spec=fetch, name="send"), "assertIt")
        self.assertEqual((awaited.name, awaited.signature), ("send", inspect.signature(fetch)))

    def test_a_method_of_a_mock(self) -> None:
        awaited = find_mock(create_autospec(Client, name="client").return_value.fetch, "assertIt")
        self.assertEqual(
            (awaited.name, str(awaited.signature)), ("client().fetch", "(item: str, size: int = 1) -> str")
        )

    def test_a_function_of_autospec_has_its_own_name(self) -> None:
        self.assertEqual(find_mock(create_autospec(fetch), "assertIt").name, "fetch")

    def test_a_function_of_autospec_that_was_given_a_name(self) -> None:
        self.assertEqual(find_mock(create_autospec(fetch, name="send"), "assertIt").name, "send")

    def test_a_method_of_one_object(self) -> None:
        one, other = Client(), Client()
        with mock.patch.object(Client, "fetch", autospec=True):
            run(one.fetch("tea"))
            run(other.fetch("milk"))
            awaited = find_mock(one.fetch, "assertIt")
            run(one.fetch("oil"))
            coroutines = [one.fetch("never"), other.fetch("never")]
            self.assertEqual(told(awaited), ["fetch('tea')", "fetch('oil')"])
            self.assertIn(len(awaited.unawaited), (0, 1))  # 3.13 and later know no call that is not awaited
            self.assertEqual(str(awaited.signature), "(item: str, size: int = 1) -> str")
            for coroutine in coroutines:
                coroutine.close()

    def test_the_method_of_all_objects(self) -> None:
        client = Client()
        with mock.patch.object(Client, "fetch", autospec=True):
            run(client.fetch("tea"))
            awaited = find_mock(Client.fetch, "assertIt")
        (seen,) = awaited.awaits
        self.assertEqual((seen.arguments.args, str(awaited.signature)[:6]), ((client, "tea"), "(self,"))


class RefusalTests(AwaitTestCase):
    def test_what_a_call_has_returned(self) -> None:
        coroutine = AsyncMock()()
        self.assertEqual(
            self.refusal(TypeError, find_mock, coroutine, "assertIt"),
            "assertIt() takes a mock, not <coroutine object AsyncMockMixin._execute_mock_call at 0x>. "
            "It was not awaited. Give the mock itself, without calling it",
        )
        self.assertEqual(inspect.getcoroutinestate(coroutine), inspect.CORO_CLOSED)

    def test_a_future(self) -> None:
        async def main() -> str:
            future = asyncio.get_running_loop().create_future()
            return self.refusal(TypeError, find_mock, future, "assertIt")

        self.assertEqual(
            run(main()),
            "assertIt() takes a mock, not <Future pending>. "
            "It was not awaited. Give the mock itself, without calling it",
        )

    def test_a_partial_object(self) -> None:
        mocked = AsyncMock(name="fetch")
        partial = functools.partial(mocked, 1)
        self.assertEqual(
            self.refusal(TypeError, find_mock, partial, "assertIt").replace(str(id(mocked)), "N"),
            "assertIt() takes a mock, not functools.partial(<AsyncMock name='fetch' id='N'>, 1). "
            "Give the mock that it calls: <AsyncMock name='fetch' id='N'>",
        )

    def test_a_function_that_is_not_patched(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, find_mock, fetch, "assertIt"),
            "assertIt() takes a mock, not <function fetch at 0x>. Is it patched at this point?",
        )

    def test_a_value(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, find_mock, AsyncMock().await_count, "assertIt"),
            "assertIt() takes a mock, not 0. Give the mock itself",
        )

    def test_a_mock_that_is_not_awaited(self) -> None:
        for mocked in (Mock(), MagicMock(), NonCallableMock(), create_autospec(Client, instance=True).close):
            with self.subTest(mocked=mocked):
                self.assertEqual(
                    self.refusal(TypeError, find_mock, mocked, "assertIt"),
                    f"assertIt() takes a mock whose calls are awaited, and those of {mocked!r} are not. "
                    "Make it an AsyncMock, or give it a spec where it is async def",
                )

    def test_a_synchronous_function_of_autospec(self) -> None:
        def sell() -> None:
            """Sell."""

        self.assertEqual(
            self.refusal(TypeError, find_mock, create_autospec(sell), "assertIt"),
            "assertIt() takes a mock whose calls are awaited, and those of <function sell at 0x> are not. "
            "Make it an AsyncMock, or give it a spec where it is async def",
        )

    def test_no_mocks(self) -> None:
        self.assertEqual(self.refusal(TypeError, find_mocks, [], "assertIt"), "assertIt() needs at least one mock")

    def test_one_of_several(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, find_mocks, [AsyncMock(), 1], "assertIt"),
            "assertIt() takes a mock, not 1. Give the mock itself",
        )

    def test_one_that_was_awaited_before_it_was_recorded(self) -> None:
        mocked = AsyncMock(name="fetch")
        run(mocked())
        awaited = find_mock(mocked, "assertIt")
        run(mocked())
        self.assertEqual(
            self.refusal(ValueError, require_records, [awaited], "assertIt"),
            "assertIt() can't know how 1 of the awaits of fetch ended: they began before it was recorded. "
            "Call aiounit.mocks.record() with the mock before it is used",
        )


class SeveralTests(unittest.TestCase):
    def setUp(self) -> None:
        self.first, self.second = recorded("first"), recorded("second")

    def awaited(self, *mocks: Any) -> list[str]:
        for number, mocked in enumerate(mocks):
            run(mocked(number))
        return [each.text for each in in_order(find_mocks([self.first, self.second], "assertIt"))]

    def test_the_awaits_of_all_come_in_one_order(self) -> None:
        self.assertEqual(self.awaited(self.second, self.first, self.second), ["second(0)", "first(1)", "second(2)"])

    def test_the_same_mock_counts_once(self) -> None:
        all_awaited = find_mocks([self.first, self.second, self.first], "assertIt")
        self.assertEqual([awaited.name for awaited in all_awaited], ["first", "second"])

    def test_a_method_of_one_object_and_that_of_all_count_each_await_once(self) -> None:
        client = Client()
        with mock.patch.object(Client, "fetch", autospec=True):
            run(client.fetch("tea"))
            all_awaited = find_mocks([client.fetch, Client.fetch], "assertIt")
        self.assertEqual([each.text for each in in_order(all_awaited)], ["fetch('tea')"])

    def test_methods_of_two_objects(self) -> None:
        with mock.patch.object(Client, "fetch", autospec=True):
            self.assertEqual(len(find_mocks([Client().fetch, Client().fetch], "assertIt")), 2)

    def test_all_that_is_known_may_be_asked(self) -> None:
        self.awaited(self.first, self.second)
        require_records(find_mocks([self.first, self.second], "assertIt"), "assertIt")
