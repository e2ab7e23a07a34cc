"""Whoever looks at the task of a test sees the user's coroutine; the rest goes on as with `await`."""

import asyncio
import contextlib
import gc
import io
import types
import unittest
import weakref
from collections.abc import Callable, Generator
from typing import Any

from aiounit import AsyncTestCase
from aiounit.loops.relay import Relay, in_place
from tests.resources.support import run_suite
from tests.support import run


@types.coroutine
def wait(value: object = None) -> Generator[object, object, object]:
    return (yield value)


async def catches() -> str:
    try:
        await wait()
    except ValueError:
        return "caught"
    return "not raised"


async def fails_at_its_end() -> None:
    try:
        await wait()
    finally:
        raise ValueError("no")


class RelayTests(unittest.TestCase):
    """What comes of what is sent, raised and closed."""

    def setUp(self) -> None:
        self.log: list[object] = []

    def relay(self, users: Callable[[], Any], *, times: int = 1) -> Relay:
        """Return one of ours that runs something of the user's, and notes what comes of it."""

        async def own() -> None:
            for _ in range(times):
                try:
                    self.log.append(await in_place(users()))
                except BaseException as error:
                    self.log.append(repr(error))

        return Relay(own())

    async def noting(self) -> None:
        try:
            await wait()
        finally:
            self.log.append("its end")

    def end(self, relay: Relay) -> list[object]:
        with self.assertRaises(StopIteration):
            relay.send(None)
        return self.log

    def test_what_is_waited_for_goes_through(self) -> None:
        async def users() -> object:
            return await wait("first"), await wait("second")

        relay = self.relay(users)
        self.assertEqual([relay.send(None), relay.send(None)], ["first", "second"])
        self.assertEqual(self.end(relay), [(None, None)])

    def test_one_after_another(self) -> None:
        async def users() -> str:
            return "done"

        self.assertEqual(self.end(self.relay(users, times=2)), ["done", "done"])

    def test_what_is_no_coroutine_is_awaited(self) -> None:
        class Users:
            def __await__(self) -> Generator[Any, Any, str]:
                yield "first"
                return "done"

        relay = self.relay(Users)
        self.assertEqual(relay.send(None), "first")
        self.assertEqual(self.end(relay), ["done"])

    def test_ours_waits_as_well(self) -> None:
        async def own() -> None:
            await wait("first")

        self.assertEqual(Relay(own()).send(None), "first")

    def test_what_is_thrown_in_is_raised_there(self) -> None:
        relay = self.relay(catches)
        relay.send(None)
        with self.assertRaises(StopIteration):
            relay.throw(ValueError())
        self.assertEqual(self.log, ["caught"])

    def test_it_is_raised_in_ours_in_between(self) -> None:
        async def own() -> None:
            try:
                await wait()
            except ValueError as error:
                self.log.append(repr(error))

        relay = Relay(own())
        relay.send(None)
        with self.assertRaises(StopIteration):
            relay.throw(ValueError("no"))
        self.assertEqual(self.log, ["ValueError('no')"])

    def test_what_is_raised_there_ours_gets(self) -> None:
        for error in (ValueError("no"), KeyboardInterrupt(), SystemExit(3), GeneratorExit(), asyncio.CancelledError()):
            with self.subTest(error=error):
                self.log = []

                async def users(error: BaseException = error) -> None:
                    raise error

                self.assertEqual(self.end(self.relay(users)), [repr(error)])

    def test_an_error_is_let_go_of(self) -> None:
        class OddError(Exception):
            pass

        references: list[weakref.ref[OddError]] = []

        async def users() -> None:
            error = OddError()
            references.append(weakref.ref(error))
            try:
                raise error
            finally:
                del error

        gc.disable()
        self.addCleanup(gc.enable)
        self.end(self.relay(users))
        self.assertIsNone(references[0]())

    def test_an_error_that_the_users_code_has_caught_is_let_go_of(self) -> None:
        class OddError(Exception):
            pass

        async def users() -> None:
            with contextlib.suppress(OddError):
                await wait()

        gc.disable()
        self.addCleanup(gc.enable)
        relay = self.relay(users)
        relay.send(None)
        error = OddError()
        reference = weakref.ref(error)
        with contextlib.suppress(StopIteration):
            relay.throw(error)
        del error
        self.assertIsNone(reference())

    def test_one_that_is_raised_around_the_users_code_is_raised_in_it(self) -> None:
        relay = self.relay(catches)
        relay.send(None)
        with self.assertRaises(StopIteration):
            relay._go_on(self.fail_with, ValueError())
        self.assertEqual(self.log, ["caught"])

    def fail_with(self, error: BaseException) -> None:
        raise error

    def test_closing_it_ends_both(self) -> None:
        relay = self.relay(self.noting)
        relay.send(None)
        relay.close()
        self.assertEqual(self.log, ["its end", "GeneratorExit()"])

    def test_closing_it_in_between(self) -> None:
        relay = Relay(self.noting())
        relay.send(None)
        relay.close()
        self.assertEqual(self.log, ["its end"])

    def test_what_is_raised_while_it_is_closed_ours_gets(self) -> None:
        relay = self.relay(fails_at_its_end)
        relay.send(None)
        relay.close()
        self.assertEqual(self.log, ["ValueError('no')"])

    def test_it_leaves_what_it_runs(self) -> None:
        relay = self.relay(self.noting)
        relay.send(None)
        self.assertIsNone(relay.leave())
        self.assertEqual(self.log, ["its end"])
        relay.close()

    def test_it_leaves_what_waits_once_more(self) -> None:
        async def users() -> None:
            try:
                await wait()
            finally:
                await wait()

        relay = self.relay(users)
        relay.send(None)
        self.assertIsNone(relay.leave())
        relay.close()

    def test_it_returns_what_that_raises(self) -> None:
        relay = self.relay(fails_at_its_end)
        relay.send(None)
        self.assertEqual(repr(relay.leave()), "ValueError('no')")
        self.assertIsNone(relay.leave())
        relay.close()

    def test_it_can_not_be_awaited(self) -> None:
        async def users() -> None:
            await relay

        relay = self.relay(users)
        self.assertEqual(self.end(relay), ["RuntimeError('the task of the test awaits it already')"])

    def test_it_looks_like_what_it_runs(self) -> None:
        async def users() -> None:
            await wait()
            await wait()

        relay = self.relay(users)
        names = [name for name in dir(relay.now) if name.startswith("cr_")] + ["__name__", "__qualname__"]
        for _ in range(2):
            for name in names:
                self.assertEqual(getattr(relay, name), getattr(relay.now, name))
            self.assertEqual(repr(relay), repr(relay.now))
            relay.send(None)
        self.assertEqual(relay.__name__, "users")
        relay.close()


