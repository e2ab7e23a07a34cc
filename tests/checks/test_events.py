"""Checks are told of what happens, those of the user's too, and can't break what they are told of."""

import asyncio
import functools
import socket
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase
from aiounit.checks import Check, CheckContext, Finding, register_check, registry
from aiounit.checks.events import Events, on_late_error, tell
from aiounit.exceptions import CheckUsageError
from tests.checks.support import QuietTestCase, case_of, session
from tests.support import run


class Ear(Check):
    """Writes down what it hears, and does what the test tells it."""

    name = "ear"
    heard: list[str] = []
    does: dict[str, Callable[[], object]] = {}

    def hear(self, event: str) -> Any:
        self.heard.append(event)
        return self.does.get(event, lambda: None)()

    def end(self, test: CheckContext) -> list[Finding]:
        return []

    def on_task(self, task: object) -> None:
        self.hear("task")

    def on_error(self, context: dict[str, Any]) -> None:
        self.hear(f"error {context['message']}")

    def on_made(self, frame: object) -> None:
        self.hear("made")

    def on_asyncgen(self, generator: Any) -> None:
        self.hear(f"asyncgen {generator.__name__}")

    def on_transport(self, transport: object, server: object) -> None:
        self.hear("transport")

    def on_file(self, file: object) -> None:
        self.hear("file")

    def on_timer(self, handle: object) -> None:
        self.hear("timer")

    def on_job(self, executor: object, function: Callable[..., object]) -> Callable[..., object]:
        changed: Callable[..., object] | None = self.hear("job")
        return changed or function

    def on_thread(self, thread: threading.Thread) -> None:
        self.hear(f"thread {thread.name}")


async def numbers() -> AsyncIterator[int]:
    yield 1


class EarTestCase(QuietTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.dict(registry.ALL_CHECKS))
        self.enterContext(mock.patch.dict(Ear.does))
        Ear.heard.clear()
        register_check(Ear)


async def everything(_case: AsyncTestCase) -> None:
    """Make one of each."""
    loop = asyncio.get_running_loop()
    await asyncio.create_task(asyncio.sleep(0))
    await asyncio.sleep(0.0001)
    async for _ in numbers():
        """Go on."""
    await loop.run_in_executor(None, len, "abc")
    thread = threading.Thread(target=str, name="worker")
    thread.start()
    thread.join()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
    transport.close()
    left, right = socket.socketpair()
    with left, right:
        loop.add_reader(left, print)
        loop.remove_reader(left)


class TellingTests(EarTestCase):
    def test_a_check_of_the_user_s_is_told_of_everything(self) -> None:
        for shared in (False, True):
            Ear.heard.clear()
            with self.subTest(shared=shared):
                self.assertEqual(run(case_of(everything, shared_loop=shared)).log[1:-1], ["addSuccess"])
                self.assertLessEqual(
                    {"task", "timer", "asyncgen numbers", "job", "thread worker", "transport", "file"}, set(Ear.heard)
                )

    def test_of_errors_of_the_loop(self) -> None:
        async def body(case: Any) -> None:
            with case.assertLogs("asyncio"):
                asyncio.get_running_loop().call_exception_handler({"message": "no"})

        result = run(case_of(body, checks={"errors": "off"}))
        self.assertEqual((result.log[1:-1], Ear.heard), (["addSuccess"], ["error no"]))

    def test_nothing_is_told_outside_of_tests(self) -> None:
        tell(None, "on_task", None)
        events = Events(None)
        events.on_task(mock.Mock())
        events.on_error({"message": "no"})
        self.assertIs(events.on_job(None, print), print)
        self.assertEqual(Ear.heard, [])

    def test_a_check_may_have_another_function_called(self) -> None:
        async def body(case: Any) -> None:
            case.assertEqual(await asyncio.get_running_loop().run_in_executor(None, len, "abc"), 6)

        def twice(text: str) -> int:
            return 2 * len(text)

        Ear.does["job"] = lambda: twice
        self.assertEqual(run(case_of(body, checks={"executor": "off"})).log[1:-1], ["addSuccess"])

    def test_an_error_that_comes_when_the_test_is_over_goes_to_those_who_want_it(self) -> None:
        taken: list[object] = []
        over = session()
        over.is_over = True
        with mock.patch("aiounit.checks.events._late", []):
            on_late_error(functools.partial(lambda *told: taken.append(told)))
            Events(over).on_error({"message": "no"})
        self.assertEqual(taken, [(over, {"message": "no"})])


class FailureTests(EarTestCase):
    """A check of the user's that raises an exception."""

    def test_it_is_reported_once_and_told_no_more_and_the_loop_goes_on(self) -> None:
        def fail() -> None:
            raise OSError("no")

        for event in ("task", "timer", "asyncgen numbers", "job", "thread worker", "transport", "file"):
            Ear.heard.clear()
            Ear.does.clear()
            Ear.does[event] = fail
            with self.subTest(event):
                result = run(case_of(everything))
                [error] = result.raised
                self.assertEqual(
                    (repr(error), error.__notes__),
                    ("OSError('no')", [f"raised by on_{event.partition(' ')[0]}() of the check 'ear'"]),
                )
                self.assertEqual(Ear.heard[-1], event)

    def test_a_job_must_stay_a_function(self) -> None:
        Ear.does["job"] = lambda: 3
        [error] = run(case_of(everything)).raised
        self.assertIsInstance(error, CheckUsageError)
        self.assertEqual(str(error), "on_job() must return a function to call, and returned 3")
