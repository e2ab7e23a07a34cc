"""The private names of the standard library that aiounit leans on are there, and mean what aiounit takes them for."""

import ast
import asyncio
import contextvars
import gc
import importlib
import importlib.util
import inspect
import re
import subprocess
import sys
import threading
import types
import unittest
import weakref
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, TestResult, mock

from aiounit import _stdlib
from tests.support import Events, run

case_module: Any = unittest.case
events_module: Any = asyncio.events

# Each is shown below to behave as aiounit relies on. Whoever adds one to cases.py adds its test here.
PRIVATE_NAMES = {
    "_ErrorHolder",
    "_OrderedChainMap",
    "_Outcome",
    "_ShouldStop",
    "_SubTest",
    "__unittest",
    "__unittest_expecting_failure__",
    "__unittest_skip__",
    "__unittest_skip_why__",
    "_addDuration",
    "_addExpectedFailure",
    "_addSkip",
    "_addUnexpectedSuccess",
    "_aiounit_context",
    "_all_tasks",
    "_asyncgens",
    "_asyncioRunner",
    "_asyncioTestContext",
    "_callAsync",
    "_callMaybeAsync",
    "_callbacks",
    "_children",
    "_cleanups",
    "_coro",
    "_current_frames",
    "_default_executor",
    "_eager_tasks",
    "_formatMessage",
    "_fut_waiter",
    "_get_running_loop",
    "_getframe",
    "_log_destroy_pending",
    "_max_workers",
    "_outcome",
    "_ready",
    "_run",
    "_run_once",
    "_scheduled_tasks",
    "_setupAsyncioRunner",
    "_source_traceback",
    "_subtest_msg_sentinel",
    "_tasks",
    "_tearDownAsyncioRunner",
    "_testMethodName",
}


class Plain(TestCase):
    def test(self) -> None:
        """Pass."""


class Isolated(IsolatedAsyncioTestCase):
    async def test(self) -> None:
        """Pass."""