def seen(task: Any) -> list[str]:
    """Return what a look at a suspended task shows, without what differs from run to run."""
    chain, coroutine = [], task.get_coro()
    while hasattr(coroutine, "cr_await"):
        chain.append(coroutine.cr_code.co_name)
        coroutine = coroutine.cr_await
    text = io.StringIO()
    task.print_stack(file=text)
    stack = [line for line in text.getvalue().splitlines() if not line.startswith("Stack for")]
    return [*chain, *stack, repr(task).partition("coro=<")[2].partition(" ")[0], *graph(task)]


def graph(task: Any) -> list[str]:
    capture = getattr(asyncio, "capture_call_graph", None)  # since 3.14
    return [] if capture is None else [entry.frame.f_code.co_name for entry in capture(task).call_stack]


class LookTests(unittest.TestCase):
    """A look at the task of a test shows what it shows under the standard library."""

    def looks(self, base: type[unittest.IsolatedAsyncioTestCase]) -> list[list[str]]:
        found: list[list[str]] = []

        async def look(task: Any) -> None:
            await asyncio.sleep(0)
            found.append(seen(task))

        async def helper() -> None:
            await asyncio.create_task(look(asyncio.current_task()))

        class Case(base):  # type: ignore[misc,valid-type]
            async def asyncSetUp(self) -> None:
                await helper()

            async def test(self) -> None:
                self.addAsyncCleanup(helper)
                found.append(graph(None))
                async with contextlib.AsyncExitStack() as stack:
                    stack.push_async_callback(helper)

            async def asyncTearDown(self) -> None:
                await helper()

        self.assertEqual(run(Case).log, ["startTest", "addSuccess", "stopTest"])
        return found

    def test_in_each_phase(self) -> None:
        self.assertEqual(self.looks(AsyncTestCase), self.looks(unittest.IsolatedAsyncioTestCase))

    def test_the_coroutine_is_the_very_one(self) -> None:
        """CPython's own tests compare it with what refers to an error."""
        found: list[bool] = []

        class Case(AsyncTestCase):
            async def test(self) -> None:
                task: Any = asyncio.current_task()
                referrers = gc.get_referrers(task.get_coro().cr_frame)
                found.append(isinstance(task.get_coro(), types.CoroutineType))
                found.append(any(each is task.get_coro() for each in referrers))

        run(Case)
        self.assertEqual(found[:1], [True])

    def test_there_are_frames_of_the_test_only(self) -> None:
        [_set_up, test, *_] = [each for each in self.looks(AsyncTestCase) if len(each) > 3]
        self.assertEqual(test[:4], ["test", "__aexit__", "_exit_wrapper", "helper"])

    def test_in_a_fixture_of_the_class(self) -> None:
        found: list[str] = []

        async def look(task: Any) -> None:
            await asyncio.sleep(0)
            found.extend(seen(task)[:1])

        class Case(AsyncTestCase):
            @classmethod
            async def asyncSetUpClass(cls) -> None:
                await asyncio.create_task(look(asyncio.current_task()))

            def test(self) -> None:
                """Needs the class."""

        run_suite(Case)
        self.assertEqual(found, ["asyncSetUpClass"])
