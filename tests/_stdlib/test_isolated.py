"""The private names of `unittest.IsolatedAsyncioTestCase` are there, and mean what aiounit takes them for."""

import asyncio
import contextvars
import inspect
from collections.abc import Callable
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, TestResult, mock

from aiounit import _stdlib
from tests.support import Events, run

# Each is shown below to behave as aiounit relies on. Whoever adds one to isolated.py adds its test here.
PRIVATE_NAMES = {
    "_asyncioRunner",
    "_asyncioTestContext",
    "_callAsync",
    "_callMaybeAsync",
    "_callSetUp",
    "_callTearDown",
    "_callTestMethod",
    "_outcome",
    "_setupAsyncioRunner",
    "_tearDownAsyncioRunner",
}


class Isolated(IsolatedAsyncioTestCase):
    async def test(self) -> None:
        """Pass."""


class RunTests(TestCase):
    """What stdlib keeps in a test that runs."""

    def setUp(self) -> None:
        self.case: Any = Isolated("test")

    def test_a_new_test_has_no_runner(self) -> None:
        self.assertIsNone(self.case._asyncioRunner)

    def test_a_new_test_has_a_context(self) -> None:
        self.assertIs(type(self.case._asyncioTestContext), contextvars.Context)

    def test_stdlib_puts_its_runner_and_context_where_attach_does(self) -> None:
        seen: list[object] = []

        class Case(IsolatedAsyncioTestCase):
            async def test(self) -> None:
                runner = _stdlib.isolated.runner_of(self)
                seen.extend((type(runner), runner.get_loop() is asyncio.get_running_loop()))

        run(Case)
        self.assertEqual(seen, [asyncio.Runner, True])

    def test_private_hooks_use_what_is_attached(self) -> None:
        async def hook() -> str:
            return "value"

        runner = mock.Mock()
        runner.run.side_effect = lambda coro, context: (coro.close(), context)
        context = contextvars.copy_context()
        _stdlib.isolated.attach(self.case, runner, context)
        self.assertEqual(self.case._callAsync(hook), (None, context))
        self.assertEqual(self.case._callMaybeAsync(hook), (None, context))
        self.case._asyncioRunner = None  # or it would be closed with the test

    def test_private_hooks_run_plain_functions_in_the_context(self) -> None:
        variable = contextvars.ContextVar("variable", default="outside")
        context = contextvars.copy_context()
        context.run(variable.set, "inside")
        _stdlib.isolated.attach(self.case, mock.Mock(), context)
        self.assertEqual(self.case._callMaybeAsync(variable.get), "inside")
        self.case._asyncioRunner = None

    def test_runner_of_is_the_one_attached(self) -> None:
        runner = mock.Mock()
        _stdlib.isolated.attach(self.case, runner, contextvars.copy_context())
        self.assertIs(_stdlib.isolated.runner_of(self.case), runner)

    def test_a_detached_state_has_nothing_of_a_run(self) -> None:
        _stdlib.isolated.attach(self.case, mock.Mock(), contextvars.copy_context())
        _stdlib.cases.begin_outcome(self.case, TestResult())
        state = _stdlib.isolated.detach(vars(self.case))
        unchanged = vars(Isolated("test")) | {"_asyncioTestContext": None}
        self.assertEqual(state, unchanged)

    def test_detaching_leaves_the_test_as_it_is(self) -> None:
        before = dict(vars(self.case))
        _stdlib.isolated.detach(vars(self.case))
        self.assertEqual(vars(self.case), before)

    def test_context_of_test_is_the_one_attached(self) -> None:
        context = contextvars.copy_context()
        _stdlib.isolated.attach(self.case, mock.Mock(), context)
        self.assertIs(_stdlib.isolated.context_of_test(self.case), context)
        self.case._asyncioRunner = None

    def test_a_context_can_be_attached_alone(self) -> None:
        self.case._asyncioTestContext = None
        _stdlib.isolated.attach_context(self.case)
        self.assertIs(type(self.case._asyncioTestContext), contextvars.Context)


