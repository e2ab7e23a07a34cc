"""What is said of errors that nothing has caught."""

import asyncio
import traceback
import unittest
from types import SimpleNamespace
from typing import Any
from unittest import mock

from aiounit.checks.builtin import uncaught
from aiounit.exceptions import TimeoutFailure
from aiounit.introspect.places import Place
from aiounit.limits import deadline

CLAIM = "if it is what the test is about, expect it with assertLoopError(), or take it with takeLoopError()"


class Session:
    async def close(self) -> None:
        """Close it."""

    async def __aenter__(self) -> None:
        """Open it."""


class File:
    def close(self) -> None:
        """Close it."""

    def __enter__(self) -> None:
        """Open it."""


class Stream:
    async def aclose(self) -> None:
        """Close it."""


class Plain:
    pass


def fail() -> None:
    raise ValueError("no")


def error() -> ValueError | None:
    try:
        fail()
    except ValueError as caught:
        return caught
    return None


class ContextTests(unittest.TestCase):
    def read(self, **told: Any) -> tuple[str, str, str]:
        finding = uncaught.context(told).describe()
        return finding.what, finding.name, finding.remedy

    def test_objects_that_complain_have_a_name_and_a_remedy_that_fits(self) -> None:
        remedies = [self.read(message="Unclosed", thing=thing)[2] for thing in (Session(), File(), Stream(), Plain())]
        self.assertEqual(
            remedies,
            [
                "Close it: await close(), or use it in 'async with'",
                "Close it: close(), or use it in 'with'",
                "Close it: await aclose()",
                "Close it, or end it, before the test ends",
            ],
        )
        self.assertEqual(
            self.read(message="Unclosed", thing=Plain())[:2],
            ("Unclosed: tests.checks.builtin.test_uncaught.Plain", "Plain"),
        )

    def test_a_task_that_was_destroyed(self) -> None:
        async def wait() -> None:
            await asyncio.Event().wait()

        async def main() -> None:
            task = asyncio.create_task(wait(), name="poller")
            found.append(self.read(message="Task was destroyed but it is pending!", task=task))
            task.cancel()

        found: list[tuple[str, str, str]] = []
        asyncio.run(main())
        what, name, remedy = found[0]
        self.assertRegex(what, r"^task 'poller' \(.*wait\(\)\) was destroyed while it was pending$")
        self.assertEqual((name, remedy), ("poller", "Await it, or cancel it and await it, before its loop is closed"))

    def test_a_task_of_which_a_library_says_something_else(self) -> None:
        async def main() -> None:
            told = self.read(message="The poll was slow", task=asyncio.current_task())
            self.assertRegex(told[0], r"^The poll was slow: task 'Task-\d+' \(.*main\(\)\)$")

        asyncio.run(main())

    def test_a_message_alone(self) -> None:
        self.assertEqual(
            self.read(message="lost"),
            ("lost", "RuntimeError", f"Await what raised it, or handle the error where it is raised; {CLAIM}"),
        )

    def test_where_it_was_made_as_the_library_has_kept_it(self) -> None:
        kept = traceback.extract_stack(limit=1)
        place = uncaught.context({"message": "Unclosed", "source_traceback": kept}).describe().place
        assert place is not None
        self.assertEqual((place.file, place.line), (__file__, kept[0].lineno))

    def test_something_else_that_the_library_has_kept(self) -> None:
        self.assertEqual(uncaught.context({"source_traceback": [1]}).describe().stack, ())

    def test_where_it_was_made_as_it_was_noted(self) -> None:
        place = Place("x.py", 1, "f", "x")
        self.assertEqual(uncaught.context({"thing": Plain()}, lambda _: (place,)).describe().stack, (place,))

    def test_futures(self) -> None:
        class Gathering(asyncio.Future[None]):
            pass

        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        told = {"message": "Future exception was never retrieved", "exception": ValueError("no")}
        futures = (asyncio.Future[None](loop=loop), Gathering(loop=loop))
        self.assertEqual(
            [self.read(**told, future=future)[0] for future in futures],
            [
                "a future failed with ValueError('no'), and nothing retrieved the error",
                "a future (Gathering) failed with ValueError('no'), and nothing retrieved the error",
            ],
        )

    def test_a_task_of_which_another_message_is(self) -> None:
        async def work() -> None:
            """Do nothing."""

        async def main() -> str:
            task = asyncio.create_task(work(), name="worker")
            await task
            return self.read(message="Odd", exception=ValueError("no"), task=task)[0]

        self.assertRegex(asyncio.run(main()), r"^Odd, task 'worker' \(.*work\(\)\): ValueError\('no'\)$")


class ThreadTests(unittest.TestCase):
    def read(self, thread: Any, value: Any, made: tuple[Place, ...] = ()) -> Any:
        arguments: Any = SimpleNamespace(thread=thread, exc_type=ValueError, exc_value=value)
        return uncaught.thread(arguments, made).describe()

    def test_where_it_was_started_and_where_it_failed(self) -> None:
        place = Place("x.py", 1, "f", "x")
        found = self.read(SimpleNamespace(name="worker"), error(), (place,))
        self.assertEqual((found.what, found.stack), ("thread 'worker' ended with ValueError('no')", (place,)))
        self.assertEqual(found.details[0], "raised here, most recent call last:")

    def test_one_whose_error_is_not_described_in_time(self) -> None:
        with mock.patch.object(deadline, "call_in_time", side_effect=TimeoutFailure("too late")):
            found = self.read(None, ValueError("no"))
        self.assertEqual(found.what, "a thread ended with ValueError, whose repr() did not return in time")

    def test_one_that_nobody_knows(self) -> None:
        found = self.read(None, None, (Place("x.py", 1, "f", "x"),))
        self.assertEqual((found.what, found.details), ("a thread ended with ValueError()", ()))


class UnraisableTests(unittest.TestCase):
    def what(self, thing: Any, message: str | None = None) -> str:
        arguments: Any = SimpleNamespace(exc_type=ValueError, exc_value=error(), err_msg=message, object=thing)
        found = uncaught.unraisable(arguments, ()).describe()
        assert found.place is not None
        self.assertEqual(found.place.file, __file__)
        return str(found.what)

    def test_words(self) -> None:
        self.assertEqual(
            [
                self.what(Plain),
                self.what(None, "Exception ignored in an odd place"),
                self.what(print, "Exception ignored in thread started by:"),
                self.what(None, "Exception ignored in thread started by <built-in function print>"),
            ],
            [
                "ValueError('no') was raised where Python can only print it: in Plain",
                "ValueError('no') was raised where Python can only print it: Exception ignored in an odd place",
                *["the thread started by <built-in function print> ended with ValueError('no')"] * 2,
            ],
        )
