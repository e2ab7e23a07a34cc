"""What belongs to a longer scope is neither blamed on a shorter one nor ended with it."""

import asyncio
import contextlib
import contextvars
import functools
import io
import re
import socket
import sys
import threading
import types
import unittest
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, allow, depends, resource, settings
from aiounit.checks import ownership
from aiounit.checks.builtin import transports
from aiounit.resources.scopes import ScopeName
from tests.checks.support import QuietTestCase
from tests.resources.support import fake_module, run_suite

LEVELS = {"all": "fail", "timers": "fail", "blocking": "off"}
PASSED = [entry for number in (1, 2, 1, 3) for entry in (f"start test_{number}", "addSuccess")]


async def for_ever() -> None:
    await asyncio.Event().wait()


class Pool:
    """Makes whatever it needs when it needs it, and holds it."""

    def __init__(self) -> None:
        self.held: Any = None
        self.made = 0
        self.stop = threading.Event()
        self.queue: asyncio.Queue[int] = asyncio.Queue()

    def nothing(self) -> None:
        """Be called."""


Make = Callable[[Pool], Awaitable[object]]
KINDS: dict[str, tuple[Make, Make, str]] = {}


def closed_by(make: Make, text: str) -> Callable[[Make], Make]:
    """Enter how a pool closes what it makes; the text is in the finding if it does not."""

    def enter(close: Make) -> Make:
        KINDS[make.__name__] = (make, close, text)
        return close

    return enter


async def a_task(pool: Pool) -> None:
    pool.held = {"worker": asyncio.create_task(for_ever(), name="worker")}


@closed_by(a_task, "tasks, task worker of for_ever")
async def close_a_task(pool: Pool) -> None:
    pool.held["worker"].cancel()
    await asyncio.wait(pool.held.values())


async def a_connection(pool: Pool) -> None:
    pool.peer, own = socket.socketpair()  # type: ignore[attr-defined] # it is set
    pool.held = await asyncio.open_connection(sock=own)


@closed_by(a_connection, "transports, .* is still open")
async def close_a_connection(pool: Pool) -> None:
    pool.held[1].close()
    await pool.held[1].wait_closed()


async def a_server(pool: Pool) -> None:
    accepted = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read()
        writer.close()

    pool.held = await asyncio.start_server(serve, "127.0.0.1", 0)
    pool.peer = socket.create_connection(pool.held.sockets[0].getsockname())  # type: ignore[attr-defined] # it is set
    await accepted.wait()


@closed_by(a_server, "transports, a server still listens on")
async def close_a_server(pool: Pool) -> None:
    pool.peer.close()  # type: ignore[attr-defined] # it is set
    pool.held.close()
    await pool.held.wait_closed()


async def a_subprocess(pool: Pool) -> None:
    pool.held = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=-1)


@closed_by(a_subprocess, "transports, .*process .* is still running")
async def close_a_subprocess(pool: Pool) -> None:
    await pool.held.communicate(b"\n")


async def a_watched_file(pool: Pool) -> None:
    pool.held, pool.peer = socket.socketpair()  # type: ignore[attr-defined] # it is set
    asyncio.get_running_loop().add_reader(pool.held.fileno(), pool.nothing)


@closed_by(a_watched_file, r"transports, the loop still watches .* and calls Pool\.nothing")
async def close_a_watched_file(pool: Pool) -> None:
    asyncio.get_running_loop().remove_reader(pool.held.fileno())
    pool.held.close()


async def a_generator(pool: Pool) -> None:
    async def numbers() -> AsyncIterator[int]:
        yield 1

    pool.held = numbers()
    await anext(pool.held)


@closed_by(a_generator, "asyncgens, asynchronous generator a_generator")
async def close_a_generator(pool: Pool) -> None:
    await pool.held.aclose()


async def a_timer(pool: Pool) -> None:
    pool.held = asyncio.get_running_loop().call_later(3600, pool.nothing)


@closed_by(a_timer, r"timers, Pool\.nothing\(\)")
async def close_a_timer(pool: Pool) -> None:
    pool.held.cancel()


async def a_job(pool: Pool) -> None:
    pool.held = asyncio.get_running_loop().run_in_executor(None, pool.stop.wait)


@closed_by(a_job, r"executor, Event\.wait\(\) was still running")
async def close_a_job(pool: Pool) -> None:
    pool.stop.set()
    await pool.held


async def a_thread(pool: Pool) -> None:
    pool.held = threading.Thread(target=pool.stop.wait, name="worker")
    pool.held.start()


