"""What ``import aiounit``, ``aiounit.assertions`` and the like give: the public names and nothing else."""

import ast
import inspect
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

import aiounit
from aiounit import assertions, checks, mocks, resources

DIRECTORY = Path(aiounit.__file__).parent
PACKAGES: list[Any] = [aiounit, assertions, checks, mocks, resources]


class AllTests(unittest.TestCase):
    def test_they_are_sorted(self) -> None:
        for package in PACKAGES:
            with self.subTest(package.__name__):
                self.assertEqual(package.__all__, sorted(package.__all__))

    def test_they_name_what_is_public(self) -> None:
        # The modules of a package become its attributes when they are imported.
        for package in PACKAGES:
            with self.subTest(package.__name__):
                names = [name for name in dir(package) if name[0] != "_"]
                public = {name for name in names if not inspect.ismodule(getattr(package, name))}
                self.assertEqual(set(package.__all__), public)

    def test_each_name_is_public_in_the_module_that_defines_it(self) -> None:
        for package in PACKAGES:
            for name in package.__all__:
                with self.subTest(package.__name__, name=name):
                    module = sys.modules[getattr(package, name).__module__]
                    self.assertIn(name, vars(module)["__all__"])

    def test_star_imports_take_just_that(self) -> None:
        namespace: dict[str, object] = {}
        exec("from aiounit import *", namespace)
        self.assertEqual(namespace.keys() - {"__builtins__"}, set(aiounit.__all__))

    def test_modules_hold_a_docstring_imports_and_nothing_else(self) -> None:
        for package in PACKAGES:
            with self.subTest(package.__name__):
                docstring, *statements, last = ast.parse(inspect.getsource(package)).body
                self.assertIsInstance(docstring, ast.Expr)
                kinds = {type(statement) for statement in statements}
                # A list tells Python which imports are lazy; others stand in a branch for type checkers.
                self.assertLessEqual(kinds, {ast.Assign, ast.Import, ast.ImportFrom, ast.If})
                assigned = [ast.unparse(each.targets[0]) for each in statements if isinstance(each, ast.Assign)]
                self.assertLessEqual(set(assigned), {"__lazy_modules__"})
                self.assertEqual(ast.unparse(last), f"__all__ = {package.__all__!r}")


class ModuleTests(unittest.TestCase):
    def test_it_imports_what_it_exports(self) -> None:
        imported = [
            alias.asname or alias.name
            for node in ast.walk(ast.parse(inspect.getsource(aiounit)))
            if isinstance(node, ast.ImportFrom) and node.module != "aiounit"
            for alias in node.names
        ]
        self.assertEqual(sorted(imported), aiounit.__all__)

    def test_it_is_imported_without_a_warning(self) -> None:
        output = subprocess.run(
            [sys.executable, "-W", "error", "-c", "import aiounit"], capture_output=True, text=True, check=False
        )
        self.assertEqual((output.returncode, output.stderr), (0, ""))

    def test_types_are_shipped(self) -> None:
        self.assertTrue((DIRECTORY / "py.typed").is_file())