def private_names(source: str) -> set[str]:
    """Return the private names that are attributes, strings, or special names of unittest's."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name) | ast.Constant(value=str(name)) | ast.Name(id=name):
                is_special = name.startswith("__") and not name.startswith("__unittest")
                is_ours = (isinstance(node, ast.Name) and not name.startswith("__")) or name.startswith("_aiounit_")
                if name.startswith("_") and not is_special and not is_ours:
                    found.add(name)
    return found


class ListTests(TestCase):
    def test_each_private_name_has_its_test_in_the_file_of_its_module(self) -> None:
        modules = sorted(Path(_stdlib.cases.__file__).parent.glob("[!_]*.py"))
        self.assertIn("mocks.py", [path.name for path in modules])
        for path in modules:
            with self.subTest(path.name):
                tested: set[str] = importlib.import_module(f".test_{path.stem}", __package__).PRIVATE_NAMES
                self.assertEqual(private_names(path.read_text(encoding="utf-8")) - tested, set())


class OutcomeTests(TestCase):
    """What `testPartExecutor` makes of each way to end."""

    def setUp(self) -> None:
        self.result = Events()
        self.outcome = _stdlib.cases.make_outcome(self.result)

    def part(self, error: BaseException | None, *, subtest: bool = False) -> list[str]:
        """End a part with ``error``; return what was reported and whether the test can still succeed."""
        case = case_module._SubTest(Plain("test"), "part", {}) if subtest else Plain("test")
        with self.outcome.testPartExecutor(case, subTest=subtest):
            if error is not None:
                raise error
        return [*self.result.log, "ok" if self.outcome.success else "spoilt"]

    def test_a_new_outcome(self) -> None:
        self.assertEqual(
            vars(self.outcome),
            {
                "expecting_failure": False,
                "result": self.result,
                "result_supports_subtests": True,
                "success": True,
                "expectedFailure": None,
            },
        )

    def test_a_result_without_subtests(self) -> None:
        self.assertFalse(case_module._Outcome(object()).result_supports_subtests)

    def test_nothing_raised(self) -> None:
        self.assertEqual(self.part(None), ["ok"])

    def test_failure(self) -> None:
        self.assertEqual(self.part(AssertionError("no")), ["addFailure AssertionError('no')", "spoilt"])

    def test_error(self) -> None:
        self.assertEqual(self.part(ValueError("no")), ["addError ValueError('no')", "spoilt"])

    def test_an_error_that_is_no_exception(self) -> None:
        self.assertEqual(self.part(SystemExit(3)), ["addError SystemExit(3)", "spoilt"])

    def test_skip(self) -> None:
        self.assertEqual(self.part(unittest.SkipTest("why")), ["addSkip why", "spoilt"])

    def test_should_stop_is_swallowed(self) -> None:
        self.assertEqual(self.part(_stdlib.cases.ShouldStop()), ["ok"])

    def test_keyboard_interrupt_passes_through(self) -> None:
        with self.assertRaises(KeyboardInterrupt):
            self.part(KeyboardInterrupt())

    def test_an_earlier_failure_is_not_forgotten(self) -> None:
        self.part(ValueError("no"))
        self.assertEqual(self.part(None), ["addError ValueError('no')", "spoilt"])

    def test_an_expected_failure_is_kept_and_not_reported(self) -> None:
        error = ValueError("no")
        self.outcome.expecting_failure = True
        self.assertEqual(self.part(error), ["ok"])
        self.assertEqual(self.outcome.expectedFailure, (ValueError, error, error.__traceback__))

    def test_a_skip_where_a_failure_is_expected(self) -> None:
        self.outcome.expecting_failure = True
        self.assertEqual(self.part(unittest.SkipTest("why")), ["addSkip why", "spoilt"])

    def test_a_subtest_that_passes(self) -> None:
        self.assertEqual(self.part(None, subtest=True), ["addSubTest [part]", "ok"])

    def test_a_subtest_that_fails(self) -> None:
        self.assertEqual(self.part(ValueError("no"), subtest=True), ["addSubTest [part] ValueError('no')", "spoilt"])

    def test_report(self) -> None:
        _stdlib.cases.report(self.outcome, Plain("test"), ValueError("no"))
        self.assertEqual((self.result.log, self.outcome.success), (["addError ValueError('no')"], False))


class FailureTests(TestCase):
    """The failure of an assertion, as the methods of unittest make it."""

    def message(self, message: object) -> str:
        return str(_stdlib.cases.failure(self, message, "1 != 2"))

    def test_without_a_message(self) -> None:
        self.assertEqual(self.message(None), "1 != 2")

    def test_with_a_message(self) -> None:
        self.assertEqual(self.message("why"), "1 != 2 : why")

    def test_without_long_messages(self) -> None:
        self.longMessage = False
        self.assertEqual((self.message("why"), self.message(None)), ("why", "1 != 2"))

    def test_its_class_is_that_of_the_test(self) -> None:
        class Case(TestCase):
            failureException = ValueError

        self.assertIs(type(_stdlib.cases.failure(Case(), None, "")), ValueError)


class ReportTests(TestCase):
    """What is reported without an exception."""

    def setUp(self) -> None:
        self.result = Events()
        self.case = Plain("test")

    def test_skip(self) -> None:
        _stdlib.cases.add_skip(self.case, self.result, "why")
        self.assertEqual(self.result.log, ["addSkip why"])

    def test_skip_where_the_result_knows_none(self) -> None:
        result: Any = mock.Mock(spec_set=["addSuccess"])
        with self.assertWarns(RuntimeWarning) as caught:
            _stdlib.cases.add_skip(self.case, result, "why")
        self.assertEqual(str(caught.warning), "TestResult has no addSkip method, skips not reported")
        self.assertEqual(result.mock_calls, [mock.call.addSuccess(self.case)])

    def test_expected_failure(self) -> None:
        outcome = _stdlib.cases.make_outcome(self.result)
        outcome.expectedFailure = (ValueError, ValueError("no"), None)
        _stdlib.cases.add_expected_failure(self.case, self.result, outcome)
        self.assertEqual(self.result.log, ["addExpectedFailure ValueError('no')"])

    def test_unexpected_success(self) -> None:
        _stdlib.cases.add_expected_failure(self.case, self.result, _stdlib.cases.make_outcome(self.result))
        self.assertEqual(self.result.log, ["addUnexpectedSuccess"])

    def test_expected_failure_where_the_result_knows_none(self) -> None:
        result: Any = mock.Mock(spec_set=["addSuccess"])
        outcome = _stdlib.cases.make_outcome(result)
        outcome.expectedFailure = (ValueError, ValueError("no"), None)
        with self.assertWarns(RuntimeWarning):
            _stdlib.cases.add_expected_failure(self.case, result, outcome)
        self.assertEqual(result.mock_calls, [mock.call.addSuccess(self.case)])

    def test_unexpected_success_where_the_result_knows_none(self) -> None:
        result: Any = mock.Mock(spec_set=["addFailure"])
        with self.assertWarns(RuntimeWarning):
            _stdlib.cases.add_expected_failure(self.case, result, _stdlib.cases.make_outcome(result))
        self.assertEqual(result.mock_calls, [mock.call.addFailure(self.case, mock.ANY)])

    def test_durations_are_there_since_3_12(self) -> None:
        self.assertEqual(hasattr(TestCase, "_addDuration"), sys.version_info >= (3, 12))

    @unittest.skipIf(sys.version_info < (3, 12), "3.11 has no durations")
    def test_duration(self) -> None:
        result = mock.Mock(spec_set=TestResult)
        _stdlib.cases.add_duration(self.case, result, 0.5)
        self.assertEqual(result.mock_calls, [mock.call.addDuration(self.case, 0.5)])

    def test_duration_by_the_hook_of_the_test(self) -> None:
        case = mock.Mock(spec_set=["_addDuration"])
        _stdlib.cases.add_duration(case, self.result, 0.5)
        self.assertEqual(case.mock_calls, [mock.call._addDuration(self.result, 0.5)])

    def test_no_duration_where_there_is_no_hook(self) -> None:
        case = mock.Mock(spec_set=[])
        _stdlib.cases.add_duration(case, self.result, 0.5)
        self.assertEqual(case.mock_calls, [])

    def test_an_error_of_no_test(self) -> None:
        result = Events()
        _stdlib.cases.report_of_run(result, ValueError("no"))
        self.assertEqual(result.log, ["addError ValueError('no')"])
        self.assertEqual(result.errors[0][0].id(), "closing the resources of the run")


class SubTestTests(TestCase):
    def setUp(self) -> None:
        self.case = Plain("test")
        self.name = f"{__name__}.Plain.test"

    def test_the_id_has_message_and_parameters(self) -> None:
        subtest = _stdlib.cases.make_subtest(self.case, None, "message", {"a": 1, "b": 2})
        self.assertEqual(subtest.id(), f"{self.name} [message] (a=1, b=2)")

    def test_no_message_is_not_shown(self) -> None:
        subtest = _stdlib.cases.make_subtest(self.case, None, _stdlib.cases.NO_MESSAGE, {"a": 1})
        self.assertEqual(subtest.id(), f"{self.name} (a=1)")

    def test_no_message_is_the_default_of_sub_test(self) -> None:
        self.assertIs(inspect.signature(TestCase.subTest).parameters["msg"].default, _stdlib.cases.NO_MESSAGE)

    def test_parameters_add_to_those_around(self) -> None:
        outer = _stdlib.cases.make_subtest(self.case, None, "outer", {"a": 1, "b": 2})
        inner = _stdlib.cases.make_subtest(self.case, outer, "inner", {"b": 3, "c": 4})
        self.assertEqual(inner.id(), f"{self.name} [inner] (b=3, c=4, a=1)")
        self.assertEqual(outer.id(), f"{self.name} [outer] (a=1, b=2)")

    def test_it_knows_its_test(self) -> None:
        self.assertIs(_stdlib.cases.make_subtest(self.case, None, "message", {}).test_case, self.case)

    def test_it_fails_as_its_test_does(self) -> None:
        self.case.failureException = ZeroDivisionError
        self.assertIs(_stdlib.cases.make_subtest(self.case, None, "message", {}).failureException, ZeroDivisionError)


class AttributeTests(TestCase):
    """What unittest keeps in a test."""

    def setUp(self) -> None:
        self.case: Any = Isolated("test")

    def test_method_name(self) -> None:
        self.assertEqual(_stdlib.cases.test_method_name(self.case), "test")

    def test_there_is_no_outcome_before_a_run(self) -> None:
        self.assertIsNone(_stdlib.cases.outcome_of(self.case))

    def test_there_is_an_outcome_in_a_run(self) -> None:
        seen: list[_stdlib.cases.Outcome | None] = []

        class Case(TestCase):
            def test(self) -> None:
                seen.append(_stdlib.cases.outcome_of(self))

        result = run(Case)
        assert seen[0] is not None
        self.assertIs(seen[0].result, result)

    def test_an_outcome_that_is_set_is_found(self) -> None:
        outcome = _stdlib.cases.make_outcome(TestResult())
        _stdlib.cases.set_outcome(self.case, outcome)
        self.assertIs(_stdlib.cases.outcome_of(self.case), outcome)

    def test_the_outcome_of_a_test_takes_its_subtests(self) -> None:
        result = Events()
        _stdlib.cases.set_outcome(self.case, _stdlib.cases.make_outcome(result))
        with self.case.subTest("part"):
            pass
        self.assertEqual(result.log, ["addSubTest [part]"])

    def test_cleanups_are_taken_from_the_last_to_the_first(self) -> None:
        self.case.addCleanup(print, 1, 2, sep="")
        self.case.addAsyncCleanup(repr, 3)
        self.assertEqual(_stdlib.cases.next_cleanup(self.case), (repr, (3,), {}))
        self.assertEqual(_stdlib.cases.next_cleanup(self.case), (print, (1, 2), {"sep": ""}))
        self.assertIsNone(_stdlib.cases.next_cleanup(self.case))

    def test_a_new_test_has_no_runner(self) -> None:
        self.assertIsNone(self.case._asyncioRunner)

    def test_a_new_test_has_a_context(self) -> None:
        self.assertIs(type(self.case._asyncioTestContext), contextvars.Context)

    def test_stdlib_puts_its_runner_and_context_where_attach_does(self) -> None:
        seen: list[object] = []

        class Case(IsolatedAsyncioTestCase):
            async def test(self) -> None:
                runner = _stdlib.cases.runner_of(self)
                seen.extend((type(runner), runner.get_loop() is asyncio.get_running_loop()))

        run(Case)
        self.assertEqual(seen, [asyncio.Runner, True])

    def test_private_hooks_use_what_is_attached(self) -> None:
        async def hook() -> str:
            return "value"

        runner = mock.Mock()
        runner.run.side_effect = lambda coro, context: (coro.close(), context)
        context = contextvars.copy_context()
        _stdlib.cases.attach(self.case, runner, context)
        self.assertEqual(self.case._callAsync(hook), (None, context))
        self.assertEqual(self.case._callMaybeAsync(hook), (None, context))
        self.case._asyncioRunner = None  # or it would be closed with the test

    def test_private_hooks_run_plain_functions_in_the_context(self) -> None:
        variable = contextvars.ContextVar("variable", default="outside")
        context = contextvars.copy_context()
        context.run(variable.set, "inside")
        _stdlib.cases.attach(self.case, mock.Mock(), context)
        self.assertEqual(self.case._callMaybeAsync(variable.get), "inside")
        self.case._asyncioRunner = None

    def test_runner_of_is_the_one_attached(self) -> None:
        runner = mock.Mock()
        _stdlib.cases.attach(self.case, runner, contextvars.copy_context())
        self.assertIs(_stdlib.cases.runner_of(self.case), runner)

    def test_a_detached_state_has_nothing_of_a_run(self) -> None:
        _stdlib.cases.attach(self.case, mock.Mock(), contextvars.copy_context())
        _stdlib.cases.set_outcome(self.case, _stdlib.cases.make_outcome(TestResult()))
        state = _stdlib.cases.detach(vars(self.case))
        unchanged = vars(Isolated("test")) | {"_asyncioTestContext": None}
        self.assertEqual(state, unchanged)

    def test_detaching_leaves_the_test_as_it_is(self) -> None:
        before = dict(vars(self.case))
        _stdlib.cases.detach(vars(self.case))
        self.assertEqual(vars(self.case), before)

    def test_context_of_test_is_the_one_attached(self) -> None:
        context = contextvars.copy_context()
        _stdlib.cases.attach(self.case, mock.Mock(), context)
        self.assertIs(_stdlib.cases.context_of_test(self.case), context)
        self.case._asyncioRunner = None

    def test_a_context_can_be_attached_alone(self) -> None:
        self.case._asyncioTestContext = None
        _stdlib.cases.attach_context(self.case)
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
        self.assertFalse(_stdlib.cases.overrides(Isolated, "_callSetUp"))
        self.assertFalse(_stdlib.cases.replaces_runner(Isolated))
        self.assertIsNone(_stdlib.cases.call_hook(Isolated("test"), "_callSetUp"))

    def test_an_overridden_hook_is_found_and_no_other(self) -> None:
        class Case(Isolated):
            def _callSetUp(self) -> str:
                return "called"

        hook = _stdlib.cases.call_hook(Case("test"), "_callSetUp")
        assert hook is not None
        self.assertEqual(hook(), "called")
        self.assertIsNone(_stdlib.cases.call_hook(Case("test"), "_callTearDown"))

    def test_call_async_counts_for_each_hook(self) -> None:
        class Case(Isolated):
            def _callAsync(self, func: Any) -> None:
                """Do nothing."""

        self.assertTrue(_stdlib.cases.overrides(Case, "_callSetUp"))

    def test_call_maybe_async_counts_for_each_hook(self) -> None:
        class Case(Isolated):
            def _callMaybeAsync(self, func: Any) -> None:
                """Do nothing."""

        self.assertTrue(_stdlib.cases.overrides(Case, "_callTearDown"))

    def test_a_runner_set_up_in_another_way(self) -> None:
        class Case(Isolated):
            def _setupAsyncioRunner(self) -> None:
                """Do nothing."""

        self.assertTrue(_stdlib.cases.replaces_runner(Case))

    def test_a_runner_torn_down_in_another_way(self) -> None:
        class Case(Isolated):
            def _tearDownAsyncioRunner(self) -> None:
                """Do nothing."""

        self.assertTrue(_stdlib.cases.replaces_runner(Case))


class MarkTests(TestCase):
    """What unittest's decorators write on tests and classes."""

    def test_skip(self) -> None:
        class Case(TestCase):
            """Has attributes."""

        for marked in (unittest.skip("why")(Case), unittest.skip("why")(lambda: None)):
            marks = {name: value for name, value in vars(marked).items() if name.startswith("__unittest")}
            self.assertEqual(marks, {"__unittest_skip__": True, "__unittest_skip_why__": "why"})

    def test_expected_failure(self) -> None:
        self.assertEqual(vars(unittest.expectedFailure(lambda: None)), {"__unittest_expecting_failure__": True})


