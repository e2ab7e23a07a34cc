"""The private names by which the checks are told of what happens: each is here to fail on a version that changes it."""

import asyncio
import gc
import importlib.util
import inspect
import math
import os
import sys
import unittest
import weakref
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, mock

from aiounit import _stdlib
from tests._stdlib.test_cases import private_names

# Each is shown below to behave as aiounit relies on. Whoever adds one to hooks.py adds its test here.
PRIVATE_NAMES = {
    "_debug",
    "_asyncgen_firstiter_hook",
    "_getframe",
    "_make_datagram_transport",
    "_make_read_pipe_transport",
    "_make_socket_transport",
    "_make_ssl_transport",
    "_make_subprocess_transport",
    "_make_write_pipe_transport",
    "_run_once",
    "_start_serving",
}


class Recorder:
    """A listener that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def on_task(self, task: Any) -> None:
        self.told.append(("task", task))

    def on_error(self, context: dict[str, Any]) -> None:
        self.told.append(("error", context["message"]))

    def on_made(self, frame: Any) -> None:
        self.told.append(("made", frame.f_code.co_qualname))

    def on_asyncgen(self, generator: Any) -> None:
        self.told.append(("asyncgen", generator))

    def on_transport(self, transport: Any, server: Any) -> None:
        self.told.append(("transport", (transport, server)))

    def on_file(self, file: Any) -> None:
        self.told.append(("file", file))

    def on_timer(self, handle: Any) -> None:
        self.told.append(("timer", handle))

    def on_job(self, executor: Any, function: Any) -> Any:
        self.told.append(("job", function))
        return function

    def of(self, kind: str) -> list[Any]:
        return [what for each, what in self.told if each == kind]


class Iterations:
    def __init__(self) -> None:
        self.count = 0
        self.is_iterating = False
        self.sampler: Any = Sampler()


class Sampler:
    def __init__(self) -> None:
        self.due = math.inf
        self.waits = 0

    def give_way(self) -> None:
        self.waits += 1


async def numbers() -> AsyncIterator[int]:
    yield 1


class ListTests(TestCase):
    def test_each_private_name_has_its_test_here(self) -> None:
        source = Path(_stdlib.hooks.__file__).read_text(encoding="utf-8")
        self.assertEqual(private_names(source), PRIVATE_NAMES)


class ListenTests(IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.recorder = Recorder()

    async def asyncSetUp(self) -> None:
        self.loop: Any = asyncio.get_running_loop()
        self.kind = type(self.loop)
        _stdlib.hooks.listen(self.loop, self.recorder)

    async def test_tasks_of_every_task_factory(self) -> None:
        self.recorder.told.clear()  # of the task of this test
        tasks = [asyncio.create_task(asyncio.sleep(0), name="a"), asyncio.ensure_future(asyncio.sleep(0))]
        async with asyncio.TaskGroup() as group:
            tasks.append(group.create_task(asyncio.sleep(0)))
        self.loop.set_task_factory(lambda loop, coro, **keywords: asyncio.Task(coro, loop=loop, **keywords))
        tasks.append(asyncio.create_task(asyncio.sleep(0)))
        await asyncio.gather(*tasks)
        self.assertEqual(self.recorder.of("task"), tasks)

    async def test_nothing_else_changes(self) -> None:
        self.assertIs(type(self.loop).__base__, self.kind)
        self.assertIsNone(self.loop.get_task_factory())
        self.assertIsNone(self.loop.get_exception_handler())

    async def test_errors_unless_the_user_has_a_handler(self) -> None:
        with self.assertLogs("asyncio"):
            self.loop.call_exception_handler({"message": "first"})
        self.loop.set_exception_handler(mock.Mock())
        self.loop.call_exception_handler({"message": "second"})
        self.assertEqual(self.recorder.of("error"), ["first"])

    async def test_an_error_of_a_handler_of_the_users(self) -> None:
        self.loop.set_exception_handler(mock.Mock(side_effect=ValueError))
        with self.assertLogs("asyncio"):
            self.loop.call_exception_handler({"message": "second"})
        self.assertEqual(self.recorder.of("error"), ["Unhandled error in exception handler"])

    async def test_asynchronous_generators(self) -> None:
        generator = numbers()
        async for _ in generator:
            """Go on."""
        self.assertEqual(self.recorder.of("asyncgen"), [generator])

    async def test_jobs(self) -> None:
        self.assertEqual(await asyncio.to_thread(len, "abc"), 3)
        self.assertEqual(len(self.recorder.of("job")), 1)

    async def test_a_job_that_is_replaced_is_told_its_future(self) -> None:
        job: Any = mock.Mock(return_value=1)
        self.recorder.on_job = lambda executor, function: job  # type: ignore[method-assign] # noqa: ARG005
        future = self.loop.run_in_executor(None, print)
        self.assertEqual((await future, job.future), (1, future))

    async def test_servers_and_connections(self) -> None:
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await asyncio.sleep(0.001)
        writer.close()
        server.close()
        (listening, nobody), *connections = self.recorder.of("transport")
        self.assertEqual((listening, nobody), (server, None))
        self.assertCountEqual([accepted for _, accepted in connections], [None, server])
        self.assertIn(writer.transport, [transport for transport, _ in connections])

    async def test_a_server_that_is_named(self) -> None:
        with mock.patch.object(self.kind, "_start_serving") as start:
            self.loop._start_serving(print, "socket", server="server")
        self.assertEqual(self.recorder.of("transport"), [("server", None)])
        start.assert_called_once_with(self.loop, print, "socket", server="server")

    async def test_datagrams_pipes_and_subprocesses(self) -> None:
        endpoint, _ = await self.loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
        reading, writing = os.pipe()
        reader, _ = await self.loop.connect_read_pipe(asyncio.Protocol, os.fdopen(reading, "rb", 0))
        writer, _ = await self.loop.connect_write_pipe(asyncio.Protocol, os.fdopen(writing, "wb", 0))
        process, _ = await self.loop.subprocess_exec(
            asyncio.SubprocessProtocol, sys.executable, "-c", "", stdin=None, stdout=None, stderr=None
        )
        await process._wait()
        process.close()
        for each in (endpoint, reader, writer):
            each.close()
        made = [transport for transport, _ in self.recorder.of("transport")]
        self.assertEqual(made, [endpoint, reader, writer, process])

    async def test_tls(self) -> None:
        self.assertIn("_make_ssl_transport", inspect.getsource(asyncio.BaseEventLoop._create_connection_transport))  # type: ignore[attr-defined] # private

    async def test_iterations(self) -> None:
        iterations = Iterations()
        _stdlib.hooks.listen(self.loop, self.recorder, iterations)
        self.addCleanup(_stdlib.hooks.listen, self.loop, self.recorder, None)
        await asyncio.sleep(0)
        iterations.sampler.due = -math.inf
        await asyncio.sleep(0)
        self.assertEqual((iterations.count, iterations.is_iterating, iterations.sampler.waits), (2, True, 1))

    async def test_iterations_that_come_in_an_iteration(self) -> None:
        iterations = _stdlib.hooks.counter(self.loop, Iterations)
        assert iterations is not None
        self.assertIs(_stdlib.hooks.counter(self.loop, Iterations), iterations)
        self.addCleanup(_stdlib.hooks.listen, self.loop, self.recorder, None)
        iterations.is_iterating = True
        await asyncio.sleep(0)
        self.assertEqual((iterations.count, iterations.is_iterating), (1, True))

    async def test_another_listener_takes_the_place(self) -> None:
        other = Recorder()
        _stdlib.hooks.listen(self.loop, other)
        await asyncio.create_task(asyncio.sleep(0))
        self.assertEqual((self.recorder.of("error"), len(other.told)), ([], 1))


class LoopTests(TestCase):
    def listened(self, kind: Any = asyncio.SelectorEventLoop) -> tuple[Any, Recorder]:
        loop, recorder = kind(), Recorder()
        self.addCleanup(loop.close)
        _stdlib.hooks.listen(loop, recorder)
        return loop, recorder

    def test_iterations_that_come_in_the_last_iteration_are_told_of_its_end(self) -> None:
        loop, _ = self.listened()

        async def count() -> Iterations:
            iterations: Any = _stdlib.hooks.counter(loop, Iterations)
            iterations.is_iterating = True
            return iterations  # type: ignore[no-any-return]

        iterations = loop.run_until_complete(count())
        self.assertFalse(iterations.is_iterating)

    def test_a_loop_to_which_nobody_listens_does_not_count(self) -> None:
        loop = asyncio.SelectorEventLoop()
        self.addCleanup(loop.close)
        self.assertIsNone(_stdlib.hooks.counter(loop, Iterations))

    @unittest.skipUnless(importlib.util.find_spec("uvloop"), "uvloop is not installed")
    def test_nor_does_one_of_uvloop(self) -> None:
        loop, _ = self.listened(importlib.import_module("uvloop").new_event_loop)
        self.assertIsNone(_stdlib.hooks.counter(loop, Iterations))

    def test_a_loop_does_not_hold_itself_and_tells_of_errors_when_it_is_closed(self) -> None:
        loop, recorder = asyncio.new_event_loop(), Recorder()
        _stdlib.hooks.listen(loop, recorder)
        loop.close()
        with self.assertLogs("asyncio"):
            loop.call_exception_handler({"message": "late"})
        self.assertEqual(recorder.told, [("error", "late")])
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        reference = weakref.ref(loop)
        del loop
        self.assertIsNone(reference())

    def test_what_the_user_has_put_on_the_loop_stays(self) -> None:
        loop: Any = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        loop.create_task = own = mock.Mock()
        _stdlib.hooks.listen(loop, Recorder())
        self.assertIs(loop.create_task, own)

    def test_the_class_has_the_name_of_the_users(self) -> None:
        class Loop(asyncio.SelectorEventLoop):
            pass

        loop, _ = self.listened(Loop)
        kind = type(loop)
        self.assertEqual(
            (kind.__name__, kind.__qualname__, kind.__module__), (Loop.__name__, Loop.__qualname__, __name__)
        )
        self.assertIsInstance(loop, Loop)

    def test_what_asks_in_its_init_whether_to_keep_where_it_is_made(self) -> None:
        class Session:
            def __init__(self, loop: Any) -> None:
                self.is_debugging = loop.get_debug()

        loop, recorder = self.listened()
        loop.call_soon(print)
        loop.get_debug()
        loop.set_debug(True)
        self.assertEqual((Session(loop).is_debugging, recorder.of("made")), (True, [Session.__init__.__qualname__]))

    def test_debugging_is_told_where_there_is_no_caller(self) -> None:
        with mock.patch("aiounit._stdlib.hooks.sys._getframe", side_effect=ValueError):
            loop, recorder = self.listened(type("Loop", (asyncio.SelectorEventLoop,), {}))
            self.assertEqual((loop.get_debug(), recorder.told), (False, []))

    def test_the_class_is_made_once(self) -> None:
        first, _ = self.listened()
        second, _ = self.listened()
        self.assertIs(type(first), type(second))
        _stdlib.hooks.listen(first, Recorder())
        self.assertIs(type(first), type(second))

    def test_a_loop_that_nobody_listens_to(self) -> None:
        kind: Any = _stdlib.hooks.telling(asyncio.SelectorEventLoop)
        loop = kind()

        async def use_everything() -> None:
            await asyncio.to_thread(asyncio.create_task(asyncio.sleep(0)).get_name)
            async for _ in numbers():
                pass
            (await asyncio.get_running_loop().create_server(asyncio.Protocol, "localhost", 0)).close()
            loop.call_exception_handler({"message": "nobody listens"})

        with asyncio.Runner(loop_factory=lambda: loop) as runner, self.assertLogs("asyncio"):
            runner.run(use_everything())

    def test_one_written_in_c_tells_nothing(self) -> None:
        loop: Any = object()
        self.assertFalse(_stdlib.hooks.listen(loop, Recorder(), None))
        self.assertIs(type(loop), object)

    def test_one_that_will_have_no_subclass_tells_nothing(self) -> None:
        class Final(asyncio.SelectorEventLoop):
            def __init_subclass__(cls) -> None:
                raise RuntimeError("it has none")

        loop, _ = self.listened(Final)
        self.assertIs(type(loop), Final)

    def test_the_loop_runs_by_the_method_that_counts(self) -> None:
        self.assertIn("self._run_once()", inspect.getsource(asyncio.BaseEventLoop.run_forever))
