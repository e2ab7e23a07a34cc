"""The names of scopes, and what is said of a name that there is not."""

import unittest
from typing import get_args

from aiounit import ScopeError, resource
from aiounit.resources.scopes import Scope, ScopeName, scope_named


class ScopeNamedTests(unittest.TestCase):
    def message(self, name: str) -> str:
        with self.assertRaises(ScopeError) as caught:
            resource(scope=name)  # type: ignore[call-overload] # a typo, at run time
        return str(caught.exception)

    def test_each_scope_has_its_name(self) -> None:
        self.assertEqual([scope_named(each.value) for each in Scope], list(Scope))

    def test_type_checkers_know_all_names(self) -> None:
        self.assertEqual(list(get_args(ScopeName)), [each.value for each in Scope])

    def test_an_unknown_scope_that_is_close_to_one(self) -> None:
        self.assertEqual(
            self.message("clas"),
            "a resource can't have the scope 'clas'. Did you mean 'class'? There are 'test', 'class', 'module', 'run'",
        )

    def test_an_unknown_scope(self) -> None:
        self.assertEqual(
            self.message("x"), "a resource can't have the scope 'x'. There are 'test', 'class', 'module', 'run'"
        )

    def test_the_scopes_of_pytest(self) -> None:
        meant = {
            "function": "test",
            "method": "test",
            "package": "module",
            "session": "run",
            "global": "run",
            "Class": "class",
            "Session": "run",
        }
        for name, ours in meant.items():
            with self.subTest(name=name):
                self.assertIn(f"Did you mean '{ours}'?", self.message(name))


class OutlivesTests(unittest.TestCase):
    def test_a_scope_lives_as_long_as_itself_and_as_narrower_ones(self) -> None:
        self.assertTrue(Scope.CLASS.outlives(Scope.CLASS))
        self.assertTrue(Scope.RUN.outlives(Scope.TEST))
        self.assertFalse(Scope.CLASS.outlives(Scope.MODULE))
