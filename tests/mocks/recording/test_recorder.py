"""A recorded mock behaves as before, and everything that happens to it is written down, however it was made."""

import _thread
import asyncio
import copy
import functools
import gc
import queue
import sys
import unittest
import warnings
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any
from unittest import mock
from unittest.mock import AsyncMock, MagicMock, Mock, NonCallableMock, create_autospec

from aiounit.mocks.recording.recorder import AwaitLog, mock_of, record, recorder_of
from aiounit.mocks.recording.records import AwaitRecord, AwaitState, CallRecord
from tests.mocks.support import drop, run

HIDES_CALLS = sys.version_info >= (3, 13)  # of autospecced functions, before they are awaited


class Inner:
    async def work(self) -> None:
        """Do nothing."""


class Client:
    """What the mocks are made for."""

    Inner = Inner

    async def fetch(self, item: str, size: int = 1) -> str:
        return item * size

    def close(self) -> None:
        """Do nothing."""

    @classmethod
    async def connect(cls, url: str) -> str:
        return url

    @staticmethod
    async def ping(times: int) -> int:
        return times


async def fetch(item: str, size: int = 1) -> str:
    return item * size


def states(log: AwaitLog) -> list[AwaitState]:
    return [each.state for each in log.awaits]


def arguments(records: Iterable[AwaitRecord | CallRecord]) -> list[tuple[Any, ...]]:
    return [(*each.args, each.kwargs) if each.kwargs else each.args for each in records]


class OutcomeTests(unittest.TestCase):
    """What becomes of an await, for each way in which a mock can end it."""

    def outcome(self, mocked: AsyncMock) -> AwaitRecord:
        log = record(mocked)

        async def main() -> object:
            try:
                return await mocked("tea")
            except Exception as error:
                return error

        given = run(main())
        (result,) = log.awaits
        self.assertEqual(arguments(log.awaits), [("tea",)])
        self.assertIs(result.error if result.state is AwaitState.RAISED else result.value, given)
        return result

    def test_a_return_value(self) -> None:
        result = self.outcome(AsyncMock(return_value=3))
        self.assertEqual((result.state, result.value), (AwaitState.RETURNED, 3))

    def test_no_return_value(self) -> None:
        mocked = AsyncMock()
        self.assertIs(self.outcome(mocked).value, mocked.return_value)

    def test_a_synchronous_side_effect(self) -> None:
        self.assertEqual(self.outcome(AsyncMock(side_effect=str.upper)).value, "TEA")

    def test_an_asynchronous_side_effect(self) -> None:
        self.assertEqual(self.outcome(AsyncMock(side_effect=fetch)).value, "tea")

    def test_a_side_effect_that_raises(self) -> None:
        self.assertEqual(repr(self.outcome(AsyncMock(side_effect=OSError("no"))).error), "OSError('no')")

    def test_an_iterable_side_effect(self) -> None:
        self.assertEqual(self.outcome(AsyncMock(side_effect=[1])).value, 1)

    def test_an_exhausted_side_effect(self) -> None:
        self.assertIsInstance(self.outcome(AsyncMock(side_effect=[])).error, StopAsyncIteration)

    def test_a_wrapped_function(self) -> None:
        self.assertEqual(self.outcome(AsyncMock(wraps=fetch)).value, "tea")

    def test_a_sealed_mock_without_a_return_value(self) -> None:
        mocked = AsyncMock()
        mock.seal(mocked)
        self.assertIsInstance(self.outcome(mocked).error, AttributeError)

    def test_a_cancellation(self) -> None:
        mocked = AsyncMock(side_effect=asyncio.Event().wait)
        log = record(mocked)

        async def main() -> None:
            task = asyncio.create_task(mocked())
            await asyncio.sleep(2)
            self.assertEqual(states(log), [AwaitState.RUNNING])
            task.cancel("enough")
            await asyncio.wait([task])

        run(main())
        (result,) = log.awaits
        self.assertEqual((result.state, result.start, result.end), (AwaitState.CANCELLED, 1000, 1002))
        self.assertEqual(repr(result.error), "CancelledError('enough')")

    def test_a_coroutine_that_is_closed(self) -> None:
        mocked = AsyncMock(side_effect=asyncio.Event().wait)
        log = record(mocked)

        async def main() -> None:
            coroutine = mocked()
            coroutine.send(None)
            coroutine.close()

        run(main())
        self.assertEqual(states(log), [AwaitState.CANCELLED])
        self.assertIsInstance(log.awaits[0].error, GeneratorExit)

    def test_no_loop_at_all(self) -> None:
        mocked = AsyncMock(return_value=3)
        log = record(mocked)
        with self.assertRaises(StopIteration) as caught:
            mocked().send(None)
        self.assertEqual((caught.exception.value, states(log)), (3, [AwaitState.RETURNED]))


