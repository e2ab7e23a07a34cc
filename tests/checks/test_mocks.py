"""The check of mocks: the message, and records that are asked as well."""

from collections.abc import Iterable
from unittest import mock

from aiounit import AsyncTestCase, Finding, Subject
from aiounit.checks import mocks
from aiounit.introspect import Place
from tests.checks.support import QuietTestCase, case_of, findings, first_lines


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
                f'  tests/checks/test_mocks.py, line {line}, in body: fetch("order", count=2)',
                "Await the call where it is made: as it is, what the mock stands for would never have run",
            ],
        )


class SourceTests(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(mocks, "_sources", []))

    def test_a_call_that_only_a_record_knows(self) -> None:
        def source(test: Subject) -> Iterable[Finding]:
            yield Finding(f"mock call save() of {test.name} was never awaited", name="save")

        mocks.add_source(source)
        self.assertEqual(
            first_lines(case_of(body)),
            [
                "mocks: mock call save() of suite.Case.test was never awaited",
                "mocks: mock call fetch('order', count=2) was never awaited",
            ],
        )

    def test_a_call_that_both_know_is_reported_once(self) -> None:
        place = Place(__file__, body.__code__.co_firstlineno + 2, "body", __name__)

        def source(test: Subject) -> Iterable[Finding]:
            yield Finding("the record knows it better", name="fetch", stack=(place,))

        mocks.add_source(source)
        self.assertEqual(first_lines(case_of(body)), ["mocks: the record knows it better"])
