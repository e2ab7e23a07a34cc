"""Mocks for asyncio code: what `unittest.mock` has, with a record of what became of each await, and what it lacks."""

from aiounit.mocks.doubles.behaviours import (
    Behaviour,
    Hang,
    delays,
    fails,
    hangs,
    ignores_cancel,
    sequence,
)
from aiounit.mocks.doubles.factories import AsyncContext, AsyncStream, async_context, async_stream
from aiounit.mocks.doubles.gates import Gate, Limit, gate, limited
from aiounit.mocks.doubles.push_stream import PushStream, push_stream
from aiounit.mocks.patches import Patcher
from aiounit.mocks.recording.recorder import AwaitLog, record
from aiounit.mocks.recording.records import AwaitRecord, AwaitState, CallRecord
from aiounit.mocks.spies import Spy
from aiounit.mocks.toolkit import MockToolkit

__all__ = [
    "AsyncContext",
    "AsyncStream",
    "AwaitLog",
    "AwaitRecord",
    "AwaitState",
    "Behaviour",
    "CallRecord",
    "Gate",
    "Hang",
    "Limit",
    "MockToolkit",
    "Patcher",
    "PushStream",
    "Spy",
    "async_context",
    "async_stream",
    "delays",
    "fails",
    "gate",
    "hangs",
    "ignores_cancel",
    "limited",
    "push_stream",
    "record",
    "sequence",
]
