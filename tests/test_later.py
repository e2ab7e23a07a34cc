"""Modules that are imported when they are first used, and what an import of aiounit loads meanwhile."""

import ast
import importlib
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

import aiounit
from aiounit import _later
from aiounit._later import Later

from .test_architecture import MODULES, imported

PACKAGE = "aiounit_example"
FILES = {
    "__init__": "",
    "first": "from aiounit_example import second\nvalue = 1\n",
    "second": "value = 2\n",
}


class LaterTestCase(unittest.TestCase):
    """Each test has a package of its own, none of which is imported."""

    def setUp(self) -> None:
        directory = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (directory / PACKAGE).mkdir()
        for name, text in FILES.items():
            (directory / PACKAGE / f"{name}.py").write_text(text, encoding="utf-8")
        self.enterContext(mock.patch.object(sys, "path", [str(directory), *sys.path]))
        self.enterContext(mock.patch.object(_later, "AIOUNIT", PACKAGE))
        self.enterContext(mock.patch.dict(_later._loaded))
        self.enterContext(mock.patch.dict(sys.modules))
        importlib.invalidate_caches()

    def loaded(self) -> list[str]:
        return sorted(name for name in sys.modules if name.startswith(f"{PACKAGE}."))


class ModuleTests(LaterTestCase):
    def test_it_is_imported_when_it_is_used(self) -> None:
        names: dict[str, Any] = {}
        names["second"] = Later(f"{PACKAGE}.second", names)
        self.assertEqual(self.loaded(), [])
        self.assertEqual(names["second"].value, 2)
        self.assertEqual(self.loaded(), [f"{PACKAGE}.second"])

    def test_it_takes_its_place(self) -> None:
        names: dict[str, Any] = {"other": 1}
        later = names["second"] = names["alias"] = Later(f"{PACKAGE}.second", names)
        self.assertEqual(later.value, 2)
        module = sys.modules[f"{PACKAGE}.second"]
        self.assertEqual(names, {"other": 1, "second": module, "alias": module})

    def test_who_still_has_the_old_object_sees_what_a_test_patches(self) -> None:
        later = Later(f"{PACKAGE}.second", {})
        self.assertEqual(later.value, 2)
        with mock.patch.object(sys.modules[f"{PACKAGE}.second"], "value", 3):
            self.assertEqual(later.value, 3)

    def test_a_name_that_there_is_not(self) -> None:
        with self.assertRaisesRegex(AttributeError, "has no attribute 'vlaue'"):
            _ = Later(f"{PACKAGE}.second", {}).vlaue

    def test_modules_that_a_test_has_removed_are_not_imported_again(self) -> None:
        with mock.patch.dict(sys.modules):
            first: Any = Later(f"{PACKAGE}.first", {}).second
        self.assertEqual(self.loaded(), [])
        self.assertIs(Later(f"{PACKAGE}.second", {}).value, first.value)
        self.assertIs(sys.modules[f"{PACKAGE}.second"], first)


class PackageTests(LaterTestCase):
    def package(self) -> Any:
        return importlib.import_module(PACKAGE)

    def test_what_it_exports(self) -> None:
        package = self.package()
        package.__getattr__, package.__dir__ = _later.exports(PACKAGE, {"second": ["value"]})
        self.assertEqual(self.loaded(), [])
        self.assertIn("value", dir(package))
        self.assertEqual(package.value, 2)
        self.assertEqual(vars(package)["value"], 2)  # the next look-up costs nothing

    def test_a_name_that_there_is_not(self) -> None:
        package = self.package()
        package.__getattr__, _ = _later.exports(PACKAGE, {})
        with self.assertRaisesRegex(AttributeError, f"module '{PACKAGE}' has no attribute 'second'"):
            _ = package.second


