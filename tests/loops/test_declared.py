"""The loop factory that a test class declares."""

import functools
import gc
import unittest
import weakref
from typing import Any
from unittest import IsolatedAsyncioTestCase, mock

from aiounit import AsyncTestCase
from aiounit.loops.declared import loop_factory_of, loop_key_of


class Loop:
    """Stands in for an event loop: what is made here only has to be recognised."""


def declare(*bases: type, **attributes: object) -> type[AsyncTestCase]:
    """Define a class with these attributes."""
    kind: type[AsyncTestCase] = type("Case", (*bases, AsyncTestCase), attributes)
    return kind


class LoopFactoryTests(unittest.TestCase):
    """Each form of ``loop_factory`` makes the loop."""

    def assert_makes(self, expected: object, factory: object) -> None:
        made = loop_factory_of(declare(loop_factory=factory)("run"))
        assert made is not None
        self.assertEqual(made(), expected)

    def test_nothing_said(self) -> None:
        self.assertIsNone(loop_factory_of(declare()("run")))

    def test_none(self) -> None:
        self.assertIsNone(loop_factory_of(declare(loop_factory=None)("run")))

    def test_none_in_a_subclass(self) -> None:
        self.assertIsNone(loop_factory_of(declare(declare(loop_factory=Loop), loop_factory=None)("run")))

    def test_class(self) -> None:
        factory = loop_factory_of(declare(loop_factory=Loop)("run"))
        assert factory is not None
        self.assertIs(type(factory()), Loop)

    def test_plain_function(self) -> None:
        self.assert_makes("loop", lambda: "loop")

    def test_a_function_is_not_kept(self) -> None:
        def factory() -> str:
            return "loop"

        # Not in this module, which keeps its first class for its fixtures.
        loop_factory_of(declare(loop_factory=factory, __module__="elsewhere")("run"))
        reference = weakref.ref(factory)
        del factory
        gc.collect()  # the class, which has cycles
        self.assertIsNone(reference())

    def test_function_with_a_default(self) -> None:
        def factory(name: str = "loop", *, debug: bool = False) -> tuple[str, bool]:
            return name, debug

        self.assert_makes(("loop", False), factory)

    def test_builtin_function(self) -> None:
        self.assert_makes({}, dict)

    def test_static_method(self) -> None:
        self.assert_makes("loop", staticmethod(lambda: "loop"))

    def test_class_method(self) -> None:
        self.assert_makes("Case", classmethod(lambda cls: cls.__name__))

    def test_method(self) -> None:
        self.assert_makes(f"{__name__}.Case.run", lambda self: self.id())

    def test_property(self) -> None:
        self.assert_makes(f"{__name__}.Case.run", property(lambda self: self.id))

    def test_partial(self) -> None:
        self.assert_makes("loop", functools.partial("loop".__str__))

    def test_bound_method(self) -> None:
        self.assert_makes("loop", "LOOP".lower)

    def test_callable_object(self) -> None:
        self.assert_makes("loop", mock.Mock(return_value="loop"))

    def test_attribute_of_the_instance(self) -> None:
        case: Any = declare(loop_factory=Loop)("run")
        case.loop_factory = lambda: "loop"
        factory = loop_factory_of(case)
        assert factory is not None
        self.assertEqual(factory(), "loop")

    def test_inherited(self) -> None:
        factory = loop_factory_of(declare(declare(loop_factory=lambda: "loop"))("run"))
        assert factory is not None
        self.assertEqual(factory(), "loop")

    def test_from_a_class_that_is_no_test(self) -> None:
        factory = loop_factory_of(declare(type("Mixin", (), {"loop_factory": lambda: "loop"}))("run"))
        assert factory is not None
        self.assertEqual(factory(), "loop")

    def test_for_a_class_a_method_is_given_the_class(self) -> None:
        for form in (lambda owner: owner.__name__, property(lambda owner: lambda: owner.__name__)):
            with self.subTest(form=form):
                factory = loop_factory_of(declare(loop_factory=form))
                assert factory is not None
                self.assertEqual(factory(), "Case")

    def test_for_a_class_a_plain_function(self) -> None:
        factory = loop_factory_of(declare(loop_factory=lambda: "loop"))
        assert factory is not None
        self.assertEqual(factory(), "loop")

    def test_classes_with_one_factory_have_one_key(self) -> None:
        first, second, third = (declare(loop_factory=factory) for factory in (Loop, Loop, dict))
        self.assertEqual(loop_key_of(first), loop_key_of(second))
        self.assertNotEqual(loop_key_of(first), loop_key_of(third))

    def test_stdlibs_class_has_none(self) -> None:
        self.assertIsNone(loop_factory_of(IsolatedAsyncioTestCase("run")))