class LoopTests(TestCase):
    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)

    def begun(self) -> AsyncGenerator[None, None]:
        """Return an asynchronous generator that has begun on the loop."""

        async def generator() -> AsyncGenerator[None, None]:
            yield

        async def begin() -> AsyncGenerator[None, None]:
            begun = generator()
            await anext(begun)
            return begun

        return self.loop.run_until_complete(begin())

    def test_a_new_loop_has_nothing_to_shut_down(self) -> None:
        self.assertFalse(_stdlib.cases.has_asyncgens(self.loop) or _stdlib.cases.has_ready(self.loop))
        self.assertIsNone(_stdlib.cases.executor_of(self.loop))

    def test_its_tasks(self) -> None:
        self.assertEqual(_stdlib.cases.tasks_of(self.loop), set())
        task = self.loop.create_task(asyncio.sleep(0))
        self.assertEqual(_stdlib.cases.tasks_of(self.loop), {task})
        self.loop.run_until_complete(task)
        self.assertEqual(_stdlib.cases.tasks_of(self.loop), set())

    @unittest.skipIf(sys.version_info < (3, 12), "tasks are not eager before")
    def test_its_eager_tasks(self) -> None:
        seen = []

        async def look() -> None:
            await asyncio.sleep(0)
            seen.append(_stdlib.cases.tasks_of(self.loop))

        async def main() -> None:
            made.append(self.loop.create_task(look()))
            await made[0]

        made: list[asyncio.Task[None]] = []
        self.loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]
        main_task = self.loop.create_task(main())
        self.loop.run_until_complete(main_task)
        self.assertEqual(seen, [{main_task, made[0]}])

    def test_an_asynchronous_generator_that_has_begun(self) -> None:
        begun = self.begun()
        self.assertTrue(_stdlib.cases.has_asyncgens(self.loop))
        self.assertEqual(_stdlib.cases.asyncgens_of(self.loop), [begun])
        self.loop.run_until_complete(begun.aclose())

    def test_asynchronous_generators_that_were_shut_down(self) -> None:
        begun = self.begun()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.assertFalse(_stdlib.cases.has_asyncgens(self.loop))
        del begun

    def test_an_executor_that_was_used(self) -> None:
        self.loop.run_until_complete(self.loop.run_in_executor(None, int))
        self.assertIs(type(_stdlib.cases.executor_of(self.loop)), ThreadPoolExecutor)
        self.loop.run_until_complete(self.loop.shutdown_default_executor())

    def test_an_executor_that_was_set(self) -> None:
        executor = ThreadPoolExecutor(1)
        self.loop.set_default_executor(executor)
        self.assertIs(_stdlib.cases.executor_of(self.loop), executor)

    def test_something_to_call_at_its_next_turn(self) -> None:
        self.loop.call_soon(self.loop.stop)
        self.assertTrue(_stdlib.cases.has_ready(self.loop))
        self.loop.run_forever()
        self.assertFalse(_stdlib.cases.has_ready(self.loop))

    def test_something_to_call_later(self) -> None:
        self.loop.call_later(3600, print)
        self.assertFalse(_stdlib.cases.has_ready(self.loop))

    def test_a_loop_that_does_not_tell_may_have_everything(self) -> None:
        loop = object()
        self.assertTrue(_stdlib.cases.has_asyncgens(loop) and _stdlib.cases.has_ready(loop))
        self.assertEqual((_stdlib.cases.executor_of(loop), _stdlib.cases.asyncgens_of(loop)), (..., []))

    @unittest.skipUnless(importlib.util.find_spec("uvloop"), "uvloop is not installed")
    def test_uvloop_does_not_tell(self) -> None:
        loop = importlib.import_module("uvloop").new_event_loop()
        self.addCleanup(loop.close)
        self.assertTrue(_stdlib.cases.has_asyncgens(loop) and _stdlib.cases.has_ready(loop))
        self.assertEqual((_stdlib.cases.executor_of(loop), _stdlib.cases.asyncgens_of(loop)), (..., []))

    def test_whether_a_loop_runs(self) -> None:
        async def inside() -> bool:
            return _stdlib.cases.is_loop_running()

        self.assertEqual((_stdlib.cases.is_loop_running(), self.loop.run_until_complete(inside())), (False, True))

    def test_which_loop_runs(self) -> None:
        async def inside() -> asyncio.AbstractEventLoop | None:
            return _stdlib.cases.running_loop()

        self.assertEqual((_stdlib.cases.running_loop(), self.loop.run_until_complete(inside())), (None, self.loop))

    def frames_of_a_callback(self) -> list[types.FrameType]:
        """Return the three innermost frames while the loop calls a callback."""
        found: list[types.FrameType] = []

        def callback() -> None:
            frame: types.FrameType | None = _stdlib.cases.frame(0)
            while frame is not None and len(found) < 3:
                found.append(frame)
                frame = frame.f_back

        self.loop.call_soon(callback)
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()
        return found

    def test_the_frame_that_calls_a_callback(self) -> None:
        found = self.frames_of_a_callback()
        self.assertEqual([_stdlib.cases.is_callback_frame(frame) for frame in found], [False, True, False])

    def test_the_frame_that_turns_the_loop(self) -> None:
        found = self.frames_of_a_callback()
        self.assertEqual([_stdlib.cases.is_turn_frame(frame) for frame in found], [False, False, True])

    def test_what_a_callback_raises_is_handled_in_that_frame(self) -> None:
        errors: list[BaseException] = []
        self.loop.set_exception_handler(lambda _, context: errors.append(context["exception"]))
        error = BaseException("no")
        self.loop.call_soon(mock.Mock(side_effect=error, __qualname__="callback"))
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()
        self.assertEqual(errors, [error])


