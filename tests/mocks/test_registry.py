"""A call of a mock that nobody awaits fails the test, at its very end, beside whatever else went wrong."""

import asyncio
import re
import unittest
import warnings
from collections.abc import Callable
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase

from aiounit import AsyncTestCase, RunnerWarning
from aiounit.mocks import MockToolkit
from tests.mocks.support import drop
from tests.support import Events, run


class Client:
    """What the tests mock."""

    async def fetch(self, item: str, *, count: int = 1) -> "Order":
        raise NotImplementedError

    async def close(self) -> None: ...


class Order:
    """What it returns."""

    async def pay(self) -> None: ...


class Sync(MockToolkit, TestCase):
    """The toolkit on a plain test case."""


class Isolated(IsolatedAsyncioTestCase, MockToolkit):
    """The toolkit on the standard library's class."""


with warnings.catch_warnings():
    warnings.simplefilter("ignore", RunnerWarning)

    class WithRunner(AsyncTestCase):
        """Replaces the runner, so that the standard library runs its tests, without checks."""

        def _setupAsyncioRunner(self) -> None:
            self._asyncioRunner = asyncio.Runner()


# With checks, a call that nobody awaits is a finding of theirs.
BASES = (Sync, Isolated, WithRunner)


def case_of(base: type[TestCase], body: Callable[[Any], Any], **hooks: Any) -> type[TestCase]:
    """Return a class with the one test ``body``."""
    return type("Case", (base,), {"test": body, **hooks})


def log_of(result: Events) -> list[str]:
    """Return what was reported, without places."""
    return [re.sub(r"\([^(]*, line \d+\)", "(file, line N)", each) for each in result.log[1:-1]]


