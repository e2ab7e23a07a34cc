"""What is written down of an await: when, by which task, and what came of it."""

import asyncio
import gc
import unittest

from aiounit.mocks.recording.records import AwaitRecord, AwaitState, CallRecord
from tests.mocks.support import run


def begun() -> AwaitRecord:
    record = AwaitRecord((), {})
    record.begin()
    return record


class AwaitRecordTests(unittest.TestCase):
    def test_at_first_nothing_is_known_but_the_arguments(self) -> None:
        record = AwaitRecord((1,), {"size": 2})
        self.assertEqual((record.args, record.kwargs, record.state), ((1,), {"size": 2}, AwaitState.UNKNOWN))
        self.assertEqual({record.number, record.ended, record.start, record.end, record.task_name, record.task}, {None})

    def test_times_are_those_of_the_loop(self) -> None:
        async def main() -> AwaitRecord:
            await asyncio.sleep(3)
            record = begun()
            await asyncio.sleep(0.5)
            record.finish(AwaitState.RETURNED, value="tea")
            return record

        record = run(main())
        self.assertEqual((record.start, record.end), (1003, 1003.5))
        self.assertEqual((record.state, record.value, record.error), (AwaitState.RETURNED, "tea", None))

    def test_without_a_loop_there_are_no_times_and_no_task(self) -> None:
        record = begun()
        record.finish(AwaitState.CANCELLED)
        self.assertEqual({record.start, record.end, record.task_name, record.task}, {None})
        self.assertEqual(record.state, AwaitState.CANCELLED)

    def test_in_a_callback_of_the_loop_there_is_no_task(self) -> None:
        async def main() -> AwaitRecord:
            record = AwaitRecord((), {})
            asyncio.get_running_loop().call_soon(record.begin)
            await asyncio.sleep(0)
            return record

        record = run(main())
        self.assertEqual((record.start, record.task_name, record.task), (1000, None, None))

    def test_starts_and_ends_have_one_order(self) -> None:
        first, second = begun(), begun()
        second.finish(AwaitState.RETURNED)
        first.finish(AwaitState.RETURNED)
        numbers = [first.number, second.number, second.ended, first.ended]
        assert first.number is not None
        self.assertEqual(numbers, [first.number + step for step in range(4)])

    def test_the_task_is_kept_by_others_only(self) -> None:
        records: list[AwaitRecord] = []

        async def work() -> None:
            records.append(begun())

        async def main() -> bool:
            task = asyncio.create_task(work(), name="worker")
            await task
            return records[0].task is task

        self.assertTrue(run(main()))
        gc.collect()
        self.assertEqual((records[0].task, records[0].task_name), (None, "worker"))


class CallRecordTests(unittest.TestCase):
    def test_a_new_call_is_not_awaited(self) -> None:
        self.assertIsNone(CallRecord((), {}, None).awaited)

    def test_its_representation(self) -> None:
        self.assertEqual(repr(CallRecord((1,), {}, None)), "<CallRecord(1) made by no line>")
        self.assertEqual(repr(AwaitRecord((1,), {"size": 2})), "<AwaitRecord(1, size=2) unknown>")


class PlaceTests(unittest.TestCase):
    def test_it_reads_like_other_places_in_messages(self) -> None:
        self.assertEqual(str(CallRecord((), {}, ("shop.py", 3, "sell")).place), "sell (shop.py, line 3)")
