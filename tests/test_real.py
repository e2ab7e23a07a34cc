"""The functions of the standard library as they were when the package was imported."""

import linecache
import os
import sys
import time
import types
import unittest
import warnings
from unittest import mock

from aiounit import _real


class NamespaceTests(unittest.TestCase):
    def test_a_function_is_what_it_was_whatever_replaces_it(self) -> None:
        sleep = time.sleep
        with mock.patch("time.sleep"):
            self.assertIs(_real.time.sleep, sleep)

    def test_so_is_one_in_a_module_inside(self) -> None:
        join = os.path.join
        with mock.patch("os.path.join"):
            self.assertIs(_real.os.path.join, join)

    def test_none_is_a_module_whose_names_a_tool_would_replace(self) -> None:
        found = [name for name in _real.__all__ if isinstance(getattr(_real, name), types.ModuleType)]
        self.assertEqual(found, [])

    def test_each_stands_for_the_module_of_its_name(self) -> None:
        self.assertEqual([name for name in _real.__all__ if getattr(_real, name).__name__ != name], [])


class UnpatchedTests(unittest.TestCase):
    def test_what_describes_errors_is_put_back_for_a_moment(self) -> None:
        functions = (linecache.getline, os.stat, os.path.join)
        with mock.patch("linecache.getline"), mock.patch("os.stat"), mock.patch("os.path.join"):
            patched = (linecache.getline, os.stat, os.path.join)
            with _real.unpatched():
                self.assertEqual((linecache.getline, os.stat, os.path.join), functions)
            self.assertEqual((linecache.getline, os.stat, os.path.join), patched)

    def test_nothing_changes_where_nothing_is_patched(self) -> None:
        with _real.unpatched():
            self.assertIs(_real.os.stat, os.stat)


class LiveTests(unittest.TestCase):
    """State is no function: it is what it is at the moment."""

    def test_the_environment(self) -> None:
        with mock.patch("os.environ", {"A": "b"}):
            self.assertEqual(_real.os.environ, {"A": "b"})
        self.assertIs(_real.os.environ, os.environ)

    def test_streams_and_arguments(self) -> None:
        for name in ("argv", "path", "stderr", "stdin", "stdout"):
            with self.subTest(name), mock.patch.object(sys, name) as other:
                self.assertIs(getattr(_real.sys, name), other)

    def test_modules_are_those_that_python_imports(self) -> None:
        with mock.patch.object(sys, "modules", {}):  # which import statements don't read
            self.assertIn("asyncio", _real.sys.modules)

    def test_the_output_of_warnings(self) -> None:
        for name in ("filters", "showwarning"):
            with self.subTest(name), mock.patch.object(warnings, name) as other:
                self.assertIs(getattr(_real.warnings, name), other)

    def test_it_is_set_in_the_module_itself(self) -> None:
        with self.assertRaisesRegex(AttributeError, "^set stderr in the module itself$"):
            _real.sys.stderr = sys.stdout
