"""Coroutines of every kind to look at while they are suspended, and the test case that suspends them."""

import asyncio
import types
import unittest
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable
from typing import Any

from aiounit.introspect.places import Place

SUPPORT = __file__

# What is suspended: each of these is looked at while it awaits.


async def waits(future: asyncio.Future[None]) -> None:
    await future


async def generates(future: asyncio.Future[None]) -> AsyncGenerator[int, None]:
    await waits(future)
    yield 1


async def cleans(future: asyncio.Future[None]) -> AsyncGenerator[int, None]:
    try:
        yield 1
    finally:
        await waits(future)


async def iterates(future: asyncio.Future[None]) -> None:
    async for _ in generates(future):
        pass


async def takes_next(future: asyncio.Future[None]) -> None:
    await anext(generates(future))


async def takes_next_or_none(future: asyncio.Future[None]) -> None:
    await anext(generates(future), None)


async def sends(future: asyncio.Future[None]) -> None:
    await generates(future).asend(None)


async def closes(future: asyncio.Future[None]) -> None:
    generator = cleans(future)
    await anext(generator)
    await generator.aclose()


async def throws(future: asyncio.Future[None]) -> None:
    generator = cleans(future)
    await anext(generator)
    await generator.athrow(ValueError("no"))


@types.coroutine
def yields_from(future: asyncio.Future[None]) -> Generator[Any, None, None]:
    yield from waits(future)  # a coroutine may be, in such a function


async def awaits_generator(future: asyncio.Future[None]) -> None:
    await yields_from(future)


class Awaitable:
    """Awaits in a generator of its own."""

    def __init__(self, future: asyncio.Future[None]) -> None:
        self.future = future

    def __await__(self) -> Generator[Any, None, None]:
        yield from waits(self.future).__await__()


async def awaits_object(future: asyncio.Future[None]) -> None:
    await Awaitable(future)


class Wrapper(Awaitable):
    """Awaits by the iterator of a coroutine."""

    def __await__(self) -> Generator[Any, None, None]:
        return waits(self.future).__await__()


async def awaits_wrapper(future: asyncio.Future[None]) -> None:
    await Wrapper(future)


class Bare(Awaitable):
    """Hands the future to the task itself, as pure Python futures do."""

    def __await__(self) -> Generator[Any, None, None]:
        self.future._asyncio_future_blocking = True
        yield self.future


async def awaits_bare(future: asyncio.Future[None]) -> None:
    await Bare(future)


async def sleeps() -> None:
    await asyncio.sleep(3600)


async def turns() -> None:
    while True:  # noqa: ASYNC110 (it is what is looked at)
        await asyncio.sleep(0)


async def keeps(thing: object, future: asyncio.Future[None]) -> object:
    await future
    return thing


CHAINS: list[tuple[Callable[[asyncio.Future[None]], Coroutine[Any, Any, None]], list[str]]] = [
    (waits, []),
    (iterates, ["async for _ in generates(future):", "await waits(future)"]),
    (takes_next, ["await anext(generates(future))", "await waits(future)"]),
    (takes_next_or_none, ["await anext(generates(future), None)", "await waits(future)"]),
    (sends, ["await generates(future).asend(None)", "await waits(future)"]),
    (closes, ["await generator.aclose()", "await waits(future)"]),
    (throws, ['await generator.athrow(ValueError("no"))', "await waits(future)"]),
    (
        awaits_generator,
        [
            "await yields_from(future)",
            "yield from waits(future)  # a coroutine may be, in such a function",
        ],
    ),
    (awaits_object, ["await Awaitable(future)", "yield from waits(self.future).__await__()"]),
    (awaits_wrapper, ["await Wrapper(future)"]),
]


def sources(places: Iterable[Place]) -> list[str]:
    """Return the lines of the tests of introspect that are among the places."""
    return [place.source for place in places if place.module.startswith(f"{__package__}.")]


def line(function: Callable[..., Any], offset: int) -> int:
    """Return the number of a line of a function; the first is 0."""
    code: types.CodeType = function.__code__
    return code.co_firstlineno + offset


def place(function: str, module: str = "suite", file: str = "/project/suite.py") -> Place:
    """Return a place of which only the module and the function matter."""
    return Place(file, 1, function, module)


class SuspendedCase(unittest.IsolatedAsyncioTestCase):
    """A test that looks at tasks which wait for something."""

    async def asyncSetUp(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.loop.set_debug(False)  # so that it is not written down where tasks are made, unless a test wants it
        await asyncio.sleep(0)
        self.future: asyncio.Future[None] = self.loop.create_future()
        self.tasks: list[asyncio.Task[Any]] = []

    async def asyncTearDown(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def start(self, coroutine: Coroutine[Any, Any, Any], name: str | None = None) -> asyncio.Task[Any]:
        """Make a task that ends with the test."""
        task = asyncio.create_task(coroutine, name=name)
        self.tasks.append(task)
        return task

    async def suspend(self, coroutine: Coroutine[Any, Any, Any], name: str | None = None) -> asyncio.Task[Any]:
        """Make a task and let it, and what it starts, go as far as they get."""
        task = self.start(coroutine, name)
        for _ in range(5):
            await asyncio.sleep(0)
        return task
