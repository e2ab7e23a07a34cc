"""Synchronous code of a test that runs the test's own loop itself, and hangs there, is ended at its limit."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from aiounit import AsyncTestCase, resource, resource_factory
from aiounit.exceptions import LoopCloseError, TimeoutFailure
from tests.checks.support import QuietTestCase
from tests.support import outcome, run


async def forever() -> None:
    await asyncio.Event().wait()


async def stubborn() -> None:
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await forever()


class Limited(AsyncTestCase):
    timeout = setup_timeout = teardown_timeout = 0.05
    checks = {"tasks": "off"}


class Manager:
    async def __aenter__(self) -> None:
        await forever()

    async def __aexit__(self, *details: object) -> None:
        """Do nothing."""


def run_until_complete(_case: AsyncTestCase) -> None:
    asyncio.get_event_loop().run_until_complete(forever())


def run_forever(_case: AsyncTestCase) -> None:
    asyncio.get_event_loop().run_forever()


def run_by_the_runner(case: Any) -> None:
    case._asyncioRunner.run(forever())


def run_stubborn(_case: AsyncTestCase) -> None:
    asyncio.get_event_loop().run_until_complete(stubborn())


def enter(case: AsyncTestCase) -> None:
    asyncio.get_event_loop().run_until_complete(case.enter(Manager()))


def wait(case: AsyncTestCase) -> None:
    asyncio.get_event_loop().run_until_complete(case.assertEventually(lambda: False, timeout=60))


class OwnLoopTest(QuietTestCase):
    """What hangs on the test's own loop, in each synchronous step."""

    def check(
        self, hang: Callable[[AsyncTestCase], None], step: str, also: Sequence[object] = (), **members: Any
    ) -> None:
        log: list[str] = []

        class Case(Limited):
            async def test_next(self) -> None:
                log.append("the next test")

        def test(_case: AsyncTestCase) -> None:
            """Pass."""

        kind = type("Case", (Case,), {"test": test, step: hang, **members})
        result = run(kind)
        self.assertIsInstance(result.raised[0], TimeoutFailure)
        self.assertEqual([type(error) for error in result.raised[1:]], list(also))
        self.assertIn("0.05 s", str(result.raised[0]))
        if step == "test":
            run(kind, name="test_next")
            self.assertEqual(log, ["the next test"])

    def test_in_each_step(self) -> None:
        for step in ("setUp", "test", "tearDown"):
            with self.subTest(step=step):
                self.check(run_until_complete, step)

    def test_in_each_way(self) -> None:
        for hang in (run_forever, run_by_the_runner, enter, wait):
            with self.subTest(hang=hang.__name__):
                self.check(hang, "test")

    def test_with_a_task_that_swallows_its_cancellation(self) -> None:
        self.check(run_stubborn, "test", [LoopCloseError])

    def test_in_a_cleanup(self) -> None:
        def test(case: AsyncTestCase) -> None:
            case.addCleanup(run_until_complete, case)

        self.check(test, "test")

    def test_after_an_asynchronous_step(self) -> None:
        async def begin(_case: AsyncTestCase) -> None:
            await asyncio.sleep(0)

        self.check(run_until_complete, "tearDown", asyncSetUp=begin)

    def test_on_the_shared_loop(self) -> None:
        self.check(run_until_complete, "setUp", shared_loop=True)


@resource
async def number() -> AsyncIterator[int]:
    await asyncio.sleep(0)
    yield 1


@resource(scope="class")
async def word() -> AsyncIterator[str]:
    yield "word"


@resource_factory
async def make(argument: int) -> AsyncIterator[int]:
    yield argument


class UseTest(QuietTestCase):
    """Resources that synchronous code takes, by running the loop for that."""

    def test_use_in_set_up(self) -> None:
        class Case(AsyncTestCase):
            def setUp(self) -> None:
                self.number = asyncio.get_event_loop().run_until_complete(self.use(number))

            async def test(self) -> None:
                self.assertEqual(self.number, 1)
                self.assertEqual(await self.use(number), 1)

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_a_factory_and_a_resource_of_the_class(self) -> None:
        class Case(AsyncTestCase):
            shared_loop = True
            make = make

            async def asyncSetUp(self) -> None:
                await asyncio.sleep(0)

            def test(self) -> None:
                run = asyncio.get_event_loop().run_until_complete
                self.assertEqual(run(self.use(word)), "word")
                self.assertEqual(run(self.make(2)), 2)

        self.assertEqual(outcome(Case), ["addSuccess"])
