"""The shared loop and what lives on it: of classes, modules and the run, closed once whatever happens."""

import asyncio
import contextlib
import contextvars
import inspect
import io
import signal
import unittest
from collections.abc import AsyncIterator
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, Resource, resource
from aiounit.limits import ctrl_c
from aiounit.resources.declaration import Scope
from aiounit.resources.scopes import ScopeName
from aiounit.runs.run import Run
from aiounit.runs.scope_checks import ScopeChecks
from aiounit.runs.shared_owner import SharedOwner
from tests.resources.support import fake_module, logged, run_suite

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")

# Under which names errors of closing a scope are shown.
TITLES: dict[ScopeName, str] = {
    "class": "tearDownClass (one.Case)",
    "module": "tearDownModule (one)",
    "run": "closing the resources of the run",
}


def case_of(module: str, used: Resource[str], **names: object) -> Any:
    """Return a test case of a module that uses a resource."""

    async def test(_case: object) -> None:
        """Pass."""

    return type("Case", (AsyncTestCase,), {"it": used, "test": test, "__module__": module, **names})


class LifetimeTest(unittest.TestCase):
    """How long resources live."""

    def test_each_scope_ends_in_its_turn(self) -> None:
        log: list[str] = []
        a, b, c, d = (logged(log, scope, scope=scope) for scope in ("test", "class", "module", "run"))
        with fake_module("one"), fake_module("two"):
            kinds = [case_of(name, a, b=b, c=c, d=d) for name in ("one", "one", "two")]
            run_suite(*kinds, log=log)
        self.assertEqual(
            log,
            [
                "start test",
                "open run",
                "open module",
                "open class",
                "open test",
                "close test",
                "addSuccess",
                "close class",
                "start test",
                "open class",
                "open test",
                "close test",
                "addSuccess",
                "close class",
                "close module",
                "start test",
                "open module",
                "open class",
                "open test",
                "close test",
                "addSuccess",
                "close class",
                "close module",
                "close run",
            ],
        )

    def test_one_of_the_run_that_ten_modules_name_is_one(self) -> None:
        log: list[str] = []
        used = logged(log, scope="run")
        names = [f"module_{number}" for number in range(10)]
        with contextlib.ExitStack() as stack:
            for name in names:
                stack.enter_context(fake_module(name))
            run_suite(*(case_of(name, used) for name in names), log=log)
        self.assertEqual(log, ["start test", "open it", "addSuccess", *["start test", "addSuccess"] * 9, "close it"])

    def test_each_loop_factory_has_a_loop_and_resources_of_its_own(self) -> None:
        log: list[str] = []
        used = logged(log, scope="run")

        class First(AsyncTestCase):
            it = used

            async def test(self) -> None:
                """Pass."""

        class Second(First):
            loop_factory = asyncio.SelectorEventLoop

        class Third(Second):
            pass

        run_suite(First, Second, Third, log=log)
        self.assertEqual(log.count("open it"), 2)
        self.assertEqual(log[-2:], ["close it", "close it"])

    def test_a_next_run_starts_anew(self) -> None:
        log: list[str] = []
        kind = case_of(__name__, logged(log, scope="run"))
        run_suite(kind, log=log)
        run_suite(kind, log=log)
        self.assertEqual(log, ["start test", "open it", "addSuccess", "close it"] * 2)

    def test_skipped_tests_start_nothing(self) -> None:
        log: list[str] = []

        @unittest.skip("class")
        class Skipped(AsyncTestCase):
            it = logged(log, scope="class")

            async def test(self) -> None:
                """Don't run."""

        class Methods(AsyncTestCase):
            it = logged(log, scope="run")

            @unittest.skip("method")
            async def test(self) -> None:
                """Don't run."""

        run_suite(Skipped, Methods, log=log)
        self.assertEqual([each for each in log if each.startswith(("open", "close"))], [])

    def test_debug_of_a_suite_closes_the_class(self) -> None:
        log: list[str] = []
        kind = case_of(__name__, logged(log, scope="class"))
        unittest.TestLoader().loadTestsFromTestCase(kind).debug()
        self.assertEqual(log, ["open it", "close it"])


