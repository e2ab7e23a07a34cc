"""AsyncTestCase as the runner, a debugger and other processes meet it."""

import asyncio
import contextlib
import copy
import io
import os
import pickle
import subprocess
import sys
import tempfile
import textwrap
import unittest
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiounit import AsyncAssertions, AsyncTestCase, AwaitAssertions, MockToolkit, resource
from tests.support import Events, outcome, run

MIXINS = (AsyncAssertions, AwaitAssertions, MockToolkit)


class Passing(AsyncTestCase):
    """At the top of the module, so that it can be pickled."""

    async def test_passing(self) -> None:
        self.assertEqual(self.id(), f"{__name__}.Passing.test_passing")

    async def test_subtests(self) -> None:
        with self.subTest(number=1):
            await asyncio.sleep(0)


class RunTest(unittest.TestCase):
    """Ways to run a test."""

    def test_it_can_run_twice(self) -> None:
        case = Passing("test_passing")
        self.assertEqual([outcome(lambda _: case) for _ in range(2)], [["addSuccess"]] * 2)

    def test_without_a_result_it_makes_one(self) -> None:
        result = Passing("test_passing").run()
        assert result is not None
        self.assertEqual((result.testsRun, result.wasSuccessful()), (1, True))

    def test_the_result_that_it_makes_is_started_and_stopped(self) -> None:
        log: list[str] = []

        class Result(Events):
            def startTestRun(self) -> None:
                log.append("startTestRun")

            def stopTestRun(self) -> None:
                log.append("stopTestRun")

        class Case(AsyncTestCase):
            def defaultTestResult(self) -> Result:
                return Result(log)

            async def test(self) -> None:
                """Pass."""

        Case("test")()
        self.assertEqual(log, ["startTestRun", "startTest", "addSuccess", "stopTest", "stopTestRun"])

    def test_a_result_that_it_is_given_is_returned(self) -> None:
        result = unittest.TestResult()
        self.assertIs(Passing("test_passing").run(result), result)

    def test_a_result_with_the_oldest_methods_will_do(self) -> None:
        class Result:
            def __init__(self) -> None:
                self.log: list[str] = []

            def startTest(self, test: unittest.TestCase) -> None:
                self.log.append("startTest")

            def addSuccess(self, test: unittest.TestCase) -> None:
                self.log.append("addSuccess")

            def addDuration(self, test: unittest.TestCase, elapsed: float) -> None:
                """Or stdlib warns."""

            def stopTest(self, test: unittest.TestCase) -> None:
                self.log.append("stopTest")

        class Case(AsyncTestCase):
            defaultTestResult = staticmethod(Result)  # type: ignore[assignment]

            async def test(self) -> None:
                with self.subTest():
                    await asyncio.sleep(0)

        result: Any = Case("test").run()
        self.assertEqual(result.log, ["startTest", "addSuccess", "stopTest"])

    def test_skips_of_class_and_method_start_no_loop(self) -> None:
        def factory() -> asyncio.AbstractEventLoop:
            raise AssertionError("must not run")

        class Method(AsyncTestCase):
            loop_factory = factory

            @unittest.skip("method")
            async def test(self) -> None:
                raise AssertionError("must not run")

        @unittest.skip("class")
        class Class(Method):
            async def test(self) -> None:
                raise AssertionError("must not run")

        self.assertEqual(outcome(Method), ["addSkip method"])
        self.assertEqual(outcome(Class), ["addSkip class"])

    def test_durations_are_reported_where_there_are_any(self) -> None:
        durations: list[float] = []

        class Result(unittest.TestResult):
            def addDuration(self, test: unittest.TestCase, elapsed: float) -> None:
                durations.append(elapsed)

        Passing("test_passing").run(Result())
        self.assertEqual(len(durations), 1 if sys.version_info >= (3, 12) else 0)

    def test_failfast_stops_the_suite(self) -> None:
        class Case(AsyncTestCase):
            async def test_first(self) -> None:
                self.fail()

            async def test_second(self) -> None:
                raise AssertionError("must not run")

        result = unittest.TestResult()
        result.failfast = True
        unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
        self.assertEqual(result.testsRun, 1)

    def test_the_output_of_a_failing_test_is_kept_with_it(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                print("printed")
                self.fail()

        stream = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()):
            unittest.TextTestRunner(stream, buffer=True).run(Case("test"))
        self.assertIn("Stdout:\nprinted\n", stream.getvalue())

    def test_class_and_module_fixtures_of_stdlib_go_on_working(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            @classmethod
            def setUpClass(cls) -> None:
                cls.addClassCleanup(log.append, "class cleanup")
                log.append("setUpClass")

            @classmethod
            def tearDownClass(cls) -> None:
                log.append("tearDownClass")

            async def test(self) -> None:
                log.append("test")

        unittest.TestSuite([Case("test")]).run(Events(log))
        self.assertEqual(
            log, ["setUpClass", "startTest", "test", "addSuccess", "stopTest", "tearDownClass", "class cleanup"]
        )


class DebugTest(unittest.TestCase):
    """debug(), which collects nothing and raises."""

    def test_a_passing_test_returns(self) -> None:
        Passing("test_passing").debug()

    def test_the_error_comes_out_after_tear_down_and_cleanups(self) -> None:
        log: list[str] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                self.addCleanup(log.append, "cleanup")
                raise ValueError("test")

            async def asyncTearDown(self) -> None:
                log.append("asyncTearDown")

            def tearDown(self) -> None:
                log.append("tearDown")

        with self.assertRaisesRegex(ValueError, "^test$"):
            Case("test").debug()
        self.assertEqual(log, ["asyncTearDown", "tearDown", "cleanup"])

    def test_a_skipped_test_raises_its_skip(self) -> None:
        class Case(AsyncTestCase):
            @unittest.skip("why")
            async def test(self) -> None:
                raise AssertionError("must not run")

        with self.assertRaisesRegex(unittest.SkipTest, "^why$"):
            Case("test").debug()

    def test_a_failing_set_up_keeps_the_test_from_running(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                raise ValueError("set-up")

            async def test(self) -> None:
                raise AssertionError("must not run")

        with self.assertRaisesRegex(ValueError, "^set-up$"):
            Case("test").debug()

    def test_a_test_that_is_cancelled_by_its_time_limit(self) -> None:
        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                await self.enter(asyncio.timeout(0.001))

            async def test(self) -> None:
                await asyncio.Event().wait()

        with self.assertRaises(TimeoutError):
            Case("test").debug()


class CopyTest(unittest.TestCase):
    """Tests travel to other processes."""

    def test_a_pickled_test_runs(self) -> None:
        case = pickle.loads(pickle.dumps(Passing("test_passing")))
        self.assertEqual(outcome(lambda _: case), ["addSuccess"])

    def test_a_test_that_has_run_can_be_pickled(self) -> None:
        case = Passing("test_passing")
        case.run(unittest.TestResult())
        self.assertEqual(pickle.loads(pickle.dumps(case)), case)

    def test_a_copied_test_runs(self) -> None:
        for function in (copy.copy, copy.deepcopy):
            with self.subTest(function.__name__):
                result = Events()
                function(Passing("test_passing")).run(result)
                self.assertEqual(result.log[1:-1], ["addSuccess"])

    def test_the_attributes_of_a_test_are_copied(self) -> None:
        case = Passing("test_passing")
        case.attribute = 5  # type: ignore[attr-defined]
        self.assertEqual(vars(pickle.loads(pickle.dumps(case)))["attribute"], 5)

    def test_a_copy_has_a_context(self) -> None:
        case = copy.copy(Passing("test_passing"))
        self.assertEqual(case._asyncioTestContext.run(lambda: 5), 5)  # type: ignore[attr-defined]


class InheritanceTest(unittest.TestCase):
    """Other people's subclasses of IsolatedAsyncioTestCase."""

    class Other(unittest.IsolatedAsyncioTestCase):
        log: list[str]

        async def asyncSetUp(self) -> None:
            await super().asyncSetUp()
            self.log.append("other")

    def test_they_cooperate_in_either_order(self) -> None:
        for bases in ((AsyncTestCase, self.Other), (self.Other, AsyncTestCase)):
            with self.subTest(bases=bases):
                log: list[str] = []

                async def test(case: InheritanceTest.Other) -> None:
                    case.log.append("test")

                self.assertEqual(outcome(type("Case", bases, {"test": test, "log": log})), ["addSuccess"])
                self.assertEqual(log, ["other", "test"])

    def test_an_explicit_call_of_the_initialiser_is_fine(self) -> None:
        class Case(AsyncTestCase):
            def __init__(self, name: str) -> None:
                unittest.IsolatedAsyncioTestCase.__init__(self, name)

            async def test(self) -> None:
                """Pass."""

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_a_tear_down_that_a_host_puts_aside_is_not_called(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                """Pass."""

            def tearDown(self) -> None:
                raise AssertionError("must not run")

        case = Case("test")
        case.tearDown = lambda: None  # type: ignore[method-assign]
        self.assertEqual(outcome(lambda _: case), ["addSuccess"])

    def test_the_outcome_so_far_can_be_read_in_tear_down(self) -> None:
        seen: list[int] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                raise ValueError("test")

            def tearDown(self) -> None:
                seen.append(len(self._outcome.result.errors))  # type: ignore[attr-defined]

        run(Case)
        self.assertEqual(seen, [1])


class MixinTest(unittest.TestCase):
    """The assertions and the toolkit of mocks are part of every test."""

    def test_they_work_together(self) -> None:
        class Case(AsyncTestCase):
            def setUp(self) -> None:
                self.send = self.asyncStub("send", return_value="tea")

            async def test(self) -> None:
                self.addAsyncCleanup(self.check)
                await self.assertEventuallyEqual(self.send, "tea")

            async def check(self) -> None:
                self.assertAwaitedOnceWith(self.send)

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_a_call_that_nobody_has_awaited_after_the_last_cleanup_fails_the_test(self) -> None:
        log: list[str] = []
        calls: list[Any] = []

        class Case(AsyncTestCase):
            async def asyncSetUp(self) -> None:
                self.addAsyncCleanup(self.clean_up)
                self.send = self.asyncStub("send")

            async def test(self) -> None:
                calls.append(self.send("tea"))

            async def asyncTearDown(self) -> None:
                calls.append(self.send("milk"))

            async def clean_up(self) -> None:
                log.append("cleanup")
                await calls[0]

        (error,) = run(Case, log).raised
        calls[1].close()
        self.assertEqual([event.partition(" ")[0] for event in log], ["startTest", "cleanup", "addError", "stopTest"])
        line = Case.asyncTearDown.__code__.co_firstlineno + 1
        self.assertEqual(
            str(error).splitlines()[:3],
            [
                "mocks: mock call send('milk') was never awaited",
                "made here, most recent call last:",
                f"  tests/test_case.py, line {line}, in {Case.asyncTearDown.__qualname__}: "
                'calls.append(self.send("milk"))',
            ],
        )

    def test_attributes_of_the_users_take_the_place_of_any(self) -> None:
        names = {name for mixin in MIXINS for name in dir(mixin)} - {*dir(unittest.TestCase), *dir(object)}
        names = {name for name in names if not name.startswith("_")}
        self.assertLessEqual({"mock", "patch", "spy", "stream", "stub"}, names)

        async def test(case: Any) -> None:
            self.assertEqual({getattr(case, name) for name in names}, {None})

        self.assertEqual(
            outcome(type("Case", (AsyncTestCase,), {**dict.fromkeys(names), "test": test})), ["addSuccess"]
        )

    def test_attributes_of_the_users_other_bases_come_first_if_they_do(self) -> None:
        class Mocks:
            mock = "theirs"

        class Case(Mocks, AsyncTestCase):  # type: ignore[misc]  # what is mocked there is another matter
            async def test(self) -> None:
                self.assertEqual(self.mock, "theirs")

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_a_resource_may_have_the_name_of_one(self) -> None:
        @resource
        async def tea() -> AsyncIterator[str]:
            yield "tea"

        class Case(AsyncTestCase):
            stub = tea  # type: ignore[assignment]  # which is what a type checker should say

            async def test(self) -> None:
                self.assertEqual(self.stub, "tea")

        self.assertEqual(outcome(Case), ["addSuccess"])

    def test_a_test_that_was_copied_has_none_of_the_mocks(self) -> None:
        class Case(AsyncTestCase):
            async def test(self) -> None:
                await self.asyncStub()()

        case = Case("test")
        self.assertEqual(outcome(lambda _: case), ["addSuccess"])
        self.assertEqual(outcome(lambda _: copy.deepcopy(case)), ["addSuccess"])

    def test_a_mixin_behind_it_changes_nothing(self) -> None:
        for mixin in MIXINS:
            kind = type("Case", (AsyncTestCase, mixin), {"test": Passing.test_passing})
            self.assertEqual(kind.__mro__[1:], AsyncTestCase.__mro__)


class CommandTest(unittest.TestCase):
    """``python -m unittest`` in a fresh process."""

    SUITE = textwrap.dedent(
        """
        import asyncio
        from aiounit import AsyncTestCase

        class FirstTest(AsyncTestCase):
            async def test_fails(self):
                await asyncio.gather(self.fail_later())

            async def fail_later(self):
                self.assertEqual(1, 2)

            async def test_passes(self):
                await asyncio.sleep(0)
        """
    )

    def unittest(self, *arguments: str, suite: str = SUITE, **environment: str) -> tuple[int, str]:
        directory = self.enterContext(tempfile.TemporaryDirectory())
        Path(directory, "test_suite.py").write_text(suite)
        finished = subprocess.run(
            [sys.executable, "-m", "unittest", *arguments],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return finished.returncode, finished.stdout

    def test_a_traceback_holds_the_user_s_frames_only(self) -> None:
        _, output = self.unittest()
        frames = [line.split(", in ")[1] for line in output.splitlines() if line.startswith("  File ")]
        self.assertEqual(frames, ["test_fails", "fail_later"])

    def test_a_full_traceback_holds_the_others_too(self) -> None:
        _, output = self.unittest(AIOUNIT_FULL_TRACEBACK="1")
        frames = [line.split(", in ")[1] for line in output.splitlines() if line.startswith("  File ")]
        self.assertEqual(frames[-2:], ["test_fails", "fail_later"])
        self.assertIn("_await", frames)

    def interrupted(self, *arguments: str) -> tuple[int, str]:
        """Run a suite that is interrupted by a real Ctrl-C while its loop waits."""
        suite = textwrap.dedent(
            """
            import asyncio, os, signal, threading
            from aiounit import AsyncTestCase

            class InterruptedTest(AsyncTestCase):
                async def test_first(self):
                    threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()
                    await asyncio.sleep(float(os.environ.get("SLEEP", "60")))

                async def asyncTearDown(self):
                    await asyncio.sleep(0)
                    print("cleaned up", flush=True)

                async def test_second(self):
                    print("not reached", flush=True)
            """
        )
        return self.unittest(*arguments, suite=suite, SLEEP="0.1" if "-c" in arguments else "60")

    def test_ctrl_c_ends_the_run_after_the_clean_up(self) -> None:
        status, output = self.interrupted()
        self.assertEqual((status != 0, output.count("cleaned up")), (True, 1))
        self.assertIn("KeyboardInterrupt", output)
        self.assertNotIn("not reached", output)

    def test_with_catchbreak_the_test_ends_in_its_own_way(self) -> None:
        _, output = self.interrupted("-c")
        self.assertIn("Ran 1 test in", output)
        self.assertNotIn("KeyboardInterrupt", output)

    def test_verbose_names_and_counts_are_those_of_unittest(self) -> None:
        status, output = self.unittest("-v")
        self.assertEqual(status, 1)
        self.assertIn("test_passes (test_suite.FirstTest.test_passes) ... ok\n", output)
        self.assertIn("Ran 2 tests", output)

    def test_tests_can_be_chosen(self) -> None:
        status, output = self.unittest("-k", "passes")
        self.assertEqual((status, "Ran 1 test " in output), (0, True))

    def test_a_wrong_declaration_fails_when_the_module_is_loaded(self) -> None:
        suite = "from aiounit import AsyncTestCase\nclass T(AsyncTestCase):\n    async def setUp(self): pass\n"
        status, output = self.unittest(suite=suite)
        self.assertEqual(status, 1)
        self.assertIn("DeclarationError: test_suite.T: setUp is async def", output)

    def test_a_wrong_setting_fails_when_the_module_is_loaded(self) -> None:
        status, output = self.unittest(AIOUNIT_DEBUG="maybe")
        self.assertEqual(status, 1)
        self.assertIn("SettingsError: environment variable AIOUNIT_DEBUG is 'maybe'", output)

    def test_the_loop_factory_can_be_chosen_for_all(self) -> None:
        suite = (
            "import asyncio\nfrom aiounit import AsyncTestCase\nclass Loop(asyncio.SelectorEventLoop): pass\n"
            "class T(AsyncTestCase):\n"
            "    async def test(self): self.assertIs(type(asyncio.get_running_loop()).__name__, 'Loop')\n"
        )
        status, output = self.unittest(suite=suite, AIOUNIT_LOOP_FACTORY="asyncio:SelectorEventLoop")
        self.assertIn("'_UnixSelectorEventLoop' is not 'Loop'", output)
        self.assertEqual(status, 1)
