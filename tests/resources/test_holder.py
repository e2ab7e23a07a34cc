"""The resources of one scope: all or nothing, concurrently, in order, and the context variables that they set."""

import asyncio
import contextvars
import unittest
from collections.abc import AsyncIterator

from aiounit import AsyncTestCase, Resource, depends, resource
from aiounit.resources.declaration import Declared, Scope
from aiounit.resources.holder import Holder
from aiounit.resources.instance import Instance, State
from aiounit.resources.scopes import ScopeName
from tests.resources.support import logged, run_suite
from tests.support import outcome, run

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")
OTHER: contextvars.ContextVar[str] = contextvars.ContextVar("OTHER", default="unset")


class ConcurrencyTest(unittest.TestCase):
    """What is independent starts and closes at the same time."""

    def test_independent_ones_start_and_close_together(self) -> None:
        for scope in ("test", "class", "module", "run"):
            with self.subTest(scope):
                self.check_concurrency(scope)

    def check_concurrency(self, scope: ScopeName) -> None:
        log: list[str] = []
        started, closed = asyncio.Barrier(2), asyncio.Barrier(2)

        def meet(name: str) -> Resource[None]:
            @resource(scope=scope)
            async def it() -> AsyncIterator[None]:
                await started.wait()
                log.append(f"open {name}")
                yield
                await closed.wait()
                log.append(f"close {name}")

            return it

        class Case(AsyncTestCase):
            a = meet("a")
            b = meet("b")

            async def test(self) -> None:
                """Pass."""

        run_suite(Case, log=log)
        self.assertEqual(sorted(log), ["addSuccess", "close a", "close b", "open a", "open b", "start test"])


