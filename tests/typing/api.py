"""What type checkers must make of aiounit's public names: read by mypy and pyright, never run.

An ignore comment marks a use that must be an error: both report a comment that they do not need.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

import asyncio
import contextlib
import functools
import io
import pathlib
import tempfile
import types
import unittest
from collections.abc import AsyncGenerator, Generator, Iterable
from typing import Self, assert_type

import aiounit
from aiounit import AsyncTestCase, Resource, allow, check_levels, depends, resource, resource_factory
from aiounit.checks import Check, CheckContext, Finding, Level, register_check


class Connection:
    """Enters itself."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        """Close it."""


@contextlib.asynccontextmanager
async def serve() -> AsyncGenerator[int, None]:
    yield 8080


@contextlib.contextmanager
def work_in(path: pathlib.Path) -> Generator[pathlib.Path, None, None]:
    yield path


class Managers(AsyncTestCase):
    """What entering a context manager gives."""

    async def asynchronous(self) -> None:
        assert_type(await self.enter(Connection()), Connection)
        assert_type(await self.enter(serve()), int)
        assert_type(await self.enter(asyncio.timeout(1)), asyncio.Timeout)
        assert_type(await self.enter(asyncio.TaskGroup()), asyncio.TaskGroup)
        assert_type(await self.enter(asyncio.Lock()), None)

    async def synchronous(self) -> None:
        assert_type(await self.enter(work_in(pathlib.Path())), pathlib.Path)
        assert_type(await self.enter(tempfile.TemporaryDirectory()), str)
        assert_type(await self.enter(io.StringIO()), io.StringIO)
        assert_type(await self.enter(contextlib.nullcontext(1)), int)

    async def as_stdlib_does(self) -> None:
        assert_type(await self.enterAsyncContext(Connection()), Connection)
        assert_type(await self.enterAsyncContext(serve()), int)
        assert_type(self.enterContext(work_in(pathlib.Path())), pathlib.Path)

    async def misuse(self) -> None:
        await self.enter(1)  # type: ignore[arg-type]
        await self.enter(serve)  # type: ignore[arg-type]
        await self.enter()  # type: ignore[call-arg]
        await self.enterAsyncContext(work_in(pathlib.Path()))  # type: ignore[arg-type]
        self.enter(serve())  # type: ignore[unused-coroutine]


class Hooks(AsyncTestCase):
    """A test case may have all that stdlib's has."""

    def setUp(self) -> None:
        self.addAsyncCleanup(asyncio.sleep, 0)

    async def asyncSetUp(self) -> None:
        self.port = await self.enter(serve())

    async def test(self) -> None:
        assert_type(self.port, int)

    async def asyncTearDown(self) -> None:
        """Do nothing."""

    def tearDown(self) -> None:
        """Do nothing."""


class MisusedHook(AsyncTestCase):
    async def setUp(self) -> None:  # type: ignore[override]
        """Would never be awaited."""


class SubTests(AsyncTestCase):
    async def test(self) -> None:
        with self.subTest("message", number=1) as nothing:
            assert_type(nothing, None)
        with self.subTest(number=1):
            pass
        with self.subTest():
            pass
        async with self.subTest():  # type: ignore[attr-defined]
            pass


class FactoryIsAClass(AsyncTestCase):
    loop_factory = asyncio.SelectorEventLoop


class FactoryIsAFunction(AsyncTestCase):
    loop_factory = asyncio.new_event_loop


class FactoryIsAPartial(AsyncTestCase):
    loop_factory = functools.partial(asyncio.SelectorEventLoop, None)


class FactoryIsNone(AsyncTestCase):
    loop_factory = None


class FactoryIsAStaticMethod(AsyncTestCase):
    @staticmethod
    def loop_factory() -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()


class FactoryIsAClassMethod(AsyncTestCase):
    @classmethod
    def loop_factory(cls) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()