class ErrorTest(unittest.TestCase):
    """What goes wrong when wider scopes close is reported as theirs, under the stock runner."""

    def run_stock(self, *kinds: type[unittest.TestCase]) -> tuple[str, unittest.TestResult]:
        stream = io.StringIO()
        suite = unittest.TestSuite(unittest.TestLoader().loadTestsFromTestCase(kind) for kind in kinds)
        result = unittest.TextTestRunner(stream, verbosity=2).run(suite)
        return stream.getvalue(), result

    def test_they_are_visible_and_counted_once(self) -> None:
        for scope, title in TITLES.items():
            with self.subTest(scope), fake_module("one"):
                text, result = self.run_stock(case_of("one", logged([], scope=scope, closes=ValueError("close"))))
                self.assertEqual((len(result.errors), result.testsRun), (1, 1))
                self.assertEqual(text.count(f"ERROR: {title}"), 1)
                self.assertEqual(text.count("ValueError: close"), 1)
                self.assertIn("FAILED (errors=1)", text)
                self.assertNotIn("aiounit/", text)
                self.assertIn(f"of scope {scope} when it was closed", text)

    def test_several_are_reported_together(self) -> None:
        with fake_module("one"):
            kind = case_of(
                "one",
                logged([], "a", scope="class", closes=ValueError("a")),
                other=logged([], "b", scope="class", closes=ValueError("b")),
            )
            log = run_suite(kind).log
        self.assertEqual(
            log[2:],
            [
                "tearDownClass ExceptionGroup('several errors while closing the resources of a class', "
                "[ValueError('a'), ValueError('b')])"
            ],
        )

    def test_what_is_no_exception_does_not_end_the_run(self) -> None:
        log: list[str] = []
        error = SystemExit(1)
        run_suite(
            case_of(__name__, logged(log, "a", scope="class", closes=error)),
            case_of(__name__, logged(log, "b", scope="class")),
            log=log,
        )
        self.assertEqual(
            log[3:],
            [
                "close a",
                "tearDownClass ResourceError('SystemExit was raised while closing the resources of a class')",
                "start test",
                "open b",
                "addSuccess",
                "close b",
            ],
        )

    def test_ctrl_c_while_a_class_closes_ends_the_run_after_all_is_closed(self) -> None:
        log: list[str] = []
        kind = case_of(
            __name__,
            logged(log, "a", scope="class", closes=KeyboardInterrupt()),
            b=logged(log, "b", scope="class", closes=ValueError("b")),
            c=logged(log, "c", scope="run"),
        )
        with self.assertRaises(KeyboardInterrupt):
            run_suite(kind, log=log)
        self.assertEqual(sorted(log[-3:]), ["close a", "close b", "close c"])

    def test_ctrl_c_while_the_run_closes_comes_after_all_is_closed(self) -> None:
        log: list[str] = []
        kind = case_of(
            __name__,
            logged(log, "a", scope="run", closes=KeyboardInterrupt()),
            b=logged(log, "b", scope="run", closes=ValueError("b")),
        )
        with self.assertRaises(KeyboardInterrupt):
            run_suite(kind, log=log)
        self.assertEqual(log[-1], "closing the resources of the run ValueError('b')")

    def test_ctrl_c_while_the_loop_is_shut_comes_after_all_is_reported(self) -> None:
        kind = case_of(__name__, logged([], scope="run", closes=ValueError("close")))
        log: list[str] = []
        with (
            mock.patch.object(SharedOwner, "shut", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            run_suite(kind, log=log)
        self.assertEqual(log[-1], "closing the resources of the run ValueError('close')")

    def test_ctrl_c_in_a_test_closes_everything_once(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            a = logged(log, "class", scope="class")
            b = logged(log, "run", scope="run")
            c = logged(log, "test")

            async def test(self) -> None:
                raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            run_suite(Case, log=log)
        Case.doClassCleanups()
        unittest.doModuleCleanups()
        self.assertEqual(log[4:], ["close test", "close class", "close run"])

    def test_one_that_stops_the_loop_when_it_closes_is_reported(self) -> None:
        log: list[str] = []

        @resource(scope="class")
        async def stops() -> AsyncIterator[str]:
            yield "it"
            asyncio.get_running_loop().stop()
            await asyncio.sleep(0)

        run_suite(case_of(__name__, stops, b=logged(log, scope="run")), log=log)
        self.assertIn("tearDownClass LoopError('the event loop was stopped", log[3])
        self.assertEqual(log[4:], ["close it"])

    def test_ctrl_c_while_a_resource_starts_closes_the_others(self) -> None:
        log: list[str] = []

        @resource(scope="class")
        async def stuck() -> AsyncIterator[str]:
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            try:
                await asyncio.Event().wait()
                yield "it"
            finally:
                log.append("given up")

        kind = case_of(__name__, stuck, b=logged(log, "b", scope="class"), c=logged(log, "c", scope="run"))
        with self.assertRaises(KeyboardInterrupt):
            run_suite(kind, log=log)
        self.assertEqual(log, ["start test", "open c", "open b", "given up", "close b", "close c"])


class OverTest(unittest.TestCase):
    """From the second Ctrl-C on nothing is run, looked at or closed."""

    def setUp(self) -> None:
        self.log: list[str] = []
        self.is_over = False
        self.enterContext(mock.patch.object(ctrl_c, "is_over", side_effect=lambda: self.is_over))

    def interrupt(self) -> list[BaseException]:
        """Press Ctrl-C twice while something is closed, with which nothing goes wrong."""
        self.is_over = True
        return []

    def run_on_two_loops(self) -> None:
        """Run a test on each of two loops; the second Ctrl-C comes when the run's resource on the first is closed."""

        @resource(scope="run")
        async def it() -> AsyncIterator[str]:
            yield "it"
            self.log.append("close")
            self.interrupt()

        first = case_of(__name__, it)
        run_suite(first, type("Second", (first,), {"loop_factory": asyncio.SelectorEventLoop}), log=self.log)

    def test_what_is_open_is_left(self) -> None:
        self.run_on_two_loops()
        self.assertEqual(self.log.count("close"), 1)

    def test_what_fixtures_have_left_is_not_looked_at(self) -> None:
        with mock.patch.object(ScopeChecks, "end", return_value=[]) as end:
            self.run_on_two_loops()
        self.assertEqual({each.args[0].scope for each in end.call_args_list}, {Scope.CLASS, Scope.MODULE})

    def test_a_coroutine_is_not_run(self) -> None:
        self.interrupt()
        coroutine = asyncio.sleep(0)
        Run().loop(None, None).call(self.fail, coroutine, "it")
        self.assertEqual(inspect.getcoroutinestate(coroutine), inspect.CORO_CLOSED)


class LoopTest(unittest.TestCase):
    """The loop that tests share."""

    def test_tasks_of_a_test_end_with_it_and_those_of_resources_live_on(self) -> None:
        log: list[str] = []

        async def idle(name: str) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                log.append(f"{name} ended")

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while line := await reader.readline():
                    writer.write(line)
                    await writer.drain()
            finally:
                log.append("connection ended")
                writer.close()

        @resource(scope="class")
        async def server() -> AsyncIterator[Any]:
            task = asyncio.create_task(idle("task of the server"))
            async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
                yield server.sockets[0].getsockname()
            task.cancel()
            await asyncio.wait([task])

        @resource(scope="class")
        async def client() -> AsyncIterator[Any]:
            held: list[Any] = []
            yield held
            held[1].close()
            await held[1].wait_closed()

        class Case(AsyncTestCase):
            checks = {"tasks": "off"}
            address = server
            streams = client

            async def test_1(self) -> None:
                self.task = asyncio.create_task(idle("task of the test"))
                self.streams[:] = await asyncio.open_connection(*self.address)
                await self.echo()

            async def test_2(self) -> None:
                await self.echo()

            async def echo(self) -> None:
                reader, writer = self.streams
                writer.write(b"hello\n")
                self.assertEqual(await reader.readline(), b"hello\n")

        run_suite(Case, log=log)
        self.assertEqual(
            log[:5], ["start test_1", "task of the test ended", "addSuccess", "start test_2", "addSuccess"]
        )
        self.assertEqual(sorted(log[5:]), ["connection ended", "task of the server ended"])

    def test_context_variables_do_not_leak_between_tests(self) -> None:
        seen: list[str] = []

        class Case(AsyncTestCase):
            shared_loop = True

            async def test_1(self) -> None:
                seen.append(VARIABLE.get())
                VARIABLE.set("leaked")

            test_2 = test_1

        run_suite(Case)
        self.assertEqual(seen, ["unset", "unset"])

    def test_one_that_a_test_closes_is_its_error_and_later_tests_get_a_new_one(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            it = logged(log, scope="class")

            def test_1(self) -> None:
                asyncio.get_event_loop().close()

            async def test_2(self) -> None:
                """Pass."""

        run_suite(Case, log=log)
        self.assertEqual(log[:2], ["start test_1", "open it"])
        self.assertIn("LoopError", log[2])
        self.assertEqual(log[3:], ["start test_2", "open it", "addSuccess", "close it"])

    def test_one_that_the_last_test_closes_leaves_nothing_to_close(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            it = logged(log, scope="run")

            def test(self) -> None:
                asyncio.get_event_loop().close()

        run_suite(Case, log=log)
        self.assertEqual((log[:2], len(log)), (["start test", "open it"], 3))

    def test_one_that_cannot_be_made_leaves_nothing_to_close(self) -> None:
        log: list[str] = []

        async def main() -> None:
            run_suite(case_of(__name__, logged(log, scope="run")), log=log)

        asyncio.run(main())
        self.assertEqual(log[0], "start test")
        self.assertIn("can't run inside a running event loop", log[1])
        self.assertEqual(len(log), 2)

    def test_what_was_entered_for_the_class_is_reported_as_lost(self) -> None:
        class Case(AsyncTestCase):
            @classmethod
            async def asyncSetUpClass(cls) -> None:
                await cls.enterClassAsyncContext(contextlib.nullcontext())

            def test(self) -> None:
                asyncio.get_event_loop().close()

        log = run_suite(Case).log
        self.assertIn("LoopError", log[1])
        self.assertEqual(
            log[2:],
            [
                "tearDownClass ResourceError(\"resource 'contextlib.nullcontext' could not be closed: something has "
                'closed its event loop")'
            ],
        )

    def test_its_debug_mode_is_that_of_the_class(self) -> None:
        seen: list[bool] = []

        class Case(AsyncTestCase):
            shared_loop = True

            async def test(self) -> None:
                seen.append(asyncio.get_running_loop().get_debug())

        class Debug(Case):
            loop_debug = True

        class Quiet(Case):
            loop_debug = False

        run_suite(Quiet, Debug, Case, Quiet)
        self.assertEqual(seen[:2] + seen[3:], [False, True, False])

    def test_another_that_a_test_leaves_is_its_error(self) -> None:
        other = asyncio.new_event_loop()
        self.addCleanup(other.close)

        class Case(AsyncTestCase):
            shared_loop = True

            def test(self) -> None:
                asyncio.set_event_loop(other)

        self.assertIn("replaced the current event loop", run_suite(Case).log[1])