@unittest.skipIf(sys.version_info < (3, 12) and sys.gettrace() is not None, "3.11 spins if it traces")
class ThreadTests(TestCase):
    """What can be done to a thread from another one."""

    def setUp(self) -> None:
        self.raised: list[BaseException] = []
        self.begun, self.going_on = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.wait)
        self.thread.start()
        self.addCleanup(self.end)
        self.begun.wait()
        assert self.thread.ident is not None
        self.ident: int = self.thread.ident

    def wait(self) -> None:
        try:
            self.begun.set()
            self.going_on.wait()
        except BaseException as error:
            self.raised.append(error)

    def end(self) -> None:
        self.going_on.set()
        self.thread.join()

    def test_an_exception_is_raised_in_it_when_it_runs(self) -> None:
        _stdlib.cases.raise_in_thread(self.ident, ZeroDivisionError)
        self.end()
        self.assertEqual([type(error) for error in self.raised], [ZeroDivisionError])


class TakeBackTests(TestCase):
    def test_nothing_is_raised(self) -> None:
        _stdlib.cases.take_back()
        for _ in range(1000):
            self.assertIsNone(None)

    def test_tracing_goes_on(self) -> None:
        code = (
            "from aiounit import _stdlib; _stdlib.cases.take_back(); import sys; sys.settrace(print); (lambda: None)()"
        )
        command = [sys.executable, "-c", code]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("call None", finished.stdout)


