"""Awaits are asserted as unittest.mock does it where that is right; what fails is told in full."""

import asyncio
import unittest
from typing import Any
from unittest import IsolatedAsyncioTestCase, mock
from unittest.mock import ANY, AsyncMock, call, create_autospec

from aiounit import AsyncTestCase
from aiounit.assertions.awaits.awaits import AwaitAssertions
from aiounit.mocks.recording.recorder import record
from tests.assertions.support import AwaitTestCase, Client, recorded
from tests.assertions.virtual import plain
from tests.mocks.support import drop, run
from tests.support import Events


class OneMockTestCase(AwaitTestCase):
    """Tests of one mock, which is recorded from the start."""

    def setUp(self) -> None:
        super().setUp()
        self.fetch = recorded("fetch", return_value=3)

    def awaited(self, *items: object, **keywords: object) -> None:
        for item in items:
            run(self.fetch(item, **keywords))

    def called(self, *items: object) -> None:
        for item in items:
            drop(self.fetch(item))


class AwaitedTests(OneMockTestCase):
    def test_awaited(self) -> None:
        self.awaited(1, 2)
        self.case.assertAwaited(self.fetch)

    def test_not_called(self) -> None:
        self.assert_fails(
            ["Expected fetch to have been awaited.", "It was neither called nor awaited."],
            self.case.assertAwaited,
            self.fetch,
        )

    def test_called_but_never_awaited(self) -> None:
        self.called("tea", "milk")
        place = "OneMockTestCase.called (test_awaits.py, line N)"
        self.assert_fails(
            [
                "Expected fetch to have been awaited.",
                "It was called but never awaited:",
                f"  fetch('tea') in {place}",
                f"  fetch('milk') in {place} : no order",
            ],
            self.case.assertAwaited,
            self.fetch,
            "no order",
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaited, 1),
            "assertAwaited() takes a mock, not 1. Give the mock itself",
        )


class AwaitedOnceTests(OneMockTestCase):
    def test_once(self) -> None:
        self.awaited("tea")
        self.assertEqual(self.case.assertAwaitedOnce(self.fetch).args, ("tea",))

    def test_twice(self) -> None:
        self.awaited("tea", "milk")
        self.assert_fails(
            [
                "Expected fetch to have been awaited once.",
                "It was awaited 2 times:",
                "  1. fetch('tea'): returned 3",
                "  2. fetch('milk'): returned 3",
            ],
            self.case.assertAwaitedOnce,
            self.fetch,
        )

    def test_not_called(self) -> None:
        self.assert_fails(
            ["Expected fetch to have been awaited once.", "It was neither called nor awaited. : no order"],
            self.case.assertAwaitedOnce,
            self.fetch,
            msg="no order",
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaitedOnce, 1),
            "assertAwaitedOnce() takes a mock, not 1. Give the mock itself",
        )


class AwaitedWithTests(OneMockTestCase):
    def test_the_last_await(self) -> None:
        self.awaited("milk", "tea")
        self.assertIs(self.case.assertAwaitedWith(self.fetch, "tea"), record(self.fetch).awaits[1])

    def test_arguments_of_any_name(self) -> None:
        run(self.fetch(mock=1, msg=2, self=3))
        self.case.assertAwaitedWith(self.fetch, mock=1, msg=2, self=3)

    def test_an_earlier_await(self) -> None:
        self.awaited("tea", "milk")
        self.assert_fails(
            [
                "Expected the last await of fetch to be fetch('tea').",
                "It was awaited 2 times:",
                "  1. fetch('tea'): returned 3",
                "  2. fetch('milk'): returned 3",
                "Await 1 has these arguments.",
            ],
            self.case.assertAwaitedWith,
            self.fetch,
            "tea",
        )

    def test_other_arguments(self) -> None:
        self.awaited("tea", size=2)
        self.awaited("milk", size=1)
        self.assert_fails(
            [
                "Expected the last await of fetch to be fetch('milk', size=2).",
                "It was awaited 2 times:",
                "  1. fetch('tea', size=2): returned 3",
                "  2. fetch('milk', size=1): returned 3",
                "The nearest, await 2, differs in:",
                "  size: expected 2, got 1",
            ],
            self.case.assertAwaitedWith,
            self.fetch,
            "milk",
            size=2,
        )

    def test_nothing_was_awaited(self) -> None:
        self.assert_fails(
            ["Expected the last await of fetch to be fetch(1).", "It was neither called nor awaited."],
            self.case.assertAwaitedWith,
            self.fetch,
            1,
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaitedWith, 1),
            "assertAwaitedWith() takes a mock, not 1. Give the mock itself",
        )


