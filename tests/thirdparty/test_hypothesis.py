"""Hypothesis: ``@given`` on an ``async def`` test, which it refuses on its own, runs the examples on our loop."""

import asyncio
import unittest

from aiounit import AsyncTestCase
from tests.thirdparty.comparison import describe
from tests.thirdparty.recording import outcomes, record

try:
    from hypothesis import example, given, settings, strategies as st
except ImportError:
    raise unittest.SkipTest("Hypothesis isn't installed") from None

# Nothing random and nothing from an earlier run; no deadlines, because a busy machine misses them.
steady = settings(max_examples=20, derandomize=True, database=None, deadline=None)


class HypothesisTest(unittest.TestCase):
    def test_each_example_is_awaited_on_the_loop_of_the_test(self) -> None:
        seen: list[bool] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.loop = asyncio.get_running_loop()

            @steady
            @given(st.integers())
            async def test(self, _number: int) -> None:
                await asyncio.sleep(0)
                seen.append(asyncio.get_running_loop() is self.loop)

        self.assertEqual({"test": "addSuccess"}, outcomes(Case))
        self.assertEqual({True}, set(seen))
        self.assertGreaterEqual(len(seen), 10)

    def test_what_asyncsetup_started_lives_on_through_all_examples(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.requests: asyncio.Queue[tuple[int, asyncio.Future[int]]] = asyncio.Queue()
                server = asyncio.create_task(self.serve())
                self.addCleanup(server.cancel)

            async def serve(self) -> None:
                while True:
                    number, answer = await self.requests.get()
                    answer.set_result(2 * number)

            @steady
            @given(st.integers())
            async def test(self, number: int) -> None:
                answer = asyncio.get_running_loop().create_future()
                await self.requests.put((number, answer))
                self.assertEqual(2 * number, await answer)

        self.assertEqual({"test": "addSuccess"}, outcomes(Case))

    def test_a_failure_comes_with_the_falsifying_example(self) -> None:
        class Case(AsyncTestCase):
            @steady
            @given(st.integers(min_value=0))
            async def test(self, number: int) -> None:
                await asyncio.sleep(0)
                self.assertLess(number, 10)

        events = record(Case)["test"]
        self.assertEqual("startTest, addFailure AssertionError, stopTest", describe(events))
        text = events[1].traceback
        self.assertIn("AssertionError: 10 not less than 10", text)
        self.assertRegex(
            text, r"\n\w+ .*: test\(\n(.*\n)?    number=10,\n"
        )  # "Falsifying example", "Failing test case"

    def test_explicit_examples_and_synchronous_tests(self) -> None:
        numbers: list[int] = []

        class Case(AsyncTestCase):
            @steady
            @example(17)
            @given(st.integers())
            async def test_asynchronous(self, number: int) -> None:
                numbers.append(number)

            @steady
            @given(st.integers())
            def test_synchronous(self, number: int) -> None:
                self.assertEqual(number, asyncio.run(identity(number)))

        self.assertEqual({"test_asynchronous": "addSuccess", "test_synchronous": "addSuccess"}, outcomes(Case))
        self.assertEqual(17, numbers[0])


async def identity(number: int) -> int:
    return number
