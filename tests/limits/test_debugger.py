"""Who debugs is noticed; who only measures is not taken for a debugger."""

import bdb
import pdb  # noqa: T100 (only to be noticed)
import sys
import types
import unittest
from types import FrameType
from typing import Any
from unittest import mock

from aiounit import _stdlib
from aiounit.limits import debugger


def frame_in(module: str) -> FrameType:
    """Return a frame of a function that belongs to a module of this name."""
    names: dict[str, Any] = {"__name__": module, "sys": sys}
    exec("def function():\n    return sys._getframe()", names)
    frame: FrameType = names["function"]()
    return frame


class TraceTests(unittest.TestCase):
    """The thread is traced, or so it seems."""

    def is_active(self, trace: Any) -> bool:
        with mock.patch.object(debugger, "_gettrace", return_value=trace):
            return debugger.is_active(None)

    def test_nobody_traces(self) -> None:
        self.assertFalse(self.is_active(None))

    def test_pdb(self) -> None:
        self.assertTrue(self.is_active(pdb.Pdb().trace_dispatch))

    def test_a_debugger_of_the_users_own(self) -> None:
        class Debugger(bdb.Bdb):
            """Does what they all do."""

        self.assertTrue(self.is_active(Debugger().trace_dispatch))

    def test_pydevd(self) -> None:
        module = types.ModuleType("_pydevd_bundle.pydevd_trace_dispatch")
        exec("def trace(frame, event, argument):\n    return None", vars(module))
        self.assertTrue(self.is_active(module.trace))

    def test_whoever_only_measures(self) -> None:
        self.assertFalse(self.is_active(lambda *_: None))

    def test_where_nobody_has_imported_bdb_nobody_debugs_with_it(self) -> None:
        with mock.patch.dict(sys.modules):
            del sys.modules["bdb"]
            self.assertFalse(self.is_active(lambda *_: None))

    def test_a_trace_function_that_tells_no_module(self) -> None:
        self.assertFalse(self.is_active(mock.Mock(spec_set=["__call__"], return_value=None)))


@unittest.skipIf(sys.version_info < (3, 12), "sys.monitoring is new in 3.12")
class MonitoringTests(unittest.TestCase):
    def setUp(self) -> None:
        self.monitoring: Any = getattr(sys, "monitoring", None)  # which checkers do not know for 3.11

    def use(self, tool: int) -> None:
        self.monitoring.use_tool_id(tool, "test")
        self.addCleanup(self.monitoring.free_tool_id, tool)

    def test_a_debugger(self) -> None:
        self.use(self.monitoring.DEBUGGER_ID)
        self.assertTrue(debugger.is_active(None))

    def test_another_tool(self) -> None:
        self.use(4)
        self.assertFalse(debugger.is_active(None))


class PromptTests(unittest.TestCase):
    """A debugger that waits for a command traces nothing, but is on the stack."""

    def test_it_is_the_innermost(self) -> None:
        for module in ("bdb", "pdb"):
            with self.subTest(module=module):
                self.assertTrue(debugger.is_active(frame_in(module)))

    def test_it_is_further_out(self) -> None:
        inner: list[FrameType] = []
        names: dict[str, Any] = {"__name__": "pdb", "function": lambda: inner.append(_stdlib.frames.frame(0))}
        exec("function()", names)
        exec("def wait():\n    function()\nwait()", names)
        self.assertTrue(debugger.is_active(inner[-1]))

    def test_code_of_the_users(self) -> None:
        self.assertFalse(debugger.is_active(frame_in("tests_of_somebody")))