class AwaitedOnceWithTests(OneMockTestCase):
    def test_once(self) -> None:
        self.awaited("tea", size=2)
        self.assertIs(self.case.assertAwaitedOnceWith(self.fetch, "tea", size=2), record(self.fetch).awaits[0])

    def test_the_signature_of_the_spec(self) -> None:
        client = create_autospec(Client, instance=True)
        run(client.fetch("tea", 2))
        self.case.assertAwaitedOnceWith(client.fetch, size=2, item=ANY)

    def test_other_arguments(self) -> None:
        client = create_autospec(Client, instance=True, name="client")
        client.fetch.return_value = 3
        record(client)
        run(client.fetch("tea", 2))
        self.assert_fails(
            [
                "Expected one await of client.fetch, client.fetch('tea').",
                "It was awaited once:",
                "  1. client.fetch('tea', 2): returned 3",
                "Await 1 differs in:",
                "  size: expected nothing, got 2",
            ],
            self.case.assertAwaitedOnceWith,
            client.fetch,
            "tea",
        )

    def test_arguments_that_do_not_fit_the_signature(self) -> None:
        client = create_autospec(Client, instance=True, name="client")
        self.assert_fails(
            [
                "Expected one await of client.fetch, client.fetch().",
                "It was neither called nor awaited.",
                "client.fetch() does not fit the signature (item: str, size: int = 1) -> str: "
                "missing a required argument: 'item'.",
            ],
            self.case.assertAwaitedOnceWith,
            client.fetch,
        )

    def test_twice(self) -> None:
        self.awaited("tea", "tea")
        self.assert_fails(
            [
                "Expected one await of fetch, fetch('tea').",
                "It was awaited 2 times:",
                "  1. fetch('tea'): returned 3",
                "  2. fetch('tea'): returned 3",
                "Await 2 has these arguments.",
            ],
            self.case.assertAwaitedOnceWith,
            self.fetch,
            "tea",
        )

    def test_a_method_of_one_object(self) -> None:
        one, other = Client(), Client()
        with mock.patch.object(Client, "fetch", autospec=True):
            run(one.fetch("tea", 2))
            run(other.fetch("milk"))
            self.case.assertAwaitedOnceWith(one.fetch, "tea", size=2)
            self.case.assertAwaitedOnceWith(other.fetch, "milk")

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaitedOnceWith, 1),
            "assertAwaitedOnceWith() takes a mock, not 1. Give the mock itself",
        )


class AnyAwaitTests(OneMockTestCase):
    def test_one_of_several(self) -> None:
        self.awaited("tea", "milk", "tea", "oil")
        self.assertIs(self.case.assertAnyAwaitWith(self.fetch, "tea"), record(self.fetch).awaits[0])

    def test_none(self) -> None:
        self.awaited("milk", "oil")
        self.assert_fails(
            [
                "Expected an await of fetch to be fetch('tea').",
                "It was awaited 2 times:",
                "  1. fetch('milk'): returned 3",
                "  2. fetch('oil'): returned 3",
                "The nearest, await 2, differs in:",
                "  argument 1: expected 'tea', got 'oil'",
            ],
            self.case.assertAnyAwaitWith,
            self.fetch,
            "tea",
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAnyAwaitWith, 1),
            "assertAnyAwaitWith() takes a mock, not 1. Give the mock itself",
        )


