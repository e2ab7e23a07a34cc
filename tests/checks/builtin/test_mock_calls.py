"""The check of mocks: those of the standard library, and those of the test's own."""

import gc
import warnings
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.mocks import record
from tests.checks.support import QuietTestCase, case_of, findings, first_lines, latecomers


async def body(case: AsyncTestCase) -> None:
    fetch = mock.AsyncMock(name="fetch")
    fetch("order", count=2)


class MessageTests(QuietTestCase):
    def test_the_whole(self) -> None:
        [error] = findings(case_of(body))
        line = body.__code__.co_firstlineno + 2
        self.assertEqual(
            str(error).splitlines(),
            [
                "mocks: mock call fetch('order', count=2) was never awaited",
                "made here, most recent call last:",
                f'  tests/checks/builtin/test_mock_calls.py, line {line}, in body: fetch("order", count=2)',
                "Await the call where it is made; if the mock stands for something that is not awaited, give it a spec",
            ],
        )


class Client:
    """What is mocked."""

    async def send(self, item: str) -> None: ...


class OwnMockTests(QuietTestCase):
    """Mocks that the test has made with its own methods are recorded."""

    def test_the_whole(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            send = case.asyncStub("send")
            send("tea")

        [error] = findings(case_of(body))
        line = body.__code__.co_firstlineno + 2
        self.assertEqual(
            str(error).splitlines(),
            [
                "mocks: mock call send('tea') was never awaited",
                "made here, most recent call last:",
                f"  tests/checks/builtin/test_mock_calls.py, line {line}, "
                'in OwnMockTests.test_the_whole.<locals>.body: send("tea")',
                "Await the call where it is made; if the mock stands for something that is not awaited, give it a spec"
                ". Or make the mock with allow_unawaited=True",
            ],
        )

    def test_a_mock_that_is_asynchronous_like_its_parent_wants_a_spec(self) -> None:
        async def stock(_case: Any) -> None:
            answer = await mock.AsyncMock(name="fetch")("tea")
            answer.json()

        async def own(case: Any) -> None:
            answer = await case.patch.object(Client, "send", spec=False)("tea")
            answer.json()

        for body in (stock, own):
            (finding,) = findings(case_of(body))
            self.assertIn("json() was never awaited", str(finding))
            self.assertIn("give the parent a spec, as AsyncMock(spec=Client) or self.mock(Client)", str(finding))

    def test_a_call_that_somebody_holds(self) -> None:
        async def body(case: Any) -> None:
            case.held = case.mock(Client).send("tea")

        self.assertEqual(first_lines(case_of(body)), ["mocks: mock call Client.send('tea') was never awaited"])

    def test_a_call_that_a_cleanup_awaits(self) -> None:
        async def body(case: Any) -> None:
            call = case.mock(Client).send("tea")

            async def await_call() -> None:
                await call

            case.addAsyncCleanup(await_call)

        self.assertEqual(first_lines(case_of(body)), [])

    def test_calls_that_may_go_unawaited(self) -> None:
        async def body(case: Any) -> None:
            case.mock(Client, allow_unawaited=True).send("tea")

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.assertEqual(first_lines(case_of(body)), [])
        self.assertEqual(caught, [])

    def test_no_warning_comes_after_the_finding(self) -> None:
        async def body(case: Any) -> None:
            case.held = case.mock(Client).send("tea")

        case = case_of(body)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self.assertEqual(len(findings(case)), 1)
            gc.collect()
        self.assertEqual((caught, latecomers()), ([], []))

    def test_a_stock_mock_that_is_recorded(self) -> None:
        async def body(case: AsyncTestCase) -> None:
            fetch = mock.AsyncMock(name="fetch")
            record(fetch)
            fetch("order")

        self.assertEqual(first_lines(case_of(body)), ["mocks: mock call fetch('order') was never awaited"])

    def test_one_that_is_found_when_its_test_is_over(self) -> None:
        held = []

        async def body(case: AsyncTestCase) -> None:
            fetch = mock.AsyncMock(name="fetch")
            record(fetch)
            held.append(fetch("order"))

        self.assertEqual(first_lines(case_of(body)), [])
        held.clear()
        self.assertEqual(
            [each.describe().what for each in latecomers()], ["mock call fetch('order') was never awaited"]
        )

    def test_off(self) -> None:
        async def body(case: Any) -> None:
            case.held = case.mock(Client).send("tea")

        for names in ({"mocks": "off"}, {"all": "off"}):
            with self.subTest(names), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.assertEqual(first_lines(case_of(body, checks=names)), [])
                gc.collect()