class CallTests(unittest.TestCase):
    def test_the_line_that_called(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)
        drop(mocked("tea", size=2))
        line = sys._getframe().f_lineno - 1
        (call,) = log.unawaited
        self.assertEqual((call.args, call.kwargs, call.awaited), (("tea",), {"size": 2}, None))
        self.assertEqual(call.place, (__file__, line, "CallTests.test_the_line_that_called"))

    def test_the_line_that_called_through_a_function_with_a_signature(self) -> None:
        mocked = create_autospec(fetch)
        log = record(mocked)

        async def main() -> None:
            await mocked("tea")

        run(main())
        (call,) = log.calls
        assert call.place is not None
        self.assertEqual((call.place.file, call.place.function.rpartition(".")[2]), (__file__, "main"))

    def test_no_line_has_called(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)
        results: queue.SimpleQueue[Any] = queue.SimpleQueue()
        # A thread in which all is C: there is no frame above the mock's.
        _thread.start_new_thread(list[Any]().extend, (map(results.put, map(mocked, ["tea"])),))
        results.get(timeout=60).close()
        self.assertEqual([call.place for call in log.calls], [None])

    def test_a_call_leads_to_its_await(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)

        async def main() -> None:
            first, second = mocked(1), mocked(2)
            await second
            self.assertEqual(arguments(log.unawaited), [(1,)])
            await first

        run(main())
        self.assertEqual(arguments(log.awaits), [(2,), (1,)])
        self.assertEqual([call.awaited for call in log.calls], log.awaits[::-1])
        self.assertEqual(log.unawaited, [])

    def test_a_call_through_a_partial_object(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)
        run(functools.partial(mocked, 1)(2))
        self.assertEqual(arguments(log.awaits), [(1, 2)])

    def test_a_call_that_does_not_fit_the_signature_is_none(self) -> None:
        client = create_autospec(Client, instance=True)
        log = record(client.fetch)
        with self.assertRaises(TypeError):
            client.fetch()
        self.assertEqual(log.calls, [])

    def test_the_warning_of_a_coroutine_that_was_never_awaited_is_as_before(self) -> None:
        mocked = AsyncMock()
        record(mocked)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            mocked()
            gc.collect()
        self.assertEqual(
            [str(each.message) for each in caught],
            ["coroutine 'AsyncMockMixin._execute_mock_call' was never awaited"],
        )