@closed_by(a_thread, "threads, thread worker of ")
async def close_a_thread(pool: Pool) -> None:
    pool.stop.set()
    pool.held.join()


def in_words(levels: dict[str, str]) -> Any:
    """Have levels as the environment sets them."""
    text = ",".join(f"{name}={level}" for name, level in levels.items())
    read = settings.read({"AIOUNIT_CHECKS": text}, "/")
    return mock.patch.object(settings, "current", return_value=read)


def plain(entry: str) -> str:
    """Return an entry of a log without quotes and line ends."""
    return re.sub(r"[\\'\"]", "", entry)


class ScopeTests(QuietTestCase):
    def run_with(self, scope: ScopeName, make: Make, close: Make | None, levels: dict[str, str]) -> list[str]:
        """Use a pool in two tests of a class and in one of another class; in another module if the scope is the run."""
        pools: list[Pool] = []

        @resource(scope=scope)
        async def made_pool() -> AsyncIterator[Pool]:
            pools.append(made := Pool())
            yield made
            if close is not None:
                await close(made)

        class First(AsyncTestCase):
            __module__ = "first_suite_of_pools"
            pool = made_pool

            async def test_1(self) -> None:
                if self.pool.held is None:
                    await make(self.pool)
                self.assertTrue(is_alive(self.pool.held))

            async def test_2(self) -> None:
                self.assertTrue(is_alive(self.pool.held))

        class Second(First):
            __module__ = "first_suite_of_pools" if scope == "module" else "second_suite_of_pools"
            test_2 = None  # type: ignore[assignment] # there is none

        class Last(unittest.TestCase):
            __module__ = "third_suite_of_pools"

            def test_3(self) -> None:
                for pool in pools if scope == "module" else ():
                    pool.stop.set()

        with contextlib.ExitStack() as stack:
            for name in ("first_suite_of_pools", "second_suite_of_pools", "third_suite_of_pools"):
                stack.enter_context(fake_module(name))
            stack.enter_context(in_words(levels))
            stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            log = run_suite(First, Second, Last).log
        for pool in pools:
            pool.stop.set()
            if peer := vars(pool).get("peer"):
                peer.close()
        self.assertEqual(len(pools), 2 if scope == "class" else 1)
        return log

    def test_what_a_test_makes_for_a_wider_scope_lives_on_at_every_level(self) -> None:
        for scope in ("class", "module", "run"):
            for name, (make, close, _) in KINDS.items():
                for level in ("fail", "warn", "off"):
                    with self.subTest(name, scope=scope, level=level):
                        levels = dict.fromkeys(LEVELS, level) if level != "fail" else LEVELS
                        if level == "warn":
                            levels = {**levels, "blocking": "off"}
                        self.assertEqual(self.run_with(scope, make, close, levels), PASSED)

    def test_what_is_not_closed_is_one_finding_of_its_scope_that_names_the_resource(self) -> None:
        reported: dict[ScopeName, str] = {"module": "tearDownModule", "run": "closing the resources of the run"}
        for scope, where in reported.items():
            for name, (make, _, text) in KINDS.items():
                if (name, scope) in {("a_job", "run"), ("a_server", "run"), ("a_server", "module")}:
                    continue  # the end of the loop waits for the job; a server has its connections, too
                with self.subTest(name, scope=scope):
                    log = self.run_with(scope, make, None, LEVELS)
                    found = [entry for entry in log if entry not in PASSED]
                    self.assertEqual([entry for entry in log if entry in PASSED], PASSED)
                    self.assertEqual(len(found), 1, log)
                    self.assertRegex(plain(found[0]), f"^{where} FindingError.{text}.* belongs to resource made_pool")

    def test_a_server_that_is_not_closed_and_its_connections(self) -> None:
        make, _, text = KINDS["a_server"]
        log = self.run_with("module", make, None, LEVELS)
        (last,) = (entry for entry in log if entry.startswith("tearDownModule"))
        self.assertRegex(plain(last), f"^tearDownModule .*: 3 findings.*{text}")
        self.assertEqual(last.count("belongs to resource"), 3)


def is_alive(thing: Any) -> bool:  # noqa: PLR0911 (one for each kind)
    """Tell whether nothing has ended what a pool holds."""
    match thing:
        case dict():
            return not thing["worker"].done()
        case (_, asyncio.StreamWriter() as writer):
            return not writer.is_closing()
        case asyncio.AbstractServer():
            return thing.is_serving()
        case asyncio.subprocess.Process():
            return thing.returncode is None
        case socket.socket():
            return thing.fileno() in asyncio.get_running_loop()._selector.get_map()  # type: ignore[attr-defined] # private
        case asyncio.TimerHandle():
            return not thing.cancelled()
        case asyncio.Future():
            return not thing.done()
        case threading.Thread():
            return thing.is_alive()
        case _:
            return thing.ag_frame is not None


