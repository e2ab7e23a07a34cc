"""Messages name what they speak of."""

import asyncio
import functools
import unittest
from collections.abc import AsyncGenerator, Coroutine, Generator
from typing import Any

from aiounit.assertions import messages

from .virtual import later, plain, virtual


async def fetch() -> None:
    await asyncio.Event().wait()


async def fetch_all() -> AsyncGenerator[int, None]:
    yield 1


def count() -> Generator[int, None, None]:
    yield 1


class NumberTests(unittest.TestCase):
    def test_seconds(self) -> None:
        lengths = [0, 1, 1.0, 0.5, 2, 0.0004, 0.1 + 0.2, 86400, 1234567.25]
        self.assertEqual(
            [messages.in_seconds(length).partition(" ")[::2] for length in lengths],
            [
                ("0", "seconds"),
                ("1", "second"),
                ("1", "second"),
                ("0.5", "seconds"),
                ("2", "seconds"),
                ("0", "seconds"),
                ("0.3", "seconds"),
                ("86400", "seconds"),
                ("1234567.25", "seconds"),
            ],
        )

    def test_tries(self) -> None:
        self.assertEqual([messages.in_tries(count) for count in (1, 2)], ["once", "2 times"])

    def test_items(self) -> None:
        self.assertEqual(
            [messages.in_items(items) for items in ([], ["tea"], [1, 2], range(11))],
            ["no items", "1 item ('tea')", "2 items (1, 2)", "11 items (..., 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)"],
        )

    def test_kinds(self) -> None:
        self.assertEqual(
            [messages.in_kinds(KeyError), messages.in_kinds((KeyError, OSError))], ["KeyError", "KeyError or OSError"]
        )


class NameTests(unittest.TestCase):
    def names(self, *things: object) -> list[str]:
        return [plain(Exception(messages.name_of(thing))) for thing in things]

    def test_functions(self) -> None:
        def inner() -> None:
            """Do nothing."""

        self.assertEqual(
            self.names(fetch, inner, self.names, lambda: 1),
            [
                "fetch (test_messages.py, line N)",
                "inner (test_messages.py, line N)",
                "NameTests.names (test_messages.py, line N)",
                "<lambda> (test_messages.py, line N)",
            ],
        )

    def test_coroutines_and_generators(self) -> None:
        coroutine = fetch()
        self.addCleanup(coroutine.close)
        self.assertEqual(self.names(coroutine, fetch_all(), count()), ["fetch()", "fetch_all()", "count()"])

    def test_coroutines_of_other_kinds(self) -> None:
        class Other(Coroutine[Any, Any, None]):
            def __await__(self) -> Generator[Any, Any, None]:
                yield

            def send(self, value: Any) -> Any: ...

            def throw(self, *details: Any) -> Any: ...

            def close(self) -> None: ...

        self.assertEqual(self.names(Other()), ["Other()"])

    @virtual
    async def test_tasks_and_futures(self) -> None:
        task = asyncio.create_task(asyncio.sleep(0), name="worker")
        future = asyncio.get_running_loop().create_future()
        self.assertEqual(self.names(task, future), ["the task 'worker'", "the future"])
        await task

    def test_others(self) -> None:
        self.assertEqual(self.names(3, functools.partial(int, "1")), ["3", "functools.partial(<class 'int'>, '1')"])

    def test_sources(self) -> None:
        sources: list[object] = [fetch_all(), asyncio.Queue()]
        self.assertEqual([messages.name_of_source(source) for source in sources], ["fetch_all()", "the Queue"])


class FutureTests(unittest.TestCase):
    @virtual
    async def test_how_one_has_ended(self) -> None:
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[Any]] = [loop.create_future() for _ in range(4)]
        error = ValueError("no")
        futures[0].set_result("tea")
        futures[1].set_exception(error)
        futures[2].cancel()
        self.assertEqual(
            [messages.end_of(future) for future in futures[:3]],
            ["returned 'tea'", "raised ValueError('no')", "was cancelled"],
        )
        self.assertEqual([messages.error_of(future) for future in futures], [None, error, None, None])


class DifferenceTests(unittest.TestCase):
    def test_equal_and_not(self) -> None:
        self.assertIsNone(messages.difference_of(self, 1, 1.0))
        self.assertEqual(messages.difference_of(self, 1, 2), "1 != 2")


class PlaceTests(unittest.TestCase):
    @virtual
    async def test_places(self) -> None:
        async def outer() -> None:
            await fetch()

        task = asyncio.create_task(outer())
        await asyncio.sleep(0)
        waiting = " for Event.wait() of <asyncio.locks.Event object at 0x [unset, waiters:1]>"
        outermost = "  test_messages.py, line N, in PlaceTests.test_places.<locals>.outer: await fetch()"
        innermost = "  test_messages.py, line N, in fetch: await asyncio.Event().wait()"
        self.assertEqual(self.lines(task), [waiting, outermost, innermost])
        self.assertEqual(self.lines(task, fetch.__code__), [waiting, innermost])
        self.assertEqual(self.lines(task, count.__code__), [waiting, outermost, innermost])
        task.cancel()
        await asyncio.wait([task])

    @virtual
    async def test_no_place(self) -> None:
        future = asyncio.get_running_loop().create_future()
        later(1, future.cancel)
        self.assertEqual(self.lines(future), [""])

    def lines(self, awaitable: object, *begin: Any) -> list[str]:
        return [plain(Exception(line)) for line in messages.where(awaitable, *begin).split("\n")]
