"""Canaries: the private names by which objects of the standard library are followed mean what they did."""

import asyncio
import concurrent.futures
import socket
import types
import unittest
import weakref
from typing import Any
from unittest import mock

from aiounit import _stdlib

PRIVATE_NAMES = {
    "_Call",
    "_Future__asyncio_awaited_by",
    "_asyncio_awaited_by",
    "_call_check_cancel",
    "_callbacks",
    "_done_callbacks",
    "_exception",
    "_getters",
    "_host_task",
    "_loop",
    "_outer_done_callback",
    "_owner_task",
    "_parent_scope",
    "_parent_task",
    "_putters",
    "_result",
    "_server",
    "_transports",
    "_waiters",
}


def holds(thing: object, other: object) -> bool:
    held = _stdlib.values.held_by(thing)
    held += [value for each in held if isinstance(each, dict) for value in each.values()]  # of its attributes
    return any(each is other for each in held)


class PlainTests(unittest.TestCase):
    def test_attributes_slots_and_items(self) -> None:
        class Slotted:
            __slots__ = ("thing",)

        thing = object()
        slotted = Slotted()
        slotted.thing = thing  # type: ignore[attr-defined] # mypy reads no slots
        for holder in (types.SimpleNamespace(thing=thing), slotted, [thing], {1: thing}):
            with self.subTest(holder=holder):
                self.assertTrue(holds(holder, thing))

    def test_users_are_not_held(self) -> None:
        thing, user = object(), object()
        for name in _stdlib.values._USERS:
            with self.subTest(name):
                holder = types.SimpleNamespace(**{name: user}, thing=thing)
                self.assertEqual((holds(holder, thing), holds(holder, user)), (True, False))

    def test_users_in_slots_are_not_held(self) -> None:
        class Lock:
            __slots__ = ("_owner_task", "_waiters", "thing")

        lock: Any = Lock()
        lock.thing, lock._owner_task = object(), object()  # and its waiters are not set
        self.assertEqual((holds(lock, lock.thing), holds(lock, lock._owner_task)), (True, False))

    def test_no_code_of_the_object_is_called(self) -> None:
        class Strict:
            def __getattribute__(self, name: str) -> Any:
                raise AssertionError(name)

        class Other:
            __dict__ = 1  # type: ignore[assignment] # it is no dictionary

        self.assertIn(Strict, _stdlib.values.held_by(Strict()))
        self.assertIn(Other, _stdlib.values.held_by(Other()))

    def test_a_future_of_a_thread_does_not_hold_who_waits_for_it(self) -> None:
        future: concurrent.futures.Future[object] = concurrent.futures.Future()
        value, callback = object(), print
        future.add_done_callback(callback)
        self.assertFalse(any(callback in each for each in _stdlib.values.held_by(future) if isinstance(each, list)))
        with mock.patch("builtins.print"):
            future.set_result(value)
        self.assertTrue(holds(future, value))