class HookTests(TestCase):
    """The private hooks that real suites override."""

    def test_signatures(self) -> None:
        expected = {
            "_callSetUp": "(self)",
            "_callTestMethod": "(self, method)",
            "_callTearDown": "(self)",
            "_callCleanup": "(self, function, *args, **kwargs)",
            "_callAsync": "(self, func, /, *args, **kwargs)",
            "_callMaybeAsync": "(self, func, /, *args, **kwargs)",
            "_setupAsyncioRunner": "(self)",
            "_tearDownAsyncioRunner": "(self)",
        }
        found = {name: str(inspect.signature(vars(IsolatedAsyncioTestCase)[name])) for name in expected}
        self.assertEqual(found, expected)

    def test_stdlib_calls_them_in_this_order(self) -> None:
        log: list[str] = []

        def logging(name: str) -> Callable[..., Any]:
            def hook(self: IsolatedAsyncioTestCase, *args: Any, **kwargs: Any) -> Any:
                log.append(name)
                return getattr(super(type(self), self), name)(*args, **kwargs)

            return hook

        names = [name for name in vars(IsolatedAsyncioTestCase) if name.startswith(("_call", "_setup", "_tearDown"))]
        kind = type("Case", (Isolated,), {name: logging(name) for name in names})
        case = kind("test")
        case.addCleanup(print, end="")
        case.run(Events())
        self.assertEqual(
            log,
            [
                *("_setupAsyncioRunner", "_callSetUp", "_callAsync"),
                *("_callTestMethod", "_callMaybeAsync"),
                *("_callTearDown", "_callAsync"),
                *("_callCleanup", "_callMaybeAsync"),
                "_tearDownAsyncioRunner",
            ],
        )

    def test_nothing_is_overridden_in_an_ordinary_class(self) -> None:
        self.assertFalse(_stdlib.isolated.overrides(Isolated, "_callSetUp"))
        self.assertFalse(_stdlib.isolated.overrides_any(Isolated))
        self.assertFalse(_stdlib.isolated.replaces_runner(Isolated))
        self.assertIsNone(_stdlib.isolated.call_hook(Isolated("test"), "_callSetUp"))

    def test_an_overridden_hook_is_found_and_no_other(self) -> None:
        class Case(Isolated):
            def _callSetUp(self) -> str:
                return "called"

        hook = _stdlib.isolated.call_hook(Case("test"), "_callSetUp")
        assert hook is not None
        self.assertEqual(hook(), "called")
        self.assertIsNone(_stdlib.isolated.call_hook(Case("test"), "_callTearDown"))

    def test_whether_any_hook_around_a_test_is_overridden(self) -> None:
        for name in ("_callSetUp", "_callTestMethod", "_callTearDown", "_callAsync", "_callMaybeAsync"):
            with self.subTest(name):
                kind = type("Case", (Isolated,), {name: lambda _self: None})
                self.assertTrue(_stdlib.isolated.overrides_any(kind))

    def test_call_async_counts_for_each_hook(self) -> None:
        class Case(Isolated):
            def _callAsync(self, func: Any) -> None:
                """Do nothing."""

        self.assertTrue(_stdlib.isolated.overrides(Case, "_callSetUp"))

    def test_call_maybe_async_counts_for_each_hook(self) -> None:
        class Case(Isolated):
            def _callMaybeAsync(self, func: Any) -> None:
                """Do nothing."""

        self.assertTrue(_stdlib.isolated.overrides(Case, "_callTearDown"))

    def test_a_runner_set_up_in_another_way(self) -> None:
        class Case(Isolated):
            def _setupAsyncioRunner(self) -> None:
                """Do nothing."""

        self.assertTrue(_stdlib.isolated.replaces_runner(Case))

    def test_a_runner_torn_down_in_another_way(self) -> None:
        class Case(Isolated):
            def _tearDownAsyncioRunner(self) -> None:
                """Do nothing."""

        self.assertTrue(_stdlib.isolated.replaces_runner(Case))
