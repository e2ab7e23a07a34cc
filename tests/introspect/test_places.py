"""Source lines are told truly, whatever they are of, and the user's are told from the others."""

import functools
import linecache
import os
import pickle
import sys
import unittest
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any
from unittest import mock

from aiounit import _real
from aiounit.introspect.places import Place, definition_of, format_places, inner_place, stack_of, without_machinery
from tests.introspect.support import (
    SUPPORT,
    line,
    place,
    sleeps,
    waits,
)


class PlaceTests(unittest.TestCase):
    def setUp(self) -> None:
        self.place = Place(SUPPORT, line(sleeps, 1), "sleeps", __name__)

    def test_source(self) -> None:
        self.assertEqual(self.place.source, "await asyncio.sleep(3600)")

    def test_no_source(self) -> None:
        self.assertEqual(place("f", file="<string>").source, "")

    def test_a_source_that_cannot_be_read(self) -> None:
        with mock.patch.object(_real.linecache, "getline", side_effect=MemoryError):
            self.assertEqual(self.place.source, "")

    def test_below_the_working_directory(self) -> None:
        with mock.patch.object(_real.os, "getcwd", return_value=str(Path(__file__).parent)):
            self.assertEqual(
                str(self.place), f"support.py, line {line(sleeps, 1)}, in sleeps: await asyncio.sleep(3600)"
            )

    def test_elsewhere(self) -> None:
        with mock.patch.object(_real.os, "getcwd", return_value="/else"):
            self.assertEqual(str(place("f")), "/project/suite.py, line 1, in f")

    def test_where_the_working_directory_is_gone(self) -> None:
        with mock.patch.object(_real.os, "getcwd", side_effect=FileNotFoundError):
            self.assertEqual(str(place("f")), "/project/suite.py, line 1, in f")

    def test_it_can_be_pickled(self) -> None:
        self.assertEqual(pickle.loads(pickle.dumps(self.place)), self.place)


class StackTests(unittest.TestCase):
    def test_no_frame(self) -> None:
        self.assertEqual(stack_of(None), [])

    def test_outermost_first(self) -> None:
        def inner() -> list[Place]:
            return stack_of(sys._getframe())

        stack = inner()
        name = "StackTests.test_outermost_first"
        number = line(inner, 3)
        self.assertEqual(
            stack[-2:],
            [
                Place(__file__, number, name, __name__),
                Place(__file__, number - 2, f"{name}.<locals>.inner", __name__),
            ],
        )

    def module_of(self, name: object, file: str) -> str:
        """Return the module that a frame is found in."""
        names = {"sys": sys, "stack_of": stack_of, "__name__": name}
        exec(compile("places = stack_of(sys._getframe())", file, "exec"), names)
        places: Any = names["places"]
        return str(places[-1].module)

    def test_module(self) -> None:
        self.assertEqual(self.module_of("suite", "/project/suite.py"), "suite")

    def test_no_module(self) -> None:
        self.assertEqual(self.module_of(None, "<string>"), "")

    def test_a_module_that_is_run_as_a_script(self) -> None:
        self.assertEqual(self.module_of("__main__", "/project/suite.py"), "__main__")

    def test_a_module_of_the_standard_library_that_is_run_as_a_script(self) -> None:
        directory = Path(os.__file__).parent
        self.assertEqual(self.module_of("__main__", str(directory / "unittest" / "__main__.py")), "unittest.__main__")

    def test_a_module_in_an_archive_has_its_lines(self) -> None:
        loader = mock.Mock(spec_set=["get_source"])
        loader.get_source.return_value = "places = stack_of(sys._getframe())"
        names = {"sys": sys, "stack_of": stack_of, "__name__": "archived", "__spec__": ModuleSpec("archived", loader)}
        file = "/project/archive.zip/archived.py"
        self.addCleanup(linecache.cache.pop, file, None)
        exec(compile(loader.get_source.return_value, file, "exec"), names)
        places: Any = names["places"]
        self.assertEqual(places[-1].source, loader.get_source.return_value)


class InnerPlaceTests(unittest.TestCase):
    STDLIB = str(Path(os.__file__).parent / "queue.py")
    INSTALLED = "/venv/lib/site-packages/library/__init__.py"

    def test_none(self) -> None:
        self.assertIsNone(inner_place([]))

    def test_the_innermost_of_the_users(self) -> None:
        outer, inner = place("outer"), place("inner")
        self.assertIs(inner_place([outer, inner]), inner)

    def test_what_it_calls_is_passed_over(self) -> None:
        user = place("user")
        others = [
            place("get", "asyncio.queues", self.STDLIB),
            place("call", "library", self.INSTALLED),
            place("load", "importlib._bootstrap", "<frozen importlib._bootstrap>"),
            place("drive", "aiounit.loops.driver", "/project/aiounit/loops/driver.py"),
        ]
        self.assertEqual([inner_place([user, other]) for other in others], [user] * 4)

    def test_code_without_a_file_is_the_users(self) -> None:
        user, string = place("user"), place("<module>", file="<string>")
        self.assertIs(inner_place([user, string]), string)

    def test_where_nothing_is_the_users(self) -> None:
        outer, inner = place("run", "asyncio.runners", self.STDLIB), place("get", "queue", self.STDLIB)
        self.assertIs(inner_place([outer, inner]), inner)


