"""Collections are noted while they run and when they have ended. At the recursion limit that prints nothing."""

import gc
import subprocess
import sys
import textwrap
import time
import unittest
import weakref
from collections.abc import Callable
from typing import Any
from unittest import mock

from aiounit import _real
from aiounit.loops import collector
from tests.test_hangs import clean_environment

# Collections start in the deepest calls that there can be. An error that a callback raises goes to a hook in Python,
# as while tests run; where it fails as well, Python writes to the standard error.
AT_THE_LIMIT = """
    import gc, io, sys, time
    from aiounit.loops import collector

    def hook(arguments):
        print(arguments.exc_value, file=sys.stderr)

    def in_python(phase, info):
        time.monotonic()

    def recurse():
        some = [[], {}]
        try:
            recurse()
        except RecursionError:
            others = [[], {}]

    gc.freeze()
    before = gc.get_stats()[0]["collections"]
    sys.unraisablehook = hook
    sys.stderr = printed = io.StringIO()
    INSTALL
    for threshold in range(1, 8):
        gc.set_threshold(threshold)
        for _ in range(30):
            recurse()
    gc.disable()
    sys.stderr = sys.__stderr__
    print(gc.get_stats()[0]["collections"] - before > 1000, bool(printed.getvalue()), collector.is_collecting())
"""


def at_the_limit(install: str) -> str:
    """Return whether there were many collections, whether Python printed errors, and whether one seems to run."""
    program = textwrap.dedent(AT_THE_LIMIT).replace("INSTALL", install)
    # Without coverage, which traces: that takes calls as well.
    environment = clean_environment()
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    return finished.stdout.strip()


class LimitTests(unittest.TestCase):
    def test_nothing_is_printed(self) -> None:
        self.assertEqual(at_the_limit("collector.watch()"), "True False False")

    def test_a_function_in_python_would_have_python_print(self) -> None:
        self.assertEqual(at_the_limit("gc.callbacks.append(in_python)"), "True True False")


class NotingTests(unittest.TestCase):
    """The times are given, and each version of Python calls the callbacks of all versions."""

    def setUp(self) -> None:
        gc.disable()
        self.addCleanup(gc.enable)
        self.enterContext(mock.patch.dict(collector._times, clear=True))
        # `mock.patch.object` would delete it at the end.
        self.addCleanup(setattr, collector._times, "default_factory", collector._times.default_factory)
        self.clock = self.enterContext(mock.patch.object(_real.time, "monotonic"))
        collector._times.default_factory = self.clock

    def note(self, callbacks: tuple[Callable[..., Any], ...], phase: str, now: float) -> None:
        self.clock.return_value = now
        for callback in callbacks:
            callback(phase, {"generation": 2})

    def test_before_the_first(self) -> None:
        self.assertEqual((collector.is_collecting(), collector.seconds_since(0.0)), (False, 0.0))
        self.assertEqual(collector.last_start(), 0.0)

    def test_from_start_to_stop(self) -> None:
        for in_c in (False, True):
            collector._times.clear()
            callbacks = collector._callbacks(in_c=in_c)
            with self.subTest(in_c=in_c):
                self.note(callbacks, "start", 1.0)
                self.assertTrue(collector.is_collecting())
                self.note(callbacks, "stop", 1.5)
                self.assertFalse(collector.is_collecting())
                self.assertEqual(collector.seconds_since(0.5), 0.5)
                self.note(callbacks, "start", 7.0)
                self.assertEqual(collector.last_start(), 7.0)
                self.assertTrue(collector.is_collecting())
                self.clock.return_value = 7.125
                self.assertEqual([collector.seconds_since(each) for each in (6.0, 7.0, 7.0625)], [0.125, 0.125, 0.0])
                self.note(callbacks, "stop", 7.25)
                self.assertFalse(collector.is_collecting())
                self.assertEqual([collector.seconds_since(each) for each in (6.0, 7.125, 8.0)], [0.25, 0.125, 0.0])

    def test_one_that_python_3_11_has_no_room_to_note(self) -> None:
        self.clock.side_effect = RecursionError
        self.note(collector._callbacks(in_c=False), "start", 1.0)
        self.assertFalse(collector.is_collecting())


class WatchTests(unittest.TestCase):
    def test_the_collector_calls_each_callback_once(self) -> None:
        ours = [each for each in gc.callbacks if each in collector._CALLBACKS]
        for each in ours:
            gc.callbacks.remove(each)
        for _ in range(2):
            collector.watch()
        self.assertEqual([gc.callbacks.count(each) for each in collector._CALLBACKS], [1, 1])

    def test_it_notes_the_time(self) -> None:
        collector.watch()
        for _ in range(2):
            before = time.monotonic()
            gc.collect()
            self.assertGreater(collector.seconds_since(before), 0.0)
            self.assertLessEqual(collector.seconds_since(before), time.monotonic() - before)

    def test_an_object_is_destroyed_by_a_collection_or_not(self) -> None:
        noted = []

        class Noting:
            itself: "Noting"

            def __del__(self) -> None:
                noted.append(collector.is_collecting())

        collector.watch()
        noting = Noting()
        noting.itself = noting
        del noting
        gc.collect()
        Noting()
        self.assertEqual(noted, [True, False])


class RunTests(unittest.TestCase):
    """The objects of a short run are young, so that the old ones need not be looked at."""

    def collected(self) -> list[Any]:
        with mock.patch("aiounit.loops.collector.gc.collect") as collect:
            collector.collect()
        return [call.args for call in collect.call_args_list]

    def setUp(self) -> None:
        self.addCleanup(setattr, collector._Run, "collections", collector._Run.collections)
        gc.disable()
        self.addCleanup(gc.enable)

    def test_young_objects_are_collected_after_a_short_run(self) -> None:
        collector.begin_run()
        self.assertEqual(self.collected(), [(1,)] if sys.version_info < (3, 14) else [(2,)])

    def test_all_are_after_an_older_generation_was(self) -> None:
        for generation in (1, 2):
            collector.begin_run()
            gc.collect(generation)
            with self.subTest(generation):
                self.assertEqual(self.collected(), [(2,)])

    def test_a_young_cycle_is_destroyed(self) -> None:
        collector.begin_run()
        cycle = Cycle()
        cycle.itself = cycle
        seen = weakref.ref(cycle)
        del cycle
        gc.collect(0)  # which leaves those that live a little older
        collector.collect()
        self.assertIsNone(seen())


class Cycle:
    itself: "Cycle"
