"""The errors form the tree that their module draws, and travel between processes."""

import copy
import importlib.util
import pickle
import re
import subprocess
import sys
import textwrap
import unittest
from collections.abc import Iterator

import aiounit
from aiounit import exceptions
from aiounit.exceptions import AiounitError, FindingError, FindingsError, TimeoutFailure
from aiounit.limits.alarms import Interrupt

# What those are made of that take more than a message.
ARGUMENTS: dict[type[AiounitError], tuple[object, ...]] = {
    FindingError: ("tasks", "what happened"),
    FindingsError: ("what happened", [FindingError("tasks", "what")]),
}

DEFINED: list[type[AiounitError]] = [
    value for value in vars(exceptions).values() if getattr(value, "__module__", "") == exceptions.__name__
]


def draw(kind: type[AiounitError], indent: str = "    ") -> Iterator[str]:
    """Yield the lines of the tree below an error, with the other bases in parentheses."""
    children = [each for each in DEFINED if kind in each.__bases__]
    for child in children:
        is_last = child is children[-1]
        others = [base.__name__ for base in child.__bases__ if base is not kind]
        yield f"{indent}{'└' if is_last else '├'}── {child.__name__}" + (f" ({', '.join(others)})" if others else "")
        yield from draw(child, indent + ("    " if is_last else "│   "))


class TreeTests(unittest.TestCase):
    def test_it_is_drawn_as_it_is(self) -> None:
        assert exceptions.__doc__ is not None
        drawing = exceptions.__doc__[exceptions.__doc__.index("    AiounitError\n") :].rstrip()
        lines = [re.sub(r"(?<=\S)  +\w.*$", "", line) for line in drawing.splitlines()]
        self.assertEqual(lines, ["    AiounitError", *draw(AiounitError)])

    def test_the_root_is_an_exception(self) -> None:
        self.assertEqual(AiounitError.__bases__, (Exception,))

    def test_all_have_the_root(self) -> None:
        self.assertEqual([kind for kind in DEFINED if not issubclass(kind, AiounitError)], [])

    def test_all_are_public(self) -> None:
        self.assertEqual(exceptions.__all__, sorted(kind.__name__ for kind in DEFINED))
        for kind in DEFINED:
            self.assertIs(getattr(aiounit, kind.__name__), kind)


def make(kind: type[AiounitError]) -> AiounitError:
    """Make an error of a kind, with a note."""
    error = kind(*ARGUMENTS.get(kind, ("what happened",)))
    error.add_note("and where")
    return error


class TravelTests(unittest.TestCase):
    """Runners in several processes send errors from one to another."""

    def assert_same(self, copied: BaseException, error: AiounitError) -> None:
        self.assertEqual((type(copied), str(copied), copied.__notes__), (type(error), str(error), ["and where"]))
        self.assertEqual(vars(copied), vars(error))
        self.assertIn("what happened", str(copied))

    def test_each_keeps_its_message_and_notes_when_it_is_pickled(self) -> None:
        for kind in DEFINED:
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                with self.subTest(kind=kind.__name__, protocol=protocol):
                    error = make(kind)
                    self.assert_same(pickle.loads(pickle.dumps(error, protocol)), error)

    def test_each_can_be_copied(self) -> None:
        for kind in DEFINED:
            with self.subTest(kind=kind.__name__):
                error = make(kind)
                self.assert_same(copy.copy(error), error)

    def test_each_can_be_made_by_its_own_new(self) -> None:
        for kind in DEFINED:
            with self.subTest(kind=kind.__name__):
                arguments = ARGUMENTS[kind] if issubclass(kind, BaseExceptionGroup) else ()
                self.assertIsInstance(getattr(kind, "__new__")(kind, *arguments), kind)  # noqa: B009 (to take any)

    def test_a_timeout_is_both_a_failure_and_a_timeout_error(self) -> None:
        self.assertTrue(issubclass(TimeoutFailure, AssertionError))
        self.assertTrue(issubclass(TimeoutFailure, TimeoutError))

    def test_an_interrupt_arrives_without_the_failure_that_it_stands_for(self) -> None:
        kind = type("Interrupt", (Interrupt,), {"failure": TimeoutFailure("too late")})
        self.assertIs(type(pickle.loads(pickle.dumps(kind()))), Interrupt)


# Installing tblib's support is for the rest of the process.
BY_TBLIB = """
    import asyncio, pickle, time, unittest
    from aiounit import AsyncTestCase
    from tblib import pickling_support
    from tests import test_exceptions

    pickling_support.install()
    for kind in test_exceptions.DEFINED:
        error = test_exceptions.make(kind)
        test_exceptions.TravelTests().assert_same(pickle.loads(pickle.dumps(error)), error)

    class Hanging(AsyncTestCase):
        timeout = 0.05

        async def test_awaits(self):
            await asyncio.Event().wait()

        async def test_blocks(self):
            time.sleep(60)

        async def test_leaks(self):
            self.task = asyncio.create_task(asyncio.sleep(60))

        async def test_wraps_the_interrupt(self):
            try:
                time.sleep(60)
            except BaseException:
                raise ValueError("what happened")

    class Result(unittest.TestResult):
        def addFailure(self, test, details):
            print(type(pickle.loads(pickle.dumps(details[1]))).__name__)

        addError = addFailure

    unittest.defaultTestLoader.loadTestsFromTestCase(Hanging).run(Result())
"""


@unittest.skipUnless(importlib.util.find_spec("tblib"), "tblib is not installed")
class TblibTests(unittest.TestCase):
    """Django's parallel runner sends errors by way of tblib."""

    def test_each_error_arrives_and_so_does_each_that_a_test_reports(self) -> None:
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(BY_TBLIB)], capture_output=True, text=True, check=False
        )
        self.assertEqual(run.returncode, 0, run.stderr)
        kinds = run.stdout.split()
        self.assertGreaterEqual(kinds.count("TimeoutFailure"), 3, run.stdout + run.stderr)
        self.assertEqual(len(kinds), 5, run.stdout + run.stderr)


class FindingErrorTests(unittest.TestCase):
    def test_it_keeps_what_it_is_made_of(self) -> None:
        error = FindingError("tasks", "what happened")
        self.assertEqual((error.check, error.text, str(error)), ("tasks", "what happened", "tasks: what happened"))


class FindingsErrorTests(unittest.TestCase):
    def test_a_part_of_it_is_one_as_well(self) -> None:
        tasks, errors = FindingError("tasks", "first"), FindingError("errors", "second")
        error = FindingsError("what happened", [tasks, errors])
        part = error.subgroup(lambda each: isinstance(each, FindingError) and each.check == "tasks")
        self.assertEqual(repr(part), repr(FindingsError("what happened", [tasks])))
