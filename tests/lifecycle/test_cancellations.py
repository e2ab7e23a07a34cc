"""A cancellation of a test that nothing has handled is reported in words, at a line of the user's."""

import asyncio
import os
import traceback
import unittest
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiounit import AsyncTestCase
from aiounit.lifecycle.cancellations import Cancellations
from tests.support import run

WORDS = "the test was cancelled: task.cancel() was called on its task, and nothing handled that. "
FOREIGN = "the test itself was not cancelled"
NO_MORE = "had nothing to await any more"


def cancel(*message: str) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel(*message)


def place(error: BaseException) -> list[str]:
    """Return the source lines of a traceback, without those of unittest."""
    lines = traceback.extract_tb(error.__traceback__)
    return [str(line.line) for line in lines if line.filename == __file__]


class NeverAwaitedTest(unittest.TestCase):
    """What has cancelled the test has ended before the cancellation came."""

    def test_the_test(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                cancel()

        (error,) = run(Case).raised
        self.assertEqual((type(error), str(error)), (asyncio.CancelledError, f"{WORDS}Case.test() {NO_MORE}"))
        self.assertEqual(place(error), ["async def test(self) -> None:"])

    def test_a_hook(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                cancel()

            async def test(self) -> None:
                """Do nothing."""

        (error,) = run(Case).raised
        self.assertEqual(str(error), f"{WORDS}Case.asyncSetUp() {NO_MORE}")
        self.assertEqual(place(error), ["async def asyncSetUp(self) -> None:"])

    def test_a_cleanup(self) -> None:
        async def clean_up() -> None:
            cancel()

        class Case(AsyncTestCase):
            def test(self) -> None:
                self.addAsyncCleanup(clean_up)

        (error,) = run(Case).raised
        self.assertEqual(str(error), f"{WORDS}clean_up() {NO_MORE}")
        self.assertEqual(place(error), ["async def clean_up() -> None:"])

    def test_with_a_message_of_its_own_the_words_are_a_note(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                cancel("enough")

        (error,) = run(Case).raised
        self.assertEqual((error.args, error.__notes__), (("enough",), [f"{WORDS}Case.test() {NO_MORE}"]))

    def test_a_function_that_has_no_code_of_the_users_gives_way_to_the_test(self) -> None:
        class Exit:
            async def __aenter__(self) -> None:
                """Do nothing."""

            async def __aexit__(self, *details: object) -> None:
                cancel()

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(Exit())

        (error,) = run(Case).raised
        self.assertEqual(str(error), f"{WORDS}Case.test() {NO_MORE}")

    def test_where_no_code_is_to_be_had_the_words_do_without(self) -> None:
        error = asyncio.CancelledError()
        cancellations = Cancellations()
        cancellations.note_between(error)
        cancellations.explain(error, None)
        self.assertEqual(str(error), f"{WORDS}It {NO_MORE}")


class SuspendedTest(unittest.TestCase):
    """The cancellation came where the test awaited."""

    def test_the_line_is_named(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                cancel()
                await asyncio.sleep(0)

        (error,) = run(Case).raised
        line = Case.test.__code__.co_firstlineno + 2
        file = str(Path(__file__)).removeprefix(f"{Path.cwd()}{os.sep}")
        self.assertEqual(
            str(error),
            f"{WORDS}It was suspended at {file}, line {line}, in {Case.test.__qualname__}: await asyncio.sleep(0)",
        )
        self.assertEqual(place(error), ["await asyncio.sleep(0)"])

    def test_another_task_that_was_cancelled_is_not_the_test(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                task = asyncio.create_task(asyncio.sleep(0))
                task.cancel()
                await task

        (error,) = run(Case).raised
        self.assertRegex(str(error), f"^{FOREIGN}.* at .*, in .*: await task$")

    def test_neither_is_one_that_synchronous_code_raises(self) -> None:
        class Case(AsyncTestCase):
            def test(self) -> None:
                raise asyncio.CancelledError

        (error,) = run(Case).raised
        self.assertRegex(str(error), f"^{FOREIGN}.* at .*, in .*: raise asyncio.CancelledError$")


class ContextTest(unittest.TestCase):
    """A context manager is left before it is known what a cancellation means."""

    def test_it_is_given_what_came_and_the_words_come_after(self) -> None:
        given: list[tuple[Any, ...]] = []

        @asynccontextmanager
        async def around() -> AsyncIterator[None]:
            try:
                yield
            except asyncio.CancelledError as error:
                given.append(error.args)
                raise

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(around())
                cancel()
                await asyncio.sleep(0)

        (error,) = run(Case).raised
        self.assertEqual(given, [()])
        self.assertTrue(str(error).startswith(f"{WORDS}It was suspended at "), error)

    def test_one_that_comes_between_two_steps_points_at_the_test(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(asyncio.timeout(3600))
                cancel()

        (error,) = run(Case).raised
        self.assertEqual(str(error), f"{WORDS}Case.test() {NO_MORE}")
        self.assertEqual(place(error), ["async def test(self) -> None:"])

    def test_one_that_has_become_another_error_needs_no_words(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.enter(asyncio.timeout(0))
                await asyncio.sleep(3600)

        (error,) = run(Case).raised
        self.assertEqual((type(error), error.args), (TimeoutError, ()))

    def test_another_task_in_the_clean_up_of_a_cancelled_test_is_not_the_test_either(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(asyncio.timeout(3600))

            async def test(self) -> None:
                cancel("the test")
                await asyncio.sleep(0)

            async def asyncTearDown(self) -> None:
                raise asyncio.CancelledError("another")

        errors = run(Case).raised
        self.assertEqual(
            [(error.args[0], len(getattr(error, "__notes__", []))) for error in errors],
            [("the test", 1), ("another", 0)],
        )