class NotAwaitedTests(OneMockTestCase):
    def test_not_awaited(self) -> None:
        self.called("tea")
        self.case.assertNotAwaited(self.fetch)

    def test_awaited(self) -> None:
        self.awaited("tea")
        self.assert_fails(
            [
                "Expected fetch not to have been awaited.",
                "It was awaited once:",
                "  1. fetch('tea'): returned 3 : too early",
            ],
            self.case.assertNotAwaited,
            self.fetch,
            "too early",
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertNotAwaited, 1),
            "assertNotAwaited() takes a mock, not 1. Give the mock itself",
        )


class AllAwaitedTests(OneMockTestCase):
    def test_all(self) -> None:
        self.awaited("tea")
        self.case.assertAllAwaited(self.fetch, self.fetch)

    def test_one_call_was_not(self) -> None:
        self.awaited("tea")
        self.called("milk")
        self.assert_fails(
            [
                "Expected every call of fetch and save to have been awaited.",
                "fetch:",
                "  It was awaited once:",
                "    1. fetch('tea'): returned 3",
                "  1 call was never awaited:",
                "    fetch('milk') in OneMockTestCase.called (test_awaits.py, line N)",
                "save:",
                "  It was neither called nor awaited. : forgotten",
            ],
            self.case.assertAllAwaited,
            self.fetch,
            recorded("save"),
            msg="forgotten",
        )

    def test_one_call_was_not_before_it_was_recorded(self) -> None:
        fetch = AsyncMock(name="fetch")
        drop(fetch())
        run(fetch())
        self.assert_fails(
            [
                "Expected every call of fetch to have been awaited.",
                "fetch:",
                "  It was awaited once:",
                "    1. fetch(): began before the mock was recorded",
                "  1 call was never awaited:",
                "    once before the mock was recorded, so it is not known where",
            ],
            self.case.assertAllAwaited,
            fetch,
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAllAwaited), "assertAllAwaited() needs at least one mock"
        )


class HasAwaitsTests(OneMockTestCase):
    def test_side_by_side(self) -> None:
        self.awaited("milk", "tea", "oil")
        found = self.case.assertHasAwaits(self.fetch, [call("tea"), call("oil")])
        self.assertEqual(found, record(self.fetch).awaits[1:])

    def test_in_any_order(self) -> None:
        self.awaited("milk", "tea", "oil")
        found = self.case.assertHasAwaits(self.fetch, (call("oil"), call("milk")), any_order=True)
        self.assertEqual([each.args for each in found], [("oil",), ("milk",)])

    def test_not_side_by_side(self) -> None:
        self.awaited("milk", "tea", "oil")
        self.assert_fails(
            [
                "Expected these awaits of fetch, one right after the other:",
                "  1. fetch('milk')",
                "  2. fetch('oil')",
                "It was awaited 3 times:",
                "  1. fetch('milk'): returned 3",
                "  2. fetch('tea'): returned 3",
                "  3. fetch('oil'): returned 3",
                "All of them are there, but not one right after the other. : order",
            ],
            self.case.assertHasAwaits,
            self.fetch,
            [call("milk"), call("oil")],
            msg="order",
        )

    def test_not_in_any_order(self) -> None:
        self.awaited("milk")
        self.assert_fails(
            [
                "Expected these awaits of fetch, in any order:",
                "  1. fetch('milk')",
                "  2. fetch('oil')",
                "It was awaited once:",
                "  1. fetch('milk'): returned 3",
                "fetch('oil') is missing.",
                "Await 1 differs in:",
                "  argument 1: expected 'oil', got 'milk'",
            ],
            self.case.assertHasAwaits,
            self.fetch,
            [call("milk"), call("oil")],
            True,
        )

    def test_no_calls(self) -> None:
        self.assertEqual(
            self.refusal(ValueError, self.case.assertHasAwaits, self.fetch, []),
            "assertHasAwaits() needs at least one await to look for: an empty list would always be found",
        )

    def test_no_mock(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertHasAwaits, 1, [call()]),
            "assertHasAwaits() takes a mock, not 1. Give the mock itself",
        )