class ClosedTests(unittest.TestCase):
    """Calls that were ended before any await began: nobody has forgotten them."""

    def setUp(self) -> None:
        self.mocked = AsyncMock()
        self.log = record(self.mocked)

    def check(self, *, unawaited: int, closed: int) -> None:
        self.assertEqual((len(self.log.unawaited), sum(call.is_closed for call in self.log.calls)), (unawaited, closed))

    def test_one_that_waits_for_its_await(self) -> None:
        coroutine = self.mocked()
        self.check(unawaited=1, closed=0)
        run(coroutine)
        self.check(unawaited=0, closed=0)

    def test_one_that_is_dropped(self) -> None:
        drop(self.mocked())
        self.check(unawaited=1, closed=0)

    def test_one_that_is_dropped_in_a_cycle(self) -> None:
        cycle: list[Any] = [self.mocked()]
        cycle.append(cycle)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            del cycle
            gc.collect()
        self.check(unawaited=1, closed=0)

    def test_one_that_is_closed(self) -> None:
        coroutine = self.mocked()
        coroutine.close()
        self.check(unawaited=0, closed=1)

    def test_a_task_that_is_cancelled_before_it_begins(self) -> None:
        async def main() -> None:
            task = asyncio.create_task(self.mocked())
            task.cancel()
            await asyncio.wait([task])
            self.check(unawaited=0, closed=1)

        run(main())
        gc.collect()
        self.check(unawaited=0, closed=1)

    def test_a_task_group_that_fails_before_its_tasks_begin(self) -> None:
        async def main() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.mocked())
                raise ValueError("no")

        with self.assertRaises(ExceptionGroup):
            run(main())
        self.check(unawaited=0, closed=1)

    def test_a_cancellation_that_is_kept_for_longer_than_the_coroutine(self) -> None:
        async def main() -> BaseException:
            task = asyncio.create_task(self.mocked())
            task.cancel()
            with self.assertRaises(asyncio.CancelledError) as caught:
                await task
            return caught.exception

        def throw() -> BaseException:
            coroutine = self.mocked()
            try:
                coroutine.throw(ValueError())
            except ValueError as error:
                return error
            raise AssertionError("not raised")

        errors = [run(main()), throw()]
        self.check(unawaited=0, closed=len(errors))

    def test_an_await_that_was_cancelled_is_no_closed_call(self) -> None:
        self.mocked.side_effect = asyncio.Event().wait

        async def main() -> None:
            task = asyncio.create_task(self.mocked())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])

        run(main())
        self.check(unawaited=0, closed=0)


class KindTests(unittest.TestCase):
    """Every kind of mock whose calls are awaited can be recorded."""

    def check(self, mocked: Callable[..., Awaitable[Any]], *args: Any, seen: tuple[Any, ...] | None = None) -> None:
        log = record(mocked)

        async def main() -> None:
            await mocked(*args)

        run(main())
        self.assertEqual(arguments(log.awaits), [args if seen is None else seen])
        self.assertEqual((states(log), log.unawaited), ([AwaitState.RETURNED], []))

    def test_a_method_of_a_magic_mock_with_a_spec(self) -> None:
        self.check(MagicMock(spec=Client).fetch, "tea")

    def test_a_magic_mock_of_a_function(self) -> None:
        self.check(MagicMock(spec=fetch), "tea")

    def test_an_asynchronous_magic_method(self) -> None:
        self.check(MagicMock().__aenter__)

    def test_a_method_of_an_autospecced_class(self) -> None:
        self.check(create_autospec(Client)().fetch, "tea")

    def test_a_class_method_of_an_autospecced_class(self) -> None:
        self.check(create_autospec(Client).connect, "url")

    def test_a_static_method_of_an_autospecced_class(self) -> None:
        self.check(create_autospec(Client).ping, 3)

    def test_a_method_of_an_autospecced_object(self) -> None:
        self.check(create_autospec(Client()).fetch, "tea")

    def test_an_autospecced_function(self) -> None:
        self.check(create_autospec(fetch), "tea")

    def test_a_patched_function(self) -> None:
        with mock.patch(f"{__name__}.fetch") as mocked:
            self.check(mocked, "tea")

    def test_a_function_that_is_patched_with_autospec(self) -> None:
        with mock.patch(f"{__name__}.fetch", autospec=True) as mocked:
            self.check(mocked, "tea")

    def test_a_method_that_is_patched_with_autospec(self) -> None:
        client = Client()
        with mock.patch.object(Client, "fetch", autospec=True):
            self.check(client.fetch, "tea", seen=(client, "tea"))

    def test_a_static_method_that_is_patched_with_autospec(self) -> None:
        with mock.patch.object(Client, "ping", autospec=True):
            self.check(Client.ping, 3)

    def test_a_class_method_that_is_patched_with_autospec(self) -> None:
        with mock.patch.object(Client, "connect", autospec=True):
            self.check(Client.connect, "url")

    def test_a_mock_class_of_a_user(self) -> None:
        class Own(AsyncMock):
            """A user's."""

        self.check(Own().fetch, "tea")

    def test_calls_of_an_autospecced_function_before_they_are_awaited(self) -> None:
        mocked = create_autospec(fetch)
        log = record(mocked)
        drop(mocked("tea"))
        self.assertEqual(arguments(log.unawaited), [] if HIDES_CALLS else [("tea",)])


