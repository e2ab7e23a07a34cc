"""The loop that tests get: asyncio's own, whose files are used again by the next."""

import asyncio
import contextlib
import contextvars
import os
import selectors
import signal
import socket
import sys
import threading
import unittest
import warnings
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from aiounit import _stdlib
from aiounit.loops import owner  # noqa: F401 (it sets how executors are made)
from tests._stdlib.test_cases import private_names

# Each is shown below to behave as aiounit relies on. Whoever adds one to recycled.py adds its test here.
PRIVATE_NAMES = {
    "_asyncgen_finalizer_hook",
    "_asyncgen_firstiter_hook",
    "_asyncgens",
    "_callback",
    "_closed",
    "_close_self_pipe",
    "_context",
    "_csock",
    "_data",
    "_debug",
    "_default_executor",
    "_executor_shutdown_called",
    "_event_loop_policy",
    "_fd_to_key",
    "_get_running_loop",
    "_internal_fds",
    "_is_debug_mode",
    "_loop",
    "_make_self_pipe",
    "_read_from_self",
    "_ready",
    "_run_once",
    "_scheduled",
    "_set_running_loop",
    "_selector",
    "_signal_handlers",
    "_ssock",
    "_stopping",
    "_thread_id",
    "_transports",
    "_unix_server_sockets",
    "_write_to_self",
}


class ListTests(unittest.TestCase):
    def test_each_private_name_has_its_test_here(self) -> None:
        source = Path(_stdlib.recycled.__file__).read_text(encoding="utf-8")
        self.assertEqual(private_names(source), PRIVATE_NAMES)