class AwaitOrderTests(OneMockTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.save = recorded("save")

    def test_in_order(self) -> None:
        self.awaited("tea")
        run(self.save("tea"))
        found = self.case.assertAwaitedInOrder([(self.fetch, call("tea")), (self.save, call("tea"))])
        self.assertEqual(found, [*record(self.fetch).awaits, *record(self.save).awaits])

    def test_in_another_order(self) -> None:
        run(self.save("tea"))
        self.awaited("tea")
        self.assert_fails(
            [
                "Expected these awaits, in this order:",
                "  1. fetch('tea')",
                "  2. save('tea')",
                "They were awaited 2 times:",
                "  1. save('tea'): returned None",
                "  2. fetch('tea'): returned 3",
                "No save('tea') began after await 2, fetch('tea'). : too early",
            ],
            self.case.assertAwaitedInOrder,
            [(self.fetch, call("tea")), (self.save, call("tea"))],
            "too early",
        )

    def test_no_pairs(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaitedInOrder, [1]),
            "assertAwaitedInOrder() takes pairs of a mock and a call, such as (fetch, call(1)), not 1",
        )


class WaitAwaitedTests(OneMockTestCase):
    def later(self, seconds: float, *items: object) -> None:
        """Await the mock for each item, each so much later."""

        async def use() -> None:
            for item in items:
                await asyncio.sleep(seconds)
                await self.fetch(item)

        self.task = asyncio.get_running_loop().create_task(use())

    def test_it_waits_for_the_await(self) -> None:
        async def main() -> tuple[object, float]:
            self.later(0.25, "tea")
            awaited = await self.case.waitUntilAwaited(self.fetch)
            return awaited.args, asyncio.get_running_loop().time()

        self.assertEqual(run(main()), (("tea",), 1000.25))

    def test_it_waits_for_so_many(self) -> None:
        async def main() -> object:
            self.later(1, "tea", "milk", "oil")
            return (await self.case.waitUntilAwaited(self.fetch, 2, timeout=2.5)).args

        self.assertEqual(run(main()), ("milk",))

    def test_it_returns_at_once_if_there_were_enough(self) -> None:
        self.awaited("tea")

        async def main() -> float:
            await self.case.waitUntilAwaited(self.fetch, timeout=0)
            return asyncio.get_running_loop().time()

        self.assertEqual(run(main()), 1000)

    def test_an_await_that_has_only_begun(self) -> None:
        async def main() -> None:
            self.fetch.side_effect = event.wait
            task = asyncio.create_task(self.fetch())
            await self.case.waitUntilAwaited(self.fetch)
            self.assertFalse(task.done())
            event.set()
            await task

        event = asyncio.Event()
        run(main())

    def test_a_method_of_one_object(self) -> None:
        one, other = Client(), Client()

        async def main() -> float:
            async def use() -> None:
                await other.fetch("milk")
                await asyncio.sleep(0.5)
                await one.fetch("tea")

            task = asyncio.create_task(use())
            await self.case.waitUntilAwaited(one.fetch)
            await task
            return asyncio.get_running_loop().time()

        with mock.patch.object(Client, "fetch", autospec=True):
            self.assertEqual(run(main()), 1000.5)

    def test_the_time_is_over(self) -> None:
        async def main() -> str:
            self.later(0.9, "tea", "milk")
            with self.assertRaises(AssertionError) as caught:
                await self.case.waitUntilAwaited(self.fetch, count=2, msg="slow")
            self.assertIsNone(caught.exception.__cause__)
            self.assertEqual(asyncio.get_running_loop().time(), 1001)
            await self.task
            return plain(caught.exception)

        self.assertEqual(
            run(main()).splitlines(),
            [
                "Expected fetch to have been awaited 2 times within 1 second.",
                "It was awaited once:",
                "  1. fetch('tea'): returned 3 : slow",
            ],
        )

    def test_an_await_that_nobody_has_seen_begin(self) -> None:
        fetch = AsyncMock()
        coroutine = fetch("tea")  # was called before the mock is recorded

        async def main() -> object:
            async def use() -> None:
                await coroutine

            task = asyncio.create_task(use())
            awaited = await self.case.waitUntilAwaited(fetch)
            await task
            return awaited.args

        self.assertEqual(run(main()), ("tea",))

    def test_it_can_be_cancelled(self) -> None:
        async def main() -> bool:
            task = asyncio.create_task(self.wait())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            return task.cancelled()

        self.assertTrue(run(main()))

    async def wait(self) -> None:
        await self.case.waitUntilAwaited(self.fetch)

    def test_what_is_refused_is_refused_before_it_is_awaited(self) -> None:
        for kind, message, args, keywords in (
            (TypeError, "waitUntilAwaited() takes a mock, not 1. Give the mock itself", (1,), {}),
            (ValueError, "count must be at least 1, not -1", (self.fetch, -1), {}),
            (TypeError, "timeout must be a number of seconds, not None", (self.fetch,), {"timeout": None}),
            (
                ValueError,
                "timeout must be a finite number of seconds, 0 or more, not -1",
                (self.fetch,),
                {"timeout": -1},
            ),
        ):
            with self.subTest(message):
                wait: Any = self.case.waitUntilAwaited
                self.assertEqual(self.refusal(kind, wait, *args, **keywords), message)

    def test_one_that_nobody_awaits_fails_the_test(self) -> None:
        class Case(AwaitAssertions):
            def test(self) -> None:
                self.waitUntilAwaited(AsyncMock())  # type: ignore[unused-coroutine]  # the mistake in question

        result = Events()
        Case("test").run(result)
        self.assertEqual(
            [plain(error) for error in result.raised],
            [
                "waitUntilAwaited() in WaitAwaitedTests.test_one_that_nobody_awaits_fails_the_test.<locals>.Case.test "
                '(test_awaits.py, line N) was never awaited, so it has asserted nothing. Put "await" before it'
            ],
        )