class AllOrNothingTest(unittest.TestCase):
    """If one does not start, none stays."""

    def test_those_that_did_start_are_closed_and_all_errors_reported(self) -> None:
        for scope in ("test", "class", "module", "run"):
            with self.subTest(scope):
                self.check_all_or_nothing(scope)

    def check_all_or_nothing(self, scope: ScopeName) -> None:
        log: list[str] = []
        broken = logged(log, "b", scope=scope, opens=ValueError("b"))

        class Case(AsyncTestCase):
            a = logged(log, "a", scope=scope, closes=KeyError("a"))
            b = broken
            c = logged(log, "c", scope=scope, opens=ValueError("c"))
            d = logged(log, "d", scope=scope, on=broken)

            async def test(self) -> None:
                log.append("not run")

        run_suite(Case, log=log)
        group = "ExceptionGroup('other resources went wrong too', [ValueError('c'), KeyError('a')])"
        self.assertEqual(
            log,
            ["start test", "open a", "open b", "open c", "close a", "addError ValueError('b')", f"addError {group}"],
        )

    def test_a_healthy_one_starts_again_for_another_class(self) -> None:
        log: list[str] = []
        healthy = logged(log, "healthy", scope="run")

        class Broken(AsyncTestCase):
            a = healthy
            b = logged(log, "broken", scope="run", opens=ValueError("b"))

            async def test(self) -> None:
                """Don't run."""

        class Whole(AsyncTestCase):
            a = healthy

            async def test(self) -> None:
                """Pass."""

        run_suite(Broken, Whole, log=log)
        self.assertEqual(
            log,
            [
                "start test",
                "open healthy",
                "open broken",
                "close healthy",
                "addError ValueError('b')",
                "start test",
                "open healthy",
                "addSuccess",
                "close healthy",
            ],
        )

    def test_what_depends_on_one_that_has_failed_names_the_cause(self) -> None:
        log: list[str] = []
        broken = logged(log, "broken", scope="run", opens=ValueError("b"))

        class First(AsyncTestCase):
            a = broken

            async def test(self) -> None:
                """Don't run."""

        class Second(AsyncTestCase):
            a = logged(log, "above", scope="run", on=broken)

            async def test(self) -> None:
                """Don't run."""

        run_suite(First, Second, log=log)
        self.assertEqual(
            log[3:],
            ["start test", f'addError ResourceError("resource {broken} has failed before: ValueError: b")'],
        )

    def test_narrower_ones_are_not_started_and_wider_ones_stay(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            a = logged(log, "run", scope="run")
            b = logged(log, "class", scope="class", opens=ValueError())
            c = logged(log, "test")

            async def test(self) -> None:
                """Don't run."""

        run_suite(Case, log=log)
        self.assertEqual(log, ["start test", "open run", "open class", "addError ValueError()", "close run"])

    def test_a_failing_close_does_not_stop_the_others(self) -> None:
        log: list[str] = []
        a = logged(log, "a", closes=ValueError("a"))

        class Case(AsyncTestCase):
            b = logged(log, "b", on=a, closes=ValueError("b"))

            async def test(self) -> None:
                """Pass."""

        run(Case, log)
        self.assertEqual(
            log[1:-1],
            ["open a", "open b", "close b", "close a", "addError ValueError('a')", "addError ValueError('b')"],
        )

    def test_one_that_is_left_out_names_the_cause(self) -> None:
        below = Instance(Declared(logged, Scope.RUN, "below"), None, {})
        above = Instance(Declared(logged, Scope.TEST, "above"), None, {"below": below})
        below.state, below.error, below.is_reported = State.FAILED, TimeoutError(), True
        above.state = State.LEFT_OUT
        self.assertEqual(
            str(Holder.problem(above)),
            "resource 'above' is not available, because resource 'below' has failed before: TimeoutError",
        )


class SkipTest(unittest.TestCase):
    """A resource may skip the tests that use it."""

    def test_all_tests_of_the_scope_are_skipped(self) -> None:
        for scope in ("test", "class", "module", "run"):
            with self.subTest(scope):

                class Case(AsyncTestCase):
                    a = logged([], "a", scope=scope, opens=unittest.SkipTest("why"))
                    b = logged([], "b", scope=scope, opens=unittest.SkipTest("why else"))

                    async def test_1(self) -> None:
                        """Don't run."""

                    async def test_2(self) -> None:
                        """Don't run."""

                self.assertEqual(run_suite(Case).log, ["start test_1", "addSkip why", "start test_2", "addSkip why"])

    def test_a_failure_beside_it_is_a_failure(self) -> None:
        class Case(AsyncTestCase):
            a = logged([], "a", opens=unittest.SkipTest("why"))
            b = logged([], "b", opens=ValueError("b"))

            async def test(self) -> None:
                """Don't run."""

        self.assertEqual(outcome(Case), ["addError ValueError('b')"])

    def test_a_ctrl_c_beside_a_failure_ends_the_run(self) -> None:
        class Case(AsyncTestCase):
            a = logged([], "a", opens=ValueError("a"))
            b = logged([], "b", opens=KeyboardInterrupt())

            async def test(self) -> None:
                """Don't run."""

        with self.assertRaises(KeyboardInterrupt):
            run(Case)


class ContextTest(unittest.TestCase):
    """Context variables that resources set."""

    def test_dependants_and_tests_see_them_at_every_scope_and_tokens_can_be_reset(self) -> None:
        for scope in ("test", "class", "module", "run"):
            for above_scope in ("test", scope):
                with self.subTest(scope=scope, above_scope=above_scope):
                    self.check_variables(scope, above_scope)
        self.assertEqual(VARIABLE.get(), "unset")

    def test_what_they_hold_lives_with_the_scope(self) -> None:
        holder = Holder(Scope.CLASS, None, contextvars.copy_context())
        holder.context.run(VARIABLE.set, "held")
        self.assertEqual(list(holder.roots()), [("context variable 'VARIABLE'", "held")])

    def check_variables(self, scope: ScopeName, above_scope: ScopeName) -> None:
        seen: list[str] = []

        @resource(scope=scope)
        async def below() -> AsyncIterator[None]:
            token = VARIABLE.set("below")
            yield
            VARIABLE.reset(token)
            seen.append(f"reset {VARIABLE.get()}")

        @resource(scope=above_scope)
        async def above(_below: None = depends(below)) -> AsyncIterator[None]:
            seen.append(f"above {VARIABLE.get()}")
            token = OTHER.set("above")
            yield
            OTHER.reset(token)

        class Case(AsyncTestCase):
            it = above

            def setUp(self) -> None:
                seen.append(f"setUp {VARIABLE.get()} {OTHER.get()}")

            async def test_1(self) -> None:
                seen.append(f"test {VARIABLE.get()} {OTHER.get()}")
                VARIABLE.set("leaked")

            async def test_2(self) -> None:
                seen.append(f"test {VARIABLE.get()} {OTHER.get()}")

        if scope != "test":
            self.assertEqual(len(run_suite(Case).errors), 0)
            again = ["above below"] if above_scope == "test" else []
            self.assertEqual(
                seen,
                [
                    "above below",
                    "setUp below above",
                    "test below above",
                    *again,
                    "setUp below above",
                    "test below above",
                    "reset unset",
                ],
            )
        else:
            self.assertEqual(outcome(Case, "test_2"), ["addSuccess"])
            self.assertEqual(seen, ["above below", "setUp below above", "test below above", "reset unset"])

    def test_the_narrowest_value_wins(self) -> None:
        seen: list[str] = []

        @resource(scope="run")
        async def wide() -> AsyncIterator[None]:
            VARIABLE.set("run")
            yield

        @resource(scope="class")
        async def narrow() -> AsyncIterator[None]:
            VARIABLE.set("class")
            yield

        class Case(AsyncTestCase):
            a = wide
            b = narrow

            async def test(self) -> None:
                seen.append(VARIABLE.get())
                VARIABLE.set("test")
                await self.use(more)
                seen.append(VARIABLE.get())

        @resource
        async def more() -> AsyncIterator[None]:
            seen.append(VARIABLE.get())
            yield

        class Fixture(AsyncTestCase):
            a = wide
            b = logged([], scope="class")

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                VARIABLE.set("asyncSetUpClass")

            async def test(self) -> None:
                seen.append(VARIABLE.get())

        run_suite(Case, Fixture)
        self.assertEqual(seen, ["class", "test", "test", "asyncSetUpClass"])

    def test_one_taken_on_demand_shows_the_test_its_variables(self) -> None:
        seen: list[str] = []

        @resource(scope="class")
        async def it() -> AsyncIterator[None]:
            VARIABLE.set("it")
            yield

        class Case(AsyncTestCase):
            shared_loop = True

            async def test(self) -> None:
                await asyncio.gather(self.use(it), self.use(it))
                seen.append(VARIABLE.get())

        run_suite(Case)
        self.assertEqual(seen, ["it"])
