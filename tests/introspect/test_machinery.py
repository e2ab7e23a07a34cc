"""The package of a frame or a module is told by its name, and the modules that are named exist."""

import importlib.util
import types
import unittest

from aiounit import _stdlib
from aiounit.introspect import machinery


def frame_in(names: dict[str, object]) -> types.FrameType:
    """Return a frame of a module that has these names."""
    scope: dict[str, object] = {"_stdlib": _stdlib} | names
    exec("found = _stdlib.frames.frame(0)", scope)
    frame = scope["found"]
    assert isinstance(frame, types.FrameType)
    return frame


class FrameTests(unittest.TestCase):
    def test_a_module_of_ours(self) -> None:
        frame = frame_in({"__name__": "aiounit.mocks.spies"})
        self.assertEqual(machinery.module_of(frame), "aiounit.mocks.spies")
        self.assertEqual(machinery.package_of(frame), "aiounit")
        self.assertTrue(machinery.is_ours(frame))

    def test_another_module(self) -> None:
        frame = frame_in({"__name__": "aiounit_tests.aiounit"})
        self.assertEqual(machinery.package_of(frame), "aiounit_tests")
        self.assertFalse(machinery.is_ours(frame))

    def test_code_without_a_module(self) -> None:
        frame = frame_in({})
        self.assertEqual((machinery.module_of(frame), machinery.package_of(frame)), ("", ""))
        self.assertFalse(machinery.is_ours(frame))


class ModuleTests(unittest.TestCase):
    def test_the_outermost_package(self) -> None:
        self.assertEqual([machinery.top_package(name) for name in ("a.b.c", "a", "")], ["a", "a", ""])

    def test_every_module_that_is_named_exists(self) -> None:
        packages = [name.removesuffix(".") for name in machinery.HELPERS]
        names = [machinery.RUNNER, machinery.EXECUTOR, *machinery.INSPECTORS, *machinery.FORWARDERS, *packages]
        self.assertEqual([name for name in names if importlib.util.find_spec(name) is None], [])
