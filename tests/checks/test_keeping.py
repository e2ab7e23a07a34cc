"""What a test on the shared loop makes for something that lives longer is not the test's."""

import asyncio
import socket
import types
import unittest
from collections.abc import AsyncIterator
from typing import Any

from aiounit import AsyncTestCase, resource
from aiounit.checks import keeping
from tests.checks.support import QuietTestCase
from tests.resources.support import run_suite


class Pool:
    """Opens what it needs when it needs it."""

    def __init__(self) -> None:
        self.made: list[Any] = []

    async def use(self) -> None:
        self.peer, own = socket.socketpair()
        self.made += await asyncio.open_connection(sock=own)
        self.made.append(asyncio.create_task(asyncio.Event().wait(), name="of the pool"))
        self.generator = self.numbers()
        await anext(self.generator)

    async def numbers(self) -> AsyncIterator[int]:
        yield 1
        yield 2

    async def close(self) -> None:
        self.peer.close()
        _, writer, task = self.made
        writer.close()
        task.cancel()
        await asyncio.wait([task])
        await self.generator.aclose()  # type: ignore[attr-defined] # it is a generator


class KeeperTests(QuietTestCase):
    def run_with(self, closes: bool) -> list[str]:
        @resource(scope="class")
        async def made_pool() -> AsyncIterator[Pool]:
            made = Pool()
            yield made
            if closes:
                await made.close()
            else:
                self.addCleanup(made.peer.close)

        class Case(AsyncTestCase):
            pool = made_pool

            async def test_1(self) -> None:
                await self.pool.use()

            async def test_2(self) -> None:
                self.assertFalse(self.pool.made[1].is_closing())
                self.assertFalse(self.pool.made[2].done())

        return run_suite(Case).log

    def test_what_a_resource_of_the_class_opens_in_a_test_lives_on(self) -> None:
        self.assertEqual(self.run_with(closes=True), ["start test_1", "addSuccess", "start test_2", "addSuccess"])

    def test_it_is_the_class_that_has_left_it(self) -> None:
        *_, last = self.run_with(closes=False)
        self.assertRegex(last, "^tearDownClass LeakError.* left 3 things behind")

    def test_what_a_fixture_has_set_is_kept_as_well(self) -> None:
        class Case(AsyncTestCase):
            pool: Pool

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.pool = Pool()

            @classmethod
            async def asyncTearDownClass(cls) -> None:
                cls.pool.made.pop().cancel()

            async def test(self) -> None:
                self.pool.made.append(asyncio.create_task(asyncio.Event().wait()))

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])

    def test_where_nobody_looks_at_the_class_it_is_nobodys(self) -> None:
        class Case(AsyncTestCase):
            pool: Pool
            checks = {"tasks": "off"}

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.pool = Pool()

            async def test(self) -> None:
                self.pool.made.append(asyncio.create_task(asyncio.Event().wait()))

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])


class ReachTests(unittest.TestCase):
    def test_through_containers_objects_and_closures(self) -> None:
        thing = object()

        def function() -> object:
            return thing

        for value in ([thing], {"a": (thing,)}, types.SimpleNamespace(thing=thing), function):
            with self.subTest(value=value):
                self.assertIn(id(thing), keeping._reach([value]))

    def test_not_through_loops_modules_and_classes(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        reached = keeping._reach([loop, asyncio, Pool, "text"])
        self.assertEqual(reached, set())

    def test_circles_and_empty_cells(self) -> None:
        def function() -> None:
            print(missing)  # noqa: F821 (it is deleted)

        missing = [function]
        missing.append(missing)  # type: ignore[arg-type] # a circle
        reached = keeping._reach([missing])
        self.assertIn(id(function), reached)
        del missing
        self.assertEqual(keeping._reach([function]), {id(function)})
