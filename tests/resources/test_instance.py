"""One resource from its start to its end, in a task of its own: what it may be made of, how it fails, how it dies."""

import asyncio
import contextlib
import contextvars
import functools
import importlib.util
import threading
import types
import unittest
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any, Self, cast
from unittest import mock

from aiounit import AsyncTestCase, Resource, TimeoutFailure, depends, resource
from aiounit.limits import escalation
from aiounit.loops import closing
from aiounit.resources.declaration import Declared, Scope
from aiounit.resources.instance import Instance, State
from aiounit.resources.scopes import ScopeName
from tests.resources.support import logged, run_suite
from tests.support import outcome, run


class Manager:
    """A context manager, asynchronous or synchronous, that writes down what happens."""

    def __init__(self, log: list[str], *, absorbs: bool = False) -> None:
        self.log = log
        self.absorbs = absorbs

    async def __aenter__(self) -> Self:
        self.log.append("enter")
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        self.log.append(f"exit {error!r}")
        return self.absorbs


class Awaitables(Manager):
    """Both awaitable and a context manager, as ``aiosqlite.connect()`` returns one."""

    def __await__(self) -> Generator[Any, None, Self]:
        self.log.append("await")
        yield from ()
        return self


class Thread:
    """Awaitable and nothing else."""

    def __await__(self) -> Generator[Any, None, str]:
        yield from ()
        return "value"


class KindTest(unittest.TestCase):
    """What a resource may be made of."""

    def events(self, made: Callable[[list[str]], Resource[Any]]) -> list[str]:
        log: list[str] = []

        class Case(AsyncTestCase):
            it = made(log)

            async def test(self) -> None:
                log.append(f"test {type(self.it).__name__}")

        run(Case, log)
        return log[1:-1]

    def test_an_asynchronous_generator_function(self) -> None:
        def make(log: list[str]) -> Resource[int]:
            @resource
            async def it() -> AsyncIterator[int]:
                log.append("open")
                yield 1
                log.append("close")

            return it

        self.assertEqual(self.events(make), ["open", "test int", "close", "addSuccess"])

    def test_a_generator_function(self) -> None:
        def make(log: list[str]) -> Resource[int]:
            @resource
            def it() -> Iterator[int]:
                log.append("open")
                yield 1
                log.append("close")

            return it

        self.assertEqual(self.events(make), ["open", "test int", "close", "addSuccess"])

    def test_a_coroutine_function(self) -> None:
        def make(log: list[str]) -> Resource[int]:
            @resource
            async def it() -> int:
                log.append("open")
                return 1

            return it

        self.assertEqual(self.events(make), ["open", "test int", "addSuccess"])

    def test_a_class_of_asynchronous_context_managers(self) -> None:
        def make(log: list[str]) -> Resource[Manager]:
            return resource(lambda: Manager(log))

        self.assertEqual(self.events(make), ["enter", "test Manager", "exit None", "addSuccess"])

    def test_a_class_of_synchronous_context_managers(self) -> None:
        def make(log: list[str]) -> Resource[object]:
            @contextlib.contextmanager
            def it() -> Iterator[types.SimpleNamespace]:
                yield types.SimpleNamespace()
                log.append("close")

            return resource(lambda: it())  # noqa: PLW0108 (no generator function, but what returns a manager)

        self.assertEqual(self.events(make), ["test SimpleNamespace", "close", "addSuccess"])

    def test_a_class_itself(self) -> None:
        class Opened(Manager):
            def __init__(self) -> None:
                super().__init__(log)

        log: list[str] = []

        class Case(AsyncTestCase):
            it = resource(Opened)

            async def test(self) -> None:
                self.assertIsInstance(self.it, Opened)

        run(Case, log)
        self.assertEqual(log[1:-1], ["enter", "exit None", "addSuccess"])

    def test_what_is_awaitable_and_a_context_manager_is_entered(self) -> None:
        self.assertEqual(
            self.events(lambda log: resource(lambda: Awaitables(log))),
            ["enter", "test Awaitables", "exit None", "addSuccess"],
        )

    def test_what_is_awaitable_and_nothing_else_is_awaited(self) -> None:
        self.assertEqual(self.events(lambda _: resource(Thread)), ["test str", "addSuccess"])

    def test_functions_of_contextlib(self) -> None:
        def make(log: list[str]) -> Resource[int]:
            @resource
            @contextlib.asynccontextmanager
            async def it() -> AsyncIterator[int]:
                yield 1
                log.append("close")

            return it

        self.assertEqual(self.events(make), ["test int", "close", "addSuccess"])

    @unittest.skipUnless(importlib.util.find_spec("aiosqlite"), "needs aiosqlite")
    def test_a_connection_of_aiosqlite(self) -> None:
        import aiosqlite  # noqa: PLC0415

        class Case(AsyncTestCase):
            db = resource(lambda: aiosqlite.connect(":memory:"))

            async def test(self) -> None:
                async with self.db.execute("SELECT 1") as cursor:
                    self.assertEqual(await cursor.fetchone(), (1,))

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_anything_else_is_an_error(self) -> None:
        def it() -> int:
            return 1

        self.assertEqual(
            self.events(lambda _: resource(it)),  # type: ignore[arg-type]
            [
                f"addError ResourceError(\"resource 'it' ({__file__}, line {it.__code__.co_firstlineno}) returned 1, "
                f"which is not a context manager. Make its function a generator that yields the value once, or async "
                f'def if there is nothing to close")'
            ],
        )


