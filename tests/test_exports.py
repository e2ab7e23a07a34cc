"""What ``import aiounit`` gives: the public names and nothing else."""

import ast
import inspect
import subprocess
import sys
import unittest
from pathlib import Path

import aiounit

DIRECTORY = Path(aiounit.__file__).parent


class AllTests(unittest.TestCase):
    def test_it_is_sorted(self) -> None:
        self.assertEqual(aiounit.__all__, sorted(aiounit.__all__))

    def test_it_names_what_is_public(self) -> None:
        # The modules of a package become its attributes when they are imported.
        public = {name for name, value in vars(aiounit).items() if name[0] != "_" and not inspect.ismodule(value)}
        self.assertEqual(set(aiounit.__all__), public)

    def test_each_name_is_public_in_the_module_that_defines_it(self) -> None:
        for name in aiounit.__all__:
            with self.subTest(name=name):
                module = sys.modules[getattr(aiounit, name).__module__]
                self.assertIn(name, vars(module)["__all__"])

    def test_star_imports_take_just_that(self) -> None:
        namespace: dict[str, object] = {}
        exec("from aiounit import *", namespace)
        self.assertEqual(namespace.keys() - {"__builtins__"}, set(aiounit.__all__))


class ModuleTests(unittest.TestCase):
    def setUp(self) -> None:
        self.tree = ast.parse(Path(aiounit.__file__).read_text(encoding="utf-8"))

    def test_it_is_a_docstring_imports_and_all(self) -> None:
        docstring, *statements, last = self.tree.body
        self.assertIsInstance(docstring, ast.Expr)
        self.assertEqual({type(statement) for statement in statements}, {ast.ImportFrom})
        self.assertEqual(ast.unparse(last), f"__all__ = {aiounit.__all__!r}")

    def test_it_imports_what_it_exports(self) -> None:
        imported = [
            alias.asname or alias.name
            for node in self.tree.body
            if isinstance(node, ast.ImportFrom)
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
