"""The check of asynchronous generators: what is forgotten, and what something else is to blame for."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, _real
from aiounit.checks.builtin.asyncgens import Asyncgens
from aiounit.checks.leftovers import Noted
from aiounit.introspect.sites import Site
from tests.checks.support import QuietTestCase, case_of, errors_in, findings, first_lines
from tests.resources.support import run_suite
from tests.support import run

FILE = "tests/checks/builtin/test_asyncgens.py"


async def numbers(log: list[str] | None = None) -> AsyncIterator[int]:
    try:
        for number in range(3):
            yield number
    finally:
        if log is not None:
            await asyncio.sleep(0)
            log.append("closed")


class FoundTests(QuietTestCase):
    def test_the_whole_message(self) -> None:
        async def body(case: Any) -> None:
            case.numbers = numbers()
            await anext(case.numbers)

        [error] = findings(case_of(body))
        line = body.__code__.co_firstlineno + 2
        stopped = numbers.__code__.co_firstlineno + 3
        self.assertEqual(
            str(error).splitlines(),
            [
                "asyncgens: asynchronous generator numbers() was begun and not closed",
                "made here, most recent call last:",
                f"  {FILE}, line {line}, in {body.__qualname__}: await anext(case.numbers)",
                "it is suspended here:",
                f"  {FILE}, line {stopped}, in numbers: yield number",
                "Close it with aclose(), or iterate inside contextlib.aclosing()",
            ],
        )

    def test_it_is_closed_all_the_same(self) -> None:
        log: list[str] = []

        async def body(case: Any) -> None:
            case.numbers = numbers(log)
            await anext(case.numbers)

        for shared in (False, True):
            with self.subTest(shared=shared):
                self.assertEqual(len(findings(case_of(body, shared_loop=shared))), 1)
                self.assertEqual(log.pop(), "closed")


class ManyTests(QuietTestCase):
    """The objects of the process are searched once for all of them, and not for each."""

    def test_those_that_code_holds_are_left_out(self) -> None:
        async def hold(generator: AsyncIterator[int]) -> None:
            await anext(generator)
            await asyncio.sleep(100)

        async def body(case: Any) -> None:
            case.numbers = [numbers() for _ in range(5)]
            for each in case.numbers:
                await anext(each)
            case.other = numbers()
            case.task = asyncio.create_task(hold(case.other))
            await asyncio.sleep(0)

        kind = case_of(body, checks={"tasks": "off"})
        with mock.patch.object(_real.gc, "get_objects", wraps=gc.get_objects) as passes:
            [error] = findings(kind)
        self.assertIn("(5 times)", str(error))
        self.assertLessEqual(passes.call_count, 10)


class FrameTests(QuietTestCase):
    def test_a_frame_that_looks_at_it_does_not_hold_it(self) -> None:
        """Another thread makes objects of the frames of this one at any time."""
        frames: list[object] = []
        real = gc.get_referrers

        def get_referrers(*things: object) -> list[object]:
            frames.append(sys._current_frames())
            return real(*things)

        async def body(case: Any) -> None:
            case.numbers = numbers()
            await anext(case.numbers)

        with mock.patch.object(_real.gc, "get_referrers", get_referrers):
            self.assertEqual(len(findings(case_of(body))), 1)
        self.assertTrue(frames)


class GiveTests(QuietTestCase):
    def test_one_that_nobody_takes(self) -> None:
        Asyncgens().give(Noted(numbers(), Site()), None)


class InnocentTests(QuietTestCase):
    def test_one_that_a_pending_task_is_in(self) -> None:
        async def wait() -> None:
            async for _ in numbers():
                await asyncio.Event().wait()

        async def body(case: Any) -> None:
            case.task = asyncio.create_task(wait())
            await asyncio.sleep(0)

        self.assertEqual([error.check for error in findings(case_of(body))], ["tasks"])

    def test_one_that_waits_itself(self) -> None:
        async def never() -> AsyncIterator[int]:
            await asyncio.Event().wait()
            yield 1

        async def body(case: Any) -> None:
            case.task = asyncio.ensure_future(anext(never()))
            await asyncio.sleep(0)

        self.assertEqual([error.check for error in findings(case_of(body))], ["tasks"])

    def test_one_inside_a_generator_or_another(self) -> None:
        def plain(inner: object) -> Iterator[object]:
            yield inner

        async def outer(inner: AsyncIterator[int]) -> AsyncIterator[int]:
            async for number in inner:
                yield number

        async def body(case: Any) -> None:
            inner: Any = numbers()
            await anext(inner)
            case.plain = plain(inner)
            next(case.plain)
            case.outer = outer(numbers())
            await anext(case.outer)

        self.assertEqual(
            [line.partition("<locals>.")[2] for line in first_lines(case_of(body))],
            ["outer() was begun and not closed"],
        )

    def test_one_in_the_traceback_of_a_failed_test(self) -> None:
        async def body(case: Any) -> None:
            generator: Any = numbers()
            await anext(generator)
            case.fail("no")

        self.assertEqual(errors_in(run(case_of(body))), [])

    def test_one_that_a_context_manager_has_closed(self) -> None:
        async def body(case: Any) -> None:
            async with contextlib.aclosing(numbers()) as case.numbers:  # type: ignore[type-var] # it is one
                await anext(case.numbers)

        self.assertEqual(findings(case_of(body)), [])

    def test_one_of_the_class(self) -> None:
        class Case(AsyncTestCase):
            numbers: Any

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.numbers = numbers()
                await anext(cls.numbers)

            @classmethod
            async def asyncTearDownClass(cls) -> None:
                await cls.numbers.aclose()

            async def test(self) -> None:
                await anext(self.numbers)

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])