class TestsOwnTests(QuietTestCase):
    """What only uses a longer scope is the test's."""

    def log_of(self, body: Callable[[Any], Awaitable[object]]) -> list[str]:
        @resource(scope="run")
        async def made_pool() -> AsyncIterator[Pool]:
            yield Pool()

        class Case(AsyncTestCase):
            pool = made_pool
            checks = LEVELS

            async def test(self) -> None:
                await body(self)

        with contextlib.redirect_stderr(io.StringIO()):
            return run_suite(Case).log

    async def task_that_waits(self, case: Any) -> None:
        asyncio.create_task(case.pool.queue.get(), name="own")
        await asyncio.sleep(0)

    async def task_that_uses(self, case: Any) -> None:
        async def use(pool: Pool) -> None:
            pool.made += 1
            await for_ever()

        case.held = asyncio.create_task(use(case.pool), name="own")
        await asyncio.sleep(0)

    async def timer(self, case: Any) -> None:
        asyncio.get_running_loop().call_later(3600, case.pool.nothing)

    async def task_in_the_attribute_of_the_test(self, case: Any) -> None:
        case.pool_of_the_test = Pool()
        case.pool_of_the_test.held = asyncio.create_task(for_ever(), name="own")

    def test_it_fails_the_test(self) -> None:
        bodies: list[Any] = [
            self.task_that_waits,
            self.task_that_uses,
            self.timer,
            self.task_in_the_attribute_of_the_test,
        ]
        for body in bodies:
            with self.subTest(body.__name__):
                start, failed = self.log_of(body)
                self.assertEqual(start, "start test")
                self.assertRegex(plain(failed), r"^addError FindingError.(tasks, task own|timers, )")
                self.assertNotIn("belongs to", failed)

    def test_a_task_that_waits_for_one_of_the_pool(self) -> None:
        async def body(case: Any) -> None:
            case.pool.held = asyncio.create_task(for_ever(), name="of the pool")
            asyncio.create_task(asyncio.wait([case.pool.held]), name="own")
            await asyncio.sleep(0)

        _, failed, end = self.log_of(body)
        self.assertRegex(plain(failed), "^addError FindingError.tasks, task own")
        self.assertRegex(plain(end), "^closing the resources of the run .*task of the pool.*and belongs to resource")


