"""Which values in the namespaces of test classes and modules count."""

import contextlib
import types
import unittest

from aiounit import AsyncTestCase, resource
from aiounit.introspect import namespaces
from tests.resources.support import fake_module


class ModuleTests(unittest.TestCase):
    def test_globals_that_were_set_after_the_module_was_loaded(self) -> None:
        app, pool = object(), object()
        with fake_module("suite_of_globals", app=app, client=None) as module:
            self.assertEqual(list(namespaces.globals_of("suite_of_globals")), [])
            namespaces.note_module("suite_of_globals")
            vars(module).update(client=pool, other=app, function=len.__init_subclass__, helper=lambda: app)
            namespaces.note_module("suite_of_globals")
            found = dict(namespaces.globals_of("suite_of_globals"))
        del found["global 'function' of module suite_of_globals"]
        self.assertEqual(
            found, {f"global {name!r} of module suite_of_globals": vars(module)[name] for name in ("client", "other")}
        )

    def test_a_module_that_is_not_there(self) -> None:
        namespaces.note_module("no_such_module")
        self.assertEqual(list(namespaces.globals_of("no_such_module")), [])


class ClassTests(unittest.TestCase):
    def test_attributes_of_the_class_and_its_bases_but_no_code(self) -> None:
        class Base(AsyncTestCase):
            pool = types.SimpleNamespace()

            @classmethod
            def make(cls) -> None:
                """Be code."""

        class Case(Base):
            client = types.SimpleNamespace()

            async def test(self) -> None:
                """Be code."""

        found = dict(namespaces.attributes_of(Case))
        prefix = f"{__name__}.{type(self).__qualname__}.{self._testMethodName}.<locals>"
        self.assertIs(found[f"attribute 'pool' of {prefix}.Base"], Base.pool)
        self.assertIs(found[f"attribute 'client' of {prefix}.Case"], Case.client)
        self.assertIn(f"a cleanup of {prefix}.Case", found)
        self.assertFalse(any("'test'" in name or "'make'" in name or "unittest" in name for name in found))

    def test_a_resource_is_an_attribute_too(self) -> None:
        class Case(AsyncTestCase):
            name = resource(contextlib.nullcontext)

        self.assertTrue(any("'name'" in name for name in dict(namespaces.attributes_of(Case))))