@unittest.skipIf(sys.platform == "win32", "the loop of Windows has no such files")
class FileTests(unittest.TestCase):
    def setUp(self) -> None:
        _stdlib.recycled.close_spares()
        self.addCleanup(_stdlib.recycled.close_spares)

    def loop(self) -> Any:
        loop = _stdlib.recycled.new_loop()
        self.addCleanup(loop.close)
        return loop

    def files(self, loop: Any) -> tuple[Any, ...]:
        return loop._selector, loop._ssock, loop._csock

    def test_the_next_loop_has_those_of_the_one_before(self) -> None:
        first = self.loop()
        files = self.files(first)
        first.close()
        self.assertEqual(self.files(first), (None, None, None))
        self.assertEqual(self.files(self.loop()), files)

    def test_a_loop_that_reuses_files_has_the_attributes_of_one_that_asyncio_makes(self) -> None:
        self.loop().close()
        self.assertIsNotNone(_stdlib.recycled._model.containers)
        loop, usual = self.loop(), asyncio.new_event_loop()
        self.addCleanup(usual.close)
        for name, value in vars(usual).items():
            own = getattr(loop, name)
            with self.subTest(name):
                if name in {"_selector", "_ssock", "_csock"}:
                    self.assertIs(type(own), type(value))
                elif name in {"_asyncgens", "_transports"}:
                    self.assertEqual((list(own), list(value)), ([], []))
                else:
                    self.assertEqual((type(own), str(own)[:9]), (type(value), str(value)[:9]))

    def test_each_loop_has_its_own_containers(self) -> None:
        self.loop().close()
        first = self.loop()
        second = self.loop()
        second.close()
        third = self.loop()
        names = [name for name, _ in _stdlib.recycled._model.containers or ()]
        self.assertGreaterEqual(set(names), {"_ready", "_scheduled", "_signal_handlers"})
        for name in names:
            with self.subTest(name):
                self.assertIsNot(getattr(first, name), getattr(third, name))

    def test_a_loop_that_is_not_understood_is_made_by_its_constructor(self) -> None:
        model = _stdlib.recycled._Model()
        loop = self.loop()
        loop._unknown = object()
        model.read(loop)
        self.assertEqual((model.is_read, model.containers), (True, None))
        self.loop().close()
        with mock.patch.object(_stdlib.recycled, "_model", model):
            self.assertIn("_closed", vars(self.loop()))

    def test_each_loop_has_its_own_transports(self) -> None:
        self.loop().close()
        first, second = self.loop(), self.loop()
        self.loop().close()
        third = self.loop()
        self.assertIs(third._transports, third._transports)
        self.assertIsNot(first._transports, third._transports)
        self.assertIsNot(first._transports, second._transports)
        with self.assertRaises(AttributeError):
            _ = type(third)._transports

    def test_a_loop_is_in_debug_mode_as_the_environment_says(self) -> None:
        for value, is_debugging in ("1", True), ("", False), (None, False):
            environment = {} if value is None else {"PYTHONASYNCIODEBUG": value}
            with self.subTest(value), mock.patch.dict(os.environ, environment, clear=True):
                self.loop().close()
                self.assertIs(self.loop().get_debug(), is_debugging)

    def test_the_first_loop_does_not_decide_that_for_the_others(self) -> None:
        model = _stdlib.recycled._Model()
        kind = _stdlib.recycled.KIND
        before = {name: value for name, value in vars(kind).items() if name == "_debug"}
        with mock.patch.object(_stdlib.recycled, "_model", model), mock.patch.object(kind, "_debug", False):
            with mock.patch.dict(os.environ, {"PYTHONASYNCIODEBUG": "1"}):
                self.loop().close()
            with mock.patch.dict(os.environ, {"PYTHONASYNCIODEBUG": ""}):
                self.assertFalse(self.loop().get_debug())
        self.assertEqual(before, {name: value for name, value in vars(kind).items() if name == "_debug"})

    def test_an_environment_of_another_kind_is_asked(self) -> None:
        with mock.patch.object(os, "environ", {"PYTHONASYNCIODEBUG": "1"}):
            self.loop().close()
            self.assertTrue(self.loop().get_debug())

    def test_asynchronous_generators_are_held_weakly(self) -> None:
        async def generate() -> AsyncGenerator[int]:
            yield 1

        async def use() -> None:
            generator = generate()
            await anext(generator)
            self.assertEqual(list(loop._asyncgens), [generator])
            await generator.aclose()

        self.loop().close()
        loop = self.loop()
        self.assertEqual(list(loop._asyncgens), [])
        loop.run_until_complete(use())
        self.assertEqual(list(loop._asyncgens), [])

    def test_where_another_thread_was_faster_new_files_are_made(self) -> None:
        self.loop().close()
        _stdlib.recycled.close_spares()
        loop = _stdlib.recycled._like_the_model(_stdlib.recycled._model.containers or ())
        self.addCleanup(loop.close)
        self.assertIn("_closed", vars(loop))

    def test_two_that_are_open_share_nothing(self) -> None:
        first, second = self.loop(), self.loop()
        self.assertFalse(set(self.files(first)) & set(self.files(second)))

    def test_such_a_loop_works_as_the_first_did(self) -> None:
        async def use() -> bytes:
            reader, writer = await asyncio.open_connection(sock=right)
            left.send(await asyncio.to_thread(lambda: b"tea"))  # which wakes the loop from a thread
            data = await reader.readexactly(3)
            writer.close()
            await writer.wait_closed()
            return data

        for _ in range(3):
            left, right = socket.socketpair()
            with left, asyncio.Runner(loop_factory=_stdlib.recycled.new_loop) as runner:
                self.assertEqual(runner.run(use()), b"tea")
        self.assertEqual(len(_stdlib.recycled._spares), 1)

    def test_what_has_woken_a_loop_does_not_wake_the_next(self) -> None:
        first = self.loop()
        first.call_soon_threadsafe(first.stop)  # and it never runs
        first.close()
        self.assertEqual(self.loop()._selector.select(0), [])

    def test_the_next_is_woken_from_a_thread(self) -> None:
        self.loop().close()
        loop = self.loop()
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(loop.stop,))
        loop.call_soon(thread.start)
        loop.run_forever()
        thread.join()

    def test_a_closed_loop_is_not_held(self) -> None:
        self.loop().close()
        [spare] = _stdlib.recycled._spares
        [key] = spare.selector.get_map().values()
        self.assertEqual(key.data, (spare.handle, None))
        held = spare.handle._loop, spare.handle._callback, spare.handle._context
        self.assertEqual(held, (None, None, None))

    def test_what_is_called_is_the_next_loops(self) -> None:
        self.loop().close()
        [spare] = _stdlib.recycled._spares
        loop = self.loop()
        self.assertIs(spare.handle._loop, loop)
        self.assertEqual(spare.handle._callback, loop._read_from_self)
        self.assertIsInstance(spare.handle._context, contextvars.Context)

    def test_files_that_the_user_has_watched_and_left_are_not_used_again(self) -> None:
        loop = self.loop()
        left, right = socket.socketpair()
        with left, right:
            loop.add_reader(left, print)
            loop.close()
        self.assertEqual(_stdlib.recycled._spares, [])

    def test_nor_those_that_somebody_has_closed(self) -> None:
        loop = self.loop()
        loop._csock.close()
        loop.close()
        self.assertEqual(_stdlib.recycled._spares, [])

    def test_a_selector_that_somebody_has_closed(self) -> None:
        loop = self.loop()
        selector = selectors.DefaultSelector()
        selector.close()
        self.assertIsNone(_stdlib.recycled._only_handle(selector, loop._ssock))

    def test_a_selector_that_watches_something_else(self) -> None:
        loop = self.loop()
        self.assertIsNone(_stdlib.recycled._only_handle(loop._selector, loop._csock))

    def test_what_is_called_no_more_is_not_used_again(self) -> None:
        loop = self.loop()
        [key] = loop._selector.get_map().values()
        key.data[0].cancel()
        loop.close()
        self.assertEqual(_stdlib.recycled._spares, [])

    def test_what_has_woken_a_loop_is_read(self) -> None:
        loop = self.loop()
        loop._csock.send(b"\0" * 5000)
        self.assertTrue(_stdlib.recycled._drain(loop._ssock))
        self.assertEqual(loop._selector.select(0), [])

    def test_a_socket_whose_other_end_is_closed(self) -> None:
        left, right = socket.socketpair()
        with left:
            right.close()
            self.assertFalse(_stdlib.recycled._drain(left))
        self.assertFalse(_stdlib.recycled._drain(left))  # which is closed itself

    def test_a_signal_does_not_wake_the_next(self) -> None:
        loop = self.loop()
        loop.add_signal_handler(signal.SIGUSR1, print)
        signal.raise_signal(signal.SIGUSR1)
        loop.close()
        self.assertEqual(self.loop()._selector.select(0), [])

    def test_an_executor_is_made_at_the_first_job(self) -> None:
        with ThreadPoolExecutor(1) as executor, mock.patch.object(_stdlib.recycled._own, "_aiounit_make_executor"):
            _stdlib.recycled.make_executors(lambda: executor)
            loop = self.loop()
            self.assertIsNone(loop._default_executor)
            self.assertEqual(loop.run_until_complete(loop.run_in_executor(None, int, "1")), 1)
            self.assertIs(loop._default_executor, executor)

    def test_one_that_is_given_is_used(self) -> None:
        loop = self.loop()
        with ThreadPoolExecutor(1) as executor, ThreadPoolExecutor(1) as other:
            loop.run_until_complete(loop.run_in_executor(executor, int))
            self.assertIsNone(loop._default_executor)
            loop.set_default_executor(other)
            loop.run_until_complete(loop.run_in_executor(None, int))
            self.assertIs(loop._default_executor, other)

    def test_it_is_done_by_loops_of_one_type(self) -> None:
        self.assertIs(type(self.loop()), _stdlib.recycled.KIND)

    def test_only_a_few_are_kept(self) -> None:
        loops = [self.loop() for _ in range(6)]
        for loop in loops:
            loop.close()
        self.assertEqual(len(_stdlib.recycled._spares), 4)

    def test_what_is_kept_can_be_closed(self) -> None:
        self.loop().close()
        [spare] = _stdlib.recycled._spares
        _stdlib.recycled.close_spares()
        self.assertEqual((spare.reader.fileno(), spare.writer.fileno(), _stdlib.recycled._spares), (-1, -1, []))

    def test_a_child_that_is_forked_uses_none_of_its_parent(self) -> None:
        self.loop().close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads that other tests have left
            child = os.fork()
        if child == 0:
            os._exit(len(_stdlib.recycled._spares))  # pragma: no cover (it is in the child)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.assertEqual(len(_stdlib.recycled._spares), 1)