class CheckTests(unittest.TestCase):
    def assert_reported(self, body: Callable[[Any], Any], *expected: str, **hooks: Any) -> None:
        """Assert what is reported of a test, on each base class."""
        for base in BASES:
            with self.subTest(base=base.__name__):
                self.assertEqual(log_of(run(case_of(base, body, **hooks))), list(expected))

    def test_a_call_that_was_not_awaited(self) -> None:
        def body(case: MockToolkit) -> None:
            drop(case.mock(Client).fetch("tea", count=2))

        self.assert_reported(
            body,
            'addFailure AssertionError("a call of a mock was never awaited:\\n'
            "  Client.fetch('tea', count=2) in CheckTests.test_a_call_that_was_not_awaited.<locals>.body "
            "(file, line N)\\n"
            'Await it where it is called, or make the mock with allow_unawaited=True")',
        )

    def test_several(self) -> None:
        def body(case: MockToolkit) -> None:
            client = case.mock(Client)
            drop(client.close())
            drop(case.asyncStub("acknowledge")(1))
            drop(client.close())

        self.assert_reported(
            body,
            "addFailure AssertionError('3 calls of mocks were never awaited:\\n"
            "  Client.close() in CheckTests.test_several.<locals>.body (file, line N)\\n"
            "  Client.close() in CheckTests.test_several.<locals>.body (file, line N)\\n"
            "  acknowledge(1) in CheckTests.test_several.<locals>.body (file, line N)\\n"
            "Await it where it is called, or make the mock with allow_unawaited=True')",
        )

    def test_awaited_calls_are_no_failure(self) -> None:
        def body(case: MockToolkit) -> None:
            client = case.mock(Client)
            asyncio.run(client.fetch("tea"))
            asyncio.run(client.close())

        self.assert_reported(body, "addSuccess")

    def test_calls_that_are_allowed(self) -> None:
        def body(case: MockToolkit) -> None:
            drop(case.mock(Client, allow_unawaited=True).fetch("tea"))
            drop(case.asyncStub("acknowledge", allow_unawaited=True)())
            drop(case.patch.object(Client, "fetch", allow_unawaited=True)("tea"))

        self.assert_reported(body, "addSuccess")

    def test_the_kinds_of_mocks_that_are_checked(self) -> None:
        def body(case: MockToolkit) -> None:
            drop(case.patch.object(Client, "fetch")("tea"))
            drop(case.patch.object(Client, "close", spec=False)())

        self.assert_names(body, "Client.fetch('tea')", "Client.close()")

    def test_what_a_mock_has_returned(self) -> None:
        def body(case: MockToolkit) -> None:
            order = asyncio.run(case.mock(Client).fetch("tea"))
            drop(order.pay())

        self.assert_names(body, "Client.fetch().pay()")

    def test_a_spy(self) -> None:
        def body(case: MockToolkit) -> None:
            client = Client()
            case.spy(client, "fetch")
            drop(client.fetch("tea"))

        self.assert_names(body, "Client.fetch('tea')")

    def assert_names(self, body: Callable[[Any], Any], *expected: str) -> None:
        """Assert which calls are reported."""
        (error,) = run(case_of(Sync, body)).raised
        self.assertEqual(re.findall(r"^  (\S.*) in .*$", str(error), re.MULTILINE), list(expected))

    def test_beside_the_failure_of_the_test(self) -> None:
        def body(case: MockToolkit) -> None:
            drop(case.mock(Client).close())
            case.fail("out of tea")

        for base in BASES:
            found = [each.partition("\\n")[0] for each in log_of(run(case_of(base, body)))]
            expected = [
                "addFailure AssertionError('out of tea')",
                "addFailure AssertionError('a call of a mock was never awaited:",
            ]
            self.assertEqual(found, expected)

    def test_after_all_cleanups(self) -> None:
        def set_up(case: MockToolkit) -> None:
            case.addCleanup(lambda: asyncio.run(calls.pop()))

        def body(case: MockToolkit) -> None:
            calls.append(case.mock(Client).close())

        calls: list[Any] = []
        self.assert_reported(body, "addSuccess", setUp=set_up)

    def test_a_call_that_was_forgotten(self) -> None:
        def body(case: MockToolkit) -> None:
            client = case.mock(Client)
            drop(client.close())
            case.resetMocks()
            drop(client.fetch("tea"))

        self.assert_names(body, "Client.close()", "Client.fetch('tea')")

    def test_a_call_that_was_awaited_after_it_was_forgotten(self) -> None:
        def body(case: MockToolkit) -> None:
            call = case.mock(Client).close()
            case.resetMocks()
            asyncio.run(call)

        self.assert_reported(body, "addSuccess")

    def test_each_run_begins_anew(self) -> None:
        def body(case: MockToolkit) -> None:
            asyncio.run(case.mock(Client).close())

        case = case_of(Sync, body)("test")
        for _ in range(2):
            result = Events()
            case.run(result)
            self.assertEqual(result.log, ["startTest", "addSuccess", "stopTest"])
        self.assertNotIn("_aiounit_made", vars(case))

    def test_a_test_without_mocks_has_no_cleanup(self) -> None:
        def body(case: MockToolkit) -> None:
            case.assertEqual(vars(case)["_cleanups"], [])

        self.assert_reported(body, "addSuccess")


class ResetTests(unittest.TestCase):
    def test_all_mocks_forget(self) -> None:
        def body(case: MockToolkit) -> None:
            client = case.mock(Client)
            stub = case.stub()
            close = case.patch.object(Client, "close")
            asyncio.run(client.fetch("tea"))
            asyncio.run(close())
            stub(1)
            case.resetMocks()
            case.assertEqual([case.asMock(each).call_count for each in (client.fetch, close, stub)], [0, 0, 0])

        self.assertEqual(log_of(run(case_of(Sync, body))), ["addSuccess"])

    def test_what_they_do_stays(self) -> None:
        def body(case: MockToolkit) -> None:
            stub = case.stub(return_value=5)
            case.resetMocks()
            case.assertEqual(stub(), 5)

        self.assertEqual(log_of(run(case_of(Sync, body))), ["addSuccess"])
