"""What type checkers must make of the toolkit: read by mypy and pyright, never run.

An ignore comment marks a use that must be an error: both report a comment that they do not need.
"""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

import abc
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol, assert_type
from unittest import TestCase
from unittest.mock import DEFAULT, AsyncMock, MagicMock, Mock

from aiounit import AsyncTestCase
from aiounit.mocks import (
    AsyncContext,
    AsyncStream,
    AwaitRecord,
    Behaviour,
    Gate,
    Hang,
    Limit,
    MockToolkit,
    Patcher,
    PushStream,
    Spy,
    async_context,
    async_stream,
    delays,
    fails,
    gate,
    hangs,
    ignores_cancel,
    limited,
    push_stream,
    sequence,
)


class Client:
    """What mocks stand for."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def fetch(self, item: str) -> int:
        return len(item)


class Store(abc.ABC):
    """An abstract class."""

    @abc.abstractmethod
    async def load(self) -> int: ...


class Clock(Protocol):
    """A protocol."""

    def time(self) -> float: ...


async def fetch(item: str) -> int:
    return len(item)


class ToolkitTest(AsyncTestCase):
    """The toolkit in a test."""

    async def test_mocks(self) -> None:
        client = self.mock(Client)
        assert_type(client, Client)
        assert_type(await client.fetch("tea"), int)
        assert_type(self.mock(Client, fetch=fails(OSError, then=5), allow_unawaited=True), Client)
        assert_type(self.mock(Store), Store)
        assert_type(self.mock(Clock), Clock)
        assert_type(self.mock(client), Client)
        assert_type(await self.mock(fetch)("tea"), int)
        self.mock(fetch)(5)  # type: ignore[arg-type, unused-coroutine]  # no string
        client.fetch.return_value = 5  # type: ignore[attr-defined]  # a method, so it is
        self.asMock(client.fetch).return_value = 5
        assert_type(self.asMock(client), MagicMock)
        self.mock()  # type: ignore[call-overload]  # of nothing

    def test_stubs(self) -> None:
        assert_type(self.stub(), MagicMock)
        assert_type(self.stub("on_order", return_value=5), MagicMock)
        assert_type(self.asyncStub("send", side_effect=hangs(), allow_unawaited=True), AsyncMock)
        self.stub(name="on_order")
        self.stub(5)  # type: ignore[arg-type]  # no name
        self.resetMocks()

    def test_patches(self) -> None:
        assert_type(self.patch, Patcher)
        assert_type(self.patch("shop.fetch", return_value=5), Any)
        assert_type(self.patch.object(Client, "fetch", spec=False), Any)
        assert_type(self.patch.object(Client, "fetch", new=fetch), Any)
        assert_type(self.patch.multiple(Client, fetch=DEFAULT), dict[str, Any])
        assert_type(self.patch.dict({"tea": 1}, {"tea": 2}, clear=True, milk=3), dict[str, int])
        self.patch.dict("shop.LIMITS", tea=1)
        self.patch.env({"SHOP": None}, clear=True, SHOP_URL="url")
        self.patch.env(SHOP_DEBUG=1)  # type: ignore[arg-type]  # no string
        self.patch.obj(Client, "fetch")  # type: ignore[attr-defined]  # no such method
        AsyncTestCase.patch("shop.fetch")  # type: ignore[operator]  # no test
        self.patch(Client)  # type: ignore[arg-type]  # no name
        self.patch.object("shop.Client")  # type: ignore[call-arg]  # no attribute

    def test_spies(self) -> None:
        spy = self.spy(Client("url"), "fetch")
        assert_type(spy, Spy)
        assert_type(spy.records, list[AwaitRecord])
        spy.assert_awaited_once_with("tea")


class PlainTest(MockToolkit, TestCase):
    """The toolkit on another base class."""

    def test_mocks(self) -> None:
        assert_type(self.mock(Client), Client)


# Behaviours


def take_function(function: Callable[..., Coroutine[Any, Any, Any]]) -> None:
    """Take what a behaviour is."""


async def behave() -> None:
    assert_type(hangs(), Hang)
    assert_type(ignores_cancel(times=2), Hang)
    assert_type(delays(0.5, then="tea"), Behaviour)
    assert_type(fails(OSError("no"), times=2, then=hangs()), Behaviour)
    assert_type(sequence(1, OSError, hangs(), last="repeat"), Behaviour)
    assert_type(gate(then=5), Gate)
    assert_type(limited(2, error=OSError), Limit)
    assert_type(await hangs().entered, Literal[True])
    assert_type(gate().waiting, int)
    AsyncMock(side_effect=hangs())
    Mock(side_effect=delays(1))
    delays("1")  # type: ignore[arg-type]  # no number
    fails("no")  # type: ignore[arg-type]  # no error
    sequence(last="stop")  # type: ignore[arg-type]  # no such end
    take_function(fails(OSError))


# Factories


def take_manager(manager: AbstractAsyncContextManager[int, bool]) -> None:
    """Take what an asynchronous context manager is."""


def take_iterator(iterator: AsyncIterator[int]) -> None:
    """Take what an asynchronous iterator is."""


async def give() -> None:
    assert_type(async_context(5), AsyncContext[int])
    take_manager(async_context(5, enter=delays(1), exit=OSError, suppress=OSError))
    async with async_context(5) as value:
        assert_type(value, int)
    assert_type(async_stream([1, 2], delay=1, error=OSError), AsyncStream[int])
    take_iterator(async_stream([1, OSError()]))
    async for item in async_stream([1]):
        assert_type(item, int)
    pushed: PushStream[str] = push_stream()
    pushed.send("tea")
    pushed.send(5)  # type: ignore[arg-type]  # no string
    assert_type(pushed.consumed, list[str])
    assert_type(await anext(pushed), str)
    async_context(5, enter=5)  # type: ignore[arg-type]  # nothing that happens
    async_stream(5)  # type: ignore[arg-type]  # no items