class RunTests(unittest.TestCase):
    """It runs and closes as asyncio's own loop does, which is compared with it."""

    def loops(self) -> list[Any]:
        _stdlib.recycled.new_loop().close()
        loops = [_stdlib.recycled.new_loop(), asyncio.new_event_loop()]
        for loop in loops:
            self.addCleanup(loop.close)
        return loops

    def outcomes(self, use: Callable[[Any], object]) -> list[str]:
        def outcome(loop: Any) -> str:
            try:
                return repr(use(loop))
            except Exception as error:
                return repr(error)

        return [outcome(loop) for loop in self.loops()]

    def test_both_have_the_same_outcome(self) -> None:
        async def fails() -> None:
            raise OSError("no")

        async def nested(loop: Any) -> None:
            loop.run_forever()

        async def other() -> None:
            with contextlib.closing(asyncio.new_event_loop()) as loop:
                loop.run_forever()

        async def generate() -> AsyncGenerator[int]:
            yield 1

        async def leave_a_generator(loop: Any) -> list[object]:
            generator = generate()
            await anext(generator)
            seen: list[object] = [len(loop._asyncgens), sys.get_asyncgen_hooks().firstiter is not None]
            await generator.aclose()
            return seen

        uses: list[Callable[[Any], object]] = [
            lambda loop: loop.run_until_complete(asyncio.sleep(0, 7)),
            lambda loop: loop.run_until_complete(fails()),
            lambda loop: loop.run_until_complete(nested(loop)),
            lambda loop: loop.run_until_complete(other()),
            lambda loop: [loop.run_until_complete(leave_a_generator(loop)), sys.get_asyncgen_hooks()],
            lambda loop: [loop.stop(), loop.run_forever(), loop.is_running(), loop._stopping],
            lambda loop: [loop.set_debug(True), loop.run_until_complete(asyncio.sleep(0, 7))],
            lambda loop: [loop.close(), loop.close(), loop.is_closed(), loop.run_forever()],
            lambda loop: [loop.call_later(9, bool) and None, loop.call_soon(bool) and None, loop.close()],
            lambda loop: loop.run_until_complete(close(loop)),
        ]

        async def close(loop: Any) -> None:
            loop.close()

        for index, use in enumerate(uses):
            with self.subTest(index), warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of coroutines that can't run
                own, usual = self.outcomes(use)
                self.assertEqual(own, usual)

    def test_a_closed_one_has_the_same_attributes(self) -> None:
        own, usual = self.loops()
        for loop in own, usual:
            loop.call_later(9, bool)
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()
        for name, value in vars(usual).items():
            with self.subTest(name):
                if name not in {"_asyncgens", "_transports", "_watcher"}:
                    self.assertEqual(getattr(own, name), value)

    def test_a_test_may_patch_asyncios(self) -> None:
        [own, _usual] = self.loops()
        with mock.patch.object(asyncio.BaseEventLoop, "run_forever") as run_forever:
            own.run_forever()
        run_forever.assert_called_once_with(own)

    def test_its_function_runs_iterations(self) -> None:
        async def frames() -> list[bool]:
            return [_stdlib.hooks.is_iteration_frame(frame) for frame in stack(sys._getframe())]

        [own, usual] = (loop.run_until_complete(frames()).count(True) for loop in self.loops())
        self.assertEqual((own, usual), (2, 0))


def stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


class KindTests(unittest.TestCase):
    def test_it_is_named_as_asyncios(self) -> None:
        loop, usual = _stdlib.recycled.new_loop(), asyncio.new_event_loop()
        self.addCleanup(loop.close)
        self.addCleanup(usual.close)
        self.assertIsInstance(loop, type(usual))
        self.assertEqual(repr(loop), repr(usual))

    def test_a_policy_of_the_users_makes_the_loop(self) -> None:
        made = mock.sentinel.made
        policy = mock.Mock(**{"new_event_loop.return_value": made})
        with mock.patch.object(asyncio.events, "_event_loop_policy", policy):
            self.assertIs(_stdlib.recycled.new_loop(), made)

    def test_so_does_a_patch(self) -> None:
        with mock.patch.object(asyncio.events, "new_event_loop") as make:
            self.assertIs(_stdlib.recycled.new_loop(), make.return_value)

    def test_where_there_is_none_asyncio_makes_it(self) -> None:
        with mock.patch.object(_stdlib.recycled, "_own", None):
            loop = _stdlib.recycled.new_loop()
        self.addCleanup(loop.close)
        self.assertEqual(type(loop), type(self.usual()))

    def usual(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        return loop

    def test_the_default_policy_is_the_one_that_is_known(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self.assertIs(type(asyncio.get_event_loop_policy()), _stdlib.policy.PLAIN)