class BeforeTests(unittest.TestCase):
    """A mock that was used before it was recorded."""

    def test_awaits_are_known_by_their_arguments(self) -> None:
        mocked = AsyncMock()

        async def main() -> AwaitLog:
            await mocked("tea", size=2)
            log = record(mocked)
            await mocked("milk")
            return log

        log = run(main())
        self.assertEqual(arguments(log.awaits), [("tea", {"size": 2}), ("milk",)])
        self.assertEqual(states(log), [AwaitState.UNKNOWN, AwaitState.RETURNED])
        self.assertEqual(arguments(log.calls), [("milk",)])

    def test_an_await_that_is_asked_for_twice_is_the_same(self) -> None:
        mocked = AsyncMock()
        run(mocked())
        log = record(mocked)
        self.assertIs(log.awaits[0], log.awaits[0])

    def test_calls_without_an_await_are_counted(self) -> None:
        mocked = AsyncMock()
        drop(mocked())
        drop(mocked())
        run(mocked())
        log = record(mocked)
        drop(mocked())
        self.assertEqual((recorder_of(log).count_unknown(), len(log.unawaited)), (2, 1))

    def test_a_call_of_before_that_is_awaited_after(self) -> None:
        mocked = AsyncMock()

        async def main() -> AwaitLog:
            early = mocked("early")
            log = record(mocked)
            self.assertEqual(recorder_of(log).count_unknown(), 1)
            await mocked("late")
            await early
            return log

        log = run(main())
        self.assertEqual(arguments(log.awaits), [("late",), ("early",)])
        self.assertEqual(states(log), [AwaitState.RETURNED, AwaitState.UNKNOWN])
        self.assertEqual(recorder_of(log).count_unknown(), 0)

    def test_nothing_of_before_is_counted_for_one_that_was_recorded_from_the_start(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)
        drop(mocked())
        self.assertEqual(recorder_of(log).count_unknown(), 0)

    def test_nothing_is_counted_for_a_mock_that_is_not_awaited(self) -> None:
        mocked = MagicMock()
        mocked()
        self.assertEqual(recorder_of(record(mocked)).count_unknown(), 0)


class ResetTests(unittest.TestCase):
    def test_it_forgets_what_was_recorded(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)
        run(mocked(1))
        drop(mocked(2))
        mocked.reset_mock()
        self.assertEqual((log.awaits, log.calls), ([], []))
        run(mocked(3))
        self.assertEqual((arguments(log.awaits), arguments(log.calls)), ([(3,)], [(3,)]))

    def test_of_the_mock_above(self) -> None:
        client = MagicMock(spec=Client)
        log = record(client.fetch)
        run(client.fetch(1))
        client.reset_mock()
        self.assertEqual(log.awaits, [])

    def test_of_an_autospecced_function(self) -> None:
        mocked = create_autospec(fetch)
        log = record(mocked)
        run(mocked("tea"))
        mocked.reset_mock()
        self.assertEqual(log.awaits, [])

    def test_an_await_that_is_in_flight_is_forgotten(self) -> None:
        event = asyncio.Event()
        mocked = AsyncMock(side_effect=event.wait)
        log = record(mocked)

        async def main() -> None:
            task = asyncio.create_task(mocked())
            await asyncio.sleep(0)
            mocked.reset_mock()
            event.set()
            await task

        run(main())
        self.assertEqual((log.awaits, log.unawaited), ([], []))

    def test_a_call_of_before_that_is_awaited_after(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)
        early = mocked("early")
        mocked.reset_mock()
        run(early)
        self.assertEqual((arguments(log.awaits), log.calls, recorder_of(log).count_unknown()), ([("early",)], [], 0))