class FixtureTests(QuietTestCase):
    """Attributes of classes and globals of modules own as resources do."""

    def log_of(self, *kinds: type[unittest.TestCase], **names: object) -> list[str]:
        with fake_module("suite_of_fixtures", **names), contextlib.redirect_stderr(io.StringIO()):
            return run_suite(*kinds).log

    def test_an_attribute_that_a_fixture_of_the_class_has_set(self) -> None:
        class Case(AsyncTestCase):
            pool: Pool

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.pool = Pool()

            @classmethod
            async def asyncTearDownClass(cls) -> None:
                cls.pool.held.cancel()

            async def test_1(self) -> None:
                self.pool.held = asyncio.create_task(for_ever())

            async def test_2(self) -> None:
                self.assertFalse(self.pool.held.done())

        self.assertEqual(self.log_of(Case), ["start test_1", "addSuccess", "start test_2", "addSuccess"])

    def test_an_attribute_that_is_not_closed_is_named(self) -> None:
        class Case(AsyncTestCase):
            __module__ = "suite_of_fixtures"
            __qualname__ = "Case"
            shared_loop = True
            pool = Pool()

            async def test(self) -> None:
                self.pool.held = asyncio.create_task(for_ever(), name="worker")

        *passed, last = self.log_of(Case)
        self.assertEqual(passed, ["start test", "addSuccess"])
        self.assertRegex(
            plain(last), "^tearDownClass FindingError.*, and belongs to attribute pool of suite_of_fixtures.Case"
        )

    def test_what_a_cleanup_of_the_class_is_for(self) -> None:
        class Case(AsyncTestCase):
            shared_loop = True

            @classmethod
            def setUpClass(cls) -> None:
                pool = Pool()
                cls.addClassCleanup(lambda: pool.held.cancel())  # noqa: PLW0108 (it is not there yet)
                cls.get = lambda _: pool  # type: ignore[attr-defined] # it is set

            async def test(self) -> None:
                self.get().held = asyncio.create_task(for_ever())  # type: ignore[attr-defined] # it is set

        self.assertEqual(self.log_of(Case), ["start test", "addSuccess"])

    def test_a_synchronous_cleanup_of_the_class_comes_before_the_checks(self) -> None:
        class Case(AsyncTestCase):
            checks = {"threads": "fail"}
            shared_loop = True
            pool: Pool

            @classmethod
            def setUpClass(cls) -> None:
                cls.pool = Pool()
                cls.addClassCleanup(lambda: cls.pool.held.join())  # noqa: PLW0108 (it is not there yet)
                cls.addClassCleanup(cls.pool.stop.set)

            async def test(self) -> None:
                await a_thread(self.pool)

        self.assertEqual(self.log_of(Case), ["start test", "addSuccess"])

    def modules_log(self, *, in_fixture: bool) -> list[str]:
        names: dict[str, object] = {"app": None if in_fixture else Pool()}

        async def set_up() -> None:
            if in_fixture:
                vars(sys.modules["suite_of_fixtures"])["app"] = Pool()

        module = fake_module("suite_of_fixtures", asyncSetUpModule=set_up, **names)
        with module, contextlib.redirect_stderr(io.StringIO()):

            class Case(AsyncTestCase):
                __module__ = "suite_of_fixtures"

                async def test(self) -> None:
                    app: Any = vars(sys.modules["suite_of_fixtures"])["app"]
                    app.held = asyncio.create_task(for_ever(), name="worker")

            return run_suite(Case).log

    def test_a_global_that_a_fixture_of_the_module_has_set(self) -> None:
        *passed, last = self.modules_log(in_fixture=True)
        self.assertEqual(passed, ["start test", "addSuccess"])
        self.assertRegex(
            plain(last), "^tearDownModule FindingError.* belongs to global app of module suite_of_fixtures"
        )

    def test_a_global_that_is_there_when_the_module_is_loaded_owns_nothing(self) -> None:
        start, last = self.modules_log(in_fixture=False)
        self.assertEqual(start, "start test")
        self.assertRegex(plain(last), "^addError FindingError.tasks, task worker")

    def test_what_a_class_fixture_makes_for_the_run(self) -> None:
        @resource(scope="run")
        async def made_pool() -> AsyncIterator[Pool]:
            yield (pool := Pool())
            pool.held.cancel()

        class Base(AsyncTestCase):
            __module__ = "suite_of_fixtures"
            pool = made_pool

        class First(Base):
            @resource(scope="class")
            async def grown(cls, pool=depends(made_pool)):  # type: ignore[no-untyped-def] # noqa: N805, ANN
                pool.held = asyncio.create_task(for_ever())

            async def test(self) -> None:
                """Use it."""

        class Second(Base):
            async def test(self) -> None:
                self.assertFalse(self.pool.held.done())

        for level in ("fail", "off"):
            with self.subTest(level), in_words({"all": level}):
                log = self.log_of(First, Second)
                self.assertEqual(log, ["start test", "addSuccess", "start test", "addSuccess"])

    def test_a_variable_of_the_resource_function_is_the_resources(self) -> None:
        @resource(scope="run")
        async def made_spawn() -> AsyncIterator[Callable[..., None]]:
            tasks = []
            yield lambda coroutine: tasks.append(asyncio.create_task(coroutine))
            for task in tasks:
                task.cancel()

        class Case(AsyncTestCase):
            spawn = made_spawn

            async def test(self) -> None:
                self.spawn(for_ever())

        self.assertEqual(self.log_of(Case), ["start test", "addSuccess"])

    def test_what_a_resource_leaves_in_its_own_function_names_it(self) -> None:
        @resource(scope="class")
        async def leaving() -> AsyncIterator[None]:
            asyncio.create_task(for_ever(), name="worker")
            yield

        class Case(AsyncTestCase):
            used = leaving

            async def test(self) -> None:
                """Use it."""

        *_, last = self.log_of(Case)
        self.assertRegex(plain(last), "^tearDownClass FindingError.*task worker.*, and belongs to resource .*leaving")

    def test_the_widest_scope_that_holds_it_has_it(self) -> None:
        @resource(scope="run")
        async def made_pool() -> AsyncIterator[Pool]:
            yield Pool()

        class Case(AsyncTestCase):
            pool = made_pool
            of_the_class: Pool

            async def test(self) -> None:
                type(self).of_the_class = self.pool
                self.pool.held = asyncio.create_task(for_ever())

        *_, last = self.log_of(Case)
        self.assertRegex(plain(last), "^closing the resources of the run FindingError")

    def test_where_nobody_looks_at_the_class_it_is_nobodys(self) -> None:
        class Case(AsyncTestCase):
            pool: Pool
            checks = {"tasks": "off"}

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                cls.pool = Pool()

            async def test(self) -> None:
                self.pool.held = asyncio.create_task(for_ever())

        self.assertEqual(self.log_of(Case), ["start test", "addSuccess"])

    def test_allowed_findings_live_on_as_well(self) -> None:
        @allow("transports", reason="the pool can't be closed")
        class Case(AsyncTestCase):
            pool = Pool()
            shared_loop = True

            async def test_1(self) -> None:
                await a_connection(self.pool)

            async def test_2(self) -> None:
                self.assertFalse(self.pool.held[1].is_closing())
                self.pool.peer.close()  # type: ignore[attr-defined] # it is set

        self.assertEqual(self.log_of(Case), ["start test_1", "addSuccess", "start test_2", "addSuccess"])

    def test_where_the_run_is_not_looked_at_its_things_are_nobodys(self) -> None:
        for make, close, _ in KINDS.values():
            with self.subTest(make.__name__), in_words({"all": "off"}):

                @resource(scope="run")
                async def made_pool() -> AsyncIterator[Pool]:
                    yield (pool := Pool())
                    await close(pool)  # noqa: B023 (it is used up at once)
                    if peer := vars(pool).get("peer"):
                        peer.close()

                class Case(AsyncTestCase):
                    checks = LEVELS
                    pool = made_pool

                    async def test(self) -> None:
                        await make(self.pool)  # noqa: B023 (it is used up at once)

                self.assertEqual(self.log_of(Case), ["start test", "addSuccess"])

    def test_a_loop_that_a_test_has_closed_is_not_looked_at(self) -> None:
        class Case(AsyncTestCase):
            shared_loop = True

            def test_1(self) -> None:
                asyncio.get_event_loop().close()

            async def test_2(self) -> None:
                """Run on another."""

        with in_words({"all": "off"}):
            _start, failed, *_ = self.log_of(Case)
        self.assertRegex(failed, "^addError LoopError")