class FactoryIsAMethod(AsyncTestCase):
    def loop_factory(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()


class FactoryIsMisused(AsyncTestCase):
    loop_factory = "uvloop"  # type: ignore[assignment]


class FactoryMakesNoLoop(AsyncTestCase):
    @staticmethod
    def loop_factory() -> int:  # type: ignore[override]
        return 1


class DebugIsOn(AsyncTestCase):
    loop_debug = True


class DebugIsLeft(AsyncTestCase):
    loop_debug = None


class DebugIsMisused(AsyncTestCase):
    loop_debug = "yes"  # type: ignore[assignment]


@resource
async def port() -> AsyncGenerator[int, None]:
    yield 8080


@resource(scope="class")
def directory() -> Generator[pathlib.Path, None, None]:
    yield pathlib.Path()


@resource
async def greeting(to: int = depends(port), below: pathlib.Path = depends(directory)) -> str:
    return f"{to} {below}"


@resource
@contextlib.contextmanager
def buffer() -> Generator[io.StringIO, None, None]:
    yield io.StringIO()


@resource_factory
async def connect(name: str, *, retries: int = 0) -> Connection:
    assert_type((name, retries), tuple[str, int])
    return Connection()


class Resources(AsyncTestCase):
    port = port
    directory = directory
    greeting = greeting
    buffer = buffer
    connect = connect

    @resource
    async def method(self) -> bytes:
        return b""

    async def test(self) -> None:
        assert_type(self.port, int)
        assert_type(self.directory, pathlib.Path)
        assert_type(self.greeting, str)
        assert_type(self.buffer, io.StringIO)
        assert_type(self.method, bytes)
        assert_type(await self.connect("a", retries=1), Connection)
        assert_type(Resources.port, Resource[int])

    async def misuse(self) -> None:
        self.port.upper()  # type: ignore[attr-defined]
        await self.connect(1)  # type: ignore[arg-type]
        await self.connect()  # type: ignore[call-arg]


depends(connect)  # type: ignore[arg-type]
depends(8080)  # type: ignore[arg-type]


async def misused_dependency(to: str = depends(port)) -> None:  # type: ignore[assignment]
    assert_type(to, str)


@resource  # type: ignore[arg-type]
def gives_nothing_to_close() -> int:
    return 1


def drop_in(case: AsyncTestCase) -> unittest.IsolatedAsyncioTestCase:
    assert_type(case.run(), unittest.TestResult | None)
    return case


@allow("tasks", name="heartbeat*", creator="Client.*", file="*/client.py", reason="never stops")
@check_levels(blocking="off", tasks=Level.WARN)
class Checked(AsyncTestCase):
    """Checks are set in every way."""

    checks = {"threads": "fail", "timers": Level.FAIL}
    blocking_threshold = 0.5

    @allow("errors", reason="on purpose")
    @check_levels(all="off")
    async def test(self) -> None:
        assert_type(self.takeLoopError(ValueError), ValueError)
        error: Exception = self.takeLoopError((ValueError, OSError), match="refused", msg="why")
        self.assertIsNotNone(error)
        self.takeLoopError(ValueError, "refused")  # type: ignore[call-arg]  # positional


assert_type(Checked("test"), Checked)

allow("tasks")  # type: ignore[call-arg]
check_levels(tasks=1)  # type: ignore[arg-type]


@register_check
class Uploads(Check):
    """A check of the user's."""

    name = "uploads"

    def begin(self, test: CheckContext) -> None:
        self.before = test.name

    def end(self, test: CheckContext) -> Iterable[Finding]:
        yield Finding("what", "remedy", name=test.name)


assert_type(Uploads().before, str)
register_check(Checked)  # type: ignore[type-var]


def errors(
    declaration: aiounit.DeclarationError,
    settings: aiounit.SettingsError,
    loop: aiounit.LoopError,
    awaited: aiounit.NotAwaitedError,
    close: aiounit.LoopCloseError,
) -> tuple[TypeError, ValueError, RuntimeError, TypeError, RuntimeError]:
    roots: list[aiounit.AiounitError] = [declaration, settings, loop, awaited, close]
    roots.clear()
    return declaration, settings, loop, awaited, close
