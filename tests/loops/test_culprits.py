"""Who is to blame for an iteration of a loop that took too long, told from stacks of frames of some modules."""

import asyncio
import gc
import os
import sys
import unittest
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from aiounit import _stdlib
from aiounit.limits import user_code
from aiounit.loops.culprits import is_innocent, site_of

ROOT = Path(__file__).parent.parent.parent.parent
STDLIB = str(Path(os.__file__).parent)
OWN = "no-such/test_x.py"
LIBRARY = f"{STDLIB}/site-packages/pool.py"


def stack(*modules: str) -> FrameType:
    """Return the innermost frame of functions of some modules that call each other, the innermost first."""
    inner = sys._getframe
    for module in modules:
        inner = function_of(module, inner)
    frame: FrameType = inner()
    return frame


def function_of(module: str, inner: Any, *, is_entry: bool = False) -> Any:
    # Coverage looks for the files of what is named like ours.
    folder = str(ROOT / "aiounit") if module.startswith("aiounit.") else STDLIB
    path = module.removeprefix("aiounit.").replace(".", "/")
    file = {"test_x": OWN, "pool": LIBRARY}.get(module, f"{folder}/{path}.py")
    names: dict[str, Any] = {"__name__": module, "inner": inner}
    name = "entry" if is_entry else "function"
    exec(compile(f"def {name}(): return inner()", file, "exec"), names)
    return user_code.entry(names[name]) if is_entry else names[name]


class InnocenceTests(unittest.TestCase):
    def test_the_users_own_code_and_its_libraries(self) -> None:
        for modules in (["test_x"], ["pool", "test_x"], ["threading", "pool", "test_x"], ["threading", "test_x"]):
            self.assertFalse(is_innocent(stack(*modules, "aiounit.lifecycle.engine")), modules)

    def test_an_import_at_any_depth(self) -> None:
        for module in ("importlib._bootstrap", "_frozen_importlib"):
            self.assertTrue(is_innocent(stack(*["test_x"] * 50, module, "test_x")))

    def test_but_none_around_the_run(self) -> None:
        def inside() -> None:
            answers.append(is_innocent(sys._getframe()))

        answers: list[bool] = []
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        loop.call_soon(inside)
        loop.call_soon(loop.stop)
        function_of("importlib._bootstrap", loop.run_forever)()
        self.assertEqual(answers, [False])

    def test_a_debugger(self) -> None:
        self.assertTrue(is_innocent(stack("bdb", "pdb", "test_x")))

    def test_work_of_ours_and_what_it_calls_of_the_standard_library(self) -> None:
        self.assertTrue(is_innocent(stack("aiounit.checks.builtin.asyncgens", "test_x")))
        self.assertTrue(is_innocent(stack("threading", "aiounit.limits.alarms", "test_x")))

    def test_properties_of_the_users_that_a_spec_looks_at(self) -> None:
        self.assertTrue(is_innocent(stack("pool", "unittest.mock", "aiounit.mocks.specs.autospec", "test_x")))

    def test_a_function_of_the_users_that_we_call(self) -> None:
        for modules in (
            ["test_x", "aiounit.lifecycle.contexts"],
            ["pool", "unittest.mock", "aiounit.mocks.recording.recorder", "test_x"],
        ):
            self.assertFalse(is_innocent(stack(*modules)), modules)

    def test_what_the_garbage_collector_calls(self) -> None:
        callback = function_of("pool", lambda: answers.append(is_innocent(sys._getframe(1))))

        def collected(_phase: str, _details: object) -> None:
            callback()

        answers: list[bool] = []
        gc.callbacks.append(collected)
        self.addCleanup(gc.callbacks.remove, collected)
        function_of("test_x", gc.collect)()
        self.assertEqual(set(answers), {True})

    def test_one_that_is_no_python(self) -> None:
        self.assertFalse(is_innocent(function_of("aiounit.limits.escalation", sys._getframe, is_entry=True)()))
        self.assertFalse(is_innocent(stack("unittest.mock", "aiounit.mocks.recording.recorder", "test_x")))

    def test_the_difference_that_a_failed_assertion_shows(self) -> None:
        self.assertTrue(is_innocent(stack("difflib", "unittest.case", "test_x")))
        self.assertFalse(is_innocent(stack("test_x", "unittest.case", "test_x")))
        self.assertFalse(is_innocent(stack("unittest.case", "test_x")))

    def test_a_thread_that_has_ended(self) -> None:
        self.assertFalse(is_innocent(None))


class SiteTests(unittest.TestCase):
    def test_all_calls_of_the_turn(self) -> None:
        frame = stack(*["pool"] * 20, "test_x")
        modules = [module for _, _, module in site_of(frame).calls]
        self.assertEqual(modules[:22], ["pool"] * 20 + ["test_x", __name__])

    def test_up_to_the_loop(self) -> None:
        frame = stack("pool", "test_x")
        outer = frame.f_back
        with mock.patch.object(_stdlib.frames, "is_iteration_frame", lambda each: each is outer):
            self.assertEqual([module for _, _, module in site_of(frame).calls], ["pool"])
