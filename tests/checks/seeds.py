"""Defects on purpose: for each check several that leave something, each with a twin that cleans up.

A line that ends in ``# here`` is the one to be blamed. Each takes the test that it runs in.
"""

import asyncio
import functools
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

Defect = Callable[[Any], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Seed:
    """A defect and its twin."""

    check: str
    defect: Defect
    twin: Defect


SEEDS: list[Seed] = []


def twin_of(check: str, defect: Defect) -> Callable[[Defect], Defect]:
    """Enter a function as the twin of a defect that a check has to find."""

    def enter(twin: Defect) -> Defect:
        SEEDS.append(Seed(check, defect, twin))
        return twin

    return enter


async def for_ever() -> None:
    await asyncio.sleep(3600)  # held by its timer: a cycle might be collected before anybody looks


async def stop(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait([task])


# tasks


async def pending_task(case: Any) -> None:
    asyncio.create_task(for_ever())  # here


@twin_of("tasks", pending_task)
async def ended_task(case: Any) -> None:
    await stop(asyncio.create_task(for_ever()))


async def task_that_ignores_its_end(case: Any) -> None:
    async def stubborn() -> None:
        while not released.done():
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                released.set_result(None)

    released = asyncio.get_running_loop().create_future()
    case.held = asyncio.create_task(stubborn())  # here


@twin_of("tasks", task_that_ignores_its_end)
async def task_that_is_cancelled_and_not_awaited(case: Any) -> None:
    task = asyncio.create_task(for_ever())
    await asyncio.sleep(0)
    task.cancel()


async def pending_gather(case: Any) -> None:
    asyncio.gather(for_ever())  # here


@twin_of("tasks", pending_gather)
async def task_that_ends_in_a_moment(case: Any) -> None:
    asyncio.gather(asyncio.sleep(0.01))


async def timeout_that_shields(case: Any) -> None:
    inner = for_ever()  # here
    try:
        await asyncio.wait_for(asyncio.shield(inner), 0.01)
    except TimeoutError:
        return


@twin_of("tasks", timeout_that_shields)
async def timeout(case: Any) -> None:
    try:
        await asyncio.wait_for(for_ever(), 0.01)
    except TimeoutError:
        return


# coroutines


async def coroutine(case: Any) -> None:
    asyncio.sleep(0)  # type: ignore[unused-coroutine] # here


@twin_of("coroutines", coroutine)
async def awaited(case: Any) -> None:
    await asyncio.sleep(0)


async def method(case: Any) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    queue.put(1)  # type: ignore[unused-coroutine] # here


@twin_of("coroutines", method)
async def closed_coroutine(case: Any) -> None:
    for_ever().close()


async def held_coroutine(case: Any) -> None:
    case.held = asyncio.sleep(0)  # here
    case.addCleanup(lambda: delattr(case, "held"))


@twin_of("coroutines", held_coroutine)
async def expected_warning(case: Any) -> None:
    with case.assertWarnsRegex(RuntimeWarning, "never awaited"):
        asyncio.sleep(0)  # type: ignore[unused-coroutine] # it is the point


async def coroutine_of_a_thread(case: Any) -> None:
    thread = threading.Thread(target=lambda: asyncio.sleep(0) and None)  # here
    thread.start()
    thread.join()


@twin_of("coroutines", coroutine_of_a_thread)
async def awaited_in_a_thread(case: Any) -> None:
    thread = threading.Thread(target=lambda: asyncio.run(asyncio.sleep(0)))
    thread.start()
    thread.join()


# mocks


async def mock_call(case: Any) -> None:
    fetch = mock.AsyncMock(name="fetch")
    fetch("order")  # here


@twin_of("mocks", mock_call)
async def awaited_mock_call(case: Any) -> None:
    await mock.AsyncMock(name="fetch")("order")


async def call_of_a_child(case: Any) -> None:
    client = mock.AsyncMock(name="client")
    client.orders.get(1)  # here


@twin_of("mocks", call_of_a_child)
async def plain_mock_call(case: Any) -> None:
    mock.Mock(name="client").orders.get(1)


# errors


async def task_that_dies(case: Any) -> None:
    async def die() -> None:
        raise ValueError("lost")

    case.held = asyncio.create_task(die())  # here
    await asyncio.sleep(0)


@twin_of("errors", task_that_dies)
async def error_that_is_seen(case: Any) -> None:
    async def die() -> None:
        raise ValueError("seen")

    (result,) = await asyncio.gather(die(), return_exceptions=True)
    case.assertIsInstance(result, ValueError)


async def task_that_dies_and_is_dropped(case: Any) -> None:
    async def die() -> None:
        raise ValueError("lost")

    asyncio.create_task(die())  # here
    await asyncio.sleep(0)
    await asyncio.sleep(0)


@twin_of("errors", task_that_dies_and_is_dropped)
async def expected_error(case: Any) -> None:
    async def die() -> None:
        raise ValueError("wanted")

    async with case.assertLoopError(ValueError, match="wanted"):
        task = asyncio.create_task(die())
        await asyncio.wait([task])


async def callback_that_raises(case: Any) -> None:
    def fail() -> None:
        raise ValueError("callback")  # here

    asyncio.get_running_loop().call_soon(fail)


@twin_of("errors", callback_that_raises)
async def claimed_error(case: Any) -> None:
    def fail() -> None:
        raise ValueError("callback")

    asyncio.get_running_loop().call_soon(fail)
    await asyncio.sleep(0)
    case.takeLoopError(ValueError, match="^callback$")


def fail() -> None:
    raise ValueError("lost")


async def thread_that_dies(case: Any) -> None:
    thread = threading.Thread(target=fail)
    thread.start()  # here
    thread.join()


@twin_of("errors", thread_that_dies)
async def expected_error_of_a_thread(case: Any) -> None:
    with case.assertLoopError(ValueError, match="lost"):
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()


class Fragile:
    """Fails when it is destroyed, unless it is closed."""

    is_closed = False

    def __del__(self) -> None:
        if not self.is_closed:
            raise ValueError("lost")


async def destructor_that_fails(case: Any) -> None:
    Fragile()


@twin_of("errors", destructor_that_fails)
async def claimed_error_of_a_destructor(case: Any) -> None:
    Fragile().is_closed = True
    Fragile()
    case.takeLoopError(ValueError, match="^lost$")


async def forget_a_task() -> None:
    async def die() -> None:
        fail()

    task = asyncio.create_task(die())  # here
    await asyncio.sleep(0)
    del task
    await asyncio.sleep(0)


async def task_of_another_loop(case: Any) -> None:
    thread = threading.Thread(target=lambda: asyncio.run(forget_a_task()))
    thread.start()
    thread.join()


@twin_of("errors", task_of_another_loop)
async def task_of_another_loop_with_a_handler(case: Any) -> None:
    async def handle() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        await forget_a_task()

    thread = threading.Thread(target=lambda: asyncio.run(handle()))
    thread.start()
    thread.join()


# asyncgens


async def numbers() -> AsyncIterator[int]:
    for number in range(10):
        yield number


async def begun_generator(case: Any) -> None:
    case.held = numbers()
    await anext(case.held)  # here


@twin_of("asyncgens", begun_generator)
async def closed_generator(case: Any) -> None:
    generator: Any = numbers()
    await anext(generator)
    await generator.aclose()


async def generator_as_a_fixture(case: Any) -> None:
    case.held = numbers()
    async for _ in case.held:  # here
        break


@twin_of("asyncgens", generator_as_a_fixture)
async def loop_that_is_left_early(case: Any) -> None:
    async for _ in numbers():
        break


# transports


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def server(case: Any) -> None:
    case.held = await asyncio.start_server(talk, "127.0.0.1", 0)  # here


@twin_of("transports", server)
async def closed_server(case: Any) -> None:
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    server.close()


async def datagram_endpoint(case: Any) -> None:
    loop = asyncio.get_running_loop()
    case.held = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))  # here