class FamilyTests(unittest.TestCase):
    """The mocks that belong to a recorded one are recorded, whenever and however they come to it."""

    def names(self, root: object) -> list[str]:
        return sorted(log.name for log in recorder_of(record(root)).family() if log.is_async)

    def recorded(self, mocked: Callable[..., Coroutine[Any, Any, Any]]) -> list[AwaitState]:
        """Await a mock before anybody has asked for its log, and return what that knows."""
        run(mocked())
        return states(record(mocked))

    def test_children_of_before(self) -> None:
        client = MagicMock(spec=Client, name="client")
        fetches = client.fetch
        record(client)
        self.assertEqual(self.recorded(fetches), [AwaitState.RETURNED])
        self.assertIn("client.fetch", self.names(client))

    def test_children_of_after(self) -> None:
        client = AsyncMock()
        record(client)
        self.assertEqual(self.recorded(client.fetch), [AwaitState.RETURNED])

    def test_grandchildren(self) -> None:
        client = AsyncMock()
        record(client)
        self.assertEqual(self.recorded(client.orders.fetch), [AwaitState.RETURNED])

    def test_children_of_an_autospecced_class(self) -> None:
        kind = create_autospec(Client)
        record(kind)
        self.assertEqual(self.recorded(kind.return_value.Inner.return_value.work), [AwaitState.RETURNED])

    def test_those_that_are_set(self) -> None:
        client = MagicMock()
        record(client)
        client.fetch = AsyncMock()
        self.assertEqual(self.recorded(client.fetch), [AwaitState.RETURNED])

    def test_magic_methods(self) -> None:
        client = MagicMock()
        record(client)

        async def main() -> None:
            async with client:
                pass

        run(main())
        self.assertEqual(states(record(client.__aexit__)), [AwaitState.RETURNED])

    def test_the_return_value_of_before(self) -> None:
        make = MagicMock()
        fetches = make.return_value.fetch = AsyncMock()
        record(make)
        self.assertEqual(self.recorded(fetches), [AwaitState.RETURNED])

    def test_the_return_value_that_is_asked_for(self) -> None:
        make = AsyncMock()
        record(make)
        self.assertEqual(self.recorded(make.return_value.fetch), [AwaitState.RETURNED])

    def test_the_return_value_that_is_set(self) -> None:
        make = MagicMock()
        record(make)
        make.return_value = AsyncMock()
        self.assertEqual(self.recorded(make()), [AwaitState.RETURNED])

    def test_the_return_value_of_an_autospecced_function_that_is_set(self) -> None:
        def make() -> None:
            """Make a client."""

        mocked = create_autospec(make)
        record(mocked)
        mocked.return_value = AsyncMock()
        self.assertEqual(self.recorded(mocked()), [AwaitState.RETURNED])

    def test_one_that_returns_itself(self) -> None:
        client = AsyncMock(name="client")
        client.return_value = client.again.return_value = client
        self.assertEqual(self.names(client), ["client", "client.again"])

    def test_two_that_belong_to_each_other(self) -> None:
        first, second = AsyncMock(name="first"), AsyncMock(name="second")
        first.other, second.other = second, first
        first.return_value = second
        second.return_value = first
        self.assertEqual(self.names(first), ["first", "second"])

    def test_one_that_can_not_be_called(self) -> None:
        client = NonCallableMock(spec=Client)
        record(client)
        self.assertEqual(self.recorded(client.fetch), [AwaitState.RETURNED])

    def test_a_sealed_one(self) -> None:
        client = MagicMock(spec=Client)
        client.fetch.return_value = 3
        mock.seal(client)
        record(client)
        self.assertEqual(self.recorded(client.fetch), [AwaitState.RETURNED])

    def test_one_that_is_deleted(self) -> None:
        client = MagicMock()
        del client.before
        record(client)
        del client.after
        self.assertEqual((hasattr(client, "before"), hasattr(client, "after")), (False, False))

    def test_a_synchronous_one_has_an_empty_log(self) -> None:
        client = MagicMock()
        log = record(client)
        client("tea")
        self.assertEqual((log.is_async, log.awaits, log.calls, log.unawaited), (False, [], [], []))

    def test_one_that_is_made_of_the_class_of_a_recorded_one(self) -> None:
        first = AsyncMock()
        log = record(first)
        second = type(first)()
        run(second(2))
        run(second.child(3))
        self.assertEqual(log.awaits, [])
        run(second(4))
        self.assertEqual(states(record(second)), [AwaitState.UNKNOWN, AwaitState.UNKNOWN])
        run(second(5))
        self.assertEqual(arguments(record(second).awaits), [(2,), (4,), (5,)])