class FutureTests(unittest.IsolatedAsyncioTestCase):
    async def test_a_future_holds_its_result(self) -> None:
        future = asyncio.get_running_loop().create_future()
        future.set_result(value := object())
        self.assertTrue(holds(future, value))

    async def test_a_future_holds_a_set_that_is_its_result(self) -> None:
        future = asyncio.get_running_loop().create_future()
        future.set_result(value := {1})
        self.assertTrue(holds(future, value))

    async def test_a_future_holds_its_exception(self) -> None:
        future = asyncio.get_running_loop().create_future()
        future.set_exception(error := ValueError())
        self.assertTrue(holds(future, error))
        self.assertIs(future.exception(), error)

    async def test_a_future_does_not_hold_who_waits_for_it(self) -> None:
        for kind in (asyncio.Future, asyncio.futures._PyFuture):  # type: ignore[attr-defined] # private
            future: Any = kind(loop=asyncio.get_running_loop())
            for _ in range(2):
                future.add_done_callback(print)
            held = _stdlib.values.held_by(future)
            held += [entry for each in held if isinstance(each, list) for entry in each]
            self.assertFalse(any(each is print or (isinstance(each, tuple) and each[0] is print) for each in held))

    async def test_a_task_holds_its_coroutine_what_it_waits_for_and_its_attributes(self) -> None:
        class Named(asyncio.Task[Any]):
            pass

        future = asyncio.get_running_loop().create_future()

        async def wait() -> None:
            await future

        task: Any = Named(wait(), loop=asyncio.get_running_loop())
        task.thing = object()
        await asyncio.sleep(0)
        self.assertTrue(all(holds(task, each) for each in (task.get_coro(), future, task.thing)))
        task.cancel()

    async def test_a_future_holds_the_one_that_it_stands_for_and_not_the_other_way(self) -> None:
        loop = asyncio.get_running_loop()
        shielded = loop.create_future()
        waiting: concurrent.futures.Future[None] = concurrent.futures.Future()
        threads = asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop)
        await asyncio.sleep(0)
        (task,) = asyncio.all_tasks() - {asyncio.current_task()}
        for future, other in (
            (asyncio.shield(shielded), shielded),
            (asyncio.wrap_future(waiting), waiting),
            (threads, task),
        ):
            with self.subTest(future=future):
                self.assertEqual((holds(future, other), holds(other, future)), (True, False))

    async def test_a_future_does_not_hold_the_tasks_that_await_it(self) -> None:
        for kind in (asyncio.Future, asyncio.futures._PyFuture):  # type: ignore[attr-defined] # private
            future: Any = kind(loop=asyncio.get_running_loop())
            for count in (1, 2):
                tasks = [asyncio.create_task(asyncio.wait_for(future, None)) for _ in range(count)]
                await asyncio.sleep(0)
                self.assertFalse(any(holds(future, task) for task in tasks))
                self.assertFalse(any(type(each) is set for each in _stdlib.values.held_by(future)))
                future.set_result(None)
                await asyncio.gather(*tasks)
                future = kind(loop=asyncio.get_running_loop())

    async def test_locks_and_queues_name_those_who_wait(self) -> None:
        self.assertIsNotNone(asyncio.Queue()._getters)  # type: ignore[attr-defined] # private
        self.assertIsNotNone(asyncio.Queue()._putters)  # type: ignore[attr-defined] # private
        self.assertIsNotNone(asyncio.Event()._waiters)
        async with asyncio.TaskGroup() as group:
            self.assertIs(group._parent_task, asyncio.current_task())  # type: ignore[attr-defined] # private


class WeakTests(unittest.TestCase):
    def test_the_members_that_are_there(self) -> None:
        class Thing:
            pass

        thing, gone = Thing(), Thing()
        collections: list[Any] = [
            weakref.WeakSet([thing, gone]),
            weakref.WeakKeyDictionary({thing: 1, gone: 2}),
            weakref.WeakValueDictionary({1: thing, 2: gone}),
        ]
        with mock.patch.object(weakref.WeakSet, "__len__", side_effect=AssertionError):
            del gone
            for collection in collections:
                with self.subTest(type(collection).__name__):
                    self.assertEqual(_stdlib.values.held_weakly(collection), [thing])

    def test_a_member_that_goes_meanwhile(self) -> None:
        class Gone:
            def __call__(self) -> None:
                return None

        collection: Any = types.SimpleNamespace(data=[Gone()])
        self.assertEqual(_stdlib.values.held_weakly(collection), [])


class ServerTests(unittest.IsolatedAsyncioTestCase):
    async def test_the_connections_that_a_server_has_accepted(self) -> None:
        accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        server = await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname()):
            writer = await accepted.get()
            self.assertEqual(_stdlib.values.accepted_by(server), [writer.transport])
            writer.close()
            await writer.wait_closed()
        server.close()

    async def test_servers_that_do_not_tell(self) -> None:
        self.assertEqual(_stdlib.values.accepted_by(object()), [])


class CallTests(unittest.TestCase):
    def test_the_type_of_recorded_calls(self) -> None:
        recorder = mock.Mock()
        recorder(1)
        kind = type(recorder.call_args)
        self.assertEqual((kind.__module__, kind.__name__), _stdlib.values.CALL)