class CoroutineTests(IsolatedAsyncioTestCase):
    async def test_that_of_a_task(self) -> None:
        task = asyncio.create_task(asyncio.sleep(0))
        self.assertIs(_stdlib.cases.coroutine_of(task), task.get_coro())
        await task

    @unittest.skipIf(sys.version_info < (3, 12), "tasks are not eager before")
    async def test_an_eager_task_that_has_ended_at_once_has_none(self) -> None:
        async def nothing() -> None: ...

        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore] # since 3.12
        self.assertIsNone(_stdlib.cases.coroutine_of(loop.create_task(nothing())))


class TaskTests(TestCase):
    def complaints(self, *, silenced: bool) -> list[str]:
        """Return what is logged about a task that is dropped before its end."""
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        messages: list[str] = []
        loop.set_exception_handler(lambda _, details: messages.append(details["message"]))
        task = asyncio.Task(asyncio.sleep(0), loop=loop)
        coroutine: Any = task.get_coro()
        loop._ready.clear()  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue] # drops its first step
        if silenced:
            _stdlib.cases.silence(task)
        del task
        gc.collect()
        coroutine.close()
        return messages

    def test_a_pending_task_that_is_dropped_is_logged(self) -> None:
        self.assertEqual(self.complaints(silenced=False), ["Task was destroyed but it is pending!"])

    def test_a_silenced_one_is_not(self) -> None:
        self.assertEqual(self.complaints(silenced=True), [])

    def test_what_is_kept_for_ever_outlives_its_last_name(self) -> None:
        class Thing:
            """Can be watched."""

        thing = Thing()
        watched = weakref.ref(thing)
        _stdlib.cases.keep_for_ever(thing)
        del thing
        gc.collect()
        self.assertIsNotNone(watched())