class CopyTests(unittest.TestCase):
    """Code under test may copy what a mock is a part of."""

    def test_a_deep_copy_has_a_record_of_its_own(self) -> None:
        client = MagicMock(spec=Client)
        record(client)
        run(client.fetch(1))
        copied = copy.deepcopy(client)
        run(copied.fetch(2))
        self.assertEqual(arguments(record(client.fetch).awaits), [(1,)])
        self.assertEqual(arguments(record(copied.fetch).awaits), [(1,), (2,)])
        self.assertEqual(states(record(copied.fetch)), [AwaitState.RETURNED, AwaitState.RETURNED])
        self.assertIs(record(copied.fetch).mock, copied.fetch)

    def test_new_children_of_a_deep_copy_are_recorded(self) -> None:
        client = AsyncMock()
        record(client)
        copied = copy.deepcopy(client)
        run(copied.fetch())
        self.assertEqual(states(record(copied.fetch)), [AwaitState.RETURNED])
        self.assertNotIn(record(copied.fetch), list(recorder_of(record(client)).family()))

    def test_a_deep_copy_does_what_it_was_told(self) -> None:
        client = AsyncMock(return_value=1)
        record(client)
        copied = copy.deepcopy(client)
        copied.return_value = 2
        self.assertEqual((run(client()), run(copied())), (1, 2))

    def test_a_shallow_copy_does_what_it_was_told(self) -> None:
        client = AsyncMock(return_value=1)
        record(client)
        copied = copy.copy(client)
        copied.return_value = 2
        self.assertEqual((run(client()), run(copied())), (1, 2))


class UntilTests(unittest.TestCase):
    """Waiting for awaits."""

    def test_it_returns_at_once_if_the_condition_holds(self) -> None:
        run(recorder_of(record(AsyncMock())).wait_until(lambda: True))

    def test_it_waits_for_the_next_await(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)

        async def main() -> float:
            async def use() -> None:
                for item in (1, 2, 3):
                    await asyncio.sleep(1)
                    await mocked(item)

            task = asyncio.create_task(use())
            await recorder_of(log).wait_until(lambda: len(log.awaits) >= 2)
            now = asyncio.get_running_loop().time()
            await task
            return now

        self.assertEqual(run(main()), 1002)

    def test_several_wait_and_one_gives_up(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)

        async def main() -> list[Any]:
            waiting = [asyncio.create_task(recorder_of(log).wait_until(lambda: bool(log.awaits))) for _ in range(2)]
            await asyncio.sleep(0)
            coroutine = mocked()
            coroutine_done = asyncio.create_task(coroutine)
            waiting[0].cancel()
            await asyncio.wait([*waiting, coroutine_done])
            return [task.cancelled() for task in waiting]

        self.assertEqual(run(main()), [True, False])

    def test_two_awaits_at_once_wake_it_once(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)

        async def main() -> int:
            waiting = asyncio.create_task(recorder_of(log).wait_until(lambda: bool(log.awaits)))
            await asyncio.sleep(0)
            await mocked()
            await mocked()
            await waiting
            return len(log.awaits)

        self.assertEqual(run(main()), 2)

    def test_one_that_waits_on_a_loop_that_was_closed_is_left_alone(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)
        loop = asyncio.new_event_loop()
        waiting = recorder_of(log).wait_until(lambda: False)
        loop.call_soon(waiting.send, None)
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
        run(mocked())
        waiting.close()
        self.assertEqual(states(log), [AwaitState.RETURNED])

    def test_an_await_in_another_thread(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)

        async def main() -> None:
            waiting = asyncio.create_task(recorder_of(log).wait_until(lambda: mocked.await_count > 0))
            await asyncio.to_thread(asyncio.run, mocked())
            await mocked()  # the other thread may have woken us up before it counted
            await waiting

        asyncio.run(main())
        self.assertEqual(states(log), [AwaitState.RETURNED] * 2)