@twin_of("transports", datagram_endpoint)
async def closed_datagram_endpoint(case: Any) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, ("127.0.0.1", 0))
    transport.close()


async def watched_descriptor(case: Any) -> None:
    case.ends = socket.socketpair()
    for each in case.ends:
        case.addCleanup(each.close)
    asyncio.get_running_loop().add_reader(case.ends[0].fileno(), nothing)  # here


@twin_of("transports", watched_descriptor)
async def descriptor_that_is_watched_no_more(case: Any) -> None:
    left, right = socket.socketpair()
    with left, right:
        asyncio.get_running_loop().add_reader(left.fileno(), nothing)
        asyncio.get_running_loop().remove_reader(left.fileno())


async def server_of_a_task_of_its_own(case: Any) -> None:
    loop = asyncio.get_running_loop()
    case.held = await loop.create_task(loop.create_server(asyncio.Protocol, "127.0.0.1", 0))  # here


@twin_of("transports", server_of_a_task_of_its_own)
async def closed_server_of_a_task_of_its_own(case: Any) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_task(loop.create_server(asyncio.Protocol, "127.0.0.1", 0))
    server.close()


async def dropped_connection(case: Any) -> None:
    left, right = socket.socketpair()
    case.addCleanup(left.close)
    await asyncio.open_connection(sock=right)  # here