class TagTests(TestCase):
    """Which test a task belongs to is told by a variable in its context."""

    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)
        self.variable: contextvars.ContextVar[object] = contextvars.ContextVar("variable", default="none")

    def tag(self, **keywords: Any) -> object:
        """Return the tag of a task that is made while the variable is "made"."""
        _stdlib.cases.tag_tasks(self.loop)
        token = self.variable.set("made")
        try:
            task = self.loop.create_task(asyncio.sleep(0), **keywords)
        finally:
            self.variable.reset(token)
        self.loop.run_until_complete(task)
        return _stdlib.cases.tag_of(task, self.variable)

    def test_it_is_what_the_variable_was_when_the_task_was_made(self) -> None:
        self.assertEqual(self.tag(), "made")

    def test_a_task_with_a_context_of_its_own(self) -> None:
        context = contextvars.copy_context()
        context.run(self.variable.set, "own")
        self.assertEqual(self.tag(context=context), "own")

    def test_a_task_of_the_users_task_factory(self) -> None:
        made: list[asyncio.Task[Any]] = []

        def make(loop: asyncio.AbstractEventLoop, coro: Any, **keywords: Any) -> asyncio.Task[Any]:
            made.append(asyncio.Task(coro, loop=loop, **keywords))
            return made[-1]

        self.loop.set_task_factory(make)
        self.assertEqual((self.tag(), len(made)), ("made", 1))

    @unittest.skipIf(sys.version_info >= (3, 12), "since 3.12 every task tells its context")
    def test_a_task_that_the_loop_has_not_made(self) -> None:
        task = asyncio.Task(asyncio.sleep(0), loop=self.loop)
        self.loop.run_until_complete(task)
        self.assertIsNone(_stdlib.cases.tag_of(task, self.variable))