class RecordTests(unittest.TestCase):
    def test_a_second_time_changes_nothing(self) -> None:
        mocked = AsyncMock()
        log = record(mocked)
        self.assertIs(record(mocked), log)
        run(mocked())
        self.assertEqual(len(log.awaits), 1)

    def test_a_function_of_autospec_and_its_mock_have_one_log(self) -> None:
        mocked = create_autospec(fetch)
        self.assertIs(record(mocked), record(mocked.mock))

    def test_what_is_no_mock(self) -> None:
        for thing in (None, fetch, Client().fetch, functools.partial(AsyncMock())):
            with self.subTest(thing=thing), self.assertRaises(TypeError) as caught:
                record(thing)
            self.assertEqual(str(caught.exception), f"record() takes a mock, not {thing!r}")

    def test_its_repr(self) -> None:
        mocked = AsyncMock(name="fetch")
        self.assertEqual(repr(record(mocked)), f"<AwaitLog of {mocked!r}>")

    def test_its_name(self) -> None:
        self.assertEqual(record(MagicMock(name="client").fetch).name, "client.fetch")

    def test_it_keeps_nothing_that_the_mock_does_not_keep(self) -> None:
        class Order:
            """An argument."""

        order = Order()
        mocked = AsyncMock(return_value=None)
        record(mocked)
        run(mocked(order))
        reference = weakref.ref(order)
        del order
        gc.collect()
        self.assertIsNotNone(reference())  # as for unittest.mock
        mocked.reset_mock()
        record(mocked).awaits.clear()
        gc.collect()
        self.assertIsNone(reference())

    def test_it_lives_as_long_as_the_mock(self) -> None:
        mocked = AsyncMock()
        run(mocked())
        references: list[weakref.ref[object]] = [weakref.ref(mocked), weakref.ref(record(mocked))]
        del mocked
        gc.collect()
        self.assertEqual([reference() for reference in references], [None, None])


class MockOfTests(unittest.TestCase):
    def test_mocks_and_what_stands_for_one(self) -> None:
        function = create_autospec(fetch)
        for thing, expected in (
            (plain := Mock(), plain),
            (function, function.mock),
            (named := Mock(spec=fetch), named),
        ):
            self.assertIs(mock_of(thing), expected)

    def test_everything_else(self) -> None:
        def has_an_attribute() -> None:
            """Have one that is called like that of autospec."""

        vars(has_an_attribute)["mock"] = 3
        for thing in (None, 1, fetch, Client, Client().fetch, has_an_attribute):
            self.assertIsNone(mock_of(thing))


class MockAwaitsTests(unittest.TestCase):
    """One list has the awaits of a mock and of all that belong to it, in their order."""

    def test_the_awaits_of_children(self) -> None:
        shop = mock.AsyncMock(name="shop")
        log = record(shop)

        async def main() -> None:
            await shop.reserve("tea", size=1)
            await shop("milk")
            await shop.stock.take(1)
            session = await shop.session()
            await session.get("/")
            await shop.reserve("milk")
            drop(shop.cancel())

        run(main())
        calls = [
            mock.call.reserve("tea", size=1),
            mock.call("milk"),
            mock.call.stock.take(1),
            mock.call.session(),
            mock.call.session().get("/"),
            mock.call.reserve("milk"),
        ]
        self.assertEqual(log.mock_awaits, calls)
        self.assertEqual(record(shop.stock).mock_awaits, [mock.call.take(1)])
        self.assertNotEqual(log.mock_awaits, calls[::-1])
        shop.reset_mock()
        self.assertEqual(log.mock_awaits, [])

    def test_a_mock_with_a_spec_and_one_that_is_not_awaited(self) -> None:
        class Client:
            async def fetch(self, item: str) -> None: ...

            async def close(self) -> None: ...

        client = mock.create_autospec(Client, instance=True)
        parent = mock.MagicMock()
        parent.client = client
        log = record(parent)

        async def main() -> None:
            await client.close()
            await client.fetch(item="tea")

        run(main())
        self.assertEqual(record(client).mock_awaits, [mock.call.close(), mock.call.fetch(item="tea")])
        self.assertEqual(log.mock_awaits, [mock.call.client.close(), mock.call.client.fetch(item="tea")])

    def test_the_order_of_calls_does_not_matter(self) -> None:
        shop = mock.AsyncMock()
        log = record(shop)

        async def main() -> None:
            first, second = shop.first([1]), shop.second()
            await second
            await first

        run(main())
        self.assertEqual(log.mock_awaits, [mock.call.second(), mock.call.first([1])])

    def test_those_of_before_it_was_recorded_come_first(self) -> None:
        shop = mock.AsyncMock()
        run(shop.first())
        log = record(shop)
        run(shop.second())
        self.assertEqual(log.mock_awaits, [mock.call.first(), mock.call.second()])
