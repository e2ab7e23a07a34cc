"""When a run ends: with its result, its suite, the nodes of pytest, or the process."""

import contextlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.limits import ctrl_c
from aiounit.runs.run import Run
from tests.documents import run_python
from tests.resources.support import SuiteEvents, fake_module, logged, run_suite
from tests.runs.test_shared_loop import case_of
from tests.support import Events

ROOT = Path(__file__).parent.parent.parent


class Untold(SuiteEvents):
    """A result that is not told of the end of the run, like those of green and nose2."""


setattr(Untold, "stopTestRun", property())  # noqa: B010 (to type checkers it is a method)


class UntoldTest(unittest.TestCase):
    """Where the result is told nothing, the run ends with the outermost suite."""

    def setUp(self) -> None:
        self.enterContext(mock.patch("unittest.case._module_cleanups", []))
        self.log: list[str] = []

    def run_modules(self, *kinds: type[unittest.TestCase], result: unittest.TestResult | None = None) -> list[str]:
        load = unittest.TestLoader().loadTestsFromTestCase
        with contextlib.ExitStack() as modules:
            for kind in kinds:
                modules.enter_context(fake_module(kind.__module__))
            unittest.TestSuite(load(kind) for kind in kinds).run(result or Untold(self.log))
        return self.log

    def test_one_of_the_run_lives_through_all_modules(self) -> None:
        used = logged(self.log, scope="run")
        self.assertEqual(
            self.run_modules(case_of("one", used), case_of("two", used)),
            ["start test", "open it", "addSuccess", "start test", "addSuccess", "close it"],
        )

    def test_it_closes_after_those_of_the_module(self) -> None:
        run, module = logged(self.log, "run", scope="run"), logged(self.log, "module", scope="module")
        self.assertEqual(self.run_modules(case_of("one", run, other=module))[-2:], ["close module", "close run"])

    def test_each_error_is_reported(self) -> None:
        run = logged(self.log, "run", scope="run", closes=ValueError("run"))
        module = logged(self.log, "module", scope="module", closes=KeyError("module"))
        self.assertEqual(
            self.run_modules(case_of("one", run, other=module))[-4:],
            [
                "close module",
                "close run",
                "closing the resources of the run ValueError('run')",
                "tearDownModule KeyError('module')",
            ],
        )

    def test_ctrl_c_while_it_closes_ends_the_run(self) -> None:
        kind = case_of("one", logged(self.log, scope="run", closes=KeyboardInterrupt()))
        with self.assertRaises(KeyboardInterrupt):
            self.run_modules(kind)

    def test_a_run_inside_a_test_does_not_end_it(self) -> None:
        used = logged(self.log, scope="run")

        class Outer(AsyncTestCase):
            it = used

            def test_1(self) -> None:
                run_suite(type("Inner", (unittest.TestCase,), {"test": lambda _self: None, "__module__": "two"}))

            async def test_2(self) -> None:
                """Use it still."""

        Outer.__module__ = "one"
        with fake_module("two"):
            self.run_modules(Outer)
        self.assertEqual(self.log, ["start test_1", "open it", "addSuccess", "start test_2", "addSuccess", "close it"])

    def test_a_worker_has_no_runner_that_tells_the_result(self) -> None:
        with mock.patch("multiprocessing.parent_process", return_value=mock.Mock()):
            self.run_modules(case_of("one", logged(self.log, scope="run")), result=SuiteEvents(self.log))
        self.assertEqual(self.log, ["start test", "open it", "addSuccess", "close it"])

    def test_without_multiprocessing_there_are_no_workers(self) -> None:
        with mock.patch.dict("sys.modules"):
            sys.modules.pop("multiprocessing", None)
            self.run_modules(case_of("one", logged(self.log, scope="run")), result=(result := SuiteEvents(self.log)))
        self.assertEqual(self.log, ["start test", "open it", "addSuccess"])
        result.stopTestRun()
        self.assertEqual(self.log[3:], ["close it"])


class Node:
    """A node of pytest's tree of tests, as far as it matters."""

    def __init__(self, log: list[str], obj: object = None) -> None:
        self.obj = obj
        self.config = mock.Mock()
        self.finalizers: list[Any] = []
        self.log = log

    def addfinalizer(self, function: Any) -> None:
        self.finalizers.append(function)

    def finish(self) -> None:
        while self.finalizers:
            self.finalizers.pop()()


class NodeTest(unittest.TestCase):
    """Under pytest, what lives longer than a class ends with the nodes around it."""

    def test_modules_and_the_session(self) -> None:
        log: list[str] = []
        b, c = logged(log, "module", scope="module"), logged(log, "run", scope="run", closes=ValueError("run"))
        with fake_module("one") as module:
            kind = case_of("one", b, c=c)
            session, node = Node(log), Node(log, module)
            for _ in range(2):  # the module comes twice if the tests are shuffled
                for _ in range(2):
                    result: Any = Events(log)
                    result.listchain = lambda: [session, node, result]  # noqa: B023
                    kind("test").run(result)
                kind.doClassCleanups()
                node.finish()
            with self.assertRaisesRegex(ValueError, "^run$"):
                session.finish()
        once = ["startTest", "open module", "addSuccess", "stopTest", "startTest", "addSuccess", "stopTest"]
        self.assertEqual(log, ["startTest", "open run", *once[1:], "close module", *once, "close module", "close run"])


