"""The private names by which frames are found are there, and mean what aiounit takes them for."""

import asyncio
import concurrent.futures
import sys
import threading
import time
import types
from unittest import IsolatedAsyncioTestCase, TestCase, mock

from aiounit import _stdlib

# Each is shown below to behave as aiounit relies on. Whoever adds one to frames.py adds its test here.
PRIVATE_NAMES = {
    "_current_frames",
    "_getframe",
    "_run",
    "_run_once",
    "_worker",
}


class FrameTests(TestCase):
    def test_the_caller_and_its_caller(self) -> None:
        def name(depth: int) -> str:
            return _stdlib.frames.frame(depth).f_code.co_name

        self.assertEqual([name(0), name(1)], ["name", "test_the_caller_and_its_caller"])

    def test_the_frames_of_threads(self) -> None:
        self.assertIs(_stdlib.frames.current_frames()[threading.get_ident()], sys._getframe())


class LoopFrameTests(TestCase):
    def setUp(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)

    def frames_of_a_callback(self) -> list[types.FrameType]:
        """Return the three innermost frames while the loop calls a callback."""
        found: list[types.FrameType] = []

        def callback() -> None:
            frame: types.FrameType | None = _stdlib.frames.frame(0)
            while frame is not None and len(found) < 3:
                found.append(frame)
                frame = frame.f_back

        self.loop.call_soon(callback)
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()
        return found

    def test_the_frame_that_calls_a_callback(self) -> None:
        found = self.frames_of_a_callback()
        self.assertEqual([_stdlib.frames.is_callback_frame(frame) for frame in found], [False, True, False])

    def test_the_frame_that_turns_the_loop(self) -> None:
        found = self.frames_of_a_callback()
        self.assertEqual([_stdlib.frames.is_iteration_frame(frame) for frame in found], [False, False, True])

    def test_what_a_callback_raises_is_handled_in_that_frame(self) -> None:
        errors: list[BaseException] = []
        self.loop.set_exception_handler(lambda _, context: errors.append(context["exception"]))
        error = BaseException("no")
        self.loop.call_soon(mock.Mock(side_effect=error, __qualname__="callback"))
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()
        self.assertEqual(errors, [error])


class WaitingTests(IsolatedAsyncioTestCase):
    async def test_a_loop_that_waits(self) -> None:
        main = threading.get_ident()
        frames: list[bool] = []

        def look() -> None:
            deadline = time.monotonic() + 10
            while not (frames and frames[-1]) and time.monotonic() < deadline:
                frames.append(_stdlib.frames.is_waiting(_stdlib.frames.current_frames()[main]))
                time.sleep(0.001)

        await asyncio.to_thread(look)
        self.assertTrue(frames[-1])
        self.assertFalse(_stdlib.frames.is_waiting(_stdlib.frames.frame(0)))


class WorkerTests(TestCase):
    def test_a_worker_that_waits(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(1) as executor:
            thread = executor.submit(threading.current_thread).result()
            deadline = time.monotonic() + 10
            while not (is_idle := _stdlib.frames.is_idle_worker(_stdlib.frames.current_frames()[thread.ident or 0])):
                self.assertLess(time.monotonic(), deadline, "it was never seen to wait")
                time.sleep(0.001)
            self.assertTrue(is_idle)
        self.assertFalse(_stdlib.frames.is_idle_worker(_stdlib.frames.frame(0)))
