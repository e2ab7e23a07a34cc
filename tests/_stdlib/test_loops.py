"""The private names of event loops are there, and mean what aiounit takes them for."""

import asyncio
import concurrent.futures
import importlib
import importlib.util
import unittest
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import TestCase, mock

from aiounit import _stdlib

# Each is shown below to behave as aiounit relies on. Whoever adds one to loops.py adds its test here.
PRIVATE_NAMES = {
    "_asyncgens",
    "_default_executor",
    "_get_running_loop",
    "_max_workers",
    "_ready",
}


class LoopTests(TestCase):
    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)

    def begun(self) -> AsyncGenerator[None, None]:
        """Return an asynchronous generator that has begun on the loop."""

        async def generator() -> AsyncGenerator[None, None]:
            yield

        async def begin() -> AsyncGenerator[None, None]:
            begun = generator()
            await anext(begun)
            return begun

        return self.loop.run_until_complete(begin())

    def test_a_new_loop_has_nothing_to_shut_down(self) -> None:
        self.assertFalse(_stdlib.loops.has_asyncgens(self.loop) or _stdlib.loops.has_ready(self.loop))
        self.assertIsNone(_stdlib.loops.executor_of(self.loop))

    def test_an_asynchronous_generator_that_has_begun(self) -> None:
        begun = self.begun()
        self.assertTrue(_stdlib.loops.has_asyncgens(self.loop))
        self.assertEqual(_stdlib.loops.asyncgens_of(self.loop), [begun])
        self.loop.run_until_complete(begun.aclose())

    def test_asynchronous_generators_that_were_shut_down(self) -> None:
        begun = self.begun()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.assertFalse(_stdlib.loops.has_asyncgens(self.loop))
        del begun

    def test_an_executor_that_was_used(self) -> None:
        self.loop.run_until_complete(self.loop.run_in_executor(None, int))
        self.assertIs(type(_stdlib.loops.executor_of(self.loop)), ThreadPoolExecutor)
        self.loop.run_until_complete(self.loop.shutdown_default_executor())

    def test_an_executor_that_was_set(self) -> None:
        executor = ThreadPoolExecutor(1)
        self.loop.set_default_executor(executor)
        self.assertIs(_stdlib.loops.executor_of(self.loop), executor)

    def test_something_to_call_at_its_next_turn(self) -> None:
        self.loop.call_soon(self.loop.stop)
        self.assertTrue(_stdlib.loops.has_ready(self.loop))
        self.loop.run_forever()
        self.assertFalse(_stdlib.loops.has_ready(self.loop))

    def test_something_to_call_later(self) -> None:
        self.loop.call_later(3600, print)
        self.assertFalse(_stdlib.loops.has_ready(self.loop))

    def test_a_loop_that_does_not_tell_may_have_everything(self) -> None:
        loop = object()
        self.assertTrue(_stdlib.loops.has_asyncgens(loop) and _stdlib.loops.has_ready(loop))
        self.assertEqual((_stdlib.loops.executor_of(loop), _stdlib.loops.asyncgens_of(loop)), (..., []))

    @unittest.skipUnless(importlib.util.find_spec("uvloop"), "uvloop is not installed")
    def test_uvloop_does_not_tell(self) -> None:
        loop = importlib.import_module("uvloop").new_event_loop()
        self.addCleanup(loop.close)
        self.assertTrue(_stdlib.loops.has_asyncgens(loop) and _stdlib.loops.has_ready(loop))
        self.assertEqual((_stdlib.loops.executor_of(loop), _stdlib.loops.asyncgens_of(loop)), (..., []))

    def test_whether_a_loop_runs(self) -> None:
        async def inside() -> bool:
            return _stdlib.loops.is_loop_running()

        self.assertEqual((_stdlib.loops.is_loop_running(), self.loop.run_until_complete(inside())), (False, True))

    def test_which_loop_runs(self) -> None:
        async def inside() -> asyncio.AbstractEventLoop | None:
            return _stdlib.loops.running_loop()

        self.assertEqual((_stdlib.loops.running_loop(), self.loop.run_until_complete(inside())), (None, self.loop))

    def test_how_many_threads_an_executor_may_have(self) -> None:
        self.assertEqual(_stdlib.loops.max_workers(ThreadPoolExecutor(3)), 3)


class ExecutorTests(unittest.TestCase):
    """The executor of a loop is set, whatever a test has put in the place of the class of executors."""

    def used(self, loop: asyncio.AbstractEventLoop) -> int:
        executor = concurrent.futures.ThreadPoolExecutor(1)
        self.addCleanup(executor.shutdown)
        self.addCleanup(loop.close)
        with mock.patch("concurrent.futures.ThreadPoolExecutor"):
            _stdlib.loops.set_default_executor(loop, executor)
        return loop.run_until_complete(loop.run_in_executor(None, int))

    def test_asyncios_own(self) -> None:
        self.assertEqual(self.used(_stdlib.recycled.new_loop()), 0)

    def test_one_with_a_method_of_its_own(self) -> None:
        class Loop(asyncio.SelectorEventLoop):
            def set_default_executor(self, executor: Any) -> None:
                vars(self)["_default_executor"] = executor

        self.assertEqual(self.used(Loop()), 0)


class PatchedTests(unittest.TestCase):
    """What a test puts in the place of the methods of a loop is the test's."""

    def loop(self, kind: Any = asyncio.SelectorEventLoop) -> Any:
        loop = kind()
        self.addCleanup(loop.close)
        return loop

    def test_asyncios_own_tells_whether_a_loop_is_closed(self) -> None:
        loop = self.loop()
        with mock.patch.object(asyncio.BaseEventLoop, "is_closed", return_value=True):
            self.assertFalse(_stdlib.loops.is_closed(loop))

    def test_asyncios_own_stops_a_loop(self) -> None:
        loop = self.loop()
        loop.call_soon(_stdlib.loops.stop, loop)
        with mock.patch.object(asyncio.BaseEventLoop, "stop") as stop, mock.patch.object(loop, "stop", stop):
            loop.run_forever()
        stop.assert_not_called()

    def test_a_method_of_another_loop_is_called(self) -> None:
        class Loop(asyncio.SelectorEventLoop):
            calls: list[str] = []

            def is_closed(self) -> bool:
                self.calls.append("is_closed")
                return super().is_closed()

            def stop(self) -> None:
                self.calls.append("stop")
                super().stop()

        loop = self.loop(Loop)
        loop.calls.clear()
        self.assertFalse(_stdlib.loops.is_closed(loop))
        self.assertEqual(loop.calls, ["is_closed"])
        _stdlib.loops.stop(loop)
        self.assertEqual(loop.calls[-1], "stop")
        loop.close()
        loop.calls.clear()
        _stdlib.loops.stop(loop)
        self.assertNotIn("stop", loop.calls)
