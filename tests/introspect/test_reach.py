"""The walk from users' values to what they hold."""

import asyncio
import collections
import contextlib
import contextvars
import functools
import gc
import logging
import sys
import threading
import types
import unittest
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.introspect import reach
from aiounit.loops import executor


class Thing:
    """An object to be found, and one that holds it."""

    def __init__(self, held: object = None) -> None:
        self.held = held

    def method(self) -> None:
        """Be bound."""


def is_held(holder: object, thing: object) -> bool:
    return reach.find([("it", holder)], {id(thing)}) == {id(thing): "it"}


class HeldTests(unittest.TestCase):
    def setUp(self) -> None:
        self.thing = thing = Thing()

        def closure() -> object:
            return thing

        def default(argument: object = thing, *, keyword: object = None) -> object:
            return argument, keyword

        def attribute() -> None:
            """Have an attribute."""

        attribute.thing = thing  # type: ignore[attr-defined] # it is set
        self.holders: list[Any] = [
            thing,
            [thing],
            {"a": (thing,)},
            {thing},
            collections.deque([thing]),
            Thing(Thing(thing)),
            types.SimpleNamespace(thing=thing),
            closure,
            default,
            attribute,
            Thing(thing).method,
            functools.partial(print, thing),
            weakref.WeakSet([thing]),
            weakref.WeakKeyDictionary({thing: 1}),
            weakref.WeakValueDictionary({1: thing}),
            threading.Thread(target=print, args=(thing,)),
        ]

    def test_through_containers_objects_functions_and_weak_collections(self) -> None:
        for holder in self.holders:
            with self.subTest(holder=holder):
                self.assertTrue(is_held(holder, self.thing))

    def test_through_the_variables_of_generators_and_exit_stacks(self) -> None:
        def generator() -> Iterator[None]:
            kept = [self.thing]
            yield
            print(kept)

        running = generator()
        next(running)
        stack = contextlib.ExitStack()
        stack.callback(print, self.thing)
        for holder in (running, stack):
            with self.subTest(holder=holder):
                self.assertTrue(is_held(holder, self.thing))

    def test_not_through_what_leads_everywhere(self) -> None:
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        loop.thing = self.thing  # type: ignore[attr-defined] # it is set
        variable: contextvars.ContextVar[object] = contextvars.ContextVar("variable")
        context = contextvars.copy_context()
        context.run(variable.set, self.thing)
        module = types.ModuleType("module")
        module.thing = self.thing  # type: ignore[attr-defined] # it is set
        logger = logging.Logger("logger")
        logger.thing = self.thing  # type: ignore[attr-defined] # it is set
        recorder = mock.Mock()
        recorder(self.thing)
        case = AsyncTestCase()
        case.thing = self.thing  # type: ignore[attr-defined] # it is set
        error = ValueError()
        with contextlib.suppress(ValueError):
            raise error
        kind = type("Kind", (), {"thing": self.thing})
        ours = executor.DaemonExecutor()
        ours.thing = self.thing  # type: ignore[attr-defined] # it is set
        holders = [loop, context, module, logger, recorder, case, error, kind, kind(), sys._getframe(), ours]
        for holder in [*holders, weakref.ref(self.thing), Thing.method, asyncio.Timeout(None)]:
            with self.subTest(holder=holder):
                self.assertFalse(is_held(holder, self.thing))

    def test_circles_and_empty_cells(self) -> None:
        def function() -> None:
            print(missing)  # noqa: F821 (it is deleted)

        missing = [function]
        missing.append(missing)  # type: ignore[arg-type] # a circle
        self.assertTrue(is_held(missing, function))
        del missing
        self.assertFalse(is_held(function, self.thing))

    def test_the_first_root_counts(self) -> None:
        roots = [("first", Thing(self.thing)), ("second", self.thing), ("third", Thing(self.thing))]
        self.assertEqual(reach.find(roots, {id(self.thing)}), {id(self.thing): "second"})

    def test_the_nearest_objects_are_looked_at_where_there_are_too_many(self) -> None:
        many = [[Thing() for _ in range(10)], [self.thing]]
        with mock.patch.object(reach, "_MOST", 10):
            self.assertTrue(is_held(many, self.thing))
        with mock.patch.object(reach, "_MOST", 2):
            self.assertFalse(is_held(many, self.thing))

    def test_no_code_of_the_objects_is_called_and_none_is_kept(self) -> None:
        class Strict:
            def __init__(self, thing: object) -> None:
                self.thing = thing

            @property  # type: ignore[misc] # proxies have such a one
            def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
                raise AssertionError

            def __getattr__(self, name: str) -> Any:
                raise AssertionError(name)

            def __eq__(self, other: object) -> bool:
                raise AssertionError

            def __hash__(self) -> int:
                raise AssertionError

            def __iter__(self) -> Any:
                raise AssertionError

        holder = Strict(self.thing)
        self.assertTrue(is_held(holder, self.thing))
        reference = weakref.ref(holder)
        del holder
        self.assertIsNone(reference())

    def test_no_class_is_kept(self) -> None:
        class Local(Thing):
            pass

        self.assertTrue(is_held(Local(self.thing), self.thing))
        reference = weakref.ref(Local)
        del Local
        gc.collect()  # a class has cycles
        self.assertIsNone(reference())


class TaskTests(unittest.IsolatedAsyncioTestCase):
    async def asyncTearDown(self) -> None:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def test_a_task_holds_what_its_coroutines_hold_and_await(self) -> None:
        async def inner() -> None:
            await asyncio.Event().wait()

        async def worker() -> None:
            children = [asyncio.create_task(inner())]
            await asyncio.gather(*children)

        task = asyncio.create_task(worker())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        (child,) = asyncio.all_tasks() - {task, asyncio.current_task()}
        self.assertTrue(is_held(Thing(task), child))

    async def test_a_job_in_a_thread_is_held_by_the_task_that_awaits_it(self) -> None:
        release = threading.Event()
        task = asyncio.create_task(asyncio.to_thread(release.wait))
        await asyncio.sleep(0)
        waiter: Any = task._fut_waiter  # type: ignore[attr-defined] # private
        self.assertTrue(is_held([task], waiter))
        release.set()
        await task

    async def test_an_asynchronous_generator_holds_its_variables(self) -> None:
        thing = Thing()

        async def generate() -> AsyncIterator[None]:
            kept = [thing]
            yield
            print(kept)

        generator: Any = generate()
        await anext(generator)
        self.assertTrue(is_held([generator], thing))
        await generator.aclose()

    async def test_who_waits_for_an_object_is_not_held_by_it(self) -> None:
        lock, queue, event = asyncio.Lock(), asyncio.Queue[int](), asyncio.Event()
        await lock.acquire()
        future = asyncio.get_running_loop().create_future()
        holders: list[Any] = [lock, queue, event, future]
        tasks = [asyncio.create_task(each) for each in (lock.acquire(), queue.get(), event.wait())]
        tasks.append(asyncio.create_task(asyncio.wait_for(future, None)))
        await asyncio.sleep(0)
        for holder, task in zip(holders, tasks, strict=True):
            with self.subTest(holder=holder):
                self.assertFalse(is_held([holder], task))

    async def test_a_server_holds_the_connections_that_it_has_accepted(self) -> None:
        accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        server = await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), "127.0.0.1", 0)
        _, own = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer = await accepted.get()
        self.assertTrue(is_held([server], writer.transport))
        for each in (own, writer):
            each.close()
            await each.wait_closed()
        server.close()
        gc.collect()