def delayed(tree: ast.Module) -> set[str]:
    """Return the full names of the modules and names that a module imports later."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Later"), args=[ast.Constant(value=str(name)), _]):
                found.add(name)
            case ast.Call(func=ast.Attribute(attr="exports"), args=[_, ast.Dict(keys=keys, values=values)]):
                for key, value in zip(keys, values, strict=True):
                    assert key is not None
                    found |= {f"{ast.literal_eval(key)}.{name}" for name in ast.literal_eval(value)}
    return found


def typed(tree: ast.Module) -> set[str]:
    """Return the full names of the modules and names that only type checkers see imported."""
    return {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for name in imported(statement)
    }


class DeclarationTests(unittest.TestCase):
    def test_type_checkers_see_what_is_imported_later(self) -> None:
        for module in MODULES:
            names = delayed(module.tree)
            with self.subTest(module.name):
                package = f"aiounit.{module.name}." if names and module.name in {"assertions", "mocks"} else "aiounit."
                full = {name if name in typed(module.tree) else f"{package}{name}" for name in names}
                self.assertLessEqual(full, typed(module.tree))

    def test_no_module_takes_the_stand_in_of_another(self) -> None:
        """It would stay there, and look the module up for each use."""
        stand_ins = {
            f"aiounit.{module.name}.{ast.unparse(node.targets[0])}"
            for module in MODULES
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Later(")
        }
        self.assertIn("aiounit._stdlib.policy", stand_ins)
        for module in MODULES:
            for statement in module.tree.body:
                if isinstance(statement, ast.ImportFrom):
                    names = {f"{statement.module}.{each.name}" for each in statement.names}
                    with self.subTest(module.name):
                        self.assertEqual(names & stand_ins, set())


# The modules of the standard library that `import aiounit` loads, apart from those of `unittest` and `asyncio`.
STANDARD = {
    "_queue",
    "_struct",
    "_typing",
    "concurrent.futures.thread",
    "copy",
    "faulthandler",
    "gc",
    "mmap",
    "queue",
    "struct",
    "typing",
    "unittest._log",
    "unittest.async_case",
}

LOADED = "print(*sorted(set(sys.modules) - before))"


class CostTests(unittest.TestCase):
    """No figure of time would hold on every machine; the modules that are loaded tell nearly the same."""

    def loaded(self, *statements: str) -> list[str]:
        program = ["import asyncio, sys, unittest", "unittest.IsolatedAsyncioTestCase", "before = set(sys.modules)"]
        finished = subprocess.run(
            # Without site-packages, whose .pth files import modules as well.
            [sys.executable, "-S", "-c", "\n".join([*program, *statements, LOADED])],
            env={"PYTHONPATH": str(Path(aiounit.__file__).parent.parent)},
            capture_output=True,
            text=True,
            check=True,
        )
        return finished.stdout.split()

    def test_modules_of_the_standard_library(self) -> None:
        names = {name for name in self.loaded("import aiounit") if name.partition(".")[0] != "aiounit"}
        self.assertLessEqual(names, STANDARD)

    def test_what_no_test_may_need_is_not_imported(self) -> None:
        names = self.loaded("import aiounit")
        heavy = ("aiounit.checks", "aiounit.lifecycle.run", "aiounit.loops", "aiounit.mocks.recording", "aiounit.runs")
        self.assertEqual([name for name in names if name.startswith(heavy)], [])

    @unittest.skipIf(sys.version_info < (3, 15), "no lazy imports")
    def test_lazy_imports_leave_hardly_anything(self) -> None:
        names = [name for name in self.loaded("import aiounit") if name.partition(".")[0] == "aiounit"]
        self.assertEqual(names, ["aiounit", "aiounit._later", "aiounit._real"])
        self.assertIn("aiounit.case", self.loaded("from aiounit import AsyncTestCase"))

    def test_a_run_imports_no_mocks_and_no_helpers_of_assertions(self) -> None:
        names = self.loaded(
            "import aiounit",
            "class Case(aiounit.AsyncTestCase):",
            "    async def test(self): self.assertTrue(1)",
            "Case('test').run(unittest.TestResult())",
        )
        self.assertIn("aiounit.lifecycle.run", names)
        heavy = ("unittest.mock", "aiounit.assertions.messages", "aiounit.mocks.recording", "aiounit.mocks.specs")
        self.assertEqual([name for name in names if name.startswith(heavy)], [])

    def test_nothing_that_every_test_imports_is_a_dataclass(self) -> None:
        # One that is frozen and has slots costs as much as a whole module.
        program = ["import dataclasses", "dataclasses.dataclass = None", "import aiounit"]
        self.assertIn("aiounit", self.loaded(*program, "from aiounit.lifecycle import run"))

    def test_all_that_runs_a_test_is_imported_before_one_can_patch_it(self) -> None:
        define = [
            "import aiounit",
            "class Case(aiounit.AsyncTestCase):",
            "    async def test(self): self.assertTrue(1)",
        ]
        names = self.loaded(*define)
        run = self.loaded(*define, "Case('test').run(unittest.TestResult())")
        self.assertEqual([name for name in run if name not in names], [])