class YieldTest(unittest.TestCase):
    """A generator yields once."""

    def test_an_asynchronous_one_that_never_yields(self) -> None:
        async def it() -> AsyncIterator[int]:
            for each in list[int]():
                yield each

        self.check(it, "never yielded")

    def test_a_synchronous_one_that_never_yields(self) -> None:
        def it() -> Iterator[int]:
            yield from ()

        self.check(it, "never yielded")

    def test_an_asynchronous_one_that_yields_twice_is_closed(self) -> None:
        async def it() -> AsyncIterator[int]:
            try:
                yield 1
                yield 2
            finally:
                closed.append(True)

        closed: list[bool] = []
        self.check(it, "yielded twice")
        self.assertEqual(closed, [True])

    def test_a_synchronous_one_that_yields_twice_is_closed(self) -> None:
        def it() -> Iterator[int]:
            try:
                yield 1
                yield 2
            finally:
                closed.append(True)

        closed: list[bool] = []
        self.check(it, "yielded twice")
        self.assertEqual(closed, [True])

    def check(self, function: Any, what: str) -> None:
        class Case(AsyncTestCase):
            it = resource(function)

            async def test(self) -> None:
                """Pass."""

        self.assertEqual(
            outcome(Case),
            [
                f"addError ResourceError(\"resource '{function.__qualname__.rpartition('.')[2]}' ({__file__}, line "
                f'{function.__code__.co_firstlineno}) {what}: its function must yield once")'
            ],
        )


class TaskTest(unittest.TestCase):
    """It has one task from its start to its end."""

    def test_it_is_entered_and_left_in_one_task_named_after_it(self) -> None:
        tasks: list[asyncio.Task[Any] | None] = []

        @resource
        async def server() -> AsyncIterator[None]:
            tasks.append(asyncio.current_task())
            yield
            tasks.append(asyncio.current_task())

        class Case(AsyncTestCase):
            it = server

            async def test(self) -> None:
                tasks.append(asyncio.current_task())

        run(Case)
        before, test, after = tasks
        assert before is not None
        self.assertIs(before, after)
        self.assertIsNot(before, test)
        self.assertEqual(before.get_name(), f"resource {server.name}")

    def test_a_timeout_may_span_the_yield(self) -> None:
        log: list[str] = []

        @resource
        async def it() -> AsyncIterator[None]:
            async with asyncio.timeout(0) as timeout:
                timeout.reschedule(None)
                yield
            log.append(f"expired {timeout.expired()}")

        class Case(AsyncTestCase):
            used = it

            async def test(self) -> None:
                await asyncio.sleep(0)

        run(Case, log)
        self.assertEqual(log[1:-1], ["expired False", "addSuccess"])

    def test_a_timeout_that_expires_ends_the_test(self) -> None:
        @resource
        async def it() -> AsyncIterator[None]:
            async with asyncio.timeout(0):
                yield

        class Case(AsyncTestCase):
            used = it

            async def test(self) -> None:
                await asyncio.Event().wait()

        result = run(Case)
        self.assertEqual(result.log[1:-1], ["addError TimeoutError()"])
        self.assertEqual(result.raised[0].__notes__, [f"raised by resource {it} of scope test while it was in use"])

    @unittest.skipUnless(importlib.util.find_spec("anyio"), "needs anyio")
    def test_a_task_group_of_anyio_may_span_the_yield(self) -> None:
        import anyio  # noqa: PLC0415

        log: list[str] = []

        @resource
        async def it() -> AsyncIterator[str]:
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.sleep_forever)
                yield "group"
                group.cancel_scope.cancel()
            log.append("closed")

        class Case(AsyncTestCase):
            used = it

            async def test(self) -> None:
                self.assertEqual(self.used, "group")

        run(Case, log)
        self.assertEqual(log[1:-1], ["closed", "addSuccess"])

    @unittest.skipUnless(importlib.util.find_spec("anyio"), "needs anyio")
    def test_a_task_of_anyio_that_dies_ends_the_test(self) -> None:
        import anyio  # noqa: PLC0415

        async def fail() -> None:
            await anyio.lowlevel.checkpoint()
            raise ValueError("background")

        @resource
        async def it() -> AsyncIterator[None]:
            async with anyio.create_task_group() as group:
                group.start_soon(fail)
                yield

        class Case(AsyncTestCase):
            used = it

            async def test(self) -> None:
                await asyncio.Event().wait()

        self.assertEqual(
            outcome(Case),
            ["addError ExceptionGroup('unhandled errors in a TaskGroup', [ValueError('background')])"],
        )