class StandardLibraryTests(OneMockTestCase):
    """What the standard library's messages get wrong, or what it lets pass."""

    def theirs(self, assertion: str, *args: Any) -> str:
        with self.assertRaises(AssertionError) as caught:
            getattr(self.fetch, assertion)(*args)
        return str(caught.exception)

    def test_the_actual_await_is_the_last_await_and_not_the_last_call(self) -> None:
        self.awaited("milk")
        self.called("oil")
        self.assertEqual(
            self.theirs("assert_awaited_with", "tea"),
            "expected await not found.\nExpected: fetch('tea')\n  Actual: fetch('oil')",
        )
        self.assert_fails(
            [
                "Expected the last await of fetch to be fetch('tea').",
                "It was awaited once:",
                "  1. fetch('milk'): returned 3",
                "1 call was never awaited:",
                "  fetch('oil') in OneMockTestCase.called (test_awaits.py, line N)",
                "Await 1 differs in:",
                "  argument 1: expected 'tea', got 'milk'",
            ],
            self.case.assertAwaitedWith,
            self.fetch,
            "tea",
        )

    def test_a_call_without_an_await_is_told(self) -> None:
        self.called("tea")
        self.assertEqual(self.theirs("assert_awaited"), "Expected fetch to have been awaited.")
        self.assertIn("It was called but never awaited:", self.failure(self.case.assertAwaited, self.fetch))

    def test_the_awaits_are_told(self) -> None:
        self.awaited("milk")
        self.assertEqual(self.theirs("assert_any_await", "tea"), "fetch('tea') await not found")
        self.assertIn("  1. fetch('milk'): returned 3", self.failure(self.case.assertAnyAwaitWith, self.fetch, "tea"))

    def test_a_matcher_does_not_take_the_await_of_another(self) -> None:
        self.awaited(1, 2)
        with self.assertRaises(AssertionError):
            self.fetch.assert_has_awaits([call(ANY), call(1)], any_order=True)
        self.case.assertHasAwaits(self.fetch, [call(ANY), call(1)], any_order=True)

    def test_an_await_that_raised_is_no_completed_one(self) -> None:
        self.fetch.side_effect = OSError
        with self.assertRaises(OSError):
            run(self.fetch())
        self.fetch.assert_awaited()
        self.assertIn("  1. fetch(): raised OSError()", self.failure(self.case.assertAwaitReturned, self.fetch))