class WithoutMachineryTests(unittest.TestCase):
    """What is left out of a stack."""

    def left(self, *names: str) -> list[str]:
        """Return what is left of places whose modules and functions are named."""
        places = [place(name.partition(":")[2], name.partition(":")[0]) for name in names]
        return [f"{each.module}:{each.function}" for each in without_machinery(places)]

    def test_what_runs_a_test(self) -> None:
        self.assertEqual(
            self.left(
                "unittest.__main__:<module>",
                "unittest.main:TestProgram.__init__",
                "unittest.case:TestCase.run",
                "aiounit.lifecycle.run:run_test",
                "asyncio.base_events:BaseEventLoop.run_forever",
                "asyncio.base_events:BaseEventLoop._run_once",
                "asyncio.events:Handle._run",
                "aiounit.lifecycle.engine:Lifecycle._run_inside",
                "suite:Tests.test",
            ),
            ["suite:Tests.test"],
        )

    def test_what_runs_the_tests_whatever_it_is(self) -> None:
        self.assertEqual(
            self.left(
                "script:main",
                "pytest:main",
                "aiounit.case:AsyncTestCase.run",
                "aiounit.lifecycle.run:run_test",
                "suite:f",
            ),
            ["suite:f"],
        )

    def test_what_runs_a_module(self) -> None:
        places = [Place("<frozen runpy>", 1, "_run_code", "runpy"), place("f")]
        self.assertEqual(without_machinery(places), places[1:])

    def test_a_loop_inside_a_test(self) -> None:
        self.assertEqual(
            self.left(
                "suite:Tests.test",
                "asyncio.runners:run",
                "asyncio.runners:Runner.run",
                "asyncio.base_events:BaseEventLoop.run_until_complete",
                "asyncio.events:Handle._run",
                "suite:main",
            ),
            ["suite:Tests.test", "suite:main"],
        )

    def test_what_starts_a_thread(self) -> None:
        self.assertEqual(
            self.left("threading:Thread._bootstrap", "concurrent.futures.thread:_worker", "suite:job"), ["suite:job"]
        )

    def test_what_is_waited_for_stays(self) -> None:
        names = ["suite:Tests.test", "asyncio.queues:Queue.get", "threading:Event.wait", "unittest.mock:Mock.__call__"]
        self.assertEqual(self.left(*names), names)

    def test_modules_with_similar_names_stay(self) -> None:
        names = ["aiounit_tests:f", "unittests:f", "asyncio_extras:_run", "suite:_run", "suite.aiounit:f"]
        self.assertEqual(self.left(*names), names)

    def test_one_place_stays(self) -> None:
        self.assertEqual(
            self.left("unittest.case:TestCase.run", "aiounit.loops.driver:Driver.drive"),
            ["aiounit.loops.driver:Driver.drive"],
        )

    def test_nothing(self) -> None:
        self.assertEqual(self.left(), [])


class FormatTests(unittest.TestCase):
    def test_as_in_a_traceback(self) -> None:
        self.assertEqual(
            format_places([place("f", file="<string>"), Place(SUPPORT, line(sleeps, 1), "sleeps", __name__)]),
            f'  File "<string>", line 1, in f\n'
            f'  File "{SUPPORT}", line {line(sleeps, 1)}, in sleeps\n'
            f"    await asyncio.sleep(3600)",
        )

    def test_a_recursion_is_cut_short(self) -> None:
        repeated = '  File "<string>", line 1, in f\n'
        self.assertEqual(
            format_places([place("f", file="<string>")] * 10),
            f"{repeated * 3}  [Previous line repeated 7 more times]",
        )

    def test_nothing(self) -> None:
        self.assertEqual(format_places([]), "")

    def test_the_middle_of_a_long_chain_is_left_out(self) -> None:
        places = [Place("/project/suite.py", number, "wait", "suite") for number in range(1, 101)]
        lines = format_places(places).splitlines()
        self.assertEqual(len(lines), 36)
        self.assertEqual(lines[9:12:2], [f'  File "/project/suite.py", line {n}, in wait' for n in (10, 76)])
        self.assertEqual(lines[10], "  ... 65 more calls ...")

    def test_a_long_line_is_cut_short(self) -> None:
        linecache.cache["<long>"] = (1, None, ["x" * 1_000], "<long>")
        self.addCleanup(linecache.cache.pop, "<long>")
        self.assertEqual(Place("<long>", 1, "f", "m").source, "x" * 200 + "...")


class DefinitionTests(unittest.TestCase):
    """Where a function begins."""

    def test_a_function_below_its_decorators(self) -> None:
        @functools.wraps(waits)
        def wrapper() -> None:
            """Stand for it."""

        self.assertEqual(definition_of(wrapper), Place(SUPPORT, line(waits, 0), "waits", waits.__module__))

    def test_what_has_no_code(self) -> None:
        for thing in (None, max, 1):
            self.assertIsNone(definition_of(thing))
