"""The benchmark as a whole: every group runs, every peer passes its tests, the command works. No time is asserted."""

import contextlib
import importlib.util
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from . import children, collect, page, rows, tables, targets
from .__main__ import main
from .data import Measured, read
from .groups import leaks, memory, pieces, startup
from .groups.blocks import Samples

TINY = collect.Effort(
    dict.fromkeys(collect.FULL.rounds, 1),
    tests=2,
    pytest_tests=2,
    counted=1,
    sizes=(10, 20),
    memory=(20, 40, 60),
)
ON_UVLOOP = {rows.UVLOOP, rows.SHARED_UVLOOP}
STDLIB_ONLY = {rows.STDLIB, rows.STDLIB_WITHOUT_DEBUG}


def has(*modules: str) -> bool:
    """Return whether modules are installed."""
    return all(importlib.util.find_spec(name) for name in modules)


class Everything(unittest.TestCase):
    """Each group is measured once, in a child as always, with hardly any tests."""

    measured: Measured

    @classmethod
    def setUpClass(cls) -> None:
        interpreter = children.probe(sys.executable)
        cls.measured = Measured(interpreter.version, interpreter.peers)
        names = [name for name in collect.GROUPS if name != "instructions"]
        for name, found in collect.collect(interpreter, TINY, names):
            if not isinstance(found, collect.UnavailableError):
                cls.measured.groups[name] = found

    def check_rows(self, group: str, scenario: str, expected: set[str]) -> None:
        self.assertEqual(self.measured.samples(group, scenario).keys(), expected)

    def test_every_base_class_runs_every_scenario(self) -> None:
        expected = {rows.UNITTEST, *tables.UNITTEST_ROWS} - (set() if has("uvloop") else ON_UVLOOP)
        for title in tables.TITLES:
            with self.subTest(title):
                self.check_rows("unittest", title, expected - (STDLIB_ONLY if title == "class resource" else set()))

    @unittest.skipUnless(has("pytest_asyncio", "anyio"), "pytest's plugins are not installed")
    def test_every_plugin_runs_every_scenario(self) -> None:
        expected = {rows.UNITTEST, rows.OURS, rows.PYTEST, *rows.PYTEST_PEERS}
        for title in tables.TITLES:
            with self.subTest(title):
                self.check_rows("pytest", title, expected - ({rows.ANYIO} if title == "class resource" else set()))

    def test_pieces(self) -> None:
        self.check_rows("pieces", pieces.CLASS, {rows.STDLIB, rows.OURS})
        mocks = {pieces.ASYNC_MOCK, pieces.AUTOSPEC, pieces.MOCK_OF_SPEC, pieces.ASYNC_STUB}
        self.check_rows("pieces", pieces.MOCK, mocks)
        self.check_rows("pieces", pieces.SUBTEST, {rows.UNITTEST, *STDLIB_ONLY, rows.OURS})
        self.check_rows("pieces", pieces.RESOURCES, {pieces.ONE, pieces.HUNDRED})

    def test_leaks(self) -> None:
        self.check_rows("leaks", leaks.title(1000), {rows.STDLIB, rows.OURS})
        self.check_rows("leaks", leaks.BLOCKING, {rows.OURS})

    def test_processes(self) -> None:
        self.check_rows("startup", startup.IMPORT, set(startup.STATEMENTS))
        expected = set(startup.MODULES) - (set() if has("pytest_asyncio") else {rows.PYTEST_ASYNCIO})
        self.check_rows("startup", startup.RUN, expected)

    def test_runs_of_several_sizes(self) -> None:
        for title, samples in self.measured.groups["growth"].items():
            with self.subTest(title):
                self.assertEqual(list(samples), ["10", "20"])
        self.check_rows("memory", memory.PEAK, {"20", "40", "60"})

    def test_there_is_a_figure_for_every_target(self) -> None:
        without = [target.title for target in targets.TARGETS if target.value(self.measured) is None]
        self.assertEqual(without, [] if has("pytest_asyncio") else ["empty test, whole: pytest-asyncio / aiounit"])


class CommandLine(unittest.TestCase):
    """The command, with a group that takes no time."""

    SAMPLES: Samples = {"empty test": {rows.UNITTEST: [10.0], rows.STDLIB: [1010.0], rows.OURS: [60.0]}}

    def call(self, *arguments: str) -> tuple[int, str, str]:
        groups = {
            "unittest": lambda *_: self.SAMPLES,
            "pytest": mock.Mock(side_effect=collect.UnavailableError("none")),
        }
        output, errors = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(collect.GROUPS, groups),
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(errors),
        ):
            status = main([*arguments])
        return status, output.getvalue(), errors.getvalue()

    def test_what_is_missed_is_named_and_is_no_failure(self) -> None:
        status, output, errors = self.call("--only", "unittest", "--only", "pytest")
        self.assertEqual(status, 0)
        self.assertIn("All 1 targets that were measured are met.", output)
        self.assertIn("pytest: left out, none", errors)

    def test_data_is_written(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "data.json")
            self.call("--only", "unittest", "--data", str(file))
            self.assertEqual(read(file).pythons[0].groups, {"unittest": self.SAMPLES})

    def test_the_page_is_made(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "data.json")
            with mock.patch.object(page, "DATA", file), mock.patch.object(page, "main") as made:
                self.call("--only", "unittest", "--page")
            made.assert_called_once_with()
            self.assertEqual(json.loads(file.read_text(encoding="utf-8"))["pythons"][0]["groups"].keys(), {"unittest"})

    def test_an_interpreter_that_cannot_be_measured(self) -> None:
        """It is named, with the reason, and the exit status says that something is missing."""
        status, _, errors = self.call("--python", "no-such-python")
        self.assertEqual(status, 1)
        self.assertIn("no-such-python was not measured", errors)

    def test_a_group_that_fails(self) -> None:
        with self.assertRaisesRegex(children.ChildError, "the reason"):
            children.ask(sys.executable, "-c", "import sys; sys.exit('the reason')")