class ChangedArgumentsTests(OneMockTestCase):
    """What was awaited is what was sent, whatever has become of it since."""

    def test_an_argument_that_was_changed(self) -> None:
        batch = [1, 2]
        self.awaited(batch)
        batch.clear()
        self.case.assertAwaitedWith(self.fetch, [1, 2])
        self.case.assertAwaitedOnceWith(self.fetch, [1, 2])
        self.case.assertAnyAwaitWith(self.fetch, [1, 2])
        self.case.assertHasAwaits(self.fetch, [call([1, 2])])
        self.case.assertAwaitedInOrder([(self.fetch, call([1, 2]))])

    def test_what_it_is_now_was_not_sent(self) -> None:
        batch = [1, 2]
        self.awaited(batch)
        batch.clear()
        self.assert_fails(
            [
                "Expected the last await of fetch to be fetch([]).",
                "It was awaited once:",
                "  1. fetch([1, 2]): returned 3",
                "Await 1 differs in:",
                "  argument 1: expected [], got [1, 2]",
                "  argument 1 was changed since: it is [] now",
            ],
            self.case.assertAwaitedWith,
            self.fetch,
            [],
        )

    def test_the_same_object_at_each_await(self) -> None:
        batch: list[int] = []
        for number in range(3):
            batch.append(number)
            self.awaited(batch)
        self.case.assertHasAwaits(self.fetch, [call([0]), call([0, 1]), call([0, 1, 2])])
        with self.assertRaises(AssertionError):
            self.case.assertHasAwaits(self.fetch, [call([0, 1, 2])] * 3)

    def test_the_very_object_is_what_was_sent(self) -> None:
        state = {"tea": [1]}
        self.awaited(state)
        state["tea"].append(2)
        state["milk"] = []
        self.case.assertAwaitedWith(self.fetch, state)

    def test_the_very_object_in_a_container_is_what_was_sent(self) -> None:
        items = [1]
        for value in ({"items": items}, [items], (items, 1)):
            self.awaited(value)
        items.append(2)
        expected: list[Any] = [call({"items": items}), call([items]), call((items, 1))]
        self.case.assertHasAwaits(self.fetch, expected)
        self.case.assertHasAwaits(self.fetch, [call({"items": [1]}), call([[1]]), call(([1], 1))])
        for wrong in (
            {"items": [1, 2]},
            {"item": items},
            [items, items],
            [[1, 2]],
            (items, 2),
            {"items": items, "b": 1},
        ):
            with self.assertRaises(AssertionError):
                self.case.assertAnyAwaitWith(self.fetch, wrong)

    def test_unittest_has_the_very_objects(self) -> None:
        batch = [1]
        self.awaited(batch)
        batch.append(2)
        self.assertIs(self.fetch.call_args.args[0], batch)
        self.assertIs(self.fetch.await_args_list[0].args[0], batch)
        self.assertEqual(record(self.fetch).awaits[0].args, ([1],))

    def test_a_call_that_was_not_awaited(self) -> None:
        batch = [1]
        self.called(batch)
        batch.append(2)
        self.assertIn("  fetch([1]) in ", self.failure(self.case.assertAwaited, self.fetch))

    def test_arguments_are_those_of_the_call_and_not_of_the_await(self) -> None:
        batch = [1]
        coroutine = self.fetch(batch)
        batch.clear()
        run(coroutine)
        self.case.assertAwaitedWith(self.fetch, [1])

    def test_any(self) -> None:
        batch = [1]
        self.awaited(batch)
        batch.clear()
        self.case.assertAwaitedWith(self.fetch, ANY)
        self.case.assertAwaitedWith(self.fetch, [ANY])

    def test_a_method_of_one_object(self) -> None:
        class Order:
            def __init__(self) -> None:
                self.is_paid = False

        with mock.patch.object(Client, "fetch", autospec=True):
            client, order = Client(), Order()
            record(Client.fetch)
            run(client.fetch(order))  # type: ignore[arg-type]
            order.is_paid = True
            self.assertEqual(
                self.failure(self.case.assertAwaitedWith, client.fetch, "tea").splitlines()[-1],
                "  item was changed since: Order.is_paid was False, and is True now",
            )
            run(client.fetch("tea", size=order))  # type: ignore[arg-type]
            order.is_paid = False
            self.assertEqual(
                self.failure(self.case.assertAwaitedWith, client.fetch, "tea", size=1).splitlines()[-1],
                "  size was changed since: Order.is_paid was True, and is False now",
            )


