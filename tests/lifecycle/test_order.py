"""The order of the steps of a test, and which of them there are."""

import asyncio
import contextvars
import functools
import unittest
from collections.abc import AsyncIterator, Callable
from typing import Any
from unittest import mock

from aiounit import AsyncTestCase, resource
from aiounit.lifecycle.order import Order
from aiounit.lifecycle.record import DebugSink, Record
from aiounit.loops.driver import Driver
from aiounit.loops.owner import LoopOwner
from tests.support import run


class Plain(AsyncTestCase):
    async def test(self) -> None:
        """Do nothing."""


class Full(Plain):
    def setUp(self) -> None:
        """Do nothing."""

    async def asyncSetUp(self) -> None:
        """Do nothing."""

    async def asyncTearDown(self) -> None:
        """Do nothing."""

    def tearDown(self) -> None:
        """Do nothing."""


class OrderTestCase(unittest.TestCase):
    def setUp(self) -> None:
        self.record = Record(DebugSink(), full_traceback=False)

    def order(self, kind: type[AsyncTestCase]) -> Order:
        owner = LoopOwner(None)
        owner.open()
        self.addCleanup(owner.drop)
        driver = Driver(owner, contextvars.copy_context())
        case: Any = kind("test")
        order = Order(case, case.test, self.record, driver)
        order.plan, order.outer = kind._aiounit_plan, contextvars.copy_context()
        return order

    def steps(self, order: Order, after: Callable[[str], object] = bool) -> list[tuple[str, str]]:
        """Return where each step runs and what it is; each is followed by a function."""
        found = []
        step = order.first()
        while step is not None:
            found.append((step.where.name, step.describe()))
            order.returned = None
            after(step.describe())
            step = order.following()
        return found


class OrderTests(OrderTestCase):
    def test_of_a_test_alone(self) -> None:
        self.assertEqual(self.steps(self.order(Plain)), [("INSIDE", "the test")])

    def test_of_all_hooks_and_cleanups(self) -> None:
        order = self.order(Full)
        order.case.addCleanup(bool)
        order.case.addAsyncCleanup(asyncio.sleep, 0)
        self.assertEqual(
            self.steps(order),
            [
                ("OUTSIDE", "setUp"),
                ("INSIDE", "asyncSetUp"),
                ("INSIDE", "the test"),
                ("INSIDE", "asyncTearDown"),
                ("OUTSIDE", "tearDown"),
                ("INSIDE", "cleanup sleep"),
                ("OUTSIDE", "cleanup bool"),
            ],
        )

    def test_after_a_failure_in_the_set_up_only_cleanups_run(self) -> None:
        order = self.order(Full)
        order.case.addAsyncCleanup(asyncio.sleep, 0)

        def fail(step: str) -> None:
            if step == "setUp":
                self.record.add(ValueError("no"))

        self.assertEqual([name for _, name in self.steps(order, fail)], ["setUp", "cleanup sleep"])

    def test_the_coroutine_that_a_cleanup_has_returned_is_a_step(self) -> None:
        order = self.order(Plain)
        order.case.addCleanup(lambda: asyncio.sleep(0))
        coroutine = asyncio.sleep(0)
        self.addCleanup(coroutine.close)

        def returns(step: str) -> None:
            if "<lambda>" in step:
                order.returned = coroutine

        steps = self.steps(order, returns)
        self.assertEqual([where for where, _ in steps], ["INSIDE", "OUTSIDE", "INSIDE"])

    def test_a_test_that_is_declared_to_fail_is_expected_to_while_it_runs(self) -> None:
        log: list[bool] = []

        class Sink(DebugSink):
            def expect_failure(self, *, expected: bool) -> None:
                log.append(expected)

        self.record = Record(Sink(), full_traceback=False)
        order = self.order(Plain)
        order.expects_failure = True
        self.steps(order, lambda _: log.append(False) if log != [True] else None)
        self.assertEqual(log, [True, False])

    def test_resources_are_made_for_a_test_that_uses_some(self) -> None:
        log: list[str] = []

        @resource
        async def tea() -> AsyncIterator[str]:
            log.append("open")
            yield "tea"
            log.append("close")

        class Case(Full):
            cup = tea

            def setUp(self) -> None:
                log.append("setUp")

            def tearDown(self) -> None:
                log.append("tearDown")

        run(Case)
        self.assertEqual(log, ["open", "setUp", "tearDown", "close"])

    def test_they_are_made_once(self) -> None:
        order = self.order(Plain)
        with mock.patch("aiounit.lifecycle.provision.Provision") as make:
            order.end()
            self.assertEqual(make.mock_calls, [])
            self.assertIs(order.provision, order.provision)
            order.end()
        make.assert_called_once()
        make.return_value.take_back.assert_called_once_with()


class AloneTests(OrderTestCase):
    """A class without hooks has the test alone for a step, unless the test itself changes that while it runs."""

    def gets(self, order: Order, *given: Callable[[], object]) -> list[str]:
        """Return what follows the test, during which functions are called."""
        left = list(given)
        return [each for _, each in self.steps(order, lambda _: left.pop()() if left else None)][1:]

    def test_a_hook_of_its_own(self) -> None:
        for name in ("tearDown", "asyncTearDown"):
            with self.subTest(name):
                order = self.order(Plain)
                hook = getattr(Full("test"), name)
                self.assertEqual(self.gets(order, functools.partial(setattr, order.case, name, hook)), [name])

    def test_a_cleanup(self) -> None:
        order = self.order(Plain)
        self.assertEqual(self.gets(order, lambda: order.case.addCleanup(bool)), ["cleanup bool"])

    def test_a_resource_that_it_uses_is_closed(self) -> None:
        order = self.order(Plain)
        with mock.patch("aiounit.lifecycle.provision.Provision") as make:
            make.return_value.has_any = True
            self.assertEqual(self.gets(order, lambda: order.provision), ["cleanup Order._close_resources"])

    def test_a_callback_for_which_the_loop_runs_an_iteration(self) -> None:
        order = self.order(Plain)
        loop = order._driver.owner.loop
        self.assertEqual(
            self.gets(order, loop._ready.clear, lambda: loop.call_soon(bool)),  # type: ignore[attr-defined]
            ["the iteration of the loop after the test"],
        )
