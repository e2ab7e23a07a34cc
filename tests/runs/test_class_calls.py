"""Class cleanups and context managers that are entered for a class."""

import asyncio
import contextlib
import contextvars
import importlib.util
import threading
import unittest
from collections.abc import AsyncIterator, Iterator
from unittest import mock

from aiounit import AsyncTestCase, LoopError, TimeoutFailure
from aiounit.limits import ctrl_c
from aiounit.limits.budgets import Phase
from aiounit.runs import fixtures
from tests.resources.support import logged, run_suite

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")


class CleanupTest(unittest.TestCase):
    """Cleanups and context managers of a class."""

    def test_after_the_second_ctrl_c_none_is_called(self) -> None:
        cleanup = mock.Mock()
        with mock.patch.object(ctrl_c, "is_over", return_value=True):
            fixtures.call_bounded(AsyncTestCase, cleanup, "it", Phase.TEAR_DOWN)
        cleanup.assert_not_called()

    def test_an_error_of_a_synchronous_cleanup_has_the_users_frames(self) -> None:
        class Case(AsyncTestCase):
            @classmethod
            def setUpClass(cls) -> None:
                cls.addClassCleanup(cls.fail_late)

            @classmethod
            def fail_late(cls) -> None:
                raise ValueError("late")

            async def test(self) -> None:
                """Pass."""

        result = run_suite(Case)
        self.assertEqual(result.log, ["start test", "addSuccess", "tearDownClass ValueError('late')"])
        self.assertNotIn("aiounit/", result.text())

    def test_a_synchronous_cleanup_has_its_time(self) -> None:
        class Case(AsyncTestCase):
            teardown_timeout = 0.02

            @classmethod
            def setUpClass(cls) -> None:
                cls.addClassCleanup(threading.Event().wait)

            async def test(self) -> None:
                """Pass."""

        error = run_suite(Case).raised[0]
        self.assertIsInstance(error, TimeoutFailure)
        self.assertRegex(str(error), r"^class cleanup Event\.wait of .* timed out after 0\.02 s \(teardown_timeout of ")

    def test_all_interleave_as_in_the_synchronous_suite(self) -> None:
        def synchronous(log: list[str]) -> type[unittest.TestCase]:
            @contextlib.contextmanager
            def manager(name: str) -> Iterator[str]:
                log.append(f"enter {name}")
                yield name
                log.append(f"exit {name}")

            class Case(unittest.TestCase):
                @classmethod
                def setUpClass(cls) -> None:
                    cls.addClassCleanup(log.append, "first")
                    log.append(cls.enterClassContext(manager("a")))
                    cls.addClassCleanup(log.append, "second")
                    log.append(cls.enterClassContext(manager("b")))
                    cls.addClassCleanup(log.append, "third")

                @classmethod
                def tearDownClass(cls) -> None:
                    log.append("tearDownClass")

                def test(self) -> None:
                    """Pass."""

            return Case

        def asynchronous(log: list[str]) -> type[unittest.TestCase]:
            @contextlib.asynccontextmanager
            async def manager(name: str) -> AsyncIterator[str]:
                log.append(f"enter {name}")
                yield name
                log.append(f"exit {name}")

            async def note(event: str) -> None:
                log.append(event)

            class Case(AsyncTestCase):
                @classmethod
                async def asyncSetUpClass(cls) -> None:
                    cls.addAsyncClassCleanup(note, "first")
                    log.append(await cls.enterClassAsyncContext(manager("a")))
                    cls.addClassCleanup(log.append, "second")
                    log.append(await cls.enterClassAsyncContext(manager("b")))
                    cls.addAsyncClassCleanup(note, event="third")

                @classmethod
                async def asyncTearDownClass(cls) -> None:
                    log.append("tearDownClass")

                async def test(self) -> None:
                    """Pass."""

            return Case

        logs: list[list[str]] = [[], []]
        for log, make in zip(logs, (synchronous, asynchronous), strict=True):
            run_suite(make(log), log=log)
        self.assertEqual(*logs)
        self.assertEqual(logs[0][-5:], ["third", "exit b", "second", "exit a", "first"])

    @unittest.skipUnless(importlib.util.find_spec("anyio"), "needs anyio")
    def test_a_manager_is_entered_and_left_in_one_task(self) -> None:
        import anyio.abc  # noqa: PLC0415

        class Case(AsyncTestCase):
            group: anyio.abc.TaskGroup

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.group = await cls.enterClassAsyncContext(anyio.create_task_group())

            async def test(self) -> None:
                done = asyncio.Event()

                async def child() -> None:
                    done.set()

                self.group.start_soon(child)
                await done.wait()

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])

    def test_what_is_no_manager_is_an_error(self) -> None:
        class Case(AsyncTestCase):
            @classmethod
            async def asyncSetUpClass(cls) -> None:
                await cls.enterClassAsyncContext(1)  # type: ignore[arg-type]

            async def test(self) -> None:
                """Don't run."""

        self.assertEqual(
            run_suite(Case).log,
            [
                "setUpClass TypeError(\"'builtins.int' object does not support the asynchronous context manager "
                'protocol")'
            ],
        )

    def test_one_that_fails_is_named(self) -> None:
        class Broken:
            def __init__(self, *, enters: bool) -> None:
                self.enters = enters

            async def __aenter__(self) -> None:
                if not self.enters:
                    raise ValueError("enter")

            async def __aexit__(self, *_: object) -> None:
                raise ValueError("exit")

        for enters, where in ((False, "setUpClass ValueError('enter')"), (True, "tearDownClass ValueError('exit')")):

            class Case(AsyncTestCase):
                @classmethod
                async def asyncSetUpClass(cls, enters: bool = enters) -> None:
                    await cls.enterClassAsyncContext(Broken(enters=enters))

                async def test(self) -> None:
                    """Pass."""

            result = run_suite(Case)
            self.assertEqual(result.log[-1], where)
            when = "closed" if enters else "started"
            self.assertEqual(
                result.raised[0].__notes__,
                [f"raised by resource '{__name__}.{Broken.__qualname__}' of scope class when it was {when}"],
            )

    def test_entering_one_in_a_test_with_a_loop_of_its_own_is_an_error(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                with self.assertRaises(LoopError) as caught:
                    await self.enterClassAsyncContext(contextlib.nullcontext())
                self.error = str(caught.exception)
                type(self).said = self.error  # type: ignore[attr-defined]

        self.assertEqual(run_suite(Case).log, ["start test", "addSuccess"])
        self.assertEqual(
            Case.said,  # type: ignore[attr-defined]
            f"enterClassAsyncContext() can't enter contextlib.nullcontext here: the running event loop does not live "
            f"as long as {__name__}.{Case.__qualname__}. Call it in asyncSetUpClass",
        )

    def test_resources_are_closed_before_what_was_entered_before_them(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            it = logged(log, scope="class")

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.addClassCleanup(log.append, "cleanup")

            async def test(self) -> None:
                """Pass."""

        run_suite(Case, log=log)
        self.assertEqual(log, ["start test", "open it", "addSuccess", "close it", "cleanup"])