def dying(
    log: list[str], *, scope: ScopeName = "test", when: Callable[[], Awaitable[object]] | None = None
) -> Resource[str]:
    """Return a resource whose background task dies, after something or at once."""

    async def fail() -> None:
        if when is not None:
            await when()
        raise ValueError("background")

    @resource(scope=scope)
    async def it() -> AsyncIterator[str]:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
                yield "it"
        finally:
            log.append("closed")

    return it


DIED = "ExceptionGroup('unhandled errors in a TaskGroup', [ValueError('background')])"


class DeathTest(unittest.TestCase):
    """A resource whose background task dies."""

    def test_the_test_is_cancelled_at_once_and_the_error_of_the_resource_reported(self) -> None:
        log: list[str] = []

        event = asyncio.Event()

        class Case(AsyncTestCase):
            used = dying(log, when=event.wait)

            async def test(self) -> None:
                event.set()
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    log.append("cancelled")
                    raise

        result = run(Case, log)
        self.assertEqual(log[1:-1], ["closed", "cancelled", f"addError {DIED}"])
        self.assertEqual(
            result.raised[0].__notes__, [f"raised by resource {Case.used} of scope test while it was in use"]
        )

    def test_later_tests_of_the_scope_fail_with_the_cause(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            used = dying(log, scope="class")

            async def test_1(self) -> None:
                await asyncio.Event().wait()

            async def test_2(self) -> None:
                log.append("not run")

            test_3 = test_2

        class Other(AsyncTestCase):
            used = logged(log, scope="class")

            async def test(self) -> None:
                """Pass."""

        result = run_suite(Case, Other, log=log)
        again = (
            f'addError ResourceError("resource {Case.used} has failed before: ExceptionGroup: unhandled errors in a '
            f'TaskGroup (1 sub-exception)")'
        )
        self.assertEqual(
            log,
            [
                "start test_1",
                "closed",
                f"addError {DIED}",
                "start test_2",
                again,
                "start test_3",
                again,
                "start test",
                "open it",
                "addSuccess",
                "close it",
            ],
        )
        self.assertIs(result.raised[1].__cause__, result.raised[0])

    def test_one_that_dies_between_tests_fails_the_next(self) -> None:
        log: list[str] = []
        event = asyncio.Event()

        class Case(AsyncTestCase):
            used = dying(log, scope="class", when=event.wait)

            async def test_1(self) -> None:
                """Pass; what the test did last lets the resource die."""
                asyncio.get_running_loop().call_soon(event.set)

            async def test_2(self) -> None:
                """Don't run."""

            async def test_3(self) -> None:
                """Don't run."""

        run_suite(Case, log=log)
        self.assertEqual(log[:5], ["start test_1", "closed", "addSuccess", "start test_2", f"addError {DIED}"])
        self.assertEqual(len(log), 7)

    def test_one_of_the_class_that_dies_while_one_of_the_test_starts_fails_the_start(self) -> None:
        log: list[str] = []
        event = asyncio.Event()

        @resource
        async def other() -> None:
            if log.count("addSuccess") == 1:
                event.set()
                await asyncio.sleep(0.01)

        class Case(AsyncTestCase):
            used = dying(log, scope="class", when=event.wait)
            alone = other

            async def test_1(self) -> None:
                """Pass."""

            async def test_2(self) -> None:
                """Don't run."""

        run_suite(Case, log=log)
        self.assertEqual(log, ["start test_1", "addSuccess", "start test_2", "closed", f"addError {DIED}"])

    def test_one_that_dies_after_the_last_test_is_reported_with_the_class(self) -> None:
        log: list[str] = []
        event = asyncio.Event()

        class Case(AsyncTestCase):
            used = dying(log, scope="class", when=event.wait)

            async def test(self) -> None:
                asyncio.get_running_loop().call_soon(event.set)

        run_suite(Case, log=log)
        self.assertEqual(log, ["start test", "closed", "addSuccess", f"tearDownClass {DIED}"])

    def test_one_that_is_cancelled_without_a_word(self) -> None:
        @resource
        async def it() -> AsyncIterator[None]:
            asyncio.get_running_loop().call_later(0, cast("asyncio.Task[Any]", asyncio.current_task()).cancel)
            yield

        class Case(AsyncTestCase):
            used = it

            async def test(self) -> None:
                await asyncio.Event().wait()

        self.assertEqual(
            outcome(Case),
            [f'addError ResourceError("resource {it} ended while it was in use: something in it cancelled its task")'],
        )

    def test_one_that_ends_by_itself(self) -> None:
        tasks: list[asyncio.Task[Any] | None] = []

        @resource
        async def it() -> AsyncIterator[None]:
            tasks.append(asyncio.current_task())
            with contextlib.suppress(asyncio.CancelledError):
                yield

        class Case(AsyncTestCase):
            used = it

            async def test(self) -> None:
                assert tasks[0] is not None
                tasks[0].cancel()
                await asyncio.Event().wait()

        self.assertEqual(
            outcome(Case),
            [f'addError ResourceError("resource {it} ended while it was in use: something in it cancelled its task")'],
        )

    def test_one_that_is_cancelled_and_lets_it_through(self) -> None:
        for absorbs in (False, True):
            log: list[str] = []

            class Case(AsyncTestCase):
                used = resource(functools.partial(Manager, log, absorbs=absorbs))

                async def test(self) -> None:
                    [task] = [each for each in asyncio.all_tasks() if each.get_name().startswith("resource ")]
                    task.cancel()
                    await asyncio.Event().wait()

            run(Case, log)
            self.assertEqual(log[1:3], ["enter", "exit CancelledError()"])
            self.assertIn("ended while it was in use", log[3])
            self.assertEqual(len(log), 5)

    def test_a_synchronous_one_is_told_too(self) -> None:
        log: list[str] = []

        @resource
        def generator() -> Iterator[None]:
            try:
                yield
            except asyncio.CancelledError:
                log.append("cancelled")
                raise ValueError("mine") from None

        @resource
        @contextlib.contextmanager
        def manager() -> Iterator[None]:
            yield from generator.function()

        for each in (generator, manager):
            log.clear()

            class Case(AsyncTestCase):
                used = each

                async def test(self) -> None:
                    [task] = [each for each in asyncio.all_tasks() if each.get_name().startswith("resource ")]
                    task.cancel()
                    await asyncio.Event().wait()

            run(Case, log)
            self.assertEqual(log[1:-1], ["cancelled", "addError ValueError('mine')"])

    def test_two_that_die_at_once_are_both_reported(self) -> None:
        log: list[str] = []
        event = asyncio.Event()

        class Case(AsyncTestCase):
            one = dying(log, when=event.wait)
            two = dying(log, when=event.wait)

            async def test(self) -> None:
                event.set()
                await asyncio.Event().wait()

        run(Case, log)
        self.assertEqual(log[1:-1], ["closed", "closed", f"addError {DIED}", f"addError {DIED}"])

    def test_a_failure_of_the_test_is_reported_too(self) -> None:
        log: list[str] = []

        event = asyncio.Event()

        class Case(AsyncTestCase):
            used = dying(log, when=event.wait)

            async def test(self) -> None:
                event.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    self.fail("test")

        run(Case, log)
        self.assertEqual(log[1:-1], ["closed", "addFailure AssertionError('test')", f"addError {DIED}"])

    def test_one_that_dies_while_another_starts_fails_the_start(self) -> None:
        log: list[str] = []
        event = asyncio.Event()

        @resource
        async def slow() -> AsyncIterator[None]:
            event.set()
            for _ in range(10):
                await asyncio.sleep(0)
            yield
            log.append("closed slow")

        for scope in ("test", "class"):
            log.clear()
            event.clear()

            class Case(AsyncTestCase):
                one = dying(log, scope=scope, when=event.wait)
                two = slow

                async def test(self) -> None:
                    log.append("not run")

            run_suite(Case, log=log)
            self.assertEqual(
                log,
                ["start test", "closed", "closed slow", f"addError {DIED}"][::1]
                if scope == "test"
                else ["start test", "closed", f"addError {DIED}", "closed slow"],
            )

    def test_one_that_dies_while_it_waits_for_its_dependants_to_close(self) -> None:
        log: list[str] = []
        event = asyncio.Event()
        below = dying(log, when=event.wait)

        @resource
        async def above(_below: str = depends(below)) -> AsyncIterator[None]:
            yield
            event.set()
            for _ in range(10):
                await asyncio.sleep(0)
            log.append("closed above")

        class Case(AsyncTestCase):
            used = above

            async def test(self) -> None:
                """Pass."""

        run(Case, log)
        self.assertEqual(log[1:-1], ["closed", "closed above", f"addError {DIED}"])


class ChainTest(unittest.TestCase):
    def test_it_holds_all_that_a_resource_depends_on(self) -> None:
        a, b = (Instance(Declared(logged, Scope.TEST, name), None, {}) for name in "ab")
        c = Instance(Declared(logged, Scope.TEST, "c"), None, {"a": a, "b": b})
        self.assertEqual([each.declared.name for each in c.chain()], ["c", "a", "b"])


class FailureTest(unittest.TestCase):
    """A resource that fails when it starts or closes."""

    def test_an_error_when_it_starts(self) -> None:
        log: list[str] = []
        error = ValueError("start")

        class Case(AsyncTestCase):
            used = logged(log, opens=error)

            async def test(self) -> None:
                log.append("not run")

            async def asyncSetUp(self) -> None:
                log.append("not run")

        run(Case, log)
        self.assertEqual(log[1:-1], ["open it", "addError ValueError('start')"])
        self.assertEqual(error.__notes__, [f"raised by resource {Case.used} of scope test when it was started"])

    def test_an_error_when_it_closes(self) -> None:
        log: list[str] = []
        error = ValueError("close")

        class Case(AsyncTestCase):
            used = logged(log, closes=error)

            async def test(self) -> None:
                self.fail("test")

        run(Case, log)
        self.assertEqual(
            log[1:-1],
            ["open it", "addFailure AssertionError('test')", "close it", "addError ValueError('close')"],
        )
        self.assertEqual(error.__notes__, [f"raised by resource {Case.used} of scope test when it was closed"])

    def test_one_that_is_cancelled_when_it_starts_or_closes(self) -> None:
        for when in ("opens", "closes"):
            with self.subTest(when):
                cancellation = asyncio.CancelledError("gone")

                class Case(AsyncTestCase):
                    used = logged([], **{when: cancellation})  # type: ignore[arg-type]

                    async def test(self) -> None:
                        """Pass."""

                result = run(Case)
                what = "started" if when == "opens" else "closed"
                self.assertEqual(
                    result.log[1:-1],
                    [f'addError ResourceError("resource {Case.used} was cancelled when it was {what}")'],
                )
                self.assertIs(result.raised[0].__cause__, cancellation)

    def test_its_traceback_holds_the_user_s_frames_only(self) -> None:
        class Case(AsyncTestCase):
            used = logged([], opens=ValueError("start"), scope="class")

            async def test_1(self) -> None:
                """Don't run."""

            async def test_2(self) -> None:
                """Don't run."""

        text = run_suite(Case).text()
        self.assertNotIn("aiounit/", text)
        self.assertNotIn("asyncio/", text)
        self.assertEqual(text.count("in opened"), 2)

    def test_system_exit_is_an_error_as_in_stdlib(self) -> None:
        class Case(AsyncTestCase):
            used = logged([], opens=SystemExit(1))

            async def test(self) -> None:
                """Don't run."""

        self.assertEqual(outcome(Case), ["addError SystemExit(1)"])

    def test_ctrl_c_ends_the_run(self) -> None:
        for when in ("opens", "closes"):
            with self.subTest(when):
                log: list[str] = []

                class Case(AsyncTestCase):
                    below = logged(log, "below", scope="class")
                    used = logged(log, on=below, **{when: KeyboardInterrupt()})  # type: ignore[arg-type]

                    async def test(self) -> None:
                        """Pass."""

                with self.assertRaises(KeyboardInterrupt):
                    run_suite(Case, log=log)
                self.assertEqual(log[-1], "close below")
                self.assertEqual(log.count("close below"), 1)


class TimeTest(unittest.TestCase):
    """The start or the close of a resource times out."""

    def setUp(self) -> None:
        for name in ("GRACE", "PATIENCE"):
            self.enterContext(mock.patch.object(escalation, name, 0.02))
        self.log: list[str] = []
        self.lock = threading.Lock()
        self.lock.acquire()

    async def wait(self) -> None:
        await asyncio.Event().wait()

    async def refuse(self) -> None:
        """Wait for ever, whatever happens."""
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await self.wait()

    def started_by(self, start: Callable[[], Awaitable[object]]) -> Resource[str]:
        async def it() -> AsyncIterator[str]:
            await start()
            yield "it"
            self.log.append("closed")

        return resource(it)

    def closed_by(self, close: Callable[[], Awaitable[object]]) -> Resource[str]:
        async def it() -> AsyncIterator[str]:
            yield "it"
            await close()

        return resource(it)

    def reported(self, made: Resource[str]) -> list[str]:
        """Run a test that has a resource and little time for it; return what is reported, without the details."""

        class Case(AsyncTestCase):
            setup_timeout = teardown_timeout = 0.02
            it = made

            async def test(case) -> None:  # noqa: N805 (self is the test outside)
                self.log.append("test")

        return [str(error).partition(" at ")[0] for error in run(Case).raised]

    def late(self, made: Resource[str], what: str, attribute: str) -> str:
        """Return what is said of a resource that timed out."""
        kind = "TimeTest.reported.<locals>.Case"
        return f"the {what} of resource {made} timed out after 0.02 s ({attribute} of {kind})"

    def test_the_start(self) -> None:
        for start in (self.wait, self.refuse):
            with self.subTest(start.__name__):
                made = self.started_by(start)
                self.assertEqual(self.reported(made), [self.late(made, "start", "setup_timeout")])
                self.assertEqual(self.log, [])

    def test_the_close(self) -> None:
        for close in (self.wait, self.refuse):
            with self.subTest(close.__name__):
                made = self.closed_by(close)
                self.assertEqual(self.reported(made), [self.late(made, "close", "teardown_timeout")])
                self.assertEqual(self.log.pop(), "test")

    def test_a_start_that_is_synchronous(self) -> None:
        @resource
        def made() -> Iterator[str]:
            self.lock.acquire()
            yield "it"

        self.assertEqual(
            [each.partition(": the event loop was blocked")[0] for each in self.reported(made)],
            [self.late(made, "start", "setup_timeout")],
        )

    def end_late(self, error: Exception | None) -> list[str]:
        """Run a test whose resource ends its start when it has been given up; return what is reported."""
        given_up = asyncio.Event()

        async def start() -> None:
            while not given_up.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await given_up.wait()
            self.log.append("ended")
            if error is not None:
                raise error

        with mock.patch.object(closing, "keep", side_effect=lambda _: given_up.set()):
            return self.reported(self.started_by(start))

    def test_a_start_that_ends_although_it_was_given_up(self) -> None:
        for error in (None, ValueError("late")):
            with self.subTest(error=error):
                reports = self.end_late(error)
                self.assertEqual((len(reports), self.log.pop()), (1, "ended"))
                self.assertRegex(reports[0], "^the start of resource 'it' .* timed out after 0.02 s")

    def test_what_depends_on_it_is_left_out(self) -> None:
        below = self.started_by(self.refuse)

        @resource
        async def above(it: str = depends(below)) -> AsyncIterator[str]:
            self.log.append("above")
            yield it

        self.assertEqual(self.reported(above), [self.late(below, "start", "setup_timeout")])
        self.assertEqual(self.log, [])

    def test_one_that_has_ended_cannot_be_given_up(self) -> None:
        async def main() -> State:
            declared = Declared(contextlib.nullcontext, Scope.TEST, "it")
            instance = Instance(declared, None, {})
            instance.launch(asyncio.get_running_loop(), contextvars.copy_context())
            await instance.wait_started()
            instance.request_close()
            await instance.wait_closed()
            instance.abandon(TimeoutFailure("late"))
            return instance.state

        self.assertIs(asyncio.run(main()), State.CLOSED)
