"""What type checkers must make of resources: read by mypy and pyright, never run.

An ignore comment marks a use that must be an error: both report a comment that they do not need.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

import contextlib
import io
import types
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator
from typing import Any, Self, assert_type

from aiounit import AsyncTestCase, Resource, ResourceFactory, depends, resource, resource_factory


class Connection:
    """Both awaitable and a context manager, as ``aiosqlite.connect()`` returns one."""

    def __await__(self) -> Generator[Any, None, Self]:
        yield
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: types.TracebackType | None
    ) -> None:
        """Close it."""


# Every kind of function


@resource
async def iterates() -> AsyncIterator[int]:
    yield 1


@resource
async def generates() -> AsyncGenerator[int, None]:
    yield 1


@resource
def iterates_synchronously() -> Iterator[int]:
    yield 1


@resource
def generates_synchronously() -> Generator[int, None, None]:
    yield 1


@resource
async def returns() -> int:
    return 1


@resource
@contextlib.asynccontextmanager
async def manages() -> AsyncGenerator[int, None]:
    yield 1


@resource
@contextlib.contextmanager
def manages_synchronously() -> Generator[int, None, None]:
    yield 1


@resource
def connects() -> Connection:
    return Connection()


@resource
def opens() -> io.StringIO:  # a context manager that can be iterated over as well
    return io.StringIO()


@resource(scope="class")
async def server(number: int = depends(iterates), connection: Connection = depends(connects)) -> AsyncIterator[str]:
    yield f"{number} {connection}"


assert_type(iterates, Resource[int])
assert_type(server, Resource[str])
assert_type(depends(iterates), int)
assert_type(depends(connects), Connection)
assert_type(depends(opens), io.StringIO)


async def connect(_host: str, *, port: int = 80) -> AsyncIterator[Connection]:
    del port
    yield Connection()


class Uses(AsyncTestCase):
    a = iterates
    b = generates
    c = iterates_synchronously
    d = generates_synchronously
    e = returns
    f = manages
    g = manages_synchronously
    h = connects
    i = opens
    j = server
    k = resource(Connection)
    connect = resource_factory(connect)

    @resource
    async def method(self, number: int = depends(returns)) -> AsyncIterator[str]:
        yield f"{self.id()} {number}"

    @resource(scope="run")
    def of_the_run(self) -> Iterator[bytes]:
        yield b""

    @resource_factory
    async def make(self, name: str) -> bytes:
        return name.encode()

    async def test(self) -> None:
        assert_type(self.a, int)
        assert_type(self.b, int)
        assert_type(self.c, int)
        assert_type(self.d, int)
        assert_type(self.e, int)
        assert_type(self.f, int)
        assert_type(self.g, int)
        assert_type(self.h, Connection)
        assert_type(self.i, io.StringIO)
        assert_type(self.j, str)
        assert_type(self.k, Connection)
        assert_type(self.method, str)
        assert_type(self.of_the_run, bytes)

    async def test_on_demand(self) -> None:
        assert_type(await self.use(server), str)
        assert_type(await self.use(opens), io.StringIO)

    async def test_factories(self) -> None:
        assert_type(await self.connect("localhost", port=8080), Connection)
        assert_type(await self.make("name"), bytes)

    def test_on_the_class(self) -> None:
        assert_type(Uses.a, Resource[int])
        made: ResourceFactory[..., Connection] = Uses.connect
        maker: Callable[..., Coroutine[Any, Any, Connection]] = self.connect
        del made, maker

    async def misuse(self) -> None:
        await self.connect()  # type: ignore[call-arg]
        await self.connect(1)  # type: ignore[arg-type]
        await self.use(connect)  # type: ignore[arg-type]
        await self.use(1)  # type: ignore[arg-type]
        self.a.append(1)  # type: ignore[attr-defined]


async def wrong(number: str = depends(iterates)) -> None:  # type: ignore[assignment]
    """Depend on an int as if it were a str."""


depends(connect)  # type: ignore[arg-type]
resource(scope=1)  # type: ignore[call-overload]
resource(scope="modul")  # type: ignore[call-overload]
resource("class")  # type: ignore[call-overload]


@resource  # type: ignore[arg-type]
def plain() -> int:
    return 1
