"""Asynchronous context managers for mocks: values, effects, suppression."""

import asyncio
import unittest
from unittest import mock

from aiounit.mocks import async_context, delays, hangs
from tests.assertions.virtual import now, virtual


class ContextTests(unittest.TestCase):
    @virtual
    async def test_it_gives_its_value(self) -> None:
        context = async_context("tea")
        async with context as value:
            self.assertEqual((value, context.entered, context.exited), ("tea", 1, 0))
        self.assertEqual((context.value, context.entered, context.exited, context.errors), ("tea", 1, 1, [None]))

    @virtual
    async def test_it_can_be_entered_again(self) -> None:
        pool = mock.Mock(return_value=(context := async_context("tea")))
        for _ in range(2):
            async with pool() as value:
                self.assertEqual(value, "tea")
        self.assertEqual((context.entered, context.exited), (2, 2))

    @virtual
    async def test_it_knows_what_has_ended_the_block(self) -> None:
        context = async_context(None)
        error = OSError("no")
        with self.assertRaises(OSError):
            async with context:
                raise error
        self.assertEqual(context.errors, [error])

    @virtual
    async def test_entering_fails(self) -> None:
        context = async_context(None, enter=OSError("no"), exit=KeyError)
        with self.assertRaisesRegex(OSError, "no"):
            async with context:
                self.fail("the block runs")
        self.assertEqual((context.entered, context.exited), (0, 0))

    @virtual
    async def test_entering_and_leaving_take_time(self) -> None:
        async with async_context(None, enter=delays(60), exit=delays(30)):
            self.assertEqual(now(), 60)
        self.assertEqual(now(), 90)

    @virtual
    async def test_entering_hangs(self) -> None:
        hang = hangs()
        with self.assertRaises(TimeoutError):
            async with asyncio.timeout(60), async_context(None, enter=hang):
                self.fail("the block runs")
        self.assertEqual(hang.cancelled, 1)

    @virtual
    async def test_leaving_fails(self) -> None:
        context = async_context(None, exit=OSError)
        with self.assertRaises(OSError):
            async with context:
                pass
        self.assertEqual((context.exited, context.errors), (1, [None]))

    @virtual
    async def test_functions_are_called(self) -> None:
        log: list[object] = []
        error = OSError("no")
        with self.assertRaises(OSError):
            async with async_context(None, enter=lambda: log.append("in"), exit=log.append):
                raise error
        self.assertEqual(log, ["in", error])

    @virtual
    async def test_mocks_are_called(self) -> None:
        enter, leave = mock.AsyncMock(return_value="ignored"), mock.AsyncMock()
        async with async_context("tea", enter=enter, exit=leave) as value:
            self.assertEqual(value, "tea")
        enter.assert_awaited_once_with()
        leave.assert_awaited_once_with(None)

    @virtual
    async def test_it_swallows_everything(self) -> None:
        async with async_context(None, suppress=True):
            raise OSError

    @virtual
    async def test_it_swallows_a_class_of_exceptions(self) -> None:
        for kinds in (OSError, (OSError, KeyError)):
            async with async_context(None, suppress=kinds):
                raise TimeoutError
            with self.assertRaises(ValueError):
                async with async_context(None, suppress=kinds):
                    raise ValueError

    def test_what_can_not_happen(self) -> None:
        for name in ("enter", "exit"):
            with self.assertRaises(TypeError) as caught:
                async_context(None, **{name: 5})  # type: ignore[arg-type]  # what is tested
            expected = (
                f"{name} of async_context() must be an exception, a function or a behaviour such as delays(1), not 5"
            )
            self.assertEqual(str(caught.exception), expected)

    def test_what_can_not_be_swallowed(self) -> None:
        for kinds in ("OSError", OSError(), (OSError, "OSError"), int):
            with self.subTest(kinds=kinds), self.assertRaises(TypeError) as caught:
                async_context(None, suppress=kinds)  # type: ignore[arg-type]  # what is tested
            wrong = kinds[1] if isinstance(kinds, tuple) else kinds
            expected = f"suppress of async_context() must be True, False or classes of exceptions, not {wrong!r}"
            self.assertEqual(str(caught.exception), expected)
