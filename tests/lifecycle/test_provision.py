"""What one test gets: on demand, from factories, traced; and what becomes of it when the loop is lost."""

import asyncio
import contextlib
import io
import pickle
import unittest
from collections.abc import AsyncIterator
from typing import Any
from unittest import mock

from aiounit import (
    AsyncTestCase,
    DeclarationError,
    ResourceError,
    ScopeError,
    depends,
    resource,
    resource_factory,
    settings,
)
from tests.resources.support import logged, run_suite
from tests.support import outcome, run
from tests.walk import follow


class UseTest(unittest.TestCase):
    """Resources that a test takes on demand."""

    def test_one_that_is_not_there_starts_and_closes_after_the_cleanups(self) -> None:
        log: list[str] = []
        wanted = logged(log)

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addCleanup(log.append, "cleanup")
                log.append(await self.use(wanted))

        run(Case, log)
        self.assertEqual(log[1:-1], ["open it", "it", "cleanup", "close it", "addSuccess"])

    def test_one_that_is_there_is_the_same(self) -> None:
        log: list[str] = []
        wanted = logged(log)

        class Case(AsyncTestCase):
            it = wanted

            async def test(self) -> None:
                self.assertIs(await self.use(wanted), self.it)
                self.assertIs(await self.use(wanted), self.it)

        run(Case, log)
        self.assertEqual(log[1:-1], ["open it", "close it", "addSuccess"])

    def test_two_tasks_that_take_it_at_once_get_one(self) -> None:
        log: list[str] = []
        wanted = logged(log)

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await asyncio.gather(self.use(wanted), self.use(wanted))

        run(Case, log)
        self.assertEqual(log[1:-1], ["open it", "close it", "addSuccess"])

    def test_a_wider_one_on_the_shared_loop_stays(self) -> None:
        log: list[str] = []
        wanted = logged(log, scope="class")

        class Case(AsyncTestCase):
            shared_loop = True

            async def test_1(self) -> None:
                await self.use(wanted)

            test_2 = test_1

        run_suite(Case, log=log)
        self.assertEqual(log, ["start test_1", "open it", "addSuccess", "start test_2", "addSuccess", "close it"])

    def test_a_wider_one_on_an_own_loop_is_an_error(self) -> None:
        wanted = logged([], scope="run")
        held = [wanted]

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.use(held[0])

        result = run(Case)
        self.assertIsInstance(result.raised[0], ScopeError)
        self.assertEqual(
            str(result.raised[0]),
            f"resource {wanted} lives for a run, but each test of {__name__}.{Case.__qualname__} has a loop of its "
            f"own, because its class names no resource that lives longer. Write it = it in the body of the class, or "
            f"shared_loop = True",
        )

    def test_what_is_no_resource_is_an_error(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                with self.assertRaisesRegex(DeclarationError, r"^use\(\) takes a resource, not 1\.$"):
                    await self.use(1)  # type: ignore[arg-type]

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_outside_a_run_it_is_an_error(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

        case = Case("test")
        with self.assertRaisesRegex(ResourceError, "is not running: resources are available from setUp"):
            asyncio.run(case.use(logged([])))

    def test_one_that_does_not_start_raises_its_error(self) -> None:
        broken = logged([], "broken", opens=ValueError("start"))

        class Case(AsyncTestCase):
            async def test(self) -> None:
                with self.assertRaisesRegex(ValueError, "^start$"):
                    await self.use(broken)
                with self.assertRaisesRegex(ResourceError, "has failed before: ValueError: start$"):
                    await self.use(broken)

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_several_errors_are_raised_together(self) -> None:
        a, b = logged([], "a", opens=ValueError("a")), logged([], "b", opens=ValueError("b"))

        @resource
        async def both(_a: str = depends(a), _b: str = depends(b)) -> None:
            """Need both."""

        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.use(both)

        self.assertEqual(
            outcome(Case),
            ["addError ExceptionGroup('several resources went wrong', [ValueError('a'), ValueError('b')])"],
        )

    def test_one_that_takes_too_long_is_given_up(self) -> None:
        log: list[str] = []

        @resource
        async def stuck() -> AsyncIterator[None]:
            try:
                await asyncio.Event().wait()
                yield
            finally:
                log.append("given up")

        class Case(AsyncTestCase):
            async def test(self) -> None:
                for _ in range(2):
                    with self.assertRaises(TimeoutError):
                        async with asyncio.timeout(0):
                            await self.use(stuck)

        run(Case, log)
        self.assertEqual(log[1:-1], ["given up", "given up", "addSuccess"])

    def test_what_fails_while_it_is_given_up_is_reported(self) -> None:
        @resource
        async def stuck() -> AsyncIterator[None]:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise ValueError("given up") from None
            yield

        class Case(AsyncTestCase):
            async def test(self) -> None:
                async with asyncio.timeout(0):
                    await self.use(stuck)

        self.assertEqual(
            outcome(Case),
            ["addError ExceptionGroup('resources failed while their start was cancelled', [ValueError('given up')])"],
        )

    def test_what_has_started_beside_it_is_closed(self) -> None:
        log: list[str] = []
        whole = logged(log)

        @resource
        async def stuck() -> AsyncIterator[None]:
            await asyncio.Event().wait()
            yield

        @resource
        async def both(_whole: str = depends(whole), _stuck: None = depends(stuck)) -> None:
            """Need both."""

        class Case(AsyncTestCase):
            async def test(self) -> None:
                with self.assertRaises(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await self.use(both)

        run(Case, log)
        self.assertEqual(log[1:-1], ["open it", "close it", "addSuccess"])

    def test_a_method_may_take_others_while_it_starts(self) -> None:
        log: list[str] = []
        wanted = logged(log)

        class Case(AsyncTestCase):
            make = resource_factory(logged(log, "made").function)

            @resource
            async def both(self) -> str:
                return f"{await self.use(wanted)}{await self.make()}"

            async def test(self) -> None:
                log.append(self.both)

        run(Case, log)
        self.assertEqual(log[1:-1], ["open it", "open made", "itmade", "close made", "close it", "addSuccess"])

    def test_one_that_dies_ends_the_test(self) -> None:
        @resource
        async def it() -> AsyncIterator[None]:
            async with asyncio.timeout(0):
                yield

        class Case(AsyncTestCase):
            make = resource_factory(it.function)

            async def test_use(self) -> None:
                await self.use(it)
                await asyncio.Event().wait()

            async def test_make(self) -> None:
                await self.make()
                await asyncio.Event().wait()

        for name in ("test_use", "test_make"):
            self.assertEqual(outcome(Case, name), ["addError TimeoutError()"])

    def test_one_that_dies_while_the_test_goes_on_ends_the_test(self) -> None:
        @resource
        async def it() -> AsyncIterator[asyncio.Future[None]]:
            async with asyncio.TaskGroup() as group:
                future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                group.create_task(self.follow(future))
                yield future

        class Case(AsyncTestCase):
            make = resource_factory(it.function)

            async def test_use(self) -> None:
                (await self.use(it)).set_exception(ValueError("dead"))
                await asyncio.Event().wait()

            async def test_make(self) -> None:
                (await self.make()).set_exception(ValueError("dead"))
                await asyncio.Event().wait()

        for name in ("test_use", "test_make"):
            [event] = outcome(Case, name)
            self.assertIn("ValueError('dead')", event)

    @staticmethod
    async def follow(future: asyncio.Future[None]) -> None:
        await future


class FactoryTest(unittest.TestCase):
    """Factories make as many resources as a test asks for."""

    def test_each_is_closed_in_turn_with_the_cleanups(self) -> None:
        log: list[str] = []
        below = logged(log, "below")

        async def connect(name: str, *, base: str = depends(below)) -> AsyncIterator[str]:
            log.append(f"open {name}")
            yield f"{name} on {base}"
            log.append(f"close {name}")
            raise ValueError(name)

        class Case(AsyncTestCase):
            connect_to = resource_factory(connect)

            async def test(self) -> None:
                log.append(await self.connect_to("a"))
                self.addCleanup(log.append, "cleanup")
                log.append(await self.connect_to(name="b"))
                log.append(await self.connect_to("c", base="other"))

        run(Case, log)
        self.assertEqual(
            log[1:-1],
            [
                "open below",
                "open a",
                "a on below",
                "open b",
                "b on below",
                "open c",
                "c on other",
                "close c",
                "addError ValueError('c')",
                "close b",
                "addError ValueError('b')",
                "cleanup",
                "close a",
                "addError ValueError('a')",
                "close below",
            ],
        )

    def test_one_that_fails_raises_its_error_and_is_not_reported_again(self) -> None:
        def refuse() -> None:
            raise ValueError("refused")

        async def connect() -> AsyncIterator[None]:
            refuse()
            yield

        class Case(AsyncTestCase):
            connect_to = resource_factory(connect)

            async def test(self) -> None:
                with self.assertRaisesRegex(ValueError, "^refused$"):
                    await self.connect_to()

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_a_method_gets_the_test(self) -> None:
        class Case(AsyncTestCase):
            @resource_factory
            async def name(self, suffix: str) -> str:
                return self.id().rpartition(".")[2] + suffix

            async def test(self) -> None:
                self.assertEqual(await self.name("!"), "test!")

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_a_dependency_of_wider_scope_is_one_for_all(self) -> None:
        log: list[str] = []
        below = logged(log, "below", scope="class")

        async def connect(_below: str = depends(below)) -> AsyncIterator[None]:
            log.append("open")
            yield
            log.append("close")

        class Case(AsyncTestCase):
            connect_to = resource_factory(connect)

            async def test_1(self) -> None:
                await self.connect_to()

            test_2 = test_1

        run_suite(Case, log=log)
        self.assertEqual(
            log,
            [
                "start test_1",
                "open below",
                "open",
                "close",
                "addSuccess",
                "start test_2",
                "open",
                "close",
                "addSuccess",
                "close below",
            ],
        )


class LoopTest(unittest.TestCase):
    """Loops of tests with resources."""

    def test_own_or_shared_follows_from_what_the_class_uses(self) -> None:
        loops: dict[str, set[asyncio.AbstractEventLoop]] = {}
        for scope in ("test", "class", "module", "run"):
            seen = loops[scope] = set[asyncio.AbstractEventLoop]()

            class Case(AsyncTestCase):
                it = logged([], scope=scope)

                async def test_1(self, seen: Any = seen) -> None:
                    seen.add(asyncio.get_running_loop())

                test_2 = test_1

            run_suite(Case)
        self.assertEqual(
            {scope: len(each) for scope, each in loops.items()}, {"test": 2, "class": 1, "module": 1, "run": 1}
        )

    def test_resources_of_a_test_that_closes_its_loop_are_reported(self) -> None:
        log: list[str] = []
        wanted = logged(log)

        class Case(AsyncTestCase):
            it = wanted

            def test(self) -> None:
                asyncio.get_event_loop().close()

        run(Case, log)
        self.assertEqual(
            log[1:-1],
            [
                "open it",
                "addError LoopError('the event loop of the test was closed before the test had ended. Something "
                "called loop.close(): leave the loop to aiounit, which closes it after the last cleanup')",
                f'addError ResourceError("resource {wanted} could not be closed: something has closed its event loop")',
            ],
        )

    def test_debug_gives_the_resources_too(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            it = logged(log)

            async def test(self) -> None:
                log.append(self.it)
                raise ValueError("test")

        with self.assertRaisesRegex(ValueError, "^test$"):
            Case("test").debug()
        self.assertEqual(log, ["open it", "it", "close it"])

    def test_synchronous_tests_get_them_too(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            it = logged(log)

            def test(self) -> None:
                log.append(self.it)

        run(Case, log)
        self.assertEqual(log[1:-1], ["open it", "it", "close it", "addSuccess"])


class PickledTest(AsyncTestCase):
    it = logged([])

    async def test(self) -> None:
        self.assertEqual(self.it, "it")


class PickleTest(unittest.TestCase):
    def test_a_test_with_resources_can_be_pickled_before_and_after_it_runs(self) -> None:
        case = PickledTest("test")
        for _ in range(2):
            case = pickle.loads(pickle.dumps(case))
            result = unittest.TestResult()
            case.run(result)
            self.assertTrue(result.wasSuccessful(), result.errors)


class TraceTest(unittest.TestCase):
    def test_each_start_and_close_is_printed_on_a_line_of_its_own(self) -> None:
        class Case(AsyncTestCase):
            loop_factory = None
            it = logged([], "it", scope="class")

            async def test(self) -> None:
                """Pass."""

        now = settings.current()._replace(trace=True)
        output = io.StringIO()
        with mock.patch.object(settings, "current", return_value=now), contextlib.redirect_stderr(output):
            run_suite(Case)
        self.assertRegex(
            output.getvalue(),
            r"^\naiounit: resource 'it' \(class\) started in 0\.\d{3} s\n"
            r"\naiounit: resource 'it' \(class\) closed in 0\.\d{3} s\n$",
        )


def load_tests(loader: unittest.TestLoader, _tests: unittest.TestSuite, _pattern: str | None) -> unittest.TestSuite:
    """Leave out the test case that a test pickles."""
    kinds = (UseTest, FactoryTest, LoopTest, PickleTest, TraceTest)
    return unittest.TestSuite(loader.loadTestsFromTestCase(kind) for kind in kinds)


class CostTest(unittest.TestCase):
    """Resources that have started are not looked at one by one for each test."""

    def test_the_calls_of_a_test_do_not_depend_on_the_number_of_resources_of_its_class(self) -> None:
        self.assertEqual(self.calls(resources=50), self.calls(resources=5))

    def calls(self, resources: int) -> list[tuple[int, str, str]]:
        """Return the calls of the last of some tests of a class with resources."""
        walks: list[list[tuple[int, str, str]]] = []

        class Case(AsyncTestCase):
            def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
                walks.append(follow(lambda: super(Case, self).run(result)).calls)
                return result

            async def test_1(self) -> None:
                """Pass."""

            test_2 = test_3 = test_4 = test_1

        names = {f"resource_{number}": resource(scope="class")(_nothing) for number in range(resources)}
        run_suite(type("Case", (Case,), names))
        return walks[-1]


async def _nothing() -> None:
    """Be the function of a resource."""