class FrameTests(TestCase):
    def test_the_caller_and_its_caller(self) -> None:
        def name(depth: int) -> str:
            return _stdlib.cases.frame(depth).f_code.co_name

        self.assertEqual([name(0), name(1)], ["name", "test_the_caller_and_its_caller"])

    def test_results_leave_out_frames_of_modules_that_ask_for_it(self) -> None:
        module = types.ModuleType("hidden")
        exec("__unittest = True\ndef hidden(function):\n    function()", vars(module))

        class Case(TestCase):
            def test(self) -> None:
                module.hidden(self.fail)

        self.assertEqual(re.findall(r", in (\w+)\n", run(Case).text()), ["test"])

    def test_ours_asks_for_it(self) -> None:
        self.assertIs(vars(_stdlib.cases)["__unittest"], True)


class DoingTests(IsolatedAsyncioTestCase):
    """What tasks and threads are doing."""

    async def asyncSetUp(self) -> None:
        self.future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.tasks: list[asyncio.Task[Any]] = []

    async def asyncTearDown(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def suspend(self, coroutine: Any) -> asyncio.Task[Any]:
        """Return a task that has gone as far as it gets."""
        task = asyncio.create_task(coroutine)
        self.tasks.append(task)
        for _ in range(3):
            await asyncio.sleep(0)
        return task

    async def test_what_a_task_waits_for(self) -> None:
        self.assertIs(_stdlib.cases.waiter_of(await self.suspend(asyncio.wait_for(self.future, None))), self.future)

    async def test_a_task_that_is_to_run_waits_for_nothing(self) -> None:
        self.assertIsNone(_stdlib.cases.waiter_of(asyncio.current_task()))

    async def test_something_that_is_no_task_waits_for_nothing(self) -> None:
        self.assertIsNone(_stdlib.cases.waiter_of(None))

    async def test_what_is_gathered(self) -> None:
        gathered = asyncio.gather(self.future, asyncio.sleep(0))
        futures = _stdlib.cases.futures_behind(gathered)
        self.assertEqual((len(futures), futures[0], type(futures[1])), (2, self.future, asyncio.Task))
        self.future.set_result(None)
        await gathered

    async def test_what_is_shielded(self) -> None:
        self.assertEqual(_stdlib.cases.futures_behind(asyncio.shield(self.future)), [self.future])

    async def test_what_a_group_waits_for(self) -> None:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(asyncio.sleep(0))
            self.assertEqual(_stdlib.cases.futures_behind(group), [task])

    async def test_the_job_of_an_executor(self) -> None:
        job: Future[None] = Future()
        self.assertEqual(_stdlib.cases.futures_behind(asyncio.wrap_future(job)), [job])

    async def test_a_future_that_stands_for_itself(self) -> None:
        self.future.add_done_callback(print)
        self.future.add_done_callback(lambda _: None)
        self.assertEqual(_stdlib.cases.futures_behind(self.future), [])
        self.future.remove_done_callback(print)

    async def test_something_that_is_no_future(self) -> None:
        self.assertEqual(_stdlib.cases.futures_behind(None), [])

    async def test_where_a_task_was_made(self) -> None:
        asyncio.get_running_loop().set_debug(True)
        task = await self.suspend(asyncio.sleep(0))
        names = [each.name for each in _stdlib.cases.source_traceback(task)]
        self.assertIn("test_where_a_task_was_made", names)
        self.assertLess(names.index("test_where_a_task_was_made"), names.index("suspend"))

    async def test_where_a_task_was_made_without_debug_mode(self) -> None:
        asyncio.get_running_loop().set_debug(False)
        self.assertEqual(_stdlib.cases.source_traceback(await self.suspend(asyncio.sleep(0))), [])

    async def test_the_frames_of_threads(self) -> None:
        self.assertIs(_stdlib.cases.current_frames()[threading.get_ident()], sys._getframe())

    async def test_how_many_threads_an_executor_may_have(self) -> None:
        self.assertEqual(_stdlib.cases.max_workers(ThreadPoolExecutor(3)), 3)