class WatchedFileTests(unittest.TestCase):
    def test_the_object_whose_method_is_called(self) -> None:
        class Socket:
            def method(self) -> None:
                """Be bound."""

            def closure(self) -> Callable[[], None]:
                return lambda: self.method()  # noqa: PLW0108 (it is what libraries write)

            def empty(self) -> Callable[[], None]:
                def function() -> None:
                    self.method()  # noqa: F821 (it is deleted)

                del self
                return function

        socket_of_it = Socket()
        for function in (socket_of_it.method, socket_of_it.closure(), functools.partial(socket_of_it.method)):
            self.assertIs(transports._self_of(function), socket_of_it)
        for function in (for_ever, socket_of_it.empty()):  # type: ignore[assignment] # it is a function as well
            self.assertIs(transports._self_of(function), function)


class LaterTests(QuietTestCase):
    def test_what_a_worker_makes_later_is_the_scopes(self) -> None:
        @resource(scope="run")
        async def made_pool() -> AsyncIterator[Pool]:
            yield (pool := Pool())
            pool.held.cancel()

        async def work(pool: Pool) -> None:
            await pool.queue.get()
            pool.child = asyncio.create_task(for_ever(), name="child")  # type: ignore[attr-defined] # it is set
            await for_ever()

        class Case(AsyncTestCase):
            pool = made_pool

            async def test_1(self) -> None:
                self.pool.held = asyncio.create_task(work(self.pool), name="worker")

            async def test_2(self) -> None:
                self.pool.queue.put_nowait(1)
                await asyncio.sleep(0)
                await asyncio.sleep(0)

            async def test_3(self) -> None:
                self.assertFalse(self.pool.child.done())  # type: ignore[attr-defined] # it is set

        with contextlib.redirect_stderr(io.StringIO()):
            *passed, last = run_suite(Case).log
        self.assertEqual([entry for entry in passed if not entry.startswith("start")], ["addSuccess"] * 3)
        self.assertRegex(plain(last), "^closing the resources of the run FindingError.*task child")


class HandOverTests(unittest.IsolatedAsyncioTestCase):
    async def test_the_tasks_of_a_scope_are_marked(self) -> None:
        token = object()
        context = contextvars.copy_context()
        context.run(ownership.owner.set, token)
        loop = asyncio.get_running_loop()
        task = loop.create_task(for_ever(), context=context)
        keeper = ownership.Keeper(wider := object(), None, [("it", types.SimpleNamespace(task=task))])
        if sys.version_info >= (3, 12):
            ownership.hand_over([(None, task)], [keeper], loop)
            self.assertIs(context[ownership.owner], wider)
        task.cancel()
