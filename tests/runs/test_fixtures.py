"""Asynchronous fixtures of classes and modules: in stdlib's order, reported where stdlib reports them."""

import asyncio
import contextvars
import types
import unittest
from collections.abc import Callable
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, DeclarationError
from tests.resources.support import fake_module, run_suite

VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")


class ClassTest(unittest.TestCase):
    """``asyncSetUpClass`` and ``asyncTearDownClass``."""

    def test_they_stand_inside_their_synchronous_counterparts(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            loop: asyncio.AbstractEventLoop

            @classmethod
            def setUpClass(cls) -> None:
                log.append("setUpClass")

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                log.append("asyncSetUpClass")
                cls.loop = asyncio.get_running_loop()

            async def test(self) -> None:
                self.assertIs(self.loop, asyncio.get_running_loop())

            @classmethod
            async def asyncTearDownClass(cls) -> None:
                log.append("asyncTearDownClass")

            @classmethod
            def tearDownClass(cls) -> None:
                log.append("tearDownClass")

        run_suite(Case, log=log)
        self.assertEqual(
            log,
            ["setUpClass", "asyncSetUpClass", "start test", "addSuccess", "asyncTearDownClass", "tearDownClass"],
        )

    def test_subclasses_call_them_with_super_and_each_runs_once(self) -> None:
        log: list[str] = []

        class Base(AsyncTestCase):
            @classmethod
            def setUpClass(cls) -> None:
                super().setUpClass()
                log.append("base")

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                await super().asyncSetUpClass()
                log.append("async base")

            async def test(self) -> None:
                """Pass."""

        class Inherits(Base):
            pass

        class Overrides(Base):
            @classmethod
            def setUpClass(cls) -> None:
                super().setUpClass()
                log.append("case")

            @classmethod
            async def asyncSetUpClass(cls) -> None:
                await super().asyncSetUpClass()
                log.append("async case")

        run_suite(Inherits, Overrides, log=log)
        self.assertEqual(
            log,
            [
                "base",
                "async base",
                "start test",
                "addSuccess",
                "base",
                "case",
                "async base",
                "async case",
                "start test",
                "addSuccess",
            ],
        )

    def test_one_of_a_mixin_runs(self) -> None:
        log: list[str] = []

        class Mixin:
            @classmethod
            async def asyncTearDownClass(cls) -> None:
                log.append("mixin")

        class Case(Mixin, AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

        run_suite(Case, log=log)
        self.assertEqual(log, ["start test", "addSuccess", "mixin"])

    def test_context_variables_that_it_sets_are_seen_by_the_tests(self) -> None:
        seen: list[str] = []

        class Case(AsyncTestCase):
            @classmethod
            async def asyncSetUpClass(cls) -> None:
                VARIABLE.set("asyncSetUpClass")

            def test_1(self) -> None:
                seen.append(VARIABLE.get())
                VARIABLE.set("leaked")

            async def test_2(self) -> None:
                seen.append(VARIABLE.get())

        class Other(AsyncTestCase):
            shared_loop = True

            async def test(self) -> None:
                seen.append(VARIABLE.get())

        run_suite(Case, Other)
        self.assertEqual(seen, ["asyncSetUpClass", "asyncSetUpClass", "unset"])

    def test_one_that_is_no_class_method_is_an_error(self) -> None:
        async def set_up(_: object) -> None:
            """Set up."""

        for wrong in (set_up, staticmethod(set_up), classmethod(lambda _: None)):
            with self.assertRaises(DeclarationError) as caught:
                type("Case", (AsyncTestCase,), {"asyncSetUpClass": wrong})
            self.assertEqual(
                str(caught.exception),
                f"{__name__}.Case: asyncSetUpClass must be an async def function under @classmethod, and is {wrong!r}",
            )


def boom(name: str) -> Callable[..., None]:
    def fixture(*_: object) -> None:
        raise ValueError(name)

    return fixture


def aboom(name: str) -> Callable[..., Any]:
    async def fixture(*_: object) -> None:
        raise ValueError(name)

    return fixture


class ClassFailureTest(unittest.TestCase):
    """Fixtures that fail."""

    def events(self, **fixtures: Any) -> list[str]:
        log: list[str] = []
        names: dict[str, Any] = {name: classmethod(each) for name, each in fixtures.items()}

        async def test(_: object) -> None:
            """Pass."""

        def set_up(kind: Any) -> None:
            kind.addClassCleanup(log.append, "cleanup")

        names.setdefault("setUpClass", classmethod(set_up))
        run_suite(type("Case", (AsyncTestCase,), {"test": test, **names}), log=log)
        return log

    def test_set_up(self) -> None:
        self.assertEqual(self.events(asyncSetUpClass=aboom("a")), ["setUpClass ValueError('a')", "cleanup"])

    def test_set_up_is_not_called_after_its_counterpart_has_failed(self) -> None:
        self.assertEqual(self.events(setUpClass=boom("s"), asyncSetUpClass=aboom("a")), ["setUpClass ValueError('s')"])

    def test_set_up_that_skips(self) -> None:
        async def skip(_: object) -> None:
            raise unittest.SkipTest("why")

        self.assertEqual(self.events(asyncSetUpClass=skip), ["setUpClass skipped why", "cleanup"])

    def test_tear_down(self) -> None:
        self.assertEqual(
            self.events(asyncTearDownClass=aboom("a")),
            ["start test", "addSuccess", "tearDownClass ValueError('a')", "cleanup"],
        )

    def test_both_tear_downs(self) -> None:
        self.assertEqual(
            self.events(asyncTearDownClass=aboom("a"), tearDownClass=boom("s"))[2],
            "tearDownClass ExceptionGroup('tearDownClass and its asynchronous counterpart both failed', "
            "[ValueError('a'), ValueError('s')])",
        )

    def test_a_cancellation_is_an_error(self) -> None:
        async def cancel(_: object) -> None:
            raise asyncio.CancelledError

        [event, _] = self.events(asyncSetUpClass=cancel)
        self.assertEqual(event, f"setUpClass ResourceError('asyncSetUpClass of {__name__}.Case was cancelled')")

    def test_one_that_stops_the_loop_is_an_error(self) -> None:
        async def stop(_: object) -> None:
            asyncio.get_running_loop().stop()
            await asyncio.sleep(0)

        self.assertIn("the event loop was stopped", self.events(asyncSetUpClass=stop)[0])

    def test_ctrl_c_ends_the_run(self) -> None:
        async def interrupt(_: object) -> None:
            raise KeyboardInterrupt

        for name in ("asyncSetUpClass", "asyncTearDownClass"):
            with self.assertRaises(KeyboardInterrupt):
                self.events(**{name: interrupt})

    def test_inside_a_running_loop_nothing_is_left_unawaited(self) -> None:
        async def main() -> list[str]:
            return self.events(asyncSetUpClass=aboom("a"))

        self.assertIn("LoopError", asyncio.run(main())[0])

    def test_its_traceback_holds_the_user_s_frames_only(self) -> None:
        class Case(AsyncTestCase):
            asyncSetUpClass: Any = classmethod(aboom("a"))
            addition = classmethod(aboom("cleanup"))

            @classmethod
            def setUpClass(cls) -> None:
                cls.addAsyncClassCleanup(cls.addition)

            async def test(self) -> None:
                """Don't run."""

        text = run_suite(Case).text()
        self.assertEqual(text.count("File "), 2)
        self.assertNotIn("aiounit/", text)


class ModuleTest(unittest.TestCase):
    """``asyncSetUpModule`` and ``asyncTearDownModule``."""

    def events(self, log: list[str], **fixtures: Any) -> list[str]:
        async def test(_: object) -> None:
            log.append(VARIABLE.get())

        with fake_module("one") as module:
            kind: Any = type("Case", (AsyncTestCase,), {"test": test, "__module__": "one"})
            vars(module).update(fixtures)  # what follows the class in its module
            run_suite(kind, kind, log=log)
        return log

    def test_they_stand_inside_their_synchronous_counterparts(self) -> None:
        log: list[str] = []

        async def set_up() -> None:
            log.append("asyncSetUpModule")
            VARIABLE.set("module")

        async def tear_down() -> None:
            log.append(f"asyncTearDownModule {VARIABLE.get()}")

        self.events(
            log,
            setUpModule=lambda: log.append("setUpModule"),
            asyncSetUpModule=set_up,
            asyncTearDownModule=tear_down,
            tearDownModule=lambda: log.append("tearDownModule"),
        )
        self.assertEqual(
            log,
            [
                "setUpModule",
                "asyncSetUpModule",
                "start test",
                "module",
                "addSuccess",
                "start test",
                "module",
                "addSuccess",
                "asyncTearDownModule module",
                "tearDownModule",
            ],
        )

    def test_one_alone_will_do(self) -> None:
        log: list[str] = []

        async def tear_down() -> None:
            log.append("asyncTearDownModule")

        self.assertEqual(self.events(log, asyncTearDownModule=tear_down)[-1], "asyncTearDownModule")

    def test_synchronous_ones_alone_stay_what_they_are(self) -> None:
        log: list[str] = []
        self.assertEqual(self.events(log, setUpModule=lambda: log.append("setUpModule"))[0], "setUpModule")

    def test_one_that_fails_is_reported_with_the_module(self) -> None:
        self.assertEqual(self.events([], asyncSetUpModule=aboom("a")), ["setUpModule ValueError('a')"])
        self.assertEqual(
            self.events([], asyncTearDownModule=aboom("a"), tearDownModule=boom("s"))[-1],
            "tearDownModule ExceptionGroup('tearDownModule and its asynchronous counterpart both failed', "
            "[ValueError('a'), ValueError('s')])",
        )

    def test_one_that_is_no_coroutine_function_is_an_error(self) -> None:
        wrong = boom("a")
        self.assertEqual(
            self.events([], asyncSetUpModule=wrong),
            [
                "setUpModule DeclarationError('asyncSetUpModule of one must be an async def function, and is "
                f"{wrong!r}')",
            ],
        )

    def test_the_module_stays_a_module(self) -> None:
        class Special(types.ModuleType):
            """One with a class of its own."""

        module = Special("one")
        with mock.patch.dict("sys.modules", {"one": module}):
            type("Case", (AsyncTestCase,), {"__module__": "one"})
            type("Other", (AsyncTestCase,), {"__module__": "one"})
        self.assertIsInstance(module, Special)
        self.assertFalse(hasattr(module, "setUpModule"))
        with mock.patch.object(module, "setUpModule", boom, create=True):
            self.assertIs(vars(module)["setUpModule"], boom)
        self.assertNotIn("setUpModule", vars(module))

    def test_a_class_of_no_module_will_do(self) -> None:
        kind = type("Case", (AsyncTestCase,), {"__module__": "gone", "test": lambda _: None})
        self.assertEqual(run_suite(kind).log, ["start test", "addSuccess"])
