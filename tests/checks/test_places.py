"""Each finding names its object, points into the test's file, and says what to do."""

import asyncio
import functools
import logging
import os
import socket
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Awaitable, Callable
from typing import Any
from unittest import mock

from tests.checks.support import LoudTestCase, case_of, findings, iterate

Body = Callable[[Any], Awaitable[object]]
KINDS: dict[str, tuple[Body, str]] = {}
LEVELS = {"all": "fail", "timers": "fail", "blocking": "off"}
ENDINGS: list[Callable[[], object]] = []


def says(text: str) -> Callable[[Body], Body]:
    """Enter a way to leave something, with a pattern for the first line of the finding."""

    def enter(body: Body) -> Body:
        KINDS[body.__name__] = (body, text)
        return body

    return enter


async def for_ever() -> None:
    await asyncio.sleep(3600)


async def die() -> None:
    raise ValueError("no")


def fail() -> None:
    raise ValueError("no")


class Falls:
    def __del__(self) -> None:
        raise ValueError("no")


async def numbers() -> Any:
    yield 1
    yield 2


@says("tasks: task 'worker' of for_ever")
async def a_task(case: Any) -> None:
    case.kept = asyncio.create_task(for_ever(), name="worker")


@says("errors: task 'worker' .*ValueError")
async def a_dead_task(case: Any) -> None:
    case.kept = asyncio.create_task(die(), name="worker")
    await iterate()


@says("tasks: task 'worker' of assertEventually")
async def a_task_of_an_assertion(case: Any) -> None:
    case.kept = asyncio.create_task(case.assertEventually(bool, timeout=100), name="worker")
    await iterate()


@says("errors: task 'worker' .*assertEventually.*AssertionError")
async def a_dead_task_of_an_assertion(case: Any) -> None:
    case.kept = asyncio.create_task(case.assertEventually(bool, timeout=0), name="worker")
    await iterate()


@says("coroutines: .*for_ever")
async def a_coroutine(case: Any) -> None:
    for_ever()  # type: ignore[unused-coroutine] # it is what this is about


@says("errors: .*ValueError")
async def a_callback(case: Any) -> None:
    asyncio.get_running_loop().call_soon(fail)
    await iterate()


@says("errors: thread 'worker' ended with ValueError")
async def an_error_of_a_thread(case: Any) -> None:
    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()


@says(r"errors: Falls.__del__\(\) raised ValueError")
async def a_destructor(case: Any) -> None:
    Falls()


@says("errors: only words")
async def a_message(case: Any) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "only words"})


@says("errors: from elsewhere: ValueError")
async def an_error_that_was_never_raised(case: Any) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "from elsewhere", "exception": ValueError("no")})


@says("errors: a future failed with ValueError")
async def a_future(case: Any) -> None:
    asyncio.get_running_loop().create_future().set_exception(ValueError("no"))


@says("transports: .*server.*127.0.0.1")
async def a_server(case: Any) -> None:
    case.kept = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)


@says("transports: .*a connection to ")
async def a_connection(case: Any) -> None:
    ours, theirs = socket.socketpair()
    case.addCleanup(theirs.close)
    case.kept = await asyncio.open_connection(sock=ours)


@says("transports: .*a datagram endpoint on")
async def a_datagram(case: Any) -> None:
    address = ("127.0.0.1", 0)
    case.kept = await asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, address)


@says("transports: subprocess [0-9]+ .*-c ")
async def a_subprocess(case: Any) -> None:
    case.kept = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(3600)")


@says("transports: .*a pipe on file descriptor")
async def a_pipe(case: Any) -> None:
    reader, writer = os.pipe()
    ENDINGS.append(functools.partial(os.close, writer))
    case.kept = await asyncio.get_running_loop().connect_read_pipe(asyncio.Protocol, os.fdopen(reader, "rb"))


@says("transports: the loop still watches .*fail")
async def a_watched_file(case: Any) -> None:
    ours, theirs = socket.socketpair()
    case.kept = ours, theirs
    asyncio.get_running_loop().add_reader(ours, fail)


@says("timers: fail")
async def a_timer(case: Any) -> None:
    asyncio.get_running_loop().call_later(3600, fail)


@says("asyncgens: .*numbers")
async def an_asynchronous_generator(case: Any) -> None:
    kept: Any = numbers()
    case.kept = kept
    await anext(kept)


@says("executor: .*sleep")
async def a_job(case: Any) -> None:
    case.kept = asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.5)


@says("threads: thread 'worker'")
async def a_thread(case: Any) -> None:
    bell = threading.Event()
    ENDINGS.append(bell.set)
    threading.Thread(target=bell.wait, name="worker", daemon=True).start()


@says("(mocks|coroutines): .*client")
async def a_call_of_a_mock(case: Any) -> None:
    mock.AsyncMock(name="client")(1)


if sys.version_info >= (3, 12):

    @says("errors: task 'worker'.*ValueError")
    async def an_eager_task(case: Any) -> None:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        case.kept = asyncio.create_task(die(), name="worker")


class PlaceTests(LoudTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.enterContext(mock.patch.object(logging.getLogger("asyncio"), "disabled", True))

    def test_the_line_is_known_that_has_called_a_mock_in_each_of_several_tests_in_a_row(self) -> None:
        async def body(case: Any) -> None:
            case.stub("on_order", side_effect=for_ever)()
            case.task = asyncio.create_task(case.asyncStub("send", side_effect=ValueError)())
            await iterate()

        for _ in range(4):
            for text in map(str, findings(case_of(body))):
                self.assertIn(f"in {body.__qualname__}: case.", text)

    def test_each_finding_has_a_name_a_place_and_a_remedy(self) -> None:
        for name, (body, text) in KINDS.items():
            with self.subTest(name), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = findings(case_of(body, checks=LEVELS))
                while ENDINGS:
                    ENDINGS.pop()()
                [error] = found
                lines = str(error).splitlines()
                self.assertRegex(lines[0], text)
                shown = "".join(traceback.format_exception(error.__cause__)) if error.__cause__ else ""
                self.assertRegex(f"{error}{shown}", r'tests/checks/test_places.py"?, line \d+, in ')
                self.assertGreater(len(lines), 1)
                self.assertRegex(lines[-1], "^[A-Z]")