SUITE = """
    import unittest
    from aiounit import AsyncTestCase, resource

    def named(name, scope):
        @resource(scope=scope)
        async def it():
            print("open", name, flush=True)
            yield
            print("close", name, flush=True)
        return it

    async def asyncSetUpModule():
        print("asyncSetUpModule", flush=True)

    async def asyncTearDownModule():
        print("asyncTearDownModule", flush=True)

    wide = named("run", "run")

    class First(AsyncTestCase):
        a = named("class", "class")
        b = named("module", "module")
        c = wide

        async def test_1(self):
            print("test_1", flush=True)
        async def test_2(self):
            print("test_2", flush=True)
            self.fail()

    class Second(AsyncTestCase):
        c = wide
        async def test_3(self):
            print("test_3", flush=True)
"""
OTHER = """
    import unittest
    class Last(unittest.TestCase):
        def test_4(self):
            print("test_4", flush=True)
"""
FIRST = ["open run", "open module", "open class", "test_1"]


class ProcessTest(unittest.TestCase):
    """Whole processes: unittest's command line and pytest."""

    def printed(self, *arguments: str, status: int = 1) -> list[str]:
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "test_suite.py").write_text(textwrap.dedent(SUITE), "utf-8")
            Path(directory, "test_then.py").write_text(textwrap.dedent(OTHER), "utf-8")
            finished = subprocess.run(
                [sys.executable, "-m", *arguments],
                cwd=directory,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        self.assertEqual(finished.returncode, status, finished.stdout + finished.stderr)
        words = ("open ", "close ", "test_", "async")
        lines = [line.lstrip(".F") for line in finished.stdout.splitlines()]
        return [line for line in lines if line.startswith(words) and len(line) < 30 and ".py" not in line]

    def test_all_that_is_found(self) -> None:
        self.assertEqual(
            self.printed("unittest"),
            [
                "asyncSetUpModule",
                *FIRST,
                "test_2",
                "close class",
                "test_3",
                "asyncTearDownModule",
                "close module",
                "test_4",
                "close run",
            ],
        )

    def test_a_single_class(self) -> None:
        self.assertEqual(
            self.printed("unittest", "test_suite.Second", status=0),
            ["asyncSetUpModule", "open run", "test_3", "asyncTearDownModule", "close run"],
        )

    def test_what_is_filtered_out_starts_nothing(self) -> None:
        self.assertEqual(self.printed("unittest", "-k", "test_4", status=0), ["test_4"])

    def test_the_first_failure_ends_it(self) -> None:
        self.assertEqual(
            self.printed("unittest", "-f"),
            ["asyncSetUpModule", *FIRST, "test_2", "close class", "asyncTearDownModule", "close module", "close run"],
        )

    @unittest.skipUnless(importlib.util.find_spec("pytest"), "needs pytest")
    def test_pytest(self) -> None:
        self.assertEqual(
            self.printed("pytest", "-s", "-q", "-p", "no:cacheprovider"),
            [
                "asyncSetUpModule",
                *FIRST,
                "test_2",
                "close class",
                "test_3",
                "close module",
                "asyncTearDownModule",
                "test_4",
                "close run",
            ],
        )

    @unittest.skipUnless(importlib.util.find_spec("pytest"), "needs pytest")
    def test_pytest_that_ends_at_the_first_failure(self) -> None:
        self.assertEqual(
            self.printed("pytest", "-s", "-q", "-x", "-p", "no:cacheprovider"),
            ["asyncSetUpModule", *FIRST, "test_2", "close class", "close module", "asyncTearDownModule", "close run"],
        )

    def test_what_no_runner_ends_is_closed_with_the_process(self) -> None:
        code = "import test_suite, unittest; test_suite.Second('test_3').run(unittest.TestResult())"
        with tempfile.TemporaryDirectory() as directory:
            Path(directory, "test_suite.py").write_text(textwrap.dedent(SUITE), "utf-8")
            text = subprocess.run(
                [sys.executable, "-W", "error", "-c", code],
                cwd=directory,
                env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{directory}"},
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
        self.assertEqual((text.stdout.split("\n"), text.stderr), (["open run", "test_3", "close run", ""], ""))

    def test_an_error_that_comes_after_the_report_fails_the_process(self) -> None:
        code = textwrap.dedent("""
            import unittest
            from aiounit import AsyncTestCase, resource

            @resource(scope="run")
            async def broken():
                yield
                raise ValueError("can't close")

            class Case(AsyncTestCase):
                it = broken
                async def test(self): ...

            Case("test").run(unittest.TestResult())
            """)
        finished = run_python("-c", code)
        self.assertEqual(finished.returncode, 120)
        self.assertIn("ValueError: can't close\n", finished.stderr)
        self.assertIn("aiounit: the errors above came after the report of the runner, so", finished.stderr)


class ExitTest(unittest.TestCase):
    def test_a_process_that_closes_at_its_end_ends_as_ctrl_c_ends_it(self) -> None:
        is_over = [False]

        def interrupt() -> list[BaseException]:
            is_over[0] = True
            return []

        run = Run()
        with (
            mock.patch.object(ctrl_c, "is_over", side_effect=lambda: is_over[0]),
            mock.patch.object(run, "close", interrupt),
            mock.patch.object(ctrl_c, "leave") as leave,
        ):
            run.ending.close_at_exit()
        leave.assert_called_once_with()