class SwappedTests(OneMockTestCase):
    """A mock in the place of another argument is told."""

    def test_the_other_argument_first(self) -> None:
        case = self.case
        expected: list[tuple[str, Any, list[Any]]] = [
            ("assertAwaitRaised() takes the mock first, and then the exception", case.assertAwaitRaised, [OSError]),
            ("assertMaxConcurrency() takes the mock first, and then how many", case.assertMaxConcurrency, [2]),
            ("assertHasAwaits() takes the mock first, and then the calls", case.assertHasAwaits, [[call(1)]]),
            ("waitUntilAwaited() takes the mock first, and then how often", case.waitUntilAwaited, [2]),
        ]
        for message, assertion, args in expected:
            with self.subTest(message):
                self.assertEqual(self.refusal(TypeError, assertion, *args, self.fetch), f"{message}: swap them")

    def test_in_a_pair(self) -> None:
        self.assertEqual(
            self.refusal(TypeError, self.case.assertAwaitedInOrder, [(call(1), self.fetch)]),
            "assertAwaitedInOrder() takes the mock first, and then its call, in each pair: swap them",
        )


class MixinTests(unittest.TestCase):
    """The assertions are there for every kind of test case."""

    def check(self, *bases: type[unittest.TestCase]) -> None:
        namespace = {"test": send_nothing, "failureException": KeyError, "longMessage": False}
        kind: Any = type("Case", bases, namespace)
        result = Events()
        kind("test").run(result)
        self.assertEqual(result.log, ["startTest", "addFailure KeyError('no order')", "stopTest"])

    def test_a_plain_test_case(self) -> None:
        self.check(AwaitAssertions, unittest.TestCase)

    def test_the_asynchronous_one_of_the_standard_library(self) -> None:
        self.check(AwaitAssertions, IsolatedAsyncioTestCase)

    def test_ours(self) -> None:
        self.check(AsyncTestCase)

    def test_the_failure_shows_the_line_of_the_test(self) -> None:
        class Case(AwaitAssertions):
            def test(self) -> None:
                self.assertAwaited(AsyncMock())

        result = Events()
        Case("test").run(result)
        self.assertEqual(result.text().count("  File "), 1)


def send_nothing(case: AwaitAssertions) -> None:
    case.assertAwaited(AsyncMock(), "no order")