@twin_of("transports", dropped_connection)
async def closed_connection(case: Any) -> None:
    left, right = socket.socketpair()
    case.addCleanup(left.close)
    _, writer = await asyncio.open_connection(sock=right)
    writer.close()


async def subprocess(case: Any) -> None:
    program = (sys.executable, "-c", "input()")
    case.held = await asyncio.create_subprocess_exec(*program, stdin=-1)  # here


@twin_of("transports", subprocess)
async def ended_subprocess(case: Any) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=-1)
    process.kill()
    await process.wait()


# executor


BEGUN: set[threading.Event] = set()


def wait_for(event: threading.Event) -> None:
    """Wait in a thread until the check has described it, or the test is over."""
    BEGUN.add(event)
    event.wait(10)


async def begun(event: threading.Event) -> None:
    while event not in BEGUN:
        await asyncio.sleep(0.001)


async def job(case: Any) -> None:
    event = threading.Event()
    case.released = event
    asyncio.get_running_loop().run_in_executor(None, wait_for, event)  # here
    await begun(event)


@twin_of("executor", job)
async def awaited_job(case: Any) -> None:
    await asyncio.to_thread(time.sleep, 0)


async def job_whose_task_is_cancelled(case: Any) -> None:
    event = threading.Event()
    case.released = event
    task = asyncio.create_task(asyncio.to_thread(wait_for, event))
    await begun(event)
    await stop(task)


@twin_of("executor", job_whose_task_is_cancelled)
async def job_that_ends_in_a_moment(case: Any) -> None:
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.01)


# threads


async def thread(case: Any) -> None:
    event = threading.Event()
    case.released = event
    threading.Thread(target=wait_for, args=(event,)).start()  # here


@twin_of("threads", thread)
async def joined_thread(case: Any) -> None:
    thread = threading.Thread(target=time.sleep, args=(0,))
    thread.start()
    thread.join()


async def thread_of_a_thread(case: Any) -> None:
    event = threading.Event()
    case.released = event

    def start() -> None:
        threading.Thread(target=wait_for, args=(event,)).start()  # here

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()


@twin_of("threads", thread_of_a_thread)
async def thread_that_ends_in_a_moment(case: Any) -> None:
    threading.Thread(target=time.sleep, args=(0.01,)).start()


# timers


def nothing() -> None:
    pass


async def timer(case: Any) -> None:
    asyncio.get_running_loop().call_later(100, nothing)  # here


@twin_of("timers", timer)
async def cancelled_timer(case: Any) -> None:
    asyncio.get_running_loop().call_later(100, nothing).cancel()


async def timer_of_a_partial(case: Any) -> None:
    loop = asyncio.get_running_loop()
    loop.call_at(loop.time() + 100, functools.partial(nothing))


@twin_of("timers", timer_of_a_partial)
async def timer_of_asyncio(case: Any) -> None:
    async with asyncio.timeout(100):
        await asyncio.sleep(0)


# blocking


async def sleep_in_place(case: Any) -> None:
    time.sleep(0.12)  # here


@twin_of("blocking", sleep_in_place)
async def sleep_elsewhere(case: Any) -> None:
    await asyncio.to_thread(time.sleep, 0.12)


async def work_in_place(case: Any) -> None:
    end = time.thread_time() + 0.12
    while time.thread_time() < end:
        Path(tempfile.gettempdir()).as_posix()


@twin_of("blocking", work_in_place)
async def work_in_turns(case: Any) -> None:
    end = time.thread_time() + 0.12
    while time.thread_time() < end:
        await asyncio.sleep(0)
